/* SPDX-License-Identifier: Apache-2.0 */
/* The line to headquarters as station-sync tells it: points, status, alarm. */
#include "edge/bus/view.h"
#include "edge/station/hq/station-hq-private.h"

#include <math.h>

#define PROCESS "station-sync"

static void set_point(Station *self, const char *path, double number, Moment now)
{
    model_set(self->model, model_find_point(self->model, path), number, NULL, now);
}

static gboolean has_broker(const Station *self)
{
    return self->site->hq.brokers[0] != NULL;
}

static void take_line(Station *self, gboolean online, const char *reason)
{
    StationHq *hq = self->hq;

    gboolean turned = hq->online != online || hq->since_us == 0;

    if (turned || (online && !g_str_equal(reason, hq->reason)))
        g_message("line to headquarters: %s%s%s", online ? "online" : "offline", reason[0] ? ": " : "",
                  reason);
    if (turned)
        hq->since_us = g_get_real_time();
    hq->online = online;
    g_free(hq->reason);
    hq->reason = g_strdup(reason);
    if (has_broker(self))
        set_point(self, "station/hq_online", online, clock_now());
    station_safety_drain(self);
}

void station_line_set(Station *self, gboolean online, const char *reason)
{
    self->hq->has_sync = self->hq->had_sync = TRUE;
    station_safety_clear(self, "process-down", PROCESS);
    take_line(self, online, reason);
}

void station_line_lose(Station *self)
{
    self->hq->has_sync = FALSE;
    if (has_broker(self))
        station_safety_raise(self, "process-down", PROCESS, "not on the bus");
    take_line(self, FALSE, PROCESS " is not running");
}

/* Without a broker there is no line and no backlog that anybody waits for. */
void station_line_beat(Station *self, Moment now)
{
    if (!has_broker(self) || self->hq->epoch == 0)
        return;
    if (!self->hq->had_sync)
        set_point(self, "station/hq_online", 0, now);
    set_point(self, "station/backlog", (double)station_outbox_count(self), now);
    set_point(self, "station/backlog_age", floor(station_outbox_age_s(self)), now);
}

void station_hq_open(Station *self)
{
    self->hq = g_new0(StationHq, 1);
    self->hq->began_us = clock_boot_us();
    station_command_open(self);
    self->hq->reason = g_strdup(PROCESS " has not said anything yet");
}

void station_hq_flush(Station *self)
{
    station_refusal_flush(self);
}

void station_hq_close(Station *self)
{
    if (!self->hq)
        return;
    g_clear_handle_id(&self->hq->tell, g_source_remove);
    station_command_close(self);
    g_clear_pointer(&self->hq->announcements, g_ptr_array_unref);
    g_free(self->hq->reason);
    g_clear_pointer(&self->hq, g_free);
}

void station_hq_beat(Station *self, Moment now)
{
    station_outbox_beat(self, now);
    station_line_beat(self, now);
    station_refusal_beat(self, now);
    station_announce_beat(self, now);
}

/* ---- status ---- */

gint64 station_hq_get_acked(const Station *self)
{
    return self->hq->acked;
}

void station_hq_add_status(const Station *self, JsonBuilder *builder)
{
    const StationHq *hq = self->hq;

    json_builder_begin_object(builder);
    view_add_boolean(builder, "online", hq->online);
    view_add_time(builder, "since", hq->since_us, self->site->station.timezone);
    view_add_text(builder, "reason", has_broker(self) ? hq->reason : "no broker is configured");
    view_add_integer(builder, "acked_seq", hq->acked);
    view_add_integer(builder, "backlog", station_outbox_count(self));
    view_add_integer(builder, "backlog_age_s", (gint64)station_outbox_age_s(self));
    json_builder_set_member_name(builder, "refusals");
    station_refusal_add_status(self, builder);
    json_builder_end_object(builder);
}

void station_hq_add_process(const Station *self, JsonBuilder *builder)
{
    if (!has_broker(self) && !self->hq->had_sync)
        return;
    json_builder_begin_object(builder);
    view_add_text(builder, "name", PROCESS);
    view_add_boolean(builder, "running", self->hq->has_sync);
    json_builder_end_object(builder);
}

/* ---- for the bus ---- */

static void get_outbox(ServiceCall *call, gpointer user_data)
{
    station_outbox_get(user_data, call);
}

static void read_outbox(gint64 epoch, gint64 after, guint limit, ServiceCall *call, gpointer user_data)
{
    station_outbox_read(user_data, epoch, after, limit, call);
}

static void take_ack(gint64 epoch, gint64 through, gint64 sent, ServiceCall *call, gpointer user_data)
{
    station_outbox_take_ack(user_data, epoch, through, sent, call);
}

static void set_line(gboolean online, const char *reason, gpointer user_data)
{
    station_line_set(user_data, online, reason);
}

static void lose_line(gpointer user_data)
{
    station_line_lose(user_data);
}

static gboolean take_command(const char *topic, const char *payload, gsize length, const char *signature,
                             gboolean retained, gpointer user_data)
{
    return station_command_take(user_data, topic, payload, length, signature, retained);
}

ServiceSyncBackend station_hq_get_backend(void)
{
    return (ServiceSyncBackend){ .get_outbox = get_outbox,
                                 .read_outbox = read_outbox,
                                 .take_ack = take_ack,
                                 .set_line = set_line,
                                 .lose_line = lose_line,
                                 .take_command = take_command };
}

char *station_hq_list_announcements(gpointer user_data)
{
    return station_announce_list(user_data);
}

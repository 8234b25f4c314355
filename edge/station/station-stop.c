/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of one device and waited for: a stop, a disable, an enable or a reset with its proof, a
 * probe. Not a ladder: what is asked for in vain trips nothing. */
#include "edge/station/station-stop.h"

#include "edge/bus/view.h"

#include <math.h>

#define PROBE_US (3 * G_USEC_PER_SEC)
#define RESET_US (20 * G_USEC_PER_SEC) /* a charger that begins anew is heard again by then */
#define ASKED_AT_MOST 32

typedef struct {
    guint64 id;
    StationAsk what;
    guint index; /* connector, or device for a probe and a reset */
    StationAskDone done;
    gpointer user_data;
    gint64 begun_us, confirmed_at_us, deadline_us;
    gboolean again;                  /* it was not taken yet */
    char reason[DRIVER_REASON_SIZE]; /* and why */
} Asked;

static const char *const verbs[] = { "stop", "disable", "enable", "reset", "probe" };

static gboolean is_of_device(StationAsk what)
{
    return what == STATION_ASK_RESET || what == STATION_ASK_PROBE;
}

static const char *path_of(const Station *self, const Asked *asked)
{
    return is_of_device(asked->what) ? self->model->devices[asked->index].path
                                     : self->model->connectors[asked->index].path;
}

static void urge_connector(Station *self, const Asked *asked, gboolean on)
{
    const ModelConnector *connector = &self->model->connectors[asked->index];

    if (connector->status != POINT_NONE)
        station_devices_urge(self, connector->status, on);
    for (guint i = 0; i < connector->n_current; i++)
        station_devices_urge(self, connector->current[i], on);
}

static void urge_device(Station *self, const Asked *asked, gboolean on)
{
    const ModelDevice *device = &self->model->devices[asked->index];

    for (guint i = 0; device->site->profile && i < device->site->profile->points->len; i++)
        station_devices_urge(self, device->first_point + i, on);
}

static void urge(Station *self, const Asked *asked, gboolean on)
{
    if (is_of_device(asked->what))
        urge_device(self, asked, on);
    else
        urge_connector(self, asked, on);
}

static void end(Station *self, Asked *asked, StationAskEnd how, const char *text)
{
    urge(self, asked, FALSE);
    g_ptr_array_remove_fast(self->stops, asked);
    asked->done(how, text, asked->user_data);
    g_free(asked);
}

G_GNUC_PRINTF(4, 5)
static void end_with(Station *self, Asked *asked, StationAskEnd how, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    g_autofree char *text = g_strdup_vprintf(format, list);
    va_end(list);
    end(self, asked, how, text);
}

static gint64 find_limit_us(const Station *self, StationAsk what)
{
    switch (what) {
    case STATION_ASK_STOP:
        return (gint64)self->site->policy.stop_deadline_ms[SITE_RUNG_SOFT] * 1000;
    case STATION_ASK_DISABLE:
    case STATION_ASK_ENABLE:
        return (gint64)self->site->policy.stop_deadline_ms[SITE_RUNG_DISABLE] * 1000;
    case STATION_ASK_RESET:
        return RESET_US;
    case STATION_ASK_PROBE:
    default:
        return PROBE_US;
    }
}

/* Stops and disables always find room: one each of every connector, beside what others ask. */
static guint find_room(const Station *self, StationAsk what)
{
    gboolean safe = what == STATION_ASK_STOP || what == STATION_ASK_DISABLE;

    return ASKED_AT_MOST + (safe ? 2 * self->model->n_connectors : 0);
}

static gboolean send(Station *self, const Asked *asked)
{
    DriverCommand command = { .id = asked->id, .deadline_us = asked->deadline_us };

    if (is_of_device(asked->what)) {
        command.device = asked->index;
    } else {
        command.device = self->model->connectors[asked->index].device;
        command.connector = self->model->connectors[asked->index].number;
    }
    g_strlcpy(command.verb, verbs[asked->what], sizeof command.verb);
    return station_devices_send(self, &command);
}

/* Why INDEX cannot be asked at all; NULL: it can. The caller owns it. */
static char *find_device_obstacle(const Station *self, StationAsk what, guint index)
{
    const ModelDevice *device = &self->model->devices[index];
    const Profile *profile = device->site ? device->site->profile : NULL;

    if (!profile || !self->line_of[index])
        return g_strdup_printf("%s is not polled", device->path);
    if (what == STATION_ASK_RESET && !profile_find_command(profile, 0, "reset"))
        return g_strdup_printf("%s has no command reset", device->path);
    return NULL;
}

static char *find_obstacle(const Station *self, StationAsk what, guint index)
{
    const Alarm *hold;

    if (self->stops->len >= find_room(self, what))
        return g_strdup_printf("%u others wait already", self->stops->len);
    if (is_of_device(what))
        return find_device_obstacle(self, what, index);
    hold = what == STATION_ASK_ENABLE ? guard_get_hold(self->guard, index, NULL) : NULL;
    return hold ? g_strdup_printf("%s is held by the alarm %s", self->model->connectors[index].path, hold->id)
                : NULL;
}

static Asked *add(Station *self, StationAsk what, guint index, StationAskDone done, gpointer user_data)
{
    Asked *asked = g_new0(Asked, 1);

    *asked = (Asked){ .id = STATION_OWN_ID | ++self->next_own_id,
                      .what = what,
                      .index = index,
                      .done = done,
                      .user_data = user_data,
                      .begun_us = clock_boot_us() };
    asked->deadline_us = asked->begun_us + find_limit_us(self, what);
    g_ptr_array_add(self->stops, asked);
    urge(self, asked, TRUE);
    return asked;
}

void station_stop_ask(Station *self, StationAsk what, guint index, StationAskDone done, gpointer user_data)
{
    if (!self->stops)
        self->stops = g_ptr_array_new();
    g_autofree char *obstacle = find_obstacle(self, what, index);

    if (obstacle) {
        done(STATION_ASK_REFUSED, obstacle, user_data);
        return;
    }
    Asked *asked = add(self, what, index, done, user_data);

    if (what != STATION_ASK_PROBE && !send(self, asked))
        end_with(self, asked, STATION_ASK_REFUSED, "nothing can carry a %s to %s", verbs[what],
                 path_of(self, asked));
}

/* A reset that was sent may have been obeyed, and is not sent twice. What else was not taken now, because the
 * charger is busy or was not heard, is sent again by the next beat. */
static void take_failure(Station *self, Asked *asked, const DriverCommandResult *result)
{
    if (asked->what == STATION_ASK_RESET && result->sent_at_us) {
        end_with(self, asked, STATION_ASK_FAILED, "%s did not answer the reset: %s", path_of(self, asked),
                 result->reason);
        return;
    }
    asked->again = TRUE;
    g_strlcpy(asked->reason, result->reason, sizeof asked->reason);
}

/* What stood before is over, or must be said again to a charger that may have forgotten it. */
static void take_confirmation(Station *self, Asked *asked, const DriverCommandResult *result)
{
    asked->confirmed_at_us = result->confirmed_at_us;
    if (asked->what == STATION_ASK_RESET)
        station_devices_hold(self, asked->index);
    else if (asked->what == STATION_ASK_ENABLE && !guard_get_hold(self->guard, asked->index, NULL))
        station_devices_release(self, asked->index);
}

void station_stop_result(Station *self, const DriverCommandResult *result)
{
    for (guint i = 0; self->stops && i < self->stops->len; i++) {
        Asked *asked = self->stops->pdata[i];

        if (asked->id != result->id)
            continue;
        if (result->result == DRIVER_RESULT_CONFIRMED)
            take_confirmation(self, asked, result);
        else if (result->result == DRIVER_RESULT_FAILED)
            take_failure(self, asked, result);
        else
            end_with(self, asked, STATION_ASK_FAILED, "%s did not take the %s: %s", path_of(self, asked),
                     verbs[asked->what], asked->reason[0] ? asked->reason : result->reason);
        return;
    }
}

static gboolean read_since(const Station *self, guint point, gint64 since_us)
{
    const Point *at = &self->model->points[point];

    return at->quality == POINT_QUALITY_GOOD && at->asked_at_us > since_us;
}

static const char *read_status(const Station *self, const Asked *asked)
{
    guint status = self->model->connectors[asked->index].status;

    if (status == POINT_NONE || !read_since(self, status, asked->confirmed_at_us))
        return NULL;
    return self->model->points[status].value.text;
}

/* The proof of rungs 1 and 2 (DESIGN section 6), as text; NULL: not yet. */
static char *prove_stop(const Station *self, const Asked *asked)
{
    const ModelConnector *connector = &self->model->connectors[asked->index];
    const char *status = read_status(self, asked);
    double current_a = 0;

    if (!status || connector->n_current == 0)
        return NULL;
    for (guint i = 0; i < connector->n_current; i++) {
        if (!read_since(self, connector->current[i], asked->confirmed_at_us))
            return NULL;
        current_a = MAX(current_a, fabs(self->model->points[connector->current[i]].value.number));
    }
    if (g_str_equal(status, "charging") || current_a >= self->site->policy.stop_current_a)
        return NULL;
    return g_strdup_printf("status %s, current %.1f A", status, current_a);
}

static char *prove_enable(const Station *self, const Asked *asked)
{
    const char *status = read_status(self, asked);

    return status && !g_str_equal(status, "unavailable") ? g_strdup_printf("status %s", status) : NULL;
}

/* It is heard again. */
static char *prove_reset(const Station *self, const Asked *asked)
{
    const ModelDevice *device = &self->model->devices[asked->index];

    for (guint i = 0; i < device->site->profile->points->len; i++) {
        const Point *point = &self->model->points[device->first_point + i];

        if (read_since(self, device->first_point + i, asked->confirmed_at_us))
            return g_strdup_printf("%s is read again", point->path);
    }
    return NULL;
}

static char *find_proof(const Station *self, const Asked *asked)
{
    if (asked->confirmed_at_us == 0)
        return NULL;
    if (asked->what == STATION_ASK_RESET)
        return prove_reset(self, asked);
    return asked->what == STATION_ASK_ENABLE ? prove_enable(self, asked) : prove_stop(self, asked);
}

static char *say_unproven(const Station *self, const Asked *asked)
{
    static const char *const lacks[] = { "no reading after it shows that it does not charge",
                                         "no reading after it shows that it does not charge",
                                         "no reading after it shows that it is available again",
                                         "nothing was read of it since" };

    return g_strdup_printf("the %s of %s is not proven: %s", verbs[asked->what], path_of(self, asked),
                           lacks[asked->what]);
}

static void look_at_order(Station *self, Asked *asked, Moment now)
{
    g_autofree char *proof = find_proof(self, asked);

    if (proof) {
        if (asked->what == STATION_ASK_RESET)
            station_devices_hold(self, asked->index);
        end(self, asked, STATION_ASK_DONE, proof);
    } else if (now.boot_us >= asked->deadline_us && asked->again) {
        end_with(self, asked, STATION_ASK_FAILED, "%s did not take the %s: %s", path_of(self, asked),
                 verbs[asked->what], asked->reason);
    } else if (now.boot_us >= asked->deadline_us) {
        g_autofree char *text = say_unproven(self, asked);

        end(self, asked, STATION_ASK_FAILED, text);
    } else {
        asked->again = asked->again && !send(self, asked);
    }
}

static void add_point(JsonBuilder *builder, const Point *point, gint64 since_us)
{
    gboolean good = point->asked_at_us >= since_us && point->quality == POINT_QUALITY_GOOD;
    gboolean fresh = point->asked_at_us >= since_us;

    json_builder_begin_object(builder);
    view_add_text(builder, "path", point->path);
    if (good && point->value.text[0])
        view_add_text(builder, "value", point->value.text);
    else
        view_add_number(builder, "value", good ? point->value.number : (double)NAN);
    view_add_text(builder, "unit", point->unit);
    view_add_text(builder, "quality", fresh ? point_quality_name(point->quality) : "unknown");
    view_add_boolean(builder, "fresh", fresh);
    json_builder_end_object(builder);
}

static char *report_probe(Station *self, const Asked *asked)
{
    const ModelDevice *device = &self->model->devices[asked->index];
    StationLine *line = self->line_of[asked->index];
    g_autoptr(JsonBuilder) builder = json_builder_new();
    DriverDeviceStats stats = { .rtt_p50_ms = NAN, .rtt_p95_ms = NAN };

    if (line && line->instance)
        line->driver->get_device_stats(line->instance, asked->index, &stats);
    json_builder_begin_object(builder);
    view_add_text(builder, "device", device->path);
    view_add_boolean(builder, "online", stats.online);
    view_add_number(builder, "rtt_p50_ms", stats.rtt_p50_ms);
    json_builder_set_member_name(builder, "points");
    json_builder_begin_array(builder);
    for (guint i = 0; i < device->site->profile->points->len; i++)
        add_point(builder, &self->model->points[device->first_point + i], asked->begun_us);
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    return view_take_text(json_builder_get_root(builder));
}

static gboolean probe_is_complete(const Station *self, const Asked *asked)
{
    const ModelDevice *device = &self->model->devices[asked->index];

    for (guint i = 0; i < device->site->profile->points->len; i++) {
        if (self->model->points[device->first_point + i].asked_at_us < asked->begun_us)
            return FALSE;
    }
    return TRUE;
}

static void look_at_probe(Station *self, Asked *asked, Moment now)
{
    if (!probe_is_complete(self, asked) && now.boot_us < asked->deadline_us)
        return;
    g_autofree char *report = report_probe(self, asked);

    end(self, asked, STATION_ASK_DONE, report);
}

void station_stop_beat(Station *self, Moment now)
{
    for (guint i = self->stops ? self->stops->len : 0; i > 0; i--) {
        Asked *asked = self->stops->pdata[i - 1];

        if (asked->what == STATION_ASK_PROBE)
            look_at_probe(self, asked, now);
        else
            look_at_order(self, asked, now);
    }
}

void station_stop_clear(Station *self)
{
    while (self->stops && self->stops->len > 0)
        end(self, self->stops->pdata[self->stops->len - 1], STATION_ASK_BUSY,
            "stationd is reloading or ending");
    g_clear_pointer(&self->stops, g_ptr_array_unref);
}

/* ---- asked by people, over the bus ---- */

typedef struct {
    Station *station;
    char *who, *path; /* NULL: not audited */
    ServiceCall *call;
} Caller;

static void on_answer(StationAskEnd how, const char *text, gpointer user_data)
{
    static const char *const results[] = { "done", "refused", "failed", "failed" };
    Caller *caller = user_data;

    if (caller->who)
        station_records_audit(caller->station, caller->who, "stop", caller->path, results[how], text);
    if (how == STATION_ASK_DONE)
        service_call_text(caller->call, text);
    else
        service_call_refuse(caller->call, how == STATION_ASK_BUSY ? SERVICE_BUSY : SERVICE_REFUSED, "%s",
                            text);
    g_free(caller->who);
    g_free(caller->path);
    g_free(caller);
}

static Caller *new_caller(Station *self, char *who, char *path, ServiceCall *call)
{
    Caller *caller = g_new0(Caller, 1);

    *caller = (Caller){ .station = self, .who = who, .path = path, .call = call };
    return caller;
}

void station_stop_begin(Station *self, guint connector, const char *name, ServiceCall *call)
{
    station_stop_ask(self, STATION_ASK_STOP, connector, on_answer,
                     new_caller(self, g_strdup_printf("staff:%s", name),
                                g_strdup(self->model->connectors[connector].path), call));
}

void station_stop_probe(Station *self, guint device, ServiceCall *call)
{
    station_stop_ask(self, STATION_ASK_PROBE, device, on_answer, new_caller(self, NULL, NULL, call));
}

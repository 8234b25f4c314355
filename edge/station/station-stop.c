/* SPDX-License-Identifier: Apache-2.0 */
/* What a person asks of one device and waits for: a stop with its proof, a probe. Not a ladder: an ordinary
 * stop trips nothing. */
#include "edge/bus/view.h"
#include "edge/station/station-private.h"

#include <math.h>

#define PROBE_US (3 * G_USEC_PER_SEC)
#define ASKED_AT_MOST 32

typedef struct {
    guint64 id;
    gboolean is_probe;
    guint index; /* connector, or device for a probe */
    char *name;
    ServiceCall *call;
    gint64 begun_us, confirmed_at_us, deadline_us;
    gboolean again;                  /* a stop that was not taken yet */
    char reason[DRIVER_REASON_SIZE]; /* and why */
} Asked;

static void urge_stop(Station *self, const Asked *asked, gboolean on)
{
    const ModelConnector *connector = &self->model->connectors[asked->index];

    if (connector->status != POINT_NONE)
        station_devices_urge(self, connector->status, on);
    for (guint i = 0; i < connector->n_current; i++)
        station_devices_urge(self, connector->current[i], on);
}

static void urge_probe(Station *self, const Asked *asked, gboolean on)
{
    const ModelDevice *device = &self->model->devices[asked->index];

    for (guint i = 0; device->site->profile && i < device->site->profile->points->len; i++)
        station_devices_urge(self, device->first_point + i, on);
}

static void free_asked(gpointer data)
{
    Asked *asked = data;

    g_free(asked->name);
    g_free(asked);
}

static Asked *begin(Station *self, gboolean is_probe, guint index, const char *name, ServiceCall *call,
                    gint64 limit_us)
{
    if (!self->stops)
        self->stops = g_ptr_array_new_with_free_func(free_asked);
    if (self->stops->len >= ASKED_AT_MOST) {
        service_call_refuse(call, SERVICE_BUSY, "%u others wait already", self->stops->len);
        return NULL;
    }
    Asked *asked = g_new0(Asked, 1);

    asked->id = STATION_OWN_ID | ++self->next_own_id;
    asked->is_probe = is_probe;
    asked->index = index;
    asked->name = g_strdup(name);
    asked->call = call;
    asked->begun_us = clock_boot_us();
    asked->deadline_us = asked->begun_us + limit_us;
    g_ptr_array_add(self->stops, asked);
    return asked;
}

static void end(Station *self, Asked *asked)
{
    if (asked->is_probe)
        urge_probe(self, asked, FALSE);
    else
        urge_stop(self, asked, FALSE);
    g_ptr_array_remove_fast(self->stops, asked);
}

static void audit_stop(Station *self, const Asked *asked, const char *result, const char *detail)
{
    g_autofree char *who = g_strdup_printf("staff:%s", asked->name);

    station_records_audit(self, who, "stop", self->model->connectors[asked->index].path, result, detail);
}

static gboolean send_stop(Station *self, const Asked *asked)
{
    const ModelConnector *at = &self->model->connectors[asked->index];
    DriverCommand command = { .id = asked->id,
                              .device = at->device,
                              .connector = at->number,
                              .verb = "stop",
                              .deadline_us = asked->deadline_us };

    return station_devices_send(self, &command);
}

void station_stop_begin(Station *self, guint connector, const char *name, ServiceCall *call)
{
    const ModelConnector *at = &self->model->connectors[connector];
    Asked *asked = begin(self, FALSE, connector, name, call,
                         (gint64)self->site->policy.stop_deadline_ms[SITE_RUNG_SOFT] * 1000);

    if (!asked)
        return;
    urge_stop(self, asked, TRUE);
    if (!send_stop(self, asked)) {
        audit_stop(self, asked, "refused", "nothing can carry it");
        service_call_refuse(call, SERVICE_REFUSED, "nothing can carry a stop to %s", at->path);
        end(self, asked);
    }
}

static void fail_stop(Station *self, Asked *asked, const char *reason)
{
    audit_stop(self, asked, "failed", reason);
    service_call_refuse(asked->call, SERVICE_REFUSED, "the charger did not take the stop: %s", reason);
    end(self, asked);
}

/* What was not taken now, because the charger is busy or was not heard, is sent again by the next beat. */
void station_stop_result(Station *self, const DriverCommandResult *result)
{
    for (guint i = 0; self->stops && i < self->stops->len; i++) {
        Asked *asked = self->stops->pdata[i];

        if (asked->id != result->id)
            continue;
        if (result->result == DRIVER_RESULT_CONFIRMED) {
            asked->confirmed_at_us = result->confirmed_at_us;
        } else if (result->result == DRIVER_RESULT_FAILED) {
            asked->again = TRUE;
            g_strlcpy(asked->reason, result->reason, sizeof asked->reason);
        } else {
            fail_stop(self, asked, asked->reason[0] ? asked->reason : result->reason);
        }
        return;
    }
}

static gboolean read_since(const Station *self, guint point, gint64 since_us)
{
    const Point *at = &self->model->points[point];

    return at->quality == POINT_QUALITY_GOOD && at->asked_at_us > since_us;
}

/* The proof of rungs 1 and 2 (DESIGN section 6), as text; NULL: not yet. */
static char *find_proof(const Station *self, const Asked *asked)
{
    const ModelConnector *connector = &self->model->connectors[asked->index];
    double current_a = 0;

    if (asked->confirmed_at_us == 0 || connector->status == POINT_NONE || connector->n_current == 0 ||
        !read_since(self, connector->status, asked->confirmed_at_us))
        return NULL;
    const char *status = self->model->points[connector->status].value.text;

    for (guint i = 0; i < connector->n_current; i++) {
        if (!read_since(self, connector->current[i], asked->confirmed_at_us))
            return NULL;
        current_a = MAX(current_a, fabs(self->model->points[connector->current[i]].value.number));
    }
    if (g_str_equal(status, "charging") || current_a >= self->site->policy.stop_current_a)
        return NULL;
    return g_strdup_printf("status %s, current %.1f A", status, current_a);
}

static void look_at_stop(Station *self, Asked *asked, Moment now)
{
    g_autofree char *proof = find_proof(self, asked);

    if (proof) {
        audit_stop(self, asked, "done", proof);
        service_call_text(asked->call, proof);
    } else if (now.boot_us >= asked->deadline_us && asked->again) {
        fail_stop(self, asked, asked->reason);
        return;
    } else if (now.boot_us >= asked->deadline_us) {
        audit_stop(self, asked, "failed", "not proven in time");
        service_call_refuse(asked->call, SERVICE_REFUSED,
                            "the stop is not proven: no reading after it shows that %s "
                            "does not charge",
                            self->model->connectors[asked->index].path);
    } else {
        asked->again = asked->again && !send_stop(self, asked);
        return;
    }
    end(self, asked);
}

static void add_point(JsonBuilder *builder, const Point *point, gint64 since_us)
{
    gboolean good = point->asked_at_us >= since_us && point->quality == POINT_QUALITY_GOOD;
    gboolean fresh = point->asked_at_us >= since_us;

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "path");
    json_builder_add_string_value(builder, point->path);
    json_builder_set_member_name(builder, "value");
    if (good && point->value.text[0])
        json_builder_add_string_value(builder, point->value.text);
    else if (good)
        json_builder_add_double_value(builder, point->value.number);
    else
        json_builder_add_null_value(builder);
    json_builder_set_member_name(builder, "unit");
    json_builder_add_string_value(builder, point->unit);
    json_builder_set_member_name(builder, "quality");
    json_builder_add_string_value(builder, fresh ? point_quality_name(point->quality) : "unknown");
    json_builder_set_member_name(builder, "fresh");
    json_builder_add_boolean_value(builder, fresh);
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
    json_builder_set_member_name(builder, "device");
    json_builder_add_string_value(builder, device->path);
    json_builder_set_member_name(builder, "online");
    json_builder_add_boolean_value(builder, stats.online);
    json_builder_set_member_name(builder, "rtt_p50_ms");
    if (isnan(stats.rtt_p50_ms))
        json_builder_add_null_value(builder);
    else
        json_builder_add_double_value(builder, stats.rtt_p50_ms);
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

    service_call_text(asked->call, report);
    end(self, asked);
}

void station_stop_probe(Station *self, guint device, ServiceCall *call)
{
    const SiteDevice *site = self->model->devices[device].site;
    Asked *asked;

    if (!site || !site->profile || !self->line_of[device]) {
        service_call_refuse(call, SERVICE_REFUSED, "%s is not polled", self->model->devices[device].path);
        return;
    }
    asked = begin(self, TRUE, device, "", call, PROBE_US);
    if (asked)
        urge_probe(self, asked, TRUE);
}

void station_stop_beat(Station *self, Moment now)
{
    for (guint i = self->stops ? self->stops->len : 0; i > 0; i--) {
        Asked *asked = self->stops->pdata[i - 1];

        if (asked->is_probe)
            look_at_probe(self, asked, now);
        else
            look_at_stop(self, asked, now);
    }
}

void station_stop_clear(Station *self)
{
    while (self->stops && self->stops->len > 0) {
        Asked *asked = self->stops->pdata[self->stops->len - 1];

        if (!asked->is_probe)
            audit_stop(self, asked, "failed", "stationd is reloading or ending");
        service_call_refuse(asked->call, SERVICE_BUSY, "stationd is reloading or ending");
        end(self, asked);
    }
    g_clear_pointer(&self->stops, g_ptr_array_unref);
}

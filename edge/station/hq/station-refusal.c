/* SPDX-License-Identifier: Apache-2.0 */
/* What headquarters sends and the station does not take: counted, audited, under the alarm command-refused.
 * Whoever floods the topic must fill neither the books nor the time of the main loop: of each minute the
 * first ones are written one by one, the others as one row with their number. Issuers that are known have a
 * measure of their own, so that garbage does not hide what was refused to them. */
#include "edge/bus/view.h"
#include "edge/station/hq/station-hq-private.h"

#define ALARM "command-refused"
#define SUBJECT "station"
#define QUIET_US (10 * 60 * (gint64)G_USEC_PER_SEC)
#define MINUTE_US (60 * (gint64)G_USEC_PER_SEC)
#define WRITTEN_EACH 20u
#define STRANGER "hq:?"

static void clear_minute(StationRefusalMinute *minute)
{
    g_free(minute->who);
    g_free(minute->last);
    *minute = (StationRefusalMinute){ 0 };
}

static void close_minute(Station *self, StationRefusalMinute *minute)
{
    if (minute->more > 0) {
        g_autofree char *detail =
            g_strdup_printf("%u more within a minute, the last: %s", minute->more, minute->last);

        station_records_audit(self, minute->who, "command", "", "refused", detail);
    }
    clear_minute(minute);
}

static gboolean write_down(Station *self, const char *who, const char *verb, const char *object,
                           const char *reason)
{
    StationRefusalMinute *minute = &self->hq->minutes[g_str_equal(who, STRANGER)];
    gint64 now_us = clock_boot_us();

    if (now_us >= minute->ends_us) {
        close_minute(self, minute);
        minute->ends_us = now_us + MINUTE_US;
    }
    if (minute->written < WRITTEN_EACH) {
        minute->written++;
        station_records_audit(self, who, verb, object, "refused", reason);
        return TRUE;
    }
    minute->more++;
    g_free(minute->who);
    g_free(minute->last);
    minute->who = g_strdup(who);
    minute->last = g_strdup(reason);
    return FALSE;
}

void station_refusal_count(Station *self, const GError *error)
{
    self->hq->refusals++;
    if (error->domain == COMMAND_ERROR && error->code >= 0 && error->code < COMMAND_N_ERRORS)
        self->hq->refusals_by[error->code]++;
}

gboolean station_refusal_note(Station *self, const char *issuer, const char *verb, const char *object,
                              const GError *error)
{
    g_autofree char *who = issuer ? g_strdup_printf("hq:%s", issuer) : g_strdup(STRANGER);

    station_refusal_count(self, error);
    return write_down(self, who, verb, object, error->message) || issuer;
}

gboolean station_refusal_add(Station *self, const char *issuer, const char *verb, const char *object,
                             const GError *error)
{
    StationHq *hq = self->hq;
    gboolean stands = hq->refused_at_us != 0;

    hq->refused_at_us = clock_boot_us();
    if (!stands) {
        station_safety_raise(self, ALARM, SUBJECT, error->message);
        station_safety_drain(self);
    }
    return station_refusal_note(self, issuer, verb, object, error);
}

void station_refusal_flush(Station *self)
{
    for (guint i = 0; i < G_N_ELEMENTS(self->hq->minutes); i++)
        close_minute(self, &self->hq->minutes[i]);
}

void station_refusal_forget(Station *self)
{
    for (guint i = 0; i < G_N_ELEMENTS(self->hq->minutes); i++)
        clear_minute(&self->hq->minutes[i]);
}

void station_refusal_beat(Station *self, Moment now)
{
    StationHq *hq = self->hq;

    for (guint i = 0; i < G_N_ELEMENTS(hq->minutes); i++) {
        if (hq->minutes[i].ends_us && now.boot_us >= hq->minutes[i].ends_us)
            close_minute(self, &hq->minutes[i]);
    }
    if (hq->refused_at_us == 0 || now.boot_us < hq->refused_at_us + QUIET_US)
        return;
    hq->refused_at_us = 0;
    station_safety_clear(self, ALARM, SUBJECT);
}

void station_refusal_add_status(const Station *self, JsonBuilder *builder)
{
    const StationHq *hq = self->hq;

    json_builder_begin_object(builder);
    view_add_integer(builder, "total", (gint64)hq->refusals);
    for (int i = 0; i < COMMAND_N_ERRORS; i++)
        view_add_integer(builder, command_error_name(i), (gint64)hq->refusals_by[i]);
    json_builder_end_object(builder);
}

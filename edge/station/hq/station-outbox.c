/* SPDX-License-Identifier: Apache-2.0 */
/* The outbox: the events that headquarters has not acknowledged, as the books have them. What is acknowledged
 * is a fact like any other, durable before it is answered. */
#include "edge/station/hq/station-hq-private.h"

#define GUARD_ONLY_REASON "guard only after repeated crashes: no history for now"
#define TELL_MS 100u /* Appended: at most ten times a second */
#define LOOK_US (5 * G_USEC_PER_SEC)
#define RENEW_US (60 * G_USEC_PER_SEC) /* between two new epochs that bad acks begin */
#define ALARM "hq-ack-beyond-sent"

/* ---- how it stands ---- */

static void take_position(Station *self)
{
    StationHq *hq = self->hq;
    gint64 epoch, seq;

    store_get_position(self->store, &epoch, &seq);
    if (epoch == hq->epoch)
        return;
    /* At the start all that is there may have been sent by the run before; of a later epoch nothing was. */
    hq->sent = hq->epoch == 0 ? seq : 0;
    hq->epoch = epoch;
    hq->acked = 0;
    hq->told_seq = 0;
    hq->look_due_us = 0;
}

static gint64 parse_time_us(JsonObject *row)
{
    const char *text = json_object_get_string_member_with_default(row, "oldest", NULL);
    g_autoptr(GDateTime) time = text ? g_date_time_new_from_iso8601(text, NULL) : NULL;

    return time ? g_date_time_to_unix(time) * G_USEC_PER_SEC : 0;
}

static void note_epochs(StationHq *hq, JsonArray *rows)
{
    hq->older = 0;
    hq->oldest_us = 0;
    for (guint i = 0; i < json_array_get_length(rows); i++) {
        JsonObject *row = json_array_get_object_element(rows, i);
        gint64 acked = json_object_get_int_member(row, "acked");

        if (hq->oldest_us == 0)
            hq->oldest_us = parse_time_us(row);
        if (json_object_get_int_member(row, "epoch") == hq->epoch)
            hq->acked = acked;
        else
            hq->older += json_object_get_int_member(row, "last_seq") - acked;
    }
}

static void look(Station *self);

static void on_looked(JsonArray *rows, const GError *error G_GNUC_UNUSED, gpointer user_data)
{
    Station *self = user_data;
    StationHq *hq = self->hq;

    hq->looking = FALSE;
    if (rows)
        note_epochs(hq, rows);
    if (hq->look_again)
        look(self);
}

/* One query at a time, however often it is asked for. */
static void look(Station *self)
{
    StationHq *hq = self->hq;

    hq->look_again = hq->looking;
    if (hq->looking)
        return;
    hq->looking = TRUE;
    store_query(self->store, on_looked, self, "outbox-list", "");
}

gint64 station_outbox_count(const Station *self)
{
    gint64 epoch, seq;

    store_get_position(self->store, &epoch, &seq);
    return self->hq->older + (epoch == self->hq->epoch ? MAX(seq - self->hq->acked, 0) : 0);
}

/* Of the first event that waits, by its wall time: it may be from before a restart. */
double station_outbox_age_s(const Station *self)
{
    gint64 age_us = g_get_real_time() - self->hq->oldest_us;

    return self->hq->oldest_us == 0 ? 0 : (double)MAX(age_us, 0) / G_USEC_PER_SEC;
}

static gboolean on_tell_due(gpointer user_data)
{
    Station *self = user_data;

    self->hq->tell = 0;
    station_hq_appended(self);
    return G_SOURCE_REMOVE;
}

void station_hq_appended(Station *self)
{
    StationHq *hq = self->hq;
    gint64 epoch, seq;

    if (!hq || !self->service)
        return;
    take_position(self);
    store_get_position(self->store, &epoch, &seq);
    if (hq->tell != 0 || seq == hq->told_seq)
        return;
    if (hq->oldest_us == 0) /* all was acknowledged: this is the first that waits */
        hq->oldest_us = g_get_real_time();
    hq->told_seq = seq;
    hq->tell = g_timeout_add(TELL_MS, on_tell_due, self);
    service_sync_appended(self->service, epoch, seq);
}

void station_outbox_beat(Station *self, Moment now)
{
    StationHq *hq = self->hq;

    station_hq_appended(self);
    if (hq->epoch == 0 || self->guard_only || now.boot_us < hq->look_due_us)
        return;
    hq->look_due_us = now.boot_us + LOOK_US;
    look(self);
}

/* ---- what station-sync asks ---- */

static gboolean refuse_guard_only(const Station *self, ServiceCall *call)
{
    if (self->guard_only)
        service_call_refuse(call, SERVICE_BUSY, GUARD_ONLY_REASON);
    return self->guard_only;
}

static void on_epochs(JsonArray *rows, const GError *error, gpointer user_data)
{
    ServiceCall *call = user_data;

    if (error) {
        service_call_refuse(call, SERVICE_BUSY, "%s", error->message);
        return;
    }
    guint n = json_array_get_length(rows);
    g_autofree ServiceEpoch *epochs = g_new0(ServiceEpoch, n);

    for (guint i = 0; i < n; i++) {
        JsonObject *row = json_array_get_object_element(rows, i);

        epochs[i] = (ServiceEpoch){ .epoch = json_object_get_int_member(row, "epoch"),
                                    .acked = json_object_get_int_member(row, "acked"),
                                    .last_seq = json_object_get_int_member(row, "last_seq") };
    }
    service_call_epochs(call, epochs, n);
}

void station_outbox_get(Station *self, ServiceCall *call)
{
    if (!refuse_guard_only(self, call))
        store_query(self->store, on_epochs, call, "outbox-list", "");
}

/* What a call of station-sync is about. */
typedef struct {
    Station *station;
    ServiceCall *call;
    gint64 epoch, through, sent;
} Ask;

static Ask *new_ask(Station *self, ServiceCall *call, gint64 epoch)
{
    Ask *ask = g_new0(Ask, 1);

    *ask = (Ask){ .station = self, .call = call, .epoch = epoch };
    return ask;
}

/* Whatever is handed out may be sent. */
static void on_read(JsonArray *rows, const GError *error, gpointer user_data)
{
    g_autofree Ask *ask = user_data;
    StationHq *hq = ask->station->hq;

    if (error) {
        service_call_refuse(ask->call, SERVICE_BUSY, "%s", error->message);
        return;
    }
    guint n = json_array_get_length(rows);

    take_position(ask->station);
    if (n > 0 && ask->epoch == hq->epoch)
        hq->sent =
            MAX(hq->sent, json_object_get_int_member(json_array_get_object_element(rows, n - 1), "seq"));
    service_call_events(ask->call, rows);
}

void station_outbox_read(Station *self, gint64 epoch, gint64 after, guint limit, ServiceCall *call)
{
    if (!refuse_guard_only(self, call))
        store_query(self->store, on_read, new_ask(self, call, epoch), "outbox-read", "siii",
                    self->site->station.id, epoch, after, (gint64)limit);
}

static void on_acked(const GError *error, gint64 last_seq G_GNUC_UNUSED, gpointer user_data)
{
    g_autofree Ask *ask = user_data;
    Station *self = ask->station;

    if (error) {
        service_call_refuse(ask->call, SERVICE_BUSY, "%s", error->message);
        return;
    }
    if (ask->epoch == self->hq->epoch) {
        self->hq->acked = MAX(self->hq->acked, ask->through);
        station_safety_clear(self, ALARM, "station");
        station_safety_drain(self);
    }
    look(self);
    service_call_done(ask->call);
}

static void put_ack(Ask *ask)
{
    StoreFact *fact = store_fact_new();

    store_fact_add(fact, "outbox-ack", "ii", ask->epoch, ask->through);
    store_put(ask->station->store, fact, on_acked, ask);
}

static void on_renewed(const GError *error, gint64 last_seq G_GNUC_UNUSED, gpointer user_data)
{
    Station *self = user_data;

    if (error)
        g_warning("a new epoch: %s", error->message);
    station_hq_appended(self);
}

/* Either we or HQ are not what they were: what happens from now on has numbers that nobody has seen. What was
 * not acknowledged keeps its own, and is sent first: HQ has it, or takes it, or says that it has something
 * else there. */
static void renew(const Ask *ask, const char *why)
{
    Station *self = ask->station;
    g_autofree char *value = g_strdup_printf("epoch %" G_GINT64_FORMAT " through %" G_GINT64_FORMAT ": %s",
                                             ask->epoch, ask->through, why);

    g_warning("HQ acknowledges %s", value);
    station_records_audit(self, "hq:?", "ack", "station", "refused", value);
    station_safety_raise(self, ALARM, "station", value);
    station_safety_drain(self);
    store_begin_epoch(self->store, "acknowledged beyond what was sent", on_renewed, self);
}

/* One bad ack is a sign of trouble; a flood of them is an attack, and must not fill the books. */
static void refuse_ack(const Ask *ask, const char *why)
{
    StationHq *hq = ask->station->hq;
    gint64 now_us = clock_boot_us();

    if (hq->renewed_us == 0 || now_us - hq->renewed_us >= RENEW_US) {
        hq->renewed_us = now_us;
        renew(ask, why);
    }
    service_call_refuse(ask->call, SERVICE_REFUSED,
                        "epoch %" G_GINT64_FORMAT " through %" G_GINT64_FORMAT ": %s", ask->epoch,
                        ask->through, why);
}

static void on_epoch_found(JsonArray *rows, const GError *error, gpointer user_data)
{
    Ask *ask = user_data;
    JsonObject *row =
        rows && json_array_get_length(rows) == 1 ? json_array_get_object_element(rows, 0) : NULL;

    if (!row) {
        service_call_refuse(ask->call, SERVICE_BUSY, "%s", error ? error->message : "the books say nothing");
        g_free(ask);
        return;
    }
    gboolean current = json_object_get_int_member(row, "current") == ask->epoch;
    gboolean known = current || !json_object_get_null_member(row, "last_seq");

    take_position(ask->station);
    gint64 most = MAX(json_object_get_int_member(row, "acked"), MIN(ask->sent, ask->station->hq->sent));

    if (!known || (current && ask->through > most)) {
        refuse_ack(ask, known ? "more than was sent" : "no epoch of ours");
        g_free(ask);
        return;
    }
    if (!current)
        ask->through = MIN(MIN(ask->through, ask->sent), json_object_get_int_member(row, "last_seq"));
    put_ack(ask);
}

void station_outbox_take_ack(Station *self, gint64 epoch, gint64 through, gint64 sent, ServiceCall *call)
{
    Ask *ask;

    if (refuse_guard_only(self, call))
        return;
    ask = new_ask(self, call, epoch);
    ask->through = through;
    ask->sent = sent;
    store_query(self->store, on_epoch_found, ask, "outbox-get", "i", epoch);
}

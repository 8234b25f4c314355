/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of headquarters: read, checked, recorded, carried out, answered. Each is audited, whatever came of
 * it.
 */
#include "edge/bus/view.h"
#include "edge/station/hq/station-hq-private.h"

#define ALARM "command-refused"
#define SUBJECT "station"
#define QUIET_US (10 * 60 * (gint64)G_USEC_PER_SEC)
#define RESEND_MOST 10000
#define MINUTES_DEFAULT 5

/* ---- answers ---- */

static void reply(Station *self, const char *id, const char *status, const char *reason)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    const char *const texts[] = { "id", id, "status", status, "reason", reason };

    json_builder_begin_object(builder);
    for (guint i = 0; i < G_N_ELEMENTS(texts); i += 2) {
        json_builder_set_member_name(builder, texts[i]);
        json_builder_add_string_value(builder, texts[i + 1]);
    }
    json_builder_set_member_name(builder, "data");
    json_builder_begin_object(builder);
    json_builder_end_object(builder);
    json_builder_end_object(builder);
    g_autofree char *text = view_take_text(json_builder_get_root(builder));

    if (self->service)
        service_sync_reply(self->service, text);
}

/* Without an id nobody could tell which answer it is. */
static void refuse(Station *self, const char *id, const char *who, const char *verb, const GError *error)
{
    StationHq *hq = self->hq;
    gboolean late = g_error_matches(error, COMMAND_ERROR, COMMAND_ERROR_TIME);

    hq->refusals++;
    hq->refused_at_us = clock_boot_us();
    station_records_audit(self, who, verb, id ? id : "", "refused", error->message);
    station_safety_raise(self, ALARM, SUBJECT, error->message);
    station_safety_drain(self);
    if (id)
        reply(self, id, late ? "expired" : "refused", error->message);
}

/* The end of a command that was taken; ERROR NULL: it is done. */
static void finish(Station *self, const Command *command, const char *object, const GError *error)
{
    g_autofree char *who = g_strdup_printf("hq:%s", command->issuer);

    station_records_audit(self, who, command->verb_name, object, error ? "refused" : "done",
                          error ? error->message : command->id);
    reply(self, command->id, error ? "refused" : "done", error ? error->message : "");
}

/* ---- verbs ---- */

static void acknowledge(Station *self, const Command *command)
{
    const char *alarm = command_get_text(command, "alarm");
    g_autofree char *who = g_strdup_printf("hq:%s", command->issuer);
    g_autoptr(GError) error = NULL;

    guard_acknowledge(self->guard, alarm, who, command_get_text(command, "note"), clock_now(), &error);
    station_safety_drain(self);
    finish(self, command, alarm, error);
}

static void announce(Station *self, const Command *command)
{
    const char *zone = command_get_text(command, "zone");

    station_announce_add(self, command_get_text(command, "text"), zone,
                         command_get_integer(command, "repeat", MINUTES_DEFAULT));
    finish(self, command, zone, NULL);
}

static void resend(Station *self, const Command *command)
{
    gint64 epoch = command_get_integer(command, "epoch", 0);
    gint64 from = command_get_integer(command, "from", 0), to = command_get_integer(command, "to", 0);
    g_autofree char *object =
        g_strdup_printf("%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT "–%" G_GINT64_FORMAT, epoch, from, to);
    g_autoptr(GError) error = NULL;

    if (to < from || to - from >= RESEND_MOST)
        g_set_error(&error, COMMAND_ERROR, COMMAND_ERROR_FORM, "from 1 to %d events can be asked for",
                    RESEND_MOST);
    else if (self->service)
        service_sync_resend(self->service, epoch, from, to);
    finish(self, command, object, error);
}

static void carry_out(Station *self, const Command *command)
{
    g_autoptr(GError) error = NULL;

    switch (command->verb) {
    case COMMAND_VERB_ALARM_ACKNOWLEDGE:
        acknowledge(self, command);
        break;
    case COMMAND_VERB_ANNOUNCE:
        announce(self, command);
        break;
    case COMMAND_VERB_EVENTS_RESEND:
        resend(self, command);
        break;
    case COMMAND_VERB_CHARGE_STOP:
    case COMMAND_VERB_CONNECTOR_DISABLE:
    case COMMAND_VERB_CONNECTOR_ENABLE:
    case COMMAND_VERB_DEVICE_RESET:
    case COMMAND_VERB_NOT_SERVED:
    default:
        g_set_error(&error, COMMAND_ERROR, COMMAND_ERROR_NOT_SERVED, "not served yet");
        finish(self, command, "", error);
    }
}

/* ---- the way in ---- */

typedef struct {
    Station *station;
    Command *command;
} Taken;

/* Its number is used up from here on, also for a run of stationd that comes after a crash. */
static void on_recorded(const GError *error, gint64 last_seq G_GNUC_UNUSED, gpointer user_data)
{
    g_autofree Taken *taken = user_data;
    g_autoptr(Command) command = taken->command;

    if (error)
        finish(taken->station, command, "", error);
    else
        carry_out(taken->station, command);
}

static void record(Station *self, Command *command)
{
    Taken *taken = g_new0(Taken, 1);
    StoreFact *fact = store_fact_new();

    *taken = (Taken){ .station = self, .command = command };
    store_fact_add(fact, "command-seq-save", "si", command->issuer, command->seq);
    store_put(self->store, fact, on_recorded, taken);
}

static gboolean fail(GError **error, const char *reason)
{
    g_set_error_literal(error, COMMAND_ERROR, COMMAND_ERROR_FORM, reason);
    return FALSE;
}

static gboolean check_topic(const Station *self, const char *topic, gboolean retained, GError **error)
{
    g_autofree char *root = g_strdup_printf("stationmaster/v1/%s/", self->site->station.id);

    if (!g_str_has_prefix(topic, root))
        return fail(error, "the topic is not this station's");
    if (g_str_has_prefix(topic + strlen(root), "config/"))
        return fail(error, "configuration from headquarters is not served yet");
    if (!g_str_equal(topic + strlen(root), "command"))
        return fail(error, "the topic is none for commands");
    return !retained || fail(error, "a command must not be retained");
}

static CommandGateNow look_around(const Station *self)
{
    return (CommandGateNow){ .at = clock_now(),
                             .clock_set = !g_str_equal(clock_quality_name(), "unset"),
                             .books = self->books && self->hq->seqs_known };
}

static gboolean check(Station *self, const Command *command, const char *topic, const char *payload,
                      gsize length, const char *signature, char **ret_who, GError **error)
{
    CommandGateNow now = look_around(self);

    if (!command_keys_check(self->hq->keys, command->issuer, topic, payload, length, signature, error))
        return FALSE;
    *ret_who = g_strdup_printf("hq:%s", command->issuer);
    return command_gate_take(self->hq->gate, command, &now, error);
}

void station_command_take(Station *self, const char *topic, const char *payload, gsize length,
                          const char *signature, gboolean retained)
{
    g_autofree char *id = NULL;
    g_autofree char *who = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Command) command = NULL;

    if (check_topic(self, topic, retained, &error))
        command = command_parse(payload, length, &id, &error);
    if (!command || !check(self, command, topic, payload, length, signature, &who, &error)) {
        refuse(self, id, who ? who : "hq:?", command ? command->verb_name : "command", error);
        return;
    }
    reply(self, id, "received", "");
    record(self, g_steal_pointer(&command));
}

/* ---- life ---- */

void station_command_open(Station *self)
{
    self->hq->gate = command_gate_new();
    station_hq_configured(self);
}

void station_hq_configured(Station *self)
{
    char **files = self->site->hq.command_keys;

    g_clear_pointer(&self->hq->keys, command_keys_free);
    self->hq->keys = command_keys_new();
    for (guint i = 0; files[i]; i++) {
        g_autofree char *text = NULL;

        if (g_file_get_contents(files[i], &text, NULL, NULL))
            command_keys_add(self->hq->keys, text);
    }
}

void station_command_close(Station *self)
{
    g_clear_pointer(&self->hq->keys, command_keys_free);
    g_clear_pointer(&self->hq->gate, command_gate_free);
}

static void on_seqs(JsonArray *rows, const GError *error, gpointer user_data)
{
    StationHq *hq = ((Station *)user_data)->hq;

    if (error) {
        g_warning("numbers of headquarters' commands: %s", error->message);
        return;
    }
    for (guint i = 0; i < json_array_get_length(rows); i++) {
        JsonObject *row = json_array_get_object_element(rows, i);

        command_gate_learn(hq->gate, json_object_get_string_member(row, "issuer"),
                           json_object_get_int_member(row, "seq"));
    }
    hq->seqs_known = TRUE;
}

void station_hq_books_opened(Station *self)
{
    store_query(self->store, on_seqs, self, "command-seq-list", "");
}

void station_command_beat(Station *self, Moment now)
{
    StationHq *hq = self->hq;

    if (hq->refused_at_us == 0 || now.boot_us < hq->refused_at_us + QUIET_US)
        return;
    hq->refused_at_us = 0;
    station_safety_clear(self, ALARM, SUBJECT);
}

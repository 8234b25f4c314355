/* SPDX-License-Identifier: Apache-2.0 */
/* The way in for commands of headquarters: read, checked, recorded, answered. Each is audited, whatever came
 * of it. */
#include "edge/bus/view.h"
#include "edge/station/hq/station-hq-private.h"

#define OPENING_US (2 * G_USEC_PER_SEC) /* how long a command waits for the books at the start */

/* ---- answers ---- */

/* FAULT is a word for why the message itself was not taken, or "". */
static char *format_reply(const char *id, const char *status, const char *reason, const char *proof,
                          const char *fault)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    view_add_text(builder, "id", id);
    view_add_text(builder, "status", status);
    view_add_text(builder, "reason", reason);
    json_builder_set_member_name(builder, "data");
    json_builder_begin_object(builder);
    if (proof[0])
        view_add_text(builder, "proof", proof);
    if (fault[0])
        view_add_text(builder, "fault", fault);
    json_builder_end_object(builder);
    json_builder_end_object(builder);
    return view_take_text(json_builder_get_root(builder));
}

static void send_reply(Station *self, const char *text)
{
    if (self->service)
        service_sync_reply(self->service, text);
}

void station_command_answer(Station *self, const Command *command, const char *status, const char *reason,
                            const char *proof)
{
    g_autofree char *text = format_reply(command->id, status, reason, proof, "");

    command_memory_answer(self->hq->memory, command, text, !g_str_equal(status, "received"));
    send_reply(self, text);
}

static char *format_refusal(const char *id, const GError *error)
{
    gboolean late = g_error_matches(error, COMMAND_ERROR, COMMAND_ERROR_EXPIRED);

    return format_reply(id, late ? "expired" : "refused", error->message, "",
                        command_error_name(error->code));
}

/* Without an id nobody could tell which answer it is. Where it is that of a command that is known, this is
 * another message, and whoever waits for the command would take the answer for the command's own. */
static void refuse(Station *self, const char *id, const char *issuer, const char *verb, const GError *error)
{
    g_autofree char *text = NULL;

    if (!station_refusal_add(self, issuer, verb, id ? id : "", error) || !id ||
        command_memory_has_id(self->hq->memory, id))
        return;
    text = format_refusal(id, error);
    send_reply(self, text);
}

/* COMMAND is signed, and its time or the station's state do not allow it: this stays so, whatever changes,
 * should the same message come again. An old number is old for ever. */
static void refuse_signed(Station *self, const Command *command, const char *payload, gsize length,
                          const GError *error)
{
    refuse(self, command->id, command->issuer, command->verb_name, error);
    if (g_error_matches(error, COMMAND_ERROR, COMMAND_ERROR_SEQ))
        return;
    g_autofree char *text = format_refusal(command->id, error);

    command_memory_add(self->hq->memory, command, payload, length);
    command_memory_answer(self->hq->memory, command, text, TRUE);
}

/* The very message that was taken before: nothing is done, and whoever waits hears what the first one did.
 * While that runs the broker has most likely delivered it twice; later it is a replay. */
static gboolean repeat(Station *self, const Command *command, const char *payload, gsize length)
{
    gboolean over = FALSE;
    const char *reply = command_memory_find(self->hq->memory, command, payload, length, &over);
    g_autoptr(GError) error = NULL;

    if (!reply)
        return FALSE;
    send_reply(self, reply);
    g_set_error_literal(&error, COMMAND_ERROR, COMMAND_ERROR_SEQ,
                        "a repetition of what is over: answered as before, and not done again");
    if (over)
        station_refusal_note(self, command->issuer, command->verb_name, command->id, error);
    return TRUE;
}

/* ---- the way in ---- */

typedef struct {
    Station *station;
    Command *command;
} Taken;

static void on_recorded(const GError *error, gint64 last_seq G_GNUC_UNUSED, gpointer user_data)
{
    g_autofree Taken *taken = user_data;

    if (error)
        station_verb_fail(taken->station, taken->command, error->message);
    else
        station_verb_do(taken->station, taken->command);
}

static void on_noted(const GError *error, gint64 last_seq G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
    if (error)
        g_warning("the number of a command is not in the books: %s", error->message);
}

/* Its number is used up, also for a run of stationd that comes after a crash. A stop acts first: done twice
 * it does no harm, and it does not wait for the books. */
static void begin(Station *self, Command *command)
{
    StoreFact *fact = store_fact_new();

    store_fact_add(fact, "command-seq-save", "si", command->issuer, command->seq);
    if (command_is_stop(command)) {
        station_verb_do(self, command);
        store_put(self->store, fact, on_noted, NULL);
        return;
    }
    Taken *taken = g_new0(Taken, 1);

    *taken = (Taken){ .station = self, .command = command };
    store_put(self->store, fact, on_recorded, taken);
}

static gboolean fail(GError **error, CommandError code, const char *reason)
{
    g_set_error_literal(error, COMMAND_ERROR, code, reason);
    return FALSE;
}

/* What follows this station's root in TOPIC; NULL where it is another's. */
static const char *find_name(const Station *self, const char *topic)
{
    g_autofree char *root = g_strdup_printf("stationmaster/v1/%s/", self->site->station.id);

    return g_str_has_prefix(topic, root) ? topic + strlen(root) : NULL;
}

static gboolean check_topic(const char *name, gboolean retained, GError **error)
{
    if (!name)
        return fail(error, COMMAND_ERROR_TOPIC, "the topic is not this station's");
    if (!g_str_equal(name, "command"))
        return fail(error, COMMAND_ERROR_TOPIC, "the topic is none for commands");
    return !retained || fail(error, COMMAND_ERROR_RETAINED, "a command must not be retained");
}

static CommandGateNow look_around(const Station *self)
{
    return (CommandGateNow){ .at = clock_now(),
                             .clock_set = !g_str_equal(clock_quality_name(), "unset"),
                             .books = self->books && self->hq->seqs_known };
}

/* An issuer that is known has signed COMMAND, which is consumed. */
static void take_signed(Station *self, Command *command, const char *payload, gsize length)
{
    g_autoptr(Command) taken = command;
    CommandGateNow now = look_around(self);
    g_autoptr(GError) error = NULL;

    if (repeat(self, command, payload, length))
        return;
    if (!command_gate_take(self->hq->gate, command, &now, &error)) {
        refuse_signed(self, command, payload, length, error);
        return;
    }
    command_memory_add(self->hq->memory, command, payload, length);
    station_command_answer(self, command, "received", "", "");
    begin(self, g_steal_pointer(&taken));
}

static void take_command(Station *self, const char *topic, const char *payload, gsize length,
                         const char *signature)
{
    g_autofree char *id = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Command) command = command_parse(payload, length, &id, &error);

    if (command &&
        command_keys_check(self->hq->keys, command->issuer, topic, payload, length, signature, &error))
        take_signed(self, g_steal_pointer(&command), payload, length);
    else
        refuse(self, id, NULL, command ? command->verb_name : "command", error);
}

/* Just after the start the books are about to open. */
static gboolean is_opening(const Station *self)
{
    return !(self->books && self->hq->seqs_known) && clock_boot_us() - self->hq->began_us < OPENING_US;
}

gboolean station_command_take(Station *self, const char *topic, const char *payload, gsize length,
                              const char *signature, gboolean retained)
{
    const char *name = find_name(self, topic);
    g_autoptr(GError) error = NULL;

    if (is_opening(self))
        return FALSE;
    if (name && g_str_has_prefix(name, "config/"))
        station_config_take(self, topic, name + strlen("config/"), payload, length, signature);
    else if (check_topic(name, retained, &error))
        take_command(self, topic, payload, length, signature);
    else
        refuse(self, NULL, NULL, "command", error);
    return TRUE;
}

/* ---- life ---- */

void station_command_open(Station *self)
{
    self->hq->gate = command_gate_new();
    self->hq->memory = command_memory_new();
    self->hq->configs_told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    self->hq->disabled = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
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
    g_clear_pointer(&self->hq->memory, command_memory_free);
    g_clear_pointer(&self->hq->configs_told, g_hash_table_unref);
    g_clear_pointer(&self->hq->disabled, g_hash_table_unref);
    station_refusal_forget(self);
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
    station_disabled_load(self);
    station_config_load(self);
}

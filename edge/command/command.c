/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/command/command.h"

#include "edge/base/clock.h"
#include "edge/command/command-json.h"

#define NAME_MAX_LENGTH 64u /* characters of an id, an issuer, a path */
#define ARGS_MOST 8u

G_DEFINE_QUARK(command - error - quark, command_error)

const char *command_error_name(int code)
{
    static const char *const names[COMMAND_N_ERRORS] = {
        [COMMAND_ERROR_FORM] = "form",
        [COMMAND_ERROR_SIGNATURE] = "signature",
        [COMMAND_ERROR_EXPIRED] = "expired",
        [COMMAND_ERROR_TIME] = "time",
        [COMMAND_ERROR_SEQ] = "seq",
        [COMMAND_ERROR_RATE] = "rate",
        [COMMAND_ERROR_NOT_SERVED] = "not_served",
        [COMMAND_ERROR_STATE] = "state",
        [COMMAND_ERROR_TOPIC] = "topic",
        [COMMAND_ERROR_RETAINED] = "retained",
    };

    return code >= 0 && code < COMMAND_N_ERRORS ? names[code] : "form";
}

/* A member: what it may be. INTEGER from LEAST to MOST; else text of LEAST to MOST characters, without
 * control characters unless it is a whole file. */
typedef struct {
    const char *name;
    gboolean is_integer, is_optional, is_file;
    gint64 least, most;
} Member;

#define TEXT(name_, least_, most_)                                                                           \
    {                                                                                                        \
        .name = name_, .least = least_, .most = most_                                                        \
    }
#define INTEGER(name_, least_, most_)                                                                        \
    {                                                                                                        \
        .name = name_, .is_integer = TRUE, .least = least_, .most = most_                                    \
    }

static const Member members[] = {
    TEXT("id", 1, NAME_MAX_LENGTH), INTEGER("seq", 1, COMMAND_SEQ_MAX), TEXT("issued", 20, 40),
    TEXT("expires", 20, 40),        TEXT("issuer", 1, NAME_MAX_LENGTH), TEXT("verb", 1, NAME_MAX_LENGTH),
};

#define SEQ_ARGUMENT(name_) INTEGER(name_, 1, COMMAND_SEQ_MAX)

static const struct {
    const char *name;
    CommandVerb verb;
    Member args[ARGS_MOST]; /* ends by no name */
} verbs[] = {
    { "charge.stop", COMMAND_VERB_CHARGE_STOP, { TEXT("connector", 1, NAME_MAX_LENGTH) } },
    { "connector.disable",
      COMMAND_VERB_CONNECTOR_DISABLE,
      { TEXT("connector", 1, NAME_MAX_LENGTH), TEXT("reason", 0, 200) } },
    { "connector.enable",
      COMMAND_VERB_CONNECTOR_ENABLE,
      { TEXT("connector", 1, NAME_MAX_LENGTH), TEXT("reason", 0, 200) } },
    { "alarm.acknowledge",
      COMMAND_VERB_ALARM_ACKNOWLEDGE,
      { TEXT("alarm", 1, NAME_MAX_LENGTH), TEXT("note", 0, 500) } },
    { "announce",
      COMMAND_VERB_ANNOUNCE,
      { TEXT("text", 1, 500),
        { .name = "zone", .is_optional = TRUE, .most = NAME_MAX_LENGTH },
        { .name = "repeat", .is_integer = TRUE, .is_optional = TRUE, .least = 1, .most = 60 } } },
    { "events.resend",
      COMMAND_VERB_EVENTS_RESEND,
      { SEQ_ARGUMENT("epoch"), SEQ_ARGUMENT("from"), SEQ_ARGUMENT("to") } },
    { "device.reset", COMMAND_VERB_DEVICE_RESET, { TEXT("device", 1, NAME_MAX_LENGTH) } },
};

static const char *const not_served[] = {
    "charge.start",    "connector.lock", "connector.unlock", "alarm.shelve",      "camera.live",
    "camera.snapshot", "device.set",     "evidence.upload",  "work-order.assign", NULL
};

static gboolean fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean fail(GError **error, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    if (error)
        *error = g_error_new_valist(COMMAND_ERROR, COMMAND_ERROR_FORM, format, list);
    va_end(list);
    return FALSE;
}

static gboolean is_plain(const char *text)
{
    for (; *text; text = g_utf8_next_char(text)) {
        if (g_unichar_iscntrl(g_utf8_get_char(text)))
            return FALSE;
    }
    return TRUE;
}

static gboolean check_text(const Member *member, JsonNode *node, GError **error)
{
    const char *text = json_node_get_value_type(node) == G_TYPE_STRING ? json_node_get_string(node) : NULL;
    glong length = text ? g_utf8_strlen(text, -1) : -1;

    if (!text)
        return fail(error, "%s is not text", member->name);
    if (length < member->least || length > member->most)
        return fail(error, "%s has %ld characters, %d to %d are allowed", member->name, length,
                    (int)member->least, (int)member->most);
    if (!member->is_file && !is_plain(text))
        return fail(error, "%s has control characters", member->name);
    return TRUE;
}

static gboolean check_integer(const Member *member, JsonNode *node, GError **error)
{
    gint64 value = json_node_get_value_type(node) == G_TYPE_INT64 ? json_node_get_int(node) : G_MININT64;

    if (value < member->least || value > member->most)
        return fail(error, "%s is not a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                    member->name, member->least, member->most);
    return TRUE;
}

/* Whether NODE (NULL: not there) is what MEMBER may be. */
static gboolean check_member(const Member *member, JsonNode *node, GError **error)
{
    if (!node)
        return member->is_optional || fail(error, "%s is missing", member->name);
    if (!JSON_NODE_HOLDS_VALUE(node))
        return fail(error, "%s is no plain value", member->name);
    return member->is_integer ? check_integer(member, node, error) : check_text(member, node, error);
}

/* All of N members, of which those that are there must make up OBJECT together with MORE others. */
static gboolean check_members(JsonObject *object, const Member *all, guint n, guint more, GError **error)
{
    guint found = more;

    for (guint i = 0; i < n; i++) {
        JsonNode *node = json_object_get_member(object, all[i].name);

        found += node != NULL;
        if (!check_member(&all[i], node, error))
            return FALSE;
    }
    return found == json_object_get_size(object) || fail(error, "there is a member that is not known");
}

static gboolean take_verb(Command *command, JsonObject *args, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(verbs); i++) {
        guint n = 0;

        if (!g_str_equal(verbs[i].name, command->verb_name))
            continue;
        while (n < ARGS_MOST && verbs[i].args[n].name)
            n++;
        command->verb = verbs[i].verb;
        command->args = json_object_ref(args);
        return check_members(args, verbs[i].args, n, 0, error);
    }
    command->verb = COMMAND_VERB_NOT_SERVED;
    return g_strv_contains(not_served, command->verb_name) || fail(error, "there is no such verb");
}

static gboolean take_time(JsonObject *object, const char *name, gint64 *ret_us, GError **error)
{
    return clock_parse(json_object_get_string_member(object, name), ret_us) ||
           fail(error, "%s is not a time as RFC 3339 has it", name);
}

static gboolean take_all(Command *command, JsonObject *object, GError **error)
{
    JsonNode *args = json_object_get_member(object, "args");

    if (!args || !JSON_NODE_HOLDS_OBJECT(args))
        return fail(error, "args is no object");
    if (!check_members(object, members, G_N_ELEMENTS(members), 1, error) ||
        !take_time(object, "issued", &command->issued_us, error) ||
        !take_time(object, "expires", &command->expires_us, error))
        return FALSE;
    command->id = g_strdup(json_object_get_string_member(object, "id"));
    command->issuer = g_strdup(json_object_get_string_member(object, "issuer"));
    command->verb_name = g_strdup(json_object_get_string_member(object, "verb"));
    command->seq = json_object_get_int_member(object, "seq");
    return take_verb(command, json_node_get_object(args), error);
}

static JsonObject *parse(const char *payload, gsize length, GError **error)
{
    if (length <= COMMAND_PAYLOAD_MAX)
        return command_json_parse(payload ? payload : "", length, error);
    fail(error, "longer than %d bytes", COMMAND_PAYLOAD_MAX);
    return NULL;
}

Command *command_parse(const char *payload, gsize length, char **ret_id, GError **error)
{
    g_autoptr(Command) command = g_new0(Command, 1);
    g_autoptr(JsonObject) object = parse(payload, length, error);

    *ret_id = NULL;
    if (!object)
        return NULL;
    if (check_member(&members[0], json_object_get_member(object, "id"), NULL))
        *ret_id = g_strdup(json_object_get_string_member(object, "id"));
    return take_all(command, object, error) ? g_steal_pointer(&command) : NULL;
}

void command_free(Command *command)
{
    if (!command)
        return;
    g_free(command->id);
    g_free(command->issuer);
    g_free(command->verb_name);
    g_clear_pointer(&command->args, json_object_unref);
    g_free(command);
}

gboolean command_parse_config(const char *payload, gsize length, CommandConfig *ret_config, GError **error)
{
    static const Member all[] = {
        INTEGER("version", 0, COMMAND_SEQ_MAX),
        TEXT("issued", 20, 40),
        TEXT("issuer", 1, NAME_MAX_LENGTH),
        TEXT("format", 1, NAME_MAX_LENGTH),
        { .name = "text", .is_file = TRUE, .most = COMMAND_PAYLOAD_MAX },
    };
    g_autoptr(JsonObject) object = parse(payload, length, error);
    gint64 issued_us = 0;

    *ret_config = (CommandConfig){ 0 };
    if (!object || !check_members(object, all, G_N_ELEMENTS(all), 0, error) ||
        !take_time(object, "issued", &issued_us, error))
        return FALSE;
    ret_config->version = json_object_get_int_member(object, "version");
    ret_config->issuer = g_strdup(json_object_get_string_member(object, "issuer"));
    ret_config->sha256 =
        g_compute_checksum_for_string(G_CHECKSUM_SHA256, json_object_get_string_member(object, "text"), -1);
    return TRUE;
}

void command_config_clear(CommandConfig *config)
{
    g_clear_pointer(&config->issuer, g_free);
    g_clear_pointer(&config->sha256, g_free);
}

gboolean command_is_stop(const Command *command)
{
    return command->verb == COMMAND_VERB_CHARGE_STOP || command->verb == COMMAND_VERB_CONNECTOR_DISABLE;
}

const char *command_get_text(const Command *command, const char *name)
{
    return json_object_get_string_member_with_default(command->args, name, "");
}

gint64 command_get_integer(const Command *command, const char *name, gint64 missing)
{
    return json_object_get_int_member_with_default(command->args, name, missing);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/command/command-json.h"

#include "edge/command/command.h"

static gboolean fail(GError **error, const char *reason)
{
    g_set_error_literal(error, COMMAND_ERROR, COMMAND_ERROR_FORM, reason);
    return FALSE;
}

/* Where a text is read. */
typedef struct {
    gboolean in_string, escaped;
    guint depth;
    gboolean over; /* the object is closed */
} Place;

/* A character within a string. */
static void pass_string(Place *place, char at)
{
    if (place->escaped)
        place->escaped = FALSE;
    else if (at == '\\')
        place->escaped = TRUE;
    else if (at == '"')
        place->in_string = FALSE;
}

/* json-glib cuts a text at its first NUL: what is behind would be signed and not seen. AT follows a
 * backslash. */
static gboolean is_nul(const char *at, gsize length)
{
    return length >= 5 && memcmp(at, "u0000", 5) == 0;
}

/* One outside of strings; false where no JSON object has it there. */
static gboolean pass_outside(Place *place, char at)
{
    if (place->over || place->depth == 0) {
        if (strchr(" \t\r\n", at))
            return TRUE;
        if (place->over || at != '{')
            return FALSE;
    }
    if (at == '"')
        place->in_string = TRUE;
    else if (at == '{' || at == '[')
        place->depth++;
    else if (at == '}' || at == ']')
        place->over = --place->depth == 0;
    else if (!strchr(" \t\r\n:,+-.0123456789truefalsnE", at))
        return FALSE;
    return TRUE;
}

/* json-glib's parser calls itself for every level: it must not see what is nested deep. It also takes
 * comments, assignments and several values, which no JSON has: those are refused here as well. TEXT has no
 * NUL. */
static gboolean check_shape(const char *text, gsize length, GError **error)
{
    Place place = { 0 };

    for (gsize i = 0; i < length; i++) {
        if (place.escaped && is_nul(text + i, length - i))
            return fail(error, "a text with a NUL");
        if (place.in_string)
            pass_string(&place, text[i]);
        else if (!pass_outside(&place, text[i]))
            return fail(error, "not one JSON object");
        if (place.depth > COMMAND_JSON_DEPTH)
            return fail(error, "nested too deep");
    }
    return place.over || fail(error, "not one JSON object");
}

/* json-glib lets the last of two members of one name win; others take the first. */
typedef struct {
    GHashTable *counts; /* JsonObject → how many members were read */
    gboolean doubled;
} Members;

static void on_member(JsonParser *parser G_GNUC_UNUSED, JsonObject *object, const char *name G_GNUC_UNUSED,
                      gpointer user_data)
{
    Members *members = user_data;
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(members->counts, object)) + 1;

    g_hash_table_insert(members->counts, object, GUINT_TO_POINTER(count));
}

static void on_object(JsonParser *parser G_GNUC_UNUSED, JsonObject *object, gpointer user_data)
{
    Members *members = user_data;

    if (GPOINTER_TO_UINT(g_hash_table_lookup(members->counts, object)) != json_object_get_size(object))
        members->doubled = TRUE;
}

JsonObject *command_json_parse(const char *text, gsize length, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GHashTable) counts = g_hash_table_new(NULL, NULL);
    Members members = { .counts = counts };

    if (!g_utf8_validate(text, (gssize)length, NULL)) {
        fail(error, "not UTF-8");
        return NULL;
    }
    if (!check_shape(text, length, error))
        return NULL;
    g_signal_connect(parser, "object-member", G_CALLBACK(on_member), &members);
    g_signal_connect(parser, "object-end", G_CALLBACK(on_object), &members);
    JsonNode *root =
        json_parser_load_from_data(parser, text, (gssize)length, NULL) ? json_parser_get_root(parser) : NULL;

    if (!root || !JSON_NODE_HOLDS_OBJECT(root) || members.doubled) {
        fail(error, members.doubled ? "a member stands twice" : "not JSON");
        return NULL;
    }
    return json_node_dup_object(root);
}

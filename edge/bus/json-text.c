/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bus/json-text.h"

#include <math.h>

void json_text_append_number(GString *text, double number)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];

    if (!isfinite(number))
        g_string_append(text, "null");
    else
        g_string_append(text, g_ascii_formatd(digits, sizeof digits, "%.12g", number));
}

static void append_character(GString *text, unsigned char character)
{
    static const char escaped[] = "\"\\\n\r\t\b\f";
    static const char letters[] = "\"\\nrtbf";

    for (guint i = 0; escaped[i]; i++) {
        if (escaped[i] == (char)character) {
            g_string_append_c(text, '\\');
            g_string_append_c(text, letters[i]);
            return;
        }
    }
    if (character < 0x20 || character == 0x7f)
        g_string_append_printf(text, "\\u%04x", character);
    else
        g_string_append_c(text, (char)character);
}

void json_text_append_string(GString *text, const char *string)
{
    g_autofree char *valid = g_utf8_validate(string, -1, NULL) ? NULL : g_utf8_make_valid(string, -1);

    g_string_append_c(text, '"');
    for (const char *at = valid ? valid : string; *at; at++)
        append_character(text, (unsigned char)*at);
    g_string_append_c(text, '"');
}

static void append_array(GString *text, JsonArray *array)
{
    g_string_append_c(text, '[');
    for (guint i = 0; i < json_array_get_length(array); i++) {
        if (i > 0)
            g_string_append_c(text, ',');
        json_text_append(text, json_array_get_element(array, i));
    }
    g_string_append_c(text, ']');
}

static void append_object(GString *text, JsonObject *object)
{
    JsonObjectIter iter;
    const char *name;
    JsonNode *member;
    gboolean first = TRUE;

    g_string_append_c(text, '{');
    json_object_iter_init_ordered(&iter, object);
    while (json_object_iter_next_ordered(&iter, &name, &member)) {
        if (!first)
            g_string_append_c(text, ',');
        first = FALSE;
        json_text_append_string(text, name);
        g_string_append_c(text, ':');
        json_text_append(text, member);
    }
    g_string_append_c(text, '}');
}

static void append_value(GString *text, JsonNode *node)
{
    GType type = json_node_get_value_type(node);

    if (type == G_TYPE_STRING)
        json_text_append_string(text, json_node_get_string(node));
    else if (type == G_TYPE_BOOLEAN)
        g_string_append(text, json_node_get_boolean(node) ? "true" : "false");
    else if (type == G_TYPE_INT64)
        g_string_append_printf(text, "%" G_GINT64_FORMAT, json_node_get_int(node));
    else
        json_text_append_number(text, json_node_get_double(node));
}

void json_text_append(GString *text, JsonNode *node)
{
    if (!node || JSON_NODE_HOLDS_NULL(node))
        g_string_append(text, "null");
    else if (JSON_NODE_HOLDS_OBJECT(node))
        append_object(text, json_node_get_object(node));
    else if (JSON_NODE_HOLDS_ARRAY(node))
        append_array(text, json_node_get_array(node));
    else
        append_value(text, node);
}

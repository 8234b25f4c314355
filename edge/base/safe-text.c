/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/safe-text.h"

static gboolean steers(gunichar letter)
{
    switch (g_unichar_type(letter)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
        return TRUE;
    default:
        return FALSE;
    }
}

char *safe_text_dup(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text ? text : "", -1);
    GString *safe = g_string_new(NULL);

    for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
        gunichar letter = g_utf8_get_char(at);

        g_string_append_unichar(safe, steers(letter) ? ' ' : letter);
    }
    return g_string_free(safe, FALSE);
}

/* In UTF-16, as JSON has it. */
static void append_escaped(GString *safe, gunichar letter)
{
    if (letter > 0xffff)
        g_string_append_printf(safe, "\\u%04x\\u%04x", 0xd7c0 + (letter >> 10), 0xdc00 + (letter & 0x3ff));
    else
        g_string_append_printf(safe, "\\u%04x", letter);
}

char *safe_text_escape_json(const char *json)
{
    g_autofree char *valid = g_utf8_make_valid(json, -1);
    GString *safe = g_string_new(NULL);

    for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
        gunichar letter = g_utf8_get_char(at);

        if (letter != '\n' && steers(letter))
            append_escaped(safe, letter);
        else
            g_string_append_unichar(safe, letter);
    }
    return g_string_free(safe, FALSE);
}

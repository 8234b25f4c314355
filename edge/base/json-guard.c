/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/json-guard.h"

#include <string.h>

#define ESCAPE 6u /* bytes of "\u1234" */

/* The UTF-16 unit that is escaped at AT, or -1. */
static int read_unit(const char *at, gsize size)
{
    int unit = 0;

    if (size < ESCAPE || at[0] != '\\' || at[1] != 'u')
        return -1;
    for (gsize i = 2; i < ESCAPE; i++) {
        if (!g_ascii_isxdigit(at[i]))
            return -1;
        unit = unit * 16 + g_ascii_xdigit_value(at[i]);
    }
    return unit;
}

static gboolean is_between(int unit, int first, int last)
{
    return unit >= first && unit <= last;
}

/* How long what the backslash at AT begins is; 0 where json-glib would take more than JSON does. */
static gsize measure_escape(const char *at, gsize size)
{
    int unit = read_unit(at, size);

    if (size < 2 || at[1] != 'u')
        return 2;
    if (unit < 0 || is_between(unit, 0xdc00, 0xdfff))
        return 0;
    if (!is_between(unit, 0xd800, 0xdbff))
        return ESCAPE;
    return is_between(read_unit(at + ESCAPE, size - ESCAPE), 0xdc00, 0xdfff) ? 2 * ESCAPE : 0;
}

/* How long the string that begins at AT is, with its quotes; 0 where that is unclear. */
static gsize measure_string(const char *at, gsize size)
{
    gsize i = 1;

    while (i < size && at[i] != '"') {
        gsize length = at[i] == '\\' ? measure_escape(at + i, size - i) : 1;

        if (length == 0)
            return 0;
        i += length;
    }
    return i + 1;
}

JsonGuard json_guard_check(const char *text, gsize size, guint deepest)
{
    guint depth = 0;

    for (gsize i = 0, length; i < size; i += length) {
        length = text[i] == '"' ? measure_string(text + i, size - i) : 1;
        if (length == 0 || memchr("/'#", text[i], 3))
            return JSON_GUARD_UNCLEAR;
        if ((text[i] == '{' || text[i] == '[') && ++depth > deepest)
            return JSON_GUARD_DEEP;
        if ((text[i] == '}' || text[i] == ']') && depth > 0)
            depth--;
    }
    return JSON_GUARD_FINE;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/fixed.h"

static gboolean append_digit(gint64 *value, char digit)
{
    return !__builtin_mul_overflow(*value, 10, value) && !__builtin_add_overflow(*value, digit - '0', value);
}

gboolean fixed_parse(const char *text, guint decimals, gint64 *ret_value)
{
    gboolean negative = *text == '-';
    gint64 value = 0;
    guint whole = 0;
    guint behind = 0;

    g_return_val_if_fail(decimals <= 9, FALSE);
    text += negative;
    for (; g_ascii_isdigit(*text); text++, whole++) {
        if (!append_digit(&value, *text))
            return FALSE;
    }
    if (*text == '.') {
        for (text++; g_ascii_isdigit(*text); text++, behind++) {
            if (behind >= decimals || !append_digit(&value, *text))
                return FALSE;
        }
        if (behind == 0)
            return FALSE;
    }
    if (*text != '\0' || whole == 0)
        return FALSE;
    for (; behind < decimals; behind++) {
        if (!append_digit(&value, '0'))
            return FALSE;
    }
    *ret_value = negative ? -value : value;
    return TRUE;
}

char *fixed_format(gint64 value, guint decimals)
{
    guint64 magnitude = value < 0 ? -(guint64)value : (guint64)value;
    guint64 unit = 1;

    g_return_val_if_fail(decimals <= 9, NULL);
    for (guint i = 0; i < decimals; i++)
        unit *= 10;
    if (decimals == 0)
        return g_strdup_printf("%s%" G_GUINT64_FORMAT, value < 0 ? "-" : "", magnitude);
    return g_strdup_printf("%s%" G_GUINT64_FORMAT ".%0*" G_GUINT64_FORMAT, value < 0 ? "-" : "",
                           magnitude / unit, (int)decimals, magnitude % unit);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/config/keyfile-read.h"

#include "edge/base/fixed.h"
#include "edge/base/name.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define LONGEST_NAME 64
#define DAY_US ((gint64)24 * 3600 * G_USEC_PER_SEC)

void keyfile_read_fault(KeyfileGroup *group, const char *key, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    keyfile_fault(group->file->faults, group->file->path, group->head, key, "%s", text);
}

static void note_known(KeyfileGroup *group, const char *key)
{
    for (guint i = 0; i < group->known->len; i++) {
        if (g_str_equal(group->known->pdata[i], key))
            return;
    }
    g_ptr_array_add(group->known, g_strdup(key));
}

const char *keyfile_read_value(KeyfileGroup *group, const char *key)
{
    const KeyfileEntry *entry = keyfile_find(group, key);

    note_known(group, key);
    return entry && entry->raw[0] ? entry->value : NULL;
}

gboolean keyfile_read_required(KeyfileGroup *group, const char *key)
{
    if (keyfile_read_value(group, key))
        return TRUE;
    keyfile_read_fault(group, key, "is missing; it is required");
    return FALSE;
}

/* "“VALUE” is WHAT, ALLOWED"; long values are cut so that a message stays a line. */
static gboolean tell(KeyfileGroup *group, const char *key, const char *value, const char *is,
                     const char *what)
{
    g_autofree char *cut = g_utf8_strlen(value, -1) > 60 ? g_utf8_substring(value, 0, 60) : NULL;

    keyfile_read_fault(group, key, "\"%s%s\" is %s%s", cut ? cut : value, cut ? "…" : "", is, what);
    return FALSE;
}

static gboolean refuse(KeyfileGroup *group, const char *key, const char *value, const char *what)
{
    return tell(group, key, value, "not ", what);
}

static gboolean refuse_range(KeyfileGroup *group, const char *key, const char *value, const char *allowed)
{
    return tell(group, key, value, "out of range, ", allowed);
}

gboolean keyfile_read_text(KeyfileGroup *group, const char *key, gsize longest, char **ret)
{
    const char *value = keyfile_read_value(group, key);

    if (!value)
        return FALSE;
    if (strlen(value) > longest) {
        keyfile_read_fault(group, key, "is %zu bytes long, at most %zu are allowed", strlen(value), longest);
        return FALSE;
    }
    g_free(*ret);
    *ret = g_strdup(value);
    return TRUE;
}

gboolean keyfile_read_is_name(const char *text)
{
    gsize length = strlen(text);

    if (length == 0 || length > LONGEST_NAME || *text == '.')
        return FALSE;
    for (; *text; text++) {
        if (!g_ascii_isalnum(*text) && !strchr("._-", *text))
            return FALSE;
    }
    return TRUE;
}

gboolean keyfile_read_name(KeyfileGroup *group, const char *key, char **ret)
{
    const char *value = keyfile_read_value(group, key);

    if (!value)
        return FALSE;
    if (!keyfile_read_is_name(value))
        return refuse(group, key, value, "a name: 1 to 64 letters, digits, . _ -, not beginning with a dot");
    g_free(*ret);
    *ret = g_strdup(value);
    return TRUE;
}

gboolean keyfile_read_uint(KeyfileGroup *group, const char *key, guint least, guint most, guint *ret)
{
    const char *value = keyfile_read_value(group, key);
    guint64 number;

    if (!value)
        return FALSE;
    if (!g_ascii_string_to_unsigned(value, 10, least, most, &number, NULL)) {
        g_autofree char *allowed = g_strdup_printf("%u to %u are allowed", least, most);
        g_autofree char *what = g_strdup_printf("a whole number, %s", allowed);
        const char *digits = value + (*value == '-');

        return *digits && !digits[strspn(digits, "0123456789")] ? refuse_range(group, key, value, allowed)
                                                                : refuse(group, key, value, what);
    }
    *ret = (guint)number;
    return TRUE;
}

gboolean keyfile_read_parse_integer(const char *text, gint64 *ret)
{
    gboolean negative = *text == '-';
    gboolean hex = text[negative] == '0' && g_ascii_tolower(text[negative + 1]) == 'x';
    const char *digits = text + negative + (hex ? 2 : 0);
    guint64 number;

    if (!g_ascii_string_to_unsigned(digits, hex ? 16 : 10, 0, negative ? (guint64)1 << 63 : G_MAXUINT64,
                                    &number, NULL))
        return FALSE;
    *ret = negative ? (gint64)(0 - number) : (gint64)number;
    return TRUE;
}

gboolean keyfile_read_parse_number(const char *text, double *ret)
{
    gint64 integer;
    char *end;
    double number;

    if (strpbrk(text, "xX")) {
        if (!keyfile_read_parse_integer(text, &integer) || (integer < 0) != (*text == '-' && integer != 0) ||
            integer > (gint64)1e18 || integer < -(gint64)1e18)
            return FALSE;
        *ret = (double)integer;
        return TRUE;
    }
    /* strtod also takes "inf", "nan", hexadecimal floats and leading space: only plain decimals here */
    if (!*text || text[strspn(text, "0123456789.eE+-")])
        return FALSE;
    number = g_ascii_strtod(text, &end);
    if (*end || end == text || !isfinite(number) || fabs(number) > 1e18)
        return FALSE;
    *ret = number;
    return TRUE;
}

gboolean keyfile_read_double(KeyfileGroup *group, const char *key, double least, double most, double *ret)
{
    const char *value = keyfile_read_value(group, key);
    double number;
    gboolean is_number = value && keyfile_read_parse_number(value, &number);

    if (!value)
        return FALSE;
    if (!is_number || number < least || number > most) {
        g_autofree char *allowed = g_strdup_printf("%.12g to %.12g are allowed", least, most);
        g_autofree char *what = g_strdup_printf("a number, %s", allowed);

        return is_number ? refuse_range(group, key, value, allowed) : refuse(group, key, value, what);
    }
    *ret = number;
    return TRUE;
}

gboolean keyfile_read_fixed(KeyfileGroup *group, const char *key, guint decimals, gint64 most, gint64 *ret)
{
    const char *value = keyfile_read_value(group, key);
    gint64 number;
    gboolean is_amount = value && fixed_parse(value, decimals, &number);

    if (!value)
        return FALSE;
    if (!is_amount || number < 0 || number > most) {
        g_autofree char *limit = fixed_format(most, decimals);
        g_autofree char *allowed = g_strdup_printf("0 to %s are allowed", limit);
        g_autofree char *what = g_strdup_printf("an amount with at most %u decimals, %s", decimals, allowed);

        return is_amount ? refuse_range(group, key, value, allowed) : refuse(group, key, value, what);
    }
    *ret = number;
    return TRUE;
}

gboolean keyfile_read_bool(KeyfileGroup *group, const char *key, gboolean *ret)
{
    static const char *const words[] = { "no", "yes", "false", "true", NULL };
    guint place;

    if (!keyfile_read_word(group, key, words, &place))
        return FALSE;
    *ret = place % 2 == 1;
    return TRUE;
}

char *keyfile_read_join(const char *const *words)
{
    return g_strjoinv(", ", (char **)words);
}

gboolean keyfile_read_word(KeyfileGroup *group, const char *key, const char *const *words, guint *ret)
{
    const char *value = keyfile_read_value(group, key);

    if (!value)
        return FALSE;
    for (guint i = 0; words[i]; i++) {
        if (g_str_equal(value, words[i])) {
            *ret = i;
            return TRUE;
        }
    }
    g_autofree char *joined = keyfile_read_join(words);
    g_autofree char *what = g_strdup_printf("one of %s", joined);

    return refuse(group, key, value, what);
}

gboolean keyfile_read_duration(KeyfileGroup *group, const char *key, gint64 *ret_us)
{
    static const struct {
        const char *unit;
        gint64 us;
    } units[] = { { "ms", 1000 },
                  { "s", G_USEC_PER_SEC },
                  { "m", 60 * G_USEC_PER_SEC },
                  { "h", 3600 * (gint64)G_USEC_PER_SEC } };
    const char *value = keyfile_read_value(group, key);
    g_autofree char *digits = NULL;
    gsize n;
    guint64 number;

    if (!value)
        return FALSE;
    n = strspn(value, "0123456789");
    digits = g_strndup(value, n);
    if (g_str_equal(value, "0")) {
        *ret_us = 0;
        return TRUE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(units) && n > 0; i++) {
        if (!g_str_equal(value + n, units[i].unit))
            continue;
        if (!g_ascii_string_to_unsigned(digits, 10, 0, (guint64)(DAY_US / units[i].us), &number, NULL))
            return refuse_range(group, key, value, "at most 24h is allowed");
        *ret_us = (gint64)number * units[i].us;
        return TRUE;
    }
    return refuse(group, key, value, "a duration such as 500ms, 2s, 10m or 1h, at most 24h");
}

gboolean keyfile_read_parse_date(const char *text, GDate *ret)
{
    guint part[3];

    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
        return FALSE;
    for (guint i = 0; i < 10; i++) {
        if (i != 4 && i != 7 && !g_ascii_isdigit(text[i]))
            return FALSE;
    }
    part[0] = (guint)g_ascii_strtoull(text, NULL, 10);
    part[1] = (guint)g_ascii_strtoull(text + 5, NULL, 10);
    part[2] = (guint)g_ascii_strtoull(text + 8, NULL, 10);
    if (part[0] < 2000 || !g_date_valid_dmy((GDateDay)part[2], part[1], (GDateYear)part[0]))
        return FALSE;
    g_date_clear(ret, 1);
    g_date_set_dmy(ret, (GDateDay)part[2], part[1], (GDateYear)part[0]);
    return TRUE;
}

gboolean keyfile_read_date(KeyfileGroup *group, const char *key, GDate *ret)
{
    const char *value = keyfile_read_value(group, key);

    if (!value)
        return FALSE;
    if (!keyfile_read_parse_date(value, ret))
        return refuse(group, key, value, "a day written YYYY-MM-DD, from the year 2000");
    return TRUE;
}

gboolean keyfile_read_list(KeyfileGroup *group, const char *key, guint most, char ***ret)
{
    g_auto(GStrv) parts = NULL;

    if (!keyfile_read_value(group, key))
        return FALSE;
    parts = keyfile_split(keyfile_find(group, key)->raw);
    if (g_strv_length(parts) > most) {
        keyfile_read_fault(group, key, "has %u entries, at most %u are allowed", g_strv_length(parts), most);
        return FALSE;
    }
    g_strfreev(*ret);
    *ret = g_steal_pointer(&parts);
    return TRUE;
}

void keyfile_read_end(KeyfileGroup *group)
{
    g_autofree char *all = NULL;

    g_ptr_array_add(group->known, NULL);
    all = keyfile_read_join((const char *const *)group->known->pdata);
    for (guint i = 0; i < group->entries->len; i++) {
        const KeyfileEntry *entry = group->entries->pdata[i];
        const char *nearest;

        if (g_strv_contains((const char *const *)group->known->pdata, entry->key))
            continue;
        nearest = name_nearest((const char *const *)group->known->pdata, entry->key);
        if (nearest)
            keyfile_read_fault(group, entry->key, KEYFILE_UNKNOWN "did you mean %s?", nearest);
        else
            keyfile_read_fault(group, entry->key, KEYFILE_UNKNOWN "allowed are %s", all);
    }
    g_ptr_array_set_size(group->known, (int)group->known->len - 1);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/config/config-parts.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define MOST_MAP 1000
#define MOST_WRITES 64
#define EXACT_IN_DOUBLE 9007199254740992.0 /* 2^53 */

static const char *const type_names[] = { "bool", "u16", "s16", "u32",     "s32", "u64",
                                          "s64",  "f32", "f64", "ascii:N", NULL };

static gboolean parse_unsigned(const char *text, guint64 most, guint64 *ret)
{
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        return g_ascii_string_to_unsigned(text + 2, 16, 0, most, ret, NULL);
    return g_ascii_string_to_unsigned(text, 10, 0, most, ret, NULL);
}

gboolean config_register_parse(const char *text, ConfigRegister *ret)
{
    static const char *const spaces[] = { "holding:", "input:", "coil:", "discrete:" };
    guint64 address;
    guint64 bit = 0;

    for (guint i = 0; i < G_N_ELEMENTS(spaces); i++) {
        if (!g_str_has_prefix(text, spaces[i]))
            continue;
        g_auto(GStrv) parts = g_strsplit(text + strlen(spaces[i]), ".", 2);

        if (!parts[0] || !parse_unsigned(parts[0], 65535, &address))
            return FALSE;
        if (parts[1] &&
            (i > PROFILE_SPACE_INPUT || !g_ascii_string_to_unsigned(parts[1], 10, 0, 15, &bit, NULL)))
            return FALSE;
        *ret = (ConfigRegister){ (ProfileSpace)i, (guint)address, parts[1] ? (int)bit : -1 };
        return TRUE;
    }
    return FALSE;
}

gboolean config_register_parse_type(const char *text, ProfileType *ret_type, guint *ret_count)
{
    guint64 n;

    if (g_str_has_prefix(text, "ascii:")) {
        if (!g_ascii_string_to_unsigned(text + 6, 10, 1, 125, &n, NULL))
            return FALSE;
        *ret_type = PROFILE_TYPE_ASCII;
        *ret_count = (guint)n;
        return TRUE;
    }
    for (guint i = 0; i < PROFILE_TYPE_ASCII; i++) {
        if (g_str_equal(text, type_names[i])) {
            *ret_type = (ProfileType)i;
            *ret_count = profile_type_registers((ProfileType)i);
            return TRUE;
        }
    }
    return FALSE;
}

gboolean config_register_is_integer(ProfileType type)
{
    return type >= PROFILE_TYPE_U16 && type <= PROFILE_TYPE_S64;
}

gboolean config_register_fits(ProfileType type, double number)
{
    static const struct {
        double least, most;
    } ranges[] = { { 0, 1 },
                   { 0, G_MAXUINT16 },
                   { G_MININT16, G_MAXINT16 },
                   { 0, G_MAXUINT32 },
                   { G_MININT32, G_MAXINT32 },
                   { 0, EXACT_IN_DOUBLE },
                   { -EXACT_IN_DOUBLE, EXACT_IN_DOUBLE },
                   { -FLT_MAX, FLT_MAX },
                   { -DBL_MAX, DBL_MAX },
                   { 0, -1 } };

    if (number < ranges[type].least || number > ranges[type].most)
        return FALSE;
    return type >= PROFILE_TYPE_F32 || number == floor(number);
}

/* --- map= */

/* The bits of a raw value of each type; a bool that is mapped is 0 or 1. */
static const guint type_bits[] = { 1, 16, 16, 32, 32, 64, 64, 32, 64, 0 };

/* The raw value of N bits, as the wire's pattern or as its value: 0xffff and -1 of s16 are the same. */
static gboolean parse_raw(const ProfilePoint *point, guint n, const char *text, gint64 *ret)
{
    gboolean is_signed = point->type == PROFILE_TYPE_S16 || point->type == PROFILE_TYPE_S32;
    gboolean is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    guint64 limit = n < 64 ? (guint64)1 << n : 0;
    guint64 pattern;
    gint64 value;

    if ((text[0] == '-' && point->type < PROFILE_TYPE_F32) || (is_signed && !is_hex)) {
        if (!keyfile_read_parse_integer(text, &value) || !config_register_fits(point->type, (double)value))
            return FALSE;
        *ret = value;
        return TRUE;
    }
    if (!parse_unsigned(text, limit ? limit - 1 : G_MAXUINT64, &pattern))
        return FALSE;
    *ret = (gint64)pattern;
    if (is_signed && pattern >= limit / 2)
        *ret -= (gint64)limit;
    return TRUE;
}

static gboolean is_known(const GArray *map, const ProfileMapEntry *entry)
{
    for (guint i = 0; i < map->len; i++) {
        const ProfileMapEntry *other = &g_array_index(map, ProfileMapEntry, i);

        if (entry->is_text ? g_str_equal(other->text, entry->text) : other->number == entry->number)
            return TRUE;
    }
    return FALSE;
}

/* "3:charging", or "C2:charging" where the point is text. */
static void add_map_entry(KeyfileGroup *group, ProfilePoint *point, const char *part)
{
    const char *colon = strrchr(part, ':');
    g_autofree char *key = colon ? g_strchomp(g_strndup(part, (gsize)(colon - part))) : NULL;
    g_autofree char *word = colon ? g_strstrip(g_strdup(colon + 1)) : NULL;
    ProfileMapEntry entry = { .is_text = point->type == PROFILE_TYPE_ASCII };

    if (!colon || !keyfile_read_is_name(word) || strlen(word) >= POINT_TEXT_SIZE) {
        keyfile_read_fault(group, "map",
                           "\"%.60s\" is not VALUE:WORD with a word of at most %d letters, digits, . _ -",
                           part, POINT_TEXT_SIZE - 1);
        return;
    }
    if (!entry.is_text && !parse_raw(point, type_bits[point->type], key, &entry.number)) {
        keyfile_read_fault(group, "map", "\"%.60s\" is not a raw value of type %s", key,
                           type_names[point->type]);
        return;
    }
    entry.text = entry.is_text ? key : NULL;
    if (is_known(point->map, &entry)) {
        keyfile_read_fault(group, "map", "\"%.60s\" is given twice", key);
        return;
    }
    entry.text = g_strdup(entry.is_text ? key : "");
    entry.word = g_steal_pointer(&word);
    g_array_append_val(point->map, entry);
}

void config_register_read_map(KeyfileGroup *group, ProfilePoint *point)
{
    g_auto(GStrv) parts = NULL;

    if (!keyfile_read_list(group, "map", MOST_MAP, &parts))
        return;
    if (point->type == PROFILE_TYPE_F32 || point->type == PROFILE_TYPE_F64) {
        keyfile_read_fault(group, "map", "a floating-point value cannot be mapped; use another type");
        return;
    }
    for (guint i = 0; parts[i]; i++)
        add_map_entry(group, point, parts[i]);
}

void config_register_read_absent(KeyfileGroup *group, ProfilePoint *point)
{
    /* what is compared is what was read: of a bool in a register the whole register */
    gboolean is_word = point->bit < 0 && point->space <= PROFILE_SPACE_INPUT;
    guint n = point->type == PROFILE_TYPE_BOOL && is_word ? 16 : type_bits[point->type];
    g_auto(GStrv) parts = NULL;

    if (!keyfile_read_list(group, "absent", 64, &parts))
        return;
    if (point->type == PROFILE_TYPE_ASCII) {
        keyfile_read_fault(group, "absent", "is for numbers; a text that is empty is absent by itself");
        return;
    }
    for (guint i = 0; parts[i]; i++) {
        gint64 raw;

        if (parse_raw(point, n, parts[i], &raw))
            g_array_append_val(point->absent, raw);
        else
            keyfile_read_fault(group, "absent", "\"%.60s\" is not a raw value of type %s", parts[i],
                               type_names[point->type]);
    }
}

/* --- write= */

static gboolean check_constant(KeyfileGroup *group, const ProfileCommand *command, const char *text,
                               ProfileWrite *write)
{
    ProfileType type = write->space == PROFILE_SPACE_COIL ? PROFILE_TYPE_BOOL : command->type;

    if (!keyfile_read_parse_number(text, &write->constant)) {
        keyfile_read_fault(group, "write",
                           "\"%.60s\" is not a number; decimal, 0x… and negative ones are allowed", text);
        return FALSE;
    }
    if (!config_register_fits(type, write->constant)) {
        keyfile_read_fault(group, "write", "%.60s does not fit into %s", text,
                           type == PROFILE_TYPE_BOOL ? "a coil, 0 and 1 are allowed" : type_names[type]);
        return FALSE;
    }
    write->has_constant = TRUE;
    return TRUE;
}

static void add_write(KeyfileGroup *group, ProfileCommand *command, const char *part, gboolean needs_constant)
{
    const char *equals = strchr(part, '=');
    g_autofree char *where = equals ? g_strchomp(g_strndup(part, (gsize)(equals - part))) : g_strdup(part);
    g_autofree char *constant = equals ? g_strchug(g_strdup(equals + 1)) : NULL;
    ConfigRegister target;
    ProfileWrite write = { 0 };

    if (!config_register_parse(where, &target) || target.bit >= 0 ||
        (target.space != PROFILE_SPACE_HOLDING && target.space != PROFILE_SPACE_COIL)) {
        keyfile_read_fault(
            group, "write",
            "\"%.60s\" cannot be written; holding:ADDRESS=VALUE and coil:ADDRESS=VALUE are allowed, "
            "addresses 0 to 65535",
            part);
        return;
    }
    write.space = target.space;
    write.address = (guint16)target.address;
    if (constant && !check_constant(group, command, constant, &write))
        return;
    if (!constant && needs_constant) {
        keyfile_read_fault(group, "write",
                           "\"%.60s\" needs =VALUE; only limit takes its value from the caller", part);
        return;
    }
    if (write.space == PROFILE_SPACE_HOLDING &&
        target.address + profile_type_registers(command->type) > 65536) {
        keyfile_read_fault(group, "write", "\"%.60s\" reaches beyond register 65535", part);
        return;
    }
    g_array_append_val(command->writes, write);
}

void config_register_read_writes(KeyfileGroup *group, ProfileCommand *command, gboolean needs_constant)
{
    g_auto(GStrv) parts = NULL;

    if (!keyfile_read_required(group, "write") || !keyfile_read_list(group, "write", MOST_WRITES, &parts))
        return;
    for (guint i = 0; parts[i]; i++)
        add_write(group, command, parts[i], needs_constant);
}

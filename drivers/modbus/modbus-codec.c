/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/modbus/modbus-codec.h"

#include <math.h>
#include <string.h>

#define LARGEST_WHOLE 0x1p53 /* beyond it a double no longer holds every whole number */

static gboolean is_bit_space(ProfileSpace space)
{
    return space == PROFILE_SPACE_COIL || space == PROFILE_SPACE_DISCRETE;
}

static gboolean is_signed(ProfileType type)
{
    return type == PROFILE_TYPE_S16 || type == PROFILE_TYPE_S32 || type == PROFILE_TYPE_S64;
}

/* The bit pattern of N registers or bits, most significant first unless LITTLE. */
static guint64 gather(const ProfilePoint *point, const guint16 *values, guint n)
{
    guint64 pattern = 0;

    if (is_bit_space(point->space)) {
        for (guint i = 0; i < n; i++)
            pattern |= (guint64)(values[i] & 1) << i;
        return pattern;
    }
    for (guint i = 0; i < n; i++)
        pattern = pattern << 16 | values[point->word_little ? n - 1 - i : i];
    return pattern;
}

static guint64 width_mask(guint width)
{
    return width >= 64 ? G_MAXUINT64 : (G_GUINT64_CONSTANT(1) << width) - 1;
}

/* The bits that are left of a pattern of WIDTH bits after the point's mask and shift. */
static guint64 field_mask(const ProfilePoint *point, guint width)
{
    guint64 mask = width_mask(width);

    if (point->has_mask)
        mask &= point->mask;
    return point->shift < 64 ? mask >> point->shift : 0;
}

static gint64 extend_sign(guint64 pattern, guint64 mask)
{
    guint64 top = mask & ~(mask >> 1); /* exact for a run of ones from bit 0, the only masks with a sign */

    while (top & (top - 1))
        top &= top - 1;
    return pattern & top ? (gint64)(pattern | ~((top << 1) - 1)) : (gint64)pattern;
}

/* PATTERN is what was read, before mask= and shift=, as wide as MASK. `absent` may be written as the pattern
 * (0xffff) or as the number that the type shows (-1). */
static gboolean is_absent(const ProfilePoint *point, guint64 pattern, guint64 mask)
{
    for (guint i = 0; i < point->absent->len; i++) {
        gint64 absent = g_array_index(point->absent, gint64, i);

        if (absent >= 0 && ((guint64)absent & ~mask) != 0)
            continue;
        if (pattern == ((guint64)absent & mask))
            return TRUE;
    }
    return FALSE;
}

static PointQuality give_mapped(const ProfilePoint *point, gint64 number, PointValue *ret_value)
{
    for (guint i = 0; i < point->map->len; i++) {
        const ProfileMapEntry *entry = &g_array_index(point->map, ProfileMapEntry, i);

        if (entry->is_text || entry->number != number)
            continue;
        ret_value->number = (double)number;
        g_strlcpy(ret_value->text, entry->word, sizeof ret_value->text);
        return POINT_QUALITY_GOOD;
    }
    return POINT_QUALITY_BAD;
}

static PointQuality give_number(const ProfilePoint *point, double raw, PointValue *ret_value)
{
    double number = raw * point->scale + point->offset;

    if (!isfinite(number))
        return POINT_QUALITY_BAD;
    ret_value->number = number;
    ret_value->text[0] = '\0';
    return POINT_QUALITY_GOOD;
}

static PointQuality decode_float(const ProfilePoint *point, guint64 pattern, PointValue *ret_value)
{
    double raw;

    if (point->type == PROFILE_TYPE_F32) {
        guint32 bits = (guint32)pattern;
        float single;

        memcpy(&single, &bits, sizeof single);
        raw = (double)single;
    } else {
        memcpy(&raw, &pattern, sizeof raw);
    }
    if (!isfinite(raw))
        return POINT_QUALITY_BAD;
    if (point->map->len == 0)
        return give_number(point, raw, ret_value);
    if (raw != rint(raw) || fabs(raw) > LARGEST_WHOLE)
        return POINT_QUALITY_BAD;
    return give_mapped(point, (gint64)raw, ret_value);
}

static PointQuality decode_pattern(const ProfilePoint *point, const guint16 *values, PointValue *ret_value)
{
    gboolean bits = is_bit_space(point->space);
    guint width = bits ? point->count : point->count * 16;

    /* A bool may be any number of bits; every other type has its own width in registers. */
    if (width == 0 || width > 64)
        return POINT_QUALITY_BAD;
    if (!bits && point->type != PROFILE_TYPE_BOOL && point->count != profile_type_registers(point->type))
        return POINT_QUALITY_BAD;
    guint64 pattern = gather(point, values, point->count);
    guint64 mask = field_mask(point, width);

    if (point->bit >= 0) {
        mask = 1;
        pattern = (guint)point->bit < width ? pattern >> point->bit & 1 : 0;
        if (is_absent(point, pattern, mask))
            return POINT_QUALITY_ABSENT;
    } else {
        if (is_absent(point, pattern, width_mask(width)))
            return POINT_QUALITY_ABSENT;
        pattern =
            (point->shift < 64 ? (point->has_mask ? pattern & point->mask : pattern) >> point->shift : 0);
    }
    if (point->type == PROFILE_TYPE_F32 || point->type == PROFILE_TYPE_F64)
        return decode_float(point, pattern, ret_value);
    if (point->type == PROFILE_TYPE_BOOL)
        pattern = pattern != 0;
    gint64 number = is_signed(point->type) && point->bit < 0 ? extend_sign(pattern, mask) : (gint64)pattern;

    if (point->map->len > 0)
        return give_mapped(point, number, ret_value);
    double raw = is_signed(point->type) ? (double)number : (double)pattern;

    return fabs(raw) > LARGEST_WHOLE ? POINT_QUALITY_BAD : give_number(point, raw, ret_value);
}

/* Text ends at the first NUL; the blanks around it are padding. */
static PointQuality decode_text(const ProfilePoint *point, const guint16 *values, PointValue *ret_value)
{
    char buffer[2 * 125 + 1];

    if (is_bit_space(point->space) || point->count == 0 || point->count > 125)
        return POINT_QUALITY_BAD;
    for (guint i = 0; i < point->count; i++) {
        buffer[2 * i] = (char)(values[i] >> 8);
        buffer[2 * i + 1] = (char)(values[i] & 0xff);
    }
    buffer[2 * point->count] = '\0';
    const char *text = g_strstrip(buffer);

    for (guint i = 0; i < point->map->len; i++) {
        const ProfileMapEntry *entry = &g_array_index(point->map, ProfileMapEntry, i);

        if (entry->is_text && g_str_equal(entry->text, text)) {
            ret_value->number = 0;
            g_strlcpy(ret_value->text, entry->word, sizeof ret_value->text);
            return POINT_QUALITY_GOOD;
        }
    }
    if (text[0] == '\0')
        return POINT_QUALITY_ABSENT;
    if (point->map->len > 0 || strlen(text) >= POINT_TEXT_SIZE || !g_utf8_validate(text, -1, NULL))
        return POINT_QUALITY_BAD;
    for (const char *c = text; *c; c++) {
        if (g_ascii_iscntrl(*c))
            return POINT_QUALITY_BAD;
    }
    ret_value->number = 0;
    g_strlcpy(ret_value->text, text, sizeof ret_value->text);
    return POINT_QUALITY_GOOD;
}

PointQuality modbus_codec_decode(const ProfilePoint *point, const guint16 *values, PointValue *ret_value)
{
    if (point->type == PROFILE_TYPE_ASCII)
        return decode_text(point, values, ret_value);
    return decode_pattern(point, values, ret_value);
}

static gboolean refuse(char reason[MODBUS_CODEC_REASON_SIZE], const char *why, double number)
{
    g_snprintf(reason, MODBUS_CODEC_REASON_SIZE, "%.10g %s", number, why);
    return FALSE;
}

static gboolean encode_integer(ProfileType type, double raw, guint64 *ret_pattern)
{
    guint width = 16 * profile_type_registers(type);
    double rounded = rint(raw);
    double low = is_signed(type) ? -ldexp(1, (int)width - 1) : 0;
    double high = ldexp(1, (int)width - (is_signed(type) ? 1 : 0)); /* exclusive, and exact as a double */

    if (!(rounded >= low && rounded < high))
        return FALSE;
    *ret_pattern = rounded < 0 ? (guint64)(gint64)rounded : (guint64)rounded;
    return TRUE;
}

static gboolean encode_float(ProfileType type, double raw, guint64 *ret_pattern)
{
    float single = (float)raw;
    guint32 bits;

    if (type == PROFILE_TYPE_F64) {
        memcpy(ret_pattern, &raw, sizeof raw);
        return TRUE;
    }
    if (!isfinite(single))
        return FALSE;
    memcpy(&bits, &single, sizeof bits);
    *ret_pattern = bits;
    return TRUE;
}

gboolean modbus_codec_encode(const ProfileCommand *command, ProfileSpace space, double number,
                             gboolean is_raw, guint16 ret_values[MODBUS_CODEC_WRITE_MAX], guint *ret_count,
                             char reason[MODBUS_CODEC_REASON_SIZE])
{
    double raw = is_raw ? number : (number - command->offset) / command->scale;
    gboolean is_bool = space == PROFILE_SPACE_COIL || command->type == PROFILE_TYPE_BOOL;
    gboolean is_float = command->type == PROFILE_TYPE_F32 || command->type == PROFILE_TYPE_F64;
    guint count = is_bool ? 1 : profile_type_registers(command->type);
    guint64 pattern;

    if (space != PROFILE_SPACE_COIL && space != PROFILE_SPACE_HOLDING)
        return refuse(reason, "cannot be written to a read-only space", number);
    if (!isfinite(raw))
        return refuse(reason, "is no number", number);
    if (command->type == PROFILE_TYPE_ASCII && !is_bool)
        return refuse(reason, "is no text", number);
    if (is_bool && raw != 0 && raw != 1)
        return refuse(reason, "is neither 0 nor 1", number);
    if (is_bool)
        pattern = raw != 0;
    else if (!(is_float ? encode_float(command->type, raw, &pattern)
                        : encode_integer(command->type, raw, &pattern)))
        return refuse(reason, "does not fit its registers", number);
    for (guint i = 0; i < count; i++)
        ret_values[command->word_little ? i : count - 1 - i] = (guint16)(pattern >> (16 * i));
    *ret_count = count;
    return TRUE;
}

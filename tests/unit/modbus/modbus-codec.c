/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/modbus/modbus-codec.h"

#include <math.h>
#include <string.h>

static ProfilePoint *point_of(ProfileType type, guint count)
{
    ProfilePoint *point = profile_point_new();

    point->type = type;
    point->count = count;
    return point;
}

static void add_word(ProfilePoint *point, gint64 number, const char *text, const char *word)
{
    ProfileMapEntry entry = {
        .is_text = text != NULL, .text = g_strdup(text), .number = number, .word = g_strdup(word)
    };

    g_array_append_val(point->map, entry);
}

static void add_absent(ProfilePoint *point, gint64 raw)
{
    g_array_append_val(point->absent, raw);
}

#define VALUES(...) ((const guint16[]){ __VA_ARGS__ })

static double number_of(const ProfilePoint *point, const guint16 *values)
{
    PointValue value = { .text = "?" };

    g_assert_cmpint(modbus_codec_decode(point, values, &value), ==, POINT_QUALITY_GOOD);
    g_assert_cmpstr(value.text, ==, "");
    return value.number;
}

static PointQuality quality_of(const ProfilePoint *point, const guint16 *values)
{
    PointValue value = { .number = 4711 };
    PointQuality quality = modbus_codec_decode(point, values, &value);

    if (quality != POINT_QUALITY_GOOD)
        g_assert_cmpfloat(value.number, ==, 4711); /* untouched */
    return quality;
}

static const char *text_of(const ProfilePoint *point, const guint16 *values)
{
    static PointValue value;

    g_assert_cmpint(modbus_codec_decode(point, values, &value), ==, POINT_QUALITY_GOOD);
    return value.text;
}

typedef struct {
    ProfileType type;
    guint count;
    guint16 big[4];
    double number;
} TypeCase;

static const TypeCase type_cases[] = {
    { PROFILE_TYPE_BOOL, 1, { 0 }, 0 },
    { PROFILE_TYPE_BOOL, 1, { 0x8000 }, 1 },
    { PROFILE_TYPE_U16, 1, { 0xffff }, 65535 },
    { PROFILE_TYPE_S16, 1, { 0xffff }, -1 },
    { PROFILE_TYPE_S16, 1, { 0x8000 }, -32768 },
    { PROFILE_TYPE_U32, 2, { 0x0001, 0x86a0 }, 100000 },
    { PROFILE_TYPE_U32, 2, { 0xffff, 0xffff }, 4294967295.0 },
    { PROFILE_TYPE_S32, 2, { 0xffff, 0xfffe }, -2 },
    { PROFILE_TYPE_S32, 2, { 0x8000, 0x0000 }, -2147483648.0 },
    { PROFILE_TYPE_U64, 4, { 0x0000, 0x0001, 0x0000, 0x0000 }, 4294967296.0 },
    { PROFILE_TYPE_U64, 4, { 0x0020, 0x0000, 0x0000, 0x0000 }, 9007199254740992.0 },
    { PROFILE_TYPE_S64, 4, { 0xffe0, 0x0000, 0x0000, 0x0000 }, -9007199254740992.0 },
    { PROFILE_TYPE_S64, 4, { 0xffff, 0xffff, 0xffff, 0xffff }, -1 },
    { PROFILE_TYPE_F32, 2, { 0x4148, 0x0000 }, 12.5 },
    { PROFILE_TYPE_F64, 4, { 0x4029, 0x0000, 0x0000, 0x0000 }, 12.5 },
};

static void test_types(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(type_cases); i++) {
        const TypeCase *item = &type_cases[i];
        g_autoptr(ProfilePoint) point = point_of(item->type, item->count);
        guint16 little[4];

        for (guint j = 0; j < item->count; j++)
            little[j] = item->big[item->count - 1 - j];
        g_assert_cmpfloat(number_of(point, item->big), ==, item->number);
        point->word_little = TRUE;
        g_assert_cmpfloat(number_of(point, little), ==, item->number);
    }
}

/* What a double cannot hold to the last digit is no value. */
static void test_too_wide(void)
{
    g_autoptr(ProfilePoint) wide = point_of(PROFILE_TYPE_U64, 4);
    g_autoptr(ProfilePoint) negative = point_of(PROFILE_TYPE_S64, 4);

    g_assert_cmpint(quality_of(wide, VALUES(0xffff, 0xffff, 0xffff, 0xffff)), ==, POINT_QUALITY_BAD);
    g_assert_cmpint(quality_of(wide, VALUES(0x0020, 0, 0, 2)), ==, POINT_QUALITY_BAD);
    g_assert_cmpint(quality_of(negative, VALUES(0x8000, 0, 0, 0)), ==, POINT_QUALITY_BAD);
}

static void test_scale(void)
{
    g_autoptr(ProfilePoint) point = point_of(PROFILE_TYPE_U16, 1);

    point->scale = 0.1;
    point->offset = -400;
    g_assert_cmpfloat_with_epsilon(number_of(point, VALUES(4321)), 32.1, 1e-9);
    point->scale = INFINITY;
    g_assert_cmpint(quality_of(point, VALUES(1)), ==, POINT_QUALITY_BAD);
}

static void test_mask_and_bits(void)
{
    g_autoptr(ProfilePoint) point = point_of(PROFILE_TYPE_U16, 1);
    g_autoptr(ProfilePoint) wide = point_of(PROFILE_TYPE_U32, 2);
    g_autoptr(ProfilePoint) nibble = point_of(PROFILE_TYPE_S16, 1);
    g_autoptr(ProfilePoint) bit = point_of(PROFILE_TYPE_BOOL, 1);

    point->has_mask = TRUE;
    point->mask = 0x0ff0;
    point->shift = 4;
    g_assert_cmpfloat(number_of(point, VALUES(0xabcd)), ==, 0xbc);
    wide->has_mask = TRUE; /* ABB Terra AC: the state is byte 2, without its top bit */
    wide->mask = 0x7f00;
    wide->shift = 8;
    g_assert_cmpfloat(number_of(wide, VALUES(0x1234, 0x84ff)), ==, 4);
    nibble->has_mask = TRUE;
    nibble->mask = 0x00f0;
    nibble->shift = 4;
    g_assert_cmpfloat(number_of(nibble, VALUES(0x00f0)), ==, -1);
    g_assert_cmpfloat(number_of(nibble, VALUES(0xff7f)), ==, 7);
    bit->bit = 3;
    g_assert_cmpfloat(number_of(bit, VALUES(0x0008)), ==, 1);
    g_assert_cmpfloat(number_of(bit, VALUES(0xfff7)), ==, 0);
}

static void test_map(void)
{
    g_autoptr(ProfilePoint) point = point_of(PROFILE_TYPE_U16, 1);
    g_autoptr(ProfilePoint) signed_point = point_of(PROFILE_TYPE_S16, 1);
    g_autoptr(ProfilePoint) single = point_of(PROFILE_TYPE_F32, 2);
    PointValue value;

    add_word(point, 2, NULL, "charging");
    point->scale = 0.1;
    g_assert_cmpint(modbus_codec_decode(point, VALUES(2), &value), ==, POINT_QUALITY_GOOD);
    g_assert_cmpstr(value.text, ==, "charging");
    g_assert_cmpfloat(value.number, ==, 2); /* the raw number beside its word */
    g_assert_cmpint(quality_of(point, VALUES(3)), ==, POINT_QUALITY_BAD);
    add_word(signed_point, -1, NULL, "faulted");
    g_assert_cmpstr(text_of(signed_point, VALUES(0xffff)), ==, "faulted");
    add_word(single, 12, NULL, "twelve");
    g_assert_cmpstr(text_of(single, VALUES(0x4140, 0)), ==, "twelve");
    g_assert_cmpint(quality_of(single, VALUES(0x4148, 0)), ==, POINT_QUALITY_BAD);
}

static void test_absent(void)
{
    g_autoptr(ProfilePoint) point = point_of(PROFILE_TYPE_U16, 1);
    g_autoptr(ProfilePoint) signed_point = point_of(PROFILE_TYPE_S16, 1);
    g_autoptr(ProfilePoint) single = point_of(PROFILE_TYPE_F32, 2);
    g_autoptr(ProfilePoint) wide = point_of(PROFILE_TYPE_U64, 4);

    add_absent(point, 0xffff);
    add_absent(point, 0x10005); /* can never be: must not be taken for 5 */
    g_assert_cmpint(quality_of(point, VALUES(0xffff)), ==, POINT_QUALITY_ABSENT);
    g_assert_cmpint(quality_of(point, VALUES(5)), ==, POINT_QUALITY_GOOD);
    add_absent(signed_point, -1);
    add_absent(signed_point, 0x8000);
    g_assert_cmpint(quality_of(signed_point, VALUES(0xffff)), ==, POINT_QUALITY_ABSENT);
    g_assert_cmpint(quality_of(signed_point, VALUES(0x8000)), ==, POINT_QUALITY_ABSENT);
    g_assert_cmpint(quality_of(signed_point, VALUES(0x7fff)), ==, POINT_QUALITY_GOOD);
    add_absent(single, 0x7fc00000); /* a quiet NaN as the sign of absence */
    g_assert_cmpint(quality_of(single, VALUES(0x7fc0, 0)), ==, POINT_QUALITY_ABSENT);
    add_absent(wide, (gint64)G_MAXUINT64);
    g_assert_cmpint(quality_of(wide, VALUES(0xffff, 0xffff, 0xffff, 0xffff)), ==, POINT_QUALITY_ABSENT);
}

/* `absent` is what was read, whatever mask and shift make of it. */
static void test_absent_masked(void)
{
    g_autoptr(ProfilePoint) point = point_of(PROFILE_TYPE_U16, 1);
    g_autoptr(ProfilePoint) nibble = point_of(PROFILE_TYPE_S16, 1);
    g_autoptr(ProfilePoint) yes = point_of(PROFILE_TYPE_BOOL, 1);
    g_autoptr(ProfilePoint) bit = point_of(PROFILE_TYPE_BOOL, 1);

    point->has_mask = nibble->has_mask = yes->has_mask = TRUE;
    point->mask = 0x00ff;
    add_absent(point, 0xffff);
    add_absent(point, 0x1200);
    g_assert_cmpint(quality_of(point, VALUES(0xffff)), ==, POINT_QUALITY_ABSENT);
    g_assert_cmpint(quality_of(point, VALUES(0x1200)), ==, POINT_QUALITY_ABSENT);
    g_assert_cmpfloat(number_of(point, VALUES(0x00ff)), ==, 255); /* a value like any other */
    g_assert_cmpfloat(number_of(point, VALUES(0x1300)), ==, 0);
    nibble->mask = 0x00f0;
    nibble->shift = 4;
    add_absent(nibble, -1);
    add_absent(nibble, -32768);
    g_assert_cmpint(quality_of(nibble, VALUES(0xffff)), ==, POINT_QUALITY_ABSENT);
    g_assert_cmpint(quality_of(nibble, VALUES(0x8000)), ==, POINT_QUALITY_ABSENT);
    g_assert_cmpfloat(number_of(nibble, VALUES(0x00f0)), ==, -1);
    g_assert_cmpfloat(number_of(nibble, VALUES(0x0000)), ==, 0);
    yes->mask = 0x0001;
    add_absent(yes, 0xffff);
    g_assert_cmpint(quality_of(yes, VALUES(0xffff)), ==, POINT_QUALITY_ABSENT);
    g_assert_cmpfloat(number_of(yes, VALUES(0x0001)), ==, 1);
    bit->bit = 3; /* what is read of it is the bit */
    add_absent(bit, 1);
    g_assert_cmpint(quality_of(bit, VALUES(0x0008)), ==, POINT_QUALITY_ABSENT);
    g_assert_cmpfloat(number_of(bit, VALUES(0xfff7)), ==, 0);
}

static void test_impossible(void)
{
    g_autoptr(ProfilePoint) single = point_of(PROFILE_TYPE_F32, 2);
    g_autoptr(ProfilePoint) twice = point_of(PROFILE_TYPE_F64, 4);
    g_autoptr(ProfilePoint) narrow = point_of(PROFILE_TYPE_U32, 1);

    g_assert_cmpint(quality_of(single, VALUES(0x7fc0, 0)), ==, POINT_QUALITY_BAD);
    g_assert_cmpint(quality_of(single, VALUES(0x7f80, 0)), ==, POINT_QUALITY_BAD);
    g_assert_cmpint(quality_of(single, VALUES(0xff80, 0)), ==, POINT_QUALITY_BAD);
    g_assert_cmpint(quality_of(twice, VALUES(0x7ff0, 0, 0, 0)), ==, POINT_QUALITY_BAD);
    g_assert_cmpint(quality_of(narrow, VALUES(1)), ==, POINT_QUALITY_BAD); /* a profile that is wrong */
}

static void test_text(void)
{
    g_autoptr(ProfilePoint) point = point_of(PROFILE_TYPE_ASCII, 3);
    g_autoptr(ProfilePoint) mapped = point_of(PROFILE_TYPE_ASCII, 2);
    g_autoptr(ProfilePoint) wide = point_of(PROFILE_TYPE_ASCII, 20);
    guint16 letters[20];

    g_assert_cmpstr(text_of(point, VALUES(0x4142, 0x4300, 0x4444)), ==, "ABC"); /* ends at the NUL */
    g_assert_cmpstr(text_of(point, VALUES(0x2041, 0x4220, 0x2020)), ==, "AB");
    g_assert_cmpstr(text_of(point, VALUES(0xe58f, 0xb700, 0)), ==, "号");
    g_assert_cmpint(quality_of(point, VALUES(0, 0, 0)), ==, POINT_QUALITY_ABSENT);
    g_assert_cmpint(quality_of(point, VALUES(0x2020, 0x2020, 0x2020)), ==, POINT_QUALITY_ABSENT);
    g_assert_cmpint(quality_of(point, VALUES(0xff41, 0, 0)), ==, POINT_QUALITY_BAD); /* no UTF-8 */
    g_assert_cmpint(quality_of(point, VALUES(0x4107, 0x4100, 0)), ==, POINT_QUALITY_BAD);
    add_word(mapped, 0, "C2", "charging");
    g_assert_cmpstr(text_of(mapped, VALUES(0x4332, 0)), ==, "charging");
    g_assert_cmpint(quality_of(mapped, VALUES(0x4331, 0)), ==, POINT_QUALITY_BAD);
    for (guint i = 0; i < 20; i++)
        letters[i] = 0x4141;
    g_assert_cmpint(quality_of(wide, letters), ==, POINT_QUALITY_BAD); /* 40 letters: cut would be wrong */
    letters[19] = 0x4100;
    g_assert_cmpuint(strlen(text_of(wide, letters)), ==, 39);
}

static void test_coils(void)
{
    g_autoptr(ProfilePoint) point = point_of(PROFILE_TYPE_BOOL, 1);

    point->space = PROFILE_SPACE_DISCRETE;
    add_word(point, 1, NULL, "closed");
    add_word(point, 0, NULL, "open");
    g_assert_cmpstr(text_of(point, VALUES(1)), ==, "closed");
    g_assert_cmpstr(text_of(point, VALUES(0)), ==, "open");
}

/* ---- the other way ---- */

typedef struct {
    ProfileType type;
    double number;
    guint count;
    guint16 big[4];
} EncodeCase;

static const EncodeCase encode_cases[] = {
    { PROFILE_TYPE_U16, 0x55aa, 1, { 0x55aa } },
    { PROFILE_TYPE_U16, 65535, 1, { 0xffff } },
    { PROFILE_TYPE_S16, -1, 1, { 0xffff } },
    { PROFILE_TYPE_S16, -32768, 1, { 0x8000 } },
    { PROFILE_TYPE_U32, 100000, 2, { 0x0001, 0x86a0 } },
    { PROFILE_TYPE_S32, -2, 2, { 0xffff, 0xfffe } },
    { PROFILE_TYPE_U64, 4294967296.0, 4, { 0, 1, 0, 0 } },
    { PROFILE_TYPE_S64, -1, 4, { 0xffff, 0xffff, 0xffff, 0xffff } },
    { PROFILE_TYPE_F32, 12.5, 2, { 0x4148, 0 } },
    { PROFILE_TYPE_F64, 12.5, 4, { 0x4029, 0, 0, 0 } },
    { PROFILE_TYPE_BOOL, 1, 1, { 1 } },
};

static void test_encode(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(encode_cases); i++) {
        const EncodeCase *item = &encode_cases[i];
        g_autoptr(ProfileCommand) command = profile_command_new();
        guint16 values[MODBUS_CODEC_WRITE_MAX];
        char reason[MODBUS_CODEC_REASON_SIZE];
        guint count = 0;

        command->type = item->type;
        for (guint little = 0; little < 2; little++) {
            command->word_little = little > 0;
            g_assert_true(modbus_codec_encode(command, PROFILE_SPACE_HOLDING, item->number, TRUE, values,
                                              &count, reason));
            g_assert_cmpuint(count, ==, item->count);
            for (guint j = 0; j < count; j++)
                g_assert_cmpuint(values[j], ==, item->big[little ? count - 1 - j : j]);
        }
    }
}

static gboolean encodes(ProfileType type, ProfileSpace space, double number, guint16 *ret_value)
{
    g_autoptr(ProfileCommand) command = profile_command_new();
    guint16 values[MODBUS_CODEC_WRITE_MAX] = { 0 };
    char reason[MODBUS_CODEC_REASON_SIZE] = "";
    guint count;

    command->type = type;
    command->scale = 0.1;
    gboolean fits = modbus_codec_encode(command, space, number, FALSE, values, &count, reason);

    g_assert_true(fits == (reason[0] == '\0'));
    *ret_value = values[0];
    return fits;
}

static void test_encode_range(void)
{
    guint16 raw;

    g_assert_true(encodes(PROFILE_TYPE_U16, PROFILE_SPACE_HOLDING, 6553.5, &raw));
    g_assert_cmpuint(raw, ==, 65535);
    g_assert_true(encodes(PROFILE_TYPE_U16, PROFILE_SPACE_HOLDING, 6.04, &raw)); /* to the nearest */
    g_assert_cmpuint(raw, ==, 60);
    g_assert_false(encodes(PROFILE_TYPE_U16, PROFILE_SPACE_HOLDING, 6553.6, &raw));
    g_assert_false(encodes(PROFILE_TYPE_U16, PROFILE_SPACE_HOLDING, -0.1, &raw));
    g_assert_false(encodes(PROFILE_TYPE_S16, PROFILE_SPACE_HOLDING, 3276.8, &raw));
    g_assert_false(encodes(PROFILE_TYPE_U64, PROFILE_SPACE_HOLDING, 1.9e18 * 10, &raw));
    g_assert_false(encodes(PROFILE_TYPE_S64, PROFILE_SPACE_HOLDING, 0x1p63 * 0.1, &raw));
    g_assert_false(encodes(PROFILE_TYPE_F32, PROFILE_SPACE_HOLDING, 1e300, &raw));
    g_assert_false(encodes(PROFILE_TYPE_U16, PROFILE_SPACE_HOLDING, NAN, &raw));
    g_assert_false(encodes(PROFILE_TYPE_U16, PROFILE_SPACE_HOLDING, INFINITY, &raw));
    g_assert_false(encodes(PROFILE_TYPE_U16, PROFILE_SPACE_INPUT, 1, &raw));
    g_assert_false(encodes(PROFILE_TYPE_ASCII, PROFILE_SPACE_HOLDING, 1, &raw));
    g_assert_false(encodes(PROFILE_TYPE_U16, PROFILE_SPACE_COIL, 0.2, &raw));
    g_assert_true(encodes(PROFILE_TYPE_U16, PROFILE_SPACE_COIL, 0.1, &raw));
    g_assert_cmpuint(raw, ==, 1);
}

/* What is encoded is decoded to the same number. */
static void test_round_trip(void)
{
    for (guint round = 0; round < 20000; round++) {
        g_autoptr(ProfileCommand) command = profile_command_new();
        g_autoptr(ProfilePoint) point = profile_point_new();
        guint16 values[MODBUS_CODEC_WRITE_MAX];
        char reason[MODBUS_CODEC_REASON_SIZE];
        double number = g_test_rand_int_range(-30000, 30000);

        command->type = point->type =
            (ProfileType)g_test_rand_int_range(PROFILE_TYPE_U16, PROFILE_TYPE_ASCII);
        command->word_little = point->word_little = g_test_rand_bit();
        if (!modbus_codec_encode(command, PROFILE_SPACE_HOLDING, number, FALSE, values, &point->count,
                                 reason)) {
            g_assert_cmpfloat(number, <, 0);
            continue;
        }
        g_assert_cmpfloat(number_of(point, values), ==, number);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/modbus-codec/types", test_types);
    g_test_add_func("/modbus-codec/too-wide", test_too_wide);
    g_test_add_func("/modbus-codec/scale", test_scale);
    g_test_add_func("/modbus-codec/mask-and-bits", test_mask_and_bits);
    g_test_add_func("/modbus-codec/map", test_map);
    g_test_add_func("/modbus-codec/absent", test_absent);
    g_test_add_func("/modbus-codec/absent-masked", test_absent_masked);
    g_test_add_func("/modbus-codec/impossible", test_impossible);
    g_test_add_func("/modbus-codec/text", test_text);
    g_test_add_func("/modbus-codec/coils", test_coils);
    g_test_add_func("/modbus-codec/encode", test_encode);
    g_test_add_func("/modbus-codec/encode-range", test_encode_range);
    g_test_add_func("/modbus-codec/round-trip", test_round_trip);
    return g_test_run();
}

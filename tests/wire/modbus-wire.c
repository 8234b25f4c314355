/* SPDX-License-Identifier: Apache-2.0 */
/* Every pair modbus/CASE.hex (an answer: unit id and PDU) and CASE.json (the point that was read, and what is
 * expected) goes through the check of the frame and the codec. */
#include "drivers/modbus/modbus-codec.h"
#include "drivers/modbus/modbus-frame.h"

#include <json-glib/json-glib.h>
#include <stdlib.h>
#include <string.h>

static const char *const types[] = {
    "bool", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64", "ascii"
};
static const guint widths[] = { 1, 1, 1, 2, 2, 4, 4, 2, 4, 1 };
static const ProfileSpace spaces[] = { [1] = PROFILE_SPACE_COIL,
                                       [2] = PROFILE_SPACE_DISCRETE,
                                       [3] = PROFILE_SPACE_HOLDING,
                                       [4] = PROFILE_SPACE_INPUT };

static gint64 get_int(JsonObject *object, const char *name, gint64 otherwise)
{
    return json_object_get_int_member_with_default(object, name, otherwise);
}

static void add_word(JsonObject *map G_GNUC_UNUSED, const char *key, JsonNode *word, gpointer user_data)
{
    ProfilePoint *point = user_data;
    ProfileMapEntry entry = { .is_text = point->type == PROFILE_TYPE_ASCII,
                              .text = g_strdup(key),
                              .number = g_ascii_strtoll(key, NULL, 10),
                              .word = g_strdup(json_node_get_string(word)) };

    g_array_append_val(point->map, entry);
}

static ProfilePoint *read_point(JsonObject *json)
{
    ProfilePoint *point = profile_point_new();
    const char *type = json_object_get_string_member(json, "type");

    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        if (g_str_equal(types[i], type))
            point->type = (ProfileType)i;
    }
    point->space = spaces[get_int(json, "function", 3)];
    point->address = (guint16)get_int(json, "address", 0);
    point->count = (guint)get_int(json, "count", widths[point->type]);
    point->word_little = json_object_get_boolean_member_with_default(json, "little", FALSE);
    point->scale = json_object_get_double_member_with_default(json, "scale", 1);
    point->has_mask = json_object_has_member(json, "mask");
    point->mask = (guint64)get_int(json, "mask", 0);
    point->shift = (guint)get_int(json, "shift", 0);
    if (json_object_has_member(json, "map"))
        json_object_foreach_member(json_object_get_object_member(json, "map"), add_word, point);
    if (json_object_has_member(json, "absent")) {
        gint64 raw = json_array_get_int_element(json_object_get_array_member(json, "absent"), 0);

        g_array_append_val(point->absent, raw);
    }
    return point;
}

static GByteArray *read_hex(const char *path)
{
    g_autofree char *text = NULL;
    GByteArray *bytes = g_byte_array_new();

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) words = g_strsplit(g_strstrip(text), " ", -1);

    for (guint i = 0; words[i]; i++) {
        guint8 byte = (guint8)strtoul(words[i], NULL, 16);

        g_byte_array_append(bytes, &byte, 1);
    }
    return bytes;
}

static void check_value(const ProfilePoint *point, const guint16 *values, JsonObject *expect)
{
    PointValue value = { 0 };
    PointQuality quality = modbus_codec_decode(point, values, &value);

    g_assert_cmpstr(point_quality_name(quality), ==, json_object_get_string_member(expect, "quality"));
    if (quality != POINT_QUALITY_GOOD)
        return;
    g_assert_cmpfloat_with_epsilon(value.number, json_object_get_double_member(expect, "number"), 1e-9);
    g_assert_cmpstr(value.text, ==, json_object_get_string_member(expect, "text"));
}

static void test_case(gconstpointer data)
{
    static const char *const verdicts[] = { "ok", "exception", "bad" };
    g_autofree char *hex = g_strdup_printf("%s.hex", (const char *)data);
    g_autofree char *file = g_strdup_printf("%s.json", (const char *)data);
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GByteArray) bytes = read_hex(hex);

    g_assert_true(json_parser_load_from_file(parser, file, NULL));
    JsonObject *root = json_node_get_object(json_parser_get_root(parser));
    JsonObject *json = json_object_get_object_member(root, "point");
    JsonObject *expect = json_object_get_object_member(root, "expect");
    g_autoptr(ProfilePoint) point = read_point(json);
    ModbusRequest request = { .unit = (guint8)get_int(json, "unit", 1),
                              .function = (guint8)get_int(json, "function", 3),
                              .address = point->address,
                              .count = (guint16)point->count };
    guint16 values[MODBUS_FRAME_VALUES];
    guint8 exception;
    char reason[MODBUS_FRAME_REASON_SIZE];
    ModbusFrameVerdict verdict =
        modbus_frame_check(&request, bytes->data, bytes->len, values, &exception, reason);

    g_assert_cmpstr(verdicts[verdict], ==,
                    json_object_get_string_member_with_default(expect, "verdict", "ok"));
    if (verdict == MODBUS_FRAME_OK)
        check_value(point, values, expect);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, ==, 2);
    g_autoptr(GDir) folder = g_dir_open(argv[1], 0, NULL);
    const char *name;

    g_assert_nonnull(folder);
    while ((name = g_dir_read_name(folder))) {
        if (!g_str_has_suffix(name, ".hex"))
            continue;
        g_autofree char *stem = g_strndup(name, strlen(name) - strlen(".hex"));
        g_autofree char *path = g_strdup_printf("/modbus-wire/%s", stem);

        g_test_add_data_func_full(path, g_build_filename(argv[1], stem, NULL), test_case, g_free);
    }
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/config/config-parts.h"

static void test_registers(void)
{
    static const struct {
        const char *text;
        gboolean right;
        ConfigRegister is;
    } cases[] = {
        { "holding:0", TRUE, { PROFILE_SPACE_HOLDING, 0, -1 } },
        { "input:0xFFFF", TRUE, { PROFILE_SPACE_INPUT, 65535, -1 } },
        { "holding:5.15", TRUE, { PROFILE_SPACE_HOLDING, 5, 15 } },
        { "coil:9", TRUE, { PROFILE_SPACE_COIL, 9, -1 } },
        { "discrete:1", TRUE, { PROFILE_SPACE_DISCRETE, 1, -1 } },
        { "holding:", FALSE, { 0 } },
        { "holding:-1", FALSE, { 0 } },
        { "holding:65536", FALSE, { 0 } },
        { "holding:0x10000", FALSE, { 0 } },
        { "holding: 1", FALSE, { 0 } },
        { "holding:1.16", FALSE, { 0 } },
        { "holding:1.", FALSE, { 0 } },
        { "holding:1.2.3", FALSE, { 0 } },
        { "coil:1.2", FALSE, { 0 } },
        { "Holding:1", FALSE, { 0 } },
        { "1", FALSE, { 0 } },
        { "", FALSE, { 0 } },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        ConfigRegister is = { 0 };

        g_test_message("%s", cases[i].text);
        g_assert_cmpint(config_register_parse(cases[i].text, &is), ==, cases[i].right);
        g_assert_cmpint(is.space, ==, cases[i].is.space);
        g_assert_cmpuint(is.address, ==, cases[i].is.address);
        g_assert_cmpint(is.bit, ==, cases[i].is.bit);
    }
}

static void test_types(void)
{
    static const char *const names[] = { "bool", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64" };
    static const guint counts[] = { 1, 1, 1, 2, 2, 4, 4, 2, 4 };
    ProfileType type = PROFILE_TYPE_BOOL;
    guint count = 0;

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_assert_true(config_register_parse_type(names[i], &type, &count));
        g_assert_cmpint(type, ==, i);
        g_assert_cmpuint(count, ==, counts[i]);
    }
    g_assert_true(config_register_parse_type("ascii:17", &type, &count));
    g_assert_cmpint(type, ==, PROFILE_TYPE_ASCII);
    g_assert_cmpuint(count, ==, 17);
    g_assert_false(config_register_parse_type("ascii:N", &type, &count));
    g_assert_false(config_register_parse_type("ascii:126", &type, &count));
    g_assert_false(config_register_parse_type("U16", &type, &count));
    g_assert_cmpuint(count, ==, 17);
}

static void test_fits(void)
{
    g_assert_true(config_register_fits(PROFILE_TYPE_U16, 65535));
    g_assert_false(config_register_fits(PROFILE_TYPE_U16, 65536));
    g_assert_false(config_register_fits(PROFILE_TYPE_U16, -1));
    g_assert_false(config_register_fits(PROFILE_TYPE_U16, 0.5));
    g_assert_true(config_register_fits(PROFILE_TYPE_S16, -32768));
    g_assert_false(config_register_fits(PROFILE_TYPE_S16, 32768));
    g_assert_true(config_register_fits(PROFILE_TYPE_U32, 4294967295.0));
    g_assert_false(config_register_fits(PROFILE_TYPE_S32, 2147483648.0));
    g_assert_true(config_register_fits(PROFILE_TYPE_F32, -0.5));
    g_assert_false(config_register_fits(PROFILE_TYPE_F32, 1e39));
    g_assert_true(config_register_fits(PROFILE_TYPE_F64, 1e39));
    g_assert_false(config_register_fits(PROFILE_TYPE_ASCII, 0));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/config-register/registers", test_registers);
    g_test_add_func("/config-register/types", test_types);
    g_test_add_func("/config-register/fits", test_fits);
    return g_test_run();
}

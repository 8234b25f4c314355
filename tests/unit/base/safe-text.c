/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/safe-text.h"

/* All that CONTRACT and terminals know to steer, by hand and not by Unicode's table. */
static const gunichar steering[][2] = {
    { 0x01, 0x1f },     { 0x7f, 0x9f },     { 0xad, 0xad },     { 0x61c, 0x61c },   { 0x200b, 0x200f },
    { 0x2028, 0x202e }, { 0x2060, 0x2064 }, { 0x2066, 0x2069 }, { 0xfeff, 0xfeff }, { 0xe0020, 0xe007f },
};

static char *write_between(gunichar letter)
{
    GString *text = g_string_new("\"a");

    g_string_append_unichar(text, letter);
    g_string_append(text, "b\"");
    return g_string_free(text, FALSE);
}

static void blanks_what_steers(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(steering); i++) {
        for (gunichar letter = steering[i][0]; letter <= steering[i][1]; letter++) {
            g_autofree char *text = write_between(letter);
            g_autofree char *safe = safe_text_dup(text);

            g_assert_cmpstr(safe, ==, "\"a b\"");
        }
    }
}

static void keeps_what_is_read(void)
{
    static const char *const texts[] = { "", "a ~ Z", "电池过温 61.5 °C — ½", "é e\u0301", "العربية", "🚗" };
    g_autofree char *none = safe_text_dup(NULL);

    g_assert_cmpstr(none, ==, "");
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *safe = safe_text_dup(texts[i]);
        g_autofree char *json = safe_text_escape_json(texts[i]);

        g_assert_cmpstr(safe, ==, texts[i]);
        g_assert_cmpstr(json, ==, texts[i]);
    }
}

static void marks_bad_bytes(void)
{
    static const char *const bad[] = { "a\xff"
                                       "b",
                                       "a\x9b"
                                       "b", /* a C1 control in Latin-1 */
                                       "a\xc0"
                                       "b" };

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *safe = safe_text_dup(bad[i]);

        g_assert_cmpstr(safe, ==, "a\ufffdb");
    }
}

static void escapes_json(void)
{
    g_autofree char *safe = safe_text_escape_json("{\"a\":\"\xc2\x9b\u202e\x7f\x1b\"}\n{\"\U000e0041\":1}\n");

    g_assert_cmpstr(safe, ==, "{\"a\":\"\\u009b\\u202e\\u007f\\u001b\"}\n{\"\\udb40\\udc41\":1}\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/safe-text/steers", blanks_what_steers);
    g_test_add_func("/safe-text/keeps", keeps_what_is_read);
    g_test_add_func("/safe-text/bytes", marks_bad_bytes);
    g_test_add_func("/safe-text/json", escapes_json);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bus/json-text.h"

#include <math.h>

static void assert_round(const char *given, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) node = json_from_string(given, &error);
    g_autoptr(GString) text = g_string_new(NULL);

    g_assert_no_error(error);
    json_text_append(text, node);
    g_assert_cmpstr(text->str, ==, expected);
}

static void test_shapes(void)
{
    assert_round("{ \"b\" : [1, 2.5, true, false, null, {}], \"a\": [] }",
                 "{\"b\":[1,2.5,true,false,null,{}],\"a\":[]}");
    assert_round("\"一\\u0001\\n\\t\\\"\\\\/\"", "\"一\\u0001\\n\\t\\\"\\\\/\"");
    assert_round("-9007199254740993", "-9007199254740993");
}

static void test_numbers(void)
{
    static const struct {
        double number;
        const char *text;
    } cases[] = { { 123 * 0.1, "12.3" },
                  { 0.1 + 0.2, "0.3" },
                  { -0.5, "-0.5" },
                  { 0, "0" },
                  { 12345678.901, "12345678.901" },
                  { NAN, "null" },
                  { INFINITY, "null" },
                  { 1e21, "1e+21" } };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) text = g_string_new(NULL);

        json_text_append_number(text, cases[i].number);
        g_assert_cmpstr(text->str, ==, cases[i].text);
    }
}

static void test_bad_utf8(void)
{
    g_autoptr(GString) text = g_string_new(NULL);

    json_text_append_string(text, "a\xff\x7f");
    g_assert_cmpstr(text->str, ==, "\"a\xef\xbf\xbd\\u007f\"");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json-text/shapes", test_shapes);
    g_test_add_func("/json-text/numbers", test_numbers);
    g_test_add_func("/json-text/bad-utf8", test_bad_utf8);
    return g_test_run();
}

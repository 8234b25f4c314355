/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/command/command-json.h"

#include "edge/command/command.h"

#include <string.h>

static gboolean takes(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) object = command_json_parse(text, strlen(text), &error);

    g_assert_true((object == NULL) == (error != NULL));
    if (error)
        g_assert_error(error, COMMAND_ERROR, COMMAND_ERROR_FORM);
    return object != NULL;
}

static void test_takes(void)
{
    g_assert_true(takes("{}"));
    g_assert_true(takes(" {\"a\": 1, \"b\": [true, false, null, -1.5E3], \"c\": {\"a\": \"x\"}}\n"));
    g_assert_true(takes("{\"brackets\": \"[[[[[[[[[[[[{{{{{{\"}"));
    g_assert_true(takes("{\"no escape\": \"\\\\u0000\"}"));
    g_assert_true(takes("{\"quote\": \"\\\"[[[[[[[[[[[[\"}"));
}

static void test_refuses(void)
{
    static const char *const texts[] = {
        "",
        " ",
        "[]",
        "1",
        "{",
        "}",
        "{\"a\"}",
        "{\"a\": }",
        "{} {}",
        "{\"a\": 1, \"a\": 1}",
        "var x = {}",
        "/* */ {}",
        "{'a': 1}",
        "{\"a\": x}",
        "{\"o\": {\"a\": 1, \"a\": {}}}",
        "{\"a\": \"",
        "{\"a\": 1",
        "# \n{}",
        "{} // c",
        "{\"a\\u0062\": 1, \"ab\": 2}",
        "\xff{}",
        "{\"a\": \"b\\u0000c\"}",
        "{\"a\\u0000\": 1}",
    };

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *shown = g_strescape(texts[i], NULL);

        g_test_message("%s", shown);
        g_assert_false(takes(texts[i]));
    }
    g_assert_null(command_json_parse("{}\0{}", 5, NULL));
}

/* Arrays and objects alike; a million levels must not come near the stack. */
static void test_depth(void)
{
    g_autofree char *deep = g_strnfill(1000000, '[');
    g_autofree char *hidden = g_strconcat("{\"a\":[\"\\u12\",\",", deep, "\"]}", NULL);

    g_assert_false(takes(hidden)); /* json-glib sees that string end elsewhere */

    g_assert_true(takes("{\"a\": [[[[[[[1]]]]]]]}"));
    g_assert_false(takes("{\"a\": [[[[[[[[1]]]]]]]]}"));
    g_assert_false(takes("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}}}}"));
    g_assert_false(takes(deep));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/command-json/takes", test_takes);
    g_test_add_func("/command-json/refuses", test_refuses);
    g_test_add_func("/command-json/depth", test_depth);
    return g_test_run();
}

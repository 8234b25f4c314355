/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/hq/hq-command.h"

static void test_args(void)
{
    static const char *const words[] = {
        "connector=dc-03/1", "minutes=-5",          "zone=\"7\"", "force=true",
        "power=7.5",         "text=a=b \"quoted\"", "note=",      NULL
    };
    static const char *const none[] = { NULL };
    g_autoptr(JsonNode) args = hq_command_parse_args(words, NULL), empty = hq_command_parse_args(none, NULL);
    g_autofree char *text = json_to_string(args, FALSE), *nothing = json_to_string(empty, FALSE);

    g_assert_cmpstr(text, ==,
                    "{\"connector\":\"dc-03/1\",\"minutes\":-5,\"zone\":\"7\",\"force\":true,"
                    "\"power\":\"7.5\",\"text\":\"a=b \\\"quoted\\\"\",\"note\":\"\"}");
    g_assert_cmpstr(nothing, ==, "{}");
}

static void test_bad_args(void)
{
    static const char *const bads[][3] = { { "x" }, { "=x" }, { "a=1", "a=2" }, { "a=\xff" } };

    for (guint i = 0; i < G_N_ELEMENTS(bads); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(hq_command_parse_args(bads[i], &error));
        g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hq-command/arguments", test_args);
    g_test_add_func("/hq-command/what is none", test_bad_args);
    return g_test_run();
}

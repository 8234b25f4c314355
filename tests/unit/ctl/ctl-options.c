/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/ctl/ctl-options.h"

#include <locale.h>

static CtlOptions *parse(const char *line, GError **error)
{
    g_autofree char *whole = g_strdup_printf("stationctl %s", line);
    g_auto(GStrv) argv = NULL;

    g_assert_true(g_shell_parse_argv(whole, NULL, &argv, NULL));
    return ctl_options_parse((const char *const *)argv, error);
}

static void test_anywhere(void)
{
    g_autoptr(CtlOptions) options =
        parse("--json ack --bus session A-1 --staff 王伟 --note 'on site' --pin-file p", NULL);

    g_assert_nonnull(options);
    g_assert_true(options->json && options->session);
    g_assert_cmpstr(options->words[0], ==, "ack");
    g_assert_cmpstr(options->words[1], ==, "A-1");
    g_assert_null(options->words[2]);
    g_assert_cmpstr(options->staff, ==, "王伟");
    g_assert_cmpstr(options->note, ==, "on site");
    g_assert_cmpuint(options->given, ==, CTL_OPTION_NOTE | CTL_OPTION_STAFF | CTL_OPTION_PIN_FILE);
}

static void test_defaults(void)
{
    g_autoptr(CtlOptions) options = parse("", NULL);

    g_assert_false(options->session);
    g_assert_cmpint(options->limit, ==, CTL_OPTIONS_NONE);
    g_assert_cmpint(options->after, ==, CTL_OPTIONS_NONE);
    g_assert_cmpuint(options->given, ==, 0);
    g_assert_null(options->words[0]);
}

static void test_numbers(void)
{
    g_autoptr(CtlOptions) options = parse("events --after 9007199254740993 --limit 1000 --epoch=0", NULL);

    g_assert_cmpint(options->after, ==, G_GINT64_CONSTANT(9007199254740993));
    g_assert_cmpint(options->limit, ==, 1000);
    g_assert_cmpuint(options->given, ==, CTL_OPTION_AFTER | CTL_OPTION_LIMIT | CTL_OPTION_EPOCH);
}

static void test_bad(void)
{
    static const char *const lines[] = { "--bus both", "--limit 0",    "--limit -1",   "--after -1",
                                         "--epoch -1", "--limit 1001", "--limit many", "--after -7",
                                         "--epoch x",  "--nonsense",   "--note",       "-x" };

    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(parse(lines[i], &error));
        g_assert_nonnull(error);
    }
}

static void test_names(void)
{
    g_assert_cmpstr(ctl_options_name(CTL_OPTION_ALL), ==, "--all");
    g_assert_cmpstr(ctl_options_name(CTL_OPTION_STAFF_PIN_FILE), ==, "--staff-pin-file");
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ctl-options/anywhere", test_anywhere);
    g_test_add_func("/ctl-options/defaults", test_defaults);
    g_test_add_func("/ctl-options/numbers", test_numbers);
    g_test_add_func("/ctl-options/bad", test_bad);
    g_test_add_func("/ctl-options/names", test_names);
    return g_test_run();
}

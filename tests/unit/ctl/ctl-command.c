/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/ctl/ctl-command.h"

#include <string.h>

/* The fault of LINE, or NULL; the caller owns it. */
static char *find_fault(const char *line)
{
    g_autofree char *whole = g_strdup_printf("stationctl %s", line);
    g_auto(GStrv) argv = NULL;
    g_autoptr(GError) error = NULL;
    guint n = 0;

    g_assert_true(g_shell_parse_argv(whole, NULL, &argv, NULL));
    g_autoptr(CtlOptions) options = ctl_options_parse((const char *const *)argv, &error);

    g_assert_no_error(error);
    const CtlCommand *command = ctl_command_find((const char *const *)options->words, &n, &error);

    if (command)
        ctl_command_check(command, options, &error);
    return error ? g_strdup(error->message) : NULL;
}

static void test_good(void)
{
    static const char *const lines[] = {
        "status",
        "points",
        "points dc-*",
        "alarms --all",
        "ack ID --note T --staff wang --pin-file p",
        "silence --staff wang --pin-file p",
        "events --after 7 --limit 10 --epoch 1",
        "staff list",
        "staff add li --role operator --pin-file new",
        "staff add li --role operator --pin-file new --staff wang --staff-pin-file p",
        "staff disable li",
        "staff disable li --staff wang --pin-file p",
        "staff disable li --staff wang --staff-pin-file p",
        "backup /tmp/x",
        "reload --staff wang --pin-file p",
        "probe dc-01",
    };

    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *fault = find_fault(lines[i]);

        g_assert_cmpstr(fault, ==, NULL);
    }
}

static void test_bad(void)
{
    static const char *const cases[][2] = {
        { "", "no command" },
        { "alrms", "“alarms”" },
        { "statsu", "“status”" },
        { "staff ad li", "“staff add”" },
        { "staff", "“staff list”" },
        { "staf", "“staff list”" },
        { "conn", "“connectors”" },
        { "xyzzyplugh", "no command “xyzzyplugh”" },
        { "status now", "“now”" },
        { "probe", "needs DEVICE" },
        { "status --all", "takes no --all" },
        { "ack --staff wang --pin-file p", "needs ID" },
        { "ack ID", "needs --staff" },
        { "ack ID --staff wang", "needs --staff" },
        { "ack ID --staff wang --pin-file p --staff-pin-file q", "takes no --staff-pin-file" },
        { "staff add li --role operator", "needs --role and --pin-file" },
        { "staff add li --role operator --pin-file new --staff wang", "belong together" },
        { "reload --staff wang", "belong together" },
        { "reload --pin-file p", "belong together" },
        { "orders", "no command" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *fault = find_fault(cases[i][0]);

        g_assert_nonnull(fault);
        g_test_message("%s: %s", cases[i][0], fault);
        g_assert_nonnull(strstr(fault, cases[i][1]));
    }
}

static void test_usage(void)
{
    g_autofree char *all = ctl_command_usage(NULL);
    const char *const ack[] = { "ack", "ID", NULL };
    guint n = 0;
    g_autofree char *one = ctl_command_usage(ctl_command_find(ack, &n, NULL));

    g_assert_nonnull(strstr(all, "staff disable NAME"));
    g_assert_null(strstr(all, "orders")); /* what comes later is not promised */
    g_assert_cmpuint(n, ==, 1);
    g_assert_true(
        g_str_has_prefix(one, "Usage: stationctl ack ID [--note T] --staff NAME --pin-file FILE\n"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ctl-command/good", test_good);
    g_test_add_func("/ctl-command/bad", test_bad);
    g_test_add_func("/ctl-command/usage", test_usage);
    return g_test_run();
}

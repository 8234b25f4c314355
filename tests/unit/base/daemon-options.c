/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/daemon-options.h"

static int own;

/* The message where WORDS are misused, or NULL. */
static char *parse(const char *words, DaemonOptions *ret)
{
    static const GOptionEntry entries[] = { { "own", 0, 0, G_OPTION_ARG_INT, &own, "", "N" },
                                            G_OPTION_ENTRY_NULL };
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) argv = g_strsplit(words, " ", -1);
    g_autofree char **copy = g_memdup2(argv, sizeof(char *) * (g_strv_length(argv) + 1));
    gboolean done = FALSE;

    *ret = (DaemonOptions){ 0 };
    done = daemon_options_parse("- test", entries, (int)g_strv_length(argv), copy, ret, &error);
    g_assert_true(done == (error == NULL));
    return done ? NULL : g_strdup(error->message);
}

static void clear(DaemonOptions *options)
{
    g_free(options->config);
    g_free(options->assets);
}

static void reads(void)
{
    DaemonOptions options;

    g_assert_null(parse("x --config /etc/a --own 7", &options));
    g_assert_cmpstr(options.config, ==, "/etc/a");
    g_assert_nonnull(options.assets);
    g_assert_false(options.session_bus);
    g_assert_cmpint(own, ==, 7);
    clear(&options);
    g_assert_null(parse("x --bus session --assets /b --config a", &options));
    g_assert_cmpstr(options.assets, ==, "/b");
    g_assert_true(options.session_bus);
    clear(&options);
    g_assert_null(parse("x --bus system --config a", &options));
    g_assert_false(options.session_bus);
    clear(&options);
    g_assert_null(parse("x --version", &options));
    g_assert_true(options.version);
    clear(&options);
}

static void tells_misuse(void)
{
    static const char *const wrong[][2] = { { "x", "--config DIR is needed" },
                                            { "x --config a b", "takes no arguments but options" },
                                            { "x --config a --bus tram", "--bus is system or session" },
                                            { "x --config a --colour", "Unknown option --colour" },
                                            { "x --config", "Missing argument for --config" } };

    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        DaemonOptions options;
        g_autofree char *message = parse(wrong[i][0], &options);

        g_assert_cmpstr(message, ==, wrong[i][1]);
        clear(&options);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_setenv("LC_ALL", "C", TRUE);
    g_test_add_func("/daemon-options/reads", reads);
    g_test_add_func("/daemon-options/misuse", tells_misuse);
    return g_test_run();
}

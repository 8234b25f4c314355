/* SPDX-License-Identifier: Apache-2.0 */
/* station-sync: the line between a station and its headquarters. Options, start, stop. */
#include "build-config.h"
#include "edge/base/daemon-options.h"
#include "edge/config/config.h"
#include "sync/sync-run.h"
#include "sync/sync-window.h"

#include <glib-unix.h>
#include <signal.h>

typedef struct {
    GMainLoop *loop;
    gboolean again; /* with the configuration as it is now */
} Program;

static DaemonOptions options;
static int patience_s = SYNC_WINDOW_PATIENCE_US / G_USEC_PER_SEC;

static const GOptionEntry entries[] = {
    { "patience", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT, &patience_s, "For tests: instead of 30",
      "SECONDS" },
    G_OPTION_ENTRY_NULL,
};

static gboolean on_end(gpointer user_data)
{
    Program *program = user_data;

    program->again = FALSE;
    g_main_loop_quit(program->loop);
    return G_SOURCE_CONTINUE;
}

static gboolean on_hang_up(gpointer user_data)
{
    Program *program = user_data;

    program->again = TRUE;
    g_main_loop_quit(program->loop);
    return G_SOURCE_CONTINUE;
}

/* What stationd itself would run on: the configuration, or, where that is faulty, the last good one. */
static Site *load(void)
{
    g_autoptr(GPtrArray) faults = NULL;
    g_autoptr(GPtrArray) more = NULL;
    g_autofree char *data_dir = NULL;
    g_autofree char *last_good = NULL;
    Site *site = config_load(options.config, options.assets, &faults);

    for (guint i = 0; i < faults->len; i++) {
        g_autofree char *line = config_fault_format(faults->pdata[i]);

        g_printerr("station-sync: %s\n", line);
    }
    data_dir = site ? NULL : config_find_data_dir(options.config);
    if (!data_dir)
        return site;
    last_good = g_build_filename(data_dir, "last-good", NULL);
    site = config_load_rest(last_good, options.assets, &more);
    if (site)
        g_printerr("station-sync: using the last good configuration, %s\n", last_good);
    return site;
}

static int run(void)
{
    Program program = { g_main_loop_new(NULL, FALSE), FALSE };
    int status = 0;

    g_unix_signal_add(SIGTERM, on_end, &program);
    g_unix_signal_add(SIGINT, on_end, &program);
    g_unix_signal_add(SIGHUP, on_hang_up, &program);
    do {
        Site *site = load();
        SyncRun *sync = NULL;

        program.again = FALSE;
        if (!site) {
            status = 2;
            break;
        }
        if (g_strv_length(site->hq.brokers) > 0)
            sync = sync_run_new(site, options.session_bus, (guint)MAX(patience_s, 1));
        else
            g_printerr("station-sync: [hq] names no broker; waiting for another configuration\n");
        g_main_loop_run(program.loop);
        g_clear_pointer(&sync, sync_run_free);
        site_unref(site);
    } while (program.again);
    g_main_loop_unref(program.loop);
    return status;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;

    if (!daemon_options_parse("- the line between a station and its headquarters", entries, argc, argv,
                              &options, &error)) {
        g_printerr("station-sync: %s\nTry station-sync --help.\n", error->message);
        return 2;
    }
    if (options.version) {
        g_print("station-sync " STATIONMASTER_VERSION "\n");
        return 0;
    }
    return run();
}

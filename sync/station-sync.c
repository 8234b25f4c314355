/* SPDX-License-Identifier: Apache-2.0 */
/* station-sync: the line between a station and its headquarters. Options, start, stop. */
#include "build-config.h"
#include "edge/base/place.h"
#include "edge/config/config.h"
#include "sync/sync-run.h"
#include "sync/sync-window.h"

#include <glib-unix.h>
#include <locale.h>
#include <signal.h>

typedef struct {
    GMainLoop *loop;
    gboolean again; /* with the configuration as it is now */
} Program;

static char *config_directory;
static char *bus_name;
static char *assets;
static int patience_s = SYNC_WINDOW_PATIENCE_US / G_USEC_PER_SEC;
static gboolean show_version;

static const GOptionEntry entries[] = {
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &config_directory, "The configuration's directory", "DIR" },
    { "bus", 0, 0, G_OPTION_ARG_STRING, &bus_name, "D-Bus of stationd: system (default) or session", "BUS" },
    { "assets", 0, 0, G_OPTION_ARG_FILENAME, &assets, "Where the shipped profiles and rules are", "DIR" },
    { "patience", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT, &patience_s, "For tests: instead of 30",
      "SECONDS" },
    { "version", 0, 0, G_OPTION_ARG_NONE, &show_version, "Print the version", NULL },
    G_OPTION_ENTRY_NULL,
};

static int usage(const char *text)
{
    g_printerr("station-sync: %s\nTry station-sync --help.\n", text);
    return 2;
}

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
    Site *site = config_load(config_directory, assets, &faults);

    for (guint i = 0; i < faults->len; i++) {
        g_autofree char *line = config_fault_format(faults->pdata[i]);

        g_printerr("station-sync: %s\n", line);
    }
    data_dir = site ? NULL : config_find_data_dir(config_directory);
    if (!data_dir)
        return site;
    last_good = g_build_filename(data_dir, "last-good", NULL);
    site = config_load_rest(last_good, assets, &more);
    if (site)
        g_printerr("station-sync: using the last good configuration, %s\n", last_good);
    return site;
}

static int run(gboolean session_bus)
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
            sync = sync_run_new(site, session_bus, (guint)MAX(patience_s, 1));
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
    g_autoptr(GOptionContext) context =
        g_option_context_new("- the line between a station and its headquarters");
    g_autoptr(GError) error = NULL;

    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error))
        return usage(error->message);
    if (show_version) {
        g_print("station-sync %s\n", STATIONMASTER_VERSION);
        return 0;
    }
    if (argc > 1)
        return usage("takes no arguments but options");
    if (!config_directory)
        return usage("--config DIR is needed");
    if (bus_name && !g_str_equal(bus_name, "system") && !g_str_equal(bus_name, "session"))
        return usage("--bus is system or session");
    if (!assets)
        assets = place_find_assets();
    return run(g_strcmp0(bus_name, "session") == 0);
}

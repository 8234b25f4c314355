/* SPDX-License-Identifier: Apache-2.0 */
/* stationd: the station's mind. Options, start, stop. */
#include "build-config.h"
#include "edge/base/daemon-options.h"
#include "edge/config/config.h"
#include "edge/station/station.h"

#include <glib-unix.h>
#include <signal.h>

typedef struct {
    GMainLoop *loop;
    Station *station; /* NULL while it is being made */
    gboolean reload;  /* asked for while it was being made */
    gboolean over;
} Daemon;

static DaemonOptions options;
static gboolean check_only;

static const GOptionEntry entries[] = {
    { "check", 0, 0, G_OPTION_ARG_NONE, &check_only, "Check the configuration, print every fault, and end",
      NULL },
    G_OPTION_ENTRY_NULL,
};

static int check(void)
{
    g_autoptr(GPtrArray) faults = NULL;
    g_autoptr(Site) site = config_load(options.config, options.assets, &faults);

    for (guint i = 0; i < faults->len; i++) {
        g_autofree char *line = config_fault_format(faults->pdata[i]);

        g_print("%s\n", line);
    }
    if (!site)
        return 2;
    g_print("configuration is valid\n");
    return 0;
}

static void on_ready(gpointer user_data G_GNUC_UNUSED)
{
    g_print("station is ready\n");
}

static gboolean on_end(gpointer user_data)
{
    Daemon *daemon = user_data;

    daemon->over = TRUE;
    g_main_loop_quit(daemon->loop);
    return G_SOURCE_CONTINUE;
}

static void reload(Daemon *daemon)
{
    g_auto(GStrv) faults = NULL;

    station_reload(daemon->station, &faults);
}

static gboolean on_hang_up(gpointer user_data)
{
    Daemon *daemon = user_data;

    if (!daemon->station)
        daemon->reload = TRUE;
    else if (!daemon->over)
        reload(daemon);
    return G_SOURCE_CONTINUE;
}

/* Before anything that takes time: an early signal must neither end the guard nor be lost. */
static void attach_signals(Daemon *daemon)
{
    daemon->loop = g_main_loop_new(NULL, FALSE);
    g_unix_signal_add(SIGTERM, on_end, daemon);
    g_unix_signal_add(SIGINT, on_end, daemon);
    g_unix_signal_add(SIGHUP, on_hang_up, daemon);
}

static int run(void)
{
    const StationOptions setup = { .config_directory = options.config,
                                   .assets = options.assets,
                                   .bus = options.session_bus ? SERVICE_BUS_SESSION : SERVICE_BUS_SYSTEM,
                                   .ready = on_ready };
    g_autoptr(GError) error = NULL;
    Daemon daemon = { 0 };

    attach_signals(&daemon);
    daemon.station = station_new(&setup, &error);
    if (!daemon.station) {
        g_printerr("%s\n", error->message);
        g_main_loop_unref(daemon.loop);
        return g_error_matches(error, STATION_ERROR, STATION_ERROR_RUNNING) ? 1 : 2;
    }
    if (daemon.reload && !daemon.over)
        reload(&daemon);
    if (!daemon.over)
        g_main_loop_run(daemon.loop);
    station_free(daemon.station);
    g_main_loop_unref(daemon.loop);
    return 0;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;

    signal(SIGXFSZ,
           SIG_IGN); /* a file that may not grow is an error of its write, not the end of the guard */
    if (!daemon_options_parse("- guard a charging station", entries, argc, argv, &options, &error)) {
        g_printerr("stationd: %s\nTry stationd --help.\n", error->message);
        return 2;
    }
    if (options.version) {
        g_print("stationd " STATIONMASTER_VERSION "\n");
        return 0;
    }
    return check_only ? check() : run();
}

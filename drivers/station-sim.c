/* SPDX-License-Identifier: Apache-2.0 */
/* station-sim: a whole simulated site that speaks real Modbus and RTSP on the loopback. Options, start, stop.
 */
#include "build-config.h"
#include "drivers/sim/camera/sim-camera.h"
#include "drivers/sim/sim-config.h"
#include "drivers/sim/sim-run.h"
#include "drivers/sim/sim-server.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define DEVICES_MAX 1000

typedef struct {
    char *site, *config_out, *data_dir, *scenario, *cars, *ports, *bus;
    int port_base, seed, seconds, devices, per_bus, period_ms;
    double speed;
    gboolean control, quiet, version;
} Options;

static gboolean on_end(gpointer user_data)
{
    g_main_loop_quit(user_data);
    return G_SOURCE_CONTINUE;
}

static gboolean parse_options(int *argc, char ***argv, Options *o, GError **error)
{
    const GOptionEntry entries[] = {
        { "site", 's', 0, G_OPTION_ARG_FILENAME, &o->site, "The site's configuration to serve", "DIR" },
        { "config", 0, 0, G_OPTION_ARG_FILENAME, &o->site, "The same", "DIR" },
        { "config-out", 'o', 0, G_OPTION_ARG_FILENAME, &o->config_out,
          "Write the configuration with the real addresses there (free ports)", "DIR" },
        { "data-dir", 0, 0, G_OPTION_ARG_FILENAME, &o->data_dir, "data-dir to write there", "DIR" },
        { "ports", 0, 0, G_OPTION_ARG_STRING, &o->ports, "auto (free ones) or config (as configured)",
          "HOW" },
        { "port-base", 0, 0, G_OPTION_ARG_INT, &o->port_base, "Ports from N on, a bus each", "N" },
        { "scenario", 0, 0, G_OPTION_ARG_FILENAME, &o->scenario,
          "A scenario file, or the name of one in DIR/scenarios", "FILE" },
        { "seed", 0, 0, G_OPTION_ARG_INT, &o->seed, "Seed of all that is drawn", "N" },
        { "speed", 0, 0, G_OPTION_ARG_DOUBLE, &o->speed, "Charge and warmth go N times faster", "N" },
        { "cars", 0, 0, G_OPTION_ARG_STRING, &o->cars, "auto (come and go) or none", "HOW" },
        { "seconds", 0, 0, G_OPTION_ARG_INT, &o->seconds, "End by itself after N seconds", "N" },
        { "devices", 0, 0, G_OPTION_ARG_INT, &o->devices, "Make up a site of N chargers in --config-out",
          "N" },
        { "per-bus", 0, 0, G_OPTION_ARG_INT, &o->per_bus, "Of these, so many on a bus", "N" },
        { "period-ms", 0, 0, G_OPTION_ARG_INT, &o->period_ms, "Of these, the polling period", "MS" },
        { "control", 0, 0, G_OPTION_ARG_NONE, &o->control, "Take scenario lines on stdin, answer each",
          NULL },
        { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o->quiet, "Print no events", NULL },
        { "bus", 0, 0, G_OPTION_ARG_STRING, &o->bus, "Taken as by all programs; a site needs no message bus",
          "session|system" },
        { "version", 0, 0, G_OPTION_ARG_NONE, &o->version, "Print the version", NULL },
        G_OPTION_ENTRY_NULL
    };
    g_autoptr(GOptionContext) context = g_option_context_new("- a simulated charging station");
    g_option_context_add_main_entries(context, entries, NULL);
    return g_option_context_parse(context, argc, argv, error);
}

/* What is wrong with the options, or NULL. */
static const char *find_misuse(int argc, const Options *o)
{
    if (argc > 1)
        return "no arguments are taken, only options";
    if (!o->site && !o->devices)
        return "--site DIR is needed (or --devices N with --config-out DIR)";
    if (o->devices && (!o->config_out || o->devices < 1 || o->devices > DEVICES_MAX || o->site))
        return "--devices takes 1 to 1000, needs --config-out, and excludes --site";
    if (o->per_bus < 1 || o->per_bus > 240 || o->period_ms < 20)
        return "--per-bus takes 1 to 240, --period-ms at least 20";
    if (!(o->speed >= 0.1 && o->speed <= SIM_SPEED_MAX))
        return "--speed takes 0.1 to 100";
    if (o->port_base < 0 || o->port_base > 65000 || o->seconds < 0)
        return "--port-base takes 1 to 65000, --seconds 1 and more";
    if (o->ports && !g_str_equal(o->ports, "auto") && !g_str_equal(o->ports, "config"))
        return "--ports takes auto or config";
    if (o->cars && !g_str_equal(o->cars, "auto") && !g_str_equal(o->cars, "none"))
        return "--cars takes auto or none";
    return NULL;
}

static GPtrArray *load_scenario(const Options *o, GError **error)
{
    g_autofree char *name = NULL, *path = NULL;
    if (!o->scenario)
        return g_ptr_array_new_with_free_func((GDestroyNotify)sim_scenario_action_free);
    if (g_file_test(o->scenario, G_FILE_TEST_IS_REGULAR) || !o->site)
        return sim_scenario_load(o->scenario, error);
    name = g_strdup_printf("%s.scenario", o->scenario);
    path = g_build_filename(o->site, "scenarios", name, NULL);
    return sim_scenario_load(path, error);
}

/* The seed of a scenario holds before anything of the site is drawn; the option before both. */
static guint32 choose_seed(const Options *o, const GPtrArray *actions)
{
    guint32 seed = 1;
    for (guint i = 0; i < actions->len; i++) {
        const SimAction *action = g_ptr_array_index(actions, i);
        if (action->verb == SIM_VERB_SEED && action->at_ms < 0)
            seed = (guint32)action->value;
    }
    return o->seed >= 0 ? (guint32)o->seed : seed;
}

static char *choose_link(const Options *o, const SimConfigBus *bus)
{
    g_autofree char *folder = o->config_out ? g_canonicalize_filename(o->config_out, NULL) : NULL;
    g_autofree char *name = g_strdup_printf("%s.tty", bus->name);
    return folder ? g_build_filename(folder, name, NULL) : g_strdup(bus->tty);
}

/* The port to serve the INDEXth listener at; 0: a free one. */
static guint16 choose_port(const Options *o, guint index, guint16 configured)
{
    gboolean automatic = o->ports ? g_str_equal(o->ports, "auto") : o->config_out != NULL;
    return o->port_base > 0 ? (guint16)(o->port_base + (int)index) : automatic ? 0 : configured;
}

static gboolean serve_bus(const Options *o, SimServer *server, SimSite *site, SimConfigBus *bus, guint index,
                          GError **error)
{
    SimBus *served = sim_site_find_bus(site, bus->name);
    guint16 port = choose_port(o, index, bus->port);

    if (bus->serial) {
        g_autofree char *link = choose_link(o, bus);
        bus->served = g_strdup_printf("rtu://%s%s", link, bus->query);
        return sim_server_add_rtu(server, served, link, error);
    }
    if (!sim_server_add_tcp(server, served, port, &port, error))
        return FALSE;
    bus->served = g_strdup_printf("tcp://127.0.0.1:%u", port);
    return TRUE;
}

/* Cameras come after the buses in the row of ports. */
static gboolean serve_cameras(const Options *o, SimSite *site, guint n_buses, GPtrArray *servers,
                              GError **error)
{
    for (guint i = 0; i < site->cameras->len; i++) {
        SimCamera *camera = g_ptr_array_index(site->cameras, i);
        guint16 port = choose_port(o, n_buses + i, camera->port);
        SimCameraServer *server = sim_camera_new(camera, port, error);
        if (!server)
            return FALSE;
        g_ptr_array_add(servers, server);
        if (camera->path[0] && !o->quiet)
            printf("camera %s rtsp://127.0.0.1:%u%s\n", camera->name, camera->port, camera->path);
        if (camera->display_path[0] && !o->quiet)
            printf("camera %s rtsp://127.0.0.1:%u%s\n", camera->name, camera->port, camera->display_path);
    }
    return TRUE;
}

static void live(const Options *o, SimRun *run)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    guint sources[] = { g_unix_signal_add(SIGTERM, on_end, loop), g_unix_signal_add(SIGINT, on_end, loop),
                        o->seconds ? g_timeout_add_seconds((guint)o->seconds, on_end, loop) : 0 };

    sim_run_start(run);
    if (o->control)
        sim_run_control(run, STDIN_FILENO);
    printf("site is ready\n");
    fflush(stdout);
    g_main_loop_run(loop);
    for (guint i = 0; i < G_N_ELEMENTS(sources); i++)
        if (sources[i])
            g_source_remove(sources[i]);
}

static gboolean simulate(Options *o, GError **error)
{
    const char *directory = o->site ? o->site : o->config_out;
    g_autoptr(GPtrArray) actions = load_scenario(o, error);
    g_autoptr(GPtrArray) buses = NULL, left_out = NULL;
    g_autoptr(SimSite) site = NULL;
    g_autoptr(SimServer) server = NULL;
    g_autoptr(SimRun) run = NULL;
    g_autoptr(GPtrArray) cameras = g_ptr_array_new_with_free_func((GDestroyNotify)sim_camera_free);

    if (!actions)
        return FALSE;
    if (o->config_out && g_mkdir_with_parents(o->config_out, 0755) < 0)
        g_printerr("cannot make %s\n", o->config_out);
    if (o->devices &&
        !sim_config_generate(o->config_out, (guint)o->devices, (guint)o->per_bus, (guint)o->period_ms, error))
        return FALSE;
    site = sim_site_new(choose_seed(o, actions), sim_run_log, &o->quiet);
    site->speed = o->speed;
    site->cars = !o->cars || g_str_equal(o->cars, "auto");
    if (!sim_config_load(directory, site, &buses, &left_out, error))
        return FALSE;
    for (guint i = 0; i < left_out->len; i++)
        g_printerr("%s\n", (char *)g_ptr_array_index(left_out, i));
    run = sim_run_new(site, actions, error);
    server = run ? sim_server_new(site, error) : NULL;
    if (!server)
        return FALSE;
    for (guint i = 0; i < buses->len; i++)
        if (!serve_bus(o, server, site, g_ptr_array_index(buses, i), i, error))
            return FALSE;
    if (!serve_cameras(o, site, buses->len, cameras, error))
        return FALSE;
    if (o->config_out && !sim_config_write(directory, o->config_out, site, buses, o->data_dir, error))
        return FALSE;
    live(o, run);
    return TRUE;
}

static void options_clear(Options *o)
{
    g_free(o->site);
    g_free(o->config_out);
    g_free(o->data_dir);
    g_free(o->scenario);
    g_free(o->cars);
    g_free(o->ports);
    g_free(o->bus);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

int main(int argc, char **argv)
{
    g_auto(Options) o = { .seed = -1, .speed = 1.0, .per_bus = 1, .period_ms = 1000 };
    g_autoptr(GError) error = NULL;
    const char *misuse;

    signal(SIGPIPE, SIG_IGN);
    if (!parse_options(&argc, &argv, &o, &error)) {
        g_printerr("station-sim: %s\n", error->message);
        return 2;
    }
    if (o.version) {
        printf("station-sim %s\n", STATIONMASTER_VERSION);
        return 0;
    }
    misuse = find_misuse(argc, &o);
    if (misuse) {
        g_printerr("station-sim: %s\n", misuse);
        return 2;
    }
    if (!simulate(&o, &error)) {
        g_printerr("station-sim: %s\n", error->message);
        return error->domain == SIM_ERROR && error->code == SIM_ERROR_SERVER ? 1 : 2;
    }
    return 0;
}

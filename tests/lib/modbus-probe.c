/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the Modbus driver on a bus described in a file, or on the first bus of a configuration's directory,
 * prints what it brings as JSON lines on stdout, and takes commands on stdin. A tool of the tests.
 *
 * The description, a line each, words separated by blanks:
 *   bus tcp HOST PORT [timeout=MS] [gap=MS]      bus rtu TTY [baud=N] [timeout=MS] [gap=MS]
 *   device NAME UNIT [period=MS] [max-read=N] [max-gap=N]
 *   point [CONNECTOR/]NAME SPACE:ADDRESS[.BIT] TYPE [scale=X] [offset=X] [little] [mask=N] [shift=N]
 *         [absent=N,…] [map=NUMBER:WORD,…] [by=NAME,…] [unit-id=N] [period=MS] [count=N]
 *   command [CONNECTOR/]VERB SPACE:ADDRESS[=X]… TYPE [function=N] [pulse=MS] [refresh=MS] [scale=X]
 * [period=MS] keepalive … and setup … alike, without a verb stdin: command ID DEVICE CONNECTOR VERB
 * ARGUMENT|- DEADLINE_MS|-   urge PATH on|off   release DEVICE CONNECTOR   stats   reopen   quit */
#include "drivers/driver.h"
#include "edge/config/config.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const spaces[] = { "holding", "input", "coil", "discrete" };
static const char *const types[] = {
    "bool", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64", "ascii"
};
static const guint widths[] = { 1, 1, 1, 2, 2, 4, 4, 2, 4, 8 };

typedef struct {
    Site *site;
    Model *model;
    const Driver *driver;
    DriverInstance *instance;
    GMainLoop *loop;
    GArray *devices;
    Profile *profile; /* of the device being described */
} Probe;

static int find_word(const char *const *table, guint n, const char *text)
{
    for (guint i = 0; i < n; i++) {
        if (g_str_equal(table[i], text))
            return (int)i;
    }
    g_printerr("modbus-probe: %s: unknown word\n", text);
    exit(2);
}

static const char *find_option(char **words, const char *name)
{
    for (guint i = 0; words[i]; i++) {
        if (g_str_has_prefix(words[i], name) && words[i][strlen(name)] == '=')
            return words[i] + strlen(name) + 1;
    }
    return NULL;
}

static const char *get_text(char **words, const char *name, const char *otherwise)
{
    const char *text = find_option(words, name);

    return text ? text : otherwise;
}

static double get_number(char **words, const char *name, double otherwise)
{
    const char *text = find_option(words, name);

    return text ? g_ascii_strtod(text, NULL) : otherwise;
}

static void read_bus(Probe *probe, char **words)
{
    SiteBus *bus = g_new0(SiteBus, 1);

    bus->name = g_strdup("bus");
    bus->place = g_strdup("");
    bus->serial = g_str_equal(words[1], "rtu");
    bus->host = g_strdup(bus->serial ? "" : words[2]);
    bus->tty = g_strdup(bus->serial ? words[2] : "");
    bus->port = bus->serial ? 0 : (guint16)g_ascii_strtoull(words[3], NULL, 10);
    bus->baud = (guint)get_number(words, "baud", 9600);
    bus->parity = 'N';
    bus->stop_bits = 1;
    bus->timeout_ms = (guint)get_number(words, "timeout", 500);
    bus->gap_ms = (guint)get_number(words, "gap", 0);
    g_ptr_array_add(probe->site->buses, bus);
}

static void read_device(Probe *probe, char **words)
{
    SiteDevice *device = g_new0(SiteDevice, 1);
    guint index = probe->site->devices->len;

    probe->profile = profile_new(words[1]);
    probe->profile->max_read = (guint)get_number(words, "max-read", 100);
    probe->profile->max_gap = (guint)get_number(words, "max-gap", 8);
    g_ptr_array_add(probe->site->profiles, probe->profile);
    device->name = g_strdup(words[1]);
    device->place = g_strdup("");
    device->profile = probe->profile;
    device->bus = g_strdup("bus");
    device->listener = g_strdup("");
    device->number = g_strdup("");
    device->zone = g_strdup("");
    device->feeder = g_strdup("");
    device->feeder_meter = g_strdup("");
    device->cameras = g_new0(char *, 1);
    device->unit_id = (guint)g_ascii_strtoull(words[2], NULL, 10);
    device->period_ms = (guint)get_number(words, "period", 1000);
    g_ptr_array_add(probe->site->devices, device);
    g_array_append_val(probe->devices, index);
}

static char *split_connector(const char *text, guint *ret_connector)
{
    *ret_connector = g_ascii_isdigit(text[0]) ? (guint)g_ascii_strtoull(text, NULL, 10) : 0;
    return g_strdup(*ret_connector ? strchr(text, '/') + 1 : text);
}

static void read_lists(ProfilePoint *point, char **words)
{
    g_auto(GStrv) map = g_strsplit(get_text(words, "map", ""), ",", -1);
    g_auto(GStrv) absent = g_strsplit(get_text(words, "absent", ""), ",", -1);
    const char *by = find_option(words, "by");

    for (guint i = 0; map[i]; i++) {
        g_auto(GStrv) pair = g_strsplit(map[i], ":", 2);
        ProfileMapEntry entry = { .word = g_strdup(pair[1]) };

        entry.is_text = point->type == PROFILE_TYPE_ASCII;
        entry.text = g_strdup(pair[0]);
        entry.number = g_ascii_strtoll(pair[0], NULL, 0);
        g_array_append_val(point->map, entry);
    }
    for (guint i = 0; absent[i]; i++) {
        gint64 value = (gint64)g_ascii_strtoull(absent[i], NULL, 0);

        g_array_append_val(point->absent, value);
    }
    if (by) {
        g_strfreev(point->scale_by);
        point->scale_by = g_strsplit(by, ",", -1);
    }
}

static void read_point(Probe *probe, char **words)
{
    ProfilePoint *point = profile_point_new();
    g_auto(GStrv) place = g_strsplit_set(words[2], ":.", 3);

    g_free(point->name);
    point->name = split_connector(words[1], &point->connector);
    point->space = (ProfileSpace)find_word(spaces, G_N_ELEMENTS(spaces), place[0]);
    point->address = (guint16)g_ascii_strtoull(place[1], NULL, 0);
    point->bit = place[2] ? (int)g_ascii_strtoll(place[2], NULL, 10) : -1;
    point->type = (ProfileType)find_word(types, G_N_ELEMENTS(types), words[3]);
    point->count = (guint)get_number(words, "count", widths[point->type]);
    point->scale = get_number(words, "scale", 1);
    point->offset = get_number(words, "offset", 0);
    point->word_little = g_strv_contains((const char *const *)words, "little");
    point->has_mask = find_option(words, "mask") != NULL;
    point->mask = (guint64)g_ascii_strtoull(get_text(words, "mask", "0"), NULL, 0);
    point->shift = (guint)get_number(words, "shift", 0);
    point->unit_id = (guint)get_number(words, "unit-id", PROFILE_DEFAULT);
    point->period_ms = (guint)get_number(words, "period", PROFILE_DEFAULT);
    read_lists(point, words);
    g_ptr_array_add(probe->profile->points, point);
}

static void read_command(GPtrArray *commands, char **words, guint first)
{
    ProfileCommand *command = profile_command_new();

    if (first == 2) {
        g_free(command->name);
        command->name = split_connector(words[1], &command->connector);
    }
    for (; words[first] && strchr(words[first], ':'); first++) {
        g_auto(GStrv) place = g_strsplit_set(words[first], ":=", 3);
        ProfileWrite write = { .space = (ProfileSpace)find_word(spaces, G_N_ELEMENTS(spaces), place[0]),
                               .address = (guint16)g_ascii_strtoull(place[1], NULL, 0),
                               .has_constant = place[2] != NULL,
                               .constant = place[2] ? g_ascii_strtod(place[2], NULL) : 0 };

        g_array_append_val(command->writes, write);
    }
    command->type = (ProfileType)find_word(types, G_N_ELEMENTS(types), words[first]);
    command->function = (guint)get_number(words, "function", 0);
    command->pulse_ms = (guint)get_number(words, "pulse", 0);
    command->refresh_ms = (guint)get_number(words, "refresh", 0);
    command->period_ms = (guint)get_number(words, "period", 1000);
    command->scale = get_number(words, "scale", 1);
    g_ptr_array_add(commands, command);
}

static void read_line(Probe *probe, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);

    if (!words[0])
        return;
    if (g_str_equal(words[0], "bus"))
        read_bus(probe, words);
    else if (g_str_equal(words[0], "device"))
        read_device(probe, words);
    else if (g_str_equal(words[0], "point"))
        read_point(probe, words);
    else if (g_str_equal(words[0], "command"))
        read_command(probe->profile->commands, words, 2);
    else if (g_str_equal(words[0], "keepalive"))
        read_command(probe->profile->keepalive, words, 1);
    else if (g_str_equal(words[0], "setup"))
        read_command(probe->profile->setup, words, 1);
}

/* Describes the bus from a file of such lines. */
static gboolean read_file(Probe *probe, const char *file)
{
    g_autofree char *text = NULL;

    if (!g_file_get_contents(file, &text, NULL, NULL))
        return FALSE;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    probe->site = site_new();
    for (guint i = 0; lines[i]; i++)
        read_line(probe, g_strstrip(lines[i]));
    return TRUE;
}

/* Takes the whole configuration of DIRECTORY, which has one bus; its faults are told. */
static gboolean read_configuration(Probe *probe, const char *directory)
{
    g_autoptr(GPtrArray) faults = NULL;

    probe->site = config_load(directory, g_getenv("STATIONMASTER_ASSETS"), &faults);
    for (guint i = 0; i < faults->len; i++) {
        g_autofree char *line = config_fault_format(faults->pdata[i]);

        g_printerr("%s\n", line);
    }
    for (guint i = 0; probe->site && i < probe->site->devices->len; i++)
        g_array_append_val(probe->devices, i);
    return probe->site != NULL;
}

/* ---- what comes ---- */

static JsonBuilder *begin(const char *kind)
{
    JsonBuilder *builder = json_builder_new();

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "kind");
    json_builder_add_string_value(builder, kind);
    return builder;
}

static void add_text(JsonBuilder *builder, const char *name, const char *text)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, text);
}

static void add_number(JsonBuilder *builder, const char *name, double number)
{
    json_builder_set_member_name(builder, name);
    if (isnan(number))
        json_builder_add_null_value(builder);
    else
        json_builder_add_double_value(builder, number);
}

static void end(JsonBuilder *builder)
{
    json_builder_end_object(builder);
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    g_autofree char *text = json_to_string(root, FALSE);

    printf("%s\n", text);
    fflush(stdout);
    g_object_unref(builder);
}

static void on_readings(const DriverReadings *readings, gpointer user_data)
{
    Probe *probe = user_data;

    for (guint i = 0; i < readings->n_readings; i++) {
        const DriverReading *reading = &readings->readings[i];
        JsonBuilder *builder = begin("reading");

        add_text(builder, "path", probe->model->points[reading->point].path);
        add_text(builder, "quality", point_quality_name(reading->quality));
        add_number(builder, "number", reading->value.number);
        add_text(builder, "text", reading->value.text);
        add_number(builder, "asked_at_us", (double)readings->asked_at_us);
        add_number(builder, "read_at_us", (double)readings->read_at.boot_us);
        end(builder);
        model_read(probe->model, reading->point, reading->quality, &reading->value, readings->asked_at_us,
                   readings->read_at);
    }
}

static void on_link(const DriverLink *link, gpointer user_data)
{
    static const char *const states[] = { "online", "suspect", "offline" };
    Probe *probe = user_data;
    JsonBuilder *builder = begin("link");

    add_text(builder, "device", probe->model->devices[link->device].path);
    add_text(builder, "state", states[link->state]);
    add_text(builder, "reason", link->reason);
    add_number(builder, "asked_at_us", (double)link->asked_at_us);
    add_number(builder, "at_us", (double)link->at.boot_us);
    end(builder);
}

static void on_command_done(const DriverCommandResult *result, gpointer user_data G_GNUC_UNUSED)
{
    static const char *const results[] = { "confirmed", "refused", "failed", "expired", "unknown" };
    JsonBuilder *builder = begin("result");

    add_number(builder, "id", (double)result->id);
    add_text(builder, "result", results[result->result]);
    add_number(builder, "sent_at_us", (double)result->sent_at_us);
    add_number(builder, "confirmed_at_us", (double)result->confirmed_at_us);
    add_text(builder, "reason", result->reason);
    end(builder);
}

static void print_stats(Probe *probe)
{
    DriverBusStats bus;

    for (guint i = 0; i < probe->devices->len; i++) {
        DriverDeviceStats stats;
        JsonBuilder *builder = begin("stats");

        probe->driver->get_device_stats(probe->instance, i, &stats);
        add_text(builder, "device", probe->model->devices[i].path);
        add_number(builder, "p50", stats.rtt_p50_ms);
        add_number(builder, "p95", stats.rtt_p95_ms);
        add_number(builder, "requests", (double)stats.requests);
        add_number(builder, "errors", (double)stats.errors);
        add_number(builder, "online", stats.online);
        end(builder);
    }
    JsonBuilder *builder = begin("bus");

    probe->driver->get_bus_stats(probe->instance, &bus);
    add_number(builder, "load", bus.load_percent);
    add_number(builder, "errors", (double)bus.errors);
    add_number(builder, "age_us", (double)(clock_boot_us() - bus.alive_at_us));
    add_number(builder, "bound_us", (double)bus.bound_us);
    end(builder);
}

static void give_command(Probe *probe, char **words)
{
    DriverCommand command = { .id = g_ascii_strtoull(words[1], NULL, 10),
                              .device = model_find_device(probe->model, words[2]),
                              .connector = (guint)g_ascii_strtoull(words[3], NULL, 10),
                              .has_argument = !g_str_equal(words[5], "-"),
                              .argument = g_ascii_strtod(words[5], NULL),
                              .deadline_us = CLOCK_NEVER };

    g_strlcpy(command.verb, words[4], sizeof command.verb);
    if (!g_str_equal(words[6], "-"))
        command.deadline_us = clock_boot_us() + g_ascii_strtoll(words[6], NULL, 10) * 1000;
    probe->driver->command(probe->instance, &command);
}

static gboolean open_driver(Probe *probe)
{
    g_autoptr(GError) error = NULL;
    DriverSink sink = {
        .readings = on_readings, .link = on_link, .command_done = on_command_done, .user_data = probe
    };
    DriverSetup setup = { .model = probe->model,
                          .bus = probe->site->buses->pdata[0],
                          .devices = (const guint *)(gpointer)probe->devices->data,
                          .n_devices = probe->devices->len };

    probe->instance = probe->driver->open(&setup, &sink, &error);
    if (probe->instance)
        probe->driver->start(probe->instance);
    else
        g_printerr("modbus-probe: %s\n", error->message);
    return probe->instance != NULL;
}

static void close_driver(Probe *probe)
{
    gint64 begun_us = clock_boot_us();

    probe->driver->close(probe->instance);
    JsonBuilder *builder = begin("closed");

    add_number(builder, "took_us", (double)(clock_boot_us() - begun_us));
    end(builder);
}

static gboolean on_stdin(GIOChannel *channel, GIOCondition condition G_GNUC_UNUSED, gpointer user_data)
{
    Probe *probe = user_data;
    g_autofree char *text = NULL;

    if (g_io_channel_read_line(channel, &text, NULL, NULL, NULL) != G_IO_STATUS_NORMAL) {
        g_main_loop_quit(probe->loop);
        return G_SOURCE_REMOVE;
    }
    g_auto(GStrv) words = g_strsplit(g_strstrip(text), " ", -1);

    if (g_strcmp0(words[0], "command") == 0 && g_strv_length(words) == 7)
        give_command(probe, words);
    else if (g_strcmp0(words[0], "urge") == 0 && g_strv_length(words) == 3)
        probe->driver->urge(probe->instance, model_find_point(probe->model, words[1]),
                            g_str_equal(words[2], "on"));
    else if (g_strcmp0(words[0], "release") == 0 && g_strv_length(words) == 3)
        probe->driver->release(probe->instance, model_find_device(probe->model, words[1]),
                               (guint)g_ascii_strtoull(words[2], NULL, 10));
    else if (g_strcmp0(words[0], "stats") == 0)
        print_stats(probe);
    else if (g_strcmp0(words[0], "reopen") == 0) {
        close_driver(probe);
        if (!open_driver(probe))
            exit(1);
    } else if (g_strcmp0(words[0], "quit") == 0)
        g_main_loop_quit(probe->loop);
    return G_SOURCE_CONTINUE;
}

static int run(Probe *probe)
{
    probe->driver = driver_find("modbus");
    probe->loop = g_main_loop_new(NULL, FALSE);
    GIOChannel *input = g_io_channel_unix_new(0);

    g_io_channel_set_flags(input, G_IO_FLAG_NONBLOCK, NULL);
    g_io_add_watch(input, G_IO_IN | G_IO_HUP, on_stdin, probe);
    gboolean opened = open_driver(probe);

    if (opened) {
        g_main_loop_run(probe->loop);
        close_driver(probe);
    }
    g_io_channel_unref(input);
    g_main_loop_unref(probe->loop);
    return opened ? 0 : 1;
}

int main(int argc, char **argv)
{
    Probe probe = { .devices = g_array_new(FALSE, FALSE, sizeof(guint)) };
    gboolean is_directory = argc == 2 && g_file_test(argv[1], G_FILE_TEST_IS_DIR);

    if (argc != 2 || !(is_directory ? read_configuration : read_file)(&probe, argv[1])) {
        g_printerr("usage: modbus-probe FILE | DIR\n");
        return 2;
    }
    probe.model = model_new(probe.site);
    int status = run(&probe);

    model_free(probe.model);
    site_unref(probe.site);
    g_array_unref(probe.devices);
    return status;
}

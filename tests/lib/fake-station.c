/* SPDX-License-Identifier: Apache-2.0 */
/* The real D-Bus service before a canned station, for tests of the bus and of stationctl: fake-station [N
 * [M]]. N chargers (default 3) and M alarms more; dc-01/1 is held by the open alarm "alarm-1", "alarm-2" is
 * acknowledged and latched. The one person is wang with PIN 2468. Prints "ready" each time that it owns its
 * name, "lost" when the bus is gone, and what it was asked to do; at the end the longest turn of its main
 * loop, which a source above D-Bus' priority measures. */
#include "edge/bus/service.h"

#include "edge/bus/view.h"
#include "tests/lib/fake-guard.h"

#include <glib-unix.h>
#include <stdio.h>
#include <stdlib.h>

#define TICK_MS 2

typedef struct {
    GMainLoop *loop;
    Model *model;
    Guard *guard;
    Service *service;
    gint64 last_tick_us, longest_us;
} Station;

static void say(const char *format, ...) G_GNUC_PRINTF(1, 2);

static void say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    fflush(stdout);
}

static const Model *get_model(gpointer user_data)
{
    return ((Station *)user_data)->model;
}

static const Guard *get_guard(gpointer user_data)
{
    return ((Station *)user_data)->guard;
}

static const char *get_disabler(guint connector, gpointer user_data)
{
    return g_str_equal(get_model(user_data)->connectors[connector].path, "dc-02/1") ? "hq:hq" : NULL;
}

static char *get_status(gpointer user_data G_GNUC_UNUSED)
{
    return g_strdup(
        "{\"station\":\"CS-0571-001\",\"timezone\":\"Asia/"
        "Shanghai\",\"version\":\"0.1.0\",\"uptime_s\":7300,\"clock\":\"synced\","
        "\"epoch\":1795328504,\"last_seq\":12,\"acked_seq\":10,\"hq\":{\"online\":false,\"since\":null,"
        "\"reason\":\"connection refused\",\"acked_seq\":10,\"backlog\":2,\"backlog_age_s\":3},"
        "\"alarms\":{\"critical\":0,\"high\":2,\"medium\":0,\"low\":0},"
        "\"processes\":[{\"name\":\"stationd\",\"running\":true}]}");
}

static char *list_devices(gpointer user_data G_GNUC_UNUSED)
{
    return g_strdup(
        "[{\"name\":\"dc-01\",\"kind\":\"charger\",\"profile\":\"fake-dc\",\"bus\":\"yard\","
        "\"online\":true,\"rtt_ms\":{\"p50\":1.25,\"p95\":3},\"errors\":0,"
        "\"last_read\":\"2026-11-22T14:21:44.318+08:00\"},"
        "{\"name\":\"烟感-01\",\"kind\":\"sensor\",\"profile\":\"fake-smoke\",\"bus\":\"yard\","
        "\"online\":false,\"rtt_ms\":{\"p50\":null,\"p95\":null},\"errors\":17,\"last_read\":null,"
        "\"reason\":\"a\xc2\x9b\u202e\"}]");
}

static char *list_buses(gpointer user_data G_GNUC_UNUSED)
{
    return g_strdup("[{\"name\":\"yard\",\"online\":true,\"load_percent\":12.5,\"errors\":1}]");
}

static char *list_cameras(gpointer user_data G_GNUC_UNUSED)
{
    return g_strdup("[]");
}

static char *get_tariff(gpointer user_data G_GNUC_UNUSED)
{
    return g_strdup(
        "{\"name\":\"standard\",\"version\":7,\"rates\":{\"sharp\":{\"energy_price\":\"1.25000\"}}}");
}

static char *list_announcements(gpointer user_data G_GNUC_UNUSED)
{
    return g_strdup("[{\"text\":\"今晚停电检修 Maintenance "
                    "tonight\",\"zone\":\"\",\"since\":\"2026-11-22T14:21:44.318+08:00\","
                    "\"until\":\"2026-11-22T14:26:44.318+08:00\"}]");
}

static void list_old_alarms(ServiceCall *call, gpointer user_data)
{
    Station *station = user_data;
    JsonArray *array = json_array_new();
    g_autoptr(Alarm) over = fake_guard_new_alarm("alarm-0");

    over->over = TRUE;
    over->active = FALSE;
    json_array_add_element(array, view_alarm(guard_find_alarm(station->guard, "alarm-1"), NULL));
    json_array_add_element(array, view_alarm(over, NULL));
    JsonNode *node = json_node_init_array(json_node_alloc(), array);
    g_autofree char *text = view_take_text(node);

    json_array_unref(array);
    service_call_text(call, text);
}

static void list_events(gint64 epoch, gint64 after, guint limit, ServiceCall *call,
                        gpointer user_data G_GNUC_UNUSED)
{
    GString *text = g_string_new("[");

    for (gint64 seq = after + 1; seq <= MIN(after + limit, 12); seq++)
        g_string_append_printf(
            text,
            "%s{\"specversion\":\"1.0\",\"id\":\"%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT
            "\",\"type\":\"alarm.raised\",\"subject\":\"dc-01/1\",\"seq\":%" G_GINT64_FORMAT
            ",\"time\":\"2026-11-22T14:21:44.318+08:00\"}",
            seq > after + 1 ? "," : "", epoch, seq, seq);
    g_string_append_c(text, ']');
    service_call_text(call, text->str);
    g_string_free(text, TRUE);
}

/* Answers CALL where WHO is not the one who may. */
static gboolean check_who(const ServiceWho *who, gboolean owner_may, ServiceCall *call)
{
    if (owner_may && who->staff[0] == '\0' && who->uid == (guint)getuid())
        return TRUE;
    if (g_str_equal(who->staff, "wang") && g_str_equal(who->pin, "2468"))
        return TRUE;
    service_call_refuse(call, SERVICE_REFUSED, "name or PIN is wrong");
    return FALSE;
}

static void acknowledge(const char *id, const char *note, const ServiceWho *who, ServiceCall *call,
                        gpointer user_data)
{
    Station *station = user_data;
    Alarm *alarm = (Alarm *)guard_find_alarm(station->guard, id);
    g_autoptr(GError) error = NULL;

    if (!check_who(who, FALSE, call))
        return;
    if (!alarm_acknowledge(alarm, "staff:wang", note, clock_now(), &error)) {
        service_call_refuse(call, SERVICE_REFUSED, "%s", error->message);
        return;
    }
    say("acknowledge %s by %s: %s", id, who->staff, note);
    service_alarm_changed(station->service, alarm);
    service_call_done(call);
}

static void reset(const char *id, const ServiceWho *who, ServiceCall *call, gpointer user_data)
{
    Station *station = user_data;
    g_autoptr(GError) error = NULL;

    if (!check_who(who, FALSE, call))
        return;
    if (!alarm_reset((Alarm *)guard_find_alarm(station->guard, id), "staff:wang", clock_now(), &error)) {
        service_call_refuse(call, SERVICE_REFUSED, "%s", error->message);
        return;
    }
    say("reset %s", id);
    service_call_done(call);
}

static void silence(const ServiceWho *who, ServiceCall *call, gpointer user_data G_GNUC_UNUSED)
{
    if (check_who(who, FALSE, call))
        service_call_count(call, 2);
}

static gboolean prove(gpointer call)
{
    service_call_text(call, "status finishing, current 0.0 A");
    return G_SOURCE_REMOVE;
}

static void stop_connector(guint connector, const ServiceWho *who, ServiceCall *call, gpointer user_data)
{
    Station *station = user_data;

    if (!check_who(who, FALSE, call))
        return;
    if (connector == 1) {
        service_call_refuse(call, SERVICE_REFUSED, "%s: no proof within 5000 ms",
                            station->model->connectors[connector].path);
        return;
    }
    say("stop %s", station->model->connectors[connector].path);
    g_timeout_add(20, prove, call);
}

static void list_staff(ServiceCall *call, gpointer user_data G_GNUC_UNUSED)
{
    service_call_text(call,
                      "[{\"name\":\"wang\",\"role\":\"operator\",\"disabled\":false,\"locked_until\":null}]");
}

static void add_staff(const char *name, const char *role, const char *new_pin, const ServiceWho *who,
                      ServiceCall *call, gpointer user_data G_GNUC_UNUSED)
{
    if (!check_who(who, TRUE, call))
        return;
    say("add %s as %s with %s", name, role, new_pin);
    service_call_done(call);
}

static void disable_staff(const char *name, const ServiceWho *who, ServiceCall *call,
                          gpointer user_data G_GNUC_UNUSED)
{
    if (!check_who(who, TRUE, call))
        return;
    if (!g_str_equal(name, "wang")) {
        service_call_refuse(call, SERVICE_NOT_FOUND, "there is nobody named %s", name);
        return;
    }
    say("disable %s", name);
    service_call_done(call);
}

static void backup(const char *file, const ServiceWho *who, ServiceCall *call,
                   gpointer user_data G_GNUC_UNUSED)
{
    if (!check_who(who, TRUE, call))
        return;
    say("backup %s", file);
    if (!g_str_has_suffix(file, "/unseen.db")) /* as if in a folder that only the station sees */
        g_file_set_contents(file, "", 0, NULL);
    service_call_done(call);
}

static void restore(const char *file, const ServiceWho *who, ServiceCall *call,
                    gpointer user_data G_GNUC_UNUSED)
{
    if (!check_who(who, TRUE, call))
        return;
    say("restore %s", file);
    service_call_done(call);
}

static void reload(const ServiceWho *who, ServiceCall *call, gpointer user_data G_GNUC_UNUSED)
{
    static const char *const faults[] = { "station.conf: [station] id: missing", NULL };
    static const char *const none[] = { NULL };

    if (check_who(who, TRUE, call))
        service_call_texts(call,
                           who->staff[0] ? faults : none); /* wang has made a mistake, root never does */
}

static void probe(guint device, ServiceCall *call, gpointer user_data)
{
    Station *station = user_data;
    const char *path = station->model->devices[device].path;
    g_autofree char *text = g_strdup_printf(
        "{\"device\":\"%s\",\"online\":true,\"rtt_p50_ms\":2.5,\"points\":["
        "{\"path\":\"%s/1/status\",\"value\":\"charging\",\"unit\":\"\",\"quality\":\"good\",\"fresh\":true},"
        "{\"path\":\"%s/1/power\",\"value\":58.25,\"unit\":\"kW\",\"quality\":\"good\",\"fresh\":true},"
        "{\"path\":\"%s/1/soc\",\"value\":null,\"unit\":\"%%\",\"quality\":\"unknown\",\"fresh\":false}]}",
        path, path, path, path);

    service_call_text(call, text);
}

static void get_outbox(ServiceCall *call, gpointer user_data G_GNUC_UNUSED)
{
    const ServiceEpoch epochs[] = { { 1795328000, 3, 7 }, { 1795328504, 10, 12 } };

    service_call_epochs(call, epochs, G_N_ELEMENTS(epochs));
}

static void read_outbox(gint64 epoch, gint64 after, guint limit, ServiceCall *call,
                        gpointer user_data G_GNUC_UNUSED)
{
    g_autoptr(JsonArray) rows = json_array_new();

    for (gint64 seq = after + 1; seq <= MIN(after + limit, 12); seq++) {
        JsonObject *row = json_object_new();
        g_autofree char *event =
            g_strdup_printf("{\"id\":\"%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT "\"}", epoch, seq);

        json_object_set_int_member(row, "seq", seq);
        json_object_set_string_member(row, "event", event);
        json_array_add_object_element(rows, row);
    }
    service_call_events(call, rows);
}

static void take_ack(gint64 epoch, gint64 through, gint64 sent, ServiceCall *call,
                     gpointer user_data G_GNUC_UNUSED)
{
    say("ack %" G_GINT64_FORMAT " %" G_GINT64_FORMAT, epoch, through);
    if (through > MIN(sent, 12))
        service_call_refuse(call, SERVICE_REFUSED, "more than was sent");
    else
        service_call_done(call);
}

static void set_line(gboolean online, const char *reason, gpointer user_data G_GNUC_UNUSED)
{
    say("line %s %s", online ? "online" : "offline", reason);
}

static void lose_line(gpointer user_data G_GNUC_UNUSED)
{
    say("line lost");
}

/* Then it says all that a command can make a station say, what everybody may hear last. */
static gboolean take_command(const char *topic, const char *payload G_GNUC_UNUSED, gsize length,
                             const char *signature, gboolean retained, gpointer user_data)
{
    Station *station = user_data;

    say("command %s %u %s %s", topic, (guint)length, signature, retained ? "retained" : "live");
    service_sync_reply(station->service, "{\"id\":\"c-1\",\"status\":\"done\",\"reason\":\"\",\"data\":{}}");
    service_sync_resend(station->service, 1795328504, 1, 2);
    service_sync_appended(station->service, 1795328504, 12);
    service_announcements_changed(station->service, "[]");
    return TRUE;
}

static const ServiceSyncBackend sync_backend = { .get_outbox = get_outbox,
                                                 .read_outbox = read_outbox,
                                                 .take_ack = take_ack,
                                                 .set_line = set_line,
                                                 .lose_line = lose_line,
                                                 .take_command = take_command };

static void on_ready(gpointer user_data G_GNUC_UNUSED)
{
    say("ready");
}

static void on_lost(const char *why, gpointer user_data G_GNUC_UNUSED)
{
    say("lost: %s", why);
}

static gboolean on_tick(gpointer user_data)
{
    Station *station = user_data;
    gint64 now_us = clock_boot_us();

    station->longest_us = MAX(station->longest_us, now_us - station->last_tick_us);
    station->last_tick_us = now_us;
    return G_SOURCE_CONTINUE;
}

/* Connectors change all the time, as they do in a station. */
static gboolean on_reading(gpointer user_data)
{
    Station *station = user_data;
    Moment now = clock_now();

    for (guint i = 0; i < station->model->n_connectors; i++) {
        const ModelConnector *connector = &station->model->connectors[i];

        model_set(station->model, connector->status, 2, "charging", now);
        model_set(station->model, connector->power, (double)(now.boot_us / 100000 % 1000) / 10.0, "", now);
        model_set(station->model, connector->current[0], 123.4, "", now);
        if (station->service)
            service_connector_changed(station->service, i);
    }
    return G_SOURCE_CONTINUE;
}

/* Begins to measure anew. */
static gboolean on_measure(gpointer user_data)
{
    Station *station = user_data;

    say("longest turn %" G_GINT64_FORMAT " us", station->longest_us - TICK_MS * 1000);
    station->longest_us = 0;
    return G_SOURCE_CONTINUE;
}

static gboolean on_end(gpointer loop)
{
    g_main_loop_quit(loop);
    return G_SOURCE_CONTINUE;
}

static void add_more_alarms(Guard *guard, guint n)
{
    for (guint i = 0; i < n; i++) {
        g_autofree char *id = g_strdup_printf("more-%u", i);
        Alarm *alarm = fake_guard_new_alarm(id);

        alarm->raised_at.wall_us +=
            (gint64)(i * 7919 % n / 2) * G_USEC_PER_SEC; /* in disorder, and in pairs */
        fake_guard_add(guard, alarm);
    }
}

static void add_alarms(Guard *guard)
{
    AlarmStep step = { .connector = "dc-01/1",
                       .rung = SITE_RUNG_SOFT,
                       .result = ALARM_STEP_PROVEN,
                       .commanded_at = clock_now(),
                       .proven_at = clock_now(),
                       .proof = "status finishing, current 0.0 A" };
    Alarm *first = fake_guard_new_alarm("alarm-1");
    Alarm *second = fake_guard_new_alarm("alarm-2");

    g_array_append_val(first->ladder, step);
    first->latency_command_us = 4250;
    first->latency_proof_us = 904000;
    alarm_acknowledge(second, "staff:wang", "", clock_now(), NULL);
    alarm_return_normal(second, clock_now());
    fake_guard_add(guard, first);
    fake_guard_add(guard, second);
}

int main(int argc, char **argv)
{
    Station station = { .loop = g_main_loop_new(NULL, FALSE), .last_tick_us = clock_boot_us() };
    Site *site = fake_guard_new_site(argc > 1 ? (guint)strtoul(argv[1], NULL, 10) : 3);
    const ServiceBackend backend = { .get_model = get_model,
                                     .get_guard = get_guard,
                                     .get_disabler = get_disabler,
                                     .get_status = get_status,
                                     .list_devices = list_devices,
                                     .list_buses = list_buses,
                                     .list_cameras = list_cameras,
                                     .get_tariff = get_tariff,
                                     .list_announcements = list_announcements,
                                     .list_old_alarms = list_old_alarms,
                                     .list_events = list_events,
                                     .acknowledge = acknowledge,
                                     .reset = reset,
                                     .silence = silence,
                                     .stop_connector = stop_connector,
                                     .list_staff = list_staff,
                                     .add_staff = add_staff,
                                     .disable_staff = disable_staff,
                                     .backup = backup,
                                     .restore = restore,
                                     .reload = reload,
                                     .probe = probe,
                                     .sync = sync_backend,
                                     .ready = on_ready,
                                     .lost = on_lost,
                                     .user_data = &station };

    station.model = model_new(site);
    station.guard = fake_guard_new(station.model);
    add_alarms(station.guard);
    add_more_alarms(station.guard, argc > 2 ? (guint)strtoul(argv[2], NULL, 10) : 0);
    on_reading(&station);
    station.service = service_new(SERVICE_BUS_SESSION, &backend);
    guint tick = g_timeout_add_full(G_PRIORITY_HIGH, TICK_MS, on_tick, &station, NULL);
    guint reading = g_timeout_add(100, on_reading, &station);
    guint measure = g_unix_signal_add(SIGUSR1, on_measure, &station);
    guint term = g_unix_signal_add(SIGTERM, on_end, station.loop);

    g_main_loop_run(station.loop);
    g_source_remove(tick);
    g_source_remove(reading);
    g_source_remove(term);
    g_source_remove(measure);
    say("longest turn %" G_GINT64_FORMAT " us", station.longest_us - TICK_MS * 1000);
    service_free(station.service);
    fake_guard_free(station.guard);
    model_free(station.model);
    site_unref(site);
    g_main_loop_unref(station.loop);
    return 0;
}

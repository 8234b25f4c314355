/* SPDX-License-Identifier: Apache-2.0 */
/* What D-Bus shows and asks, answered from the rooms. */
#include "build-config.h"
#include "edge/bus/view.h"
#include "edge/station/hq/station-headquarters.h"
#include "edge/station/station-private.h"
#include "edge/station/station-stop.h"

#include <math.h>

#define OLD_ALARMS 1000
#define GUARD_ONLY_REASON "guard only after repeated crashes: no history for now"

/* To the microsecond: more is noise of the arithmetic. */
static void add_ms(JsonBuilder *builder, const char *member, double ms)
{
    view_add_number(builder, member, rint(ms * 1000) / 1000);
}

static char *take_text(JsonBuilder *builder)
{
    return view_take_text(json_builder_get_root(builder));
}

static const Model *get_model(gpointer user_data)
{
    return ((Station *)user_data)->model;
}

static const char *get_disabler(guint connector, gpointer user_data)
{
    return station_hq_get_disabler(user_data, connector);
}

static const Guard *get_guard(gpointer user_data)
{
    return ((Station *)user_data)->guard;
}

static void add_alarm_counts(const Station *self, JsonBuilder *builder)
{
    const GPtrArray *alarms = guard_get_alarms(self->guard);
    guint count[SITE_SEVERITY_LOW + 1] = { 0 };

    for (guint i = 0; i < alarms->len; i++)
        count[((Alarm *)alarms->pdata[i])->severity]++;
    json_builder_set_member_name(builder, "alarms");
    json_builder_begin_object(builder);
    for (guint i = 0; i < G_N_ELEMENTS(count); i++)
        view_add_integer(builder, site_severity_name((SiteSeverity)i), count[i]);
    json_builder_end_object(builder);
}

char *station_service_status(gpointer user_data)
{
    Station *self = user_data;
    g_autoptr(JsonBuilder) builder = json_builder_new();
    gint64 epoch = 0;
    gint64 seq = 0;

    store_get_position(self->store, &epoch, &seq);
    json_builder_begin_object(builder);
    view_add_text(builder, "station", self->site->station.id);
    view_add_text(builder, "name", self->site->station.name);
    view_add_text(builder, "name_zh_CN", self->site->station.name_zh);
    view_add_text(builder, "timezone", g_time_zone_get_identifier(self->site->station.timezone));
    view_add_text(builder, "version", STATIONMASTER_VERSION);
    view_add_integer(builder, "uptime_s", (clock_boot_us() - self->started_at.boot_us) / G_USEC_PER_SEC);
    view_add_text(builder, "clock", clock_quality_name());
    view_add_integer(builder, "epoch", epoch);
    view_add_integer(builder, "last_seq", seq);
    view_add_integer(builder, "acked_seq", station_hq_get_acked(self));
    json_builder_set_member_name(builder, "hq");
    station_hq_add_status(self, builder);
    view_add_boolean(builder, "books", self->books);
    view_add_boolean(builder, "guard_only", self->guard_only);
    view_add_boolean(builder, "last_good", self->on_last_good);
    add_alarm_counts(self, builder);
    json_builder_set_member_name(builder, "processes");
    json_builder_begin_array(builder);
    json_builder_begin_object(builder);
    view_add_text(builder, "name", "stationd");
    view_add_boolean(builder, "running", TRUE);
    json_builder_end_object(builder);
    station_hq_add_process(self, builder);
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    return take_text(builder);
}

JsonNode *station_service_view_device(Station *self, guint index)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    const ModelDevice *device = &self->model->devices[index];
    StationLine *line = self->line_of[index];
    DriverDeviceStats stats = { .rtt_p50_ms = NAN, .rtt_p95_ms = NAN };

    if (line && line->instance)
        line->driver->get_device_stats(line->instance, index, &stats);
    json_builder_begin_object(builder);
    view_add_text(builder, "name", device->path);
    view_add_text(builder, "kind",
                  device->site->profile ? profile_kind_name(device->site->profile->kind) : "charger");
    view_add_text(builder, "profile", device->site->profile ? device->site->profile->name : "");
    view_add_text(builder, "bus", device->site->bus[0] ? device->site->bus : device->site->listener);
    view_add_text(builder, "zone", device->zone);
    view_add_boolean(builder, "online", stats.online);
    json_builder_set_member_name(builder, "rtt_ms");
    json_builder_begin_object(builder);
    add_ms(builder, "p50", stats.rtt_p50_ms);
    add_ms(builder, "p95", stats.rtt_p95_ms);
    json_builder_end_object(builder);
    view_add_integer(builder, "errors", (gint64)stats.errors);
    view_add_time(builder, "last_read", stats.last_read_wall_us, self->site->station.timezone);
    json_builder_end_object(builder);
    return json_builder_get_root(builder);
}

static char *list_devices(gpointer user_data)
{
    Station *self = user_data;
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_array(builder);
    for (guint i = 0; i < self->site->devices->len; i++)
        json_builder_add_value(builder, station_service_view_device(self, i));
    json_builder_end_array(builder);
    return take_text(builder);
}

static void add_bus(const Station *self, JsonBuilder *builder, const StationLine *line, const SiteBus *bus)
{
    const Point *online = &self->model->points[self->model->devices[line->bus_device].online];
    g_autofree char *address = bus->serial ? g_strdup_printf("rtu://%s", bus->tty)
                                           : g_strdup_printf("tcp://%s:%u", bus->host, bus->port);
    DriverBusStats stats = { 0 };

    if (line->instance)
        line->driver->get_bus_stats(line->instance, &stats);
    json_builder_begin_object(builder);
    view_add_text(builder, "name", bus->name);
    view_add_text(builder, "address", address);
    view_add_boolean(builder, "online", online->quality == POINT_QUALITY_GOOD && online->value.number != 0);
    view_add_integer(builder, "devices", line->n_devices);
    view_add_number(builder, "load_percent", stats.load_percent);
    view_add_integer(builder, "errors", (gint64)stats.errors);
    json_builder_end_object(builder);
}

static char *list_buses(gpointer user_data)
{
    Station *self = user_data;
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_array(builder);
    for (guint i = 0; i < self->lines->len; i++)
        add_bus(self, builder, self->lines->pdata[i], self->site->buses->pdata[i]);
    json_builder_end_array(builder);
    return take_text(builder);
}

static char *list_cameras(gpointer user_data)
{
    Station *self = user_data;
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_array(builder);
    for (guint i = 0; i < self->site->cameras->len; i++) {
        const SiteCamera *camera = self->site->cameras->pdata[i];

        json_builder_begin_object(builder);
        view_add_text(builder, "name", camera->name);
        view_add_text(builder, "zone", camera->zone);
        view_add_text(builder, "control", camera->control);
        view_add_text(builder, "state", "not served yet");
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    return take_text(builder);
}

static char *get_tariff(gpointer user_data)
{
    Station *self = user_data;
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "tariffs");
    json_builder_begin_array(builder);
    for (guint i = 0; i < self->site->tariffs->len; i++) {
        const SiteTariff *tariff = self->site->tariffs->pdata[i];
        char day[32];

        g_date_strftime(day, sizeof day, "%Y-%m-%d", &tariff->valid_from);
        json_builder_begin_object(builder);
        view_add_text(builder, "name", tariff->name);
        view_add_integer(builder, "version", tariff->version);
        view_add_text(builder, "valid_from", day);
        view_add_text(builder, "currency", tariff->currency);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    return take_text(builder);
}

/* Which call waits for the rows of a query. */
typedef struct {
    Station *station;
    ServiceCall *call;
} Listing;

static Listing *new_listing(Station *self, ServiceCall *call)
{
    Listing *listing = g_new0(Listing, 1);

    listing->station = self;
    listing->call = call;
    return listing;
}

/* The open ones as they stand now, then those that are over, from the books. */
static void on_old_alarms(JsonArray *rows, const GError *error, gpointer user_data)
{
    g_autofree Listing *listing = user_data;
    const GPtrArray *open = guard_get_alarms(listing->station->guard);
    g_autoptr(GString) text = g_string_new("[");

    if (error) {
        service_call_refuse(listing->call, SERVICE_REFUSED, "%s", error->message);
        return;
    }
    for (guint i = 0; i < open->len; i++) {
        g_autofree char *alarm =
            view_take_text(view_alarm(open->pdata[i], listing->station->site->station.timezone));

        g_string_append_printf(text, "%s%s", text->len > 1 ? "," : "", alarm);
    }
    for (guint i = 0; i < json_array_get_length(rows); i++) {
        JsonObject *row = json_array_get_object_element(rows, i);

        g_string_append_printf(text, "%s%s", text->len > 1 ? "," : "",
                               json_object_get_string_member_with_default(row, "object", "null"));
    }
    g_string_append_c(text, ']');
    service_call_text(listing->call, text->str);
}

static void list_old_alarms(ServiceCall *call, gpointer user_data)
{
    Station *self = user_data;

    if (self->guard_only)
        service_call_refuse(call, SERVICE_BUSY, GUARD_ONLY_REASON);
    else
        store_query(self->store, on_old_alarms, new_listing(self, call), "alarm-recent-list", "i",
                    (gint64)OLD_ALARMS);
}

static JsonNode *parse_data(JsonObject *row)
{
    const char *text = json_object_get_string_member_with_default(row, "data", "{}");
    JsonNode *data = json_from_string(text, NULL);

    return data ? data : json_node_init_object(json_node_alloc(), json_object_new());
}

static void on_events(JsonArray *rows, const GError *error, gpointer user_data)
{
    ServiceCall *call = user_data;

    if (error) {
        service_call_refuse(call, SERVICE_REFUSED, "%s", error->message);
        return;
    }
    for (guint i = 0; i < json_array_get_length(rows); i++) {
        JsonObject *row = json_array_get_object_element(rows, i);

        json_object_set_member(row, "data", parse_data(row));
    }
    JsonNode *node = json_node_init_array(json_node_alloc(), rows);

    g_autofree char *text = view_take_text(node);
    service_call_text(call, text);
}

static void list_events(gint64 epoch, gint64 after, guint limit, ServiceCall *call, gpointer user_data)
{
    Station *self = user_data;

    if (self->guard_only) {
        service_call_refuse(call, SERVICE_BUSY, GUARD_ONLY_REASON);
        return;
    }
    store_query(self->store, on_events, call, "event-list", "iii", epoch, after, (gint64)limit);
}

/* What is to be done to an alarm once the person is known. */
typedef struct {
    char *id, *note;
} Act;

static void free_act(gpointer data)
{
    Act *act = data;

    g_free(act->id);
    g_free(act->note);
    g_free(act);
}

static Act *new_act(const char *id, const char *note)
{
    Act *act = g_new0(Act, 1);

    act->id = g_strdup(id);
    act->note = g_strdup(note);
    return act;
}

static void finish_act(Station *self, gboolean done, const GError *error, const char *who, const char *verb,
                       const Act *act, ServiceCall *call)
{
    station_safety_drain(self);
    station_records_audit(self, who, verb, act->id, done ? "done" : "refused",
                          done ? act->note : error->message);
    if (done)
        service_call_done(call);
    else
        service_call_refuse(call,
                            g_error_matches(error, GUARD_ERROR, GUARD_ERROR_UNKNOWN) ? SERVICE_NOT_FOUND
                                                                                     : SERVICE_REFUSED,
                            "%s", error->message);
}

static void acknowledge_allowed(Station *self, const char *name, ServiceCall *call, gpointer user_data)
{
    Act *act = user_data;
    g_autofree char *who = g_strdup_printf("staff:%s", name);
    g_autoptr(GError) error = NULL;
    gboolean done = guard_acknowledge(self->guard, act->id, who, act->note, clock_now(), &error);

    finish_act(self, done, error, who, "acknowledge", act, call);
}

static void acknowledge(const char *alarm, const char *note, const ServiceWho *who, ServiceCall *call,
                        gpointer user_data)
{
    station_people_check(user_data, who, STATION_ROLE_OPERATOR, "acknowledge", alarm, call,
                         acknowledge_allowed, new_act(alarm, note), free_act);
}

static void reset_allowed(Station *self, const char *name, ServiceCall *call, gpointer user_data)
{
    Act *act = user_data;
    g_autofree char *who = g_strdup_printf("staff:%s", name);
    g_autoptr(GError) error = NULL;
    gboolean done = guard_reset(self->guard, act->id, who, clock_now(), &error);

    finish_act(self, done, error, who, "reset", act, call);
}

static void reset(const char *alarm, const ServiceWho *who, ServiceCall *call, gpointer user_data)
{
    station_people_check(user_data, who, STATION_ROLE_OPERATOR, "reset", alarm, call, reset_allowed,
                         new_act(alarm, ""), free_act);
}

static void silence_allowed(Station *self, const char *name, ServiceCall *call,
                            gpointer user_data G_GNUC_UNUSED)
{
    g_autofree char *who = g_strdup_printf("staff:%s", name);
    guint count = guard_silence(self->guard, who, clock_now());
    g_autofree char *detail = g_strdup_printf("%u alarms", count);

    station_safety_drain(self);
    station_records_audit(self, who, "silence", "station", "done", detail);
    service_call_count(call, count);
}

static void silence(const ServiceWho *who, ServiceCall *call, gpointer user_data)
{
    station_people_check(user_data, who, STATION_ROLE_OPERATOR, "silence", "station", call, silence_allowed,
                         NULL, NULL);
}

static void stop_allowed(Station *self, const char *name, ServiceCall *call, gpointer user_data)
{
    guint connector = model_find_connector(self->model, user_data);

    if (connector == G_MAXUINT)
        service_call_refuse(call, SERVICE_NOT_FOUND, "no connector %s", (const char *)user_data);
    else
        station_stop_begin(self, connector, name, call);
}

static void stop_connector(guint connector, const ServiceWho *who, ServiceCall *call, gpointer user_data)
{
    Station *self = user_data;
    const char *path = self->model->connectors[connector].path;

    station_people_check(self, who, STATION_ROLE_OPERATOR, "stop", path, call, stop_allowed, g_strdup(path),
                         g_free);
}

static void list_staff(ServiceCall *call, gpointer user_data)
{
    station_people_list(user_data, call);
}

static void add_staff(const char *name, const char *role, const char *new_pin, const ServiceWho *who,
                      ServiceCall *call, gpointer user_data)
{
    station_people_add(user_data, name, role, new_pin, who, call);
}

static void disable_staff(const char *name, const ServiceWho *who, ServiceCall *call, gpointer user_data)
{
    station_people_disable(user_data, name, who, call);
}

/* A backup or a restore on its way. */
typedef struct {
    Station *station;
    ServiceCall *call;
    char *who, *verb, *file;
} FileAct;

static FileAct *new_file_act(Station *self, const char *name, const char *verb, const char *file,
                             ServiceCall *call)
{
    FileAct *act = g_new0(FileAct, 1);

    act->station = self;
    act->call = call;
    act->who = station_people_actor(name);
    act->verb = g_strdup(verb);
    act->file = g_strdup(file);
    return act;
}

static void on_file_done(const GError *error, gint64 last_seq G_GNUC_UNUSED, gpointer user_data)
{
    FileAct *act = user_data;

    if (!error && g_str_equal(act->verb, "restore"))
        station_records_reconcile(act->station);
    station_records_audit(act->station, act->who, act->verb, act->file, error ? "failed" : "done",
                          error ? error->message : "");
    if (error)
        service_call_refuse(act->call, SERVICE_REFUSED, "%s", error->message);
    else
        service_call_done(act->call);
    g_free(act->who);
    g_free(act->verb);
    g_free(act->file);
    g_free(act);
}

static void backup_allowed(Station *self, const char *name, ServiceCall *call, gpointer user_data)
{
    store_backup(self->store, user_data, on_file_done, new_file_act(self, name, "backup", user_data, call));
}

static void restore_allowed(Station *self, const char *name, ServiceCall *call, gpointer user_data)
{
    store_restore(self->store, user_data, on_file_done, new_file_act(self, name, "restore", user_data, call));
}

static void backup(const char *file, const ServiceWho *who, ServiceCall *call, gpointer user_data)
{
    station_people_check_owner(user_data, who, "backup", file, call, backup_allowed, g_strdup(file), g_free);
}

static void restore(const char *file, const ServiceWho *who, ServiceCall *call, gpointer user_data)
{
    station_people_check_owner(user_data, who, "restore", file, call, restore_allowed, g_strdup(file),
                               g_free);
}

static void reload_allowed(Station *self, const char *name, ServiceCall *call,
                           gpointer user_data G_GNUC_UNUSED)
{
    g_auto(GStrv) faults = NULL;
    gboolean taken = station_reload(self, &faults);
    g_autofree char *who = station_people_actor(name);

    station_records_audit(self, who, "reload", "station", taken ? "done" : "refused", taken ? "" : faults[0]);
    service_call_texts(call, (const char *const *)faults);
}

static void reload(const ServiceWho *who, ServiceCall *call, gpointer user_data)
{
    station_people_check_owner(user_data, who, "reload", "station", call, reload_allowed, NULL, NULL);
}

static void probe(guint device, ServiceCall *call, gpointer user_data)
{
    station_stop_probe(user_data, device, call);
}

static void ready(gpointer user_data)
{
    Station *self = user_data;

    if (self->ready)
        self->ready(self->ready_data);
    self->ready = NULL;
}

static void lost(const char *why, gpointer user_data G_GNUC_UNUSED)
{
    g_warning("D-Bus: %s; guarding goes on without it", why);
}

void station_service_open(Station *self, ServiceBus bus)
{
    ServiceBackend backend = { .get_model = get_model,
                               .get_guard = get_guard,
                               .get_disabler = get_disabler,
                               .get_status = station_service_status,
                               .list_devices = list_devices,
                               .list_buses = list_buses,
                               .list_cameras = list_cameras,
                               .get_tariff = get_tariff,
                               .list_announcements = station_hq_list_announcements,
                               .sync = station_hq_get_backend(),
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
                               .ready = ready,
                               .lost = lost,
                               .user_data = self };

    self->service = service_new(bus, &backend);
}

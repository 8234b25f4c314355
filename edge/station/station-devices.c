/* SPDX-License-Identifier: Apache-2.0 */
/* Drivers: what they bring goes into the model and to the guard; how they fare is watched. */
#include "edge/station/hq/station-headquarters.h"
#include "edge/station/station-private.h"
#include "edge/station/station-stop.h"

#define STALL_GRACE_US G_USEC_PER_SEC
#define REOPEN_US (5 * G_USEC_PER_SEC)

static void on_readings(const DriverReadings *readings, gpointer user_data)
{
    Station *self = ((StationLine *)user_data)->station;

    for (guint i = 0; i < readings->n_readings; i++) {
        const DriverReading *reading = &readings->readings[i];

        model_read(self->model, reading->point, reading->quality, &reading->value, readings->asked_at_us,
                   readings->read_at);
    }
    station_safety_drain(self);
}

static gboolean has_own_online(const Station *self, guint device)
{
    const SiteDevice *site = self->model->devices[device].site;

    return site->profile && profile_find_point(site->profile, 0, "online");
}

static void on_link(const DriverLink *link, gpointer user_data)
{
    Station *self = ((StationLine *)user_data)->station;
    const Point *point = &self->model->points[self->model->devices[link->device].online];
    gboolean online = link->state != DRIVER_LINK_OFFLINE;
    gboolean known = point->quality == POINT_QUALITY_GOOD;
    gboolean changed = !known || (point->value.number != 0) != online;

    if (changed && !has_own_online(self, link->device))
        model_set(self->model, self->model->devices[link->device].online, online, NULL, link->at);
    if (changed && (known || !online))
        station_records_device(self, link->device, online, link->reason, link->at);
    if (link->is_silent)
        guard_on_silence(self->guard, link->device, link->unit, link->asked_at_us, link->at);
    station_safety_drain(self);
}

static GuardCommandOutcome outcome_of(DriverResult result)
{
    switch (result) {
    case DRIVER_RESULT_CONFIRMED:
        return GUARD_COMMAND_CONFIRMED;
    case DRIVER_RESULT_REFUSED:
    case DRIVER_RESULT_UNKNOWN:
        return GUARD_COMMAND_REFUSED;
    case DRIVER_RESULT_FAILED:
    case DRIVER_RESULT_EXPIRED:
        break;
    }
    return GUARD_COMMAND_FAILED;
}

static void on_command_done(const DriverCommandResult *result, gpointer user_data)
{
    Station *self = ((StationLine *)user_data)->station;

    if (result->id & STATION_OWN_ID) {
        station_stop_result(self, result);
        return;
    }
    GuardCommandResult told = { .id = result->id,
                                .outcome = outcome_of(result->result),
                                .sent_at_us = result->sent_at_us,
                                .confirmed_at_us = result->confirmed_at_us };

    g_strlcpy(told.reason, result->reason, sizeof told.reason);
    g_hash_table_remove(self->in_flight, &result->id);
    guard_on_command_result(self->guard, &told, clock_now());
    station_safety_drain(self);
}

/* Nobody opens orders yet: who asks to charge is told no, and a record is not confirmed, so that its charger
 * keeps it. */
static void on_session_request(const DriverSessionRequest *request, gpointer user_data)
{
    StationLine *line = user_data;

    line->driver->answer_session(line->instance, request->id, FALSE, "no orders at this station yet");
}

static void on_record(const DriverRecord *record, gpointer user_data)
{
    StationLine *line = user_data;

    line->driver->confirm_record(line->instance, record->id, FALSE);
}

static void find_devices(Station *self, StationLine *line, const SiteBus *bus)
{
    g_autoptr(GArray) devices = g_array_new(FALSE, FALSE, sizeof(guint));

    for (guint i = 0; i < self->site->devices->len; i++) {
        if (g_str_equal(((SiteDevice *)self->site->devices->pdata[i])->bus, bus->name))
            g_array_append_val(devices, i);
    }
    line->n_devices = devices->len;
    line->devices = (guint *)(gpointer)g_array_free(g_steal_pointer(&devices), FALSE);
}

static void watch_points(Station *self, const StationLine *line)
{
    gint64 now_us = clock_boot_us();

    for (guint i = 0; i < line->n_devices; i++) {
        const ModelDevice *device = &self->model->devices[line->devices[i]];

        for (guint j = 0; j < device->site->profile->points->len; j++)
            model_begin_watching(self->model, device->first_point + j, now_us);
        self->line_of[line->devices[i]] = (StationLine *)line;
    }
}

/* A bus that cannot be opened is an alarm, and tried again; its points are watched all the same, so that
 * rules know that they cannot be known. */
static void open_driver(Station *self, StationLine *line)
{
    const char *path = self->model->devices[line->bus_device].path;
    const SiteBus *bus = site_find_bus(self->site, path + strlen("bus/"));
    DriverSetup setup = {
        .model = self->model, .bus = bus, .devices = line->devices, .n_devices = line->n_devices
    };
    DriverSink sink = { .readings = on_readings,
                        .link = on_link,
                        .command_done = on_command_done,
                        .session_request = on_session_request,
                        .record = on_record,
                        .user_data = line };
    g_autoptr(GError) error = NULL;

    line->instance = line->driver->open(&setup, &sink, &error);
    if (!line->instance) {
        g_warning("bus %s: %s", bus->name, error->message);
        station_safety_raise(self, "thread-stalled", path, error->message);
        line->retry_at_us = clock_boot_us() + REOPEN_US;
        return;
    }
    line->opened_at_us = clock_boot_us();
    line->steady = FALSE;
    line->driver->start(line->instance);
}

static void open_line(Station *self, const SiteBus *bus)
{
    g_autofree char *path = g_strdup_printf("bus/%s", bus->name);
    StationLine *line = g_new0(StationLine, 1);

    line->station = self;
    line->driver = driver_find("modbus");
    line->bus_device = model_find_device(self->model, path);
    find_devices(self, line, bus);
    watch_points(self, line);
    g_ptr_array_add(self->lines, line);
    open_driver(self, line);
}

static void free_line(gpointer data)
{
    StationLine *line = data;

    if (line->instance)
        line->driver->close(line->instance);
    g_free(line->devices);
    g_free(line);
}

void station_devices_open(Station *self)
{
    self->lines = g_ptr_array_new_with_free_func(free_line);
    self->line_of = g_new0(StationLine *, self->model->n_devices);
    self->urged = g_new0(guint, self->model->n_points);
    self->in_flight = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (guint i = 0; i < self->site->buses->len; i++)
        open_line(self, self->site->buses->pdata[i]);
    for (guint i = 0; i < self->model->n_connectors; i++) {
        if (station_hq_has_disabled(self, i))
            station_devices_disable(self, i);
    }
}

/* Commands that were under way on LINE (NULL: on any) get no answer any more: the guard must know, and sends
 * them again. */
static void fail_in_flight(Station *self, const StationLine *line)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint64));
    GHashTableIter iter;
    gpointer key, carrier;

    g_hash_table_iter_init(&iter, self->in_flight);
    while (g_hash_table_iter_next(&iter, &key, &carrier)) {
        if (line && line != carrier)
            continue;
        g_array_append_val(ids, *(guint64 *)key);
        g_hash_table_iter_remove(&iter);
    }
    for (guint i = 0; i < ids->len; i++) {
        GuardCommandResult failed = { .id = g_array_index(ids, guint64, i),
                                      .outcome = GUARD_COMMAND_FAILED,
                                      .reason = "the line was closed" };

        guard_on_command_result(self->guard, &failed, clock_now());
    }
}

void station_devices_close(Station *self)
{
    for (guint i = 0; self->lines && i < self->lines->len; i++) {
        StationLine *line = self->lines->pdata[i];

        if (line->instance && line->driver->stop)
            line->driver->stop(line->instance);
    }
    g_clear_pointer(&self->lines, g_ptr_array_unref);
    g_clear_pointer(&self->line_of, g_free);
    if (self->in_flight)
        fail_in_flight(self, NULL);
    g_clear_pointer(&self->in_flight, g_hash_table_unref);
    g_clear_pointer(&self->urged, g_free);
}

static gboolean was_disabled(const Alarm *alarm, const char *connector)
{
    for (guint i = 0; i < alarm->ladder->len; i++) {
        const AlarmStep *step = &g_array_index(alarm->ladder, AlarmStep, i);

        if (step->rung == SITE_RUNG_DISABLE && step->commanded_at.boot_us &&
            g_str_equal(step->connector, connector))
            return TRUE;
    }
    return FALSE;
}

static void hold_again(Station *self, StationLine *line, const ModelConnector *connector, const char *verb)
{
    DriverCommand order = { .id = STATION_OWN_ID | ++self->next_own_id,
                            .device = connector->device,
                            .connector = connector->number,
                            .deadline_us = clock_boot_us() + REOPEN_US };

    g_strlcpy(order.verb, verb, sizeof order.verb);
    line->driver->command(line->instance, &order);
}

static void hold_connector(Station *self, StationLine *line, guint index)
{
    const ModelConnector *connector = &self->model->connectors[index];
    const Alarm *alarm = guard_get_hold(self->guard, index, NULL);

    if (alarm)
        hold_again(self, line, connector, "stop");
    if (station_hq_has_disabled(self, index) || (alarm && was_disabled(alarm, connector->path)))
        hold_again(self, line, connector, "disable");
}

void station_devices_disable(Station *self, guint connector)
{
    const ModelConnector *at = &self->model->connectors[connector];
    StationLine *line = self->line_of[at->device];

    if (line && line->instance)
        hold_again(self, line, at, "disable");
}

void station_devices_hold(Station *self, guint device)
{
    const ModelDevice *at = &self->model->devices[device];
    StationLine *line = self->line_of[device];

    for (guint i = 0; line && line->instance && i < at->n_connectors; i++)
        hold_connector(self, line, at->first_connector + i);
}

/* What the instance before knew and the new one must: points that a proof waits for, and the stop and the
 * disable of whatever is held or disabled, which some chargers forget unless they are refreshed. */
static void brief(Station *self, StationLine *line)
{
    for (guint i = 0; i < self->model->n_points; i++) {
        for (guint n = self->urged[i]; n > 0 && self->line_of[self->model->points[i].device] == line; n--)
            line->driver->urge(line->instance, i, TRUE);
    }
    for (guint i = 0; i < self->model->n_connectors; i++) {
        if (self->line_of[self->model->connectors[i].device] == line)
            hold_connector(self, line, i);
    }
}

static void reopen(Station *self, StationLine *line)
{
    open_driver(self, line);
    if (line->instance)
        brief(self, line);
}

/* A bus thread without a sign of life within its own bound is given up and replaced. The alarm is over when
 * the new one lives after as long a time as it may be silent: one that hangs as well never does. */
static void watch_thread(Station *self, StationLine *line, const DriverBusStats *stats, Moment now)
{
    const char *path = self->model->devices[line->bus_device].path;
    gint64 most_us = stats->bound_us + STALL_GRACE_US;
    gint64 silent_us = now.boot_us - stats->alive_at_us;

    if (!line->steady && stats->alive_at_us - line->opened_at_us > most_us) {
        line->steady = TRUE;
        station_safety_clear(self, "thread-stalled", path);
    }
    if (silent_us <= most_us)
        return;
    g_autofree char *value =
        g_strdup_printf("no sign of life for %.1f s", (double)silent_us / G_USEC_PER_SEC);

    g_warning("bus thread of %s: %s; it is replaced", path, value);
    station_safety_raise(self, "thread-stalled", path, value);
    line->driver->close(line->instance);
    line->instance = NULL;
    fail_in_flight(self, line);
    reopen(self, line);
}

static gboolean any_online(const Station *self, const StationLine *line)
{
    for (guint i = 0; i < line->n_devices; i++) {
        const Point *online = &self->model->points[self->model->devices[line->devices[i]].online];

        if (online->quality == POINT_QUALITY_GOOD && online->value.number != 0)
            return TRUE;
    }
    return FALSE;
}

static void set_if_changed(Station *self, guint point, double number, Moment now)
{
    const Point *at = &self->model->points[point];

    if (at->quality != POINT_QUALITY_GOOD || at->value.number != number)
        model_set(self->model, point, number, NULL, now);
}

void station_devices_beat(Station *self, Moment now)
{
    for (guint i = 0; i < self->lines->len; i++) {
        StationLine *line = self->lines->pdata[i];
        guint first = self->model->devices[line->bus_device].first_point;
        DriverBusStats stats;

        if (!line->instance && now.boot_us >= line->retry_at_us)
            reopen(self, line);
        if (!line->instance)
            continue;
        line->driver->get_bus_stats(line->instance, &stats);
        set_if_changed(self, first, any_online(self, line), now);
        set_if_changed(self, first + 1, stats.load_percent, now);
        set_if_changed(self, first + 2, (double)stats.errors, now);
        watch_thread(self, line, &stats, now);
    }
}

gboolean station_devices_send(Station *self, const DriverCommand *command)
{
    StationLine *line = self->line_of[command->device];
    const ModelDevice *device = &self->model->devices[command->device];

    if (!line || !line->instance)
        return FALSE;
    if (command->connector > 0 &&
        !guard_permits(self->guard, device->first_connector + command->connector - 1, command->verb,
                       command->has_argument, command->argument, NULL))
        return FALSE;
    line->driver->command(line->instance, command);
    return TRUE;
}

void station_devices_release(Station *self, guint connector)
{
    const ModelConnector *at = &self->model->connectors[connector];
    StationLine *line = self->line_of ? self->line_of[at->device] : NULL;

    if (line && line->instance && line->driver->release)
        line->driver->release(line->instance, at->device, at->number);
    if (station_hq_has_disabled(self, connector))
        station_devices_disable(self, connector);
}

void station_devices_urge(Station *self, guint point, gboolean on)
{
    StationLine *line = self->line_of ? self->line_of[self->model->points[point].device] : NULL;

    if (!line)
        return;
    self->urged[point] += on ? 1u : -1u;
    if (line->instance)
        line->driver->urge(line->instance, point, on);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/sim-site.h"

#include <math.h>
#include <string.h>

#define AMBIENT_C 24.0
#define HOUSE_KW 2.4 /* lights, cooling, the box itself */
#define MAINS_VOLT 230.0
#define RATED_DEFAULT_KW 120.0
#define FIRST_CAR_MS 20000
#define NEXT_CAR_MS 60000
#define LEAVE_MS 30000

GQuark sim_site_error_quark(void)
{
    return g_quark_from_static_string("sim-site-error");
}

/* The profiles that are simulated. */
static const struct {
    const char *profile;
    SimKind kind;
    guint connectors;
} profiles[] = {
    { "generic-dc", SIM_KIND_DC, 1 },       { "generic-dc-2", SIM_KIND_DC, 2 },
    { "generic-smoke", SIM_KIND_SMOKE, 0 }, { "generic-heat", SIM_KIND_HEAT, 0 },
    { "generic-th", SIM_KIND_TH, 0 },       { "generic-water", SIM_KIND_WATER, 0 },
    { "generic-door", SIM_KIND_DOOR, 0 },   { "generic-meter", SIM_KIND_METER, 0 },
    { "generic-io", SIM_KIND_IO, 0 },       { "generic-io-zone", SIM_KIND_IO_ZONE, 0 },
};

static void device_free(SimDevice *device)
{
    g_free(device->name);
    g_free(device->bus);
    g_free(device->zone);
    g_free(device->feeder);
    g_free(device->feeder_meter);
    sim_charger_free(device->charger);
    sim_io_clear(&device->io);
    g_clear_pointer(&device->overrides, g_hash_table_unref);
    g_clear_pointer(&device->frozen, g_hash_table_unref);
    g_free(device->next_car_ms);
    g_free(device);
}

static void bus_free(SimBus *bus)
{
    g_free(bus->name);
    g_free(bus);
}

static void camera_free(SimCamera *camera)
{
    g_free(camera->name);
    g_free(camera->path);
    g_free(camera->display_path);
    g_free(camera->username);
    g_free(camera->password);
    g_free(camera);
}

SimSite *sim_site_new(guint32 seed, SimLog log, gpointer log_data)
{
    SimSite *site = g_new0(SimSite, 1);
    site->devices = g_ptr_array_new_with_free_func((GDestroyNotify)device_free);
    site->buses = g_ptr_array_new_with_free_func((GDestroyNotify)bus_free);
    site->cameras = g_ptr_array_new_with_free_func((GDestroyNotify)camera_free);
    site->random = g_rand_new_with_seed(seed);
    site->speed = 1.0;
    site->cars = TRUE;
    site->log = log;
    site->log_data = log_data;
    return site;
}

void sim_site_free(SimSite *site)
{
    if (!site)
        return;
    g_ptr_array_unref(site->devices);
    g_ptr_array_unref(site->buses);
    g_ptr_array_unref(site->cameras);
    g_rand_free(site->random);
    g_free(site);
}

void sim_site_set_seed(SimSite *site, guint32 seed)
{
    g_rand_set_seed(site->random, seed);
}

SimDevice *sim_site_find(const SimSite *site, const char *name)
{
    for (guint i = 0; i < site->devices->len; i++) {
        SimDevice *device = g_ptr_array_index(site->devices, i);
        if (g_str_equal(device->name, name))
            return device;
    }
    return NULL;
}

SimDevice *sim_site_find_unit(const SimSite *site, const char *bus, guint unit)
{
    for (guint i = 0; i < site->devices->len; i++) {
        SimDevice *device = g_ptr_array_index(site->devices, i);
        if (device->unit == unit && g_str_equal(device->bus, bus))
            return device;
    }
    return NULL;
}

SimBus *sim_site_find_bus(const SimSite *site, const char *name)
{
    for (guint i = 0; i < site->buses->len; i++) {
        SimBus *bus = g_ptr_array_index(site->buses, i);
        if (g_str_equal(bus->name, name))
            return bus;
    }
    return NULL;
}

SimBus *sim_site_add_bus(SimSite *site, const char *name)
{
    SimBus *bus = sim_site_find_bus(site, name);
    if (bus)
        return bus;
    bus = g_new0(SimBus, 1);
    bus->name = g_strdup(name);
    g_ptr_array_add(site->buses, bus);
    return bus;
}

SimCamera *sim_site_find_camera(const SimSite *site, const char *name)
{
    for (guint i = 0; i < site->cameras->len; i++) {
        SimCamera *camera = g_ptr_array_index(site->cameras, i);
        if (g_str_equal(camera->name, name))
            return camera;
    }
    return NULL;
}

SimCamera *sim_site_add_camera(SimSite *site, const char *name, GError **error)
{
    SimCamera *camera;

    if (site->cameras->len >= SIM_CAMERAS_MAX || sim_site_find_camera(site, name)) {
        g_set_error(error, SIM_ERROR, SIM_ERROR_CONFIG, "%s: %s", name,
                    sim_site_find_camera(site, name) ? "its name is taken" : "too many cameras");
        return NULL;
    }
    camera = g_new0(SimCamera, 1);
    camera->name = g_strdup(name);
    camera->path = g_strdup("");
    camera->display_path = g_strdup("");
    camera->username = g_strdup("");
    camera->password = g_strdup("");
    g_ptr_array_add(site->cameras, camera);
    return camera;
}

static int find_profile(const char *profile)
{
    for (guint i = 0; i < G_N_ELEMENTS(profiles); i++)
        if (g_strcmp0(profile, profiles[i].profile) == 0)
            return (int)i;
    return -1;
}

gboolean sim_site_knows_profile(const char *profile)
{
    return find_profile(profile) >= 0;
}

static void make_charger(SimSite *site, SimDevice *device, guint n, double rated_kw)
{
    device->charger = sim_charger_new(device->name, n, rated_kw > 0.0 ? rated_kw : RATED_DEFAULT_KW,
                                      AMBIENT_C, site->random, site->log, site->log_data);
    device->next_car_ms = g_new0(gint64, n);
    for (guint i = 0; i < n; i++)
        device->next_car_ms[i] = g_rand_int_range(site->random, 500, FIRST_CAR_MS);
}

gboolean sim_site_add(SimSite *site, const SimDeviceSetup *setup, GError **error)
{
    int place = find_profile(setup->profile);
    SimDevice *device;

    if (place < 0 || site->devices->len >= SIM_DEVICES_MAX) {
        g_set_error(error, SIM_ERROR, SIM_ERROR_CONFIG, "%s: %s %s", setup->name,
                    place < 0 ? "no simulation of profile" : "too many devices, at",
                    setup->profile ? setup->profile : "(none)");
        return FALSE;
    }
    if (sim_site_find(site, setup->name) || sim_site_find_unit(site, setup->bus, setup->unit)) {
        g_set_error(error, SIM_ERROR, SIM_ERROR_CONFIG, "%s: its name, or unit %u of bus %s, is taken",
                    setup->name, setup->unit, setup->bus);
        return FALSE;
    }
    sim_site_add_bus(site, setup->bus)->n_devices++;
    device = g_new0(SimDevice, 1);
    device->name = g_strdup(setup->name);
    device->bus = g_strdup(setup->bus);
    device->zone = g_strdup(setup->zone ? setup->zone : "");
    device->feeder = g_strdup(setup->feeder ? setup->feeder : "");
    device->feeder_meter = g_strdup(setup->feeder_meter ? setup->feeder_meter : "");
    device->unit = setup->unit;
    device->kind = profiles[place].kind;
    device->overrides = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    device->sensor.temperature = device->sensor.rest_temperature =
        AMBIENT_C + g_rand_double_range(site->random, -1.5, 1.5);
    device->sensor.humidity = device->sensor.rest_humidity = g_rand_double_range(site->random, 45.0, 60.0);
    device->meter.volt = MAINS_VOLT;
    device->meter.energy_kwh = g_rand_double_range(site->random, 50000.0, 400000.0);
    if (device->kind == SIM_KIND_DC)
        make_charger(site, device, profiles[place].connectors, setup->rated_kw);
    if (device->kind & (SIM_KIND_IO | SIM_KIND_IO_ZONE))
        sim_io_init(&device->io, device->name, device->kind == SIM_KIND_IO, site->log, site->log_data);
    g_ptr_array_add(site->devices, device);
    return TRUE;
}

static gboolean link_feeder(SimSite *site, SimDevice *device, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(device->feeder, "/", 2);
    guint64 number = 0;

    if (g_strv_length(parts) == 2 && g_str_has_prefix(parts[1], "breaker-") &&
        g_ascii_string_to_unsigned(parts[1] + strlen("breaker-"), 10, 1, SIM_BREAKERS, &number, NULL))
        device->feeder_io = sim_site_find(site, parts[0]);
    if (!device->feeder_io || device->feeder_io->kind != SIM_KIND_IO) {
        device->feeder_io = NULL;
        g_set_error(error, SIM_ERROR, SIM_ERROR_CONFIG, "%s: feeder %s is not a breaker of a generic-io",
                    device->name, device->feeder);
        return FALSE;
    }
    device->feeder_number = (guint)number;
    return TRUE;
}

gboolean sim_site_link(SimSite *site, GError **error)
{
    for (guint i = 0; i < site->devices->len; i++) {
        SimDevice *device = g_ptr_array_index(site->devices, i), *meter;
        if (device->feeder[0] && !link_feeder(site, device, error))
            return FALSE;
        meter = device->feeder_meter[0] ? sim_site_find(site, device->feeder_meter) : NULL;
        if (meter)
            meter->is_feeder_meter = TRUE;
        if (device->charger)
            sim_site_find_bus(site, device->bus)->gateway_silent =
                sim_site_find_bus(site, device->bus)->n_devices == 1;
    }
    return TRUE;
}

gboolean sim_site_is_awake(const SimDevice *device)
{
    return !device->charger || sim_charger_is_awake(device->charger);
}

/* A vehicle identification number of the right letters and length (ISO 3779 knows no I, O, Q). */
static void draw_vin(GRand *random, char vin[SIM_VIN_SIZE])
{
    static const char letters[] = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789";
    vin[0] = 'L';
    for (guint i = 1; i < SIM_VIN_SIZE - 1; i++)
        vin[i] = letters[g_rand_int_range(random, i < 11 ? 0 : 23, sizeof letters - 1)];
    vin[SIM_VIN_SIZE - 1] = '\0';
}

gboolean sim_site_arrive(SimSite *site, SimDevice *device, guint index, double energy_kwh, double soc,
                         const char *vin)
{
    char drawn[SIM_VIN_SIZE];
    SimBattery battery;

    draw_vin(site->random, drawn);
    if (energy_kwh <= 0.0)
        energy_kwh = g_rand_double_range(site->random, 45.0, 90.0);
    if (soc < 0.0)
        soc = g_rand_double_range(site->random, 0.12, 0.60);
    sim_battery_init(&battery, energy_kwh, soc, AMBIENT_C, site->random);
    return sim_charger_arrive(device->charger, index, &battery, vin ? vin : drawn);
}

/* Cars come to free connectors and leave some time after their charge has ended. */
static void move_cars(SimSite *site, SimDevice *device)
{
    for (guint i = 0; i < device->charger->n_connectors; i++) {
        const SimConnector *connector = &device->charger->connectors[i];
        gboolean waits = connector->status == SIM_STATUS_AVAILABLE;
        gboolean done =
            connector->status == SIM_STATUS_FINISHING && site->now_ms - connector->status_at_ms > LEAVE_MS;
        if (waits && site->now_ms >= device->next_car_ms[i])
            sim_site_arrive(site, device, i, 0.0, -1.0, NULL);
        if (done && connector->plugged && !connector->resume_at_ms && connector->current < 0.5) {
            sim_charger_leave(device->charger, i);
            device->next_car_ms[i] = site->now_ms + g_rand_int_range(site->random, 5000, NEXT_CAR_MS);
        }
    }
}

/* Takes the power where an open breaker does. */
static void feed(SimSite *site)
{
    for (guint i = 0; i < site->devices->len; i++) {
        SimDevice *device = g_ptr_array_index(site->devices, i);
        const SimDevice *io = device->feeder_io;
        if (device->charger && io)
            sim_charger_feed(device->charger, sim_io_conducts(&io->io, device->feeder_number) &&
                                                  sim_io_conducts(&io->io, SIM_BREAKERS));
    }
}

static void step_meter(const SimSite *site, SimDevice *meter)
{
    double kw = meter->is_feeder_meter ? 0.0 : HOUSE_KW;
    for (guint i = 0; i < site->devices->len; i++) {
        const SimDevice *device = g_ptr_array_index(site->devices, i);
        if (device->charger && (!meter->is_feeder_meter || g_str_equal(device->feeder_meter, meter->name)))
            kw += sim_charger_get_input_kw(device->charger);
    }
    meter->meter.kw = kw;
    meter->meter.current = kw * 1000.0 / (3.0 * meter->meter.volt * 0.98);
    meter->meter.energy_kwh += kw * site->speed * SIM_STEP_MS / 3600000.0;
}

static void step_sensor(const SimSite *site, SimDevice *device)
{
    SimSensor *sensor = &device->sensor;
    /* a slow swing of a day's kind, so that curves are not flat */
    double swing = sin((double)site->now_ms * site->speed / 600000.0);

    if (sensor->until_ms && site->now_ms >= sensor->until_ms) {
        sensor->until_ms = 0;
        sensor->alarm = sensor->tamper = FALSE;
        sensor->temperature = sensor->rest_temperature;
        sensor->humidity = sensor->rest_humidity;
        if (site->log)
            site->log(site->now_ms, device->name, "clear", site->log_data);
    }
    if (device->kind == SIM_KIND_TH && sensor->temperature < sensor->rest_temperature + 2.5)
        sensor->temperature = sensor->rest_temperature + swing;
}

static void end_line_fault(const SimSite *site, const char *name, SimLine *line)
{
    if (!line->until_ms || site->now_ms < line->until_ms)
        return;
    *line = (SimLine){ .mode = SIM_LINE_NORMAL };
    if (site->log)
        site->log(site->now_ms, name, "answers normally again", site->log_data);
}

void sim_site_step(SimSite *site)
{
    site->now_ms += SIM_STEP_MS;
    for (guint i = 0; i < site->buses->len; i++) {
        SimBus *bus = g_ptr_array_index(site->buses, i);
        end_line_fault(site, bus->name, &bus->line);
    }
    for (guint i = 0; i < site->cameras->len; i++) {
        SimCamera *camera = g_ptr_array_index(site->cameras, i);
        end_line_fault(site, camera->name, &camera->line);
    }
    for (guint i = 0; i < site->devices->len; i++) {
        SimDevice *device = g_ptr_array_index(site->devices, i);
        end_line_fault(site, device->name, &device->line);
        if (device->kind & (SIM_KIND_IO | SIM_KIND_IO_ZONE))
            sim_io_step(&device->io, site->now_ms);
        if (device->kind & SIM_KIND_SENSOR)
            step_sensor(site, device);
        if (device->charger && site->cars)
            move_cars(site, device);
    }
    feed(site); /* after the breakers, before any current of this step flows */
    for (guint i = 0; i < site->devices->len; i++) {
        SimDevice *device = g_ptr_array_index(site->devices, i);
        if (device->charger)
            sim_charger_step(device->charger, site->now_ms, site->speed);
    }
    for (guint i = 0; i < site->devices->len; i++) {
        SimDevice *device = g_ptr_array_index(site->devices, i);
        if (device->kind == SIM_KIND_METER)
            step_meter(site, device);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/modbus/modbus-driver.h"

#include "drivers/driver-gauge.h"
#include "drivers/driver-outlet.h"
#include "drivers/modbus/modbus-bus.h"

#include <gio/gio.h>

struct DriverInstance {
    ModbusBus *bus;
    DriverOutlet *outlet;
    DriverSink sink;
    guint *devices; /* the model's indices */
    gboolean *online;
    guint n_devices;
};

static guint find_device(const DriverInstance *self, guint device)
{
    for (guint i = 0; i < self->n_devices; i++) {
        if (self->devices[i] == device)
            return i;
    }
    return G_MAXUINT;
}

/* The driver looks at the link states that pass, so that its figures say what the station has been told. */
static void on_link(const DriverLink *link, gpointer user_data)
{
    DriverInstance *self = user_data;
    guint index = find_device(self, link->device);

    if (index != G_MAXUINT)
        self->online[index] = link->state != DRIVER_LINK_OFFLINE;
    self->sink.link(link, self->sink.user_data);
}

static void on_readings(const DriverReadings *readings, gpointer user_data)
{
    DriverInstance *self = user_data;

    self->sink.readings(readings, self->sink.user_data);
}

static void on_command_done(const DriverCommandResult *result, gpointer user_data)
{
    DriverInstance *self = user_data;

    self->sink.command_done(result, self->sink.user_data);
}

static void free_instance(DriverInstance *self)
{
    driver_outlet_close(self->outlet);
    driver_outlet_unref(self->outlet);
    g_free(self->devices);
    g_free(self->online);
    g_free(self);
}

static DriverInstance *open_bus(const DriverSetup *setup, const DriverSink *sink, GError **error)
{
    DriverInstance *self;
    DriverSink own = { .readings = on_readings, .link = on_link, .command_done = on_command_done };

    if (!setup->bus) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "modbus serves a [bus], no [listener]");
        return NULL;
    }
    self = g_new0(DriverInstance, 1);
    own.user_data = self;
    self->sink = *sink;
    self->n_devices = setup->n_devices;
    self->devices = g_memdup2(setup->devices, setup->n_devices * sizeof *self->devices);
    self->online = g_new0(gboolean, setup->n_devices);
    self->outlet = driver_outlet_new(&own);
    self->bus = modbus_bus_new(setup, self->outlet, error);
    if (self->bus)
        return self;
    free_instance(self);
    g_prefix_error(error, "bus %s: ", setup->bus->name);
    return NULL;
}

static void start(DriverInstance *self)
{
    modbus_bus_start(self->bus);
}

static void command(DriverInstance *self, const DriverCommand *order)
{
    modbus_bus_command(self->bus, order);
}

static void urge(DriverInstance *self, guint point, gboolean on)
{
    modbus_bus_urge(self->bus, point, on);
}

static void release(DriverInstance *self, guint device, guint connector)
{
    modbus_bus_release(self->bus, device, connector);
}

/* No Modbus device asks for a session or keeps records. */
static void answer_session(DriverInstance *self G_GNUC_UNUSED, guint64 request G_GNUC_UNUSED,
                           gboolean allowed G_GNUC_UNUSED, const char *reason G_GNUC_UNUSED)
{
}

static void confirm_record(DriverInstance *self G_GNUC_UNUSED, guint64 record G_GNUC_UNUSED,
                           gboolean stored G_GNUC_UNUSED)
{
}

static gboolean get_device_stats(DriverInstance *self, guint device, DriverDeviceStats *ret_stats)
{
    guint index = find_device(self, device);

    if (index == G_MAXUINT)
        return FALSE;
    driver_gauge_get_device(modbus_bus_get_gauge(self->bus), index, ret_stats);
    ret_stats->online = self->online[index];
    return TRUE;
}

static void get_bus_stats(DriverInstance *self, DriverBusStats *ret_stats)
{
    driver_gauge_get_bus(modbus_bus_get_gauge(self->bus), clock_boot_us(), ret_stats);
}

static void stop(DriverInstance *self)
{
    driver_outlet_close(self->outlet);
    modbus_bus_stop(self->bus);
}

static void close_bus(DriverInstance *self)
{
    driver_outlet_close(self->outlet); /* first: no callback from now on */
    modbus_bus_close(self->bus);
    free_instance(self);
}

const Driver modbus_driver = {
    .name = "modbus",
    .capabilities = DRIVER_POLLS | DRIVER_COMMANDS,
    .open = open_bus,
    .start = start,
    .command = command,
    .urge = urge,
    .release = release,
    .answer_session = answer_session,
    .confirm_record = confirm_record,
    .get_device_stats = get_device_stats,
    .get_bus_stats = get_bus_stats,
    .stop = stop,
    .close = close_bus,
};

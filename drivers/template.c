/* SPDX-License-Identifier: Apache-2.0 */
/* Protocol: a made-up one, as every driver draws its own here, byte by byte:
 *
 *   0      1      2 … 3        4
 *   0xA5   point  value (BE)   sum of bytes 0 … 3
 *
 * The device sends such a frame when it likes: a pushed driver without a thread. A polled one takes
 * drivers/modbus as its model: a thread per line, driver-outlet.h on the way out, driver-gauge.h for figures.
 * Order of a driver's file: protocol, tables, pure decoding, the instance, and one const struct at the end.
 */
#include "drivers/template.h"

#include "drivers/driver-outlet.h"

#include <gio/gio.h>
#include <math.h>

#define FRAME_SIZE 5
#define FRAME_START 0xa5

/* Pure: bytes → value, or FALSE. No state, no clock, no allocation: this is what the unit test and the fuzzer
 * call. Every byte from outside is hostile until it has passed here. */
static gboolean decode(const guint8 frame[FRAME_SIZE], guint *ret_point, double *ret_number)
{
    guint8 sum = (guint8)(frame[0] + frame[1] + frame[2] + frame[3]);

    if (frame[0] != FRAME_START || frame[4] != sum)
        return FALSE;
    *ret_point = frame[1];
    *ret_number = (frame[2] << 8 | frame[3]) * 0.1; /* the unit is the profile's: 0.1 V */
    return TRUE;
}

struct DriverInstance {
    DriverOutlet *outlet;
    guint device; /* the model's index */
    guint first_point, n_points;
    guint64 frames, errors;
    gint64 last_read_wall_us;
    gboolean online;
};

/* open() makes, and touches nothing outside; start() begins. What SETUP points at may be read now; of the
 * model only what never changes may be kept. */
static DriverInstance *open_device(const DriverSetup *setup, const DriverSink *sink, GError **error)
{
    if (setup->n_devices != 1) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "template: one device a line, not %u",
                    setup->n_devices);
        return NULL;
    }
    DriverInstance *self = g_new0(DriverInstance, 1);
    const ModelDevice *device = &setup->model->devices[setup->devices[0]];

    self->device = setup->devices[0];
    self->first_point = device->first_point;
    self->n_points = device->site && device->site->profile ? device->site->profile->points->len : 0;
    self->outlet = driver_outlet_new(sink);
    return self;
}

/* A link state is told when it changes, before the reading that changed it. */
static void set_online(DriverInstance *self, gint64 asked_at_us, Moment at)
{
    DriverLink link = {
        .device = self->device,
        .state = DRIVER_LINK_ONLINE,
        .unit = MODEL_ANY_UNIT,
        .asked_at_us = asked_at_us,
        .at = at,
    };

    if (!self->online)
        self->online = driver_outlet_post_link(self->outlet, &link);
}

/* What the real driver's socket source would call. A value that was not read is never given: a bad frame is
 * counted, and brings nothing. A pushed value was asked for when it came: it proves nothing older. */
static void take_frame(DriverInstance *self, const guint8 frame[FRAME_SIZE])
{
    Moment now = clock_now();
    DriverReading reading = { .quality = POINT_QUALITY_GOOD };
    guint point;

    if (!decode(frame, &point, &reading.value.number) || point >= self->n_points) {
        self->errors++;
        return;
    }
    reading.point = self->first_point + point;
    self->frames++;
    self->last_read_wall_us = now.wall_us;
    DriverReadings readings = { .device = self->device,
                                .asked_at_us = now.boot_us,
                                .read_at = now,
                                .readings = &reading,
                                .n_readings = 1 };

    set_online(self, now.boot_us, now);
    driver_outlet_post_readings(self->outlet, &readings);
}

static void start(DriverInstance *self)
{
    static const guint8 frame[FRAME_SIZE] = { FRAME_START, 0, 0x08, 0xfc, 0xa9 }; /* point 0: 230.0 */

    take_frame(self, frame);
}

/* Exactly one result for each command, never from within this call: the outlet sees to that. This device
 * takes none. */
static void command(DriverInstance *self, const DriverCommand *order)
{
    DriverCommandResult result = { .id = order->id, .result = DRIVER_RESULT_UNKNOWN };

    g_snprintf(result.reason, sizeof result.reason, "template has no command %s", order->verb);
    driver_outlet_post_result(self->outlet, &result);
}

/* A device that sends by itself cannot be urged. */
static void urge(DriverInstance *self G_GNUC_UNUSED, guint point G_GNUC_UNUSED, gboolean on G_GNUC_UNUSED)
{
}

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
    if (device != self->device)
        return FALSE;
    *ret_stats = (DriverDeviceStats){ .rtt_p50_ms = NAN,
                                      .rtt_p95_ms = NAN,
                                      .requests = self->frames,
                                      .errors = self->errors,
                                      .last_read_wall_us = self->last_read_wall_us,
                                      .online = self->online };
    return TRUE;
}

/* Without a thread the driver lives as long as the main loop does. */
static void get_bus_stats(DriverInstance *self, DriverBusStats *ret_stats)
{
    *ret_stats =
        (DriverBusStats){ .errors = self->errors, .alive_at_us = clock_boot_us(), .bound_us = CLOCK_NEVER };
}

static void close_device(DriverInstance *self)
{
    driver_outlet_close(self->outlet);
    driver_outlet_unref(self->outlet);
    g_free(self);
}

const Driver template_driver = {
    .name = "template",
    .capabilities = DRIVER_PUSHED,
    .open = open_device,
    .start = start,
    .command = command,
    .urge = urge,
    .answer_session = answer_session,
    .confirm_record = confirm_record,
    .get_device_stats = get_device_stats,
    .get_bus_stats = get_bus_stats,
    .close = close_device,
};

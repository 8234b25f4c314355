/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/driver-gauge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TRIPS 256
#define LOAD_SECONDS 10
#define SLOTS (LOAD_SECONDS + 1) /* the running second is not counted yet */

typedef struct {
    float trip_ms[TRIPS]; /* a ring */
    guint n_trips;        /* since the start */
    guint64 requests, errors;
    gint64 last_read_wall_us;
} Device;

struct DriverGauge {
    GMutex lock;
    Device *devices;
    gint64 busy_us[SLOTS]; /* by second of boot time */
    gint64 begun_s, now_s;
    guint64 errors;
    gint64 alive_at_us, bound_us;
};

DriverGauge *driver_gauge_new(guint n_devices, gint64 bound_us)
{
    DriverGauge *gauge = g_new0(DriverGauge, 1);

    g_mutex_init(&gauge->lock);
    gauge->devices = g_new0(Device, n_devices);
    gauge->bound_us = bound_us;
    gauge->alive_at_us = clock_boot_us();
    gauge->begun_s = gauge->now_s = gauge->alive_at_us / G_USEC_PER_SEC;
    return gauge;
}

void driver_gauge_free(DriverGauge *gauge)
{
    g_mutex_clear(&gauge->lock);
    g_free(gauge->devices);
    g_free(gauge);
}

/* Empties the slots of the seconds that have begun since. */
static void advance(DriverGauge *gauge, gint64 now_us)
{
    gint64 now_s = now_us / G_USEC_PER_SEC;

    for (gint64 s = MAX(gauge->now_s, now_s - SLOTS) + 1; s <= now_s; s++)
        gauge->busy_us[s % SLOTS] = 0;
    gauge->now_s = MAX(gauge->now_s, now_s);
}

static void add_busy(DriverGauge *gauge, gint64 from_us, gint64 until_us)
{
    advance(gauge, until_us);
    for (gint64 at_us = MAX(from_us, until_us - LOAD_SECONDS * G_USEC_PER_SEC); at_us < until_us;) {
        gint64 s = at_us / G_USEC_PER_SEC;
        gint64 end_us = MIN(until_us, (s + 1) * G_USEC_PER_SEC);

        gauge->busy_us[s % SLOTS] += end_us - at_us;
        at_us = end_us;
    }
}

void driver_gauge_touch(DriverGauge *gauge, gint64 now_us)
{
    g_mutex_lock(&gauge->lock);
    gauge->alive_at_us = now_us;
    g_mutex_unlock(&gauge->lock);
}

void driver_gauge_count(DriverGauge *gauge, guint index, gint64 from_us, Moment until, gboolean answered,
                        gboolean is_error)
{
    Device *device = &gauge->devices[index];

    g_mutex_lock(&gauge->lock);
    gauge->alive_at_us = until.boot_us;
    add_busy(gauge, from_us, until.boot_us);
    device->requests++;
    if (answered) {
        device->trip_ms[device->n_trips++ % TRIPS] = (float)(until.boot_us - from_us) / 1000;
        if (device->n_trips == 2 * TRIPS)
            device->n_trips = TRIPS;
    }
    if (is_error) {
        device->errors++;
        gauge->errors++;
    } else {
        device->last_read_wall_us = until.wall_us;
    }
    g_mutex_unlock(&gauge->lock);
}

void driver_gauge_count_line(DriverGauge *gauge, gint64 from_us, gint64 until_us, gboolean is_error)
{
    g_mutex_lock(&gauge->lock);
    gauge->alive_at_us = until_us;
    add_busy(gauge, from_us, until_us);
    if (is_error)
        gauge->errors++;
    g_mutex_unlock(&gauge->lock);
}

static int compare_floats(const void *a, const void *b)
{
    float left = *(const float *)a, right = *(const float *)b;

    return left < right ? -1 : left > right;
}

/* The nearest rank: the smallest trip that is not beaten by SHARE of them. */
static double percentile(const float *sorted, guint n, double share)
{
    guint rank = (guint)ceil(share * n);

    return n ? (double)sorted[rank ? rank - 1 : 0] : NAN;
}

void driver_gauge_get_device(DriverGauge *gauge, guint index, DriverDeviceStats *ret_stats)
{
    float trips[TRIPS];

    g_mutex_lock(&gauge->lock);
    const Device *device = &gauge->devices[index];
    guint n = MIN(device->n_trips, TRIPS);

    memcpy(trips, device->trip_ms, n * sizeof *trips);
    ret_stats->requests = device->requests;
    ret_stats->errors = device->errors;
    ret_stats->last_read_wall_us = device->last_read_wall_us;
    g_mutex_unlock(&gauge->lock);

    qsort(trips, n, sizeof *trips, compare_floats);
    ret_stats->rtt_p50_ms = percentile(trips, n, 0.50);
    ret_stats->rtt_p95_ms = percentile(trips, n, 0.95);
}

void driver_gauge_get_bus(DriverGauge *gauge, gint64 now_us, DriverBusStats *ret_stats)
{
    gint64 busy_us = 0;

    g_mutex_lock(&gauge->lock);
    advance(gauge, now_us);
    gint64 seconds = MIN(gauge->now_s - gauge->begun_s, LOAD_SECONDS);

    for (gint64 s = gauge->now_s - seconds; s < gauge->now_s; s++)
        busy_us += gauge->busy_us[s % SLOTS];
    ret_stats->load_percent = seconds ? 100.0 * (double)busy_us / (double)(seconds * G_USEC_PER_SEC) : 0;
    ret_stats->errors = gauge->errors;
    ret_stats->alive_at_us = gauge->alive_at_us;
    ret_stats->bound_us = gauge->bound_us;
    g_mutex_unlock(&gauge->lock);
}

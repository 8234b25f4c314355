/* SPDX-License-Identifier: Apache-2.0 */
/* The figures of a polled bus: round trips and errors per device, load, sign of life. Written by the bus
 * thread, read by the main thread; locked inside. */
#pragma once

#include "drivers/driver.h"

typedef struct DriverGauge DriverGauge;

DriverGauge *driver_gauge_new(guint n_devices, gint64 bound_us);
void driver_gauge_free(DriverGauge *gauge);

/* The thread lives. */
void driver_gauge_touch(DriverGauge *gauge, gint64 now_us);

/* A request of DEVICE took from FROM_US to UNTIL, answered or not. An exception is an answer, and an error.
 */
void driver_gauge_count(DriverGauge *gauge, guint device, gint64 from_us, Moment until, gboolean answered,
                        gboolean is_error);

/* The line was busy without a device (a connect), and it failed. */
void driver_gauge_count_line(DriverGauge *gauge, gint64 from_us, gint64 until_us, gboolean is_error);

/* Without `online`, which the driver knows. */
void driver_gauge_get_device(DriverGauge *gauge, guint device, DriverDeviceStats *ret_stats);
void driver_gauge_get_bus(DriverGauge *gauge, gint64 now_us, DriverBusStats *ret_stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DriverGauge, driver_gauge_free)

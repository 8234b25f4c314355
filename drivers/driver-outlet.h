/* SPDX-License-Identifier: Apache-2.0 */
/* The way of readings, link states and results from a bus thread to the main loop, at G_PRIORITY_HIGH, in
 * order. Readings that nobody takes are bounded (256 batches; further ones are dropped, and simply come
 * again); results are bounded by the commands that were given and are never dropped.
 *
 * All outlets share one source of the main loop: what comes from many buses at a time costs one wake-up.
 * Reference counted, so that a thread which outlives close() finds it closed instead of gone. */
#pragma once

#include "drivers/driver.h"

typedef struct DriverOutlet DriverOutlet;

/* Main thread. SINK is copied; its callbacks run in the main thread. To be closed by whoever made it. */
DriverOutlet *driver_outlet_new(const DriverSink *sink);

/* Any thread. */
DriverOutlet *driver_outlet_ref(DriverOutlet *outlet);
void driver_outlet_unref(DriverOutlet *outlet);

/* Any thread; what they point at is copied. False: dropped. */
gboolean driver_outlet_post_readings(DriverOutlet *outlet, const DriverReadings *readings);
gboolean driver_outlet_post_link(DriverOutlet *outlet, const DriverLink *link);
gboolean driver_outlet_post_result(DriverOutlet *outlet, const DriverCommandResult *result);

/* Main thread: no callback comes after this. A second call changes nothing. */
void driver_outlet_close(DriverOutlet *outlet);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DriverOutlet, driver_outlet_unref)

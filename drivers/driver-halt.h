/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a driver's thread: told by the main thread, felt by the thread in whatever it waits for, and
 * counted from by both, so that after close() has returned a thread which is still stuck somewhere knows by
 * the clock that it may not touch its line any more. Any thread; times are boot time in microseconds. */
#pragma once

#include <glib.h>

/* close() gives a thread so long from the beginning of its end, and then leaves it to itself. */
#define DRIVER_HALT_CLOSE_US (200 * (gint64)1000)

typedef struct DriverHalt DriverHalt;

DriverHalt *driver_halt_new(void);
void driver_halt_free(DriverHalt *halt);

/* The end begins; a second call changes nothing. */
void driver_halt_begin(DriverHalt *halt);

/* When it began; G_MAXINT64 while it has not. */
gint64 driver_halt_get_at(const DriverHalt *halt);

/* Whether it began at least AFTER_US ago. */
gboolean driver_halt_is_past(const DriverHalt *halt, gint64 after_us);

/* Waits for news of FD (-1: of nothing), until UNTIL_US, and at most until AFTER_US after the end has begun,
 * also where it begins meanwhile. What came, as poll() tells it; 0: nothing in time. */
int driver_halt_wait(const DriverHalt *halt, int fd, gint64 until_us, gint64 after_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DriverHalt, driver_halt_free)

/* SPDX-License-Identifier: Apache-2.0 */
/* Time. Durations and deadlines count on CLOCK_BOOTTIME in microseconds (`*_us`, "boot time"); wall time is a
 * label only. Any thread. */
#pragma once

#include <glib.h>

/* One instant on both clocks, taken together. */
typedef struct {
    gint64 boot_us; /* CLOCK_BOOTTIME: goes on during suspend, never steps */
    gint64 wall_us; /* Unix time; 0 where it does not matter */
} Moment;

#define CLOCK_NEVER G_MAXINT64

/* The instant now. */
Moment clock_now(void);

/* CLOCK_BOOTTIME now, in microseconds. */
gint64 clock_boot_us(void);

/* The kernel's random id of this boot, 36 characters; the caller owns it. "unknown" where /proc is missing.
 */
char *clock_boot_id(void);

/* Unix time in microseconds as RFC 3339 with milliseconds and the offset of ZONE
 * ("2026-11-22T14:21:44.318+08:00"); the caller owns it. */
char *clock_format(gint64 wall_us, GTimeZone *zone);

/* Reads RFC 3339 with an offset; false, RET_WALL_US untouched, where TEXT is nothing of the kind. */
gboolean clock_parse(const char *text, gint64 *ret_wall_us);

/* How far wall time can be trusted: "synced" (the kernel's clock is disciplined), "holdover" (it was set
 * once), or "unset" (it shows a year before this program was made); static. */
const char *clock_quality_name(void);

/* SPDX-License-Identifier: Apache-2.0 */
/* The window of one rate(): the readings of the last so many seconds, thinned to a bounded number, and the
 * change per minute over them. Times are boot time in microseconds. Main thread. */
#pragma once

#include <glib.h>

#define CONDITION_WINDOW_SAMPLES 256 /* readings closer together than window / 256 are thinned out */

typedef struct {
    gint64 at_us;
    double value;
} ConditionSample;

typedef struct {
    gint64 length_us;
    gint64 since_us; /* when this history began: its first reading, or the last absence; 0: it has not */
    ConditionSample latest;
    ConditionSample *kept; /* a ring, oldest first; the latest reading need not be among them */
    guint first, n;
} ConditionWindow;

/* An empty window of LENGTH_US; allocates all it will ever need. */
void condition_window_init(ConditionWindow *window, gint64 length_us);
void condition_window_clear(ConditionWindow *window);

/* Takes over the history of OLD, a window of the same length. */
void condition_window_adopt(ConditionWindow *window, const ConditionWindow *old);

/* Takes a good reading; one older than the latest is ignored. */
void condition_window_add(ConditionWindow *window, gint64 at_us, double value);

/* Forgets all: the value does not exist any more (what comes later is another car's). */
void condition_window_restart(ConditionWindow *window, gint64 at_us);

/* The change per minute from the oldest reading in the window to the latest. False, RET_PER_MINUTE untouched,
 * where they are less than half the window apart. */
gboolean condition_window_find_rate(const ConditionWindow *window, double *ret_per_minute);

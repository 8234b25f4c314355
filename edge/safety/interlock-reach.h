/* SPDX-License-Identifier: Apache-2.0 */
/* What the interlock can command for each connector, and which points it looks at: tables made once from the
 * model. Main thread; boot time in microseconds. */
#pragma once

#include "edge/model/model.h"

#define INTERLOCK_REACH_NONE G_MAXUINT

/* One thing that can be commanded: a connector's verb, or a breaker's trip that several ladders share. */
typedef struct {
    guint device;
    guint number; /* connector number, 0: the device's own */
    char verb[40];
    guint rung;    /* SITE_RUNGS: enable */
    GArray *users; /* guint: connectors */
    /* the interlock's: what is on its way */
    gboolean in_flight;
    guint64 id;
    gint64 issued_at_us;
    gint64 retry_at_us;
} InterlockTarget;

typedef struct {
    guint target[SITE_RUNGS + 1]; /* by rung, then `enable`; INTERLOCK_REACH_NONE: it has none */
} InterlockReachOf;

typedef struct {
    const Model *model;
    GPtrArray *targets; /* InterlockTarget */
    InterlockReachOf *connectors;
    guint *watch_start; /* of each point: its slice of watch_list; n_points + 1 */
    guint *watch_list;  /* connectors */
} InterlockReach;

/* The tables of MODEL (borrowed). */
InterlockReach *interlock_reach_new(const Model *model);
void interlock_reach_free(InterlockReach *reach);

/* The target of CONNECTOR at RUNG (SITE_RUNGS: enable), or INTERLOCK_REACH_NONE; and the target itself. */
guint interlock_reach_find(const InterlockReach *reach, guint connector, guint rung);
InterlockTarget *interlock_reach_get(const InterlockReach *reach, guint target);

/* The connectors whose proof looks at POINT (but for the main breaker's contact), borrowed. */
const guint *interlock_reach_list(const InterlockReach *reach, guint point, guint *ret_n);

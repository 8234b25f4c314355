/* SPDX-License-Identifier: Apache-2.0 */
/* A point: one value of one device with its quality and its times. Plain data, owned by the model, main
 * thread. */
#pragma once

#include <glib.h>

#define POINT_TEXT_SIZE 40   /* longest ASCII value with its NUL (Alfen's texts are 34) */
#define POINT_NONE G_MAXUINT /* "no such point" */

typedef enum {
    POINT_QUALITY_UNKNOWN, /* never read */
    POINT_QUALITY_GOOD,
    POINT_QUALITY_STALE,  /* older than its allowed age */
    POINT_QUALITY_BAD,    /* the device says so, or the value is impossible */
    POINT_QUALITY_ABSENT, /* the device answered, and has no such value now */
} PointQuality;

/* A number, a mapped word ("charging", its raw number beside it), or ASCII text (number 0). */
typedef struct {
    double number;
    char text[POINT_TEXT_SIZE]; /* "" for plain numbers */
} PointValue;

typedef struct {
    char *path;        /* "dc-03/2/power"; owned */
    char *name;        /* "power"; owned */
    char *unit;        /* "kW" or ""; owned */
    guint device;      /* index into the model's devices */
    guint connector;   /* 1 …, 0 for the device's own points */
    gint64 max_age_us; /* a good value older than this becomes stale; CLOCK_NEVER: never */
    gint64 watched_us; /* boot time since which somebody tries to read it; CLOCK_NEVER: nobody does */
    PointQuality quality;
    gboolean
        has_value;    /* whether `value` is one: true from the first good reading until the value is absent */
    PointValue value; /* the last one; true while good, "the last" while stale or bad */
    gint64 asked_at_us;  /* boot time at which the request for this value was sent; 0: never */
    gint64 read_at_us;   /* boot time at which its answer came; 0: never */
    gint64 read_wall_us; /* the same as wall time */
} Point;

/* The word of CONTRACT section 4 for QUALITY; static. */
const char *point_quality_name(PointQuality quality);

/* VALUE as people read it ("61.5", "charging"); the caller owns it. */
char *point_value_format(const PointValue *value);

/* SPDX-License-Identifier: Apache-2.0 */
/* What is true now: all points of the station with quality and age, its devices and connectors. No I/O; the
 * main thread owns it. Times are boot time in microseconds.
 *
 * Devices: one per configured device (same order and index as site->devices), then one per bus ("bus/NAME"),
 * one per camera, and last the station itself ("station"). Their own points (online, load_percent, hq_online
 * …) exist beside those of profiles. A device's profile points are consecutive: profile point i is model
 * point device.first_point + i. */
#pragma once

#include "edge/base/clock.h"
#include "edge/model/point.h"
#include "edge/model/site.h"

typedef enum {
    MODEL_KIND_CHARGER,
    MODEL_KIND_METER,
    MODEL_KIND_SENSOR,
    MODEL_KIND_IO,
    MODEL_KIND_CAMERA,
    MODEL_KIND_BUS,
    MODEL_KIND_STATION
} ModelKind;

#define MODEL_ANY_UNIT G_MAXUINT

typedef struct {
    char *path; /* "dc-01", "bus/yard", "station" */
    ModelKind kind;
    char *zone;             /* "" : none */
    const SiteDevice *site; /* NULL for bus, camera and station */
    guint first_point;      /* of its profile's points */
    guint online;           /* point index of …/online */
    guint first_connector;  /* index into the model's connectors */
    guint n_connectors;
} ModelDevice;

typedef struct {
    char *path; /* "dc-01/2" */
    guint device;
    guint number; /* 1 … */
    /* indices of the points that prove a stop, or POINT_NONE */
    guint status;
    guint current[3]; /* `current` alone, or the phases */
    guint n_current;
    guint power;
    guint feeder_contact;          /* auxiliary contact of its feeder breaker */
    guint feeder_meter_current[3]; /* of its feeder's meter */
    guint n_feeder_meter_current;
} ModelConnector;

/* Told after each reading of POINT, changed or not, and when its quality changes by expiry. */
typedef void (*ModelWatch)(guint point, Moment now, gpointer user_data);

typedef struct {
    Point *points;
    guint n_points;
    ModelDevice *devices;
    guint n_devices;
    ModelConnector *connectors;
    guint n_connectors;
    GHashTable *by_path; /* path → point index + 1 */
    ModelWatch watch;
    gpointer watch_data;
    Site *site; /* a reference */
} Model;

/* The model of SITE, all points unknown. */
Model *model_new(Site *site);
void model_free(Model *model);

/* The one observer of readings; it fans out by its own tables. */
void model_set_watch(Model *model, ModelWatch watch, gpointer user_data);

/* The index of the point at PATH ("dc-01/2/power"), or POINT_NONE. */
guint model_find_point(const Model *model, const char *path);

/* The index of the device or connector at PATH, or G_MAXUINT. */
guint model_find_device(const Model *model, const char *path);
guint model_find_connector(const Model *model, const char *path);

/* Whether what UNIT (a unit id, MODEL_ANY_UNIT: all) of its device says is what POINT is read from. */
gboolean model_is_at_unit(const Model *model, guint point, guint unit);

/* Takes a reading of POINT: GOOD, BAD or ABSENT with the times of its request and its answer. A reading asked
 * before the one already held is dropped. */
void model_read(Model *model, guint point, PointQuality quality, const PointValue *value, gint64 asked_at_us,
                Moment read_at);

/* Sets a point that the station itself knows (online, clock, books): a good reading of now. */
void model_set(Model *model, guint point, double number, const char *text, Moment now);

/* Says that POINT is polled from now on; unknown counts from here. */
void model_begin_watching(Model *model, guint point, gint64 now_us);

/* Makes every good point older than its allowed age stale, and tells. Call a few times a second. */
void model_expire(Model *model, Moment now);

/* Carries values, times and qualities over from OLD for every path that both have (reload). */
void model_adopt(Model *model, const Model *old);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Model, model_free)

/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in the model and in the guard as JSON with the keys of CONTRACT section 5, for D-Bus, events
 * and stationctl alike; and the typed forms of org.stationmaster.Station1. Main thread. */
#pragma once

#include "edge/model/model.h"
#include "edge/safety/guard.h"

#include <json-glib/json-glib.h>

/* The alarm object; times with the offset of ZONE (NULL: UTC). */
JsonNode *view_alarm(const Alarm *alarm, GTimeZone *zone);

/* Who has disabled CONNECTOR ("hq:NAME"), borrowed; NULL: nobody. */
typedef const char *(*ViewDisabler)(guint connector, gpointer user_data);

/* Array of connectors: path status held hold_alarm hold_cause disabled disabled_by order, and its points by
 * name (number, word, or null where there is no good value; `NAME_quality` beside it where it is not good).
 */
JsonNode *view_connectors(const Model *model, const Guard *guard, ViewDisabler disabler, gpointer user_data);

/* Whether PATH matches GLOB (`*` and `?`, `*` also over `/`; "": all). */
gboolean view_matches(const char *glob, const char *path);

/* POINT as a VIEW_POINT_TYPE of ListPoints. A value stands there while it is good, and as the last one while
 * it is stale; else NaN and "". */
#define VIEW_POINT_TYPE "(sdsssxx)"
GVariant *view_point(const Point *point, gint64 now_us);

/* CONNECTOR, which DISABLED_BY (NULL: nobody) has disabled, as a VIEW_CHANGE_TYPE of ConnectorsChanged. */
#define VIEW_CHANGE_TYPE "(ssdddbs)"
GVariant *view_connector_change(const Model *model, const Guard *guard, guint connector,
                                const char *disabled_by);

/* NODE as one line of text; the caller owns it. Consumes NODE. */
char *view_take_text(JsonNode *node);

/* The member NAME of the object that BUILDER is in; TEXT NULL, a NUMBER that JSON has no word for, and
 * WALL_US 0 are null. */
void view_add_text(JsonBuilder *builder, const char *name, const char *text);
void view_add_integer(JsonBuilder *builder, const char *name, gint64 number);
void view_add_number(JsonBuilder *builder, const char *name, double number);
void view_add_boolean(JsonBuilder *builder, const char *name, gboolean value);
void view_add_time(JsonBuilder *builder, const char *name, gint64 wall_us, GTimeZone *zone);

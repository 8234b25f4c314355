/* SPDX-License-Identifier: Apache-2.0 */
/* The station as the wall knows it: lists of items, and the header's texts as properties (name, other-name,
 * clock, date, hq, hq-style, devices, devices-style, guard, guard-style, lost, announcement). Everything
 * comes in as the texts and variants of D-Bus, from the bus or from a fixture alike, and is hostile until
 * read. Main thread. */
#pragma once

#include "ui/wall-alarm-item.h"
#include "ui/wall-figures-item.h"
#include "ui/wall-item.h"
#include "ui/wall-site.h"

#define WALL_TYPE_STATION (wall_station_get_type())
G_DECLARE_FINAL_TYPE(WallStation, wall_station, WALL, STATION, WallItem)

#define WALL_STATION_MOST 1000               /* items of one list */
#define WALL_STATION_SILENT_US (2500 * 1000) /* without an answer: "no data since" */

/* SITE (NULL: nothing is known of it) says what things are called; it must outlive the station. */
WallStation *wall_station_new(const WallSite *site);

/* Sorted lists of WallConnectorItem, WallAlarmItem (those that are not over, the most urgent first),
 * WallZoneItem. */
GListModel *wall_station_get_connectors(WallStation *self);
GListModel *wall_station_get_alarms(WallStation *self);
GListModel *wall_station_get_zones(WallStation *self);
WallFiguresItem *wall_station_get_figures(WallStation *self);
/* The connector of that path, borrowed, or NULL. */
WallConnectorItem *wall_station_find_connector(WallStation *self, const char *path);
/* The alarm that calls a person, first out first; NULL: none. Borrowed. RET_MORE: how many others call. */
WallAlarmItem *wall_station_find_calling(WallStation *self, guint *ret_more);
/* Whether ALARM, of this station once, still calls a person: neither acknowledged nor over nor gone. */
gboolean wall_station_is_calling(WallStation *self, WallAlarmItem *alarm);
/* How often an alarm has begun to call, a known one again too: more than before means news for a person. */
guint wall_station_count_calls(WallStation *self);
/* Whether stationd has answered lately. */
gboolean wall_station_is_live(WallStation *self);
/* Whether a status has come at all. */
gboolean wall_station_has_status(WallStation *self);

/* What D-Bus answered; what is not as it should be is passed over. */
void wall_station_take_status(WallStation *self, const char *json);
void wall_station_take_devices(WallStation *self, const char *json);
void wall_station_take_connectors(WallStation *self, const char *json);
void wall_station_take_alarms(WallStation *self, const char *json);
void wall_station_take_alarm(WallStation *self, const char *json);
void wall_station_take_announcements(WallStation *self, const char *json);
/* POINTS as a(sdsssxx), of the whole station; CHANGES as a(ssdddbs). */
void wall_station_take_points(WallStation *self, GVariant *points);
void wall_station_change_connectors(WallStation *self, GVariant *changes);
/* stationd has gone from the bus: no need to wait. */
void wall_station_lose(WallStation *self);

/* Moves clock, running times and ages on. */
void wall_station_tick(WallStation *self);
/* Stands still at that time, for pictures; 0: goes with the clock. */
void wall_station_freeze(WallStation *self, gint64 wall_us);

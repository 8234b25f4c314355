/* SPDX-License-Identifier: Apache-2.0 */
/* An alarm as list and page show it: texts id, title, where, place (shorter), word, shape, style, state,
 * time, age, advice, value, zone, latency, by, subject; its ladder as a list of steps (connector, rung,
 * shape, word, style, proof). Main thread. */
#pragma once

#include "ui/wall-item.h"
#include "ui/wall-site.h"

#include <json-glib/json-glib.h>

#define WALL_TYPE_ALARM_ITEM (wall_alarm_item_get_type())
G_DECLARE_FINAL_TYPE(WallAlarmItem, wall_alarm_item, WALL, ALARM_ITEM, WallItem)
#define WALL_TYPE_STEP_ITEM (wall_step_item_get_type())
G_DECLARE_FINAL_TYPE(WallStepItem, wall_step_item, WALL, STEP_ITEM, WallItem)

/* Rungs of one alarm that are shown each; of a longer ladder the rung that each connector has come to. */
#define WALL_ALARM_STEPS 12
#define WALL_ALARM_CONNECTORS 500

WallAlarmItem *wall_alarm_item_new(void);
const char *wall_alarm_item_id(WallAlarmItem *self);
const char *wall_alarm_item_subject(WallAlarmItem *self);
const char *wall_alarm_item_zone(WallAlarmItem *self);
/* Whether it asks for a person: critical and not acknowledged. */
gboolean wall_alarm_item_is_calling(WallAlarmItem *self);
gboolean wall_alarm_item_is_over(WallAlarmItem *self);
gint64 wall_alarm_item_raised_us(WallAlarmItem *self);
int wall_alarm_item_rank(WallAlarmItem *self); /* 0: critical … 3: low */
GListModel *wall_alarm_item_get_steps(WallAlarmItem *self);
/* Takes one alarm object; times in ZONE, things by what SITE calls them. */
void wall_alarm_item_take(WallAlarmItem *self, JsonObject *alarm, GTimeZone *zone, const WallSite *site);
/* Counts on the running time. */
void wall_alarm_item_tick(WallAlarmItem *self, gint64 now_wall_us);

/* SPDX-License-Identifier: Apache-2.0 */
/* The environment of a zone as its row shows it: texts title, and for temperature, humidity, smoke, water and
 * door each the value and its style ("temperature", "temperature-style" …). The worst of several sensors is
 * shown. Main thread. */
#pragma once

#include "ui/wall-item.h"

#define WALL_TYPE_ZONE_ITEM (wall_zone_item_get_type())
G_DECLARE_FINAL_TYPE(WallZoneItem, wall_zone_item, WALL, ZONE_ITEM, WallItem)

WallZoneItem *wall_zone_item_new(const char *name, const char *title);
const char *wall_zone_item_name(WallZoneItem *self);
/* Forgets what was collected; then each point of the zone is added; then it is shown. */
void wall_zone_item_begin(WallZoneItem *self);
void wall_zone_item_add(WallZoneItem *self, const char *point, double number, const char *text,
                        const char *quality, gint64 age_ms);
/* False where it has no points at all. */
gboolean wall_zone_item_show(WallZoneItem *self);
/* Whether POINT is one that a zone shows. */
gboolean wall_zone_item_knows(const char *point);

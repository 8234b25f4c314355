/* SPDX-License-Identifier: Apache-2.0 */
/* A connector as its tile shows it: texts path, word, shape, style, soc, unit, power, energy, time, note;
 * fraction: state of charge. Main thread. */
#pragma once

#include "ui/wall-item.h"

#include <json-glib/json-glib.h>

#define WALL_TYPE_CONNECTOR_ITEM (wall_connector_item_get_type())
G_DECLARE_FINAL_TYPE(WallConnectorItem, wall_connector_item, WALL, CONNECTOR_ITEM, WallItem)

WallConnectorItem *wall_connector_item_new(void);
const char *wall_connector_item_path(WallConnectorItem *self);
/* Takes one object of ListConnectors. */
void wall_connector_item_take(WallConnectorItem *self, JsonObject *connector);
/* Takes one change of the signal ConnectorsChanged; numbers may be NaN. */
void wall_connector_item_change(WallConnectorItem *self, const char *status, double power_kw, double soc,
                                gboolean held);

/* SPDX-License-Identifier: Apache-2.0 */
/* A connector as its tile shows it: texts path, name (for people), word, shape, style, soc, unit, power,
 * energy, time, note and temperature; fraction: state of charge. Main thread. */
#pragma once

#include "ui/wall-item.h"
#include "ui/wall-site.h"

#include <json-glib/json-glib.h>

#define WALL_TYPE_CONNECTOR_ITEM (wall_connector_item_get_type())
G_DECLARE_FINAL_TYPE(WallConnectorItem, wall_connector_item, WALL, CONNECTOR_ITEM, WallItem)

WallConnectorItem *wall_connector_item_new(void);
const char *wall_connector_item_path(WallConnectorItem *self);
const char *wall_connector_item_name(WallConnectorItem *self);
/* Takes one object of ListConnectors, and WHY it is held ("": not known). */
void wall_connector_item_take(WallConnectorItem *self, JsonObject *connector, const WallSite *site,
                              const char *why);
/* Takes one change of the signal ConnectorsChanged; numbers may be NaN; DISABLED_BY: "hq:NAME", or "". */
void wall_connector_item_change(WallConnectorItem *self, const char *status, double power_kw, double soc,
                                gboolean held, const char *disabled_by);
/* How old its status is, where it is not good; below 0: it was never read, or is good. */
void wall_connector_item_set_age(WallConnectorItem *self, gint64 age_ms);

/* What it adds to the station's key figures; numbers may be NaN. */
typedef struct {
    double power_kw, rated_kw, energy_kwh, bms_temp_c;
    gboolean session, charging, free, amiss;
} WallConnectorFigures;

/* Borrowed. */
const WallConnectorFigures *wall_connector_item_get_figures(WallConnectorItem *self);

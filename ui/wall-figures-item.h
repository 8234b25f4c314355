/* SPDX-License-Identifier: Apache-2.0 */
/* The station's key figures of this moment, over all connectors: texts power, power-of, charging,
 * charging-of, free, energy, hottest, hottest-at, amiss, amiss-style; fraction: power by what all could give.
 * Main thread. */
#pragma once

#include "ui/wall-connector-item.h"

#define WALL_TYPE_FIGURES_ITEM (wall_figures_item_get_type())
G_DECLARE_FINAL_TYPE(WallFiguresItem, wall_figures_item, WALL, FIGURES_ITEM, WallItem)

WallFiguresItem *wall_figures_item_new(void);
/* Counts CONNECTORS (WallConnectorItem). */
void wall_figures_item_count(WallFiguresItem *self, GListModel *connectors);

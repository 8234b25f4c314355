/* SPDX-License-Identifier: Apache-2.0 */
/* A tile of one connector: a WallConnectorItem as colour, shape, word, ring and figures. Main thread. */
#pragma once

#include "ui/wall-view.h"

#define WALL_TYPE_CONNECTOR_TILE (wall_connector_tile_get_type())
G_DECLARE_FINAL_TYPE(WallConnectorTile, wall_connector_tile, WALL, CONNECTOR_TILE, WallView)

/* A view of ITEM (NULL: none yet). */
GtkWidget *wall_connector_tile_new(WallItem *item);

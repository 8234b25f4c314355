/* SPDX-License-Identifier: Apache-2.0 */
/* A connector where there are many: a WallConnectorItem without its ring. Main thread. */
#pragma once

#include "ui/wall-view.h"

#define WALL_TYPE_CONNECTOR_CHIP (wall_connector_chip_get_type())
G_DECLARE_FINAL_TYPE(WallConnectorChip, wall_connector_chip, WALL, CONNECTOR_CHIP, WallView)

/* A view of ITEM (NULL: none yet). */
GtkWidget *wall_connector_chip_new(WallItem *item);

/* SPDX-License-Identifier: Apache-2.0 */
/* A row of the environment: a WallZoneItem. Main thread. */
#pragma once

#include "ui/wall-view.h"

#define WALL_TYPE_ZONE_ROW (wall_zone_row_get_type())
G_DECLARE_FINAL_TYPE(WallZoneRow, wall_zone_row, WALL, ZONE_ROW, WallView)

/* A view of ITEM (NULL: none yet). */
GtkWidget *wall_zone_row_new(WallItem *item);

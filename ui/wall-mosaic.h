/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles of equal size that fill its area; what does not fit is shown in turns. Main thread. */
#pragma once

#include "ui/wall-item.h"

#include <gtk/gtk.h>

#define WALL_TYPE_MOSAIC (wall_mosaic_get_type())
G_DECLARE_FINAL_TYPE(WallMosaic, wall_mosaic, WALL, MOSAIC, GtkWidget)

#define WALL_MOSAIC_TURN_S 8

/* Shows ITEMS, each by the widget that MAKE gives. */
void wall_mosaic_bind(WallMosaic *self, GListModel *items, GtkWidget *(*make)(WallItem *item));

/* How N tiles of at least MIN_WIDTH × MIN_HEIGHT stand best in WIDTH × HEIGHT with GAP between them: sets
 * columns and rows (at least 1 each), which hold fewer than N where there is no room. Pure. */
void wall_mosaic_divide(guint n, int width, int height, int min_width, int min_height, int gap,
                        guint *ret_columns, guint *ret_rows);

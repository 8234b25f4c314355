/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles of equal size that fill its area; what does not fit is shown in turns, and
 * which turn is told beneath. Main thread. */
#pragma once

#include "ui/wall-item.h"

#include <gtk/gtk.h>

#define WALL_TYPE_MOSAIC (wall_mosaic_get_type())
G_DECLARE_FINAL_TYPE(WallMosaic, wall_mosaic, WALL, MOSAIC, GtkWidget)

#define WALL_MOSAIC_TURN_S 8
#define WALL_MOSAIC_MANY 16 /* more are shown small */

typedef GtkWidget *(*WallMosaicMake)(WallItem *item);

/* Shows ITEMS (NULL: none) from now on, each by the widget that MAKE gives, or MAKE_SMALL (NULL: the same)
 * where there are many. */
void wall_mosaic_bind(WallMosaic *self, GListModel *items, WallMosaicMake make, WallMosaicMake make_small);

/* As a list: one column of rows that are no higher than they need, with room for LEAST of them, where there
 * are as many, whoever else wants it. Before wall_mosaic_bind(), and again for another LEAST. */
void wall_mosaic_set_list(WallMosaic *self, guint least);

/* How N tiles of at least MIN_WIDTH × MIN_HEIGHT stand best in WIDTH × HEIGHT with GAP between them: sets
 * columns and rows (at least 1 each), which hold fewer than N where there is no room. Pure. */
void wall_mosaic_divide(guint n, int width, int height, int min_width, int min_height, int gap,
                        guint *ret_columns, guint *ret_rows);

/* SPDX-License-Identifier: Apache-2.0 */
/* The row of the station's key figures: a WallFiguresItem. Main thread. */
#pragma once

#include "ui/wall-view.h"

#define WALL_TYPE_FIGURES (wall_figures_get_type())
G_DECLARE_FINAL_TYPE(WallFigures, wall_figures, WALL, FIGURES, WallView)

/* A view of ITEM (NULL: none yet). */
GtkWidget *wall_figures_new(WallItem *item);

/* SPDX-License-Identifier: Apache-2.0 */
/* A row of the ladder: a WallStepItem. Main thread. */
#pragma once

#include "ui/wall-view.h"

#define WALL_TYPE_STEP_ROW (wall_step_row_get_type())
G_DECLARE_FINAL_TYPE(WallStepRow, wall_step_row, WALL, STEP_ROW, WallView)

/* A view of ITEM (NULL: none yet). */
GtkWidget *wall_step_row_new(WallItem *item);

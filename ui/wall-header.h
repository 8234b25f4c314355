/* SPDX-License-Identifier: Apache-2.0 */
/* The line on top of every page: a WallStation. Main thread. */
#pragma once

#include "ui/wall-view.h"

#define WALL_TYPE_HEADER (wall_header_get_type())
G_DECLARE_FINAL_TYPE(WallHeader, wall_header, WALL, HEADER, WallView)

/* A view of ITEM (NULL: none yet). */
GtkWidget *wall_header_new(WallItem *item);

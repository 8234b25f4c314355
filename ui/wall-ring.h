/* SPDX-License-Identifier: Apache-2.0 */
/* A ring that is filled to its property `fraction` (below 0: an empty track), in its CSS colour, around its
 * child. Main thread. */
#pragma once

#include <gtk/gtk.h>

#define WALL_TYPE_RING (wall_ring_get_type())
G_DECLARE_FINAL_TYPE(WallRing, wall_ring, WALL, RING, GtkWidget)

GtkWidget *wall_ring_new(void);

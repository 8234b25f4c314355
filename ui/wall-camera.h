/* SPDX-License-Identifier: Apache-2.0 */
/* One camera's tile: its picture, its title, and how old the picture is. All tiles are drawn from one tick.
 * Main thread. */
#pragma once

#include "ui/wall-site.h"

#include <gtk/gtk.h>

#define WALL_TYPE_CAMERA (wall_camera_get_type())
G_DECLARE_FINAL_TYPE(WallCamera, wall_camera, WALL, CAMERA, GtkWidget)

/* A tile that shows CAMERA, which is borrowed and outlives it, under its name. The stream is fetched while
 * the tile is on the screen (mapped). As high as 16:9 asks for its width; what is higher has black borders.
 */
GtkWidget *wall_camera_new(const WallSiteCamera *camera);

/* Whether a tile on the screen still waits for a first picture of its own size, of a stream that is not known
 * to be lost. */
gboolean wall_camera_is_awaited(void);

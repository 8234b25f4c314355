/* SPDX-License-Identifier: Apache-2.0 */
/* One camera's tile: its picture, its title, and how old the picture is. All tiles are drawn from one tick.
 * Main thread. */
#pragma once

#include <gtk/gtk.h>

#define WALL_TYPE_CAMERA (wall_camera_get_type())
G_DECLARE_FINAL_TYPE(WallCamera, wall_camera, WALL, CAMERA, GtkWidget)

/* A tile that shows the stream at URI ("": none) of the camera NAME under TITLE. User and password stand in
 * URI where they are needed, and are never shown. The stream is fetched while the tile is on the screen
 * (mapped). */
GtkWidget *wall_camera_new(const char *name, const char *title, const char *uri);

/* SPDX-License-Identifier: Apache-2.0 */
/* The frame: header, what is amiss, the pages, announcements, and the PIN pad over them. An alarm that calls
 * a person brings its page by itself. Main thread. */
#pragma once

#include "ui/wall-site.h"
#include "ui/wall-source.h"

#include <gtk/gtk.h>

#define WALL_TYPE_WINDOW (wall_window_get_type())
G_DECLARE_FINAL_TYPE(WallWindow, wall_window, WALL, WINDOW, GtkApplicationWindow)

#define WALL_WINDOW_TICK_MS 250
#define WALL_WINDOW_AWAY_S 30  /* a person who left the alarm's page is brought back */
#define WALL_WINDOW_NOTICE_S 8 /* why the PIN pad has gone */

/* STATION and SITE must outlive it; SOURCE may be NULL: nobody to ask. */
GtkWidget *wall_window_new(GtkApplication *application, WallStation *station, const WallSite *site,
                           WallSource *source);
/* Shows "overview", "alarm" or "pin" until a person or an alarm changes it; false where there is no such
 * page. */
gboolean wall_window_show(WallWindow *self, const char *page);
/* Shows at once what the station knows now. */
void wall_window_refresh(WallWindow *self);
/* STAFF as ListStaff gives it, to a pad that is open. */
void wall_window_take_staff(WallWindow *self, const char *json);

/* SPDX-License-Identifier: Apache-2.0 */
/* The page of the quiet station: connectors, a camera, environment by zone, alarms. Main thread. */
#pragma once

#include "ui/wall-site.h"
#include "ui/wall-station.h"

#include <gtk/gtk.h>

#define WALL_TYPE_OVERVIEW (wall_overview_get_type())
G_DECLARE_FINAL_TYPE(WallOverview, wall_overview, WALL, OVERVIEW, GtkWidget)

/* STATION and SITE must outlive it. */
GtkWidget *wall_overview_new(WallStation *station, const WallSite *site);
/* Whether something URGENT takes room: the key figures make way for it. Whether something is ANNOUNCED, which
 * may take three lines: the zones make way, and come in turns. */
void wall_overview_set_crowded(WallOverview *self, gboolean urgent, gboolean announced);

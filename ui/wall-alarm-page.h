/* SPDX-License-Identifier: Apache-2.0 */
/* The page of one alarm that calls a person: what and where, since when, what to do, what the station has
 * done, what is seen. Signals: "acknowledge", "silence", "overview". Main thread. */
#pragma once

#include "ui/wall-alarm-item.h"
#include "ui/wall-site.h"
#include "ui/wall-station.h"
#include "ui/wall-view.h"

#define WALL_TYPE_ALARM_PAGE (wall_alarm_page_get_type())
G_DECLARE_FINAL_TYPE(WallAlarmPage, wall_alarm_page, WALL, ALARM_PAGE, WallView)

/* STATION and SITE must outlive it. */
GtkWidget *wall_alarm_page_new(WallStation *station, const WallSite *site);
/* Shows ALARM (NULL: none), beside which MORE others call. */
void wall_alarm_page_show(WallAlarmPage *self, WallAlarmItem *alarm, guint more);

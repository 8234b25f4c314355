/* SPDX-License-Identifier: Apache-2.0 */
/* A row of the alarm list: a WallAlarmItem. Main thread. */
#pragma once

#include "ui/wall-view.h"

#define WALL_TYPE_ALARM_ROW (wall_alarm_row_get_type())
G_DECLARE_FINAL_TYPE(WallAlarmRow, wall_alarm_row, WALL, ALARM_ROW, WallView)

/* A view of ITEM (NULL: none yet). */
GtkWidget *wall_alarm_row_new(WallItem *item);

/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-alarm-row.h"

struct _WallAlarmRow {
    WallView parent_instance;
};

G_DEFINE_FINAL_TYPE(WallAlarmRow, wall_alarm_row, WALL_TYPE_VIEW)

static void wall_alarm_row_class_init(WallAlarmRowClass *class)
{
    wall_view_install(GTK_WIDGET_CLASS(class), "wall-alarm-row");
}

static void wall_alarm_row_init(WallAlarmRow *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

GtkWidget *wall_alarm_row_new(WallItem *item)
{
    return g_object_new(WALL_TYPE_ALARM_ROW, "item", item, NULL);
}

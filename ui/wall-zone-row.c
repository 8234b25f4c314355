/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-zone-row.h"

struct _WallZoneRow {
    WallView parent_instance;
};

G_DEFINE_FINAL_TYPE(WallZoneRow, wall_zone_row, WALL_TYPE_VIEW)

static void wall_zone_row_class_init(WallZoneRowClass *class)
{
    wall_view_install(GTK_WIDGET_CLASS(class), "wall-zone-row");
}

static void wall_zone_row_init(WallZoneRow *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

GtkWidget *wall_zone_row_new(WallItem *item)
{
    return g_object_new(WALL_TYPE_ZONE_ROW, "item", item, NULL);
}

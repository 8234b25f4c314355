/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-connector-chip.h"

struct _WallConnectorChip {
    WallView parent_instance;
};

G_DEFINE_FINAL_TYPE(WallConnectorChip, wall_connector_chip, WALL_TYPE_VIEW)

static void wall_connector_chip_class_init(WallConnectorChipClass *class)
{
    wall_view_install(GTK_WIDGET_CLASS(class), "wall-connector-chip");
}

static void wall_connector_chip_init(WallConnectorChip *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

GtkWidget *wall_connector_chip_new(WallItem *item)
{
    return g_object_new(WALL_TYPE_CONNECTOR_CHIP, "item", item, NULL);
}

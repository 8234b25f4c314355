/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-connector-strip.h"

struct _WallConnectorStrip {
    WallView parent_instance;
};

G_DEFINE_FINAL_TYPE(WallConnectorStrip, wall_connector_strip, WALL_TYPE_VIEW)

static void wall_connector_strip_class_init(WallConnectorStripClass *class)
{
    wall_view_install(GTK_WIDGET_CLASS(class), "wall-connector-strip");
}

static void wall_connector_strip_init(WallConnectorStrip *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

GtkWidget *wall_connector_strip_new(WallItem *item)
{
    return g_object_new(WALL_TYPE_CONNECTOR_STRIP, "item", item, NULL);
}

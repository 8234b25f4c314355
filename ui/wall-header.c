/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-header.h"

struct _WallHeader {
    WallView parent_instance;
};

G_DEFINE_FINAL_TYPE(WallHeader, wall_header, WALL_TYPE_VIEW)

static void wall_header_class_init(WallHeaderClass *class)
{
    wall_view_install(GTK_WIDGET_CLASS(class), "wall-header");
}

static void wall_header_init(WallHeader *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

GtkWidget *wall_header_new(WallItem *item)
{
    return g_object_new(WALL_TYPE_HEADER, "item", item, NULL);
}

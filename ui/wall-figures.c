/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-figures.h"

struct _WallFigures {
    WallView parent_instance;
};

G_DEFINE_FINAL_TYPE(WallFigures, wall_figures, WALL_TYPE_VIEW)

static void wall_figures_class_init(WallFiguresClass *class)
{
    wall_view_install(GTK_WIDGET_CLASS(class), "wall-figures");
}

static void wall_figures_init(WallFigures *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

GtkWidget *wall_figures_new(WallItem *item)
{
    return g_object_new(WALL_TYPE_FIGURES, "item", item, NULL);
}

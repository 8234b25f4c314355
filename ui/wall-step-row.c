/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-step-row.h"

struct _WallStepRow {
    WallView parent_instance;
};

G_DEFINE_FINAL_TYPE(WallStepRow, wall_step_row, WALL_TYPE_VIEW)

static void wall_step_row_class_init(WallStepRowClass *class)
{
    wall_view_install(GTK_WIDGET_CLASS(class), "wall-step-row");
}

static void wall_step_row_init(WallStepRow *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

GtkWidget *wall_step_row_new(WallItem *item)
{
    return g_object_new(WALL_TYPE_STEP_ROW, "item", item, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The base of what shows one item: its template's labels bind to the property `item`, and the item's text
 * "style", where it has one, is the widget's style class. Main thread. */
#pragma once

#include "ui/wall-item.h"

#include <gtk/gtk.h>

#define WALL_TYPE_VIEW (wall_view_get_type())
G_DECLARE_DERIVABLE_TYPE(WallView, wall_view, WALL, VIEW, GtkWidget)

struct _WallViewClass {
    GtkWidgetClass parent_class;
};

/* To be called in a class_init: takes the template NAME.ui, in which `classes(BASE, STYLE)` gives style
 * classes, and NAME without "wall-" as the CSS name. */
void wall_view_install(GtkWidgetClass *class, const char *name);
/* The item, borrowed, or NULL. */
WallItem *wall_view_get_item(WallView *self);
void wall_view_set_item(WallView *self, WallItem *item);

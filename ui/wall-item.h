/* SPDX-License-Identifier: Apache-2.0 */
/* The base of what the wall lists: an object whose properties are texts ready to be shown, and one fraction
 * for a ring or bar. Labels bind to them. Main thread. */
#pragma once

#include <gio/gio.h>

#define WALL_TYPE_ITEM (wall_item_get_type())
G_DECLARE_DERIVABLE_TYPE(WallItem, wall_item, WALL, ITEM, GObject)

#define WALL_ITEM_TEXTS 24 /* properties of one class, at most */

struct _WallItemClass {
    GObjectClass parent_class;
    GParamSpec *specs[WALL_ITEM_TEXTS + 2];
};

/* Gives the class the text properties NAMES, read-only, numbered as they stand. */
void wall_item_install(WallItemClass *class, const char *const *names, guint n);

/* Text number INDEX, borrowed, never NULL. */
const char *wall_item_get(WallItem *self, guint index);
/* Sets it, and tells who looks at it if it has changed; NULL is "". */
void wall_item_set(WallItem *self, guint index, const char *text);
/* The same, and owns TEXT. */
void wall_item_take(WallItem *self, guint index, char *text);
/* 0 … 1, or below 0 where there is none. */
void wall_item_set_fraction(WallItem *self, double fraction);
double wall_item_get_fraction(WallItem *self);

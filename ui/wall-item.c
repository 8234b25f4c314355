/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-item.h"

typedef struct {
    char *texts[WALL_ITEM_TEXTS];
    double fraction;
} WallItemPrivate;

G_DEFINE_TYPE_WITH_PRIVATE(WallItem, wall_item, G_TYPE_OBJECT)

#define FRACTION (WALL_ITEM_TEXTS + 1)

static WallItemPrivate *get_private(WallItem *self)
{
    return wall_item_get_instance_private(self);
}

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *spec G_GNUC_UNUSED)
{
    WallItemPrivate *private = get_private(WALL_ITEM(object));

    if (id == FRACTION)
        g_value_set_double(value, private->fraction);
    else
        g_value_set_string(value, private->texts[id - 1] ? private->texts[id - 1] : "");
}

static void finalize(GObject *object)
{
    WallItemPrivate *private = get_private(WALL_ITEM(object));

    for (guint i = 0; i < WALL_ITEM_TEXTS; i++)
        g_free(private->texts[i]);
    G_OBJECT_CLASS(wall_item_parent_class)->finalize(object);
}

static void wall_item_class_init(WallItemClass *class)
{
    GObjectClass *object_class = G_OBJECT_CLASS(class);

    object_class->get_property = get_property;
    object_class->finalize = finalize;
    class->specs[FRACTION] = g_param_spec_double("fraction", NULL, NULL, -1.0, 1.0, -1.0,
                                                 G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_property(object_class, FRACTION, class->specs[FRACTION]);
}

static void wall_item_init(WallItem *self)
{
    get_private(self)->fraction = -1.0;
}

void wall_item_install(WallItemClass *class, const char *const *names, guint n)
{
    g_return_if_fail(n <= WALL_ITEM_TEXTS);
    G_OBJECT_CLASS(class)->get_property = get_property; /* ids are counted in each class anew */
    for (guint i = 0; i < n; i++) {
        class->specs[i + 1] =
            g_param_spec_string(names[i], NULL, NULL, "", G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
        g_object_class_install_property(G_OBJECT_CLASS(class), i + 1, class->specs[i + 1]);
    }
}

const char *wall_item_get(WallItem *self, guint index)
{
    const char *text = get_private(self)->texts[index];

    return text ? text : "";
}

void wall_item_take(WallItem *self, guint index, char *text)
{
    WallItemPrivate *private = get_private(self);

    if (g_strcmp0(wall_item_get(self, index), text ? text : "") == 0) {
        g_free(text);
        return;
    }
    g_free(private->texts[index]);
    private->texts[index] = text;
    g_object_notify_by_pspec(G_OBJECT(self), WALL_ITEM_GET_CLASS(self)->specs[index + 1]);
}

void wall_item_set(WallItem *self, guint index, const char *text)
{
    wall_item_take(self, index, g_strdup(text));
}

void wall_item_set_fraction(WallItem *self, double fraction)
{
    WallItemPrivate *private = get_private(self);
    double bounded = fraction >= 0 ? MIN(fraction, 1.0) : -1.0; /* NaN is none */

    if (private->fraction >= bounded && private->fraction <= bounded)
        return;
    private->fraction = bounded;
    g_object_notify_by_pspec(G_OBJECT(self), WALL_ITEM_GET_CLASS(self)->specs[FRACTION]);
}

double wall_item_get_fraction(WallItem *self)
{
    return get_private(self)->fraction;
}

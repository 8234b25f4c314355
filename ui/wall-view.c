/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-view.h"

#include <string.h>

#define RESOURCES "/org/stationmaster/wall/"

typedef struct {
    WallItem *item;
    gulong styled;
    char *style;
} WallViewPrivate;

enum { ITEM = 1, N_PROPERTIES };
static GParamSpec *specs[N_PROPERTIES];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE(WallView, wall_view, GTK_TYPE_WIDGET)

static WallViewPrivate *get_private(WallView *self)
{
    return wall_view_get_instance_private(self);
}

static gboolean has_style(WallItem *item)
{
    return g_object_class_find_property(G_OBJECT_GET_CLASS(item), "style") != NULL;
}

static void set_style(WallView *self, const char *style)
{
    WallViewPrivate *private = get_private(self);

    if (private->style)
        gtk_widget_remove_css_class(GTK_WIDGET(self), private->style);
    g_free(private->style);
    private->style = style && style[0] ? g_strdup(style) : NULL;
    if (private->style)
        gtk_widget_add_css_class(GTK_WIDGET(self), private->style);
}

static void on_style_changed(WallItem *item, GParamSpec *spec G_GNUC_UNUSED, gpointer self)
{
    g_autofree char *style = NULL;

    g_object_get(item, "style", &style, NULL);
    set_style(self, style);
}

void wall_view_set_item(WallView *self, WallItem *item)
{
    WallViewPrivate *private = get_private(self);

    if (private->item == item)
        return;
    if (private->item && private->styled)
        g_clear_signal_handler(&private->styled, private->item);
    g_set_object(&private->item, item);
    if (item && has_style(item)) {
        private->styled = g_signal_connect(item, "notify::style", G_CALLBACK(on_style_changed), self);
        on_style_changed(item, NULL, self);
    }
    g_object_notify_by_pspec(G_OBJECT(self), specs[ITEM]);
}

WallItem *wall_view_get_item(WallView *self)
{
    return get_private(self)->item;
}

static void set_property(GObject *object, guint id G_GNUC_UNUSED, const GValue *value,
                         GParamSpec *spec G_GNUC_UNUSED)
{
    wall_view_set_item(WALL_VIEW(object), g_value_get_object(value));
}

static void get_property(GObject *object, guint id G_GNUC_UNUSED, GValue *value,
                         GParamSpec *spec G_GNUC_UNUSED)
{
    g_value_set_object(value, get_private(WALL_VIEW(object))->item);
}

static void dispose(GObject *object)
{
    WallView *self = WALL_VIEW(object);
    GtkWidget *child;

    wall_view_set_item(self, NULL);
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    g_clear_pointer(&get_private(self)->style, g_free);
    G_OBJECT_CLASS(wall_view_parent_class)->dispose(object);
}

static void wall_view_class_init(WallViewClass *class)
{
    GObjectClass *object_class = G_OBJECT_CLASS(class);

    object_class->set_property = set_property;
    object_class->get_property = get_property;
    object_class->dispose = dispose;
    specs[ITEM] = g_param_spec_object("item", NULL, NULL, WALL_TYPE_ITEM,
                                      G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPERTIES, specs);
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
}

static void wall_view_init(WallView *self G_GNUC_UNUSED)
{
}

/* BASE may be several, with spaces between. */
static char **make_classes(GtkWidget *self G_GNUC_UNUSED, const char *base, const char *style)
{
    g_autofree char *all = g_strconcat(base, style && style[0] ? " " : NULL, style, NULL);

    return g_strsplit(all, " ", -1);
}

void wall_view_install(GtkWidgetClass *class, const char *name)
{
    g_autofree char *resource = g_strdup_printf(RESOURCES "%s.ui", name);

    gtk_widget_class_set_template_from_resource(class, resource);
    gtk_widget_class_bind_template_callback_full(class, "classes", G_CALLBACK(make_classes));
    gtk_widget_class_set_css_name(class, g_intern_string(name + strlen("wall-")));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-ring.h"

#define THICKNESS 0.09 /* of the diameter */

struct _WallRing {
    GtkWidget parent_instance;
    double fraction;
};

static void buildable_init(GtkBuildableIface *iface);
static GtkBuildableIface *parent_buildable;

G_DEFINE_FINAL_TYPE_WITH_CODE(WallRing, wall_ring, GTK_TYPE_WIDGET,
                              G_IMPLEMENT_INTERFACE(GTK_TYPE_BUILDABLE, buildable_init))

static void add_child(GtkBuildable *buildable, GtkBuilder *builder, GObject *child, const char *type)
{
    if (GTK_IS_WIDGET(child))
        gtk_widget_set_parent(GTK_WIDGET(child), GTK_WIDGET(buildable));
    else
        parent_buildable->add_child(buildable, builder, child, type);
}

static void buildable_init(GtkBuildableIface *iface)
{
    parent_buildable = g_type_interface_peek_parent(iface);
    iface->add_child = add_child;
}

static void set_property(GObject *object, guint id G_GNUC_UNUSED, const GValue *value,
                         GParamSpec *spec G_GNUC_UNUSED)
{
    WALL_RING(object)->fraction = g_value_get_double(value);
    gtk_widget_queue_draw(GTK_WIDGET(object));
}

static void wall_ring_dispose(GObject *object)
{
    GtkWidget *child;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(object))))
        gtk_widget_unparent(child);
    G_OBJECT_CLASS(wall_ring_parent_class)->dispose(object);
}

static void draw(cairo_t *cairo, double size, double fraction, const GdkRGBA *colour)
{
    double middle = size / 2, radius = size * (1 - THICKNESS) / 2;

    cairo_set_line_width(cairo, size * THICKNESS);
    cairo_set_source_rgba(cairo, colour->red, colour->green, colour->blue, 0.22);
    cairo_arc(cairo, middle, middle, radius, 0, 2 * G_PI);
    cairo_stroke(cairo);
    if (fraction <= 0)
        return;
    gdk_cairo_set_source_rgba(cairo, colour);
    cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
    cairo_arc(cairo, middle, middle, radius, -G_PI / 2, -G_PI / 2 + 2 * G_PI * fraction);
    cairo_stroke(cairo);
}

static void wall_ring_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget),
        size = MIN(width, height);
    graphene_rect_t bounds =
        GRAPHENE_RECT_INIT((float)(width - size) / 2, (float)(height - size) / 2, (float)size, (float)size);
    GdkRGBA colour;
    cairo_t *cairo = gtk_snapshot_append_cairo(snapshot, &bounds);

    gtk_style_context_get_color(gtk_widget_get_style_context(widget), &colour);
    cairo_translate(cairo, bounds.origin.x, bounds.origin.y);
    draw(cairo, size, WALL_RING(widget)->fraction, &colour);
    cairo_destroy(cairo);
    GTK_WIDGET_CLASS(wall_ring_parent_class)->snapshot(widget, snapshot);
}

static void wall_ring_class_init(WallRingClass *class)
{
    G_OBJECT_CLASS(class)->set_property = set_property;
    G_OBJECT_CLASS(class)->dispose = wall_ring_dispose;
    GTK_WIDGET_CLASS(class)->snapshot = wall_ring_snapshot;
    g_object_class_install_property(
        G_OBJECT_CLASS(class), 1,
        g_param_spec_double("fraction", NULL, NULL, -1, 1, -1, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS));
    gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(class), "ring");
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
}

static void wall_ring_init(WallRing *self)
{
    self->fraction = -1;
}

GtkWidget *wall_ring_new(void)
{
    return g_object_new(WALL_TYPE_RING, NULL);
}

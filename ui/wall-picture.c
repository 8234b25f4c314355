/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-picture.h"

gboolean wall_picture_save(GtkWidget *widget, const char *file, GError **error)
{
    int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
    g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(widget);
    g_autoptr(GdkPaintable) image = gdk_paintable_get_current_image(paintable);
    GtkSnapshot *snapshot = gtk_snapshot_new();
    GskRenderer *renderer = gtk_native_get_renderer(gtk_widget_get_native(widget));
    g_autoptr(GskRenderNode) node = NULL;
    g_autoptr(GdkTexture) texture = NULL;

    gdk_paintable_snapshot(image, snapshot, width, height);
    node = gtk_snapshot_free_to_node(snapshot);
    if (!node || !renderer) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, "nothing is shown");
        return FALSE;
    }
    texture =
        gsk_renderer_render_texture(renderer, node, &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));
    if (gdk_texture_save_to_png(texture, file))
        return TRUE;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: cannot be written", file);
    return FALSE;
}

static void check_label(GtkLabel *label, GPtrArray *cut)
{
    GtkWidget *widget = GTK_WIDGET(label);
    const char *text = gtk_label_get_text(label);
    PangoLayout *layout = gtk_label_get_layout(label);
    int width, height;

    if (!text[0])
        return;
    pango_layout_get_pixel_size(layout, &width, &height);
    if (pango_layout_is_ellipsized(layout))
        g_ptr_array_add(cut, g_strdup_printf("ends in dots: %s", text));
    else if (width > gtk_widget_get_width(widget) + 1 || height > gtk_widget_get_height(widget) + 1)
        g_ptr_array_add(cut,
                        g_strdup_printf("needs %dx%d, has %dx%d: %s", width, height,
                                        gtk_widget_get_width(widget), gtk_widget_get_height(widget), text));
}

/* By more than what is lost in rounding. Whatever it is: a card whose words all stand within may reach beyond
 * the edge, too. */
static void check_bounds(GtkWidget *widget, GtkWidget *window, GPtrArray *cut)
{
    graphene_rect_t bounds;
    const char *what =
        GTK_IS_LABEL(widget) ? gtk_label_get_text(GTK_LABEL(widget)) : G_OBJECT_TYPE_NAME(widget);

    if (!what[0] || !gtk_widget_compute_bounds(widget, window, &bounds))
        return;
    if (bounds.origin.x < -2 || bounds.origin.y < -2 ||
        bounds.origin.x + bounds.size.width > (float)gtk_widget_get_width(window) + 2 ||
        bounds.origin.y + bounds.size.height > (float)gtk_widget_get_height(window) + 2)
        g_ptr_array_add(cut, g_strdup_printf("outside the window, %.0fx%.0f at %.0f,%.0f: %s",
                                             (double)bounds.size.width, (double)bounds.size.height,
                                             (double)bounds.origin.x, (double)bounds.origin.y, what));
}

static void walk(GtkWidget *widget, GtkWidget *window, gboolean scrolls, GPtrArray *cut)
{
    if (!gtk_widget_get_mapped(widget))
        return;
    if (GTK_IS_LABEL(widget))
        check_label(GTK_LABEL(widget), cut);
    if (!scrolls)
        check_bounds(widget, window, cut);
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
         child = gtk_widget_get_next_sibling(child))
        walk(child, window, scrolls || GTK_IS_SCROLLED_WINDOW(widget), cut);
}

GPtrArray *wall_picture_find_cut(GtkWidget *window, int width, int height)
{
    GPtrArray *cut = g_ptr_array_new_with_free_func(g_free);
    int has_width = gtk_widget_get_width(window), has_height = gtk_widget_get_height(window);

    if (has_width != width || has_height != height)
        g_ptr_array_add(
            cut, g_strdup_printf("the window is %dx%d, not %dx%d", has_width, has_height, width, height));
    walk(window, window, FALSE, cut);
    return cut;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-mosaic.h"

#include <math.h>

#define BEST_SHAPE 1.6 /* width by height of a tile */

struct _WallMosaic {
    GtkWidget parent_instance;
    GListModel *items;
    GtkWidget *(*make)(WallItem *item);
    guint first, shown; /* of the children: which are shown */
    guint turn;
};

G_DEFINE_FINAL_TYPE(WallMosaic, wall_mosaic, GTK_TYPE_WIDGET)

void wall_mosaic_divide(guint n, int width, int height, int min_width, int min_height, int gap,
                        guint *ret_columns, guint *ret_rows)
{
    guint most_columns = (guint)MAX((width + gap) / MAX(min_width + gap, 1), 1);
    guint most_rows = (guint)MAX((height + gap) / MAX(min_height + gap, 1), 1);
    double best = INFINITY;

    *ret_columns = most_columns;
    *ret_rows = most_rows;
    for (guint columns = 1; columns <= MIN(most_columns, MAX(n, 1)); columns++) {
        guint rows = (MAX(n, 1) + columns - 1) / columns;
        double shape = ((double)width / columns) / ((double)MAX(height, 1) / rows);
        double penalty = fabs(log(shape / BEST_SHAPE)) + 0.1 * (columns * rows - n);

        if (rows <= most_rows && penalty < best) {
            best = penalty;
            *ret_columns = columns;
            *ret_rows = rows;
        }
    }
}

static guint count(WallMosaic *self)
{
    return self->items ? g_list_model_get_n_items(self->items) : 0;
}

static void on_items_changed(GListModel *items, guint position, guint removed, guint added, WallMosaic *self)
{
    GtkWidget *at = gtk_widget_get_first_child(GTK_WIDGET(self)), *before;

    for (guint i = 0; i < position; i++)
        at = gtk_widget_get_next_sibling(at);
    for (guint i = 0; i < removed; i++) {
        GtkWidget *next = gtk_widget_get_next_sibling(at);

        gtk_widget_unparent(at);
        at = next;
    }
    before = at;
    for (guint i = 0; i < added; i++) {
        g_autoptr(WallItem) item = g_list_model_get_item(items, position + i);

        gtk_widget_insert_before(self->make(item), GTK_WIDGET(self), before);
    }
    gtk_widget_queue_resize(GTK_WIDGET(self));
}

void wall_mosaic_bind(WallMosaic *self, GListModel *items, GtkWidget *(*make)(WallItem *item))
{
    g_return_if_fail(!self->items);
    self->items = g_object_ref(items);
    self->make = make;
    g_signal_connect_object(items, "items-changed", G_CALLBACK(on_items_changed), self, 0);
    on_items_changed(items, 0, 0, g_list_model_get_n_items(items), self);
}

static gboolean on_turn(gpointer user_data)
{
    WallMosaic *self = user_data;

    self->first += self->shown;
    if (self->first >= count(self))
        self->first = 0;
    gtk_widget_queue_allocate(GTK_WIDGET(self));
    return G_SOURCE_CONTINUE;
}

/* The largest of what the tiles need. */
static void measure_tiles(WallMosaic *self, GtkOrientation orientation, int *ret_min)
{
    *ret_min = 0;
    for (GtkWidget *child = gtk_widget_get_first_child(GTK_WIDGET(self)); child;
         child = gtk_widget_get_next_sibling(child)) {
        int natural = 0;

        gtk_widget_measure(child, orientation, -1, NULL, &natural, NULL, NULL);
        *ret_min = MAX(*ret_min, natural);
    }
}

static void wall_mosaic_measure(GtkWidget *widget, GtkOrientation orientation, int for_size G_GNUC_UNUSED,
                                int *minimum, int *natural, int *minimum_baseline, int *natural_baseline)
{
    measure_tiles(WALL_MOSAIC(widget), orientation, minimum);
    *natural = *minimum;
    *minimum_baseline = *natural_baseline = -1;
}

static void wall_mosaic_allocate(GtkWidget *widget, int width, int height, int baseline G_GNUC_UNUSED)
{
    WallMosaic *self = WALL_MOSAIC(widget);
    int min_width, min_height, gap = MAX(height / 80, 4);
    guint columns, rows, n = count(self), i = 0;

    measure_tiles(self, GTK_ORIENTATION_HORIZONTAL, &min_width);
    measure_tiles(self, GTK_ORIENTATION_VERTICAL, &min_height);
    wall_mosaic_divide(n, width, height, min_width, min_height, gap, &columns, &rows);
    self->shown = columns * rows;
    if (self->first >= n || self->first % self->shown)
        self->first = 0;
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
         child = gtk_widget_get_next_sibling(child), i++) {
        gboolean shown = i >= self->first && i - self->first < self->shown;
        int column = (int)((i - self->first) % columns), row = (int)((i - self->first) / columns);
        int w = (width - gap * (int)(columns - 1)) / (int)columns,
            h = (height - gap * (int)(rows - 1)) / (int)rows;
        GtkAllocation place = { column * (w + gap), row * (h + gap), w, h };

        gtk_widget_set_child_visible(child, shown);
        if (shown)
            gtk_widget_size_allocate(child, &place, -1);
    }
}

static void wall_mosaic_dispose(GObject *object)
{
    WallMosaic *self = WALL_MOSAIC(object);
    GtkWidget *child;

    g_clear_handle_id(&self->turn, g_source_remove);
    if (self->items)
        g_signal_handlers_disconnect_by_data(self->items, self);
    g_clear_object(&self->items);
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    G_OBJECT_CLASS(wall_mosaic_parent_class)->dispose(object);
}

static void wall_mosaic_class_init(WallMosaicClass *class)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = wall_mosaic_dispose;
    widget_class->measure = wall_mosaic_measure;
    widget_class->size_allocate = wall_mosaic_allocate;
    gtk_widget_class_set_css_name(widget_class, "mosaic");
}

static void wall_mosaic_init(WallMosaic *self)
{
    self->turn = g_timeout_add_seconds(WALL_MOSAIC_TURN_S, on_turn, self);
}

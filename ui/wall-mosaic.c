/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-mosaic.h"

#include <math.h>

#define BEST_SHAPE 1.35 /* width by height of a tile */

struct _WallMosaic {
    GtkWidget parent_instance;
    GListModel *items;
    WallMosaicMake make, make_small;
    gboolean small, list;
    guint least;        /* rows of a list */
    guint first, shown; /* of the children: which are shown */
    guint turn;
    char *mark; /* "2/3", where not all are shown at once */
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

static void remove_tiles(GtkWidget *from, guint n)
{
    for (guint i = 0; i < n && from; i++) {
        GtkWidget *next = gtk_widget_get_next_sibling(from);

        gtk_widget_unparent(from);
        from = next;
    }
}

static void add_tiles(WallMosaic *self, guint position, guint n, GtkWidget *before)
{
    for (guint i = 0; i < n; i++) {
        g_autoptr(WallItem) item = g_list_model_get_item(self->items, position + i);

        gtk_widget_insert_before(self->small ? self->make_small(item) : self->make(item), GTK_WIDGET(self),
                                 before);
    }
}

static void on_items_changed(GListModel *items G_GNUC_UNUSED, guint position, guint removed, guint added,
                             WallMosaic *self)
{
    GtkWidget *at = gtk_widget_get_first_child(GTK_WIDGET(self)), *after;
    guint n = count(self);

    if (self->small != (n > WALL_MOSAIC_MANY)) {
        self->small = n > WALL_MOSAIC_MANY;
        remove_tiles(at, n + removed);
        add_tiles(self, 0, n, NULL);
    } else {
        for (guint i = 0; i < position; i++)
            at = gtk_widget_get_next_sibling(at);
        after = at;
        for (guint i = 0; i < removed; i++)
            after = gtk_widget_get_next_sibling(after);
        remove_tiles(at, removed);
        add_tiles(self, position, added, after);
    }
    gtk_widget_queue_resize(GTK_WIDGET(self));
}

void wall_mosaic_bind(WallMosaic *self, GListModel *items, WallMosaicMake make, WallMosaicMake make_small)
{
    guint had = count(self);

    if (self->items)
        g_signal_handlers_disconnect_by_data(self->items, self);
    remove_tiles(gtk_widget_get_first_child(GTK_WIDGET(self)), had);
    g_set_object(&self->items, items);
    self->make = make;
    self->make_small = make_small ? make_small : make;
    self->small = FALSE;
    self->first = 0;
    if (items) {
        g_signal_connect_object(items, "items-changed", G_CALLBACK(on_items_changed), self, 0);
        on_items_changed(items, 0, 0, g_list_model_get_n_items(items), self);
    }
}

void wall_mosaic_set_list(WallMosaic *self, guint least)
{
    if (self->list && self->least == least)
        return;
    self->list = TRUE;
    self->least = least;
    gtk_widget_queue_resize(GTK_WIDGET(self));
}

static gboolean on_turn(gpointer user_data)
{
    WallMosaic *self = user_data;

    self->first += self->shown;
    if (self->first >= count(self))
        self->first = 0;
    gtk_widget_queue_allocate(GTK_WIDGET(self));
    gtk_widget_queue_draw(GTK_WIDGET(self));
    return G_SOURCE_CONTINUE;
}

/* A list's rows take what width there is: they must not ask for more. */
static int measure_least(WallMosaic *self)
{
    int least = 0, width;

    for (GtkWidget *child = gtk_widget_get_first_child(GTK_WIDGET(self)); child;
         child = gtk_widget_get_next_sibling(child)) {
        gtk_widget_measure(child, GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL, NULL);
        least = MAX(least, width);
    }
    return least;
}

/* The width that the widest tile wants, and the height that the highest needs then. */
static void measure_tiles(WallMosaic *self, int *ret_width, int *ret_height)
{
    GtkWidget *first = gtk_widget_get_first_child(GTK_WIDGET(self));
    int natural;

    *ret_width = *ret_height = 0;
    for (GtkWidget *child = first; child; child = gtk_widget_get_next_sibling(child)) {
        gtk_widget_measure(child, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &natural, NULL, NULL);
        *ret_width = MAX(*ret_width, natural);
    }
    for (GtkWidget *child = first; child; child = gtk_widget_get_next_sibling(child)) {
        gtk_widget_measure(child, GTK_ORIENTATION_VERTICAL, *ret_width, NULL, &natural, NULL, NULL);
        *ret_height = MAX(*ret_height, natural);
    }
}

/* Of its figures as they are inked: the empty part of their line would cost a list a row. */
static void measure_mark(WallMosaic *self, const char *text, PangoRectangle *ret_ink)
{
    g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout(GTK_WIDGET(self), text);

    pango_layout_get_pixel_extents(layout, ret_ink, NULL);
}

static int mark_height(WallMosaic *self)
{
    PangoRectangle ink;

    measure_mark(self, "0/0", &ink);
    return ink.height + ink.height / 4;
}

static void wall_mosaic_measure(GtkWidget *widget, GtkOrientation orientation, int for_size G_GNUC_UNUSED,
                                int *minimum, int *natural, int *minimum_baseline, int *natural_baseline)
{
    WallMosaic *self = WALL_MOSAIC(widget);
    int n = (int)count(self), width, height;

    measure_tiles(self, &width, &height);
    *natural = *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? width : height;
    if (self->list && orientation == GTK_ORIENTATION_HORIZONTAL)
        *minimum = measure_least(self);
    if (self->list && orientation == GTK_ORIENTATION_VERTICAL) {
        int rows = MIN(n, (int)self->least);

        *natural = n * height;
        *minimum = rows * height + (n > rows ? mark_height(self) : 0);
        *natural = MAX(*natural, *minimum);
    }
    *minimum_baseline = *natural_baseline = -1;
}

static void place_tiles(WallMosaic *self, guint columns, guint rows, int width, int height, int gap)
{
    int w = (width - gap * (int)(columns - 1)) / (int)columns;
    int h = (height - gap * (int)(rows - 1)) / (int)rows;
    guint i = 0;

    for (GtkWidget *child = gtk_widget_get_first_child(GTK_WIDGET(self)); child;
         child = gtk_widget_get_next_sibling(child), i++) {
        gboolean shown = i >= self->first && i - self->first < self->shown;
        int column = (int)((i - self->first) % columns), row = (int)((i - self->first) / columns);
        GtkAllocation place = { column * (w + gap), row * (h + gap), w, h };

        gtk_widget_set_child_visible(child, shown);
        if (shown)
            gtk_widget_size_allocate(child, &place, -1);
    }
}

static void divide(WallMosaic *self, int width, int height, int gap, guint *ret_columns, guint *ret_rows)
{
    int min_width, min_height;

    measure_tiles(self, &min_width, &min_height);
    if (self->list) {
        *ret_columns = 1;
        *ret_rows = (guint)MAX(height / MAX(min_height, 1), 1);
    } else {
        wall_mosaic_divide(count(self), width, height, min_width, min_height, gap, ret_columns, ret_rows);
    }
}

static void tell_mark(WallMosaic *self, guint n)
{
    g_clear_pointer(&self->mark, g_free);
    if (self->shown < n)
        self->mark =
            g_strdup_printf("%u/%u", self->first / self->shown + 1, (n + self->shown - 1) / self->shown);
}

static void wall_mosaic_allocate(GtkWidget *widget, int width, int height, int baseline G_GNUC_UNUSED)
{
    WallMosaic *self = WALL_MOSAIC(widget);
    int gap = self->list ? 0 : MAX(height / 80, 4), tile_width, tile_height;
    guint columns, rows, n = count(self);

    divide(self, width, height, gap, &columns, &rows);
    if (columns * rows < n) {
        height -= mark_height(self) + gap;
        divide(self, width, height, gap, &columns, &rows);
    }
    self->shown = columns * rows;
    if (self->first >= n || self->first % self->shown)
        self->first = 0;
    tell_mark(self, n);
    measure_tiles(self, &tile_width, &tile_height);
    place_tiles(self, columns, rows, width, self->list ? tile_height * (int)rows : height, gap);
}

static void wall_mosaic_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    WallMosaic *self = WALL_MOSAIC(widget);

    GTK_WIDGET_CLASS(wall_mosaic_parent_class)->snapshot(widget, snapshot);
    if (self->mark) {
        g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout(widget, self->mark);
        PangoRectangle ink;

        measure_mark(self, self->mark, &ink);
        gtk_snapshot_render_layout(snapshot, gtk_widget_get_style_context(widget),
                                   (gtk_widget_get_width(widget) - ink.width) / 2.0,
                                   gtk_widget_get_height(widget) - ink.y - ink.height, layout);
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
    g_clear_pointer(&self->mark, g_free);
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
    widget_class->snapshot = wall_mosaic_snapshot;
    gtk_widget_class_set_css_name(widget_class, "mosaic");
}

static void wall_mosaic_init(WallMosaic *self)
{
    self->turn = g_timeout_add_seconds(WALL_MOSAIC_TURN_S, on_turn, self);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-camera.h"

#include "edge/base/clock.h"
#include "ui/wall-feed.h"
#include "ui/wall-style.h"

#include <glib/gi18n.h>
#include <math.h>

#define CORNER 14.0 /* as that of a card in style.css */
#define TICK_MS                                                                                              \
    66 /* one for all tiles, so that feeds out of step do not wake the window for each of their frames */

struct _WallCamera {
    GtkWidget parent_instance;
    const WallSiteCamera *camera;
    WallFeed *feed; /* while mapped */
    GtkLabel *badge, *state;
    cairo_surface_t *surface; /* the newest frame */
    gboolean is_old;          /* drawn grey */
};

G_DEFINE_FINAL_TYPE(WallCamera, wall_camera, GTK_TYPE_WIDGET)

static GList *mapped; /* WallCamera, borrowed */
static guint tick;
static cairo_user_data_key_t frame_key;

/* A frame that its surface borrows. */
typedef struct {
    GstSample *sample;
    GstMapInfo map;
} Frame;

static void frame_free(gpointer data)
{
    Frame *frame = data;
    gst_buffer_unmap(gst_sample_get_buffer(frame->sample), &frame->map);
    gst_sample_unref(frame->sample);
    g_free(frame);
}

/* SAMPLE as a surface of cairo, without a copy: BGRx is RGB24 on machines whose lowest byte comes first. */
static cairo_surface_t *make_surface(GstSample *sample)
{
    const GstStructure *structure = gst_caps_get_structure(gst_sample_get_caps(sample), 0);
    Frame *frame = g_new0(Frame, 1);
    cairo_surface_t *surface;
    int width = 0, height = 0;

    frame->sample = sample;
    gst_structure_get_int(structure, "width", &width);
    gst_structure_get_int(structure, "height", &height);
    if (width <= 0 || height <= 0 ||
        !gst_buffer_map(gst_sample_get_buffer(sample), &frame->map, GST_MAP_READ)) {
        gst_sample_unref(sample);
        g_free(frame);
        return NULL;
    }
    if (frame->map.size < (gsize)width * (gsize)height * 4) {
        frame_free(frame);
        return NULL;
    }
    surface =
        cairo_image_surface_create_for_data(frame->map.data, CAIRO_FORMAT_RGB24, width, height, width * 4);
    if (cairo_surface_set_user_data(surface, &frame_key, frame, frame_free) != CAIRO_STATUS_SUCCESS)
        frame_free(frame);
    return surface;
}

static void trace_round(cairo_t *cr, double width, double height, double corner)
{
    cairo_new_sub_path(cr);
    cairo_arc(cr, corner, corner, corner, G_PI, 1.5 * G_PI);
    cairo_arc(cr, width - corner, corner, corner, 1.5 * G_PI, 2.0 * G_PI);
    cairo_arc(cr, width - corner, height - corner, corner, 0.0, 0.5 * G_PI);
    cairo_arc(cr, corner, height - corner, corner, 0.5 * G_PI, G_PI);
    cairo_close_path(cr);
}

static cairo_surface_t *acquire(cairo_pattern_t *pattern G_GNUC_UNUSED, void *surface,
                                cairo_surface_t *target G_GNUC_UNUSED,
                                const cairo_rectangle_int_t *extents G_GNUC_UNUSED)
{
    return cairo_surface_reference(surface);
}

static void release(cairo_pattern_t *pattern G_GNUC_UNUSED, void *surface G_GNUC_UNUSED,
                    cairo_surface_t *acquired)
{
    cairo_surface_destroy(acquired);
}

static cairo_status_t on_copied(cairo_pattern_t *pattern G_GNUC_UNUSED, void *surface,
                                const cairo_pattern_t *other G_GNUC_UNUSED)
{
    cairo_surface_reference(surface);
    return CAIRO_STATUS_SUCCESS;
}

static void on_finished(cairo_pattern_t *pattern G_GNUC_UNUSED, void *surface)
{
    cairo_surface_destroy(surface);
}

/* A drawing that is kept, as GTK keeps this one, copies each surface that it is to draw, pixel by pixel, and
 * a source of one's own it does not. */
static cairo_pattern_t *make_source(cairo_surface_t *surface)
{
    cairo_pattern_t *pattern = cairo_pattern_create_raster_source(
        cairo_surface_reference(surface), CAIRO_CONTENT_COLOR, cairo_image_surface_get_width(surface),
        cairo_image_surface_get_height(surface));

    cairo_raster_source_pattern_set_acquire(pattern, acquire, release);
    cairo_raster_source_pattern_set_copy(pattern, on_copied);
    cairo_raster_source_pattern_set_finish(pattern, on_finished);
    return pattern;
}

/* Whether the newest frame has the tile's size; a tile that has just changed its size has one of the old size
 * until the next comes. */
static gboolean is_fitted(WallCamera *self)
{
    int scale = gtk_widget_get_scale_factor(GTK_WIDGET(self));

    return self->surface &&
           cairo_image_surface_get_width(self->surface) == gtk_widget_get_width(GTK_WIDGET(self)) * scale &&
           cairo_image_surface_get_height(self->surface) == gtk_widget_get_height(GTK_WIDGET(self)) * scale;
}

/* The picture, in its own proportions, under round corners: a clip that is no rectangle makes each of its
 * pixels twice as dear, so only the bands that the corners are in have one. */
static void draw_picture(WallCamera *self, cairo_t *cr, double width, double height, double corner)
{
    cairo_pattern_t *source = make_source(self->surface);
    int columns = cairo_image_surface_get_width(self->surface);
    int lines = cairo_image_surface_get_height(self->surface);
    double scale = MAX(columns / width, lines / height);
    cairo_matrix_t to_picture;

    cairo_matrix_init(&to_picture, scale, 0.0, 0.0, scale, (columns - width * scale) / 2.0,
                      (lines - height * scale) / 2.0);
    cairo_pattern_set_matrix(source, &to_picture);
    cairo_set_source(cr, source);
    cairo_pattern_destroy(source);
    cairo_rectangle(cr, 0.0, corner, width, height - 2.0 * corner);
    cairo_fill(cr);
    trace_round(cr, width, height, corner);
    cairo_clip(cr);
    cairo_rectangle(cr, 0.0, 0.0, width, corner);
    cairo_rectangle(cr, 0.0, height - corner, width, corner);
    cairo_fill(cr);
}

/* What was seen then must not be taken for what is. */
static void draw_grey(cairo_t *cr)
{
    cairo_set_operator(cr, CAIRO_OPERATOR_HSL_SATURATION);
    cairo_set_source_rgb(cr, 0.5, 0.5, 0.5);
    cairo_paint(cr);
    cairo_set_operator(cr, CAIRO_OPERATOR_OVER);
    cairo_set_source_rgba(cr, 0.1, 0.1, 0.1, 0.55);
    cairo_paint(cr);
}

static void draw(WallCamera *self, GtkSnapshot *snapshot, const graphene_rect_t *whole, double corner)
{
    cairo_t *cr = gtk_snapshot_append_cairo(snapshot, whole);

    if (!is_fitted(self)) {
        trace_round(cr, whole->size.width, whole->size.height, corner);
        cairo_set_source_rgb(cr, 0.02, 0.035, 0.05);
        cairo_fill(cr);
    }
    if (self->surface)
        draw_picture(self, cr, whole->size.width, whole->size.height, corner);
    if (self->surface && self->is_old)
        draw_grey(cr);
    cairo_destroy(cr);
}

static void wall_camera_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    WallCamera *self = WALL_CAMERA(widget);
    int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
    GtkWidget *root = GTK_WIDGET(gtk_widget_get_root(widget));
    double factor = wall_style_get_factor(gtk_widget_get_width(root), gtk_widget_get_height(root));
    float corner = MIN(ceilf((float)(CORNER * factor)), (float)MIN(width, height) / 2);
    graphene_rect_t whole = GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height);

    if (width > 0 && height > 0 && self->is_old) { /* which is seldom drawn: all of it in the clip */
        GskRoundedRect round;

        gsk_rounded_rect_init_from_rect(&round, &whole, corner);
        gtk_snapshot_push_rounded_clip(snapshot, &round);
        draw(self, snapshot, &whole, 0.0);
        gtk_snapshot_pop(snapshot);
    } else if (width > 0 && height > 0) {
        draw(self, snapshot, &whole, (double)corner);
    }
    GTK_WIDGET_CLASS(wall_camera_parent_class)->snapshot(widget, snapshot);
}

static const char *word_of(WallFeedReason reason)
{
    switch (reason) {
    case WALL_FEED_REASON_UNREACHABLE:
        return _("camera cannot be reached");
    case WALL_FEED_REASON_NO_ANSWER:
        return _("camera does not answer");
    case WALL_FEED_REASON_NOT_FOUND:
        return _("camera has no such stream");
    case WALL_FEED_REASON_PASSWORD:
        return _("camera refuses the password");
    case WALL_FEED_REASON_UNSUITABLE:
        return _("picture cannot be shown");
    case WALL_FEED_REASON_NO_DECODER:
        return _("no video decoder");
    default:
        return _("connection lost");
    }
}

static void set_text(GtkLabel *label, const char *text)
{
    if (!g_str_equal(gtk_label_get_text(label), text))
        gtk_label_set_text(label, text);
    gtk_widget_set_visible(GTK_WIDGET(label), text[0] != '\0');
}

/* "3 s old", "5 min old", "2 h old". */
static char *age_text(gint64 age_s)
{
    if (age_s < 120)
        return g_strdup_printf(_("picture is %d s old"), (int)age_s);
    if (age_s < 7200)
        return g_strdup_printf(_("picture is %d min old"), (int)(age_s / 60));
    return g_strdup_printf(_("picture is %d h old"), (int)MIN(age_s / 3600, G_MAXINT));
}

static void tell_state(WallCamera *self)
{
    WallFeedState state = self->feed ? wall_feed_get_state(self->feed) : WALL_FEED_LOST;
    gint64 at_us = self->feed ? wall_feed_get_frame_at_us(self->feed) : 0;
    gint64 age_us = clock_boot_us() - at_us;
    g_autofree char *age = at_us && age_us > WALL_FEED_STALE_US ? age_text(age_us / G_USEC_PER_SEC) : NULL;
    g_autofree char *badge = NULL, *text = NULL;
    gboolean is_old = state != WALL_FEED_LIVE;

    if (state == WALL_FEED_LIVE && wall_feed_get_fps(self->feed) > 0)
        badge = g_strdup_printf(_("live · %u fps"), wall_feed_get_fps(self->feed));
    if (!self->feed)
        text = g_strdup(_("no camera"));
    else if (state == WALL_FEED_LOST)
        text = g_strjoin("\n", word_of(wall_feed_get_reason(self->feed)), age, NULL);
    else if (state == WALL_FEED_CONNECTING)
        text = g_strjoin("\n", _("connecting …"), age, NULL);
    else if (state == WALL_FEED_STALE)
        text = g_strdup(age ? age : "");
    set_text(self->badge, badge ? badge : "");
    set_text(self->state, text ? text : "");
    if (is_old != self->is_old) {
        self->is_old = is_old;
        gtk_widget_queue_draw(GTK_WIDGET(self));
    }
}

static gboolean on_tick(gpointer user_data)
{
    (void)user_data;
    for (GList *l = mapped; l; l = l->next) {
        WallCamera *self = l->data;
        GstSample *sample = self->feed ? wall_feed_take_frame(self->feed) : NULL;
        cairo_surface_t *surface = sample ? make_surface(sample) : NULL;
        if (surface) {
            g_clear_pointer(&self->surface, cairo_surface_destroy);
            self->surface = surface;
            gtk_widget_queue_draw(GTK_WIDGET(self));
        }
        tell_state(self);
    }
    return G_SOURCE_CONTINUE;
}

static void fit_feed(WallCamera *self)
{
    int scale = gtk_widget_get_scale_factor(GTK_WIDGET(self));
    int width = gtk_widget_get_width(GTK_WIDGET(self)) * scale;
    int height = gtk_widget_get_height(GTK_WIDGET(self)) * scale;
    if (self->feed && width > 0 && height > 0)
        wall_feed_set_size(self->feed, (guint)width, (guint)height);
}

static void wall_camera_map(GtkWidget *widget)
{
    WallCamera *self = WALL_CAMERA(widget);

    GTK_WIDGET_CLASS(wall_camera_parent_class)->map(widget);
    if (!self->feed && self->camera->uri[0] && gst_init_check(NULL, NULL, NULL))
        self->feed = wall_feed_new(self->camera->uri, self->camera->user, self->camera->password);
    fit_feed(self);
    mapped = g_list_prepend(mapped, self);
    if (!tick)
        tick = g_timeout_add(TICK_MS, on_tick, NULL);
    tell_state(self);
}

static void wall_camera_unmap(GtkWidget *widget)
{
    WallCamera *self = WALL_CAMERA(widget);

    mapped = g_list_remove(mapped, self);
    if (!mapped)
        g_clear_handle_id(&tick, g_source_remove);
    g_clear_pointer(&self->feed, wall_feed_free);
    GTK_WIDGET_CLASS(wall_camera_parent_class)->unmap(widget);
}

static void wall_camera_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    GtkAllocation whole = { .width = width, .height = height };
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
         child = gtk_widget_get_next_sibling(child))
        gtk_widget_size_allocate(child, &whole, baseline);
    fit_feed(WALL_CAMERA(widget));
}

static GtkSizeRequestMode wall_camera_get_request_mode(GtkWidget *widget G_GNUC_UNUSED)
{
    return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void wall_camera_measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                                int *natural, int *minimum_baseline, int *natural_baseline)
{
    *minimum = *natural = 0;
    *minimum_baseline = *natural_baseline = -1;
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
         child = gtk_widget_get_next_sibling(child)) {
        int child_minimum, child_natural;
        gtk_widget_measure(child, orientation, for_size, &child_minimum, &child_natural, NULL, NULL);
        *minimum = MAX(*minimum, child_minimum);
        *natural = MAX(*natural, child_natural);
    }
    if (orientation == GTK_ORIENTATION_VERTICAL && for_size > 0)
        *natural = MAX(*natural, for_size * 9 / 16);
}

static void wall_camera_dispose(GObject *object)
{
    GtkWidget *child;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(object))))
        gtk_widget_unparent(child);
    G_OBJECT_CLASS(wall_camera_parent_class)->dispose(object);
}

static void wall_camera_finalize(GObject *object)
{
    WallCamera *self = WALL_CAMERA(object);

    g_clear_pointer(&self->surface, cairo_surface_destroy);
    G_OBJECT_CLASS(wall_camera_parent_class)->finalize(object);
}

static void wall_camera_class_init(WallCameraClass *class)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = wall_camera_dispose;
    G_OBJECT_CLASS(class)->finalize = wall_camera_finalize;
    widget_class->snapshot = wall_camera_snapshot;
    widget_class->map = wall_camera_map;
    widget_class->unmap = wall_camera_unmap;
    widget_class->get_request_mode = wall_camera_get_request_mode;
    widget_class->measure = wall_camera_measure;
    widget_class->size_allocate = wall_camera_size_allocate;
    gtk_widget_class_set_css_name(widget_class, "camera");
}

static GtkLabel *add_label(WallCamera *self, const char *class, GtkAlign across, GtkAlign down)
{
    GtkWidget *label = gtk_label_new(NULL);

    gtk_widget_add_css_class(label, class);
    gtk_widget_set_halign(label, across);
    gtk_widget_set_valign(label, down);
    gtk_label_set_justify(GTK_LABEL(label), GTK_JUSTIFY_CENTER);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    gtk_widget_set_parent(label, GTK_WIDGET(self));
    return GTK_LABEL(label);
}

static void wall_camera_init(WallCamera *self)
{
    gtk_widget_set_hexpand(GTK_WIDGET(self), TRUE);
    self->is_old = TRUE;
}

gboolean wall_camera_is_awaited(void)
{
    for (GList *l = mapped; l; l = l->next) {
        WallCamera *self = l->data;

        if (self->feed && !is_fitted(self) && wall_feed_get_state(self->feed) != WALL_FEED_LOST)
            return TRUE;
    }
    return FALSE;
}

GtkWidget *wall_camera_new(const WallSiteCamera *camera)
{
    WallCamera *self = g_object_new(WALL_TYPE_CAMERA, NULL);
    g_autofree char *name = wall_site_tell_camera(camera);

    self->camera = camera;
    gtk_label_set_text(add_label(self, "camera-title", GTK_ALIGN_START, GTK_ALIGN_START), name);
    self->badge = add_label(self, "camera-live", GTK_ALIGN_END, GTK_ALIGN_START);
    self->state = add_label(self, "camera-state", GTK_ALIGN_CENTER, GTK_ALIGN_CENTER);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
    return GTK_WIDGET(self);
}

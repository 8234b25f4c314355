/* SPDX-License-Identifier: Apache-2.0 */
/* station-wall: the big screen on the wall of the station. */
#include "build-config.h"
#include "edge/base/place.h"
#include "ui/wall-camera.h"
#include "ui/wall-feed.h"
#include "ui/wall-fixture.h"
#include "ui/wall-picture.h"
#include "ui/wall-style.h"
#include "ui/wall-window.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#define SETTLE_MS 400   /* for layout and style to be at rest before a picture */
#define SETTLE_FRAMES 3 /* and at least so many of them, however slow the machine is */
#define FIRST_DATA_S 20 /* within which a picture's data must have come */
#define FIRST_FRAME_S 5 /* so long a picture waits for those of the cameras in it */

typedef struct {
    char *config, *bus, *screenshot, *size, *language, *page, *fixture;
    gboolean version;
    int width, height;
} Options;

typedef struct {
    Options options;
    WallSite *site;
    WallStation *station;
    WallSource *source;
    GtkApplication *application;
    GtkWidget *window;
    char *staff;
    gint64 began_us, shown_us;
    gulong ready;
    guint frames, painter; /* since the page is shown; the source that asks for them */
    int status;
} Wall;

static void clear_options(Options *o)
{
    char **texts[] = { &o->config, &o->bus, &o->screenshot, &o->size, &o->language, &o->page, &o->fixture };

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        g_clear_pointer(texts[i], g_free);
}

static gboolean parse_size(Options *o)
{
    char end;

    if (!o->size)
        return TRUE;
    return sscanf(o->size, "%5dx%5d%c", &o->width, &o->height, &end) == 2 && o->width >= 640 &&
           o->height >= 360 && o->width <= 7680 && o->height <= 4320;
}

static gboolean check_options(Options *o, GError **error)
{
    static const char *const pages[] = { "overview", "alarm", "pin", NULL };
    static const char *const languages[] = { "en", "zh_CN", NULL };
    const char *bad = NULL;

    if (o->bus && !g_str_equal(o->bus, "session") && !g_str_equal(o->bus, "system"))
        bad = "--bus is session or system";
    else if (!parse_size(o))
        bad = "--size is WIDTHxHEIGHT, 640x360 to 7680x4320";
    else if (o->page && !g_strv_contains(pages, o->page))
        bad = "--page is overview, alarm or pin";
    else if (o->language && !g_strv_contains(languages, o->language))
        bad = "--language is en or zh_CN";
    if (bad)
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, bad);
    return !bad;
}

static gboolean parse(Options *o, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        { "config", 0, 0, G_OPTION_ARG_FILENAME, &o->config, "the station's configuration: language, cameras",
          "DIR" },
        { "bus", 0, 0, G_OPTION_ARG_STRING, &o->bus, "session or system (default)", "BUS" },
        { "screenshot", 0, 0, G_OPTION_ARG_FILENAME, &o->screenshot,
          "write the first complete frame, and end", "FILE" },
        { "size", 0, 0, G_OPTION_ARG_STRING, &o->size, "a window of that size, instead of the whole screen",
          "WxH" },
        { "language", 0, 0, G_OPTION_ARG_STRING, &o->language, "en or zh_CN", "LANGUAGE" },
        { "page", 0, 0, G_OPTION_ARG_STRING, &o->page, "overview, alarm or pin, to begin with", "NAME" },
        { "fixture", 0, 0, G_OPTION_ARG_FILENAME, &o->fixture,
          "a station from a file, or a shipped one (quiet, alarm …), instead of the bus", "NAME" },
        { "version", 0, 0, G_OPTION_ARG_NONE, &o->version, "print the version", NULL },
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, error))
        return FALSE;
    if (*argc > 1) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "unknown argument %s", (*argv)[1]);
        return FALSE;
    }
    return check_options(o, error);
}

/* Without a device that renders, GL is done by the processor, at twice the cost of cairo; its driver is not
 * even loaded then. */
static void choose_renderer(void)
{
    g_autoptr(GDir) devices = g_dir_open("/dev/dri", 0, NULL);
    gboolean gpu = FALSE;

    for (const char *name; devices && (name = g_dir_read_name(devices));)
        gpu = gpu || g_str_has_prefix(name, "renderD");
    if (!gpu && g_setenv("GSK_RENDERER", "cairo", FALSE) && g_str_equal(g_getenv("GSK_RENDERER"), "cairo"))
        g_setenv("GDK_DEBUG", "gl-disable", FALSE);
}

static void take_picture(Wall *wall)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) cut = wall_picture_find_cut(wall->window, wall->options.width, wall->options.height);

    for (guint i = 0; i < cut->len; i++)
        g_printerr("station-wall: cut: %s\n", (const char *)cut->pdata[i]);
    if (!wall_picture_save(wall->window, wall->options.screenshot, &error)) {
        g_printerr("station-wall: %s\n", error->message);
        wall->status = 1;
    }
    g_application_quit(G_APPLICATION(wall->application));
}

/* What has just been painted has its place; what has come since has none yet. */
static void on_painted(GdkFrameClock *clock G_GNUC_UNUSED, Wall *wall)
{
    gint64 shown_us = g_get_monotonic_time() - wall->shown_us;
    gboolean awaited = wall_camera_is_awaited() && shown_us < FIRST_FRAME_S * G_USEC_PER_SEC;

    if (!wall->painter || ++wall->frames < SETTLE_FRAMES || shown_us < SETTLE_MS * 1000 || awaited)
        return;
    g_clear_handle_id(&wall->painter, g_source_remove);
    take_picture(wall);
}

static gboolean paint(gpointer user_data)
{
    gtk_widget_queue_draw(((Wall *)user_data)->window);
    return G_SOURCE_CONTINUE;
}

static void show_page(Wall *wall)
{
    WallWindow *window = WALL_WINDOW(wall->window);

    wall_window_refresh(window);
    if (wall->options.page)
        wall_window_show(window, wall->options.page);
    if (wall->staff)
        wall_window_take_staff(window, wall->staff);
}

static gboolean has_data(const Wall *wall)
{
    return wall_station_has_status(wall->station) &&
           g_list_model_get_n_items(wall_station_get_connectors(wall->station)) > 0;
}

/* A picture is of a frame with data in it. */
static gboolean on_waited(gpointer user_data)
{
    Wall *wall = user_data;

    if (!has_data(wall) && g_get_monotonic_time() - wall->began_us < FIRST_DATA_S * G_USEC_PER_SEC)
        return G_SOURCE_CONTINUE;
    show_page(wall);
    wall->shown_us = g_get_monotonic_time();
    g_signal_connect(gtk_widget_get_frame_clock(wall->window), "after-paint", G_CALLBACK(on_painted), wall);
    wall->painter = g_timeout_add(100, paint, wall);
    return G_SOURCE_REMOVE;
}

/* Tells once that a frame with data, and of the cameras in it, has been painted. */
static void tell_ready(GdkFrameClock *clock, Wall *wall)
{
    if (!has_data(wall) || wall_camera_is_awaited())
        return;
    g_clear_signal_handler(&wall->ready, clock);
    g_print("wall is ready\n");
}

/* The size that is asked for, or else the screen's: one that has no window manager makes nothing full. */
static void choose_size(Options *o)
{
    GListModel *monitors = gdk_display_get_monitors(gdk_display_get_default());
    g_autoptr(GdkMonitor) monitor = g_list_model_get_item(monitors, 0);
    GdkRectangle screen = { .width = 1920, .height = 1080 };

    if (o->width)
        return;
    if (monitor)
        gdk_monitor_get_geometry(monitor, &screen);
    o->width = screen.width;
    o->height = screen.height;
}

static void on_activate(GtkApplication *application, Wall *wall)
{
    Options *o = &wall->options;
    gboolean full = !o->width;

    choose_size(o);
    g_object_set(gtk_settings_get_default(), "gtk-application-prefer-dark-theme", TRUE,
                 "gtk-enable-animations", FALSE, "gtk-font-name", "Noto Sans CJK SC 14", NULL);
    wall_style_apply(gdk_display_get_default(), o->width, o->height);
    wall->window = wall_window_new(application, wall->station, wall->site, wall->source);
    gtk_window_set_default_size(GTK_WINDOW(wall->window), o->width, o->height);
    if (full)
        gtk_window_fullscreen(GTK_WINDOW(wall->window));
    show_page(wall);
    gtk_window_present(GTK_WINDOW(wall->window));
    wall->ready = g_signal_connect(gtk_widget_get_frame_clock(wall->window), "after-paint",
                                   G_CALLBACK(tell_ready), wall);
    if (o->screenshot)
        g_timeout_add(100, on_waited, wall);
}

static gboolean on_end(gpointer application)
{
    g_application_quit(application);
    return G_SOURCE_CONTINUE;
}

static int run(Wall *wall)
{
    guint ends[] = { 0, 0 };

    wall->began_us = g_get_monotonic_time();
    wall->application = gtk_application_new("org.stationmaster.Wall", G_APPLICATION_NON_UNIQUE);
    g_signal_connect(wall->application, "activate", G_CALLBACK(on_activate), wall);
    ends[0] = g_unix_signal_add(SIGTERM, on_end, wall->application);
    ends[1] = g_unix_signal_add(SIGINT, on_end, wall->application);
    int status = g_application_run(G_APPLICATION(wall->application), 0, NULL);

    g_source_remove(ends[0]);
    g_source_remove(ends[1]);
    if (wall->window)
        gtk_window_destroy(GTK_WINDOW(wall->window));
    wall_feed_finish();
    g_object_unref(wall->application);
    return status ? status : wall->status;
}

static int begin(Wall *wall)
{
    g_autoptr(GError) error = NULL;
    Options *o = &wall->options;

    wall->site = wall_site_load(o->config);
    place_set_language(o->language ? o->language : wall->site->language);
    wall->station = wall_station_new(wall->site);
    if (o->fixture && !wall_fixture_load(o->fixture, wall->station, &wall->staff, &error)) {
        g_printerr("station-wall: %s\n", error->message);
        wall->status = 2;
    } else {
        wall->source = o->fixture ? NULL : wall_source_new(wall->station, g_strcmp0(o->bus, "session") == 0);
        wall->status = run(wall);
    }
    g_clear_pointer(&wall->source, wall_source_free);
    g_object_unref(wall->station);
    wall_site_free(wall->site);
    g_free(wall->staff);
    return wall->status;
}

int main(int argc, char **argv)
{
    Wall wall = { 0 };
    g_autoptr(GError) error = NULL;
    int status = 0;

    choose_renderer();
    if (!parse(&wall.options, &argc, &argv, &error)) {
        g_printerr("station-wall: %s\n", error->message);
        status = 2;
    } else if (wall.options.version) {
        g_print("station-wall " STATIONMASTER_VERSION "\n");
    } else {
        status = begin(&wall);
    }
    clear_options(&wall.options);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-window.h"

#include "ui/wall-alarm-page.h"
#include "ui/wall-header.h"
#include "ui/wall-overview.h"
#include "ui/wall-pin-pad.h"
#include "ui/wall-style.h"
#include "ui/wall-text.h"

#include <glib/gi18n.h>

#define MOST_LINES 3   /* of announcements; while an alarm has the screen, one */
#define LONG_BANNER 90 /* columns of its large letters: one line */

struct _WallWindow {
    GtkApplicationWindow parent_instance;
    WallStation *station; /* these three borrowed */
    const WallSite *site;
    WallSource *source;
    WallHeader *header;
    GtkBox *frame;
    GtkButton *banner;
    GtkLabel *banner_text, *banner_more, *lost, *announcement, *notice;
    GtkStack *pages;
    WallPinPad *pad;
    WallOverview *overview;
    WallAlarmPage *alarm_page;
    char *calling; /* id of the alarm that was shown last */
    guint calls;   /* that have been brought to a person */
    gint64 away_until_us, notice_until_us;
    guint tick;
    int width, height; /* that the style is for */
};

G_DEFINE_FINAL_TYPE(WallWindow, wall_window, GTK_TYPE_APPLICATION_WINDOW)

static void wall_window_dispose(GObject *object)
{
    WallWindow *self = WALL_WINDOW(object);

    g_clear_handle_id(&self->tick, g_source_remove);
    g_clear_pointer(&self->calling, g_free);
    G_OBJECT_CLASS(wall_window_parent_class)->dispose(object);
}

static void fit_style(WallWindow *self)
{
    int width = gtk_widget_get_width(GTK_WIDGET(self)), height = gtk_widget_get_height(GTK_WIDGET(self));

    if (height < 200 || (width == self->width && height == self->height))
        return;
    self->width = width;
    self->height = height;
    wall_style_apply(gtk_widget_get_display(GTK_WIDGET(self)), width, height);
}

static void wall_window_class_init(WallWindowClass *class)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = wall_window_dispose;
    g_type_ensure(WALL_TYPE_HEADER);
    g_type_ensure(WALL_TYPE_PIN_PAD);
    gtk_widget_class_set_template_from_resource(widget_class, "/org/stationmaster/wall/wall-window.ui");
    gtk_widget_class_bind_template_child(widget_class, WallWindow, header);
    gtk_widget_class_bind_template_child(widget_class, WallWindow, frame);
    gtk_widget_class_bind_template_child(widget_class, WallWindow, banner);
    gtk_widget_class_bind_template_child(widget_class, WallWindow, banner_text);
    gtk_widget_class_bind_template_child(widget_class, WallWindow, banner_more);
    gtk_widget_class_bind_template_child(widget_class, WallWindow, lost);
    gtk_widget_class_bind_template_child(widget_class, WallWindow, announcement);
    gtk_widget_class_bind_template_child(widget_class, WallWindow, notice);
    gtk_widget_class_bind_template_child(widget_class, WallWindow, pages);
    gtk_widget_class_bind_template_child(widget_class, WallWindow, pad);
}

static void wall_window_init(WallWindow *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

static void set_class(GtkWidget *widget, const char *name, gboolean on)
{
    if (on)
        gtk_widget_add_css_class(widget, name);
    else
        gtk_widget_remove_css_class(widget, name);
}

static void show_line(GtkLabel *label, WallStation *station, const char *property)
{
    g_autofree char *text = NULL;

    g_object_get(station, property, &text, NULL);
    gtk_label_set_text(label, text);
    gtk_widget_set_visible(GTK_WIDGET(label), text[0] != '\0');
}

static void show_banner(WallWindow *self, WallAlarmItem *alarm, gboolean shown)
{
    g_autofree char *title = NULL, *place = NULL, *age = NULL, *text = NULL;

    gtk_widget_set_visible(GTK_WIDGET(self->banner), shown);
    if (!shown)
        return;
    g_object_get(alarm, "title", &title, "place", &place, "age", &age, NULL);
    text = g_strdup_printf("▲ %s · %s · %s", title, place, age);
    gtk_label_set_text(self->banner_text, text);
}

/* Beside it, so that long words before it leave it its room, written smaller then; and all of it as the
 * button's name. */
static void show_banner_more(WallWindow *self, WallAlarmItem *alarm, guint more)
{
    g_autofree char *title = NULL, *where = NULL, *name = NULL, *others = more ? wall_text_more(more) : NULL;

    gtk_label_set_text(self->banner_more, others ? others : "");
    set_class(GTK_WIDGET(self->banner), "long",
              wall_text_count_columns(gtk_label_get_text(self->banner_text)) +
                      wall_text_count_columns(gtk_label_get_text(self->banner_more)) >
                  LONG_BANNER);
    if (!alarm)
        return;
    g_object_get(alarm, "title", &title, "where", &where, NULL);
    name = g_strdup_printf("%s · %s%s%s", title, where, others ? " · " : "", others ? others : "");
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->banner), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

/* The other pages are hidden: those who have the screen read to them would hear them too. */
static void show_page(WallWindow *self, const char *name)
{
    GtkWidget *page = gtk_stack_get_child_by_name(self->pages, name);

    gtk_widget_set_visible(page, TRUE);
    gtk_stack_set_visible_child(self->pages, page);
    for (GtkWidget *other = gtk_widget_get_first_child(GTK_WIDGET(self->pages)); other;
         other = gtk_widget_get_next_sibling(other))
        gtk_widget_set_visible(other, other == page);
}

/* An alarm that begins to call is brought at once, also where another stays the first that is told; one that
 * a person has left, after a while. */
static void follow_alarm(WallWindow *self)
{
    guint more;
    WallAlarmItem *alarm = wall_station_find_calling(self->station, &more);
    const char *id = alarm ? wall_alarm_item_id(alarm) : NULL;
    guint calls = wall_station_count_calls(self->station);
    gboolean news = calls != self->calls || g_strcmp0(id, self->calling) != 0;
    gboolean on_page = g_strcmp0(gtk_stack_get_visible_child_name(self->pages), "alarm") == 0;

    if (alarm && (news || (!on_page && g_get_monotonic_time() >= self->away_until_us)))
        show_page(self, "alarm");
    else if (!alarm && on_page)
        show_page(self, "overview");
    if (g_strcmp0(id, self->calling) != 0) {
        g_free(self->calling);
        self->calling = g_strdup(id);
    }
    self->calls = calls;
    wall_alarm_page_show(self->alarm_page, alarm, more);
    on_page = g_strcmp0(gtk_stack_get_visible_child_name(self->pages), "alarm") == 0;
    show_banner(self, alarm, alarm && !on_page);
    show_banner_more(self, alarm, more);
    set_class(GTK_WIDGET(self), "alarmed", alarm && on_page);
    gtk_label_set_lines(self->announcement, alarm && on_page ? 1 : MOST_LINES);
}

/* A pad whose alarm was acknowledged elsewhere, or is over, goes, and for a while it is told why. */
static void follow_pad(WallWindow *self)
{
    g_autofree char *why = wall_pin_pad_follow(self->pad, self->station);

    if (why) {
        gtk_label_set_text(self->notice, why);
        self->notice_until_us = g_get_monotonic_time() + WALL_WINDOW_NOTICE_S * G_USEC_PER_SEC;
    }
    gtk_widget_set_visible(GTK_WIDGET(self->notice), g_get_monotonic_time() < self->notice_until_us);
}

void wall_window_refresh(WallWindow *self)
{
    wall_station_tick(self->station);
    show_line(self->lost, self->station, "lost");
    show_line(self->announcement, self->station, "announcement");
    set_class(GTK_WIDGET(self->pages), "old", !wall_station_is_live(self->station));
    follow_alarm(self);
    follow_pad(self);
    wall_overview_set_crowded(self->overview,
                              gtk_widget_get_visible(GTK_WIDGET(self->banner)) ||
                                  gtk_widget_get_visible(GTK_WIDGET(self->lost)),
                              gtk_widget_get_visible(GTK_WIDGET(self->announcement)));
}

static gboolean on_tick(gpointer user_data)
{
    WallWindow *self = user_data;

    fit_style(self);
    wall_window_refresh(self);
    return G_SOURCE_CONTINUE;
}

static void on_acknowledge_wanted(WallWindow *self)
{
    WallItem *shown = wall_view_get_item(WALL_VIEW(self->alarm_page));

    if (shown)
        wall_pin_pad_open(self->pad, self->source, _("Acknowledge the alarm"), WALL_ALARM_ITEM(shown));
}

static void on_silence_wanted(WallWindow *self)
{
    g_autofree char *title = wall_site_tell_silence(self->site);

    wall_pin_pad_open(self->pad, self->source, title, NULL);
}

static void on_overview_wanted(WallWindow *self)
{
    self->away_until_us = g_get_monotonic_time() + WALL_WINDOW_AWAY_S * G_USEC_PER_SEC;
    show_page(self, "overview");
    wall_window_refresh(self);
}

static void on_banner_clicked(WallWindow *self)
{
    self->away_until_us = 0;
    wall_window_refresh(self);
}

gboolean wall_window_show(WallWindow *self, const char *page)
{
    if (g_str_equal(page, "overview"))
        on_overview_wanted(self);
    else if (g_str_equal(page, "pin"))
        on_acknowledge_wanted(self);
    else
        return g_str_equal(page, "alarm");
    return TRUE;
}

void wall_window_take_staff(WallWindow *self, const char *json)
{
    wall_pin_pad_take_staff(self->pad, json);
}

GtkWidget *wall_window_new(GtkApplication *application, WallStation *station, const WallSite *site,
                           WallSource *source)
{
    WallWindow *self = g_object_new(WALL_TYPE_WINDOW, "application", application, "decorated", FALSE, NULL);
    GtkWidget *overview = wall_overview_new(station, site), *page = wall_alarm_page_new(station, site);

    self->station = station;
    self->site = site;
    self->source = source;
    self->overview = WALL_OVERVIEW(overview);
    self->alarm_page = WALL_ALARM_PAGE(page);
    wall_view_set_item(WALL_VIEW(self->header), WALL_ITEM(station));
    gtk_stack_add_named(self->pages, overview, "overview");
    gtk_stack_add_named(self->pages, page, "alarm");
    show_page(self, "overview");
    g_signal_connect_swapped(page, "acknowledge", G_CALLBACK(on_acknowledge_wanted), self);
    g_signal_connect_swapped(page, "silence", G_CALLBACK(on_silence_wanted), self);
    g_signal_connect_swapped(page, "overview", G_CALLBACK(on_overview_wanted), self);
    g_signal_connect_swapped(self->banner, "clicked", G_CALLBACK(on_banner_clicked), self);
    self->tick = g_timeout_add(WALL_WINDOW_TICK_MS, on_tick, self);
    return GTK_WIDGET(self);
}

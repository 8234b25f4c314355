/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-alarm-page.h"

#include "ui/wall-alarm-row.h"
#include "ui/wall-camera.h"
#include "ui/wall-connector-strip.h"
#include "ui/wall-mosaic.h"
#include "ui/wall-step-row.h"
#include "ui/wall-text.h"

#define LONG_ADVICE 150 /* columns of its large letters: three lines */

struct _WallAlarmPage {
    WallView parent_instance;
    WallStation *station;
    const WallSite *site;
    WallConnectorStrip *strip;
    const WallSiteCamera *camera;
    WallMosaic *steps, *alarms;
    GtkLabel *advice, *more, *no_steps, *silence_text;
    GtkBox *camera_place;
    GtkButton *silence, *acknowledge, *overview;
};

G_DEFINE_FINAL_TYPE(WallAlarmPage, wall_alarm_page, WALL_TYPE_VIEW)

enum { ACKNOWLEDGE, SILENCE, OVERVIEW, N_SIGNALS };
static guint signals[N_SIGNALS];

static void wall_alarm_page_class_init(WallAlarmPageClass *class)
{
    static const char *const names[N_SIGNALS] = { "acknowledge", "silence", "overview" };
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

    for (guint i = 0; i < N_SIGNALS; i++)
        signals[i] = g_signal_new(names[i], G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 0);
    g_type_ensure(WALL_TYPE_CONNECTOR_STRIP);
    g_type_ensure(WALL_TYPE_MOSAIC);
    wall_view_install(widget_class, "wall-alarm-page");
    gtk_widget_class_bind_template_child(widget_class, WallAlarmPage, steps);
    gtk_widget_class_bind_template_child(widget_class, WallAlarmPage, alarms);
    gtk_widget_class_bind_template_child(widget_class, WallAlarmPage, strip);
    gtk_widget_class_bind_template_child(widget_class, WallAlarmPage, advice);
    gtk_widget_class_bind_template_child(widget_class, WallAlarmPage, more);
    gtk_widget_class_bind_template_child(widget_class, WallAlarmPage, no_steps);
    gtk_widget_class_bind_template_child(widget_class, WallAlarmPage, camera_place);
    gtk_widget_class_bind_template_child(widget_class, WallAlarmPage, silence);
    gtk_widget_class_bind_template_child(widget_class, WallAlarmPage, silence_text);
    gtk_widget_class_bind_template_child(widget_class, WallAlarmPage, acknowledge);
    gtk_widget_class_bind_template_child(widget_class, WallAlarmPage, overview);
}

static void on_acknowledge_clicked(WallAlarmPage *self)
{
    g_signal_emit(self, signals[ACKNOWLEDGE], 0);
}

static void on_silence_clicked(WallAlarmPage *self)
{
    g_signal_emit(self, signals[SILENCE], 0);
}

static void on_overview_clicked(WallAlarmPage *self)
{
    g_signal_emit(self, signals[OVERVIEW], 0);
}

static void wall_alarm_page_init(WallAlarmPage *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    g_signal_connect_swapped(self->acknowledge, "clicked", G_CALLBACK(on_acknowledge_clicked), self);
    g_signal_connect_swapped(self->silence, "clicked", G_CALLBACK(on_silence_clicked), self);
    g_signal_connect_swapped(self->overview, "clicked", G_CALLBACK(on_overview_clicked), self);
}

GtkWidget *wall_alarm_page_new(WallStation *station, const WallSite *site)
{
    WallAlarmPage *self = g_object_new(WALL_TYPE_ALARM_PAGE, NULL);
    g_autofree char *silence = wall_site_tell_silence(site);

    self->station = station;
    self->site = site;
    wall_mosaic_set_list(self->steps, 1);
    wall_mosaic_set_list(self->alarms, 1);
    wall_mosaic_bind(self->alarms, wall_station_get_alarms(station), wall_alarm_row_new, NULL);
    gtk_label_set_text(self->silence_text, silence);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->silence), GTK_ACCESSIBLE_PROPERTY_LABEL, silence, -1);
    gtk_widget_set_visible(GTK_WIDGET(self->camera_place), FALSE);
    return GTK_WIDGET(self);
}

static void show_camera(WallAlarmPage *self, WallAlarmItem *alarm)
{
    const WallSiteCamera *camera =
        alarm ? wall_site_find_camera(self->site, wall_alarm_item_zone(alarm)) : NULL;
    GtkWidget *old = gtk_widget_get_first_child(GTK_WIDGET(self->camera_place));

    if (camera == self->camera)
        return;
    self->camera = camera;
    if (old)
        gtk_box_remove(self->camera_place, old);
    gtk_widget_set_visible(GTK_WIDGET(self->camera_place), camera != NULL);
    if (camera)
        gtk_box_append(self->camera_place, wall_camera_new(camera));
}

/* Much of it is written smaller, so that it can be read whole. */
static gboolean show_advice(WallAlarmPage *self)
{
    GtkWidget *advice = GTK_WIDGET(self->advice);
    gboolean is_long = wall_text_count_columns(gtk_label_get_text(self->advice)) > LONG_ADVICE;

    if (is_long)
        gtk_widget_add_css_class(advice, "long");
    else
        gtk_widget_remove_css_class(advice, "long");
    return is_long;
}

/* What the connector does now, where the alarm is about one and the advice leaves ROOM. */
static void show_strip(WallAlarmPage *self, WallAlarmItem *alarm, gboolean room)
{
    const char *subject = alarm ? wall_alarm_item_subject(alarm) : "";
    WallConnectorItem *connector = subject[0] ? wall_station_find_connector(self->station, subject) : NULL;

    wall_view_set_item(WALL_VIEW(self->strip), connector ? WALL_ITEM(connector) : NULL);
    gtk_widget_set_visible(GTK_WIDGET(self->strip), connector && room);
}

void wall_alarm_page_show(WallAlarmPage *self, WallAlarmItem *alarm, guint more)
{
    g_autofree char *others = more ? wall_text_more(more) : NULL;
    GListModel *steps = alarm ? wall_alarm_item_get_steps(alarm) : NULL;

    gtk_label_set_text(self->more, others ? others : "");
    if ((gpointer)wall_view_get_item(WALL_VIEW(self)) != (gpointer)alarm) {
        wall_view_set_item(WALL_VIEW(self), alarm ? WALL_ITEM(alarm) : NULL);
        wall_mosaic_bind(self->steps, steps, wall_step_row_new, NULL);
    }
    gtk_widget_set_visible(GTK_WIDGET(self->no_steps), !steps || g_list_model_get_n_items(steps) == 0);
    show_camera(self, alarm);
    show_strip(self, alarm, !show_advice(self));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-overview.h"

#include "ui/wall-alarm-row.h"
#include "ui/wall-camera.h"
#include "ui/wall-connector-chip.h"
#include "ui/wall-connector-tile.h"
#include "ui/wall-figures.h"
#include "ui/wall-mosaic.h"
#include "ui/wall-zone-row.h"

/* Rows that the camera makes way for. */
#define ZONES_LEAST 4
#define ALARMS_LEAST 2

struct _WallOverview {
    GtkWidget parent_instance;
    WallFigures *figures;
    WallMosaic *mosaic, *zones, *alarms;
    GtkLabel *alarm_count, *no_alarms;
    GtkBox *camera_place;
};

G_DEFINE_FINAL_TYPE(WallOverview, wall_overview, GTK_TYPE_WIDGET)

static void wall_overview_dispose(GObject *object)
{
    GtkWidget *child;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(object))))
        gtk_widget_unparent(child);
    G_OBJECT_CLASS(wall_overview_parent_class)->dispose(object);
}

static void wall_overview_class_init(WallOverviewClass *class)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = wall_overview_dispose;
    g_type_ensure(WALL_TYPE_FIGURES);
    g_type_ensure(WALL_TYPE_MOSAIC);
    gtk_widget_class_set_template_from_resource(widget_class, "/org/stationmaster/wall/wall-overview.ui");
    gtk_widget_class_bind_template_child(widget_class, WallOverview, mosaic);
    gtk_widget_class_bind_template_child(widget_class, WallOverview, figures);
    gtk_widget_class_bind_template_child(widget_class, WallOverview, zones);
    gtk_widget_class_bind_template_child(widget_class, WallOverview, alarms);
    gtk_widget_class_bind_template_child(widget_class, WallOverview, alarm_count);
    gtk_widget_class_bind_template_child(widget_class, WallOverview, no_alarms);
    gtk_widget_class_bind_template_child(widget_class, WallOverview, camera_place);
    gtk_widget_class_set_css_name(widget_class, "overview");
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void wall_overview_init(WallOverview *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

static void on_alarms_changed(GListModel *alarms, guint position G_GNUC_UNUSED, guint removed G_GNUC_UNUSED,
                              guint added G_GNUC_UNUSED, WallOverview *self)
{
    guint n = g_list_model_get_n_items(alarms);
    g_autofree char *count = n ? g_strdup_printf("%u", n) : g_strdup("");

    gtk_label_set_text(self->alarm_count, count);
    gtk_widget_set_visible(GTK_WIDGET(self->no_alarms), n == 0);
}

GtkWidget *wall_overview_new(WallStation *station, const WallSite *site)
{
    WallOverview *self = g_object_new(WALL_TYPE_OVERVIEW, NULL);
    const WallSiteCamera *camera = wall_site_find_camera(site, "");
    GListModel *alarms = wall_station_get_alarms(station);

    wall_mosaic_bind(self->mosaic, wall_station_get_connectors(station), wall_connector_tile_new,
                     wall_connector_chip_new);
    wall_view_set_item(WALL_VIEW(self->figures), WALL_ITEM(wall_station_get_figures(station)));
    wall_mosaic_set_list(self->zones, ZONES_LEAST);
    wall_mosaic_bind(self->zones, wall_station_get_zones(station), wall_zone_row_new, NULL);
    wall_mosaic_set_list(self->alarms, ALARMS_LEAST);
    wall_mosaic_bind(self->alarms, alarms, wall_alarm_row_new, NULL);
    g_signal_connect_object(alarms, "items-changed", G_CALLBACK(on_alarms_changed), self, 0);
    on_alarms_changed(alarms, 0, 0, 0, self);
    gtk_widget_set_visible(GTK_WIDGET(self->camera_place), camera != NULL);
    if (camera)
        gtk_box_append(self->camera_place, wall_camera_new(camera));
    return GTK_WIDGET(self);
}

void wall_overview_set_crowded(WallOverview *self, gboolean urgent, gboolean announced)
{
    gtk_widget_set_visible(GTK_WIDGET(self->figures), !urgent);
    wall_mosaic_set_list(self->zones, announced ? 1 : ZONES_LEAST);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-connector-tile.h"

#include "ui/wall-ring.h"

struct _WallConnectorTile {
    WallView parent_instance;
};

G_DEFINE_FINAL_TYPE(WallConnectorTile, wall_connector_tile, WALL_TYPE_VIEW)

static void wall_connector_tile_class_init(WallConnectorTileClass *class)
{
    g_type_ensure(WALL_TYPE_RING);
    wall_view_install(GTK_WIDGET_CLASS(class), "wall-connector-tile");
}

static void wall_connector_tile_init(WallConnectorTile *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

GtkWidget *wall_connector_tile_new(WallItem *item)
{
    return g_object_new(WALL_TYPE_CONNECTOR_TILE, "item", item, NULL);
}

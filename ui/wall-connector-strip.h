/* SPDX-License-Identifier: Apache-2.0 */
/* What a connector does now, beside its alarm: a WallConnectorItem. Main thread. */
#pragma once

#include "ui/wall-view.h"

#define WALL_TYPE_CONNECTOR_STRIP (wall_connector_strip_get_type())
G_DECLARE_FINAL_TYPE(WallConnectorStrip, wall_connector_strip, WALL, CONNECTOR_STRIP, WallView)

/* A view of ITEM (NULL: none yet). */
GtkWidget *wall_connector_strip_new(WallItem *item);

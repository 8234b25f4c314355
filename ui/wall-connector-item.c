/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-connector-item.h"

#include "ui/wall-json.h"
#include "ui/wall-text.h"

#include <glib/gi18n.h>
#include <math.h>

enum { PATH, WORD, SHAPE, STYLE, SOC, UNIT, POWER, ENERGY, TIME, NOTE, N_TEXTS };

struct _WallConnectorItem {
    WallItem parent_instance;
    double energy_kwh, remaining_min, rated_kw, bms_temp_c;
};

G_DEFINE_FINAL_TYPE(WallConnectorItem, wall_connector_item, WALL_TYPE_ITEM)

static void wall_connector_item_class_init(WallConnectorItemClass *class)
{
    static const char *const names[N_TEXTS] = { "path", "word",  "shape",  "style", "soc",
                                                "unit", "power", "energy", "time",  "note" };

    wall_item_install(WALL_ITEM_CLASS(class), names, N_TEXTS);
}

static void wall_connector_item_init(WallConnectorItem *self)
{
    self->energy_kwh = self->remaining_min = self->rated_kw = self->bms_temp_c = NAN;
}

WallConnectorItem *wall_connector_item_new(void)
{
    return g_object_new(WALL_TYPE_CONNECTOR_ITEM, NULL);
}

const char *wall_connector_item_path(WallConnectorItem *self)
{
    return wall_item_get(WALL_ITEM(self), PATH);
}

/* What stands under the power: a session's figures, or what a free connector can give. */
static void show_session(WallConnectorItem *self, gboolean session)
{
    WallItem *item = WALL_ITEM(self);
    g_autofree char *rated = wall_text_number(self->rated_kw, 0, "kW");
    g_autofree char *minutes = wall_text_number(self->remaining_min, 0, "");
    g_autofree char *temperature = wall_text_number(self->bms_temp_c, 0, "°C");

    if (session)
        wall_item_take(item, ENERGY, wall_text_number(self->energy_kwh, 2, "kWh"));
    else
        wall_item_take(item, ENERGY, isfinite(self->rated_kw) ? g_strdup_printf(_("up to %s"), rated) : NULL);
    wall_item_take(item, TIME,
                   session && isfinite(self->remaining_min) ? g_strdup_printf(_("%s min left"), minutes)
                                                            : NULL);
    wall_item_take(item, NOTE,
                   session && isfinite(self->bms_temp_c) ? g_strdup_printf(_("battery %s"), temperature)
                                                         : NULL);
}

void wall_connector_item_change(WallConnectorItem *self, const char *status, double power_kw, double soc,
                                gboolean held)
{
    WallItem *item = WALL_ITEM(self);
    WallTextState state = wall_text_connector(status, held, soc);
    gboolean has_soc = isfinite(soc) && soc >= 0 && soc <= 100;
    gboolean session = has_soc || g_strcmp0(status, "charging") == 0 || g_strcmp0(status, "suspended") == 0;

    wall_item_set(item, WORD, state.word);
    wall_item_set(item, SHAPE, state.shape);
    wall_item_set(item, STYLE, state.style);
    wall_item_take(item, SOC, has_soc ? g_strdup_printf("%.0f", soc) : g_strdup(state.shape));
    wall_item_set(item, UNIT, has_soc ? "%" : "");
    wall_item_take(item, POWER, wall_text_number(power_kw, 1, "kW"));
    wall_item_set_fraction(item, has_soc ? soc / 100.0 : -1.0);
    show_session(self, session);
}

void wall_connector_item_take(WallConnectorItem *self, JsonObject *connector)
{
    self->energy_kwh = wall_json_number(connector, "session_energy");
    self->remaining_min = wall_json_number(connector, "remaining_min");
    self->rated_kw = wall_json_number(connector, "rated_power");
    self->bms_temp_c = wall_json_number(connector, "bms_temp_max");
    wall_item_take(WALL_ITEM(self), PATH, wall_json_dup_safe(connector, "path", 64));
    wall_connector_item_change(self, wall_json_text(connector, "status"),
                               wall_json_number(connector, "power"), wall_json_number(connector, "soc"),
                               wall_json_is(connector, "held"));
}

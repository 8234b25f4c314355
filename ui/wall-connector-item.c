/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-connector-item.h"

#include "ui/wall-json.h"
#include "ui/wall-text.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum { PATH, NAME, WORD, SHAPE, STYLE, SOC, UNIT, POWER, ENERGY, TIME, NOTE, TEMPERATURE, N_TEXTS };

struct _WallConnectorItem {
    WallItem parent_instance;
    WallConnectorFigures figures;
    double remaining_min;
    gint64 age_ms; /* of a status that is not good; -1: none */
    gboolean known;
    char *why;         /* it is held */
    char *disabled_by; /* without "hq:"; "": nobody */
};

G_DEFINE_FINAL_TYPE(WallConnectorItem, wall_connector_item, WALL_TYPE_ITEM)

static void wall_connector_item_finalize(GObject *object)
{
    g_free(WALL_CONNECTOR_ITEM(object)->why);
    g_free(WALL_CONNECTOR_ITEM(object)->disabled_by);
    G_OBJECT_CLASS(wall_connector_item_parent_class)->finalize(object);
}

static void wall_connector_item_class_init(WallConnectorItemClass *class)
{
    static const char *const names[N_TEXTS] = { "path", "name",  "word",   "shape", "style", "soc",
                                                "unit", "power", "energy", "time",  "note",  "temperature" };

    G_OBJECT_CLASS(class)->finalize = wall_connector_item_finalize;
    wall_item_install(WALL_ITEM_CLASS(class), names, N_TEXTS);
}

static void wall_connector_item_init(WallConnectorItem *self)
{
    self->figures = (WallConnectorFigures){ NAN, NAN, NAN, NAN, FALSE, FALSE, FALSE, FALSE };
    self->remaining_min = NAN;
    self->age_ms = -1;
    self->disabled_by = g_strdup("");
}

WallConnectorItem *wall_connector_item_new(void)
{
    return g_object_new(WALL_TYPE_CONNECTOR_ITEM, NULL);
}

const WallConnectorFigures *wall_connector_item_get_figures(WallConnectorItem *self)
{
    return &self->figures;
}

const char *wall_connector_item_path(WallConnectorItem *self)
{
    return wall_item_get(WALL_ITEM(self), PATH);
}

const char *wall_connector_item_name(WallConnectorItem *self)
{
    return wall_item_get(WALL_ITEM(self), NAME);
}

static gboolean is_explained(const WallConnectorItem *self, gboolean held)
{
    return held && self->why && self->why[0];
}

static gboolean is_shown_disabled(WallConnectorItem *self)
{
    return g_str_equal(wall_item_get(WALL_ITEM(self), STYLE), "disabled");
}

/* The battery's warmth, or that headquarters has disabled it too, where the word says something graver. */
static char *tell_note(WallConnectorItem *self, gboolean held, const char *temperature)
{
    if (self->disabled_by[0] && !is_shown_disabled(self))
        return g_strdup(_("HQ disabled"));
    if (self->figures.session && isfinite(self->figures.bms_temp_c) && !is_explained(self, held))
        return g_strdup_printf(_("battery %s"), temperature);
    return NULL;
}

/* Why it is held, by whom it is disabled, since when nothing is known, or how long it will take. */
static char *tell_time(WallConnectorItem *self, gboolean held)
{
    g_autofree char *minutes = wall_text_number(self->remaining_min, 0, "");
    g_autofree char *age = wall_text_age(self->age_ms / 1000);

    if (!self->known)
        return self->age_ms >= 0 ? g_strdup_printf(_("for %s"), age) : NULL;
    if (is_explained(self, held))
        return g_strdup(self->why);
    if (is_shown_disabled(self))
        return g_strdup_printf(_("by %s"), self->disabled_by);
    if (self->figures.session && isfinite(self->remaining_min))
        return g_strdup_printf(_("%s min left"), minutes);
    return NULL;
}

/* A session's figures, or what a free connector can give. */
static void show_figures(WallConnectorItem *self, gboolean held)
{
    WallItem *item = WALL_ITEM(self);
    const WallConnectorFigures *figures = &self->figures;
    g_autofree char *rated = wall_text_number(figures->rated_kw, 0, "kW");
    g_autofree char *temperature = wall_text_number(figures->bms_temp_c, 0, "°C");
    gboolean idle = !figures->session && self->known && !(figures->power_kw > 0.05);

    wall_item_take(item, POWER,
                   idle && isfinite(figures->rated_kw) ? g_strdup(rated)
                                                       : wall_text_number(figures->power_kw, 1, "kW"));
    if (figures->session)
        wall_item_take(item, ENERGY, wall_text_number(figures->energy_kwh, 2, "kWh"));
    else
        wall_item_set(item, ENERGY, idle && isfinite(figures->rated_kw) ? _("rated") : NULL);
    wall_item_take(item, TIME, tell_time(self, held));
    wall_item_take(item, NOTE, tell_note(self, held, temperature));
    wall_item_set(item, TEMPERATURE, temperature);
}

void wall_connector_item_change(WallConnectorItem *self, const char *status, double power_kw, double soc,
                                gboolean held, const char *disabled_by)
{
    WallItem *item = WALL_ITEM(self);
    WallConnectorFigures *figures = &self->figures;
    gboolean disabled = disabled_by[0] != '\0';
    WallTextState state = wall_text_connector(status, held, disabled, soc);
    gboolean has_soc = isfinite(soc) && soc >= 0 && soc <= 100;

    self->known = !g_str_equal(state.style, "unknown");
    g_free(self->disabled_by);
    self->disabled_by =
        wall_text_safe(disabled_by + (g_str_has_prefix(disabled_by, "hq:") ? strlen("hq:") : 0), 20);
    figures->power_kw = power_kw;
    figures->charging = g_strcmp0(status, "charging") == 0;
    figures->free = !held && !disabled && g_strcmp0(status, "available") == 0;
    figures->session = has_soc || figures->charging || g_strcmp0(status, "suspended") == 0;
    figures->amiss = held || !self->known || g_str_equal(state.style, "faulted");
    wall_item_set(item, WORD, state.word);
    wall_item_set(item, SHAPE, state.shape);
    wall_item_set(item, STYLE, state.style);
    wall_item_take(item, SOC, has_soc ? g_strdup_printf("%.0f", soc) : g_strdup(state.shape));
    wall_item_set(item, UNIT, has_soc ? "%" : "");
    wall_item_set_fraction(item, has_soc ? soc / 100.0 : -1.0);
    show_figures(self, held);
}

void wall_connector_item_set_age(WallConnectorItem *self, gint64 age_ms)
{
    self->age_ms = age_ms;
    if (!self->known)
        wall_item_take(WALL_ITEM(self), TIME, tell_time(self, FALSE));
}

void wall_connector_item_take(WallConnectorItem *self, JsonObject *connector, const WallSite *site,
                              const char *why)
{
    self->figures.energy_kwh = wall_json_number(connector, "session_energy");
    self->figures.rated_kw = wall_json_number(connector, "rated_power");
    self->figures.bms_temp_c = wall_json_number(connector, "bms_temp_max");
    self->remaining_min = wall_json_number(connector, "remaining_min");
    g_free(self->why);
    self->why = g_strdup(why);
    wall_item_take(WALL_ITEM(self), PATH, wall_json_dup_safe(connector, "path", 64));
    wall_item_take(WALL_ITEM(self), NAME, wall_site_tell_path(site, wall_connector_item_path(self)));
    wall_connector_item_change(self, wall_json_text(connector, "status"),
                               wall_json_number(connector, "power"), wall_json_number(connector, "soc"),
                               wall_json_is(connector, "held"), wall_json_text(connector, "disabled_by"));
}

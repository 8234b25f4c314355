/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-zone-item.h"

#include "edge/base/name.h"
#include "ui/wall-text.h"

#include <glib/gi18n.h>
#include <math.h>

enum { TEMPERATURE, HUMIDITY, SMOKE, WATER, DOOR, N_KINDS };
#define TITLE 0
#define VALUE(kind) (1 + 2 * (kind))
#define STYLE(kind) (2 + 2 * (kind))

static const char *const kinds[N_KINDS] = { "temperature", "humidity", "smoke", "water", "door" };

typedef struct {
    gboolean there, good;
    double number;
    gint64 age_ms; /* the oldest of what is not good; -1: never read */
} Cell;

struct _WallZoneItem {
    WallItem parent_instance;
    char *name;
    Cell cells[N_KINDS];
    gboolean has_points;
};

G_DEFINE_FINAL_TYPE(WallZoneItem, wall_zone_item, WALL_TYPE_ITEM)

static void wall_zone_item_finalize(GObject *object)
{
    g_free(WALL_ZONE_ITEM(object)->name);
    G_OBJECT_CLASS(wall_zone_item_parent_class)->finalize(object);
}

static void wall_zone_item_class_init(WallZoneItemClass *class)
{
    static const char *const names[] = { "title",          "temperature", "temperature-style", "humidity",
                                         "humidity-style", "smoke",       "smoke-style",       "water",
                                         "water-style",    "door",        "door-style" };

    G_OBJECT_CLASS(class)->finalize = wall_zone_item_finalize;
    wall_item_install(WALL_ITEM_CLASS(class), names, G_N_ELEMENTS(names));
}

static void wall_zone_item_init(WallZoneItem *self G_GNUC_UNUSED)
{
}

WallZoneItem *wall_zone_item_new(const char *name, const char *title)
{
    WallZoneItem *self = g_object_new(WALL_TYPE_ZONE_ITEM, NULL);

    self->name = g_strdup(name);
    wall_item_set(WALL_ITEM(self), TITLE, title);
    return self;
}

const char *wall_zone_item_name(WallZoneItem *self)
{
    return self->name;
}

gboolean wall_zone_item_knows(const char *point)
{
    return name_find(kinds, N_KINDS, point) >= 0;
}

void wall_zone_item_begin(WallZoneItem *self)
{
    self->has_points = FALSE;
    for (guint i = 0; i < N_KINDS; i++)
        self->cells[i] = (Cell){ .number = -INFINITY, .good = TRUE };
}

void wall_zone_item_add(WallZoneItem *self, const char *point, double number, const char *text,
                        const char *quality, gint64 age_ms)
{
    int kind = name_find(kinds, N_KINDS, point);
    gboolean good = g_str_equal(quality, "good") && isfinite(number);

    self->has_points |= kind >= 0;
    if (kind < 0 || g_str_equal(quality, "absent"))
        return;
    Cell *cell = &self->cells[kind];

    cell->there = TRUE;
    if (good && g_str_equal(text, "open"))
        number = 1;
    if (good)
        cell->number = MAX(cell->number, number);
    else
        cell->age_ms = cell->good ? age_ms : age_ms < 0 || cell->age_ms < 0 ? -1 : MAX(cell->age_ms, age_ms);
    cell->good = cell->good && good;
}

static char *tell_switch(int kind, gboolean on)
{
    static const char *const words[N_KINDS][2] = {
        [SMOKE] = { N_("no smoke"), N_("SMOKE") },
        [WATER] = { N_("dry"), N_("WATER") },
        [DOOR] = { N_("shut"), N_("OPEN") },
    };

    return g_strdup_printf("%s %s", on ? "▲" : "✓", _(words[kind][on ? 1 : 0]));
}

static char *tell_unheard(const Cell *cell)
{
    g_autofree char *age = cell->age_ms < 0 ? g_strdup("") : wall_text_age(cell->age_ms / 1000);

    return g_strdup_printf("%s %s", "?", cell->age_ms < 0 ? WALL_TEXT_NONE : age);
}

gboolean wall_zone_item_show(WallZoneItem *self)
{
    static const char *const units[N_KINDS] = { "°C", "%", "", "", "" };
    WallItem *item = WALL_ITEM(self);

    for (int kind = 0; kind < N_KINDS; kind++) {
        const Cell *cell = &self->cells[kind];
        gboolean on = cell->number > 0.5;
        const char *style = kind <= HUMIDITY ? "" : on ? (kind == DOOR ? "attention" : "critical") : "proven";

        if (!cell->there) {
            wall_item_set(item, VALUE(kind), WALL_TEXT_NONE);
            wall_item_set(item, STYLE(kind), "quiet");
        } else if (!cell->good &&
                   !(kind > HUMIDITY && on)) { /* smoke seen by one outweighs another's silence */
            wall_item_take(item, VALUE(kind), tell_unheard(cell));
            wall_item_set(item, STYLE(kind), "attention");
        } else {
            wall_item_take(item, VALUE(kind),
                           kind <= HUMIDITY ? wall_text_number(cell->number, kind == TEMPERATURE, units[kind])
                                            : tell_switch(kind, on));
            wall_item_set(item, STYLE(kind), style);
        }
    }
    return self->has_points;
}

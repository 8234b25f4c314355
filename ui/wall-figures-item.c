/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-figures-item.h"

#include "ui/wall-text.h"

#include <glib/gi18n.h>
#include <math.h>

enum {
    POWER,
    POWER_OF,
    CHARGING,
    CHARGING_OF,
    FREE,
    ENERGY,
    HOTTEST,
    HOTTEST_AT,
    AMISS,
    AMISS_STYLE,
    N_TEXTS
};

struct _WallFiguresItem {
    WallItem parent_instance;
};

G_DEFINE_FINAL_TYPE(WallFiguresItem, wall_figures_item, WALL_TYPE_ITEM)

static void wall_figures_item_class_init(WallFiguresItemClass *class)
{
    static const char *const names[N_TEXTS] = { "power", "power-of",   "charging", "charging-of",
                                                "free",  "energy",     "hottest",  "hottest-at",
                                                "amiss", "amiss-style" };

    wall_item_install(WALL_ITEM_CLASS(class), names, N_TEXTS);
}

static void wall_figures_item_init(WallFiguresItem *self)
{
    wall_item_set_fraction(WALL_ITEM(self), 0); /* a bar knows no nothing */
}

WallFiguresItem *wall_figures_item_new(void)
{
    return g_object_new(WALL_TYPE_FIGURES_ITEM, NULL);
}

typedef struct {
    double power_kw, rated_kw, energy_kwh, hottest_c;
    const char *hottest_at;
    guint charging, free, amiss;
} Sums;

static double or_nothing(double number)
{
    return isfinite(number) ? number : 0;
}

static void add(Sums *sums, WallConnectorItem *item)
{
    const WallConnectorFigures *figures = wall_connector_item_get_figures(item);

    sums->power_kw += or_nothing(figures->power_kw);
    sums->rated_kw += or_nothing(figures->rated_kw);
    if (figures->session)
        sums->energy_kwh += or_nothing(figures->energy_kwh);
    if (figures->session && figures->bms_temp_c > sums->hottest_c) {
        sums->hottest_c = figures->bms_temp_c;
        sums->hottest_at = wall_connector_item_name(item);
    }
    sums->charging += figures->charging;
    sums->free += figures->free;
    sums->amiss += figures->amiss;
}

static void show(WallItem *item, const Sums *sums, guint n)
{
    g_autofree char *rated = wall_text_number(sums->rated_kw, 0, "kW");

    wall_item_take(item, POWER, wall_text_number(sums->power_kw, 0, ""));
    wall_item_take(item, POWER_OF, sums->rated_kw > 0 ? g_strdup_printf("/ %s", rated) : g_strdup("kW"));
    wall_item_take(item, CHARGING, g_strdup_printf("%u", sums->charging));
    wall_item_take(item, CHARGING_OF, g_strdup_printf("/ %u", n));
    wall_item_take(item, FREE, g_strdup_printf("%u", sums->free));
    wall_item_take(item, ENERGY, wall_text_number(sums->energy_kwh, 1, ""));
    wall_item_take(item, HOTTEST, wall_text_number(sums->hottest_c, 0, ""));
    wall_item_set(item, HOTTEST_AT, sums->hottest_at ? sums->hottest_at : "");
    wall_item_take(item, AMISS, g_strdup_printf("%u", sums->amiss));
    wall_item_set(item, AMISS_STYLE, sums->amiss ? "failed" : "proven");
    wall_item_set_fraction(item, sums->rated_kw > 0 ? CLAMP(sums->power_kw / sums->rated_kw, 0, 1) : 0);
}

void wall_figures_item_count(WallFiguresItem *self, GListModel *connectors)
{
    guint n = g_list_model_get_n_items(connectors);
    Sums sums = { .hottest_c = -INFINITY };

    for (guint i = 0; i < n; i++) {
        g_autoptr(WallConnectorItem) item = g_list_model_get_item(connectors, i);

        add(&sums, item);
    }
    show(WALL_ITEM(self), &sums, n);
}

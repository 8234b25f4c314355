/* SPDX-License-Identifier: Apache-2.0 */
/* Tariffs: each fault at its place; seasons, weekends and holidays of right ones. */
#include "tests/unit/config/fixture.h"

#define F "tariffs.d/standard.tariff"
#define T "tariff standard"
#define ALL_FLAT "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"

static const FixtureFault faults[] = {
    { F, "version=7", "", NULL, T, "version", "required", 1 },
    { F, "version=7", "version=7.1", NULL, T, "version", "0 decimals", 1 },
    { F, "version=7", "version=-7", NULL, T, "version", "out of range", 1 },
    { F, "valid-from=2026-07-01", "", NULL, T, "valid-from", "required", 1 },
    { F, "valid-from=2026-07-01", "valid-from=2026-02-30", NULL, T, "valid-from", "YYYY-MM-DD", 1 },
    { F, "valid-from=2026-07-01", "valid-from=1.7.2026", NULL, T, "valid-from", "YYYY-MM-DD", 1 },
    { F, "currency=CNY", "currency=yuan", NULL, T, "currency", "three letters", 1 },
    { F, "charge-by=energy", "charge-by=day", NULL, T, "charge-by", "energy, time, energy+time", 1 },
    { F, "charge-by=energy", "charge-by=time", NULL, "rate flat", "time-price", "required", 3 },
    { F, "applies-to=", "applies-to=bay-a", NULL, T, "applies-to", "neither zone/NAME", 1 },
    { F, "applies-to=", "applies-to=zone/", NULL, T, "applies-to", "neither zone/NAME", 1 },
    { F, "applies-to=", "applies-to=zone/bay-z", NULL, T, "applies-to", "no zone/bay-z", 1 },
    { F, "applies-to=", "applies-to=connector/dc-01/2", NULL, T, "applies-to", "no connector/dc-01/2", 1 },
    { F, "slots=VVVV", "slots=VVV", NULL, T, "slots", "47 letters; 48", 1 },
    { F, "slots=VVVV", "slots=VVVVV", NULL, T, "slots", "49 letters; 48", 1 },
    { F, "slots=VVVV", "slots=VXVV", NULL, T, "slots", "letter 2", 1 },
    { F, "slots=VVVV", "slots.all=VVVV", NULL, T, "slots", "required", 2 },
    { F, "slots.weekend=", "slots.sunday=" ALL_FLAT, NULL, T, "slots.sunday", "slots.weekend", 1 },
    { F, "slots.weekend=", "slots.weekend=F", NULL, T, "slots.weekend", "1 letters", 1 },
    { F, "slots.07-01/08-31=", "slots.07-01=", NULL, T, "slots.07-01", "MM-DD/MM-DD", 1 },
    { F, "slots.07-01/08-31=", "slots.07-32/08-31=", NULL, T, "slots.07-32/08-31", "MM-DD/MM-DD", 1 },
    { F, "slots.07-01/08-31=", "slots.07-01/08-31=" ALL_FLAT "\nslots.08-31/09-01=" ALL_FLAT, NULL, T,
      "slots", "on 08-31", 1 },
    { F, "slots.07-01/08-31=", "slots.12-01/01-31=" ALL_FLAT "\nslots.01-31/02-01=" ALL_FLAT, NULL, T,
      "slots", "on 01-31", 1 },
    { F, "2026-10-01/2026-10-07", "2026-10-07/2026-10-01", NULL, T, "holidays", "not after", 1 },
    { F, "2026-10-01/2026-10-07", "2026-10-01;10-02", NULL, T, "holidays", "\"10-02\"", 1 },
    { F, "holidays=", "holiday=", NULL, T, "holiday", "did you mean holidays?", 1 },
    { F, "[rate sharp]", "[rate spitz]", NULL, "rate spitz", "", "sharp, peak, flat, valley", 2 },
    { F, "[rate valley]\nenergy-price=0.35000\nservice-price=0.3\n", "", NULL, "rate valley", "", "letter V",
      1 },
    { F, "energy-price=1.25000", "", NULL, "rate sharp", "energy-price", "required", 1 },
    { F, "energy-price=1.25000", "energy-price=1.250001", NULL, "rate sharp", "energy-price", "5 decimals",
      1 },
    { F, "energy-price=1.25000", "energy-price=-1.25", NULL, "rate sharp", "energy-price", "0 to 1000", 1 },
    { F, "energy-price=1.25000", "energy-price=1250", NULL, "rate sharp", "energy-price", "0 to 1000", 1 },
    { F, "energy-price=1.25000", "energy-price=1,25", NULL, "rate sharp", "energy-price", "amount", 1 },
    { F, "service-price=0.40000", "servce-price=0.4", NULL, "rate sharp", "servce-price", "service-price?",
      1 },
    { F, "grace-minutes=15", "grace-minutes=1.5", NULL, "occupancy", "grace-minutes", "0 decimals", 1 },
    { F, "price-per-minute=0.50000", "price-per-minute=half", NULL, "occupancy", "price-per-minute", "amount",
      1 },
    { F, "cap=50.00", "cap=50.001", NULL, "occupancy", "cap", "2 decimals", 1 },
    { F, "[occupancy]", "[occupancy x]", NULL, "occupancy x", "", "no name", 1 },
    { F, "[occupancy]", "[occupation]", NULL, "occupation", "", "did you mean [occupancy]?", 1 },
    { F, "[occupancy]", "[tariff other]\n[occupancy]", NULL, "tariff other", "", "second tariff", 1 },
    { F, "[tariff standard]", "[tarif standard]", NULL, "tariff", "", "is missing", 2 },
};

static void test_days(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Site) site = NULL;
    const SiteTariff *tariff;
    const SiteSlots *season;

    fixture_edit(fixture, F, "slots.weekend=", "slots.weekend=" ALL_FLAT);
    fixture_edit(fixture, F, "slots.holiday=", "slots.holiday=" ALL_FLAT);
    fixture_edit(fixture, F,
                 "slots.07-01/08-31=", "slots.11-15/02-29=" ALL_FLAT "\nslots.07-01/08-31=" ALL_FLAT);
    fixture_edit(fixture, F, "holidays=", "holidays=2026-01-01;");
    fixture_edit(fixture, F, "applies-to=", "applies-to=zone/bay-a;connector/dc-*");
    site = fixture_load_right(fixture);
    tariff = site->tariffs->pdata[0];
    g_assert_cmpuint(tariff->slots->len, ==, 5);
    season = &g_array_index(tariff->slots, SiteSlots, 3);
    g_assert_cmpint(season->kind, ==, SITE_SLOTS_SEASON);
    g_assert_cmpuint(season->from_month, ==, 11);
    g_assert_cmpuint(season->from_day, ==, 15);
    g_assert_cmpuint(season->to_month, ==, 2);
    g_assert_cmpuint(season->to_day, ==, 29);
    g_assert_cmpuint(tariff->holidays->len, ==, 4);
    g_assert_cmpuint(g_date_get_day(&g_array_index(tariff->holidays, GDate, 1)), ==, 1);
    g_assert_cmpstr(tariff->applies_to[1], ==, "connector/dc-*");
}

static void test_twice(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GPtrArray) found = NULL;
    g_autofree char *text = fixture_text(F);
    g_autoptr(Site) site = NULL;

    fixture_write(fixture, "tariffs.d/copy.tariff", text, -1, 0644);
    g_assert_null(fixture_load(fixture, &found));
    g_assert_cmpuint(found->len, ==, 2); /* the name, and the time it holds */
    fixture_edit(fixture, "tariffs.d/copy.tariff", "[tariff standard]", "[tariff station]");
    fixture_edit(fixture, "tariffs.d/copy.tariff", "2026-07-01 ", "2026-08-01 ");
    site = fixture_load_right(fixture);
    g_assert_cmpuint(site->tariffs->len, ==, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add_faults("/config-tariff/fault", faults, G_N_ELEMENTS(faults));
    g_test_add_func("/config-tariff/days", test_days);
    g_test_add_func("/config-tariff/twice", test_twice);
    return g_test_run();
}

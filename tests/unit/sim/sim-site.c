/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/sim-site.h"

static SimSite *new_site(guint32 seed, SimLog log, gpointer log_data)
{
    static const SimDeviceSetup devices[] = {
        { .name = "dc-01",
          .profile = "generic-dc",
          .bus = "chargers",
          .unit = 1,
          .feeder = "io-01/breaker-1" },
        { .name = "dc-02",
          .profile = "generic-dc-2",
          .bus = "chargers",
          .unit = 2,
          .feeder = "io-01/breaker-2",
          .feeder_meter = "meter-02" },
        { .name = "dc-03", .profile = "generic-dc", .bus = "line", .unit = 1, .feeder = "io-01/breaker-2" },
        { .name = "io-01", .profile = "generic-io", .bus = "io", .unit = 1 },
        { .name = "meter-01", .profile = "generic-meter", .bus = "power", .unit = 1 },
        { .name = "meter-02", .profile = "generic-meter", .bus = "power", .unit = 2 },
        { .name = "smoke-01", .profile = "generic-smoke", .bus = "yard", .unit = 1 },
    };
    SimSite *site = sim_site_new(seed, log, log_data);
    for (guint i = 0; i < G_N_ELEMENTS(devices); i++)
        g_assert_true(sim_site_add(site, &devices[i], NULL));
    g_assert_true(sim_site_link(site, NULL));
    return site;
}

static void run(SimSite *site, gint64 ms)
{
    for (gint64 until = site->now_ms + ms; site->now_ms < until;)
        sim_site_step(site);
}

static void all_charge(SimSite *site)
{
    site->cars = FALSE;
    for (guint i = 1; i <= 3; i++) {
        g_autofree char *name = g_strdup_printf("dc-%02u", i);
        g_assert_true(sim_site_arrive(site, sim_site_find(site, name), 0, 60.0, 0.3, NULL));
    }
    run(site, 10000);
}

static double current(const SimSite *site, const char *name)
{
    return sim_site_find(site, name)->charger->connectors[0].current;
}

/* An open breaker takes the current of all behind it, within one step, and of nobody else. */
static void test_breaker(void)
{
    g_autoptr(SimSite) site = new_site(1, NULL, NULL);
    all_charge(site);
    g_assert_cmpfloat(current(site, "dc-02"), >, 50.0);
    sim_io_trip(&sim_site_find(site, "io-01")->io, 2);
    sim_site_step(site);
    g_assert_cmpfloat(current(site, "dc-02"), ==, 0.0);
    g_assert_cmpfloat(current(site, "dc-03"), ==, 0.0);
    g_assert_cmpfloat(current(site, "dc-01"), >, 50.0);
    g_assert_false(sim_site_is_awake(sim_site_find(site, "dc-02")));
    g_assert_true(sim_site_is_awake(sim_site_find(site, "dc-01")));
}

static void test_main_breaker(void)
{
    g_autoptr(SimSite) site = new_site(1, NULL, NULL);
    all_charge(site);
    sim_io_trip(&sim_site_find(site, "io-01")->io, SIM_BREAKERS);
    sim_site_step(site);
    for (guint i = 1; i <= 3; i++) {
        g_autofree char *name = g_strdup_printf("dc-%02u", i);
        g_assert_cmpfloat(current(site, name), ==, 0.0);
    }
}

/* The station's meter sees all, a feeder's only its own; both never fall. */
static void test_meters(void)
{
    g_autoptr(SimSite) site = new_site(2, NULL, NULL);
    const SimMeter *all = &sim_site_find(site, "meter-01")->meter;
    const SimMeter *one = &sim_site_find(site, "meter-02")->meter;
    double kw = 0.0, before_all = all->energy_kwh, before_one = one->energy_kwh;

    all_charge(site);
    for (guint i = 1; i <= 3; i++) {
        g_autofree char *name = g_strdup_printf("dc-%02u", i);
        kw += sim_charger_get_input_kw(sim_site_find(site, name)->charger);
    }
    g_assert_cmpfloat(all->kw, >, kw);
    g_assert_cmpfloat(all->kw, <, kw + 5.0);
    g_assert_cmpfloat_with_epsilon(one->kw, sim_charger_get_input_kw(sim_site_find(site, "dc-02")->charger),
                                   1e-6);
    g_assert_cmpfloat(one->current, >, 50.0);
    g_assert_cmpfloat(all->energy_kwh, >, before_all);
    g_assert_cmpfloat(one->energy_kwh, >, before_one);
}

static void note(gint64 at_ms, const char *path, const char *text, gpointer user_data)
{
    g_string_append_printf(user_data, "%" G_GINT64_FORMAT " %s %s\n", at_ms, path, text);
}

/* The same seed gives the same day, another seed another one. */
static void test_deterministic(void)
{
    g_autoptr(GString) first = g_string_new(NULL);
    g_autoptr(GString) second = g_string_new(NULL);
    g_autoptr(GString) other = g_string_new(NULL);
    GString *logs[] = { first, second, other };

    for (guint i = 0; i < 3; i++) {
        g_autoptr(SimSite) site = new_site(i == 2 ? 8 : 7, note, logs[i]);
        site->speed = 50.0;
        run(site, 600000);
    }
    g_assert_cmpuint(first->len, >, 1000);
    g_assert_cmpstr(first->str, ==, second->str);
    g_assert_cmpstr(first->str, !=, other->str);
}

/* Cars come, charge, leave, and come again. */
static void test_cars(void)
{
    g_autoptr(GString) log = g_string_new(NULL);
    g_autoptr(SimSite) site = new_site(7, note, log);
    site->speed = 100.0;
    run(site, 900000);
    g_assert_nonnull(strstr(log->str, "dc-01/1 charging"));
    g_assert_nonnull(strstr(log->str, "dc-01/1 full"));
    g_assert_nonnull(strstr(log->str, "dc-01/1 unplugged"));
    g_assert_nonnull(strstr(strstr(log->str, "dc-01/1 unplugged"), "dc-01/1 charging"));
}

static void test_refused(void)
{
    g_autoptr(SimSite) site = new_site(1, NULL, NULL);
    g_autoptr(GError) error = NULL;
    SimDeviceSetup setup = { .name = "x", .profile = "keba-p30", .bus = "chargers", .unit = 9 };

    g_assert_false(sim_site_add(site, &setup, &error));
    g_assert_error(error, SIM_ERROR, SIM_ERROR_CONFIG);
    g_clear_error(&error);
    setup = (SimDeviceSetup){ .name = "y", .profile = "generic-dc", .bus = "chargers", .unit = 1 };
    g_assert_false(sim_site_add(site, &setup, &error)); /* unit taken */
    g_clear_error(&error);
    setup = (SimDeviceSetup){
        .name = "z", .profile = "generic-dc", .bus = "chargers", .unit = 5, .feeder = "smoke-01/breaker-1"
    };
    g_assert_true(sim_site_add(site, &setup, NULL));
    g_assert_false(sim_site_link(site, &error));
    g_assert_error(error, SIM_ERROR, SIM_ERROR_CONFIG);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim-site/breaker", test_breaker);
    g_test_add_func("/sim-site/main-breaker", test_main_breaker);
    g_test_add_func("/sim-site/meters", test_meters);
    g_test_add_func("/sim-site/deterministic", test_deterministic);
    g_test_add_func("/sim-site/cars", test_cars);
    g_test_add_func("/sim-site/refused", test_refused);
    return g_test_run();
}

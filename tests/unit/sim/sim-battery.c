/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/sim-battery.h"

#include <math.h>

static SimBattery battery_of(guint32 seed, double soc)
{
    GRand *random = g_rand_new_with_seed(seed);
    SimBattery battery;
    sim_battery_init(&battery, 60.0, soc, 24.0, random);
    g_rand_free(random);
    return battery;
}

static void test_ocv(void)
{
    double last = 0.0;
    for (int i = 0; i <= 1000; i++) {
        double volt = sim_battery_get_cell_ocv(i / 1000.0);
        g_assert_cmpfloat(volt, >, last);
        last = volt;
    }
    g_assert_cmpfloat_with_epsilon(sim_battery_get_cell_ocv(0.0), 3.0, 1e-9);
    g_assert_cmpfloat_with_epsilon(sim_battery_get_cell_ocv(0.5), 3.7, 1e-9);
    g_assert_cmpfloat(last, <, 4.2);
}

/* Constant current first, then the voltage stands at its limit while the current falls, then full. */
static void test_cc_cv(void)
{
    for (guint32 seed = 1; seed <= 20; seed++) {
        SimBattery battery = battery_of(seed, 0.3);
        double first = sim_battery_get_demand(&battery, NULL), last = first;
        guint constant_current = 0, constant_voltage = 0;

        for (guint s = 0; s < 8 * 3600 && last > 0.0; s++) {
            double limit, demand = sim_battery_get_demand(&battery, &limit);
            double volt = sim_battery_get_voltage(&battery, demand);
            g_assert_cmpfloat(volt, <=, limit + 1e-6);
            if (volt > limit - 1e-6 && demand > 0.0) {
                g_assert_cmpfloat(demand, <=, last + 1e-9);
                constant_voltage++;
            } else if (demand > 0.0) {
                g_assert_cmpuint(constant_voltage, ==, 0); /* never back */
                constant_current += demand == first;
            }
            sim_battery_step(&battery, demand, 1.0);
            last = demand;
        }
        g_assert_cmpfloat(last, ==, 0.0);
        g_assert_cmpfloat(battery.soc, >, 0.97);
        g_assert_cmpuint(constant_current, >, 600);
        g_assert_cmpuint(constant_voltage, >, 60);
    }
}

/* What flows in is stored or warms it: electrical energy = ∫ OCV·I dt + ∫ I²R dt. */
static void test_energy(void)
{
    SimBattery battery = battery_of(3, 0.2);
    double in = 0.0, stored = 0.0, heat = 0.0, soc = battery.soc;

    for (guint s = 0; s < 1800; s++) {
        double current = sim_battery_get_demand(&battery, NULL);
        in += sim_battery_get_voltage(&battery, current) * current;
        stored += sim_battery_get_voltage(&battery, 0.0) * current;
        heat += current * current * battery.resistance;
        sim_battery_step(&battery, current, 1.0);
    }
    g_assert_cmpfloat(fabs(in - stored - heat) / in, <, 1e-9);
    /* the charge that went in is what the state of charge gained */
    g_assert_cmpfloat(battery.soc, >, soc);
    g_assert_cmpfloat(stored / 3.6e6, >, (battery.soc - soc) * 60.0 * 0.85);
    g_assert_cmpfloat(stored / 3.6e6, <, (battery.soc - soc) * 60.0 * 1.15);
}

static void test_temperature(void)
{
    SimBattery battery = battery_of(4, 0.1);
    double start = battery.temp;

    for (guint s = 0; s < 2400; s++)
        sim_battery_step(&battery, 200.0, 1.0);
    g_assert_cmpfloat(battery.temp, >, start + 1.0);
    g_assert_cmpfloat(battery.temp, <, 60.0);
    g_assert_cmpfloat(sim_battery_get_temp_max(&battery), >, sim_battery_get_temp_min(&battery));
    for (guint s = 0; s < 24 * 60; s++)
        sim_battery_step(&battery, 0.0, 60.0);
    g_assert_cmpfloat_with_epsilon(battery.temp, battery.ambient, 0.5);
}

/* A long step must give what many short ones give: time is accelerated by longer steps. */
static void test_long_steps(void)
{
    SimBattery coarse = battery_of(5, 0.3), fine = coarse;

    sim_battery_step(&coarse, 150.0, 600.0);
    for (guint s = 0; s < 6000; s++)
        sim_battery_step(&fine, 150.0, 0.1);
    g_assert_cmpfloat_with_epsilon(coarse.temp, fine.temp, 0.001);
    g_assert_cmpfloat_with_epsilon(coarse.soc, fine.soc, 1e-9);
}

static void test_derating(void)
{
    SimBattery battery = battery_of(6, 0.3);
    double normal = sim_battery_get_demand(&battery, NULL);

    battery.temp = -10.0;
    g_assert_cmpfloat(sim_battery_get_demand(&battery, NULL), <, normal * 0.2);
    battery.temp = 52.0;
    g_assert_cmpfloat(sim_battery_get_demand(&battery, NULL), <, normal);
    g_assert_cmpfloat(sim_battery_get_demand(&battery, NULL), >, 0.0);
}

static void test_cells(void)
{
    SimBattery battery = battery_of(7, 0.5);
    double mean = sim_battery_get_voltage(&battery, 100.0) / battery.cells, high, low;

    high = sim_battery_get_cell_max(&battery, 100.0);
    low = sim_battery_get_cell_min(&battery, 100.0);
    g_assert_cmpfloat(high, >, mean);
    g_assert_cmpfloat(low, <, mean);
    g_assert_cmpfloat_with_epsilon(high - low, battery.spread, 1e-9);
    g_assert_cmpuint(battery.hottest_cell, >=, 1);
    g_assert_cmpuint(battery.hottest_cell, <=, battery.cells);
    battery.cell_excess = 0.3;
    g_assert_cmpfloat_with_epsilon(sim_battery_get_cell_max(&battery, 100.0), high + 0.3, 1e-9);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim-battery/ocv", test_ocv);
    g_test_add_func("/sim-battery/cc-cv", test_cc_cv);
    g_test_add_func("/sim-battery/energy", test_energy);
    g_test_add_func("/sim-battery/temperature", test_temperature);
    g_test_add_func("/sim-battery/long-steps", test_long_steps);
    g_test_add_func("/sim-battery/derating", test_derating);
    g_test_add_func("/sim-battery/cells", test_cells);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/sim-charger.h"

#include <math.h>

typedef struct {
    SimCharger *charger;
    GRand *random;
    gint64 now_ms;
    double speed;
} Bench;

static void bench_open(Bench *bench, guint n)
{
    bench->random = g_rand_new_with_seed(42);
    bench->charger = sim_charger_new("dc-01", n, 120.0, 24.0, bench->random, NULL, NULL);
    bench->now_ms = 0;
    bench->speed = 1.0;
}

static void bench_close(Bench *bench)
{
    sim_charger_free(bench->charger);
    g_rand_free(bench->random);
}

static void run(Bench *bench, gint64 ms)
{
    for (gint64 until = bench->now_ms + ms; bench->now_ms < until;) {
        bench->now_ms += SIM_STEP_MS;
        sim_charger_step(bench->charger, bench->now_ms, bench->speed);
    }
}

static SimConnector *arrive(Bench *bench, guint index, double soc)
{
    SimBattery battery;
    sim_battery_init(&battery, 60.0, soc, 24.0, bench->random);
    g_assert_true(sim_charger_arrive(bench->charger, index, &battery, "LTESTVIN000000001"));
    return &bench->charger->connectors[index];
}

static SimConnector *charging(Bench *bench, guint index, double soc)
{
    SimConnector *connector = arrive(bench, index, soc);
    run(bench, 10000);
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_CHARGING);
    g_assert_cmpfloat(connector->current, >, 50.0);
    return connector;
}

static void test_session(void)
{
    Bench bench;
    SimConnector *connector;

    bench_open(&bench, 1);
    connector = arrive(&bench, 0, 0.9);
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_PREPARING);
    g_assert_false(sim_charger_arrive(bench.charger, 0, &connector->battery, "X"));
    run(&bench, 10000);
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_CHARGING);
    bench.speed = 60.0;
    run(&bench, 120000);
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_FINISHING); /* full */
    g_assert_cmpfloat(connector->current, ==, 0.0);
    g_assert_true(sim_charger_leave(bench.charger, 0));
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_AVAILABLE);
    g_assert_false(sim_charger_leave(bench.charger, 0));
    bench_close(&bench);
}

/* Energy metered = ∫ P dt within 0.5 %, at any speed; the meter never falls. */
static void test_energy(void)
{
    static const double speeds[] = { 1.0, 7.0, 60.0, 100.0 };
    for (guint i = 0; i < G_N_ELEMENTS(speeds); i++) {
        Bench bench;
        SimConnector *connector;
        double before, last, sum = 0.0, power;

        bench_open(&bench, 1);
        bench.speed = speeds[i];
        connector = arrive(&bench, 0, 0.2);
        before = last = connector->energy_kwh;
        power = 0.0;
        for (guint step = 0; step < 4000; step++) {
            run(&bench, SIM_STEP_MS);
            sum += (power + connector->power_kw) / 2.0 * SIM_STEP_MS / 3.6e6 * bench.speed; /* trapezium */
            power = connector->power_kw;
            g_assert_cmpfloat(connector->energy_kwh, >=, last);
            last = connector->energy_kwh;
        }
        g_assert_cmpfloat(last - before, >, MIN(speeds[i], 40.0)); /* something was charged at all */
        g_assert_cmpfloat(fabs(last - before - sum) / sum, <, 0.005);
        g_assert_cmpfloat_with_epsilon(connector->session_kwh, last - before, 1e-6);
        bench_close(&bench);
    }
}

static void test_stop(void)
{
    Bench bench;
    SimConnector *connector;

    bench_open(&bench, 1);
    connector = charging(&bench, 0, 0.3);
    g_assert_true(sim_charger_command(bench.charger, 0, SIM_COMMAND_STOP, 0.0));
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_CHARGING); /* a latency, as in life */
    run(&bench, 3000);
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_FINISHING);
    g_assert_cmpfloat(connector->current, ==, 0.0);
    run(&bench, 60000);
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_FINISHING); /* stays so */
    g_assert_true(sim_charger_command(bench.charger, 0, SIM_COMMAND_START, 0.0));
    run(&bench, 5000);
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_CHARGING);
    bench_close(&bench);
}

static void test_disable(void)
{
    Bench bench;
    SimConnector *connector;

    bench_open(&bench, 1);
    connector = charging(&bench, 0, 0.3);
    sim_charger_command(bench.charger, 0, SIM_COMMAND_DISABLE, 0.0);
    run(&bench, 400);
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_UNAVAILABLE);
    g_assert_cmpfloat(connector->current, ==, 0.0);
    sim_charger_command(bench.charger, 0, SIM_COMMAND_START, 0.0);
    run(&bench, 5000);
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_UNAVAILABLE);
    sim_charger_command(bench.charger, 0, SIM_COMMAND_ENABLE, 0.0);
    run(&bench, 5000);
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_FINISHING); /* enabled is not started */
    g_assert_cmpfloat(connector->current, ==, 0.0);
    bench_close(&bench);
}

static void test_limit(void)
{
    Bench bench;
    SimConnector *connector;

    bench_open(&bench, 1);
    connector = charging(&bench, 0, 0.3);
    sim_charger_command(bench.charger, 0, SIM_COMMAND_LIMIT, 20.0);
    run(&bench, 5000);
    g_assert_cmpfloat(connector->power_kw, <=, 20.2);
    g_assert_cmpfloat(connector->power_kw, >, 19.0);
    sim_charger_command(bench.charger, 0, SIM_COMMAND_LIMIT, 0.0);
    run(&bench, 5000);
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_SUSPENDED);
    run(&bench, 70000); /* nobody wrote it again: it lapses, and the charger goes on */
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_CHARGING);
    g_assert_cmpfloat(connector->power_kw, >, 30.0);
    bench_close(&bench);
}

static void test_shared_power(void)
{
    Bench bench;
    bench_open(&bench, 2);
    charging(&bench, 0, 0.3);
    charging(&bench, 1, 0.3);
    g_assert_cmpfloat(bench.charger->connectors[0].power_kw, <=, 60.5);
    g_assert_cmpfloat(bench.charger->connectors[1].power_kw, <=, 60.5);
    bench_close(&bench);
}

static void test_power_loss(void)
{
    Bench bench;
    SimConnector *connector;
    double meter;

    bench_open(&bench, 1);
    connector = charging(&bench, 0, 0.3);
    meter = connector->energy_kwh;
    sim_charger_feed(bench.charger, FALSE);
    g_assert_cmpfloat(connector->current, ==, 0.0);
    g_assert_cmpfloat(sim_charger_get_input_kw(bench.charger), ==, 0.0);
    g_assert_false(sim_charger_is_awake(bench.charger));
    sim_charger_command(bench.charger, 0, SIM_COMMAND_START, 0.0);
    run(&bench, 10000);
    g_assert_cmpfloat(connector->current, ==, 0.0);
    g_assert_cmpfloat(connector->energy_kwh, ==, meter);
    sim_charger_feed(bench.charger, TRUE);
    run(&bench, 1000);
    g_assert_false(sim_charger_is_awake(bench.charger)); /* it boots */
    run(&bench, 10000);
    g_assert_true(sim_charger_is_awake(bench.charger));
    bench_close(&bench);
}

static void test_ignores(void)
{
    Bench bench;
    SimConnector *connector;

    bench_open(&bench, 1);
    connector = charging(&bench, 0, 0.3);
    connector->ignores = 1u << SIM_COMMAND_STOP;
    g_assert_true(sim_charger_command(bench.charger, 0, SIM_COMMAND_STOP, 0.0));
    run(&bench, 5000);
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_CHARGING);
    sim_charger_command(bench.charger, 0, SIM_COMMAND_DISABLE, 0.0);
    run(&bench, 1000);
    g_assert_cmpfloat(connector->current, ==, 0.0);
    bench_close(&bench);
}

static void test_pretends(void)
{
    Bench bench;
    SimConnector *connector;

    bench_open(&bench, 1);
    connector = charging(&bench, 0, 0.3);
    connector->pretends = TRUE;
    sim_charger_command(bench.charger, 0, SIM_COMMAND_STOP, 0.0);
    run(&bench, 5000);
    g_assert_cmpuint(sim_charger_get_said_status(bench.charger, 0), ==, SIM_STATUS_FINISHING);
    g_assert_cmpfloat(connector->current, >, 50.0);
    bench_close(&bench);
}

static void test_resumes(void)
{
    Bench bench;
    SimConnector *connector;

    bench_open(&bench, 1);
    connector = charging(&bench, 0, 0.3);
    connector->resume_after_ms = 30000;
    sim_charger_command(bench.charger, 0, SIM_COMMAND_STOP, 0.0);
    run(&bench, 20000);
    g_assert_cmpfloat(connector->current, ==, 0.0);
    run(&bench, 15000);
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_CHARGING);
    sim_charger_command(bench.charger, 0, SIM_COMMAND_STOP, 0.0);
    sim_charger_command(bench.charger, 0, SIM_COMMAND_DISABLE, 0.0);
    run(&bench, 60000);
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_UNAVAILABLE); /* disabled endures */
    bench_close(&bench);
}

static void test_overheat(void)
{
    Bench bench;
    SimConnector *connector;

    bench_open(&bench, 1);
    connector = charging(&bench, 0, 0.3);
    connector->overheats = connector->gun_heats = connector->cell_climbs = TRUE;
    run(&bench, 20000);
    g_assert_cmpfloat(sim_battery_get_temp_max(&connector->battery), >, 60.0);
    g_assert_cmpfloat(connector->gun_temp, >, 85.0);
    g_assert_cmpfloat(sim_battery_get_cell_max(&connector->battery, connector->current) -
                          sim_battery_get_cell_min(&connector->battery, connector->current),
                      >, 0.3);
    sim_charger_command(bench.charger, 0, SIM_COMMAND_STOP, 0.0);
    run(&bench, 90000);
    g_assert_cmpfloat(sim_battery_get_temp_max(&connector->battery), <, 50.0); /* it cools when it rests */
    g_assert_cmpfloat(connector->gun_temp, <, 40.0);
    bench_close(&bench);
}

static void test_watchdog(void)
{
    Bench bench;
    SimConnector *connector;

    bench_open(&bench, 1);
    connector = charging(&bench, 0, 0.3);
    run(&bench, 60000);
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_CHARGING); /* never heard anybody: not armed */
    sim_charger_hear(bench.charger);
    run(&bench, 25000);
    sim_charger_hear(bench.charger);
    run(&bench, 25000);
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_CHARGING);
    run(&bench, 10000);
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_FINISHING);
    bench_close(&bench);
}

static void test_bounded(void)
{
    Bench bench;
    bench_open(&bench, 1);
    for (guint i = 0; i < SIM_PENDING; i++)
        g_assert_true(sim_charger_command(bench.charger, 0, SIM_COMMAND_STOP, 0.0));
    g_assert_false(sim_charger_command(bench.charger, 0, SIM_COMMAND_STOP, 0.0));
    run(&bench, 1000);
    g_assert_true(sim_charger_command(bench.charger, 0, SIM_COMMAND_STOP, 0.0));
    bench_close(&bench);
}

static void test_faults(void)
{
    Bench bench;
    SimConnector *connector;

    bench_open(&bench, 1);
    connector = charging(&bench, 0, 0.3);
    sim_charger_fail(bench.charger, 0, 17);
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_FAULTED);
    g_assert_cmpfloat(connector->current, ==, 0.0);
    sim_charger_command(bench.charger, 0, SIM_COMMAND_START, 0.0);
    run(&bench, 5000);
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_FAULTED);
    sim_charger_reset(bench.charger);
    g_assert_cmpuint(connector->fault, ==, 0);
    g_assert_cmpuint(connector->status, ==, SIM_STATUS_FINISHING);
    bench_close(&bench);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim-charger/session", test_session);
    g_test_add_func("/sim-charger/energy", test_energy);
    g_test_add_func("/sim-charger/stop", test_stop);
    g_test_add_func("/sim-charger/disable", test_disable);
    g_test_add_func("/sim-charger/limit", test_limit);
    g_test_add_func("/sim-charger/shared-power", test_shared_power);
    g_test_add_func("/sim-charger/power-loss", test_power_loss);
    g_test_add_func("/sim-charger/ignores", test_ignores);
    g_test_add_func("/sim-charger/pretends", test_pretends);
    g_test_add_func("/sim-charger/resumes", test_resumes);
    g_test_add_func("/sim-charger/overheat", test_overheat);
    g_test_add_func("/sim-charger/watchdog", test_watchdog);
    g_test_add_func("/sim-charger/bounded", test_bounded);
    g_test_add_func("/sim-charger/faults", test_faults);
    return g_test_run();
}

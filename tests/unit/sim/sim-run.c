/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/sim-run.h"

#include "drivers/sim/sim-registers.h"
#include "tests/unit/sim/sim-fixture.h"

static GPtrArray *actions_of(const char *text)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *actions = sim_scenario_parse(text, "t", &error);
    g_assert_no_error(error);
    return actions;
}

static void assert_answer(SimRun *run, const char *line, const char *wanted)
{
    g_autofree char *answer = sim_run_answer(run, line);
    g_assert_cmpstr(answer, ==, wanted);
}

/* Actions happen in their time, those without one before the first step. */
static void test_times(void)
{
    g_autoptr(SimSite) site = sim_fixture_new();
    g_autoptr(GPtrArray) actions =
        actions_of("at 10s smoke-01 smoke for 5s\ndoor-01 open\nat 2s door-01 close\n");
    g_autoptr(SimRun) run = sim_run_new(site, actions, NULL);
    const SimSensor *smoke = &sim_site_find(site, "smoke-01")->sensor;
    const SimSensor *door = &sim_site_find(site, "door-01")->sensor;

    g_assert_true(door->alarm);
    sim_run_until(run, 1900);
    g_assert_true(door->alarm);
    sim_run_until(run, 2100);
    g_assert_false(door->alarm);
    sim_run_until(run, 9950);
    g_assert_false(smoke->alarm);
    sim_run_until(run, 10100);
    g_assert_true(smoke->alarm);
    sim_run_until(run, 15200);
    g_assert_false(smoke->alarm);
}

static void test_answers(void)
{
    g_autoptr(SimSite) site = sim_fixture_new();
    g_autoptr(SimRun) run = sim_run_new(site, NULL, NULL);

    assert_answer(run, "get smoke-01 smoke", "ok 0.0000");
    assert_answer(run, "smoke-01 smoke", "ok");
    assert_answer(run, " get smoke-01 smoke ", "ok 1.0000");
    assert_answer(run, "get dc-01/1 soc", "ok absent");
    assert_answer(run, "get dc-01/2 soc", "error: dc-01/2 has no soc");
    assert_answer(run, "get / soc", "error: / has no soc");
    assert_answer(run, "time", "ok 0.050");
    assert_answer(run, "# nothing", "ok");
    assert_answer(run, "dance", "error: not understood: “dance”");
    assert_answer(run, "dc-09 silent", "error: dc-09: no such device or connector");
    assert_answer(run, "dc-01/1 leave", "error: dc-01/1: no car there");
    assert_answer(run, "at 5s water-01 leak 3m", "ok");
    assert_answer(run, "at 5s dc-09 silent", "error: dc-09: no such device or connector");
    assert_answer(run, "at 4s water-01 tamper", "ok");
    sim_run_until(run, 4500);
    g_assert_true(sim_site_find(site, "water-01")->sensor.tamper);
    g_assert_false(sim_site_find(site, "water-01")->sensor.alarm);
    sim_run_until(run, 5500);
    g_assert_true(sim_site_find(site, "water-01")->sensor.alarm);
    assert_answer(run, "dc-01/1 set bms_temp_max 71.5", "ok");
    assert_answer(run, "dc-01/1 unset bms_temp_max", "ok");
    assert_answer(run, "dc-01/1 set smoke 1", "error: dc-01/1: no such point");
}

/* A value that is set stands in the register, whatever is true. */
static void test_set(void)
{
    g_autoptr(SimSite) site = sim_fixture_new();
    g_autoptr(GPtrArray) actions = actions_of("dc-01/1 set bms_temp_max 71.5\n");
    g_autoptr(SimRun) run = sim_run_new(site, actions, NULL);
    guint16 raw = 0;

    sim_registers_read(sim_site_find(site, "dc-01"), SIM_SPACE_HOLDING, 15, 1, &raw);
    g_assert_cmpuint(raw, ==, 715);
    assert_answer(run, "get dc-01/1 bms_temp_max", "ok absent");
    assert_answer(run, "dc-01/1 unset bms_temp_max", "ok");
    sim_registers_read(sim_site_find(site, "dc-01"), SIM_SPACE_HOLDING, 15, 1, &raw);
    g_assert_cmpuint(raw, ==, 0x7fff);
}

static void test_refused(void)
{
    g_autoptr(SimSite) site = sim_fixture_new();
    static const char *const texts[] = {
        "dc-09 silent\n",         "at 5s bus attic silent\n", "smoke-01 overheat\n",
        "bus yard smoke\n",       "dc-01/3 leave\n",          "at 1s th-01 leak 3m\n",
        "io-a breaker-1 stuck\n", "dc-01/x overheat\n",       "/ silent\n"
    };
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GPtrArray) actions = actions_of(texts[i]);
        g_autoptr(GError) error = NULL;
        g_autoptr(SimRun) run = sim_run_new(site, actions, &error);
        g_assert_null(run);
        g_assert_error(error, SIM_ERROR, SIM_ERROR_REFUSED);
        g_assert_true(g_str_has_prefix(error->message, "t:1: "));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim-run/times", test_times);
    g_test_add_func("/sim-run/answers", test_answers);
    g_test_add_func("/sim-run/set", test_set);
    g_test_add_func("/sim-run/refused", test_refused);
    return g_test_run();
}

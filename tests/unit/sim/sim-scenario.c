/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/sim-scenario.h"

#include "drivers/sim/sim-site.h"

static SimAction *read(const char *line)
{
    g_autoptr(GError) error = NULL;
    SimAction *action = sim_scenario_parse_line(line, "t:1", &error);
    g_assert_no_error(error);
    g_assert_nonnull(action);
    return action;
}

/* Each verb of the brief, as it is written there. */
static void test_good(void)
{
    static const struct {
        const char *line, *target;
        SimVerb verb;
        guint way;
    } cases[] = {
        { "at 20s dc-03/1 overheat", "dc-03/1", SIM_VERB_OVERHEAT, 0 },
        { "dc-05 ignores stop", "dc-05", SIM_VERB_IGNORE, SIM_COMMAND_STOP },
        { "dc-05 ignores disable", "dc-05", SIM_VERB_IGNORE, SIM_COMMAND_DISABLE },
        { "dc-06 resumes after 30s", "dc-06", SIM_VERB_RESUME, 0 },
        { "dc-02 frozen values", "dc-02", SIM_VERB_FREEZE, 0 },
        { "dc-02 confirms but charges", "dc-02", SIM_VERB_PRETEND, 0 },
        { "io-01 breaker-3 stuck", "io-01", SIM_VERB_BREAKER, SIM_BREAKER_STUCK },
        { "io-01 breaker-3 lies", "io-01", SIM_VERB_BREAKER, SIM_BREAKER_LIES },
        { "bus yard silent for 10s", "yard", SIM_VERB_LINE, SIM_LINE_SILENT },
        { "dc-04 silent", "dc-04", SIM_VERB_LINE, SIM_LINE_SILENT },
        { "dc-04 garbage", "dc-04", SIM_VERB_LINE, SIM_LINE_GARBAGE },
        { "dc-04 slow 300ms", "dc-04", SIM_VERB_LINE, SIM_LINE_SLOW },
        { "dc-04 exceptions", "dc-04", SIM_VERB_LINE, SIM_LINE_EXCEPTIONS },
        { "smoke-01 smoke", "smoke-01", SIM_VERB_SMOKE, 0 },
        { "smoke-01 clear", "smoke-01", SIM_VERB_CLEAR, 0 },
        { "water-01 leak 12.5m", "water-01", SIM_VERB_LEAK, 0 },
        { "door-01 open", "door-01", SIM_VERB_OPEN, 0 },
        { "button io-a 1 press", "io-a", SIM_VERB_PRESS, 0 },
        { "dc-03/1 arrive vin LABC soc 40", "dc-03/1", SIM_VERB_ARRIVE, 0 },
        { "dc-03/1 leave", "dc-03/1", SIM_VERB_LEAVE, 0 },
        { "dc-03/1 gun-hot", "dc-03/1", SIM_VERB_GUN_HOT, 0 },
        { "dc-03/1 cell-high  # why", "dc-03/1", SIM_VERB_CELL_HIGH, 0 },
        { "\tseed 7", "", SIM_VERB_SEED, 0 },
        { "speed 5", "", SIM_VERB_SPEED, 0 },
        { "cars none", "", SIM_VERB_CARS, FALSE },
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(SimAction) action = read(cases[i].line);
        g_assert_cmpstr(action->target, ==, cases[i].target);
        g_assert_cmpuint(action->verb, ==, cases[i].verb);
        g_assert_cmpuint(action->way, ==, cases[i].way);
    }
}

static void test_values(void)
{
    g_autoptr(SimAction) at = read("at 1.5s dc-03/1 overheat");
    g_autoptr(SimAction) start = read("dc-03/1 overheat");
    g_autoptr(SimAction) resume = read("dc-06 resumes after 2m");
    g_autoptr(SimAction) silent = read("bus yard silent for 10s");
    g_autoptr(SimAction) slow = read("dc-04 slow 300ms for 1m");
    g_autoptr(SimAction) leak = read("water-01 leak 12.5m");
    g_autoptr(SimAction) car = read("dc-03/1 arrive soc 40 kwh 70 vin LABC");
    g_autoptr(SimAction) press = read("button io-a 2 press for 3s");
    g_autoptr(SimAction) set = read("dc-03/1 set bms_temp_max 71.5");
    g_autoptr(SimAction) breaker = read("io-01 breaker-9 trips");

    g_assert_cmpint(at->at_ms, ==, 1500);
    g_assert_cmpint(start->at_ms, ==, -1);
    g_assert_cmpint(resume->time_ms, ==, 120000);
    g_assert_true(silent->on_bus);
    g_assert_cmpint(silent->for_ms, ==, 10000);
    g_assert_cmpint(slow->time_ms, ==, 300);
    g_assert_cmpint(slow->for_ms, ==, 60000);
    g_assert_cmpfloat(leak->value, ==, 12.5);
    g_assert_cmpfloat(car->soc, ==, 0.4);
    g_assert_cmpfloat(car->energy_kwh, ==, 70.0);
    g_assert_cmpstr(car->text, ==, "LABC");
    g_assert_cmpuint(press->number, ==, 2);
    g_assert_cmpint(press->for_ms, ==, 3000);
    g_assert_cmpstr(set->text, ==, "bms_temp_max");
    g_assert_cmpfloat(set->value, ==, 71.5);
    g_assert_cmpuint(breaker->number, ==, 9);
}

static void test_bad(void)
{
    static const char *const lines[] = {
        "at",
        "at 20s",
        "at 20 dc-03/1 overheat",
        "at -1s dc-03/1 overheat",
        "at 20s dc-03/1",
        "dc-03/1 explodes",
        "dc-05 ignores",
        "dc-05 ignores everything",
        "dc-06 resumes after",
        "dc-06 resumes after soon",
        "bus",
        "bus yard",
        "bus yard silent for",
        "bus yard silent for ever",
        "bus yard silent for 0s",
        "dc-03/1 overheat for 10s",
        "io-01 breaker-0 stuck",
        "io-01 breaker-10 stuck",
        "io-01 breaker- stuck",
        "button io-a press",
        "button io-a 9 press",
        "dc-03/1 arrive soc",
        "dc-03/1 arrive soc 140",
        "dc-03/1 arrive vin LONGERTHANANYVINCANBE",
        "dc-03/1 arrive kwh 0",
        "seed",
        "seed seven",
        "speed 0",
        "speed 1000",
        "speed nan",
        "cars many",
        "water-01 leak 3km",
        "dc-04 slow 300",
        "at 9999h dc-04 silent",
        "dc-03/1 set bms_temp_max",
        "dc-03/1 set bms_temp_max hot",
        "dc-03/1 set bms_temp_max inf",
        "smoke-01 smoke smoke",
        "\xff\xfe dc",
    };
    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(SimAction) action = sim_scenario_parse_line(lines[i], "bad.scenario:3", &error);
        if (action)
            g_test_message("accepted: %s", lines[i]);
        g_assert_null(action);
        g_assert_error(error, SIM_ERROR, SIM_ERROR_SCENARIO);
        g_assert_true(g_str_has_prefix(error->message, "bad.scenario:3: "));
        g_assert_true(g_utf8_validate(error->message, -1, NULL));
    }
}

static void test_empty(void)
{
    static const char *const lines[] = { "", "   ", "# comment", "\t# at 20s dc-03/1 overheat", "\r" };
    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(sim_scenario_parse_line(lines[i], "", &error));
        g_assert_no_error(error);
    }
}

static void test_order(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) actions =
        sim_scenario_parse("at 20s a silent\n# x\nat 10s b silent\nc silent\nat 10s d silent\n", "s", &error);
    static const char *const order[] = { "c", "b", "d", "a" };

    g_assert_no_error(error);
    g_assert_cmpuint(actions->len, ==, 4);
    for (guint i = 0; i < 4; i++)
        g_assert_cmpstr(((SimAction *)g_ptr_array_index(actions, i))->target, ==, order[i]);
    g_assert_null(sim_scenario_parse("a silent\nb silent\nc dances\n", "s", &error));
    g_assert_nonnull(strstr(error->message, "s:3: "));
}

/* Whatever stands in a line, the parser answers; with a thousand lines made of its own words. */
static void test_random(void)
{
    static const char *const words[] = { "at",     "20s",      "bus",  "button",    "dc-03/1",
                                         "for",    "silent",   "slow", "1",         "set",
                                         "arrive", "soc",      "vin",  "breaker-3", "stuck",
                                         "seed",   "#",        "-5",   "1e308",     "cars",
                                         "none",   "\xc3\xa9", "for",  "ignores",   "stop" };
    GRand *random = g_rand_new_with_seed(5);
    guint good = 0;
    for (guint i = 0; i < 20000; i++) {
        g_autoptr(GString) line = g_string_new(NULL);
        g_autoptr(GError) error = NULL;
        gint32 n = g_rand_int_range(random, 1, 8);
        for (gint32 k = 0; k < n; k++)
            g_string_append_printf(line, "%s ", words[g_rand_int_range(random, 0, G_N_ELEMENTS(words))]);
        g_autoptr(SimAction) action = sim_scenario_parse_line(line->str, "r", &error);
        g_assert_false(action && error);
        good += action != NULL;
    }
    g_rand_free(random);
    g_assert_cmpuint(good, >, 10);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim-scenario/good", test_good);
    g_test_add_func("/sim-scenario/values", test_values);
    g_test_add_func("/sim-scenario/bad", test_bad);
    g_test_add_func("/sim-scenario/empty", test_empty);
    g_test_add_func("/sim-scenario/order", test_order);
    g_test_add_func("/sim-scenario/random", test_random);
    return g_test_run();
}

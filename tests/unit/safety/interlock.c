/* SPDX-License-Identifier: Apache-2.0 */
/* The interlock matrix: every safety action × every connector status × every way of failing or lying, over
 * the real guard, against what a small oracle expects that knows devices but no ladder. With --write FILE it
 * writes the table that stands in edge/safety/INTERLOCK.md; a case here checks that the file is up to date.
 */
#include "world.h"

#include <string.h>

/* What is wrong with the charger, its breakers, or the site. */
typedef struct {
    const char *name;
    WorldReply stop, disable;
    gboolean ignores_stop, ignores_disable; /* confirmed, not obeyed */
    gboolean flows;                         /* current flows whatever the status */
    gboolean frozen, own_supply, silent;
    const char *claims;
    gboolean resumes;
    gboolean breaker_refuses, breaker_stuck, breaker_leaks;
    gboolean no_feeder, no_contact, meter, meter_silent, shared;
    gboolean claims_offline, side_silent; /* and answers all the same */
} Fault;

static const Fault faults[] = {
    { .name = "obeys" },
    { .name = "stop refused", .stop = WORLD_REFUSES, .flows = TRUE },
    { .name = "stop unanswered", .stop = WORLD_UNANSWERED, .flows = TRUE },
    { .name = "stop and disable refused", .stop = WORLD_REFUSES, .disable = WORLD_REFUSES, .flows = TRUE },
    { .name = "stop and disable unanswered",
      .stop = WORLD_UNANSWERED,
      .disable = WORLD_UNANSWERED,
      .flows = TRUE },
    { .name = "stop confirmed, current flows", .ignores_stop = TRUE, .flows = TRUE },
    { .name = "stop and disable confirmed, current flows",
      .ignores_stop = TRUE,
      .ignores_disable = TRUE,
      .flows = TRUE },
    { .name = "says finishing, current flows",
      .ignores_stop = TRUE,
      .ignores_disable = TRUE,
      .flows = TRUE,
      .claims = "finishing" },
    { .name = "stopped, goes on saying charging", .claims = "charging" },
    { .name = "frozen values, dies with its feeder", .frozen = TRUE, .flows = TRUE },
    { .name = "frozen values, own supply", .frozen = TRUE, .flows = TRUE, .own_supply = TRUE },
    { .name = "stop obeyed, then resumed", .flows = TRUE, .resumes = TRUE },
    { .name = "stop obeyed, then resumed; disable refused",
      .disable = WORLD_REFUSES,
      .flows = TRUE,
      .resumes = TRUE },
    { .name = "silent from the command on", .silent = TRUE, .flows = TRUE },
    { .name = "silent, breaker stuck", .silent = TRUE, .flows = TRUE, .breaker_stuck = TRUE },
    { .name = "current flows, trip refused",
      .ignores_stop = TRUE,
      .ignores_disable = TRUE,
      .flows = TRUE,
      .breaker_refuses = TRUE },
    { .name = "current flows, breaker stuck",
      .ignores_stop = TRUE,
      .ignores_disable = TRUE,
      .flows = TRUE,
      .breaker_stuck = TRUE },
    { .name = "current flows, contact open but breaker closed",
      .ignores_stop = TRUE,
      .ignores_disable = TRUE,
      .flows = TRUE,
      .breaker_leaks = TRUE },
    { .name = "current flows, contact open but breaker closed, calls itself offline",
      .ignores_stop = TRUE,
      .ignores_disable = TRUE,
      .flows = TRUE,
      .breaker_leaks = TRUE,
      .claims_offline = TRUE },
    { .name = "current flows, contact open but breaker closed, side unit silent",
      .ignores_stop = TRUE,
      .ignores_disable = TRUE,
      .flows = TRUE,
      .breaker_leaks = TRUE,
      .side_silent = TRUE },
    { .name = "obeys, calls itself offline", .claims_offline = TRUE },
    { .name = "current flows, own supply",
      .ignores_stop = TRUE,
      .ignores_disable = TRUE,
      .flows = TRUE,
      .own_supply = TRUE },
    { .name = "current flows, meter instead of contact",
      .ignores_stop = TRUE,
      .ignores_disable = TRUE,
      .flows = TRUE,
      .no_contact = TRUE,
      .meter = TRUE },
    { .name = "current flows, silent meter instead of contact",
      .ignores_stop = TRUE,
      .ignores_disable = TRUE,
      .flows = TRUE,
      .no_contact = TRUE,
      .meter = TRUE,
      .meter_silent = TRUE },
    { .name = "current flows, neither contact nor meter",
      .ignores_stop = TRUE,
      .ignores_disable = TRUE,
      .flows = TRUE,
      .no_contact = TRUE },
    { .name = "current flows, no feeder",
      .ignores_stop = TRUE,
      .ignores_disable = TRUE,
      .flows = TRUE,
      .no_feeder = TRUE },
    { .name = "current flows, shared feeder",
      .ignores_stop = TRUE,
      .ignores_disable = TRUE,
      .flows = TRUE,
      .shared = TRUE },
    { .name = "current flows, meter and contact",
      .ignores_stop = TRUE,
      .ignores_disable = TRUE,
      .flows = TRUE,
      .meter = TRUE },
};

static const struct {
    const char *name;
    guint bit;
    guint start;
} actions[] = {
    { "stop", SITE_DO_STOP, 0 },
    { "disable", SITE_DO_DISABLE, 1 },
    { "feeder", SITE_DO_FEEDER, 2 },
    { "stop-zone", SITE_DO_STOP_ZONE, 0 },
    { "feeder-zone", SITE_DO_FEEDER_ZONE, 2 },
    { "stop-station", SITE_DO_STOP_STATION, 0 },
    { "feeder-station", SITE_DO_FEEDER_STATION, 2 },
    { "main-breaker", SITE_DO_MAIN_BREAKER, 3 },
};

static const char *const statuses[] = { "available", "preparing", "charging",    "suspended",
                                        "finishing", "reserved",  "unavailable", "faulted" };

/* ---- The oracle ---- */

/* Whether the charger, heard after it confirmed the command of RUNG (0 or 1; the lower one sent as well),
 * shows itself stopped. */
static gboolean shows_stopped(const Fault *fault, const char *status, guint rung)
{
    gboolean charging = g_str_equal(status, "charging");
    gboolean obeyed = (fault->stop == WORLD_CONFIRMS && !fault->ignores_stop) ||
                      (rung == 1 && fault->disable == WORLD_CONFIRMS && !fault->ignores_disable);
    gboolean flows = (fault->flows || charging) && !obeyed;

    if ((rung == 0 ? fault->stop : fault->disable) != WORLD_CONFIRMS || fault->silent)
        return FALSE;
    if (fault->frozen)
        return !charging && !fault->flows;
    if (fault->claims)
        return !g_str_equal(fault->claims, "charging") && !flows;
    return !flows && (!charging || obeyed);
}

/* Whether breaker RUNG (2 or 3), tripped, is seen to have cut the power. */
static gboolean shows_cut(const Fault *fault, guint rung)
{
    gboolean heard = fault->own_supply && !fault->silent;

    if ((rung == 2 && fault->no_feeder) || fault->breaker_refuses || fault->breaker_stuck)
        return FALSE;
    if (fault->no_contact && (rung == 3 || !fault->meter || fault->meter_silent))
        return FALSE;
    /* A charger that lives on after its power is gone is believed, even if it lies. */
    if (heard && fault->frozen)
        return FALSE;
    return !fault->breaker_leaks;
}

static const char *expect(guint action, const char *status, const Fault *fault)
{
    static const char *const proven[] = { "proven soft", "proven disable", "proven feeder",
                                          "proven station" };
    guint highest = actions[action].start == 3 ? 3 : 2;
    guint from = actions[action].start;

    for (guint rung = from; rung <= highest; rung++) {
        /* It begins again after the stop; a disable, where it is taken, keeps it down. */
        if (fault->resumes && rung == 0)
            continue;
        if (fault->resumes && rung == 1 && fault->disable != WORLD_CONFIRMS)
            continue;
        if (rung < 2 ? shows_stopped(fault, status, rung) : shows_cut(fault, rung))
            return proven[rung];
    }
    return "person";
}

/* ---- The experiment ---- */

static World *make_world(guint action, const char *status, const Fault *fault)
{
    WorldSetup setup = { .actions = actions[action].bit,
                         .station_rung = actions[action].start == 3,
                         .no_feeder = fault->no_feeder,
                         .no_contact = fault->no_contact,
                         .meter = fault->meter,
                         .shared = fault->shared };
    World *world = world_new(&setup);
    WorldCharger *charger = &world->chargers[0];

    charger->status = status;
    charger->flowing = fault->flows || g_str_equal(status, "charging");
    charger->stop = fault->stop;
    charger->disable = fault->disable;
    charger->ignores_stop = fault->ignores_stop;
    charger->ignores_disable = fault->ignores_disable;
    charger->frozen = fault->frozen;
    charger->claims = fault->claims;
    charger->resumes_after_us = fault->resumes ? 2 * G_USEC_PER_SEC : 0;
    charger->silent_on_command = fault->silent;
    charger->own_supply = fault->own_supply;
    charger->claims_offline = fault->claims_offline;
    charger->side_silent = fault->side_silent;
    world->meter_silent = fault->meter_silent;
    for (guint i = 0; i < WORLD_BREAKERS; i++) {
        world->breakers[i].reply = fault->breaker_refuses ? WORLD_REFUSES : WORLD_CONFIRMS;
        world->breakers[i].stuck = fault->breaker_stuck;
        world->breakers[i].leaks = fault->breaker_leaks;
    }
    return world;
}

/* Whom else the action must hold. */
static gboolean must_hold(guint action, guint connector, gboolean feeder_cut, const Fault *fault)
{
    guint bit = actions[action].bit;

    if (connector == 0 || (bit & (SITE_DO_STOP_STATION | SITE_DO_FEEDER_STATION | SITE_DO_MAIN_BREAKER)))
        return TRUE;
    if (connector == 1 && (bit & (SITE_DO_STOP_ZONE | SITE_DO_FEEDER_ZONE)))
        return TRUE;
    return connector == 1 && fault->shared && feeder_cut;
}

static char *run_cell(guint action, const char *status, const Fault *fault)
{
    g_autoptr(World) world = make_world(action, status, fault);
    const char *cause = "";
    g_autofree char *summary = NULL;
    gboolean cut;
    char *outcome;

    world_run(world, G_USEC_PER_SEC);
    world->chargers[0].gun_temp = 75;
    world_run(world, 20 * G_USEC_PER_SEC);
    outcome = g_strdup(world_outcome(world, 0));
    g_assert_cmpint(world->n_starts, ==, 0);
    cut = world->breakers[0].open;
    for (guint i = 0; i < WORLD_CHARGERS; i++) {
        gboolean held = guard_get_hold(world->guard, i, &cause) != NULL;

        g_assert_cmpint(held, ==, must_hold(action, i, cut, fault));
        if (i && held)
            g_assert_cmpstr(
                cause, ==,
                fault->shared && i == 1 &&
                        !(actions[action].bit & ~(SITE_DO_STOP | SITE_DO_DISABLE | SITE_DO_FEEDER))
                    ? "shared-feeder"
                    : "");
        if (held)
            g_assert_false(guard_permits(world->guard, i, "start", FALSE, 0, NULL));
    }
    summary = world_summary(world);
    /* A proof that breaks at once was none. */
    if (!fault->resumes)
        g_assert_false(world_has_resumed(world, 0));
    /* Proof points are read back to back exactly while something is open. */
    g_assert_cmpint(world_count_urged(world) > 0, ==,
                    g_str_equal(outcome, "person") || !!strstr(summary, "person"));
    return outcome;
}

static void test_cells(gconstpointer data)
{
    const Fault *fault = data;

    for (guint action = 0; action < G_N_ELEMENTS(actions); action++) {
        for (guint s = 0; s < G_N_ELEMENTS(statuses); s++) {
            g_autofree char *outcome = run_cell(action, statuses[s], fault);

            if (!g_str_equal(outcome, expect(action, statuses[s], fault)))
                g_test_message("%s, %s, %s: %s", actions[action].name, statuses[s], fault->name, outcome);
            g_assert_cmpstr(outcome, ==, expect(action, statuses[s], fault));
        }
    }
}

/* ---- The table in the docs ---- */

/* The common outcome, then the statuses in which it is another. */
static void add_cell(GString *text, guint action, const Fault *fault)
{
    const char *common = expect(action, "available", fault);

    g_string_append_printf(text, " %s",
                           common + (g_str_has_prefix(common, "proven ") ? strlen("proven ") : 0));
    for (guint s = 0; s < G_N_ELEMENTS(statuses); s++) {
        const char *other = expect(action, statuses[s], fault);

        if (!g_str_equal(other, common))
            g_string_append_printf(text, "; %s: %s", statuses[s],
                                   other + (g_str_has_prefix(other, "proven ") ? strlen("proven ") : 0));
    }
    g_string_append(text, " |");
}

static char *make_table(void)
{
    GString *text = g_string_new("# The interlock matrix\n\n"
                                 "Made by `test-safety-interlock --write`; the test compares it. Each cell "
                                 "is what an oracle expects and "
                                 "what the real guard comes to with a simulated charger, at each of the "
                                 "statuses: the rung that was proven, or `person` where a person is called. "
                                 "`highest-rung=station` in the row main-breaker, `feeder` in the others. A "
                                 "cell holds for all eight statuses of "
                                 "the connector but those that it names.\n\n| what is wrong |");

    for (guint action = 0; action < G_N_ELEMENTS(actions); action++)
        g_string_append_printf(text, " %s |", actions[action].name);
    g_string_append(text, "\n|---|");
    for (guint action = 0; action < G_N_ELEMENTS(actions); action++)
        g_string_append(text, "---|");
    for (guint f = 0; f < G_N_ELEMENTS(faults); f++) {
        g_string_append_printf(text, "\n| %s |", faults[f].name);
        for (guint action = 0; action < G_N_ELEMENTS(actions); action++)
            add_cell(text, action, &faults[f]);
    }
    g_string_append(text, "\n");
    return g_string_free(text, FALSE);
}

static void test_table(void)
{
    g_autofree char *made = make_table();
    g_autofree char *known = NULL;

    g_assert_true(g_file_get_contents(g_getenv("INTERLOCK_TABLE"), &known, NULL, NULL));
    g_assert_cmpstr(made, ==, known);
}

int main(int argc, char **argv)
{
    if (argc == 3 && g_str_equal(argv[1], "--write")) {
        g_autofree char *table = make_table();

        return g_file_set_contents(argv[2], table, -1, NULL) ? 0 : 1;
    }
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/interlock/table", test_table);
    for (guint i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autofree char *path = g_strdup_printf("/interlock/matrix/%s", faults[i].name);

        g_test_add_data_func(path, &faults[i], test_cells);
    }
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What the guard promises, one case each, over a simulated station. */
#include "world.h"

#include <math.h>
#include <string.h>

#define S G_USEC_PER_SEC

static World *hot_world(guint actions)
{
    WorldSetup setup = { .actions = actions };

    return world_new_charging(&setup);
}

static const Alarm *hot(World *world)
{
    return world_find_alarm(world, "hot", "dc-00/1");
}

static void test_whole_story(void)
{
    g_autoptr(World) world = hot_world(SITE_DO_STOP);
    const Alarm *alarm;

    g_assert_cmpstr(world_outcome(world, 0), ==, "idle");
    world->chargers[0].gun_temp = 70;
    world_run(world, 2 * S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven soft");
    alarm = hot(world);
    g_assert_cmpstr(alarm->value, ==, "70");
    g_assert_cmpstr(alarm->unit, ==, "°C");
    g_assert_cmpint(strlen(alarm->id), <, ALARM_ID_SIZE);
    g_assert_true(g_str_has_prefix(alarm->id, "20270115T080"));
    g_assert_cmpint(alarm->latency_command_us, >=, 0);
    g_assert_cmpint(alarm->latency_proof_us, >, alarm->latency_command_us);
    g_assert_cmpint(world_count_urged(world), ==, 0);
    g_assert_cmpstr(world_find_step(alarm, "dc-00/1", SITE_RUNG_SOFT)->proof, ==,
                    "status finishing, current 0.1");
    g_assert_true(world->siren_on && world->strobe_on);
    world->chargers[0].gun_temp = 30;
    world_run(world, 2 * S);
    g_assert_cmpint(alarm_get_state(alarm), ==, ALARM_STATE_RETURNED_UNACKNOWLEDGED);
    g_assert_nonnull(guard_get_hold(world->guard, 0, NULL));
    world_acknowledge(world, "hot", "dc-00/1");
    world_run(world, 2 * S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "idle");
    g_assert_cmpint(world->n_released, ==, 1);
    g_assert_cmpint(world_count_commands(world, "dc-00/1 enable"), ==, 1);
    g_assert_false(world->siren_on || world->strobe_on);
}

static void test_permits(void)
{
    g_autoptr(World) world = hot_world(SITE_DO_STOP);
    const char *id = NULL;

    g_assert_true(guard_permits(world->guard, 0, "start", FALSE, 0, NULL));
    world->chargers[0].gun_temp = 70;
    world_run(world, S);
    g_assert_true(guard_permits(world->guard, 0, "stop", FALSE, 0, &id));
    g_assert_true(guard_permits(world->guard, 0, "disable", FALSE, 0, NULL));
    g_assert_true(guard_permits(world->guard, 0, "limit", TRUE, 0, NULL));
    g_assert_false(guard_permits(world->guard, 0, "limit", TRUE, 0.1, NULL));
    g_assert_false(guard_permits(world->guard, 0, "limit", TRUE, NAN, NULL));
    g_assert_false(guard_permits(world->guard, 0, "limit", FALSE, 0, NULL));
    g_assert_false(guard_permits(world->guard, 0, "enable", FALSE, 0, NULL));
    g_assert_null(id);
    g_assert_false(guard_permits(world->guard, 0, "start", FALSE, 0, &id));
    g_assert_cmpstr(id, ==, hot(world)->id);
    g_assert_true(guard_permits(world->guard, 1, "start", FALSE, 0, NULL));
    g_assert_true(guard_permits(world->guard, G_MAXUINT, "start", FALSE, 0, NULL));
}

static void test_refused_is_not_waited_for(void)
{
    g_autoptr(World) world = hot_world(SITE_DO_STOP);
    gint64 stop_ms;

    world->chargers[0].stop = WORLD_REFUSES;
    world->chargers[0].gun_temp = 70;
    world_run(world, S);
    stop_ms = world_find_command_ms(world, "dc-00/1 stop");
    g_assert_cmpint(world_count_commands(world, "dc-00/1 stop"), ==, 1);
    g_assert_cmpint(world_find_command_ms(world, "dc-00/1 disable") - stop_ms, <=, 30);
    g_assert_cmpstr(world_find_step(hot(world), "dc-00/1", SITE_RUNG_SOFT)->proof, ==,
                    "refused: illegal function");
}

static void test_unanswered_is_sent_again(void)
{
    g_autoptr(World) world = hot_world(SITE_DO_STOP);
    gint64 stop_ms;

    world->chargers[0].stop = WORLD_UNANSWERED;
    world->chargers[0].gun_temp = 70;
    world_run(world, 8 * S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven disable");
    /* 5 s, at least 250 ms apart */
    g_assert_cmpint(world_count_commands(world, "dc-00/1 stop"), >=, 15);
    g_assert_cmpint(world_count_commands(world, "dc-00/1 stop"), <=, 20);
    stop_ms = world_find_command_ms(world, "dc-00/1 stop");
    g_assert_cmpint(world_find_command_ms(world, "dc-00/1 disable"), >=, stop_ms);
}

static void test_shared_feeder(void)
{
    WorldSetup setup = { .actions = SITE_DO_FEEDER, .shared = TRUE };
    g_autoptr(World) world = world_new_charging(&setup);
    const char *cause;

    world->chargers[0].gun_temp = 70;
    world_run(world, 3 * S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven feeder");
    g_assert_cmpstr(world_outcome(world, 1), ==, "proven feeder");
    g_assert_true(guard_get_hold(world->guard, 1, &cause) == hot(world));
    g_assert_cmpstr(cause, ==, "shared-feeder");
    g_assert_cmpstr(world_find_step(hot(world), "dc-01/1", SITE_RUNG_FEEDER)->cause, ==, "shared-feeder");
    g_assert_cmpstr(world_find_step(hot(world), "dc-00/1", SITE_RUNG_FEEDER)->cause, ==, "");
    /* one breaker, one trip; the lower commands of both in the same turn */
    g_assert_cmpint(world_count_commands(world, "io-01 breaker-0/trip"), ==, 1);
    g_assert_cmpint(world_find_command_ms(world, "dc-01/1 stop"), ==,
                    world_find_command_ms(world, "io-01 breaker-0/trip"));
    g_assert_cmpint(world_find_command_ms(world, "dc-01/1 disable"), ==,
                    world_find_command_ms(world, "io-01 breaker-0/trip"));
    world->chargers[0].gun_temp = 30;
    world->chargers[0].own_supply = TRUE;
    world_run(world, 2 * S);
    world_acknowledge(world, "hot", "dc-00/1");
    world_run(world, S);
    g_assert_null(guard_get_hold(world->guard, 0, NULL));
    g_assert_null(guard_get_hold(world->guard, 1, NULL));
    g_assert_true(world->breakers[0].open); /* nobody closes it */
}

static void test_two_alarms(void)
{
    WorldSetup setup = { .actions = SITE_DO_STOP_STATION };
    g_autoptr(World) world = world_new_charging(&setup);
    const Alarm *smoke;

    world->smoke = TRUE;
    world_run(world, S);
    smoke = world_find_alarm(world, "smoke", NULL);
    g_assert_true(guard_get_hold(world->guard, 2, NULL) == smoke);
    world->chargers[0].gun_temp = 70;
    world_run(world, S);
    g_assert_true(guard_get_hold(world->guard, 2, NULL) == smoke);
    g_assert_cmpint(world_find_step(hot(world), "dc-02/1", SITE_RUNG_SOFT)->result, ==, ALARM_STEP_PROVEN);
    /* one of them over: the other goes on holding */
    world->smoke = FALSE;
    world_run(world, S);
    world_acknowledge(world, "smoke", "smoke-01");
    g_assert_true(guard_reset(world->guard, smoke->id, "staff:li", world->now, NULL));
    world_drain(world);
    world_run(world, S);
    g_assert_true(guard_get_hold(world->guard, 2, NULL) == hot(world));
    g_assert_cmpint(world->n_released, ==, 0);
}

static void test_higher_start_goes_up(void)
{
    WorldSetup setup = { .actions = SITE_DO_FEEDER_STATION, .shared = TRUE };
    g_autoptr(World) world = world_new_charging(&setup);
    const Alarm *smoke;

    world->smoke = TRUE;
    world_run(world, S);
    smoke = world_find_alarm(world, "smoke", NULL);
    g_assert_cmpstr(world_outcome(world, 2), ==, "proven soft");
    world->chargers[0].gun_temp = 70;
    world_run(world, 2 * S);
    g_assert_true(world->breakers[1].open);
    /* the first alarm owns the ladder, and both show it */
    g_assert_cmpint(world_find_step(smoke, "dc-02/1", SITE_RUNG_SOFT)->result, ==, ALARM_STEP_PROVEN);
    g_assert_cmpint(world_find_step(smoke, "dc-02/1", SITE_RUNG_DISABLE)->result, ==, ALARM_STEP_SKIPPED);
    g_assert_cmpint(world_find_step(smoke, "dc-02/1", SITE_RUNG_FEEDER)->result, ==, ALARM_STEP_PROVEN);
    g_assert_cmpint(world_find_step(hot(world), "dc-02/1", SITE_RUNG_FEEDER)->result, ==, ALARM_STEP_PROVEN);
    g_assert_cmpstr(world_find_step(hot(world), "dc-02/1", SITE_RUNG_FEEDER)->cause, ==, "");
    g_assert_cmpint(world_count_urged(world), >, 0); /* dc-03 has no feeder: a person is called */
    g_assert_cmpstr(world_outcome(world, 3), ==, "person");
}

/* After a proof has broken only what follows a new confirmation proves again. */
static void test_broken_proof(void)
{
    WorldSetup setup = { .actions = SITE_DO_STOP, .no_feeder = TRUE };
    g_autoptr(World) world = world_new_charging(&setup);

    world->chargers[0].disable = WORLD_REFUSES;
    world->chargers[0].resumes_after_us = S;
    world->chargers[0].gun_temp = 70;
    world_run(world, 3 * S / 4);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven soft");
    world->chargers[0].stop = WORLD_UNANSWERED;
    world_run(world, 2 * S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "person");
    g_assert_true(world_has_resumed(world, 0));
    world->chargers[0].flowing = FALSE;
    world->chargers[0].status = "finishing";
    world_run(world, 2 * S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "person");
    world->chargers[0].stop = WORLD_CONFIRMS;
    world_run(world, 6 * S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven soft");
}

/* Somebody closes the breaker while the hold stands, and the charger takes current again. */
static void test_closed_again(void)
{
    g_autoptr(World) world = hot_world(SITE_DO_FEEDER);

    world->chargers[0].ignores_stop = world->chargers[0].ignores_disable = TRUE;
    world->chargers[0].gun_temp = 70;
    world_run(world, 2 * S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven feeder");
    world->breakers[0].open = FALSE;
    world_run(world, S);
    g_assert_true(world->breakers[0].open);
    world_run(world, S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "person"); /* once broken, a proof must last */
    world_run(world, S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven feeder");
    g_assert_nonnull(world_find_alarm(world, "stop-unproven", "dc-00/1"));
}

/* A sensor that is watched only later on, and never answers. */
static void test_never_answered(void)
{
    WorldSetup setup = { .actions = SITE_DO_STOP };
    g_autoptr(World) world = world_new(&setup);
    guint point = model_find_point(world->model, "dc-00/1/gun_temp");

    for (guint i = 0; i < world->model->n_points; i++)
        world->model->points[i].watched_us = CLOCK_NEVER;
    world->chargers[0].silent = TRUE;
    world_run(world, 10 * S);
    g_assert_null(hot(world));
    model_begin_watching(world->model, point, world->now.boot_us);
    world_run(world, 4 * S);
    g_assert_null(hot(world));
    world_run(world, 4 * S);
    g_assert_nonnull(hot(world));
    g_assert_cmpstr(hot(world)->value, ==, "unknown");
}

/* A reading that was on its way when the command went out proves nothing. */
static void test_old_reading_is_no_proof(void)
{
    g_autoptr(World) world = hot_world(SITE_DO_STOP);
    guint status = world->model->connectors[0].status, current = world->model->connectors[0].current[0];
    PointValue finishing = { .text = "finishing" }, none = { .number = 0 };
    gint64 before_us = world->now.boot_us;
    GuardCommandResult result = { .outcome = GUARD_COMMAND_CONFIRMED };
    PointValue heat = { .number = 70 };
    GuardDecision *decision;
    int stage = 0;

    model_set_watch(world->model, NULL, NULL);
    model_read(world->model, model_find_point(world->model, "dc-00/1/gun_temp"), POINT_QUALITY_GOOD, &heat,
               before_us, world->now);
    guard_on_point(world->guard, model_find_point(world->model, "dc-00/1/gun_temp"), world->now);
    while ((decision = guard_take_decision(world->guard))) {
        /* journal, then commands, then records */
        g_assert_cmpint(decision->kind == GUARD_DECISION_JOURNAL ? 0
                        : decision->kind == GUARD_DECISION_ALARM ? 2
                                                                 : 1,
                        >=, stage);
        stage = decision->kind == GUARD_DECISION_JOURNAL ? 0 : decision->kind == GUARD_DECISION_ALARM ? 2 : 1;
        if (decision->kind == GUARD_DECISION_COMMAND && g_str_equal(decision->command.verb, "stop"))
            result.id = decision->command.id;
        guard_decision_free(decision);
    }
    g_assert_cmpint(result.id, !=, 0);
    g_assert_cmpint(stage, ==, 2);
    result.sent_at_us = before_us + 1000;
    result.confirmed_at_us = before_us + 5000;
    world->now.boot_us += 5000;
    guard_on_command_result(world->guard, &result, world->now);
    for (gint64 asked_us = before_us + 4000; asked_us <= before_us + 6000; asked_us += 1000) {
        world->now.boot_us = asked_us + 3000;
        model_read(world->model, status, POINT_QUALITY_GOOD, &finishing, asked_us, world->now);
        guard_on_point(world->guard, status, world->now);
        model_read(world->model, current, POINT_QUALITY_GOOD, &none, asked_us, world->now);
        guard_on_point(world->guard, current, world->now);
        g_assert_cmpint(world_find_step(hot(world), "dc-00/1", SITE_RUNG_SOFT)->result, ==,
                        asked_us > result.confirmed_at_us ? ALARM_STEP_PROVEN : ALARM_STEP_PENDING);
    }
}

static void test_unknown(void)
{
    g_autoptr(World) world = hot_world(SITE_DO_STOP);

    world->chargers[0].silent = TRUE;
    world_run(world, 7 * S); /* stale after 5 s */
    g_assert_nonnull(hot(world));
    g_assert_true(hot(world)->by_unknown);
    g_assert_cmpstr(hot(world)->value, ==, "stale");
    g_assert_null(guard_get_hold(world->guard, 0, NULL));
    g_assert_cmpint(world_count_commands(world, "dc-00/1 stop"), ==, 0);
    g_assert_true(world->siren_on);
    world->chargers[0].silent = FALSE;
    world->chargers[0].gun_temp = 80;
    world_run(world, S);
    g_assert_false(hot(world)->by_unknown);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven soft");
    g_assert_cmpint(hot(world)->occurrence_count, ==, 1);
}

/* Staff have acknowledged a sensor that is dead; it comes back and shows the danger itself. */
static void test_unknown_then_true(gconstpointer data)
{
    gboolean silenced = data != NULL;
    g_autoptr(World) world = hot_world(SITE_DO_STOP);

    world->chargers[0].silent = TRUE;
    world_run(world, 7 * S);
    g_assert_true(hot(world)->by_unknown);
    if (silenced)
        g_assert_cmpint(guard_silence(world->guard, "staff:li", world->now), ==, 1);
    else
        world_acknowledge(world, "hot", "dc-00/1");
    world_drain(world);
    world_run(world, S);
    g_assert_false(world->siren_on);
    world->chargers[0].silent = FALSE;
    world->chargers[0].gun_temp = 80;
    world_run(world, S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven soft");
    g_assert_cmpint(alarm_get_state(hot(world)), ==, ALARM_STATE_UNACKNOWLEDGED);
    g_assert_cmpstr(hot(world)->acknowledged_by, ==, "");
    g_assert_cmpint(hot(world)->acknowledged_at.boot_us, ==, 0);
    g_assert_cmpint(hot(world)->silenced_until_us, ==, 0);
    g_assert_cmpint(hot(world)->occurrence_count, ==, 1);
    g_assert_true(world->siren_on);
}

static void test_button(gconstpointer data)
{
    WorldSetup setup = { .actions = SITE_DO_STOP, .acknowledging_button = data != NULL };
    g_autoptr(World) world = world_new_charging(&setup);

    world->chargers[0].gun_temp = 70;
    world_run(world, S);
    world->button = TRUE;
    world_run(world, S);
    g_assert_false(world->siren_on);
    g_assert_true(world->strobe_on);
    g_assert_cmpint(hot(world)->acknowledged, ==, setup.acknowledging_button);
    if (setup.acknowledging_button) {
        g_assert_cmpstr(hot(world)->acknowledged_by, ==, "button:io-01/button-1");
        return;
    }
    /* a new alarm sounds again; so does the old one when the silence is over */
    world->smoke = TRUE;
    world_run(world, S);
    g_assert_true(world->siren_on);
    world_acknowledge(world, "smoke", "smoke-01");
    world_run(world, S);
    g_assert_false(world->siren_on);
    world_run(world, 601 * S);
    g_assert_true(world->siren_on);
}

static void test_people(void)
{
    g_autoptr(World) world = hot_world(SITE_DO_STOP);
    g_autoptr(GError) error = NULL;

    world->smoke = TRUE;
    world_run(world, S);
    g_assert_false(guard_acknowledge(world->guard, "nonsense", "staff:li", "", world->now, &error));
    g_assert_error(error, GUARD_ERROR, GUARD_ERROR_UNKNOWN);
    g_clear_error(&error);
    g_assert_false(guard_reset(world->guard, world_find_alarm(world, "smoke", NULL)->id, "staff:li",
                               world->now, &error));
    g_assert_error(error, GUARD_ERROR, GUARD_ERROR_STATE);
    g_clear_error(&error);
    world_acknowledge(world, "smoke", "smoke-01");
    g_assert_false(guard_acknowledge(world->guard, world_find_alarm(world, "smoke", NULL)->id, "staff:wang",
                                     "", world->now, &error));
    g_assert_error(error, GUARD_ERROR, GUARD_ERROR_STATE);
    g_assert_cmpint(guard_silence(world->guard, "staff:li", world->now), ==, 0);
    world_drain(world);
    world->chargers[0].gun_temp = 70;
    world_run(world, S);
    g_assert_cmpint(guard_silence(world->guard, "staff:li", world->now), ==, 1);
    g_assert_cmpint(guard_silence(world->guard, "staff:li", world->now), ==, 0);
    world_drain(world);
}

static void test_builtin(void)
{
    g_autoptr(World) world = hot_world(SITE_DO_STOP);
    const Alarm *alarm;

    for (guint i = 0; guard_builtin_names[i]; i++) {
        guard_raise_builtin(world->guard, guard_builtin_names[i], "dc-02/1", "why", world->now);
        guard_raise_builtin(world->guard, guard_builtin_names[i], "dc-02/1", "again", world->now);
        world_drain(world);
        alarm = world_find_alarm(world, guard_builtin_names[i], "dc-02/1");
        g_assert_cmpstr(alarm->value, ==, "why");
        g_assert_cmpstr(alarm->zone, ==, "bay-b");
        g_assert_cmpint(alarm->transitions, ==, 1);
        g_assert_true(alarm->title[0] && alarm->title_zh[0] && alarm->advice[0] && alarm->advice_zh[0]);
        guard_clear_builtin(world->guard, guard_builtin_names[i], "dc-02/1", world->now);
        guard_clear_builtin(world->guard, guard_builtin_names[i], "dc-02/1", world->now);
        world_drain(world);
        g_assert_cmpint(alarm->transitions, ==, 2);
        g_assert_cmpint(alarm_get_state(alarm), ==, ALARM_STATE_RETURNED_UNACKNOWLEDGED);
    }
}

static void test_enable_is_insisted_on(void)
{
    g_autoptr(World) world = hot_world(SITE_DO_STOP);

    world->chargers[0].gun_temp = 70;
    world_run(world, S);
    world->chargers[0].gun_temp = 30;
    world_run(world, S);
    world->chargers[0].silent = TRUE;
    world_acknowledge(world, "hot", "dc-00/1");
    world_run(world, 5 * S);
    g_assert_cmpint(world_count_commands(world, "dc-00/1 enable"), ==, 3);
    world->chargers[0].silent = FALSE;
    world_run(world, 60 * S);
    g_assert_cmpint(world_count_commands(world, "dc-00/1 enable"), ==, 4);
    g_assert_false(world->chargers[0].disabled);
}

/* Reload in the middle of a climb: alarms, holds and the climb go over; a held connector may not vanish. */
static void test_adopt(void)
{
    g_autoptr(World) world = hot_world(SITE_DO_STOP);
    g_autoptr(Site) smaller = NULL;
    g_autoptr(Model) small_model = NULL;
    g_autoptr(Guard) small_guard = NULL;
    g_autoptr(GError) error = NULL;
    Model *model;
    Guard *guard;
    char id[ALARM_ID_SIZE];

    world->chargers[0].ignores_stop = world->chargers[0].ignores_disable = TRUE;
    world->chargers[0].gun_temp = 70;
    world_run(world, 2 * S);
    g_strlcpy(id, hot(world)->id, sizeof id);
    smaller = world_make_site(&world->setup);
    g_ptr_array_remove_index(smaller->devices, 0);
    small_model = model_new(smaller);
    small_guard = guard_new(small_model, 1, world->now);
    g_assert_false(guard_adopt(small_guard, world->guard, world->now, &error));
    g_assert_error(error, GUARD_ERROR, GUARD_ERROR_HELD);
    g_assert_true(strstr(error->message, "dc-00/1") != NULL);
    g_assert_nonnull(hot(world));

    model = model_new(world->site);
    guard = guard_new(model, 2, world->now);
    model_adopt(model, world->model);
    g_assert_true(guard_adopt(guard, world->guard, world->now, NULL));
    world_replace(world, model, guard);
    g_assert_cmpstr(hot(world)->id, ==, id);
    world_run(world, 9 * S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven feeder");
    g_assert_cmpint(world_find_step(hot(world), "dc-00/1", SITE_RUNG_SOFT)->result, ==, ALARM_STEP_FAILED);
}

/* A trip answered, a contact read open; the charger's readings from after the command still show current, and
 * then it falls silent, because its supply is gone. */
static void test_silent_witness(void)
{
    g_autoptr(World) world = hot_world(SITE_DO_FEEDER);

    world->chargers[0].ignores_stop = world->chargers[0].ignores_disable = TRUE;
    world->chargers[0].own_supply = TRUE;
    world->chargers[0].frozen = TRUE;
    world->chargers[0].gun_temp = 70;
    world_run(world, S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "open");
    g_assert_true(world->breakers[0].open);
    world->chargers[0].silent = TRUE;
    world_run(world, S / 2);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven feeder");
}

/* Ten thousand open alarms: a safety rule still raises, another waits until there is room, and is not lost.
 */
static void test_bound(void)
{
    g_autoptr(World) world = hot_world(SITE_DO_STOP);

    for (guint i = 0; i < 10000; i++) {
        g_autofree char *subject = g_strdup_printf("x-%u", i);

        guard_raise_builtin(world->guard, "process-down", subject, "", world->now);
        world_drain(world);
    }
    world->chargers[1].gun_temp = 55;
    world->chargers[0].gun_temp = 70;
    world_run(world, S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven soft");
    g_assert_null(world_find_alarm(world, "warm", NULL));
    for (guint i = 0; i < 3; i++) {
        g_autofree char *subject = g_strdup_printf("x-%u", i);

        guard_clear_builtin(world->guard, "process-down", subject, world->now);
        world_drain(world);
        world_acknowledge(world, "process-down", subject);
    }
    g_assert_nonnull(world_find_alarm(world, "warm", "dc-00/1"));
    g_assert_nonnull(world_find_alarm(world, "warm", "dc-01/1"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/guard/whole-story", test_whole_story);
    g_test_add_func("/guard/permits", test_permits);
    g_test_add_func("/guard/refused-is-not-waited-for", test_refused_is_not_waited_for);
    g_test_add_func("/guard/unanswered-is-sent-again", test_unanswered_is_sent_again);
    g_test_add_func("/guard/shared-feeder", test_shared_feeder);
    g_test_add_func("/guard/two-alarms", test_two_alarms);
    g_test_add_func("/guard/higher-start-goes-up", test_higher_start_goes_up);
    g_test_add_func("/guard/old-reading-is-no-proof", test_old_reading_is_no_proof);
    g_test_add_func("/guard/broken-proof", test_broken_proof);
    g_test_add_func("/guard/closed-again", test_closed_again);
    g_test_add_func("/guard/never-answered", test_never_answered);
    g_test_add_func("/guard/unknown", test_unknown);
    g_test_add_data_func("/guard/unknown-then-true/acknowledged", NULL, test_unknown_then_true);
    g_test_add_data_func("/guard/unknown-then-true/silenced", "", test_unknown_then_true);
    g_test_add_data_func("/guard/button/silence", NULL, test_button);
    g_test_add_data_func("/guard/button/acknowledge", "", test_button);
    g_test_add_func("/guard/people", test_people);
    g_test_add_func("/guard/builtin", test_builtin);
    g_test_add_func("/guard/enable-is-insisted-on", test_enable_is_insisted_on);
    g_test_add_func("/guard/bound", test_bound);
    g_test_add_func("/guard/adopt", test_adopt);
    g_test_add_func("/guard/silent-witness", test_silent_witness);
    return g_test_run();
}

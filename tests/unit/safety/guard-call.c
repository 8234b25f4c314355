/* SPDX-License-Identifier: Apache-2.0 */
/* What the guard asks of people, one case each: the call for a person where a stop is not proven, and the
 * word about refused commands. */
#include "world.h"

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

static void test_person_and_late_proof(void)
{
    WorldSetup setup = { .actions = SITE_DO_STOP, .no_feeder = TRUE };
    g_autoptr(World) world = world_new_charging(&setup);
    const Alarm *person;
    guint stops;

    world->chargers[0].ignores_stop = world->chargers[0].ignores_disable = TRUE;
    world->chargers[0].gun_temp = 70;
    world_run(world, 10 * S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "person");
    person = world_find_alarm(world, "stop-unproven", "dc-00/1");
    g_assert_cmpstr(person->cause, ==, hot(world)->id);
    g_assert_true(g_str_has_prefix(person->value, "confirmed, not proven in time: status charging"));
    g_assert_true(person->latch && person->severity == SITE_SEVERITY_CRITICAL);
    g_assert_true(person->advice[0] && person->advice_zh[0]);
    g_assert_cmpint(world_find_step(hot(world), "dc-00/1", SITE_RUNG_FEEDER)->result, ==, ALARM_STEP_SKIPPED);
    /* everything is sent again every 5 s, and reading goes on */
    stops = world_count_commands(world, "dc-00/1 stop");
    world_run(world, 20 * S);
    g_assert_cmpint(world_count_commands(world, "dc-00/1 stop") - stops, ==, 4);
    g_assert_cmpint(world_count_urged(world), >, 0);
    world->chargers[0].ignores_disable = FALSE;
    world_run(world, 6 * S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven disable");
    g_assert_cmpint(alarm_get_state(person), ==, ALARM_STATE_RETURNED_UNACKNOWLEDGED);
    g_assert_cmpint(world_count_urged(world), ==, 0);
    /* it begins again: the person is called again, by the same alarm */
    world->chargers[0].flowing = TRUE;
    world->chargers[0].ignores_disable = TRUE;
    world->chargers[0].status = "charging";
    world_run(world, 10 * S);
    g_assert_cmpint(person->occurrence_count, ==, 2);
    g_assert_cmpint(alarm_get_state(person), ==, ALARM_STATE_UNACKNOWLEDGED);
}

/* A current that comes and goes twice a second and stops for nothing: no storm of trips and events, and the
 * call stands until it is gone for good. */
static void test_flicker(void)
{
    g_autoptr(World) world = hot_world(SITE_DO_STOP);
    guint before, looks = 0;

    world->chargers[0].gun_temp = 70;
    world_run(world, S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven soft");
    world->breakers[0].leaks = TRUE;
    world->chargers[0].ignores_stop = world->chargers[0].ignores_disable = TRUE;
    world->chargers[0].flowing = TRUE;
    world->chargers[0].flickers_us = S / 2;
    before = g_hash_table_size(world->records);
    world_run(world, 6 * S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "person");
    for (guint i = 0; i < 1400; i++) {
        world_run(world, S / 100);
        looks += g_str_equal(world_outcome(world, 0), "person");
    }
    g_assert_cmpint(looks, ==, 1400);
    g_assert_cmpint(world_count_commands(world, "io-01 breaker-0/trip"), <=, 5);
    g_assert_cmpint(g_hash_table_size(world->records) - before, <, 25);
    world->chargers[0].flowing = FALSE;
    world->chargers[0].status = "finishing";
    world_run(world, 3 * S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven feeder");
}

/* Once a proof has broken the next one is read at both ends: what falls silent in between proves nothing. */
static void test_silence_does_not_last(void)
{
    WorldSetup setup = { .actions = SITE_DO_STOP, .no_feeder = TRUE };
    g_autoptr(World) world = world_new_charging(&setup);

    world->chargers[0].resumes_after_us = S;
    world->chargers[0].gun_temp = 70;
    world_run(world, S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven soft");
    while (!world_has_resumed(world, 0))
        world_run(world, S / 100);
    world_run(world, S / 2);
    g_assert_false(world->chargers[0].flowing);
    g_assert_cmpstr(world_outcome(world, 0), ==, "open");
    world->chargers[0].silent = TRUE;
    world_run(world, 6 * S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "person");
    world->chargers[0].silent = FALSE;
    world_run(world, 9 * S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven disable");
}

static void answer_call(World *world)
{
    const Alarm *call = world_find_alarm(world, "stop-unproven", "dc-00/1");

    g_assert_cmpint(alarm_get_state(call), ==, ALARM_STATE_LATCHED);
    g_assert_true(guard_reset(world->guard, call->id, "staff:li", world->now, NULL));
    world_drain(world);
    world_run(world, S);
}

/* The alarm is over, and its stop was never proven: the call for a person holds on until it is. */
static void test_unproven_holds(void)
{
    WorldSetup setup = { .actions = SITE_DO_STOP, .no_feeder = TRUE };
    g_autoptr(World) world = world_new_charging(&setup);
    const Alarm *call;
    const char *cause = NULL, *id = NULL;
    char held_by[ALARM_ID_SIZE];
    guint stops;

    world->chargers[0].ignores_stop = world->chargers[0].ignores_disable = TRUE;
    world->chargers[0].gun_temp = 70;
    world_run(world, 10 * S);
    call = world_find_alarm(world, "stop-unproven", "dc-00/1");
    g_assert_true(guard_get_hold(world->guard, 0, NULL) == hot(world));
    g_assert_cmpint(call->latency_command_us, ==, -1);
    world->chargers[0].gun_temp = 30;
    world_run(world, 2 * S);
    world_acknowledge(world, "hot", "dc-00/1");
    g_assert_null(hot(world));
    stops = world_count_commands(world, "dc-00/1 stop");
    world_run(world, 20 * S);
    g_assert_true(guard_get_hold(world->guard, 0, &cause) == call);
    g_assert_cmpstr(cause, ==, "");
    g_assert_false(guard_permits(world->guard, 0, "start", FALSE, 0, &id));
    g_assert_cmpstr(id, ==, call->id);
    g_assert_true(call->active && call->transitions >= 1);
    g_assert_cmpint(world->n_released, ==, 0);
    g_assert_cmpint(world_count_commands(world, "dc-00/1 enable"), ==, 0);
    g_assert_cmpint(world_count_commands(world, "dc-00/1 stop") - stops, ==, 4);
    g_assert_cmpint(world_count_urged(world), >, 0);
    world_acknowledge(world, "stop-unproven", "dc-00/1");
    g_assert_false(guard_reset(world->guard, call->id, "staff:li", world->now, NULL));
    world->chargers[0].ignores_stop = FALSE;
    world_run(world, 6 * S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven disable");
    g_assert_cmpint(world->n_released, ==, 0);
    g_strlcpy(held_by, call->id, sizeof held_by);
    answer_call(world);
    g_assert_cmpstr(world_outcome(world, 0), ==, "idle");
    g_assert_cmpint(world->n_released, ==, 1);
    g_assert_cmpstr(world->last_release, ==, held_by);
    g_assert_cmpint(world_count_commands(world, "dc-00/1 enable"), ==, 1);
}

/* A breaker without contact can prove nothing. Once only the call holds, what the charger shows is proof; and
 * where that breaks, the call stands again and cannot be reset. */
static void test_call_is_content_with_less(void)
{
    WorldSetup setup = { .actions = SITE_DO_FEEDER, .no_contact = TRUE };
    g_autoptr(World) world = world_new_charging(&setup);
    const Alarm *call;

    world->chargers[0].own_supply = TRUE;
    world->breakers[0].stuck = TRUE;
    world->chargers[0].gun_temp = 70;
    world_run(world, 10 * S);
    call = world_find_alarm(world, "stop-unproven", "dc-00/1");
    world_acknowledge(world, "stop-unproven", "dc-00/1");
    world->chargers[0].gun_temp = 30;
    world_run(world, 10 * S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "person");
    world_acknowledge(world, "hot", "dc-00/1");
    world_run(world, S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven disable");
    world->chargers[0].flowing = TRUE;
    world->chargers[0].ignores_stop = world->chargers[0].ignores_disable = TRUE;
    world_run(world, S);
    g_assert_true(call->active);
    g_assert_cmpint(call->occurrence_count, ==, 2);
    g_assert_cmpstr(call->cause, !=, call->id);
    g_assert_cmpstr(call->cause, !=, "");
    world_acknowledge(world, "stop-unproven", "dc-00/1");
    g_assert_false(guard_reset(world->guard, call->id, "staff:li", world->now, NULL));
    world_run(world, 30 * S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "person");
    world->chargers[0].ignores_stop = FALSE;
    world_run(world, 6 * S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven disable");
    answer_call(world);
    g_assert_cmpstr(world_outcome(world, 0), ==, "idle");
}

/* A new alarm on a connector that only the call held: it is the one that holds it, and owns the ladder. */
static void test_alarm_before_call(void)
{
    WorldSetup setup = { .actions = SITE_DO_STOP, .no_feeder = TRUE };
    g_autoptr(World) world = world_new_charging(&setup);

    world->chargers[0].ignores_stop = world->chargers[0].ignores_disable = TRUE;
    world->chargers[0].gun_temp = 70;
    world_run(world, 10 * S);
    world->chargers[0].gun_temp = 30;
    world_run(world, S);
    world_acknowledge(world, "hot", "dc-00/1");
    world->chargers[0].gun_temp = 70;
    world_run(world, S);
    g_assert_true(guard_get_hold(world->guard, 0, NULL) == hot(world));
    g_assert_cmpint(world_find_step(hot(world), "dc-00/1", SITE_RUNG_SOFT)->result, ==, ALARM_STEP_FAILED);
    world->chargers[0].ignores_disable = FALSE;
    world_run(world, 6 * S);
    g_assert_cmpint(world_find_step(hot(world), "dc-00/1", SITE_RUNG_DISABLE)->result, ==, ALARM_STEP_PROVEN);
    world_acknowledge(world, "stop-unproven", "dc-00/1");
    answer_call(world);
    g_assert_true(guard_get_hold(world->guard, 0, NULL) == hot(world));
    g_assert_cmpint(world->n_released, ==, 0);
}

static const Alarm *refused(World *world, const char *subject)
{
    const Alarm *alarm = world_find_alarm(world, "command-refused", subject);

    return alarm && alarm->active ? alarm : NULL;
}

/* A charger that never takes its enable stays disabled: when it is not asked any more, a person is told. */
static void test_enable_in_vain(void)
{
    g_autoptr(World) world = hot_world(SITE_DO_DISABLE);

    world->chargers[0].enable = WORLD_UNANSWERED;
    world->chargers[0].gun_temp = 70;
    world_run(world, 5 * S);
    world->chargers[0].gun_temp = 30;
    world_run(world, 2 * S);
    world_acknowledge(world, "hot", "dc-00/1");
    world_run(world, 29 * 60 * S);
    g_assert_cmpint(world_count_commands(world, "dc-00/1 enable"), >, 50);
    g_assert_null(refused(world, "dc-00/1"));
    world_run(world, 2 * 60 * S);
    guint sent = world_count_commands(world, "dc-00/1 enable");

    g_assert_cmpstr(refused(world, "dc-00/1")->value, ==, "enable: device busy");
    world_run(world, 5 * 60 * S);
    g_assert_cmpuint(world_count_commands(world, "dc-00/1 enable"), ==, sent);
    /* the next time it is taken */
    world->chargers[0] = (WorldCharger){ .status = "charging", .gun_temp = 70, .breaker = 0 };
    world_run(world, 2 * S);
    world->chargers[0].gun_temp = 30;
    world_run(world, 2 * S);
    world_acknowledge(world, "hot", "dc-00/1");
    world_run(world, 2 * S);
    g_assert_null(refused(world, "dc-00/1"));
}

/* Whatever the guard commands, a person is told of a refusal, until it is taken or not wanted any more. */
static void test_refusals_are_told(void)
{
    g_autoptr(World) world = hot_world(SITE_DO_DISABLE);

    world->siren_refuses = TRUE;
    world->chargers[0].stop = world->chargers[0].disable = WORLD_REFUSES;
    world->chargers[0].enable = WORLD_REFUSES;
    world->chargers[0].own_supply = TRUE;
    world->breakers[0].reply = WORLD_REFUSES;
    world->chargers[0].gun_temp = 70;
    world_run(world, 10 * S);
    g_assert_cmpstr(refused(world, "dc-00/1")->value, ==, "stop: illegal function");
    g_assert_cmpint(refused(world, "dc-00/1")->severity, ==, SITE_SEVERITY_MEDIUM);
    g_assert_cmpstr(refused(world, "dc-00/1")->zone, ==, "bay-a");
    g_assert_nonnull(refused(world, "io-01")); /* the trip and the siren */
    world->siren_refuses = FALSE;
    world->chargers[0].disable = WORLD_CONFIRMS; /* the stop is still refused */
    world_run(world, 6 * S);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven disable");
    g_assert_nonnull(refused(world, "dc-00/1"));
    g_assert_nonnull(refused(world, "io-01"));
    /* the hold ends, and with it what was wanted for it; the enable is another matter */
    world->chargers[0].gun_temp = 30;
    world_run(world, 2 * S);
    world_acknowledge(world, "stop-unproven", "dc-00/1");
    guard_reset(world->guard, world_find_alarm(world, "stop-unproven", NULL)->id, "staff:li", world->now,
                NULL);
    world_acknowledge(world, "hot", "dc-00/1");
    g_assert_null(refused(world, "io-01"));
    g_assert_null(refused(world, "dc-00/1"));
    world_run(world, 2 * S);
    g_assert_cmpstr(refused(world, "dc-00/1")->value, ==, "enable: illegal function");
    g_assert_cmpint(refused(world, "dc-00/1")->occurrence_count, ==, 2);
    /* the next time it is taken */
    world->chargers[0] = (WorldCharger){ .status = "charging", .gun_temp = 70, .breaker = 0 };
    world_run(world, 2 * S);
    world->chargers[0].gun_temp = 30;
    world_run(world, 2 * S);
    world_acknowledge(world, "hot", "dc-00/1");
    world_run(world, 2 * S);
    g_assert_null(refused(world, "dc-00/1"));
}

static void test_siren_refused(void)
{
    g_autoptr(World) world = hot_world(SITE_DO_STOP);

    world->siren_refuses = TRUE;
    world->chargers[0].gun_temp = 70;
    world_run(world, 5 * S);
    g_assert_cmpstr(refused(world, "io-01")->value, ==, "siren/on: illegal function");
    g_assert_cmpint(refused(world, "io-01")->transitions, ==, 1);
    world->siren_refuses = FALSE;
    world_run(world, 2 * S);
    g_assert_true(world->siren_on);
    g_assert_null(refused(world, "io-01"));
}

/* A siren that confirms and never sounds: a person is told, until it does. */
static void test_silent_siren(void)
{
    g_autoptr(World) world = hot_world(SITE_DO_STOP);
    const Alarm *alarm;
    guint before;

    world->siren_stuck = TRUE;
    world->chargers[0].gun_temp = 70;
    world_run(world, 2 * S);
    g_assert_null(world_find_alarm(world, "output-unproven", NULL));
    world_run(world, 2 * S);
    alarm = world_find_alarm(world, "output-unproven", "io-01");
    g_assert_cmpstr(alarm->value, ==, "siren: switched on, read off");
    g_assert_cmpint(alarm->severity, ==, SITE_SEVERITY_HIGH);
    before = world_count_commands(world, "io-01 siren/on");
    world_run(world, 30 * S);
    g_assert_cmpint(world_count_commands(world, "io-01 siren/on") - before, <=, 7);
    g_assert_cmpint(alarm->occurrence_count, ==, 1);
    world->siren_stuck = FALSE;
    world_run(world, 7 * S);
    g_assert_true(world->siren_on);
    g_assert_false(alarm->active);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/guard-call/silent-siren", test_silent_siren);
    g_test_add_func("/guard-call/flicker", test_flicker);
    g_test_add_func("/guard-call/silence-does-not-last", test_silence_does_not_last);
    g_test_add_func("/guard-call/unproven-holds", test_unproven_holds);
    g_test_add_func("/guard-call/call-is-content-with-less", test_call_is_content_with_less);
    g_test_add_func("/guard-call/alarm-before-call", test_alarm_before_call);
    g_test_add_func("/guard-call/person-and-late-proof", test_person_and_late_proof);
    g_test_add_func("/guard-call/enable-in-vain", test_enable_in_vain);
    g_test_add_func("/guard-call/refusals-are-told", test_refusals_are_told);
    g_test_add_func("/guard-call/siren-refused", test_siren_refused);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A random walk of the whole guard under a fake clock: devices change, lie and fall silent, people
 * acknowledge, reset and silence, stationd is killed. What must hold at every step is checked at every step.
 * A step is 10 ms; 100,000 of them, or 1,000,000 with STATIONMASTER_FULL=1. */
#include "world.h"

#include <string.h>

#define STEP_US 10000
#define LADDER_US (30 * G_USEC_PER_SEC) /* 12 s of deadlines, and once more for a raised start */
#define SOUND_US (3 * G_USEC_PER_SEC)   /* a lost command and its repetition */

typedef struct {
    World *world;
    GRand *rand;
    gint64 open_us[WORLD_CHARGERS]; /* for how long a ladder has been neither proven nor a person's */
    gint64 mute_us, noisy_us;
    guint n_held, n_proven, n_person, n_sounding, n_restarts, n_learned;
    char quieted[ALARM_ID_SIZE]; /* an alarm by doubt that a person had quietened before this step, "" : none
                                  */
} Walk;

static gboolean chance(Walk *walk, guint one_in)
{
    return g_rand_int_range(walk->rand, 0, (gint32)one_in) == 0;
}

static const char *random_status(Walk *walk)
{
    static const char *const statuses[] = { "available", "preparing", "charging",    "charging", "charging",
                                            "finishing", "reserved",  "unavailable", "faulted" };

    return statuses[g_rand_int_range(walk->rand, 0, G_N_ELEMENTS(statuses))];
}

static void change_charger(Walk *walk)
{
    WorldCharger *charger = &walk->world->chargers[g_rand_int_range(walk->rand, 0, WORLD_CHARGERS)];

    switch (g_rand_int_range(walk->rand, 0, 11)) {
    case 0:
        charger->status = random_status(walk);
        charger->flowing = g_str_equal(charger->status, "charging") || chance(walk, 5);
        break;
    case 1:
        charger->gun_temp = chance(walk, 3) ? 75 : 30;
        break;
    case 2:
        charger->stop = (WorldReply)g_rand_int_range(walk->rand, 0, 3);
        charger->disable = (WorldReply)g_rand_int_range(walk->rand, 0, 3);
        break;
    case 3:
        charger->ignores_stop = chance(walk, 2);
        charger->ignores_disable = chance(walk, 2);
        break;
    case 4:
        charger->frozen = chance(walk, 3);
        charger->frozen_status = NULL;
        break;
    case 5:
        charger->silent = chance(walk, 3);
        charger->silent_on_command = chance(walk, 4);
        break;
    case 6:
        charger->claims = chance(walk, 3) ? random_status(walk) : NULL;
        break;
    case 7:
        charger->resumes_after_us = chance(walk, 2) ? g_rand_int_range(walk->rand, 1, 5000000) : 0;
        break;
    case 8:
        charger->flickers_us = chance(walk, 3) ? g_rand_int_range(walk->rand, 50000, 3000000) : 0;
        break;
    case 9:
        charger->claims_offline = chance(walk, 3);
        charger->side_silent = chance(walk, 3);
        break;
    default:
        charger->own_supply = chance(walk, 2);
        break;
    }
}

static void change_surroundings(Walk *walk)
{
    World *world = walk->world;
    WorldBreaker *breaker = &world->breakers[g_rand_int_range(walk->rand, 0, WORLD_BREAKERS)];

    switch (g_rand_int_range(walk->rand, 0, 6)) {
    case 0:
        breaker->reply = (WorldReply)g_rand_int_range(walk->rand, 0, 3);
        break;
    case 1:
        breaker->stuck = chance(walk, 3);
        breaker->leaks = chance(walk, 4);
        break;
    case 2: /* a person closes it */
        breaker->open = FALSE;
        break;
    case 3:
        world->meter_silent = chance(walk, 2);
        break;
    case 4:
        world->smoke = chance(walk, 3);
        break;
    default:
        world->button = !world->button;
        break;
    }
}

static void act_as_person(Walk *walk)
{
    World *world = walk->world;
    const GPtrArray *alarms = guard_get_alarms(world->guard);
    const Alarm *alarm =
        alarms->len ? alarms->pdata[g_rand_int_range(walk->rand, 0, (gint32)alarms->len)] : NULL;
    guint sounding = 0;

    switch (alarm ? g_rand_int_range(walk->rand, 0, 4) : 3) {
    case 0:
    case 1:
        guard_acknowledge(world->guard, alarm->id, "staff:li", "", world->now, NULL);
        break;
    case 2:
        guard_reset(world->guard, alarm->id, "staff:li", world->now, NULL);
        break;
    default:
        for (guint i = 0; i < alarms->len; i++)
            sounding += alarm_wants_siren(alarms->pdata[i], world->now.boot_us);
        g_assert_cmpint(guard_silence(world->guard, "staff:li", world->now), ==, sounding);
        break;
    }
    world_drain(world);
}

/* Somebody comes and puts everything right. */
static void repair(Walk *walk)
{
    World *world = walk->world;

    for (guint i = 0; i < WORLD_CHARGERS; i++) {
        int breaker = world->chargers[i].breaker;

        world->chargers[i] = (WorldCharger){ .status = "available", .gun_temp = 30, .breaker = breaker };
    }
    for (guint i = 0; i < WORLD_BREAKERS; i++)
        world->breakers[i] = (WorldBreaker){ 0 };
    world->smoke = world->meter_silent = world->io_deaf = FALSE;
}

static void disturb(Walk *walk)
{
    World *world = walk->world;

    if (chance(walk, 40))
        change_charger(walk);
    if (chance(walk, 60))
        change_surroundings(walk);
    if (chance(walk, 60))
        act_as_person(walk);
    if (chance(walk, 3000))
        world->io_deaf = chance(walk, 4);
    if (chance(walk, 800)) { /* the sensor dies, or comes back with what it has seen */
        world->smoke_silent = !world->smoke_silent;
        world->smoke = chance(walk, 2);
    }
    if (chance(walk, 1500))
        repair(walk);
    if (chance(walk, 700)) {
        world->kill_at = world->n_decisions + (guint64)g_rand_int_range(walk->rand, 1, 10);
        walk->n_restarts++;
    }
}

/* ---- What must hold ---- */

static void check_ladders(Walk *walk)
{
    World *world = walk->world;
    gboolean any = FALSE;

    for (guint i = 0; i < WORLD_CHARGERS; i++) {
        const char *outcome = world_outcome(world, i);
        gboolean held = guard_get_hold(world->guard, i, NULL) != NULL;
        gboolean open = held && g_str_equal(outcome, "open");
        const Alarm *call = world_find_alarm(world, "stop-unproven", world->model->connectors[i].path);

        g_assert_true(held || !call); /* not released before it is proven, acknowledged and reset */
        walk->n_held += held;
        walk->n_proven += g_str_has_prefix(outcome, "proven");
        walk->n_person += g_str_equal(outcome, "person");
        any = any || open || g_str_equal(outcome, "person");
        walk->open_us[i] = open ? walk->open_us[i] + STEP_US : 0;
        g_assert_cmpint(walk->open_us[i], <, LADDER_US);
        if (held) {
            g_assert_false(guard_permits(world->guard, i, "start", FALSE, 0, NULL));
            g_assert_false(guard_permits(world->guard, i, "enable", FALSE, 0, NULL));
            g_assert_false(guard_permits(world->guard, i, "limit", TRUE, 1, NULL));
            g_assert_true(guard_permits(world->guard, i, "limit", TRUE, 0, NULL));
            g_assert_true(guard_permits(world->guard, i, "stop", FALSE, 0, NULL));
        }
    }
    if (!any)
        g_assert_cmpint(world_count_urged(world), ==, 0);
    g_assert_cmpint(world->n_starts, ==, 0);
}

static void check_sound(Walk *walk)
{
    World *world = walk->world;
    const GPtrArray *alarms = guard_get_alarms(world->guard);
    gboolean wanted = FALSE;

    for (guint i = 0; i < alarms->len; i++)
        wanted = wanted || alarm_wants_siren(alarms->pdata[i], world->now.boot_us);
    walk->n_sounding += wanted;
    walk->mute_us = wanted && !world->siren_on && !world->io_deaf ? walk->mute_us + STEP_US : 0;
    walk->noisy_us = !wanted && world->siren_on && !world->io_deaf ? walk->noisy_us + STEP_US : 0;
    g_assert_cmpint(walk->mute_us, <, SOUND_US);
    g_assert_cmpint(walk->noisy_us, <, SOUND_US);
}

/* Before a step: an alarm that stands by doubt alone, and that somebody has quietened. */
static void note_quieted(Walk *walk)
{
    const GPtrArray *alarms = guard_get_alarms(walk->world->guard);

    walk->quieted[0] = '\0';
    for (guint i = 0; i < alarms->len; i++) {
        const Alarm *alarm = alarms->pdata[i];

        if (alarm->active && alarm->by_unknown && !alarm_wants_siren(alarm, walk->world->now.boot_us))
            g_strlcpy(walk->quieted, alarm->id, sizeof walk->quieted);
    }
}

/* After it: where the truth is known now, it is not quiet, unless by what a person has done since. */
static void check_learned(Walk *walk)
{
    World *world = walk->world;
    const Alarm *alarm = walk->quieted[0] ? guard_find_alarm(world->guard, walk->quieted) : NULL;
    gint64 before_us = world->now.boot_us - STEP_US;
    gint64 silence_us = (gint64)world->site->policy.silence_minutes * 60 * G_USEC_PER_SEC;

    if (!alarm || !alarm->active || alarm->by_unknown || world->killed)
        return;
    walk->n_learned++;
    if (alarm->acknowledged)
        g_assert_cmpint(alarm->acknowledged_at.boot_us, >, before_us);
    g_assert_true(!alarm->silenced_until_us || alarm->silenced_until_us > before_us + silence_us);
}

static void step(Walk *walk)
{
    World *world = walk->world;

    disturb(walk);
    note_quieted(walk);
    world_run(world, STEP_US);
    check_learned(walk);
    if (world->killed) {
        world->kill_at = 0;
        world_restart(world, FALSE, chance(walk, 2), TRUE);
        memset(walk->open_us, 0, sizeof walk->open_us);
        walk->mute_us = walk->noisy_us = 0;
    }
    /* What the founder of a house does with a journal that grows. */
    if (world->journal->len > 200000) {
        g_autofree char *dump = guard_dump_journal(world->guard, "boot-1");

        g_string_assign(world->journal, dump);
        g_hash_table_remove_all(world->books);
        for (guint i = 0; i < guard_get_alarms(world->guard)->len; i++)
            world_keep(world, guard_get_alarms(world->guard)->pdata[i]);
    }
    check_ladders(walk);
    check_sound(walk);
}

static guint n_learned; /* of all walks: it is rare */

static void test_learned(void)
{
    g_assert_cmpint(n_learned, >, 3);
}

static void test_walk(gconstpointer data)
{
    const WorldSetup *setup = data;
    guint n = g_getenv("STATIONMASTER_FULL") ? 250000 : 25000;
    Walk walk = { .world = world_new(setup), .rand = g_rand_new_with_seed(20261122 + setup->actions) };

    for (guint i = 0; i < n; i++)
        step(&walk);
    g_test_message("held %u, proven %u, person %u, sounding %u steps of %u; %u restarts, %u repeats, %u "
                   "commands, %u releases, %u doubts that came true",
                   walk.n_held, walk.n_proven, walk.n_person, walk.n_sounding, n, walk.n_restarts,
                   walk.world->n_repeats, walk.world->n_commands, walk.world->n_released, walk.n_learned);
    n_learned += walk.n_learned;
    g_assert_cmpint(walk.n_proven, >, 1000);
    g_assert_cmpint(walk.n_person, >, 100);
    g_assert_cmpint(walk.n_sounding, >, 1000);
    g_assert_cmpint(walk.world->n_released, >, 5);
    g_rand_free(walk.rand);
    world_free(walk.world);
}

int main(int argc, char **argv)
{
    static const WorldSetup setups[] = {
        { .actions = SITE_DO_STOP, .shared = TRUE, .meter = TRUE },
        { .actions = SITE_DO_FEEDER_ZONE, .latch = TRUE, .acknowledging_button = TRUE },
        { .actions = SITE_DO_STOP, .station_rung = TRUE, .no_contact = TRUE, .meter = TRUE },
        { .actions = SITE_DO_MAIN_BREAKER, .station_rung = TRUE, .shared = TRUE },
    };

    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(setups); i++) {
        g_autofree char *path = g_strdup_printf("/guard-walk/%u", i + 1);

        g_test_add_data_func(path, &setups[i], test_walk);
    }
    g_test_add_func("/guard-walk/doubts-came-true", test_learned);
    return g_test_run();
}

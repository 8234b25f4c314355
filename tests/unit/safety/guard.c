/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

static World *hot_world(guint actions)
{
    WorldSetup setup = { .actions = actions };
    World *world = world_new(&setup);

    world->chargers[0].status = "charging";
    world->chargers[0].flowing = TRUE;
    return world;
}

static void test_stop(void)
{
    g_autoptr(World) world = hot_world(SITE_DO_STOP);
    const Alarm *alarm;

    world_run(world, 2 * G_USEC_PER_SEC);
    g_assert_cmpstr(world_outcome(world, 0), ==, "idle");
    world->chargers[0].gun_temp = 70;
    world_run(world, 2 * G_USEC_PER_SEC);
    g_assert_cmpstr(world_outcome(world, 0), ==, "proven soft");
    alarm = world_find_alarm(world, "hot", "dc-00/1");
    g_assert_cmpint(alarm->latency_command_us, >=, 0);
    g_assert_cmpint(alarm->latency_proof_us, >, alarm->latency_command_us);
    g_assert_cmpint(world_count_urged(world), ==, 0);
    g_assert_true(world->siren_on);
    g_assert_true(world->strobe_on);
    world->chargers[0].gun_temp = 30;
    world_run(world, 2 * G_USEC_PER_SEC);
    g_assert_cmpint(alarm_get_state(alarm), ==, ALARM_STATE_RETURNED_UNACKNOWLEDGED);
    g_assert_true(guard_acknowledge(world->guard, alarm->id, "staff:li", "saw it", world->now, NULL));
    world_drain(world);
    world_run(world, 2 * G_USEC_PER_SEC);
    g_assert_cmpstr(world_outcome(world, 0), ==, "idle");
    g_assert_cmpint(world->n_released, ==, 1);
    g_assert_false(world->siren_on);
    g_assert_false(world->strobe_on);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/guard/stop", test_stop);
    return g_test_run();
}

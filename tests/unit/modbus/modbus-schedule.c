/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/modbus/modbus-schedule.h"

#define SECOND ((gint64)G_USEC_PER_SEC)
#define MS 1000
#define ITEMS 64

/* A bus under a fake clock: each request takes COST, of a peer that is dead the whole time-out. */
typedef struct {
    ModbusSchedule *schedule;
    gint64 now_us, cost_us, timeout_us;
    gboolean dead[ITEMS]; /* by peer; here item = peer unless said */
    guint peer_of[ITEMS];
    guint turns[ITEMS];
    gint64 last_us[ITEMS], longest_us[ITEMS]; /* between the beginnings of two turns */
    gint64 probing_us;                        /* spent on the dead */
    guint probes;
} Bus;

static void set_up(Bus *bus, gint64 cost_us, gint64 timeout_us)
{
    *bus = (Bus){ .now_us = 1000 * SECOND, .cost_us = cost_us, .timeout_us = timeout_us };
    bus->schedule = modbus_schedule_new(timeout_us);
}

static guint add(Bus *bus, guint peer, gint64 period_us)
{
    guint item = modbus_schedule_add(bus->schedule, peer, period_us);

    bus->peer_of[item] = peer;
    return item;
}

static void add_peers(Bus *bus, guint n, gint64 period_us)
{
    for (guint i = 0; i < n; i++)
        add(bus, modbus_schedule_add_peer(bus->schedule), period_us);
}

static void take_turn(Bus *bus, guint item)
{
    guint peer = bus->peer_of[item];
    gint64 begun_us = bus->now_us;

    if (bus->turns[item]++)
        bus->longest_us[item] = MAX(bus->longest_us[item], begun_us - bus->last_us[item]);
    bus->last_us[item] = begun_us;
    bus->now_us += bus->dead[peer] ? bus->timeout_us : bus->cost_us;
    modbus_schedule_done(bus->schedule, item, begun_us);
    if (!bus->dead[peer]) {
        modbus_schedule_heard(bus->schedule, peer);
        return;
    }
    bus->probes++;
    bus->probing_us += bus->timeout_us;
    modbus_schedule_failed(bus->schedule, peer, bus->now_us);
}

static void run(Bus *bus, gint64 duration_us)
{
    gint64 until_us = bus->now_us + duration_us;

    while (bus->now_us < until_us) {
        gint64 wake_us = 0;
        guint item = modbus_schedule_pick(bus->schedule, bus->now_us, &wake_us);

        if (item == MODBUS_SCHEDULE_NONE) {
            g_assert_cmpint(wake_us, >, bus->now_us);
            bus->now_us = MIN(wake_us, until_us);
        } else {
            take_turn(bus, item);
        }
    }
}

static void forget_gaps(Bus *bus)
{
    for (guint i = 0; i < ITEMS; i++)
        bus->turns[i] = 0, bus->longest_us[i] = 0;
    bus->probes = 0;
    bus->probing_us = 0;
}

static void test_period(void)
{
    Bus bus;

    set_up(&bus, MS, 500 * MS);
    add_peers(&bus, 10, SECOND);
    modbus_schedule_begin(bus.schedule, bus.now_us);
    run(&bus, 100 * SECOND);
    for (guint i = 0; i < 10; i++) {
        g_assert_cmpuint(bus.turns[i], ==, 100);
        g_assert_cmpint(bus.longest_us[i], ==, SECOND); /* spread: no two due at once, nothing drifts */
    }
    modbus_schedule_free(bus.schedule);
}

/* A slow point is read within the first second too. */
static void test_first_round(void)
{
    Bus bus;

    set_up(&bus, MS, 500 * MS);
    add_peers(&bus, 10, 60 * SECOND);
    modbus_schedule_begin(bus.schedule, bus.now_us);
    run(&bus, SECOND);
    for (guint i = 0; i < 10; i++)
        g_assert_cmpuint(bus.turns[i], ==, 1);
    run(&bus, 60 * SECOND);
    for (guint i = 0; i < 10; i++)
        g_assert_cmpuint(bus.turns[i], ==, 2);
    modbus_schedule_free(bus.schedule);
}

/* And though all were read together in the beginning, afterwards they stand spread over the period. */
static void test_spread(void)
{
    Bus bus;

    set_up(&bus, MS, 500 * MS);
    add_peers(&bus, 10, 60 * SECOND);
    modbus_schedule_begin(bus.schedule, bus.now_us);
    run(&bus, 60 * SECOND);
    for (guint i = 0; i < 10; i++)
        g_assert_cmpint(bus.longest_us[i], <=, 60 * SECOND);
    for (guint part = 0; part < 20; part++) {
        guint turns = 0;

        forget_gaps(&bus);
        run(&bus, 6 * SECOND);
        for (guint i = 0; i < 10; i++)
            turns += bus.turns[i];
        g_assert_cmpuint(turns, ==, 1);
    }
    modbus_schedule_free(bus.schedule);
}

static void test_no_burst(void)
{
    Bus bus;

    set_up(&bus, MS, 500 * MS);
    add_peers(&bus, 5, 100 * MS);
    modbus_schedule_begin(bus.schedule, bus.now_us);
    run(&bus, SECOND);
    bus.now_us += 60 * SECOND; /* a stall */
    forget_gaps(&bus);
    run(&bus, SECOND);
    for (guint i = 0; i < 5; i++)
        g_assert_cmpuint(bus.turns[i], <=, 11);
    modbus_schedule_free(bus.schedule);
}

/* More is due than the line can carry: slow and fast items share it, none starves. */
static void test_overload(void)
{
    Bus bus;

    set_up(&bus, 50 * MS, 500 * MS);
    add_peers(&bus, 20, 100 * MS);
    guint slow = add(&bus, modbus_schedule_add_peer(bus.schedule), 5 * SECOND);

    modbus_schedule_begin(bus.schedule, bus.now_us);
    run(&bus, 60 * SECOND);
    for (guint i = 0; i < 20; i++)
        g_assert_cmpint(bus.longest_us[i], <=, 1300 * MS);
    g_assert_cmpint(bus.longest_us[slow], <=, 6200 * MS);
    modbus_schedule_free(bus.schedule);
}

static void test_urged(void)
{
    Bus bus;

    set_up(&bus, 10 * MS, 500 * MS);
    add_peers(&bus, 4, SECOND);
    modbus_schedule_begin(bus.schedule, bus.now_us);
    run(&bus, 2 * SECOND);
    modbus_schedule_urge(bus.schedule, 2, TRUE);
    modbus_schedule_urge(bus.schedule, 2, TRUE);
    forget_gaps(&bus);
    run(&bus, 10 * SECOND);
    g_assert_cmpuint(bus.turns[2], >, 900);
    g_assert_cmpint(bus.longest_us[2], <=, 20 * MS); /* at most one other in between */
    for (guint i = 0; i < 4; i++)
        g_assert_cmpuint(bus.turns[i], >=, 10);
    modbus_schedule_urge(bus.schedule, 2, FALSE);
    g_assert_true(modbus_schedule_is_urged(bus.schedule, 2));
    modbus_schedule_urge(bus.schedule, 2, FALSE);
    g_assert_false(modbus_schedule_is_urged(bus.schedule, 2));
    forget_gaps(&bus);
    run(&bus, 10 * SECOND);
    g_assert_cmpuint(bus.turns[2], <=, 11);
    modbus_schedule_free(bus.schedule);
}

/* Urged items on an overloaded line do not take more than every other turn from what is due. */
static void test_urged_overload(void)
{
    Bus bus;

    set_up(&bus, 50 * MS, 500 * MS);
    add_peers(&bus, 20, SECOND);
    for (guint i = 0; i < 10; i++)
        modbus_schedule_urge(bus.schedule, i, TRUE);
    modbus_schedule_begin(bus.schedule, bus.now_us);
    run(&bus, 60 * SECOND);
    for (guint i = 0; i < 20; i++)
        g_assert_cmpint(bus.longest_us[i], <=, 2500 * MS);
    modbus_schedule_free(bus.schedule);
}

/* The first failure ends the turn of a device with several reads. */
static void test_first_failure(void)
{
    Bus bus;

    set_up(&bus, MS, 500 * MS);
    add_peers(&bus, 1, SECOND);
    add(&bus, 0, SECOND);
    add(&bus, 0, SECOND);
    modbus_schedule_begin(bus.schedule, bus.now_us);
    bus.dead[0] = TRUE;
    run(&bus, 600 * MS);
    g_assert_cmpuint(bus.probes, ==, 1);
    g_assert_true(modbus_schedule_is_dead(bus.schedule, 0));
    modbus_schedule_free(bus.schedule);
}

static void test_dead_alone(void)
{
    Bus bus;

    set_up(&bus, MS, 500 * MS);
    add_peers(&bus, 1, SECOND);
    modbus_schedule_begin(bus.schedule, bus.now_us);
    bus.dead[0] = TRUE;
    run(&bus, 600 * SECOND);
    g_assert_cmpint(bus.longest_us[0], <=, 1500 * MS);
    g_assert_cmpuint(bus.probes, >=, 390);
    modbus_schedule_free(bus.schedule);
}

/* One dead among many: probed at least each 2 s, at most one time-out a second, the others lose nothing. */
static void test_dead_neighbour(void)
{
    Bus bus;

    set_up(&bus, MS, 500 * MS);
    add_peers(&bus, 10, SECOND);
    modbus_schedule_begin(bus.schedule, bus.now_us);
    bus.dead[3] = TRUE;
    run(&bus, 60 * SECOND);
    g_assert_cmpint(bus.longest_us[3], <=, 2 * SECOND);
    g_assert_cmpint(bus.probing_us, <=, 30 * SECOND + bus.timeout_us);
    for (guint i = 0; i < 10; i++) {
        if (i == 3)
            continue;
        g_assert_cmpuint(bus.turns[i], >=, 59);
        g_assert_cmpint(bus.longest_us[i], <=, SECOND + bus.timeout_us + 10 * MS);
    }
    forget_gaps(&bus);
    bus.dead[3] = FALSE;
    run(&bus, 2 * SECOND);
    g_assert_cmpuint(bus.turns[3], >=, 1);
    modbus_schedule_free(bus.schedule);
}

/* Half of the bus dead: they share one probe a second, and each has its turn within the cap. */
static void test_many_dead(void)
{
    Bus bus;

    set_up(&bus, 5 * MS, 500 * MS);
    add_peers(&bus, 40, SECOND);
    modbus_schedule_begin(bus.schedule, bus.now_us);
    for (guint i = 0; i < 20; i++)
        bus.dead[i] = TRUE;
    run(&bus, 60 * SECOND); /* until each has been found dead */
    forget_gaps(&bus);
    run(&bus, 300 * SECOND);
    g_assert_cmpuint(bus.probes, <=, 301);
    for (guint i = 0; i < 20; i++) {
        g_assert_cmpuint(bus.turns[i], >=, 7);
        g_assert_cmpint(bus.longest_us[i], <=, 31 * SECOND);
    }
    for (guint i = 20; i < 40; i++)
        g_assert_cmpuint(bus.turns[i], >=, 290);
    modbus_schedule_free(bus.schedule);
}

/* An urged dead peer is probed within 2 s even where many others are dead. */
static void test_urged_dead(void)
{
    Bus bus;

    set_up(&bus, 5 * MS, 500 * MS);
    add_peers(&bus, 8, SECOND);
    modbus_schedule_begin(bus.schedule, bus.now_us);
    bus.dead[2] = TRUE;
    run(&bus, 60 * SECOND);
    modbus_schedule_urge(bus.schedule, 2, TRUE);
    forget_gaps(&bus);
    run(&bus, 60 * SECOND);
    g_assert_cmpint(bus.longest_us[2], <=, 2 * SECOND);
    g_assert_cmpuint(bus.turns[2], >=, 29);
    modbus_schedule_free(bus.schedule);
}

static void test_line(void)
{
    Bus bus;
    gint64 wake_us;

    set_up(&bus, MS, 500 * MS);
    add_peers(&bus, 30, SECOND);
    modbus_schedule_begin(bus.schedule, bus.now_us);
    run(&bus, 2 * SECOND);
    bus.dead[7] = TRUE;
    run(&bus, 5 * SECOND);
    modbus_schedule_line_down(bus.schedule, bus.now_us);
    g_assert_true(modbus_schedule_is_dead(bus.schedule, 0));
    g_assert_cmpuint(modbus_schedule_pick(bus.schedule, bus.now_us, &wake_us), ==, MODBUS_SCHEDULE_NONE);
    g_assert_cmpint(wake_us, <=, bus.now_us + SECOND);
    modbus_schedule_line_up(bus.schedule);
    g_assert_false(modbus_schedule_is_dead(bus.schedule, 0));
    g_assert_true(modbus_schedule_is_dead(bus.schedule, 7)); /* by its own silence */
    forget_gaps(&bus);
    run(&bus, 2 * SECOND);
    for (guint i = 0; i < 30; i++)
        g_assert_cmpuint(bus.turns[i], >=, 1);
    modbus_schedule_free(bus.schedule);
}

/* A unit that is only written to counts neither as living nor as dead. */
static void test_written_only(void)
{
    Bus bus;

    set_up(&bus, MS, 500 * MS);
    add_peers(&bus, 1, SECOND);
    guint written = modbus_schedule_add_peer(bus.schedule);

    modbus_schedule_begin(bus.schedule, bus.now_us);
    modbus_schedule_failed(bus.schedule, written, bus.now_us);
    g_assert_false(modbus_schedule_is_dead(bus.schedule, written));
    bus.dead[0] = TRUE;
    run(&bus, 60 * SECOND);
    g_assert_cmpint(bus.longest_us[0], <=, 1500 * MS);
    modbus_schedule_free(bus.schedule);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/modbus-schedule/period", test_period);
    g_test_add_func("/modbus-schedule/first-round", test_first_round);
    g_test_add_func("/modbus-schedule/spread", test_spread);
    g_test_add_func("/modbus-schedule/no-burst", test_no_burst);
    g_test_add_func("/modbus-schedule/overload", test_overload);
    g_test_add_func("/modbus-schedule/urged", test_urged);
    g_test_add_func("/modbus-schedule/urged-overload", test_urged_overload);
    g_test_add_func("/modbus-schedule/first-failure", test_first_failure);
    g_test_add_func("/modbus-schedule/dead-alone", test_dead_alone);
    g_test_add_func("/modbus-schedule/dead-neighbour", test_dead_neighbour);
    g_test_add_func("/modbus-schedule/many-dead", test_many_dead);
    g_test_add_func("/modbus-schedule/urged-dead", test_urged_dead);
    g_test_add_func("/modbus-schedule/line", test_line);
    g_test_add_func("/modbus-schedule/written-only", test_written_only);
    return g_test_run();
}

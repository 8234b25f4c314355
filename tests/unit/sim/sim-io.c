/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/sim-io.h"

static void run(SimIo *io, gint64 ms)
{
    for (gint64 until = io->now_ms + ms; io->now_ms < until;)
        sim_io_step(io, io->now_ms + SIM_STEP_MS);
}

static SimIo new_io(void)
{
    SimIo io;
    sim_io_init(&io, "io-01", TRUE, NULL, NULL);
    sim_io_step(&io, SIM_STEP_MS);
    return io;
}

static void pulse(SimIo *io, guint number)
{
    sim_io_set_trip(io, number, TRUE);
    run(io, 500);
    sim_io_set_trip(io, number, FALSE);
    run(io, 100);
}

static void test_trip(void)
{
    SimIo io = new_io();
    g_assert_true(sim_io_conducts(&io, 3));
    g_assert_true(sim_io_says_closed(&io, 3));
    pulse(&io, 3);
    g_assert_false(sim_io_conducts(&io, 3));
    g_assert_false(sim_io_says_closed(&io, 3));
    g_assert_true(sim_io_conducts(&io, 2)); /* and no other */
    sim_io_set_close(&io, 3, TRUE);
    run(&io, 2000);
    g_assert_true(sim_io_conducts(&io, 3));
    sim_io_clear(&io);
}

static void test_stuck(void)
{
    SimIo io = new_io();
    io.breakers[2].stuck = TRUE;
    pulse(&io, 3);
    g_assert_true(sim_io_conducts(&io, 3));
    g_assert_true(sim_io_says_closed(&io, 3));
    sim_io_clear(&io);
}

static void test_lies(void)
{
    SimIo io = new_io();
    io.breakers[2].lies = TRUE;
    g_assert_true(sim_io_says_closed(&io, 3));
    pulse(&io, 3);
    g_assert_true(sim_io_conducts(&io, 3));
    g_assert_false(sim_io_says_closed(&io, 3));
    sim_io_clear(&io);
}

static void test_contact_stuck(void)
{
    SimIo io = new_io();
    io.breakers[2].contact_stuck = TRUE;
    pulse(&io, 3);
    g_assert_false(sim_io_conducts(&io, 3));
    g_assert_true(sim_io_says_closed(&io, 3));
    sim_io_clear(&io);
}

/* A coil that stays on does not trip a breaker again that somebody has closed. */
static void test_edge(void)
{
    SimIo io = new_io();
    sim_io_set_trip(&io, 1, TRUE);
    run(&io, 200);
    sim_io_set_close(&io, 1, TRUE);
    run(&io, 2000);
    sim_io_set_trip(&io, 1, TRUE);
    run(&io, 200);
    g_assert_true(sim_io_conducts(&io, 1));
    sim_io_clear(&io);
}

static void test_button(void)
{
    SimIo io = new_io();
    sim_io_press(&io, 2, 1000);
    g_assert_true(sim_io_is_pressed(&io, 2));
    g_assert_false(sim_io_is_pressed(&io, 1));
    run(&io, 1100);
    g_assert_false(sim_io_is_pressed(&io, 2));
    sim_io_clear(&io);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim-io/trip", test_trip);
    g_test_add_func("/sim-io/stuck", test_stuck);
    g_test_add_func("/sim-io/lies", test_lies);
    g_test_add_func("/sim-io/contact-stuck", test_contact_stuck);
    g_test_add_func("/sim-io/edge", test_edge);
    g_test_add_func("/sim-io/button", test_button);
    return g_test_run();
}

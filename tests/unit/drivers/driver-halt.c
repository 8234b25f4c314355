/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/driver-halt.h"

#include "edge/base/clock.h"

#include <glib-unix.h>
#include <poll.h>
#include <unistd.h>

#define MS 1000
#define HOUR (3600 * (gint64)G_USEC_PER_SEC)

static void test_running(void)
{
    g_autoptr(DriverHalt) halt = driver_halt_new();
    gint64 begun_us = clock_boot_us();
    int pipe[2];

    g_assert_true(g_unix_open_pipe(pipe, 0, NULL));
    g_assert_cmpint(driver_halt_get_at(halt), ==, G_MAXINT64);
    g_assert_false(driver_halt_is_past(halt, 0));
    g_assert_cmpint(driver_halt_wait(halt, pipe[0], begun_us + 5 * MS, 0), ==, 0);
    g_assert_cmpint(clock_boot_us() - begun_us, >=, 5 * MS);
    g_assert_cmpint(write(pipe[1], "x", 1), ==, 1);
    g_assert_cmpint(driver_halt_wait(halt, pipe[0], begun_us + HOUR, 0), ==, POLLIN);
    close(pipe[1]);
    g_assert_cmpint(read(pipe[0], &begun_us, 1), ==, 1);
    g_assert_cmpint(driver_halt_wait(halt, pipe[0], begun_us + HOUR, 0) & POLLHUP, !=, 0);
    close(pipe[0]);
}

static void test_past(void)
{
    g_autoptr(DriverHalt) halt = driver_halt_new();

    driver_halt_begin(halt);
    gint64 at_us = driver_halt_get_at(halt);

    g_assert_cmpint(at_us, <=, clock_boot_us());
    g_assert_true(driver_halt_is_past(halt, 0));
    g_assert_false(driver_halt_is_past(halt, HOUR));
    g_assert_cmpint(driver_halt_wait(halt, -1, at_us + HOUR, 20 * MS), ==, 0);
    g_assert_cmpint(clock_boot_us(), >=, at_us + 20 * MS);
    driver_halt_begin(halt);
    g_assert_cmpint(driver_halt_get_at(halt), ==, at_us); /* the first one counts */
}

static gpointer wait_long(gpointer halt)
{
    gint64 now_us = clock_boot_us();

    return GINT_TO_POINTER(driver_halt_wait(halt, -1, now_us + HOUR, 5 * MS));
}

/* Whoever waits for an hour is woken. */
static void test_woken(void)
{
    g_autoptr(DriverHalt) halt = driver_halt_new();
    GThread *thread = g_thread_new("wait", wait_long, halt);

    driver_halt_begin(halt);
    g_assert_cmpint(GPOINTER_TO_INT(g_thread_join(thread)), ==, 0);
    g_assert_true(driver_halt_is_past(halt, 5 * MS));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/driver-halt/running", test_running);
    g_test_add_func("/driver-halt/past", test_past);
    g_test_add_func("/driver-halt/woken", test_woken);
    return g_test_run();
}

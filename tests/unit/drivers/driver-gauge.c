/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/driver-gauge.h"

#include <math.h>

#define SECOND ((gint64)G_USEC_PER_SEC)
#define MS 1000

static void count(DriverGauge *gauge, gint64 from_us, gint64 trip_us, gboolean answered)
{
    driver_gauge_count(gauge, 0, from_us, (Moment){ .boot_us = from_us + trip_us, .wall_us = 7 }, answered,
                       !answered);
}

static void test_trips(void)
{
    g_autoptr(DriverGauge) gauge = driver_gauge_new(2, SECOND);
    gint64 now_us = clock_boot_us();
    DriverDeviceStats stats;

    driver_gauge_get_device(gauge, 1, &stats);
    g_assert_true(isnan(stats.rtt_p50_ms) && isnan(stats.rtt_p95_ms));
    g_assert_cmpint(stats.last_read_wall_us, ==, 0);
    for (guint i = 0; i < 1000; i++) /* the last 256 are 745 … 1000 */
        count(gauge, now_us, (i + 1) * MS, TRUE);
    count(gauge, now_us, 9999 * MS, FALSE); /* a time-out is no round trip */
    driver_gauge_get_device(gauge, 0, &stats);
    g_assert_cmpfloat(stats.rtt_p50_ms, ==, 872);
    g_assert_cmpfloat(stats.rtt_p95_ms, ==, 988);
    g_assert_cmpuint(stats.requests, ==, 1001);
    g_assert_cmpuint(stats.errors, ==, 1);
    g_assert_cmpint(stats.last_read_wall_us, ==, 7);
}

static void test_load(void)
{
    g_autoptr(DriverGauge) gauge = driver_gauge_new(1, SECOND);
    gint64 begin_us = (clock_boot_us() / SECOND + 1) * SECOND;
    DriverBusStats stats;

    for (guint i = 0; i < 200; i++) /* 25 of each 100 ms, for 20 s */
        count(gauge, begin_us + i * 100 * MS, 25 * MS, TRUE);
    driver_gauge_get_bus(gauge, begin_us + 20 * SECOND, &stats);
    g_assert_cmpfloat_with_epsilon(stats.load_percent, 25, 0.01);
    driver_gauge_get_bus(gauge, begin_us + 25 * SECOND, &stats);
    g_assert_cmpfloat_with_epsilon(stats.load_percent, 12.5, 0.01);
    driver_gauge_get_bus(gauge, begin_us + 100 * SECOND, &stats);
    g_assert_cmpfloat(stats.load_percent, ==, 0);
    driver_gauge_count_line(gauge, begin_us + 100 * SECOND, begin_us + 108 * SECOND,
                            TRUE); /* across seconds */
    driver_gauge_get_bus(gauge, begin_us + 110 * SECOND, &stats);
    g_assert_cmpfloat_with_epsilon(stats.load_percent, 80, 0.01);
    g_assert_cmpuint(stats.errors, ==, 1);
}

static void test_alive(void)
{
    g_autoptr(DriverGauge) gauge = driver_gauge_new(1, 3 * SECOND);
    DriverBusStats stats;

    driver_gauge_touch(gauge, 1234567);
    driver_gauge_get_bus(gauge, clock_boot_us(), &stats);
    g_assert_cmpint(stats.alive_at_us, ==, 1234567);
    g_assert_cmpint(stats.bound_us, ==, 3 * SECOND);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/driver-gauge/trips", test_trips);
    g_test_add_func("/driver-gauge/load", test_load);
    g_test_add_func("/driver-gauge/alive", test_alive);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/clock.h"

static void formats(void)
{
    g_autoptr(GTimeZone) shanghai = g_time_zone_new_identifier("Asia/Shanghai");
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autofree char *there = clock_format(G_GINT64_CONSTANT(1795328504318000), shanghai);
    g_autofree char *here = clock_format(G_GINT64_CONSTANT(1795328504318999), utc);

    g_assert_cmpstr(there, ==, "2026-11-22T14:21:44.318+08:00");
    g_assert_cmpstr(here, ==, "2026-11-22T06:21:44.318+00:00");
}

static void parses_back(void)
{
    gint64 wall_us = 5;

    g_assert_true(clock_parse("2026-11-22T14:21:44.318+08:00", &wall_us));
    g_assert_cmpint(wall_us, ==, G_GINT64_CONSTANT(1795328504318000));
    g_assert_false(clock_parse("yesterday", &wall_us));
    g_assert_false(clock_parse("2026-11-22T14:21:44", &wall_us)); /* no offset: no instant */
    g_assert_cmpint(wall_us, ==, G_GINT64_CONSTANT(1795328504318000));
}

static void goes_on(void)
{
    Moment a = clock_now();
    gint64 b = clock_boot_us();

    g_assert_cmpint(b, >=, a.boot_us);
    g_assert_cmpint(a.wall_us, >, G_GINT64_CONSTANT(1767225600000000));
}

static void knows_the_boot(void)
{
    g_autofree char *one = clock_boot_id();
    g_autofree char *two = clock_boot_id();

    g_assert_cmpstr(one, ==, two);
    g_assert_cmpint((int)strlen(one), >=, 7);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/clock/format", formats);
    g_test_add_func("/clock/parse", parses_back);
    g_test_add_func("/clock/now", goes_on);
    g_test_add_func("/clock/boot-id", knows_the_boot);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/model/site.h"

/* CONTRACT section 3: the values shown there are the defaults. */
static void has_the_defaults(void)
{
    g_autoptr(Site) site = site_new();

    g_assert_cmpuint(site->policy.stop_deadline_ms[SITE_RUNG_SOFT], ==, 5000);
    g_assert_cmpuint(site->policy.stop_deadline_ms[SITE_RUNG_DISABLE], ==, 3000);
    g_assert_cmpuint(site->policy.stop_deadline_ms[SITE_RUNG_FEEDER], ==, 2000);
    g_assert_cmpuint(site->policy.stop_deadline_ms[SITE_RUNG_STATION], ==, 2000);
    g_assert_cmpfloat(site->policy.stop_current_a, ==, 1.0);
    g_assert_cmpint(site->policy.highest_rung, ==, SITE_RUNG_FEEDER);
    g_assert_cmpuint(site->policy.silence_minutes, ==, 10);
    g_assert_cmpuint(site->policy.guard_only_after, ==, 3);
    g_assert_false(site->policy.button_acknowledges);
    g_assert_true(site->policy.shipped_rules);
    g_assert_cmpstr(site->station.language, ==, "zh_CN");
    g_assert_cmpuint(site->devices->len, ==, 0);
}

static void finds_by_name(void)
{
    g_autoptr(Site) site = site_new();
    SiteBus *bus = g_new0(SiteBus, 1);

    bus->name = g_strdup("yard");
    g_ptr_array_add(site->buses, bus);
    g_ptr_array_add(site->profiles, profile_new("generic-dc"));
    g_assert_true(site_find_bus(site, "yard") == bus);
    g_assert_null(site_find_bus(site, "roof"));
    g_assert_nonnull(site_find_profile(site, "generic-dc"));
    g_assert_null(site_find_device(site, "dc-01"));
    g_assert_null(site_find_listener(site, "ykc"));
}

static void is_shared(void)
{
    Site *site = site_new();
    Site *again = site_ref(site);

    site_unref(site);
    g_assert_cmpstr(site_rung_name(again->policy.highest_rung), ==, "feeder");
    g_assert_cmpstr(site_severity_name(SITE_SEVERITY_MEDIUM), ==, "medium");
    site_unref(again);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/site/defaults", has_the_defaults);
    g_test_add_func("/site/find", finds_by_name);
    g_test_add_func("/site/refs", is_shared);
    return g_test_run();
}

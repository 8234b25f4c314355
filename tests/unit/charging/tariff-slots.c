/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/charging/tariff-slots.h"

static void test_days(void)
{
    static const char *const wrong[] = { "weekend",       ".Weekend",      ".01-01",
                                         ".01-01/",       ".01-01/13-01",  ".02-30/03-01",
                                         ".04-31/05-01",  ".00-10/01-01",  ".01-00/01-01",
                                         ".1-1/2-2",      ".01-01-02-02",  ".01-01/02-022",
                                         "..01-01/02-02", ".01-01/02-02 ", "x" };
    SiteSlots slots = { .kind = SITE_SLOTS_SEASON, .from_month = 9 };

    g_assert_true(tariff_slots_parse_days("", &slots, NULL));
    g_assert_cmpint(slots.kind, ==, SITE_SLOTS_DEFAULT);
    g_assert_true(tariff_slots_parse_days(".weekend", &slots, NULL));
    g_assert_cmpint(slots.kind, ==, SITE_SLOTS_WEEKEND);
    g_assert_true(tariff_slots_parse_days(".holiday", &slots, NULL));
    g_assert_cmpint(slots.kind, ==, SITE_SLOTS_HOLIDAY);
    g_assert_cmpuint(slots.from_month, ==, 9);
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_false(tariff_slots_parse_days(wrong[i], &slots, &error));
        g_assert_error(error, TARIFF_SLOTS_ERROR, TARIFF_SLOTS_ERROR_DAYS);
        g_assert_cmpuint(slots.from_month, ==, 9);
    }
}

static void test_season(void)
{
    SiteSlots summer = { 0 };
    SiteSlots winter = { 0 };

    g_assert_true(tariff_slots_parse_days(".07-01/08-31", &summer, NULL));
    g_assert_false(tariff_slots_has_day(&summer, 6, 30));
    g_assert_true(tariff_slots_has_day(&summer, 7, 1));
    g_assert_true(tariff_slots_has_day(&summer, 8, 31));
    g_assert_false(tariff_slots_has_day(&summer, 9, 1));
    g_assert_true(tariff_slots_parse_days(".11-15/02-29", &winter, NULL));
    g_assert_false(tariff_slots_has_day(&winter, 11, 14));
    g_assert_true(tariff_slots_has_day(&winter, 12, 31));
    g_assert_true(tariff_slots_has_day(&winter, 1, 1));
    g_assert_true(tariff_slots_has_day(&winter, 2, 29));
    g_assert_false(tariff_slots_has_day(&winter, 3, 1));
}

static void test_bands(void)
{
    static const char right[] = "VVVVVVVVVVVVVVVVFFFFPPPPFFFFFFPPPPSSSSPPPPFFFFVV";
    static const char *const wrong[] = { "", "V", "VVVVVVVVVVVVVVVVFFFFPPPPFFFFFFPPPPSSSSPPPPFFFFVVV",
                                         "vVVVVVVVVVVVVVVVFFFFPPPPFFFFFFPPPPSSSSPPPPFFFFVV",
                                         "VVVVVVVVVVVVVVVVFFFFPPPPFFFFFFPPPPSSSSPPPPFFFFV " };
    SiteSlots slots = { .kind = SITE_SLOTS_HOLIDAY };
    guint count[SITE_BANDS] = { 0 };

    g_assert_true(tariff_slots_parse_bands(right, &slots, NULL));
    g_assert_cmpint(slots.kind, ==, SITE_SLOTS_HOLIDAY);
    for (guint i = 0; i < SITE_SLOTS; i++)
        count[slots.band[i]]++;
    g_assert_cmpuint(count[SITE_BAND_SHARP], ==, 4);
    g_assert_cmpuint(count[SITE_BAND_PEAK], ==, 12);
    g_assert_cmpuint(count[SITE_BAND_FLAT], ==, 14);
    g_assert_cmpuint(count[SITE_BAND_VALLEY], ==, 18);
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_false(tariff_slots_parse_bands(wrong[i], &slots, &error));
        g_assert_error(error, TARIFF_SLOTS_ERROR, TARIFF_SLOTS_ERROR_BANDS);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tariff-slots/days", test_days);
    g_test_add_func("/tariff-slots/season", test_season);
    g_test_add_func("/tariff-slots/bands", test_bands);
    return g_test_run();
}

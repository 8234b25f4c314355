/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/model/point.h"

static void shows_values(void)
{
    PointValue number = { .number = 61.5 };
    PointValue word = { .number = 2, .text = "charging" };
    g_autofree char *one = point_value_format(&number);
    g_autofree char *two = point_value_format(&word);

    g_assert_cmpstr(one, ==, "61.5");
    g_assert_cmpstr(two, ==, "charging");
}

static void names_qualities(void)
{
    g_assert_cmpstr(point_quality_name(POINT_QUALITY_UNKNOWN), ==, "unknown");
    g_assert_cmpstr(point_quality_name(POINT_QUALITY_GOOD), ==, "good");
    g_assert_cmpstr(point_quality_name(POINT_QUALITY_STALE), ==, "stale");
    g_assert_cmpstr(point_quality_name(POINT_QUALITY_BAD), ==, "bad");
    g_assert_cmpstr(point_quality_name(POINT_QUALITY_ABSENT), ==, "absent");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/point/format", shows_values);
    g_test_add_func("/point/quality", names_qualities);
    return g_test_run();
}

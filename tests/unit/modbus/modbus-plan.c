/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/modbus/modbus-plan.h"

#include <stdlib.h>

static ProfilePoint *add(Profile *profile, ProfileSpace space, guint address, guint count)
{
    ProfilePoint *point = profile_point_new();

    point->space = space;
    point->address = (guint16)address;
    point->count = count;
    g_ptr_array_add(profile->points, point);
    return point;
}

static ModbusPlan *plan_of(const Profile *profile)
{
    const ProfilePoint *too_wide = NULL;
    ModbusPlan *plan = modbus_plan_new(profile, 1, 1000, &too_wide);

    g_assert_nonnull(plan);
    return plan;
}

static const ModbusRead *get_read(const ModbusPlan *plan, guint i)
{
    return plan->reads->pdata[i];
}

/* Every point is in exactly one read, wholly inside it, and the read keeps to the limits. */
static void check_legal(const ModbusPlan *plan)
{
    const Profile *profile = plan->profile;
    guint found = 0;

    for (guint i = 0; i < plan->reads->len; i++) {
        const ModbusRead *read = get_read(plan, i);
        guint end = read->address;

        g_assert_cmpuint(read->points->len, >, 0);
        for (guint j = 0; j < read->points->len; j++, found++) {
            const ProfilePoint *point = profile->points->pdata[g_array_index(read->points, guint, j)];

            g_assert_cmpint(point->space, ==, read->space);
            g_assert_cmpuint(point->address, >=, read->address);
            g_assert_cmpuint(point->address + point->count, <=, (guint)read->address + read->count);
            g_assert_cmpuint(point->address, <=, end + profile->max_gap);
            end = MAX(end, point->address + point->count);
        }
        g_assert_cmpuint(end, ==, (guint)read->address + read->count);
        if (read->points->len > 1 && read->count > profile->max_read) {
            const ProfilePoint *first = profile->points->pdata[g_array_index(read->points, guint, 0)];

            g_assert_cmpuint(first->count, ==, read->count); /* one wide point with others inside */
        }
    }
    g_assert_cmpuint(found, ==, profile->points->len);
}

static void test_merge(void)
{
    g_autoptr(Profile) profile = profile_new("p");

    add(profile, PROFILE_SPACE_HOLDING, 0, 2);
    add(profile, PROFILE_SPACE_HOLDING, 10, 1); /* a hole of 8 */
    add(profile, PROFILE_SPACE_HOLDING, 20, 1); /* a hole of 9 */
    add(profile, PROFILE_SPACE_INPUT, 21, 1);
    add(profile, PROFILE_SPACE_HOLDING, 21, 1)->unit_id = 2;
    add(profile, PROFILE_SPACE_HOLDING, 22, 1)->period_ms = 5000;
    g_autoptr(ModbusPlan) plan = plan_of(profile);

    g_assert_cmpuint(plan->reads->len, ==, 5);
    g_assert_cmpuint(get_read(plan, 0)->count, ==, 11);
    check_legal(plan);
}

static void test_limits(void)
{
    g_autoptr(Profile) profile = profile_new("p");
    const ProfilePoint *too_wide = NULL;

    profile->max_read = 10000;
    for (guint i = 0; i < 126; i++)
        add(profile, PROFILE_SPACE_HOLDING, i, 1);
    for (guint i = 0; i < 2001; i++)
        add(profile, PROFILE_SPACE_COIL, i, 1);
    g_autoptr(ModbusPlan) plan = plan_of(profile);

    g_assert_cmpuint(plan->reads->len, ==, 4);
    g_assert_cmpuint(get_read(plan, 0)->count, ==, 125);
    g_assert_cmpuint(get_read(plan, 2)->count, ==, 2000);
    const ProfilePoint *wide = add(profile, PROFILE_SPACE_INPUT, 0, 126);

    g_assert_null(modbus_plan_new(profile, 1, 1000, &too_wide));
    g_assert_true(too_wide == wide);
}

static void test_past_the_end(void)
{
    g_autoptr(Profile) profile = profile_new("p");
    const ProfilePoint *too_wide = NULL;

    add(profile, PROFILE_SPACE_HOLDING, 65535, 2);
    g_assert_null(modbus_plan_new(profile, 1, 1000, &too_wide));
    g_assert_nonnull(too_wide);
}

/* A point that is wider than max-read is read alone rather than cut or never. */
static void test_wide_point(void)
{
    g_autoptr(Profile) profile = profile_new("p");

    profile->max_read = 4;
    add(profile, PROFILE_SPACE_HOLDING, 0, 1);
    add(profile, PROFILE_SPACE_HOLDING, 1, 8);
    add(profile, PROFILE_SPACE_HOLDING, 9, 1);
    g_autoptr(ModbusPlan) plan = plan_of(profile);

    g_assert_cmpuint(plan->reads->len, ==, 3);
}

static gboolean is_legal_group(const Profile *profile, guint members)
{
    guint start = G_MAXUINT, end = 0;

    for (guint i = 0; i < profile->points->len; i++) {
        const ProfilePoint *point = profile->points->pdata[i];

        if (members >> i & 1) {
            start = MIN(start, point->address);
            end = MAX(end, point->address + point->count);
        }
    }
    if (end - start > profile->max_read)
        return FALSE;
    for (guint at = start, hole = 0; at < end; at++) {
        gboolean covered = FALSE;

        for (guint i = 0; i < profile->points->len; i++) {
            const ProfilePoint *point = profile->points->pdata[i];

            covered =
                covered || ((members >> i & 1) && at >= point->address && at < point->address + point->count);
        }
        hole = covered ? 0 : hole + 1;
        if (hole > profile->max_gap)
            return FALSE;
    }
    return TRUE;
}

/* The fewest legal groups over all partitions, by trying every subset that holds the first point left. */
static guint fewest(const Profile *profile, guint left, guint *known)
{
    guint best = G_MAXUINT, lowest = left & -left, rest = left & ~lowest;

    if (left == 0)
        return 0;
    if (known[left])
        return known[left];
    for (guint others = rest;; others = (others - 1) & rest) {
        if (is_legal_group(profile, lowest | others))
            best = MIN(best, 1 + fewest(profile, rest & ~others, known));
        if (others == 0)
            break;
    }
    return known[left] = best;
}

static void test_fewest(void)
{
    guint rounds = g_getenv("STATIONMASTER_FULL") ? 3000 : 300;

    for (guint round = 0; round < rounds; round++) {
        g_autoptr(Profile) profile = profile_new("p");
        guint known[1 << 8] = { 0 }, n = (guint)g_test_rand_int_range(1, 9);

        profile->max_read = (guint)g_test_rand_int_range(4, 14);
        profile->max_gap = (guint)g_test_rand_int_range(0, 4);
        for (guint i = 0; i < n; i++)
            add(profile, PROFILE_SPACE_HOLDING, (guint)g_test_rand_int_range(0, 30),
                (guint)g_test_rand_int_range(1, 5));
        g_autoptr(ModbusPlan) plan = plan_of(profile);

        check_legal(plan);
        g_assert_cmpuint(plan->reads->len, ==, fewest(profile, (1u << n) - 1, known));
    }
}

static void test_split_at_holes(void)
{
    g_autoptr(Profile) profile = profile_new("p");

    add(profile, PROFILE_SPACE_HOLDING, 0, 1);
    add(profile, PROFILE_SPACE_HOLDING, 1, 1);
    add(profile, PROFILE_SPACE_HOLDING, 4, 1);
    add(profile, PROFILE_SPACE_HOLDING, 9, 2);
    g_autoptr(ModbusPlan) plan = plan_of(profile);

    g_assert_cmpuint(plan->reads->len, ==, 1);
    g_assert_cmpuint(modbus_plan_split(plan, 0), ==, 2);
    check_legal(plan);
    g_assert_cmpuint(get_read(plan, 0)->count, ==, 2);
    g_assert_cmpuint(modbus_plan_split(plan, 0), ==, 1);
    g_assert_cmpuint(modbus_plan_split(plan, 0), ==, 0);
    check_legal(plan);
}

/* Splitting ends, with each read one range, whatever the points. */
static void test_split_ends(void)
{
    for (guint round = 0; round < 200; round++) {
        g_autoptr(Profile) profile = profile_new("p");

        for (guint i = 0; i < 12; i++)
            add(profile, PROFILE_SPACE_HOLDING, (guint)g_test_rand_int_range(0, 20),
                (guint)g_test_rand_int_range(1, 5));
        g_autoptr(ModbusPlan) plan = plan_of(profile);

        for (guint i = 0; i < plan->reads->len;) {
            if (modbus_plan_split(plan, i) == 0)
                i++;
        }
        g_assert_cmpuint(plan->reads->len, <=, 12);
        check_legal(plan);
        for (guint i = 0; i < plan->reads->len; i++) {
            const ModbusRead *read = get_read(plan, i);

            for (guint j = 0; j < read->points->len; j++) {
                const ProfilePoint *point = profile->points->pdata[g_array_index(read->points, guint, j)];

                g_assert_cmpuint(point->address, ==, read->address);
                g_assert_cmpuint(point->count, ==, read->count);
            }
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/modbus-plan/merge", test_merge);
    g_test_add_func("/modbus-plan/limits", test_limits);
    g_test_add_func("/modbus-plan/past-the-end", test_past_the_end);
    g_test_add_func("/modbus-plan/wide-point", test_wide_point);
    g_test_add_func("/modbus-plan/fewest", test_fewest);
    g_test_add_func("/modbus-plan/split-at-holes", test_split_at_holes);
    g_test_add_func("/modbus-plan/split-ends", test_split_ends);
    return g_test_run();
}

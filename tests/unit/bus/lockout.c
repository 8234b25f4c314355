/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bus/lockout.h"

#define MINUTE (60 * G_USEC_PER_SEC)

static gint64 fail_times(Lockout *lockout, const char *name, guint n, gint64 now_us)
{
    for (guint i = 0; i + 1 < n; i++)
        g_assert_false(lockout_note_wrong(lockout, name, now_us));
    g_assert_cmpint(lockout_get_until_us(lockout, name, now_us), ==, 0);
    g_assert_true(lockout_note_wrong(lockout, name, now_us));
    return lockout_get_until_us(lockout, name, now_us);
}

static void test_doubles(void)
{
    static const gint64 minutes[] = { 5, 10, 20, 40, 60, 60 };
    g_autoptr(Lockout) lockout = lockout_new(8);
    gint64 now_us = 1;

    for (guint i = 0; i < G_N_ELEMENTS(minutes); i++) {
        gint64 until_us = fail_times(lockout, "wang", LOCKOUT_TRIES, now_us);

        g_assert_cmpint(until_us - now_us, ==, minutes[i] * MINUTE);
        g_assert_cmpint(lockout_get_until_us(lockout, "wang", until_us - 1), ==, until_us);
        g_assert_cmpint(lockout_get_until_us(lockout, "wang", until_us), ==, 0);
        now_us = until_us;
    }
}

static void test_right_forgives(void)
{
    g_autoptr(Lockout) lockout = lockout_new(8);
    gint64 until_us = fail_times(lockout, "wang", LOCKOUT_TRIES, 1);

    lockout_note_right(lockout, "wang");
    for (guint i = 0; i < LOCKOUT_TRIES - 1; i++)
        g_assert_false(lockout_note_wrong(lockout, "wang", until_us));
    lockout_note_right(lockout, "wang");
    g_assert_cmpint(fail_times(lockout, "wang", LOCKOUT_TRIES, until_us) - until_us, ==, 5 * MINUTE);
}

static void test_names_are_apart(void)
{
    g_autoptr(Lockout) lockout = lockout_new(8);

    fail_times(lockout, "wang", LOCKOUT_TRIES, 1);
    g_assert_cmpint(lockout_get_until_us(lockout, "li", 1), ==, 0);
}

static void test_is_bounded(void)
{
    g_autoptr(Lockout) lockout = lockout_new(4);

    fail_times(lockout, "locked", LOCKOUT_TRIES, 1000);
    for (guint i = 0; i < 1000; i++) {
        g_autofree char *name = g_strdup_printf("invented-%u", i);

        lockout_note_wrong(lockout, name, 2000 + i);
    }
    /* those that only guessed go before the one that is locked */
    g_assert_cmpint(lockout_get_until_us(lockout, "locked", 3000), >, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lockout/doubles", test_doubles);
    g_test_add_func("/lockout/right-forgives", test_right_forgives);
    g_test_add_func("/lockout/names-are-apart", test_names_are_apart);
    g_test_add_func("/lockout/is-bounded", test_is_bounded);
    return g_test_run();
}

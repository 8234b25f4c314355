/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/condition/condition-window.h"

#define SECOND ((gint64)G_USEC_PER_SEC)

static void assert_rate(const ConditionWindow *window, double expected)
{
    double rate = -1;

    g_assert_true(condition_window_find_rate(window, &rate));
    g_assert_cmpfloat_with_epsilon(rate, expected, 1e-9);
}

static void assert_no_rate(const ConditionWindow *window)
{
    double rate = -1;

    g_assert_false(condition_window_find_rate(window, &rate));
    g_assert_cmpfloat(rate, ==, -1);
}

/* One degree in ten seconds is six a minute, known from half the window on. */
static void test_half(void)
{
    ConditionWindow window;

    condition_window_init(&window, 60 * SECOND);
    assert_no_rate(&window);
    for (gint64 i = 0; i <= 200; i++) {
        condition_window_add(&window, (1000 + i) * SECOND, (double)i / 10);
        if (i < 30)
            assert_no_rate(&window);
        else
            assert_rate(&window, 6);
    }
    condition_window_clear(&window);
}

/* Only the window counts: what was before it is forgotten. */
static void test_forgets(void)
{
    ConditionWindow window;

    condition_window_init(&window, 60 * SECOND);
    for (gint64 i = 0; i <= 300; i++)
        condition_window_add(&window, i * SECOND, i < 100 ? 0 : 50);
    assert_rate(&window, 0);
    condition_window_add(&window, 1000 * SECOND, 90);
    assert_no_rate(&window);
    condition_window_add(&window, 1030 * SECOND, 91);
    assert_rate(&window, 2);
    condition_window_clear(&window);
}

/* A thousand readings in a second do not push the old ones out, and the latest counts all the same. */
static void test_thins(void)
{
    ConditionWindow window;

    condition_window_init(&window, 10 * SECOND);
    for (gint64 ms = 0; ms <= 60 * 1000; ms++)
        condition_window_add(&window, SECOND + ms * 1000, (double)ms / 1000);
    assert_rate(&window, 60);
    g_assert_cmpuint(window.n, <=, CONDITION_WINDOW_SAMPLES + 2);
    g_assert_cmpuint(window.n, >=, CONDITION_WINDOW_SAMPLES - 10);
    g_assert_cmpint(window.latest.at_us, ==, 61 * SECOND);
    condition_window_add(&window, 61 * SECOND + 1, 1060);
    double rate = 0;

    g_assert_true(condition_window_find_rate(&window, &rate));
    g_assert_cmpfloat(rate, >, 6000);
    condition_window_clear(&window);
}

/* Readings exactly window / 256 apart fill the ring to its end. */
static void test_full(void)
{
    ConditionWindow window;
    gint64 spacing_us = 10000;

    condition_window_init(&window, spacing_us * CONDITION_WINDOW_SAMPLES);
    for (gint64 i = 1; i <= 5000; i++) {
        condition_window_add(&window, i * spacing_us, (double)i);
        if (i > CONDITION_WINDOW_SAMPLES / 2)
            assert_rate(&window, 60e6 / (double)spacing_us);
    }
    g_assert_cmpuint(window.n, ==, CONDITION_WINDOW_SAMPLES + 1);
    condition_window_clear(&window);
}

static void test_backwards(void)
{
    ConditionWindow window;

    condition_window_init(&window, 10 * SECOND);
    condition_window_add(&window, 100 * SECOND, 1);
    condition_window_add(&window, 106 * SECOND, 2);
    condition_window_add(&window, 101 * SECOND, 1000);
    assert_rate(&window, 10);
    condition_window_clear(&window);
}

static void test_restart(void)
{
    ConditionWindow window;

    condition_window_init(&window, 10 * SECOND);
    for (gint64 i = 1; i <= 10; i++)
        condition_window_add(&window, i * SECOND, 20);
    g_assert_cmpint(window.since_us, ==, SECOND);
    condition_window_restart(&window, 11 * SECOND);
    assert_no_rate(&window);
    g_assert_cmpint(window.since_us, ==, 11 * SECOND);
    condition_window_add(&window, 12 * SECOND, 60);
    assert_no_rate(&window);
    condition_window_add(&window, 17 * SECOND, 60);
    assert_rate(&window, 0);
    condition_window_clear(&window);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/condition-window/half", test_half);
    g_test_add_func("/condition-window/forgets", test_forgets);
    g_test_add_func("/condition-window/thins", test_thins);
    g_test_add_func("/condition-window/full", test_full);
    g_test_add_func("/condition-window/backwards", test_backwards);
    g_test_add_func("/condition-window/restart", test_restart);
    return g_test_run();
}

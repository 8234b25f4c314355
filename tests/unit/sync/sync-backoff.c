/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sync-backoff.h"

static void test_backoff(void)
{
    g_assert_cmpuint(sync_backoff_ms(0, 1, 0.9), ==, 0);
    g_assert_cmpuint(sync_backoff_ms(1, 1, 0), ==, 500);
    g_assert_cmpuint(sync_backoff_ms(1, 1, 0.999), <=, 1000);
    g_assert_cmpuint(sync_backoff_ms(3, 1, 0.5), ==, 3000);
    for (guint failures = 7; failures < 5000; failures += 61) {
        g_assert_cmpuint(sync_backoff_ms(failures, 1, 0), ==, 30000);
        g_assert_cmpuint(sync_backoff_ms(failures, 1, 0.999), <=, 60000);
    }
    g_assert_cmpuint(sync_backoff_ms(1, 3, 0), ==, 100); /* the next broker of the round */
    g_assert_cmpuint(sync_backoff_ms(3, 3, 0), ==, 500);
    g_assert_cmpuint(sync_backoff_ms(4, 3, 0), ==, 100);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sync-backoff/rounds", test_backoff);
    return g_test_run();
}

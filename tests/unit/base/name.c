/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/name.h"

static const char *const words[] = { "station", "policy", "device", "listener", NULL };

static void finds(void)
{
    g_assert_cmpint(name_find(words, 4, "device"), ==, 2);
    g_assert_cmpint(name_find(words, 4, "Device"), ==, -1);
    g_assert_cmpint(name_find(words, 2, "device"), ==, -1);
}

static void guesses(void)
{
    g_assert_cmpstr(name_nearest(words, "devcie"), ==, "device");
    g_assert_cmpstr(name_nearest(words, "polcy"), ==, "policy");
    g_assert_cmpstr(name_nearest(words, "statoin"), ==, "station");
    g_assert_null(name_nearest(words, "xyzzy"));
    g_assert_null(
        name_nearest(words, "a very long word that nobody could have meant by any of those words at all"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/name/find", finds);
    g_test_add_func("/name/nearest", guesses);
    return g_test_run();
}

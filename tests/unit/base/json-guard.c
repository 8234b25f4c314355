/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/json-guard.h"

#include <string.h>

static JsonGuard check(const char *text)
{
    return json_guard_check(text, strlen(text), 3);
}

static void counts(void)
{
    g_assert_cmpint(check("[[{}],[[]],{\"a\":[1]}]"), ==, JSON_GUARD_FINE);
    g_assert_cmpint(check("[[[{}]]]"), ==, JSON_GUARD_DEEP);
    g_assert_cmpint(check("[{\"a\":{\"b\":[1]}}]"), ==, JSON_GUARD_DEEP);
    g_assert_cmpint(check("]]]]{[["), ==, JSON_GUARD_FINE); /* no JSON, but shallow */
    g_assert_cmpint(json_guard_check("[[[[", 3, 3), ==, JSON_GUARD_FINE);
    g_assert_cmpint(json_guard_check(NULL, 0, 3), ==, JSON_GUARD_FINE);
}

static void passes_strings(void)
{
    static const char *const fine[] = { "[\"[[[[\"]",
                                        "[\"a\\\"[[[[\"]",
                                        "{\"\\\\\":\"{{{{\"}",
                                        "[\"\\u005b[[[[\"]",
                                        "[\"\\ud83d\\ude00 // it's #1\"]",
                                        "[\"[[[[",
                                        "[\"\\" };

    for (guint i = 0; i < G_N_ELEMENTS(fine); i++)
        g_assert_cmpint(check(fine[i]), ==, JSON_GUARD_FINE);
    g_assert_cmpint(check("[\"\\\\\",[[[1]]]]"), ==, JSON_GUARD_DEEP);
}

/* Each of these hides brackets from those who do not read it as json-glib does. */
static void tells_unclear(void)
{
    static const char *const unclear[] = {
        "/*\"*/[[[[",           "//\"\n[[[[",           "['\"',[[[[",          "#\"\n[[[[",
        "[\"\\u12\",\",[[[[",   "[\"\\ud800\",\",[[[[", "[\"\\ud800\\\",[[[[", "[\"\\udc00\"]",
        "[\"\\ud800\\u0041\"]", "[\"\\ud800\\ud800\"]", "[\"\\u123",           "[\"\\ud83d\\ude0"
    };

    for (guint i = 0; i < G_N_ELEMENTS(unclear); i++)
        g_assert_cmpint(check(unclear[i]), ==, JSON_GUARD_UNCLEAR);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json-guard/counts", counts);
    g_test_add_func("/json-guard/strings", passes_strings);
    g_test_add_func("/json-guard/unclear", tells_unclear);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/hq/hq-database.h"

/* PostgreSQL's array_send(): dimensions, flags, type, then count and lower bound, then length and bytes of
 * each. */
static void test_texts(void)
{
    static const char *const texts[] = { "ab", "" };
    static const guint8 wire[] = { 0, 0, 0, 1, 0, 0, 0, 0, 0, 0,   0,   25, 0, 0, 0,
                                   2, 0, 0, 0, 1, 0, 0, 0, 2, 'a', 'b', 0,  0, 0, 0 };
    g_autoptr(GByteArray) array = hq_database_format_texts(texts, 2);

    g_assert_cmpmem(array->data, array->len, wire, sizeof wire);
}

static void test_numbers(void)
{
    static const gint64 numbers[] = { 258, -1 };
    static const guint8 wire[] = { 0, 0, 0, 1, 0, 0, 0,    0,    0,    0,    0,    20,   0,    0,   0,
                                   2, 0, 0, 0, 1, 0, 0,    0,    8,    0,    0,    0,    0,    0,   0,
                                   1, 2, 0, 0, 0, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    g_autoptr(GByteArray) array = hq_database_format_numbers(numbers, 2);

    g_assert_cmpmem(array->data, array->len, wire, sizeof wire);
}

static void test_nothing(void)
{
    static const guint8 wire[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 25 };
    g_autoptr(GByteArray) array = hq_database_format_texts(NULL, 0);

    g_assert_cmpmem(array->data, array->len, wire, sizeof wire);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hq-database/texts", test_texts);
    g_test_add_func("/hq-database/numbers", test_numbers);
    g_test_add_func("/hq-database/an empty array", test_nothing);
    return g_test_run();
}

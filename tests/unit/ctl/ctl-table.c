/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/ctl/ctl-table.h"

static void add_row(CtlTable *table, const char *a, const char *b, const char *c)
{
    ctl_table_add(table, a, CTL_COLOUR_NONE);
    ctl_table_add(table, b, CTL_COLOUR_NONE);
    ctl_table_add(table, c, CTL_COLOUR_RED);
    ctl_table_end_row(table);
}

static void assert_table(CtlTable *table, gboolean coloured, const char *expected)
{
    g_autoptr(GString) out = g_string_new(NULL);

    ctl_table_print(table, coloured, out);
    g_assert_cmpstr(out->str, ==, expected);
}

static void test_width(void)
{
    g_assert_cmpuint(ctl_table_width(""), ==, 0);
    g_assert_cmpuint(ctl_table_width("dc-01/1"), ==, 7);
    g_assert_cmpuint(ctl_table_width("电池过温"), ==, 8);
    g_assert_cmpuint(ctl_table_width("e\xcc\x81"), ==, 1); /* e and a combining accent */
    g_assert_cmpuint(ctl_table_width("–"), ==, 1);
}

static void test_chinese(void)
{
    g_autoptr(CtlTable) table = ctl_table_new();

    add_row(table, "名称", "状态", "功率");
    add_row(table, "dc-01/1", "充电", "57.5");
    assert_table(table, FALSE, "名称     状态  功率\ndc-01/1  充电  57.5\n");
}

static void test_right(void)
{
    g_autoptr(CtlTable) table = ctl_table_new();

    ctl_table_align_right(table, 1);
    add_row(table, "a", "功率", "x");
    add_row(table, "bb", "7", "y");
    assert_table(table, FALSE, "a   功率  x\nbb     7  y\n");
}

static void test_colour(void)
{
    g_autoptr(CtlTable) table = ctl_table_new();

    add_row(table, "a", "", "x");
    assert_table(table, TRUE, "a    \033[31mx\033[0m\n");
}

static void test_ragged(void)
{
    g_autoptr(CtlTable) table = ctl_table_new();

    ctl_table_add(table, "one", CTL_COLOUR_NONE);
    ctl_table_end_row(table);
    add_row(table, "a", "b", "c");
    assert_table(table, FALSE, "one\na    b  c\n");
}

static void test_no_escapes(void)
{
    g_autoptr(CtlTable) table = ctl_table_new();

    add_row(table, "a\033[2Jb", "c\nd", "\xff");
    assert_table(table, FALSE, "a [2Jb  c d  \xef\xbf\xbd\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ctl-table/width", test_width);
    g_test_add_func("/ctl-table/chinese", test_chinese);
    g_test_add_func("/ctl-table/right", test_right);
    g_test_add_func("/ctl-table/colour", test_colour);
    g_test_add_func("/ctl-table/ragged", test_ragged);
    g_test_add_func("/ctl-table/no-escapes", test_no_escapes);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/condition/condition-parse.h"

#include <string.h>

/* The tree as text, every pair of parentheses written. */
static void print_node(const Condition *condition, guint i, GString *to)
{
    static const char *const ops[] = { "==", "!=", "<", "<=", ">", ">=" };
    const ConditionNode *node = &g_array_index(condition->nodes, ConditionNode, i);
    const char *const *names = condition_get_names(condition);

    switch (node->kind) {
    case CONDITION_NODE_AND:
    case CONDITION_NODE_OR:
        g_string_append_c(to, '(');
        print_node(condition, node->a, to);
        g_string_append(to, node->kind == CONDITION_NODE_AND ? " and " : " or ");
        print_node(condition, node->b, to);
        g_string_append_c(to, ')');
        return;
    case CONDITION_NODE_WORD:
        g_string_append_printf(to, "%s %s %s", names[node->a], ops[node->op], node->word);
        return;
    case CONDITION_NODE_VALUE:
        g_string_append(to, names[node->a]);
        break;
    case CONDITION_NODE_RATE:
        g_string_append_printf(to, "rate(%s, %" G_GINT64_FORMAT "us)", names[node->a], node->window_us);
        break;
    case CONDITION_NODE_SPREAD:
        g_string_append_printf(to, "spread(%s, %s)", names[node->a], names[node->b]);
        break;
    case CONDITION_NODE_AGE:
        g_string_append_printf(to, "age(%s)", names[node->a]);
        break;
    }
    g_string_append_printf(to, " %s %g", ops[node->op], node->number);
}

static const struct {
    const char *text, *tree;
} accepted[] = {
    { "smoke == 1", "smoke == 1" },
    { "smoke==1", "smoke == 1" },
    { "\t smoke\t==  1 ", "smoke == 1" },
    { "a != 1", "a != 1" },
    { "a < 1", "a < 1" },
    { "a <= 1", "a <= 1" },
    { "a > 1", "a > 1" },
    { "a >= 1", "a >= 1" },
    { "a>-5", "a > -5" },
    { "a > +5", "a > 5" },
    { "a > .5", "a > 0.5" },
    { "a > -.5", "a > -0.5" },
    { "a > 5.", "a > 5" },
    { "a > 1e3", "a > 1000" },
    { "a > 1.5e-3", "a > 0.0015" },
    { "a > 1E+2", "a > 100" },
    { "status == charging", "status == charging" },
    { "status != charging", "status != charging" },
    { "x == true", "x == true" },
    { "x == off-line_2.5/b", "x == off-line_2.5/b" },
    { "x == 2b", "x == 2b" },
    { "x == 0x10", "x == 0x10" },
    { "x == inf", "x == inf" },
    { "x == nan", "x == nan" },
    { "smoke-01/smoke == 1", "smoke-01/smoke == 1" },
    { "dc-03/2/bms_temp.max == 1", "dc-03/2/bms_temp.max == 1" },
    { "3rd-floor/heat == 1", "3rd-floor/heat == 1" },
    { "rate == 1", "rate == 1" },
    { "age == 1 and spread == 2", "(age == 1 and spread == 2)" },
    { "andy == 1 or orange == 2", "(andy == 1 or orange == 2)" },
    { "rate(t, 60s) > 5", "rate(t, 60000000us) > 5" },
    { "rate ( t ,2m ) > 5", "rate(t, 120000000us) > 5" },
    { "rate(t, 1500ms) > 5", "rate(t, 1500000us) > 5" },
    { "rate(t, 1.5h) > 5", "rate(t, 5400000000us) > 5" },
    { "rate(t, 24h) > 5", "rate(t, 86400000000us) > 5" },
    { "rate(t, 1s) > 5", "rate(t, 1000000us) > 5" },
    { "spread(a, b) >= 15", "spread(a, b) >= 15" },
    { "spread(a, a) >= 15", "spread(a, a) >= 15" },
    { "age(hq) > 300", "age(hq) > 300" },
    { "age(hq) > 5m", "age(hq) > 300" },
    { "age(hq) > 500ms", "age(hq) > 0.5" },
    { "a>1 and b>2 or c>3 and d>4", "((a > 1 and b > 2) or (c > 3 and d > 4))" },
    { "a>1 or b>2 and c>3 or d>4", "((a > 1 or (b > 2 and c > 3)) or d > 4)" },
    { "(a>1 or b>2) and c>3", "((a > 1 or b > 2) and c > 3)" },
    { "a>1 and (b>2 or c>3)", "(a > 1 and (b > 2 or c > 3))" },
    { "((((a>1))))", "a > 1" },
    { "a>1 and b>2 and c>3", "((a > 1 and b > 2) and c > 3)" },
    { "(a>1)and(b>2)", "(a > 1 and b > 2)" },
    { "((((((((((((((((a>1))))))))))))))))", "a > 1" },
    { "(a>1) and (a>1) and (a>1) and (a>1) and (a>1) and (a>1) and (a>1) and (a>1) and (a>1) and "
      "(a>1) and (a>1) and (a>1) and (a>1) and (a>1) and (a>1) and (a>1) and (a>1) and (a>1)",
      NULL }, /* depth is what is open, not what there is */
};

static void test_accepts(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(accepted); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Condition) condition = condition_parse(accepted[i].text, &error);
        g_autoptr(GString) tree = g_string_new("");

        g_assert_no_error(error);
        print_node(condition, condition->nodes->len - 1, tree);
        if (accepted[i].tree)
            g_assert_cmpstr(tree->str, ==, accepted[i].tree);
    }
}

static const struct {
    const char *text;
    guint column;
    const char *expected, *found;
} refused[] = {
    { "", 1, "a point, rate(), spread(), age() or \"(\"", "the end" },
    { "   ", 4, "a point", "the end" },
    { "smoke", 6, "one of == != < <= > >=", "the end" },
    { "smoke = 1", 7, "one of == != < <= > >=", "\"=\"" },
    { "smoke === 1", 9, "a number, or a word", "\"=\"" },
    { "smoke =< 1", 7, "one of", "\"=\"" },
    { "smoke ! 1", 7, "one of", "\"!\"" },
    { "smoke ==", 9, "a number, or a word of at most 39 letters", "the end" },
    { "smoke == )", 10, "a number, or a word", "\")\"" },
    { "smoke == and", 10, "a number, or a word", "\"and\"" },
    { "smoke == \"on\"", 10, "a number, or a word", "\"\"\"" },
    { "t > hot", 5, "a number", "\"hot\"" },
    { "t > 5x", 5, "a number", "\"5x\"" },
    { "t > 5 6", 7, "\"and\", \"or\" or the end", "\"6\"" },
    { "t > 5s", 5, "a number", "\"5s\"" },
    { "t > 0x10", 5, "a number", "\"0x10\"" },
    { "t > inf", 5, "a number", "\"inf\"" },
    { "t > nan", 5, "a number", "\"nan\"" },
    { "t > 1e999", 5, "a number", "\"1e999\"" },
    { "t > --5", 5, "a number", "\"--5\"" },
    { "t == +on", 6, "a number, or a word", "\"+on\"" },
    { "60 < t", 1, "a point", "\"60\"" },
    { "1e5 < t", 1, "a point", "\"1e5\"" },
    { "a+b < 3", 1, "a point", "\"a+b\"" },
    { "/a < 3", 1, "a point", "\"/a\"" },
    { "a/ < 3", 1, "a point", "\"a/\"" },
    { "a//b < 3", 1, "a point", "\"a//b\"" },
    { "a > 1 and", 10, "a point", "the end" },
    { "a > 1 or or b > 2", 10, "a point", "\"or\"" },
    { "and > 1", 1, "a point", "\"and\"" },
    { "a > 1 AND b > 2", 7, "\"and\", \"or\" or the end", "\"AND\"" },
    { "a > 1 && b > 2", 7, "\"and\", \"or\" or the end", "\"&\"" },
    { "not a > 1", 5, "one of", "\"a\"" },
    { "(a > 1", 7, "\"and\", \"or\" or \")\"", "the end" },
    { "a > 1)", 6, "\"and\", \"or\" or the end", "\")\"" },
    { "()", 2, "a point", "\")\"" },
    { "(((((((((((((((((a>1)))))))))))))))))", 17, "at most 16 parentheses", "\"(\"" },
    { "rate(t) > 5", 7, "a comma", "\")\"" },
    { "rate(t, 60) > 5", 9, "a duration from 1s to 24h", "\"60\"" },
    { "rate(t, 60d) > 5", 9, "a duration", "\"60d\"" },
    { "rate(t, 999ms) > 5", 9, "a duration", "\"999ms\"" },
    { "rate(t, 25h) > 5", 9, "a duration", "\"25h\"" },
    { "rate(t, -60s) > 5", 9, "a duration", "\"-60s\"" },
    { "rate(t, 60s > 5", 13, "\")\"", "\">\"" },
    { "rate(60, 60s) > 5", 6, "a point", "\"60\"" },
    { "rate(t, 60s)", 13, "one of", "the end" },
    { "rate(t, 60s) == high", 17, "a number", "\"high\"" },
    { "spread(a) > 5", 9, "a comma", "\")\"" },
    { "spread(a, b, c) > 5", 12, "\")\"", "\",\"" },
    { "spread(a, 5) > 5", 11, "a point", "\"5\"" },
    { "spread(rate(a, 60s), b) > 5", 12, "a comma", "\"(\"" },
    { "age() > 5", 5, "a point", "\")\"" },
    { "age(a, b) > 5", 6, "\")\"", "\",\"" },
    { "age(a) > -5s", 10, "a number of seconds", "\"-5s\"" },
    { "age(a) > soon", 10, "a number of seconds", "\"soon\"" },
    { "mean(a) > 5", 5, "one of", "\"(\"" },
    { "a > 5; b", 6, "\"and\"", "\";\"" },
    { "温度 > 5", 1, "a point", "\"温\"" },
    { "t ＞ 5", 3, "one of", "\"＞\"" },
    { "t > 5\n", 6, "\"and\"", "byte 0x0a" },
    { "t > \xff", 5, "a number", "byte 0xff" },
    { "t > \xe6\xb8", 5, "a number", "byte 0xe6" },
    { "x == aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd", 6, "a number, or a word of at most 39",
      "\"aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd\"" },
    { "t > aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeee", 5, "a number",
      "\"aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd\"…" },
};

static void test_refuses(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Condition) condition = condition_parse(refused[i].text, &error);
        g_autofree char *head =
            g_strdup_printf("column %u: expected %s", refused[i].column, refused[i].expected);
        g_autofree char *tail = g_strdup_printf(", found %s", refused[i].found);

        g_assert_null(condition);
        g_assert_error(error, CONDITION_ERROR, CONDITION_ERROR_SYNTAX);
        if (!g_str_has_prefix(error->message, head) || !g_str_has_suffix(error->message, tail))
            g_test_message("%s: %s, instead of %s … %s", refused[i].text, error->message, head, tail);
        g_assert_true(g_str_has_prefix(error->message, head));
        g_assert_true(g_str_has_suffix(error->message, tail));
    }
}

static void test_length(void)
{
    g_autofree char *spaces = g_strnfill(1024 - strlen("a > 1"), ' ');
    g_autofree char *longest = g_strconcat("a > 1", spaces, NULL);
    g_autofree char *longer = g_strconcat(longest, " ", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Condition) good = condition_parse(longest, &error);

    g_assert_no_error(error);
    g_assert_nonnull(good);
    g_assert_null(condition_parse(longer, &error));
    g_assert_error(error, CONDITION_ERROR, CONDITION_ERROR_TOO_LONG);
    g_assert_cmpstr(error->message, ==, "column 1025: a condition has at most 1024 bytes, this one 1025");
}

static void test_names(void)
{
    g_autoptr(Condition) condition = condition_parse(
        "b > 1 and a > 2 or b < 3 and spread(c/d, a) > 1 and age(b) > 2 or rate(e, 1m) > 1", NULL);
    g_autofree char *names = g_strjoinv(" ", (char **)condition_get_names(condition));

    g_assert_cmpstr(names, ==, "b a c/d e");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/condition-parse/accepts", test_accepts);
    g_test_add_func("/condition-parse/refuses", test_refuses);
    g_test_add_func("/condition-parse/length", test_length);
    g_test_add_func("/condition-parse/names", test_names);
    return g_test_run();
}

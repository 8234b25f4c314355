/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/ctl/ctl-format.h"

#include <math.h>

static void test_age(void)
{
    static const struct {
        gint64 age_ms;
        const char *text;
    } cases[] = { { -1, "–" },
                  { 0, "0 ms" },
                  { 999, "999 ms" },
                  { 3400, "3 s" },
                  { 119999, "119 s" },
                  { 120000, "2 min" },
                  { 7199999, "119 min" },
                  { 7200000, "2 h" },
                  { 172800000, "2 d" },
                  { G_MAXINT64, "2147483647 d" } };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = ctl_format_age_ms(cases[i].age_ms);

        g_assert_cmpstr(text, ==, cases[i].text);
    }
}

static void test_number(void)
{
    static const struct {
        double number;
        const char *text;
    } cases[] = { { 0, "0" },       { 0.1199999973, "0.12" },   { 26203.679, "26203.679" },   { 100, "100" },
                  { -0.5, "-0.5" }, { 0.00012345, "0.000123" }, { 1e15, "1000000000000000" }, { NAN, "–" } };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = ctl_format_number(cases[i].number);

        g_assert_cmpstr(text, ==, cases[i].text);
    }
    g_autofree char *largest = ctl_format_number(G_MAXDOUBLE);

    g_assert_true(g_str_has_prefix(largest, "17976931348623157"));
}

static void test_time(void)
{
    g_autofree char *some = ctl_format_time("2026-11-22T14:21:44.318+08:00");
    g_autofree char *none = ctl_format_time(NULL);
    g_autofree char *little = ctl_format_time("now");

    g_assert_cmpstr(some, ==, "2026-11-22 14:21:44");
    g_assert_cmpstr(none, ==, "–");
    g_assert_cmpstr(little, ==, "now");
}

static void test_find(void)
{
    g_autoptr(JsonNode) node =
        json_from_string("{\"a\":{\"b\":2.5,\"c\":\"x\",\"d\":true},\"e\":null,\"f\":3}", NULL);
    JsonObject *object = json_node_get_object(node);
    g_autofree char *number = ctl_format_node(ctl_format_find(object, "a.b"));
    g_autofree char *nothing = ctl_format_node(ctl_format_find(object, "a.x"));

    g_assert_cmpstr(number, ==, "2.5");
    g_assert_cmpstr(nothing, ==, "–");
    g_assert_cmpfloat(ctl_format_get_number(object, "a.b", 0), ==, 2.5);
    g_assert_cmpfloat(ctl_format_get_number(object, "f", 0), ==, 3);
    g_assert_cmpfloat(ctl_format_get_number(object, "e", 7), ==, 7);
    g_assert_cmpfloat(ctl_format_get_number(object, "f.g", 7), ==, 7);
    g_assert_cmpstr(ctl_format_get_text(object, "a.c"), ==, "x");
    g_assert_null(ctl_format_get_text(object, "a.b"));
    g_assert_true(ctl_format_is_true(object, "a.d"));
    g_assert_false(ctl_format_is_true(object, "a.c"));
}

/* What the station tells comes from devices. */
static void test_safe(void)
{
    g_autoptr(JsonNode) node = json_from_string("[\"a\\u001b\\u009b\\u202eb\"]", NULL);
    g_autofree char *array = ctl_format_node(node);
    g_autofree char *text = ctl_format_node(json_array_get_element(json_node_get_array(node), 0));

    g_assert_cmpstr(array, ==, "[\"a\\u001b\\u009b\\u202eb\"]");
    g_assert_cmpstr(text, ==, "a   b");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ctl-format/age", test_age);
    g_test_add_func("/ctl-format/number", test_number);
    g_test_add_func("/ctl-format/time", test_time);
    g_test_add_func("/ctl-format/find", test_find);
    g_test_add_func("/ctl-format/safe", test_safe);
    return g_test_run();
}

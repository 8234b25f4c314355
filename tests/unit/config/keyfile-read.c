/* SPDX-License-Identifier: Apache-2.0 */
/* Texts to values: what is taken, what is not. */
#include "edge/config/keyfile-read.h"

#include <string.h>

static void test_numbers(void)
{
    static const struct {
        const char *text;
        gboolean right;
        double value;
    } cases[] = {
        { "0", TRUE, 0 },      { "-3", TRUE, -3 },    { "1.5", TRUE, 1.5 },
        { "1e3", TRUE, 1000 }, { "0x10", TRUE, 16 },  { "-0x10", TRUE, -16 },
        { "0XfF", TRUE, 255 }, { "", FALSE, 0 },      { "-", FALSE, 0 },
        { "x", FALSE, 0 },     { "0x", FALSE, 0 },    { "nan", FALSE, 0 },
        { "inf", FALSE, 0 },   { "1.5.2", FALSE, 0 }, { "1 ", FALSE, 0 },
        { " 1", FALSE, 0 },    { "0x1p3", FALSE, 0 }, { "1e400", FALSE, 0 },
        { "1e19", FALSE, 0 },  { "1,5", FALSE, 0 },   { "0xfffffffffffffff0", FALSE, 0 },
        { "--1", FALSE, 0 },   { "e", FALSE, 0 },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        double value = -1;

        g_test_message("%s", cases[i].text);
        g_assert_cmpint(keyfile_read_parse_number(cases[i].text, &value), ==, cases[i].right);
        g_assert_cmpfloat(value, ==, cases[i].right ? cases[i].value : -1);
    }
}

static void test_integers(void)
{
    gint64 value = 7;

    g_assert_true(keyfile_read_parse_integer("0xffffffffffffffff", &value));
    g_assert_cmpint(value, ==, -1);
    g_assert_true(keyfile_read_parse_integer("-9223372036854775808", &value));
    g_assert_cmpint(value, ==, G_MININT64);
    g_assert_true(keyfile_read_parse_integer("18446744073709551615", &value));
    g_assert_cmpint(value, ==, -1);
    value = 7;
    g_assert_false(keyfile_read_parse_integer("-9223372036854775809", &value));
    g_assert_false(keyfile_read_parse_integer("18446744073709551616", &value));
    g_assert_false(keyfile_read_parse_integer("1.0", &value));
    g_assert_false(keyfile_read_parse_integer("+1", &value));
    g_assert_false(keyfile_read_parse_integer("", &value));
    g_assert_cmpint(value, ==, 7);
}

static void test_names(void)
{
    g_autofree char *longest = g_strnfill(64, 'a');
    g_autofree char *longer = g_strnfill(65, 'a');

    g_assert_true(keyfile_read_is_name("dc-01_a.B"));
    g_assert_true(keyfile_read_is_name(longest));
    g_assert_false(keyfile_read_is_name(longer));
    g_assert_false(keyfile_read_is_name(""));
    g_assert_false(keyfile_read_is_name("."));
    g_assert_false(keyfile_read_is_name("a/b"));
    g_assert_false(keyfile_read_is_name("站"));
}

static void test_dates(void)
{
    GDate date;

    g_date_clear(&date, 1);
    g_assert_true(keyfile_read_parse_date("2028-02-29", &date));
    g_assert_cmpuint(g_date_get_day(&date), ==, 29);
    g_assert_false(keyfile_read_parse_date("2026-02-29", &date));
    g_assert_false(keyfile_read_parse_date("2026-13-01", &date));
    g_assert_false(keyfile_read_parse_date("2026-00-10", &date));
    g_assert_false(keyfile_read_parse_date("2026-1-010", &date));
    g_assert_false(keyfile_read_parse_date("1999-01-01", &date));
    g_assert_false(keyfile_read_parse_date("2026-01-01T", &date));
    g_assert_false(keyfile_read_parse_date("+026-01-01", &date));
}

static void test_durations(void)
{
    static const struct {
        const char *text;
        gint64 us;
    } cases[] = { { "0", 0 },
                  { "500ms", 500000 },
                  { "2s", 2000000 },
                  { "10m", 600000000 },
                  { "24h", 86400000000 },
                  { "86400s", 86400000000 },
                  { "25h", -1 },
                  { "2", -1 },
                  { "s", -1 },
                  { "1.5s", -1 },
                  { "2 s", -1 },
                  { "-1s", -1 } };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func((GDestroyNotify)config_fault_free);
        g_autofree char *text = g_strdup_printf("[a]\nd=%s\n", cases[i].text);
        g_autoptr(Keyfile) file = keyfile_parse("a", text, strlen(text), faults);
        gint64 us = -1;

        g_assert_cmpint(keyfile_read_duration(file->groups->pdata[0], "d", &us), ==, cases[i].us >= 0);
        g_assert_cmpint(us, ==, cases[i].us);
        g_assert_cmpuint(faults->len, ==, cases[i].us >= 0 ? 0 : 1);
    }
}

/* A long or odd value must not make a long or odd message. */
static void test_messages(void)
{
    static const char text[] =
        "[a]\nn=中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中中"
        "中中中中中中中中中中中中中中中中中中中中中中中中中中中中\n";
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func((GDestroyNotify)config_fault_free);
    g_autoptr(Keyfile) file = keyfile_parse("a", text, strlen(text), faults);
    guint number = 5;

    g_assert_false(keyfile_read_uint(file->groups->pdata[0], "n", 1, 9, &number));
    g_assert_cmpuint(number, ==, 5);
    g_assert_true(g_utf8_validate(((ConfigFault *)faults->pdata[0])->text, -1, NULL));
    g_assert_cmpint(g_utf8_strlen(((ConfigFault *)faults->pdata[0])->text, -1), <, 130);
}

/* A number that is none, and one that is out of range, are told apart. */
static void test_ranges(void)
{
    static const struct {
        char kind;
        const char *value, *message;
    } cases[] = {
        { 'u', "300", "\"300\" is out of range, 1 to 9 are allowed" },
        { 'u', "-1", "\"-1\" is out of range, 1 to 9 are allowed" },
        { 'u', "99999999999999999999999", "\"99999999999999999999999\" is out of range, 1 to 9 are allowed" },
        { 'u', "1.5", "\"1.5\" is not a whole number, 1 to 9 are allowed" },
        { 'u', "-", "\"-\" is not a whole number, 1 to 9 are allowed" },
        { 'd', "0", "\"0\" is out of range, 0.01 to 100 are allowed" },
        { 'd', "1e3", "\"1e3\" is out of range, 0.01 to 100 are allowed" },
        { 'd', "x", "\"x\" is not a number, 0.01 to 100 are allowed" },
        { 'f', "1000.00", "\"1000.00\" is out of range, 0 to 99.99 are allowed" },
        { 'f', "-1", "\"-1\" is out of range, 0 to 99.99 are allowed" },
        { 'f', "1.234", "\"1.234\" is not an amount with at most 2 decimals, 0 to 99.99 are allowed" },
        { 't', "25h", "\"25h\" is out of range, at most 24h is allowed" },
        { 't', "25", "\"25\" is not a duration such as 500ms, 2s, 10m or 1h, at most 24h" },
        { 't', "s", "\"s\" is not a duration such as 500ms, 2s, 10m or 1h, at most 24h" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func((GDestroyNotify)config_fault_free);
        g_autofree char *text = g_strdup_printf("[a]\nx=%s\n", cases[i].value);
        g_autoptr(Keyfile) file = keyfile_parse("a", text, strlen(text), faults);
        KeyfileGroup *group = file->groups->pdata[0];
        guint whole;
        double number;
        gint64 fixed;

        if (cases[i].kind == 'u')
            g_assert_false(keyfile_read_uint(group, "x", 1, 9, &whole));
        else if (cases[i].kind == 'd')
            g_assert_false(keyfile_read_double(group, "x", 0.01, 100, &number));
        else if (cases[i].kind == 'f')
            g_assert_false(keyfile_read_fixed(group, "x", 2, 9999, &fixed));
        else
            g_assert_false(keyfile_read_duration(group, "x", &fixed));
        g_assert_cmpuint(faults->len, ==, 1);
        g_assert_cmpstr(((ConfigFault *)faults->pdata[0])->text, ==, cases[i].message);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/keyfile-read/numbers", test_numbers);
    g_test_add_func("/keyfile-read/integers", test_integers);
    g_test_add_func("/keyfile-read/names", test_names);
    g_test_add_func("/keyfile-read/dates", test_dates);
    g_test_add_func("/keyfile-read/durations", test_durations);
    g_test_add_func("/keyfile-read/messages", test_messages);
    g_test_add_func("/keyfile-read/ranges", test_ranges);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/fixed.h"

static void parses(void)
{
    static const struct {
        const char *text;
        guint decimals;
        gboolean good;
        gint64 value;
    } cases[] = {
        { "1.25000", 5, TRUE, 125000 },
        { "1.25", 5, TRUE, 125000 },
        { "0", 2, TRUE, 0 },
        { "-0.01", 2, TRUE, -1 },
        { "50.00", 2, TRUE, 5000 },
        { "9223372036854775807", 0, TRUE, G_MAXINT64 },
        { "9223372036854775808", 0, FALSE, 0 },
        { "922337203685477580.8", 2, FALSE, 0 },
        { "1.255", 2, FALSE, 0 },
        { "1.", 2, FALSE, 0 },
        { ".5", 2, FALSE, 0 },
        { "", 2, FALSE, 0 },
        { "-", 2, FALSE, 0 },
        { "1e3", 2, FALSE, 0 },
        { " 1", 2, FALSE, 0 },
        { "1,5", 2, FALSE, 0 },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        gint64 value = 42;

        g_test_message("%s with %u decimals", cases[i].text, cases[i].decimals);
        g_assert_cmpint(fixed_parse(cases[i].text, cases[i].decimals, &value), ==, cases[i].good);
        g_assert_cmpint(value, ==, cases[i].good ? cases[i].value : 42);
    }
}

static void formats(void)
{
    static const struct {
        gint64 value;
        guint decimals;
        const char *text;
    } cases[] = {
        { 125000, 5, "1.25000" }, { -1, 2, "-0.01" },
        { 0, 4, "0.0000" },       { 7, 0, "7" },
        { 100, 2, "1.00" },       { G_MININT64, 4, "-922337203685477.5808" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = fixed_format(cases[i].value, cases[i].decimals);

        g_assert_cmpstr(text, ==, cases[i].text);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fixed/parse", parses);
    g_test_add_func("/fixed/format", formats);
    return g_test_run();
}

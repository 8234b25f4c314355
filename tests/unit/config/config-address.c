/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/config/config-parts.h"

static void test_tcp(void)
{
    static const struct {
        const char *text, *host;
        guint port;
    } cases[] = {
        { "tcp://10.0.0.1:502", "10.0.0.1", 502 },
        { "tcp://gate-way.local", "gate-way.local", 77 },
        { "tcp://[::1]:65535", "::1", 65535 },
        { "tcp://[fe80::1]", "fe80::1", 77 },
        { "tcp://10.0.0.1:", NULL, 0 },
        { "tcp://10.0.0.1:0", NULL, 0 },
        { "tcp://10.0.0.1:65536", NULL, 0 },
        { "tcp://10.0.0.1:5 ", NULL, 0 },
        { "tcp://10.0.0.256:502", NULL, 0 },
        { "tcp://10.0.0:502", NULL, 0 },
        { "tcp://:502", NULL, 0 },
        { "tcp://[]:502", NULL, 0 },
        { "tcp://[10.0.0.1]:502", NULL, 0 },
        { "tcp://[::1]502", NULL, 0 },
        { "tcp://::1:502", NULL, 0 },
        { "tcp://a b:502", NULL, 0 },
        { "tcp://-a:502", NULL, 0 },
        { "tcp://a/b:502", NULL, 0 },
        { "TCP://a:502", NULL, 0 },
        { "", NULL, 0 },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        ConfigAddress address = { NULL, 0 };

        g_test_message("%s", cases[i].text);
        g_assert_cmpint(config_address_parse_tcp(cases[i].text, 77, &address, &error), ==,
                        cases[i].host != NULL);
        g_assert_true((error == NULL) == (cases[i].host != NULL));
        g_assert_cmpstr(address.host, ==, cases[i].host);
        g_assert_cmpuint(address.port, ==, cases[i].port);
        g_free(address.host);
    }
}

static void test_urls(void)
{
    static const char *const schemes[] = { "mqtts", "wss", NULL };
    static const char *const right[] = { "mqtts://a", "mqtts://a:1", "wss://[::1]:443/mqtt?x=1",
                                         "wss://10.0.0.1/a" };
    static const char *const wrong[] = { "mqtt://a",    "mqtts:a",       "mqtts://",
                                         "mqtts://u@a", "mqtts://u:p@a", "wss://a b",
                                         "mqtts://a:0", "mqtts:///path", "",
                                         "mqtts://a:b", "wss://a/\"",    "mqtts://300.1.1.1" };

    for (guint i = 0; i < G_N_ELEMENTS(right); i++)
        g_assert_true(config_address_check_url(right[i], schemes, NULL));
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++)
        g_assert_false(config_address_check_url(wrong[i], schemes, NULL));
}

static void test_ranges(void)
{
    g_assert_true(config_address_is_range("192.168.1.0/24"));
    g_assert_true(config_address_is_range("fd00::/8"));
    g_assert_true(config_address_is_range("10.1.2.3"));
    g_assert_false(config_address_is_range("192.168.1.1/24")); /* bits of a host: a slip */
    g_assert_false(config_address_is_range("192.168.1.0/33"));
    g_assert_false(config_address_is_range("192.168.1.0/246"));
    g_assert_false(config_address_is_range("fd00::/129"));
    g_assert_false(config_address_is_range("10.0.0.0/"));
    g_assert_false(config_address_is_range("10.0.0.0/8/8"));
    g_assert_false(config_address_is_range("all"));
    g_assert_true(config_address_is_loopback("127.0.0.53"));
    g_assert_true(config_address_is_loopback("::1"));
    g_assert_true(config_address_is_loopback("localhost"));
    g_assert_false(config_address_is_loopback("0.0.0.0"));
    g_assert_false(config_address_is_loopback("::"));
    g_assert_false(config_address_is_loopback("127.example.com"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/config-address/tcp", test_tcp);
    g_test_add_func("/config-address/urls", test_urls);
    g_test_add_func("/config-address/ranges", test_ranges);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/driver-resolve.h"

static void check(const char *host, const char *wanted)
{
    g_autoptr(DriverResolver) resolver = driver_resolve_new(host);

    for (guint i = 0; i < 2; i++) {
        g_autofree char *address = driver_resolve_dup_address(resolver, 10 * G_USEC_PER_SEC);

        g_assert_cmpstr(address, ==, wanted);
    }
}

static void test_numeric(void)
{
    g_autoptr(DriverResolver) resolver = driver_resolve_new("192.0.2.1");
    g_autofree char *address = driver_resolve_dup_address(resolver, 0); /* without waiting */

    g_assert_cmpstr(address, ==, "192.0.2.1");
    check("::1", "::1");
}

static void test_name(void)
{
    check("localhost", "127.0.0.1");
    check("no-such-host.invalid", NULL);
}

/* A look-up that has not ended is left to end by itself. */
static void test_impatient(void)
{
    for (guint i = 0; i < 20; i++) {
        g_autoptr(DriverResolver) resolver = driver_resolve_new("no-such-host.invalid");
        g_autofree char *address = driver_resolve_dup_address(resolver, 0);

        g_assert_null(address);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/driver-resolve/numeric", test_numeric);
    g_test_add_func("/driver-resolve/name", test_name);
    g_test_add_func("/driver-resolve/impatient", test_impatient);
    return g_test_run();
}

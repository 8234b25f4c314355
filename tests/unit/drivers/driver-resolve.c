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

static guint count_threads(void)
{
    g_autoptr(GDir) tasks = g_dir_open("/proc/self/task", 0, NULL);
    guint n = 0;

    while (g_dir_read_name(tasks))
        n++;
    return n;
}

/* A look-up that has not ended is left to end by itself, and frees what it holds. */
static void test_impatient(void)
{
    guint before = count_threads();

    for (guint i = 0; i < 20; i++) {
        g_autoptr(DriverResolver) resolver = driver_resolve_new("localhost");
        g_autofree char *address = driver_resolve_dup_address(resolver, 0);

        if (address)
            g_assert_cmpstr(address, ==, "127.0.0.1");
    }
    while (count_threads() > before)
        g_thread_yield();
}

/* An answer that comes after its caller has given up is the answer to the next call. */
static void test_late(void)
{
    g_autoptr(DriverResolver) resolver = driver_resolve_new("localhost");
    g_autofree char *first = driver_resolve_dup_address(resolver, 0);
    g_autofree char *second = driver_resolve_dup_address(resolver, 10 * G_USEC_PER_SEC);

    g_assert_cmpstr(second, ==, "127.0.0.1");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/driver-resolve/numeric", test_numeric);
    g_test_add_func("/driver-resolve/name", test_name);
    g_test_add_func("/driver-resolve/impatient", test_impatient);
    g_test_add_func("/driver-resolve/late", test_late);
    return g_test_run();
}

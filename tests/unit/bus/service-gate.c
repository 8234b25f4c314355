/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bus/service-gate.h"

static void test_per_sender(void)
{
    g_autoptr(ServiceGate) gate = service_gate_new();

    for (guint32 serial = 1; serial <= SERVICE_GATE_SENDER; serial++)
        g_assert_true(service_gate_enter(gate, ":1.1", serial, FALSE));
    g_assert_false(service_gate_enter(gate, ":1.1", 100, FALSE));
    g_assert_true(service_gate_enter(gate, ":1.2", 1, FALSE));
    g_assert_true(service_gate_leave(gate, ":1.1", 1));
    g_assert_true(service_gate_enter(gate, ":1.1", 100, FALSE));
    g_assert_false(service_gate_enter(gate, ":1.1", 101, FALSE));
}

static void test_in_all(void)
{
    g_autoptr(ServiceGate) gate = service_gate_new();
    guint entered = 0;

    for (guint sender = 0; sender < 100; sender++) {
        g_autofree char *name = g_strdup_printf(":1.%u", sender);

        entered += service_gate_enter(gate, name, 1, FALSE);
    }
    g_assert_cmpuint(entered, ==, SERVICE_GATE_CALLS);
    g_assert_cmpuint(service_gate_get_calls(gate), ==, SERVICE_GATE_CALLS);
    for (guint sender = 0; sender < SERVICE_GATE_CALLS; sender++) {
        g_autofree char *name = g_strdup_printf(":1.%u", sender);

        service_gate_leave(gate, name, 1);
    }
    g_assert_cmpuint(service_gate_get_calls(gate), ==, 0);
}

static void test_silent(void)
{
    g_autoptr(ServiceGate) gate = service_gate_new();

    g_assert_true(service_gate_enter(gate, ":1.1", 7, TRUE));
    g_assert_cmpuint(service_gate_get_calls(gate), ==, 1);
    g_assert_false(service_gate_leave(gate, ":1.1", 7)); /* its answer is not sent */
    g_assert_cmpuint(service_gate_get_calls(gate), ==, 0);
}

static void test_unknown(void)
{
    g_autoptr(ServiceGate) gate = service_gate_new();

    g_assert_true(service_gate_enter(gate, ":1.1", 7, FALSE));
    g_assert_true(service_gate_leave(gate, ":1.1", 8));
    g_assert_true(service_gate_leave(gate, ":1.2", 7));
    g_assert_cmpuint(service_gate_get_calls(gate), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/service-gate/per-sender", test_per_sender);
    g_test_add_func("/service-gate/in-all", test_in_all);
    g_test_add_func("/service-gate/silent", test_silent);
    g_test_add_func("/service-gate/unknown", test_unknown);
    return g_test_run();
}

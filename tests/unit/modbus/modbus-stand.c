/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/modbus/modbus-stand.h"

#define SECOND ((gint64)G_USEC_PER_SEC)

static ModbusStanding standing_of(guint address, guint peer, gint64 refresh_us, gint64 due_us)
{
    return (ModbusStanding){ .kind = refresh_us ? MODBUS_STAND_REFRESH : MODBUS_STAND_PULSE,
                             .write = { .unit = (guint8)peer, .address = (guint16)address, .count = 1 },
                             .peer = peer,
                             .refresh_us = refresh_us,
                             .due_us = due_us };
}

static gboolean skips(guint peer, gpointer user_data)
{
    return peer == GPOINTER_TO_UINT(user_data);
}

static const ModbusStanding *due(const ModbusStand *stand, gint64 now_us, guint skipped, gint64 *ret_wake_us)
{
    return modbus_stand_find_due(stand, now_us, skips, GUINT_TO_POINTER(skipped), ret_wake_us);
}

static void test_refresh(void)
{
    ModbusStand *stand = modbus_stand_new();
    ModbusStanding limit = standing_of(10, 1, 25 * SECOND, 100 * SECOND);
    gint64 wake_us;

    g_assert_null(due(stand, 0, 99, &wake_us));
    g_assert_cmpint(wake_us, ==, G_MAXINT64);
    modbus_stand_add(stand, &limit);
    g_assert_null(due(stand, 99 * SECOND, 99, &wake_us));
    g_assert_cmpint(wake_us, ==, 100 * SECOND);
    g_assert_null(due(stand, 100 * SECOND, 1, &wake_us)); /* its peer is silent: no sleep ends for it */
    g_assert_cmpint(wake_us, ==, G_MAXINT64);
    const ModbusStanding *found = due(stand, 100 * SECOND, 99, &wake_us);

    g_assert_nonnull(found);
    modbus_stand_sent(stand, found, FALSE, 98 * SECOND); /* "not now": asked again after a second */
    g_assert_nonnull(due(stand, 99 * SECOND, 99, &wake_us));
    modbus_stand_sent(stand, found, TRUE, 100 * SECOND);
    g_assert_null(due(stand, 124 * SECOND, 99, &wake_us));
    modbus_stand_recall(stand, 2, 110 * SECOND);
    g_assert_null(due(stand, 124 * SECOND, 99, &wake_us));
    modbus_stand_recall(stand, 1, 110 * SECOND);
    g_assert_nonnull(due(stand, 110 * SECOND, 99, &wake_us));
    modbus_stand_free(stand);
}

static void test_replace(void)
{
    ModbusStand *stand = modbus_stand_new();
    ModbusStanding limit = standing_of(10, 1, SECOND, 0), other = standing_of(11, 1, SECOND, 0);
    ModbusStanding wide = standing_of(9, 1, SECOND, 0);

    modbus_stand_add(stand, &limit);
    modbus_stand_add(stand, &other);
    modbus_stand_replace(stand, &limit.write);
    g_assert_cmpuint(modbus_stand_count(stand), ==, 1);
    wide.write.count = 4;
    modbus_stand_replace(stand, &wide.write);
    g_assert_cmpuint(modbus_stand_count(stand), ==, 0);
    modbus_stand_free(stand);
}

/* A pulse goes before a refresh, keeps its time, is tried until it is answered, and goes then. */
static void test_pulse(void)
{
    ModbusStand *stand = modbus_stand_new();
    ModbusStanding limit = standing_of(10, 1, SECOND, 0), pulse = standing_of(1, 1, 0, 5 * SECOND);
    gint64 wake_us;

    modbus_stand_add(stand, &limit);
    modbus_stand_add(stand, &pulse);
    modbus_stand_recall(stand, 1, SECOND);
    g_assert_cmpint(modbus_stand_find_pulse(stand)->due_us, ==, 5 * SECOND);
    const ModbusStanding *found = due(stand, 5 * SECOND, 1, &wake_us);

    g_assert_nonnull(found); /* also while its peer is silent */
    g_assert_cmpint(found->kind, ==, MODBUS_STAND_PULSE);
    modbus_stand_sent(stand, found, FALSE, 5 * SECOND);
    g_assert_null(due(stand, 5 * SECOND, 1, &wake_us));
    g_assert_cmpint(wake_us, ==, 6 * SECOND);
    modbus_stand_sent(stand, due(stand, 6 * SECOND, 1, &wake_us), TRUE, 6 * SECOND);
    g_assert_null(modbus_stand_find_pulse(stand));
    g_assert_cmpuint(modbus_stand_count(stand), ==, 1);
    modbus_stand_free(stand);
}

/* Setup goes before a refresh of any unit, is forgotten when it is owed anew, and is sent until it is
 * settled. */
static void test_setup(void)
{
    ModbusStand *stand = modbus_stand_new();
    ModbusStanding limit = standing_of(10, 1, SECOND, 0), setup = standing_of(20, 2, 0, SECOND);
    gint64 wake_us;

    setup.kind = MODBUS_STAND_SETUP;
    modbus_stand_add(stand, &limit);
    modbus_stand_add(stand, &setup);
    g_assert_cmpuint(due(stand, SECOND, 99, &wake_us)->peer, ==, 2);
    g_assert_cmpuint(due(stand, SECOND, 2, &wake_us)->peer, ==, 1); /* a silent unit waits */
    modbus_stand_recall(stand, 2, SECOND);
    g_assert_cmpuint(modbus_stand_count(stand), ==, 1);
    modbus_stand_add(stand, &setup);
    modbus_stand_sent(stand, due(stand, SECOND, 99, &wake_us), FALSE, SECOND);
    g_assert_cmpuint(due(stand, 2 * SECOND, 99, &wake_us)->peer, ==, 2);
    modbus_stand_sent(stand, due(stand, 2 * SECOND, 99, &wake_us), TRUE, 2 * SECOND);
    g_assert_cmpuint(modbus_stand_count(stand), ==, 1);
    modbus_stand_free(stand);
}

/* What a hold left ends with it; a limit, a pulse and what holds another connector go on. */
static void test_release(void)
{
    ModbusStand *stand = modbus_stand_new();
    ModbusStanding limit = standing_of(10, 1, SECOND, 0), stop = standing_of(11, 1, SECOND, 0);
    ModbusStanding other = standing_of(12, 1, SECOND, 0), pulse = standing_of(13, 1, 0, SECOND);
    ModbusStanding elsewhere = standing_of(14, 1, SECOND, 0);

    stop.connector = limit.connector = pulse.connector = elsewhere.connector = 1;
    other.connector = 2;
    elsewhere.device = 7;
    stop.is_hold = other.is_hold = pulse.is_hold = elsewhere.is_hold = TRUE;
    modbus_stand_add(stand, &limit);
    modbus_stand_add(stand, &stop);
    modbus_stand_add(stand, &other);
    modbus_stand_add(stand, &pulse);
    modbus_stand_add(stand, &elsewhere);
    modbus_stand_release(stand, 0, 1);
    g_assert_cmpuint(modbus_stand_count(stand), ==, 4);
    modbus_stand_replace(stand, &stop.write);
    g_assert_cmpuint(modbus_stand_count(stand), ==, 4); /* the stop had gone */
    modbus_stand_release(stand, 0, 2);
    modbus_stand_release(stand, 7, 1);
    g_assert_cmpuint(modbus_stand_count(stand), ==, 2);
    modbus_stand_free(stand);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/modbus-stand/refresh", test_refresh);
    g_test_add_func("/modbus-stand/replace", test_replace);
    g_test_add_func("/modbus-stand/pulse", test_pulse);
    g_test_add_func("/modbus-stand/setup", test_setup);
    g_test_add_func("/modbus-stand/release", test_release);
    return g_test_run();
}

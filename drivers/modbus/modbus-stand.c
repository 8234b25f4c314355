/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/modbus/modbus-stand.h"

#define RETRY_US G_USEC_PER_SEC /* one time-out a second at most for a pulse whose device has gone */

struct ModbusStand {
    GArray *entries; /* ModbusStanding */
};

static ModbusStanding *get_entry(const ModbusStand *stand, guint i)
{
    return &g_array_index(stand->entries, ModbusStanding, i);
}

ModbusStand *modbus_stand_new(void)
{
    ModbusStand *stand = g_new0(ModbusStand, 1);

    stand->entries = g_array_new(FALSE, FALSE, sizeof(ModbusStanding));
    return stand;
}

void modbus_stand_free(ModbusStand *stand)
{
    g_array_unref(stand->entries);
    g_free(stand);
}

void modbus_stand_replace(ModbusStand *stand, const ModbusWrite *write)
{
    for (guint i = stand->entries->len; i > 0; i--) {
        if (modbus_write_overlaps(&get_entry(stand, i - 1)->write, write))
            g_array_remove_index(stand->entries, i - 1);
    }
}

void modbus_stand_add(ModbusStand *stand, const ModbusStanding *standing)
{
    g_array_append_val(stand->entries, *standing);
}

void modbus_stand_recall(ModbusStand *stand, guint peer, gint64 now_us)
{
    for (guint i = 0; i < stand->entries->len; i++) {
        ModbusStanding *entry = get_entry(stand, i);

        /* A pulse that has not run its time yet keeps it: a shorter one may not trip the breaker. */
        if (entry->peer == peer && entry->refresh_us)
            entry->due_us = MIN(entry->due_us, now_us);
    }
}

const ModbusStanding *modbus_stand_find_due(const ModbusStand *stand, gint64 now_us, ModbusStandSkip skip,
                                            gpointer user_data, gint64 *ret_wake_us)
{
    const ModbusStanding *best = NULL;
    gint64 wake_us = G_MAXINT64;

    for (guint i = 0; i < stand->entries->len; i++) {
        const ModbusStanding *entry = get_entry(stand, i);
        gboolean pulse = entry->refresh_us == 0;

        if (!pulse && skip(entry->peer, user_data))
            continue;
        wake_us = MIN(wake_us, entry->due_us);
        if (entry->due_us > now_us)
            continue;
        if (!best || (pulse && best->refresh_us) ||
            (pulse == !best->refresh_us && entry->due_us < best->due_us))
            best = entry;
    }
    *ret_wake_us = wake_us;
    return best;
}

void modbus_stand_sent(ModbusStand *stand, const ModbusStanding *standing, gboolean settled, gint64 now_us)
{
    guint index = (guint)(standing - get_entry(stand, 0));
    ModbusStanding *entry = get_entry(stand, index);

    if (entry->refresh_us)
        entry->due_us = now_us + entry->refresh_us;
    else if (settled)
        g_array_remove_index(stand->entries, index);
    else
        entry->due_us = now_us + RETRY_US;
}

const ModbusStanding *modbus_stand_find_pulse(const ModbusStand *stand)
{
    const ModbusStanding *best = NULL;

    for (guint i = 0; i < stand->entries->len; i++) {
        const ModbusStanding *entry = get_entry(stand, i);

        if (entry->refresh_us == 0 && (!best || entry->due_us < best->due_us))
            best = entry;
    }
    return best;
}

guint modbus_stand_count(const ModbusStand *stand)
{
    return stand->entries->len;
}

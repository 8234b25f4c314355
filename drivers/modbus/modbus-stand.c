/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/modbus/modbus-stand.h"

#define RETRY_US                                                                                             \
    ((gint64)G_USEC_PER_SEC) /* one time-out a second at most for a pulse whose device has gone */

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
    for (guint i = stand->entries->len; i > 0; i--) {
        ModbusStanding *entry = get_entry(stand, i - 1);

        /* A pulse that has not run its time yet keeps it: a shorter one may not trip the breaker. */
        if (entry->peer != peer || entry->kind == MODBUS_STAND_PULSE)
            continue;
        entry->due_us = MIN(entry->due_us, now_us);
        if (entry->kind == MODBUS_STAND_SETUP)
            g_array_remove_index(stand->entries, i - 1);
    }
}

void modbus_stand_release(ModbusStand *stand, guint device, guint connector)
{
    for (guint i = stand->entries->len; i > 0; i--) {
        const ModbusStanding *entry = get_entry(stand, i - 1);

        if (entry->kind == MODBUS_STAND_REFRESH && entry->is_hold && entry->device == device &&
            entry->connector == connector)
            g_array_remove_index(stand->entries, i - 1);
    }
}

const ModbusStanding *modbus_stand_find_due(const ModbusStand *stand, gint64 now_us, ModbusStandSkip skip,
                                            gpointer user_data, gint64 *ret_wake_us)
{
    const ModbusStanding *best = NULL;
    gint64 wake_us = G_MAXINT64;

    for (guint i = 0; i < stand->entries->len; i++) {
        const ModbusStanding *entry = get_entry(stand, i);

        if (entry->kind != MODBUS_STAND_PULSE && skip(entry->peer, user_data))
            continue;
        wake_us = MIN(wake_us, entry->due_us);
        if (entry->due_us > now_us)
            continue;
        if (!best || entry->kind < best->kind || (entry->kind == best->kind && entry->due_us < best->due_us))
            best = entry;
    }
    *ret_wake_us = wake_us;
    return best;
}

static guint find_entry(const ModbusStand *stand, const ModbusStanding *standing)
{
    for (guint i = 0; i < stand->entries->len; i++) {
        const ModbusStanding *entry = get_entry(stand, i);

        if (entry->kind == standing->kind && entry->write.address == standing->write.address &&
            modbus_write_overlaps(&entry->write, &standing->write))
            return i;
    }
    return G_MAXUINT;
}

void modbus_stand_sent(ModbusStand *stand, const ModbusStanding *standing, gboolean settled, gint64 now_us)
{
    guint index = find_entry(stand, standing);

    if (index == G_MAXUINT)
        return;
    ModbusStanding *entry = get_entry(stand, index);

    if (!settled)
        entry->due_us = now_us + (entry->refresh_us ? MIN(entry->refresh_us, RETRY_US) : RETRY_US);
    else if (entry->kind == MODBUS_STAND_REFRESH)
        entry->due_us = now_us + entry->refresh_us;
    else
        g_array_remove_index(stand->entries, index);
}

const ModbusStanding *modbus_stand_find_pulse(const ModbusStand *stand)
{
    const ModbusStanding *best = NULL;

    for (guint i = 0; i < stand->entries->len; i++) {
        const ModbusStanding *entry = get_entry(stand, i);

        if (entry->kind == MODBUS_STAND_PULSE && (!best || entry->due_us < best->due_us))
            best = entry;
    }
    return best;
}

guint modbus_stand_count(const ModbusStand *stand)
{
    return stand->entries->len;
}

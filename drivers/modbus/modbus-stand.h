/* SPDX-License-Identifier: Apache-2.0 */
/* What stands on a bus after a command: writes that are repeated while they stand (refresh-ms), and pulses
 * that must be taken back (pulse-ms). One entry for each register and coil: a newer write of the same one
 * replaces what stands there. Pure; the bus thread owns it. Bounded by the registers that the profiles list.
 */
#pragma once

#include "drivers/modbus/modbus-write.h"

typedef enum { MODBUS_STAND_PULSE, MODBUS_STAND_SETUP, MODBUS_STAND_REFRESH } ModbusStandKind;

typedef struct {
    ModbusStandKind kind;
    ModbusWrite write; /* to be sent when due */
    guint device;      /* the caller's numbers */
    guint peer;
    guint connector;
    gboolean is_hold;  /* REFRESH only: of a stop or a disable, which ends with the hold of the connector */
    gint64 refresh_us; /* REFRESH only */
    gint64 due_us;
} ModbusStanding;

typedef struct ModbusStand ModbusStand;

ModbusStand *modbus_stand_new(void);
void modbus_stand_free(ModbusStand *stand);

/* Drops all that WRITE overlaps. To be called for each write that may have reached its device. */
void modbus_stand_replace(ModbusStand *stand, const ModbusWrite *write);

/* Lets STANDING stand from now on (a copy). */
void modbus_stand_add(ModbusStand *stand, const ModbusStanding *standing);

/* Makes PEER's refreshes due now, and forgets what setup it is owed: it has come (back), and the caller adds
 * its setup anew. */
void modbus_stand_recall(ModbusStand *stand, guint peer, gint64 now_us);

/* The hold of DEVICE's CONNECTOR is over: its stop and its disable are not repeated any more. */
void modbus_stand_release(ModbusStand *stand, guint device, guint connector);

/* The one that has been due longest of the first kind, borrowed; NULL with RET_WAKE_US when none is
 * due. Of peers that SKIP says TRUE for only pulses count. */
typedef gboolean (*ModbusStandSkip)(guint peer, gpointer user_data);
const ModbusStanding *modbus_stand_find_due(const ModbusStand *stand, gint64 now_us, ModbusStandSkip skip,
                                            gpointer user_data, gint64 *ret_wake_us);

/* STANDING, a copy of a found one, has been sent at NOW_US. SETTLED: it was taken, or refused for good; then
 * a pulse and a setup go, and a refresh is due again after its time. Else it is due again after a second at
 * most. One that has been replaced meanwhile is left alone. */
void modbus_stand_sent(ModbusStand *stand, const ModbusStanding *standing, gboolean settled, gint64 now_us);

/* The pulse that must be taken back first, borrowed, or NULL: for the end of the bus. */
const ModbusStanding *modbus_stand_find_pulse(const ModbusStand *stand);

guint modbus_stand_count(const ModbusStand *stand);

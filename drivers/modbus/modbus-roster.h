/* SPDX-License-Identifier: Apache-2.0 */
/* Who is on a bus, and who is heard: unit ids (peers) and the devices behind them (members), and the telling
 * of link states. The bus thread owns it once it polls.
 *
 * A unit is ONLINE while it answers; SUSPECT after one failed turn, or while a read of it is answered with an
 * exception that is not about addresses (busy, device failure); OFFLINE after two failed turns in a row, and
 * on every failed turn while a point of it is urged. A device is what its own unit is, whatever becomes of
 * the side units that some of its points are read from; one that has nothing at its own unit is the worst of
 * all that it has. */
#pragma once

#include "drivers/driver-outlet.h"
#include "drivers/modbus/modbus-device.h"
#include "drivers/modbus/modbus-schedule.h"

/* A unit id; its number is the schedule's peer. */
typedef struct {
    guint8 unit;
    DriverLinkState state;
    guint misses;      /* failed turns in a row */
    guint n_troubled;  /* its reads that end in an exception which says nothing about addresses */
    gboolean is_known; /* it has answered, or has been given up */
} ModbusPeer;

/* A unit that a device is read from or written to. */
typedef struct {
    guint peer;
    gboolean is_side; /* not the device's own */
    DriverLinkState told;
} ModbusTie;

typedef struct {
    ModbusDevice *device;
    GArray *ties;  /* ModbusTie */
    GArray *items; /* guint: the schedule's item of each read of its plan */
    DriverLinkState told;
    gboolean is_told;
} ModbusMember;

typedef struct {
    GArray *peers;   /* ModbusPeer */
    GArray *members; /* ModbusMember */
    ModbusSchedule *schedule;
    DriverOutlet *outlet; /* borrowed */
} ModbusRoster;

ModbusRoster *modbus_roster_new(gint64 timeout_us, DriverOutlet *outlet);
void modbus_roster_free(ModbusRoster *roster);

ModbusPeer *modbus_roster_get_peer(const ModbusRoster *roster, guint index);
ModbusMember *modbus_roster_get_member(const ModbusRoster *roster, guint index);

/* Adds DEVICE (consumed) with all its units; its number. */
guint modbus_roster_add(ModbusRoster *roster, ModbusDevice *device);

/* The number of the peer with that unit id, or of the member with that model index; G_MAXUINT: none. */
guint modbus_roster_find_peer(const ModbusRoster *roster, guint8 unit);
guint modbus_roster_find_member(const ModbusRoster *roster, guint model);

/* PEER has answered; TRUE where it had been silent before. */
gboolean modbus_roster_note_heard(ModbusRoster *roster, guint peer, gint64 asked_at_us, Moment at,
                                  const char *reason);
void modbus_roster_note_silent(ModbusRoster *roster, guint peer, gint64 asked_at_us, Moment at,
                               const char *reason);

/* Nobody is heard: a connect that fails is everybody's failed turn. */
void modbus_roster_note_line_down(ModbusRoster *roster, gint64 asked_at_us, Moment at, const char *reason);

/* Tells REASON with the present state of MEMBER, changed or not. */
void modbus_roster_tell(ModbusRoster *roster, guint member, gint64 asked_at_us, Moment at,
                        const char *reason);

/* Whether MEMBER's own unit is silent for now. */
gboolean modbus_roster_is_dead(const ModbusRoster *roster, guint member);

/* Counts the urging of the model's POINT up or down by CHANGE; of a point that nobody here reads: nothing. */
void modbus_roster_urge(ModbusRoster *roster, guint point, int change);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ModbusRoster, modbus_roster_free)

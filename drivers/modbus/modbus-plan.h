/* SPDX-License-Identifier: Apache-2.0 */
/* The fewest reads that bring all points of one device: points of the same unit, space and period are merged
 * over holes up to the profile's max-gap, never past its max-read (registers, and bits alike) nor past the
 * protocol's 125 registers and 2000 bits. A point is never cut. Pure; any thread.
 *
 * A device that refuses a merged read gets it split, for as long as the plan lives: first at its holes, then
 * in halves between points. */
#pragma once

#include "edge/model/profile.h"

typedef struct {
    guint unit;
    ProfileSpace space;
    guint period_ms;
    guint16 address;
    guint16 count;
    GArray *points; /* guint: indices into the profile's points, by address */
} ModbusRead;

typedef struct {
    const Profile *profile;
    GPtrArray *reads; /* ModbusRead; an index, once given, keeps its read */
} ModbusPlan;

/* The plan for PROFILE on a device of that unit id and period. NULL with RET_TOO_WIDE, borrowed, where a
 * point does not fit into one request of the protocol. */
ModbusPlan *modbus_plan_new(const Profile *profile, guint unit_id, guint period_ms,
                            const ProfilePoint **ret_too_wide);
void modbus_plan_free(ModbusPlan *plan);

/* Splits the read at INDEX: it keeps the first part, the others are appended. How many were appended; 0 where
 * it holds a single range already. */
guint modbus_plan_split(ModbusPlan *plan, guint index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ModbusPlan, modbus_plan_free)

/* SPDX-License-Identifier: Apache-2.0 */
/* Commands as register writes, and the list of the writes that a profile allows. Pure; any thread. */
#pragma once

#include "drivers/modbus/modbus-codec.h"
#include "drivers/modbus/modbus-frame.h"

/* One write, ready to be sent; plain data. */
typedef struct {
    guint8 unit;
    guint8 function; /* 5, 6, 15, 16 */
    ProfileSpace space;
    guint16 address;
    guint16 count;
    guint16 values[MODBUS_CODEC_WRITE_MAX];
} ModbusWrite;

/* The write at INDEX of COMMAND for a device of UNIT_ID; ARGUMENT where the profile gives no constant. False,
 * with REASON, where the value does not fit, or an argument is missing. */
gboolean modbus_write_compile(const ProfileCommand *command, guint index, guint unit_id,
                              const double *argument, ModbusWrite *ret_write,
                              char reason[MODBUS_CODEC_REASON_SIZE]);

/* The write that takes WRITE back: the opposite of a coil, 0 of registers. */
ModbusWrite modbus_write_opposite(const ModbusWrite *write);

/* Whether A and B touch a register or coil in common. */
gboolean modbus_write_overlaps(const ModbusWrite *a, const ModbusWrite *b);

/* WRITE as a request that borrows its values. */
ModbusRequest modbus_write_request(const ModbusWrite *write);

/* Every (unit, space, address) that the profile lists for writing; the last check before the line. */
typedef struct ModbusWriteList ModbusWriteList;
ModbusWriteList *modbus_write_list_new(const Profile *profile, guint unit_id);
void modbus_write_list_free(ModbusWriteList *list);
gboolean modbus_write_list_allows(const ModbusWriteList *list, const ModbusWrite *write);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ModbusWriteList, modbus_write_list_free)

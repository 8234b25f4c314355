/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/modbus/modbus-write.h"

struct ModbusWriteList {
    GHashTable *keys; /* (unit, space, address) of each register and coil */
};

static guint pick_function(const ProfileCommand *command, ProfileSpace space, guint count)
{
    if (command->function)
        return command->function;
    if (space == PROFILE_SPACE_COIL)
        return count == 1 ? MODBUS_FUNCTION_WRITE_COIL : MODBUS_FUNCTION_WRITE_COILS;
    return count == 1 ? MODBUS_FUNCTION_WRITE_REGISTER : MODBUS_FUNCTION_WRITE_REGISTERS;
}

static gboolean suits(guint function, ProfileSpace space, guint count)
{
    gboolean is_coil = space == PROFILE_SPACE_COIL;

    if (function == MODBUS_FUNCTION_WRITE_COIL || function == MODBUS_FUNCTION_WRITE_REGISTER)
        return count == 1 && is_coil == (function == MODBUS_FUNCTION_WRITE_COIL);
    return function == (is_coil ? MODBUS_FUNCTION_WRITE_COILS : MODBUS_FUNCTION_WRITE_REGISTERS);
}

gboolean modbus_write_compile(const ProfileCommand *command, guint index, guint unit_id,
                              const double *argument, ModbusWrite *ret_write,
                              char reason[MODBUS_CODEC_REASON_SIZE])
{
    const ProfileWrite *line = &g_array_index(command->writes, ProfileWrite, index);
    guint unit = command->unit_id == PROFILE_DEFAULT ? unit_id : command->unit_id;
    ModbusWrite write = { .unit = (guint8)unit, .space = line->space, .address = line->address };
    guint count = 0;

    if (!line->has_constant && !argument) {
        g_snprintf(reason, MODBUS_CODEC_REASON_SIZE, "a value is needed");
        return FALSE;
    }
    if (!modbus_codec_encode(command, line->space, line->has_constant ? line->constant : *argument,
                             line->has_constant, write.values, &count, reason))
        return FALSE;
    write.count = (guint16)count;
    write.function = (guint8)pick_function(command, line->space, count);
    if (!suits(write.function, line->space, count)) {
        g_snprintf(reason, MODBUS_CODEC_REASON_SIZE, "function %u cannot write it", write.function);
        return FALSE;
    }
    *ret_write = write;
    return TRUE;
}

ModbusWrite modbus_write_opposite(const ModbusWrite *write)
{
    ModbusWrite opposite = *write;

    for (guint i = 0; i < write->count; i++)
        opposite.values[i] = write->space == PROFILE_SPACE_COIL ? !write->values[i] : 0;
    return opposite;
}

gboolean modbus_write_overlaps(const ModbusWrite *a, const ModbusWrite *b)
{
    return a->unit == b->unit && a->space == b->space && a->address < b->address + b->count &&
           b->address < a->address + a->count;
}

ModbusRequest modbus_write_request(const ModbusWrite *write)
{
    return (ModbusRequest){ .unit = write->unit,
                            .function = write->function,
                            .address = write->address,
                            .count = write->count,
                            .values = write->values };
}

static gpointer make_key(guint unit, ProfileSpace space, guint address)
{
    return GUINT_TO_POINTER((unit & 0xff) << 24 | (guint)space << 16 | (address & 0xffff));
}

static guint width_of(const ProfileCommand *command, ProfileSpace space)
{
    return space == PROFILE_SPACE_COIL ? 1 : profile_type_registers(command->type);
}

static void list_commands(ModbusWriteList *list, const GPtrArray *commands, guint unit_id)
{
    for (guint i = 0; i < commands->len; i++) {
        const ProfileCommand *command = commands->pdata[i];
        guint unit = command->unit_id == PROFILE_DEFAULT ? unit_id : command->unit_id;

        for (guint j = 0; j < command->writes->len; j++) {
            const ProfileWrite *write = &g_array_index(command->writes, ProfileWrite, j);

            for (guint k = 0; k < width_of(command, write->space); k++)
                g_hash_table_add(list->keys, make_key(unit, write->space, write->address + k));
        }
    }
}

ModbusWriteList *modbus_write_list_new(const Profile *profile, guint unit_id)
{
    ModbusWriteList *list = g_new0(ModbusWriteList, 1);

    list->keys = g_hash_table_new(NULL, NULL);
    list_commands(list, profile->commands, unit_id);
    list_commands(list, profile->keepalive, unit_id);
    list_commands(list, profile->setup, unit_id);
    return list;
}

void modbus_write_list_free(ModbusWriteList *list)
{
    g_hash_table_unref(list->keys);
    g_free(list);
}

gboolean modbus_write_list_allows(const ModbusWriteList *list, const ModbusWrite *write)
{
    for (guint i = 0; i < write->count; i++) {
        if (!g_hash_table_contains(list->keys, make_key(write->unit, write->space, write->address + i)))
            return FALSE;
    }
    return write->count > 0;
}

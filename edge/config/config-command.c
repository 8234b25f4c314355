/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/config/config-parts.h"

#include "edge/base/name.h"

#include <string.h>

#define MOST_COMMANDS 1000 /* of a profile, all connectors together */

static const char *const connector_commands[] = { "start", "stop",   "disable", "enable",
                                                  "limit", "unlock", "lock",    NULL };
static const char *const output_commands[] = { "on", "off", "trip", "close", NULL };

/* A misspelt "stop" would be a stop that does not exist, so commands, unlike points, have only known names.
 */
static gboolean check_name(KeyfileGroup *group, const Profile *profile, const ConfigTarget *target)
{
    const char *const *words = connector_commands;
    const char *word = target->name;
    const char *slash = strrchr(target->name, '/');

    if (target->connector == 0) {
        static const char *const own[] = { "reset", NULL };
        g_autofree char *output = slash ? g_strndup(target->name, (gsize)(slash - target->name)) : NULL;

        words = own;
        if (profile->kind == PROFILE_KIND_IO && output && keyfile_read_is_name(output)) {
            words = output_commands;
            word = slash + 1;
        }
    }
    if (g_strv_contains(words, word))
        return TRUE;
    g_autofree char *joined = keyfile_read_join(words);

    keyfile_read_fault(group, "", "\"%.60s\" is not a command here; allowed are %s%s", target->name, joined,
                       profile->kind != PROFILE_KIND_IO ? ""
                       : words == output_commands       ? " of an output"
                                                        : " and OUTPUT/on, /off, "
                                                          "/trip, /close");
    return FALSE;
}

static void count_spaces(const ProfileCommand *command, guint *ret_coils, guint *ret_registers)
{
    *ret_coils = *ret_registers = 0;
    for (guint i = 0; i < command->writes->len; i++) {
        if (g_array_index(command->writes, ProfileWrite, i).space == PROFILE_SPACE_COIL)
            (*ret_coils)++;
        else
            (*ret_registers)++;
    }
}

static void read_function(KeyfileGroup *group, ProfileCommand *command, guint coils, guint registers)
{
    guint function;

    if (!keyfile_read_uint(group, "function", 0, 99, &function))
        return;
    if (function != 5 && function != 6 && function != 15 && function != 16)
        keyfile_read_fault(group, "function", "%u cannot write; 5, 6, 15 and 16 are allowed", function);
    else if ((function == 5 || function == 15) && registers > 0)
        keyfile_read_fault(group, "function", "%u writes coils, but write= has registers; 6 or 16 is needed",
                           function);
    else if ((function == 6 || function == 16) && coils > 0)
        keyfile_read_fault(group, "function", "%u writes registers, but write= has coils; 5 or 15 is needed",
                           function);
    else if (function == 6 && profile_type_registers(command->type) > 1)
        keyfile_read_fault(group, "function", "6 writes one register, but the type takes %u; 16 is needed",
                           profile_type_registers(command->type));
    else
        command->function = function;
}

static void read_type(KeyfileGroup *group, ProfileCommand *command)
{
    const char *value = keyfile_read_value(group, "type");
    guint count;

    if (!value)
        return;
    if (!config_register_parse_type(value, &command->type, &count) || command->type == PROFILE_TYPE_ASCII) {
        keyfile_read_fault(group, "type", "\"%.60s\" is not one of bool u16 s16 u32 s32 u64 s64 f32 f64",
                           value);
        command->type = PROFILE_TYPE_U16;
    }
}

static void read_pulse(KeyfileGroup *group, ProfileCommand *command, guint registers)
{
    if (!keyfile_read_uint(group, "pulse-ms", 10, 60000, &command->pulse_ms))
        return;
    if (registers > 0)
        keyfile_read_fault(group, "pulse-ms", "only coils can be pulsed, but write= has registers");
    if (keyfile_read_value(group, "refresh-ms"))
        keyfile_read_fault(group, "pulse-ms",
                           "a pulse cannot be refreshed; leave pulse-ms or refresh-ms away");
}

static void read_common(KeyfileGroup *group, ProfileCommand *command, gboolean needs_constant)
{
    static const char *const orders[] = { "big", "little", NULL };
    guint coils, registers;
    guint place;

    read_type(group, command);
    config_register_read_writes(group, command, needs_constant);
    count_spaces(command, &coils, &registers);
    if (coils > 0 && registers == 0) {
        if (keyfile_read_value(group, "type") && command->type != PROFILE_TYPE_BOOL)
            keyfile_read_fault(group, "type", "a coil is a bool");
        command->type = PROFILE_TYPE_BOOL;
    }
    if (keyfile_read_word(group, "word-order", orders, &place))
        command->word_little = place == 1;
    read_function(group, command, coils, registers);
    keyfile_read_uint(group, "unit-id", 0, 255, &command->unit_id);
}

static ProfileCommand *command_new(const char *name, guint connector)
{
    ProfileCommand *command = profile_command_new();

    g_free(command->name);
    command->name = g_strdup(name);
    command->connector = connector;
    return command;
}

static void read_argument(KeyfileGroup *group, ProfileCommand *command)
{
    if (keyfile_read_double(group, "scale", -1e12, 1e12, &command->scale) && command->scale == 0) {
        keyfile_read_fault(group, "scale", "must not be 0");
        command->scale = 1;
    }
    keyfile_read_double(group, "offset", -1e12, 1e12, &command->offset);
    if (keyfile_read_text(group, "unit", 16, &command->unit) && g_str_equal(command->name, "limit") &&
        !g_str_equal(command->unit, "kW") && !g_str_equal(command->unit, "A"))
        keyfile_read_fault(group, "unit", "\"%s\" is not the unit of a limit; kW and A are allowed",
                           command->unit);
}

static void read_command(KeyfileGroup *group, Profile *profile, guint stride)
{
    ConfigTarget target;
    ProfileCommand *command;
    gboolean is_limit;
    guint coils, registers;

    if (!config_profile_target(group, profile, &target) || !check_name(group, profile, &target))
        return;
    if (profile->commands->len >= MOST_COMMANDS ||
        profile_find_command(profile, target.connector, target.name)) {
        keyfile_read_fault(group, "", "connector %u has the command %s already", target.connector,
                           target.name);
        return;
    }
    command = command_new(target.name, target.connector);
    g_ptr_array_add(profile->commands, command);
    is_limit = target.connector > 0 && g_str_equal(target.name, "limit");
    read_common(group, command, !is_limit);
    count_spaces(command, &coils, &registers);
    if (is_limit && coils > 0)
        keyfile_read_fault(group, "write", "a limit is a number and needs a holding register");
    read_pulse(group, command, registers);
    keyfile_read_uint(group, "refresh-ms", 100, 3600000, &command->refresh_ms);
    read_argument(group, command);
    if (target.every && profile->connectors > 1 && stride == 0)
        keyfile_read_fault(group, "", "stands for all connectors and needs connector-stride= in [profile]");
    keyfile_read_end(group);
}

void config_command_read(KeyfileGroup *group, Profile *profile, guint stride)
{
    gboolean is_keepalive = g_str_equal(group->kind, "keepalive");
    ProfileCommand *command;

    if (g_str_equal(group->kind, "command")) {
        read_command(group, profile, stride);
        return;
    }
    config_refuse_name(group);
    command = command_new(group->kind, 0);
    g_ptr_array_add(is_keepalive ? profile->keepalive : profile->setup, command);
    read_common(group, command, TRUE);
    if (is_keepalive) {
        command->period_ms = 10000;
        keyfile_read_uint(group, "period-ms", 100, 3600000, &command->period_ms);
    }
    keyfile_read_end(group);
}

/* --- one group for all connectors */

int config_command_shift(guint address, guint count, guint n, guint k, guint stride)
{
    gint64 shifted = (gint64)address + ((gint64)k - (gint64)n) * (gint64)stride;

    return shifted < 0 || shifted + (gint64)count > 65536 ? -1 : (int)shifted;
}

static ProfileCommand *copy_command(const ProfileCommand *command, guint k, guint stride)
{
    ProfileCommand *copy = g_memdup2(command, sizeof *command);

    copy->name = g_strdup(command->name);
    copy->unit = g_strdup(command->unit);
    copy->connector = k;
    copy->writes = g_array_copy(command->writes);
    for (guint i = 0; i < copy->writes->len; i++) {
        ProfileWrite *write = &g_array_index(copy->writes, ProfileWrite, i);
        guint count = write->space == PROFILE_SPACE_COIL ? 1 : profile_type_registers(command->type);
        int address = config_command_shift(write->address, count, command->connector, k, stride);

        if (address < 0) {
            profile_command_free(copy);
            return NULL;
        }
        write->address = (guint16)address;
    }
    return copy;
}

void config_command_expand(Keyfile *file, Profile *profile, guint stride)
{
    guint n = profile->commands->len;

    for (guint i = 0; i < n; i++) {
        const ProfileCommand *command = profile->commands->pdata[i];

        for (guint k = 1; command->connector > 0 && k <= profile->connectors; k++) {
            ProfileCommand *copy;

            if (profile_find_command(profile, k, command->name))
                continue;
            copy = copy_command(command, k, stride);
            if (copy)
                g_ptr_array_add(profile->commands, copy);
            else
                keyfile_fault(file->faults, file->path, "profile", "connector-stride",
                              "%u puts %u/%s where there is no register, 0 to 65535 are allowed", stride, k,
                              command->name);
        }
    }
}

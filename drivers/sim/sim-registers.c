/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/sim-registers.h"
#include "drivers/sim/sim-value.h"

#include <math.h>
#include <string.h>

#define STRIDE 1000 /* between two connectors' registers */
#define VIN_ADDRESS 30
#define VIN_REGISTERS 9
#define LIMIT_ADDRESS 101
#define LIMIT_NONE 0xffff
#define LIMIT_MAX 10000 /* 0.1 kW */
#define LIFE_TIMEOUT_ADDRESS 2000
#define LIFE_ADDRESS 6000
#define LIFE_TIMEOUT_MAX_S 3600
#define RESET_COIL 100
#define STROBE_COIL 19
#define NO_ABSENT (-1)

typedef enum { WIDTH_BIT, WIDTH_U16, WIDTH_S16, WIDTH_S32, WIDTH_U32, WIDTH_U64 } Width;

typedef struct {
    guint kinds;
    const char *name;
    gboolean each; /* connector */
    SimSpace space;
    guint16 address;
    int bit; /* of a register; -1: all of it */
    Width width;
    double scale;
    int absent; /* raw value of "none now" */
    SimValue value;
    guint number; /* breaker, button */
} Row;

#define DC(name, address, width, scale, absent, value)                                                       \
    {                                                                                                        \
        SIM_KIND_DC, name, TRUE, SIM_SPACE_HOLDING, address, -1, width, scale, absent, value, 0              \
    }
#define DC_BIT(name, bit, value)                                                                             \
    {                                                                                                        \
        SIM_KIND_DC, name, TRUE, SIM_SPACE_HOLDING, 1, bit, WIDTH_BIT, 1, NO_ABSENT, value, 0                \
    }
#define DC_COIL(name, address, value)                                                                        \
    {                                                                                                        \
        SIM_KIND_DC, name, TRUE, SIM_SPACE_COIL, address, -1, WIDTH_BIT, 1, NO_ABSENT, value, 0              \
    }
#define ONE(kinds, name, space, address, width, scale, value)                                                \
    {                                                                                                        \
        kinds, name, FALSE, space, address, -1, width, scale, NO_ABSENT, value, 0                            \
    }
#define BIT(kinds, name, space, address, bit, value)                                                         \
    {                                                                                                        \
        kinds, name, FALSE, space, address, bit, WIDTH_BIT, 1, NO_ABSENT, value, 0                           \
    }
#define BREAKER(name, address, number)                                                                       \
    {                                                                                                        \
        SIM_KIND_IO, name, FALSE, SIM_SPACE_DISCRETE, address, -1, WIDTH_BIT, 1, NO_ABSENT,                  \
            SIM_VALUE_BREAKER, number                                                                        \
    }
#define BUTTON(kind, name, address, number)                                                                  \
    {                                                                                                        \
        kind, name, FALSE, SIM_SPACE_DISCRETE, address, -1, WIDTH_BIT, 1, NO_ABSENT, SIM_VALUE_BUTTON,       \
            number                                                                                           \
    }

static const Row rows[] = {
    DC("status", 0, WIDTH_U16, 1, NO_ABSENT, SIM_VALUE_STATUS),
    DC_BIT("plugged", 0, SIM_VALUE_PLUGGED),
    DC_BIT("lock", 1, SIM_VALUE_LOCK),
    DC_BIT("parking_space", 2, SIM_VALUE_SPACE),
    DC("voltage", 2, WIDTH_U16, 0.1, NO_ABSENT, SIM_VALUE_VOLTAGE),
    DC("current", 3, WIDTH_U16, 0.1, NO_ABSENT, SIM_VALUE_CURRENT),
    DC("power", 4, WIDTH_U32, 0.1, NO_ABSENT, SIM_VALUE_POWER),
    DC("energy", 6, WIDTH_U32, 0.001, NO_ABSENT, SIM_VALUE_ENERGY),
    DC("session_energy", 8, WIDTH_U32, 0.001, NO_ABSENT, SIM_VALUE_SESSION),
    DC("soc", 10, WIDTH_U16, 0.1, 0xffff, SIM_VALUE_SOC),
    DC("remaining_min", 11, WIDTH_U16, 1, 0xffff, SIM_VALUE_REMAINING),
    DC("gun_temp", 12, WIDTH_S16, 0.1, NO_ABSENT, SIM_VALUE_GUN),
    DC("fault", 13, WIDTH_U16, 1, NO_ABSENT, SIM_VALUE_FAULT),
    DC("rated_power", 14, WIDTH_U16, 0.1, NO_ABSENT, SIM_VALUE_RATED),
    DC("bms_temp_max", 15, WIDTH_S16, 0.1, 0x7fff, SIM_VALUE_BMS_MAX),
    DC("bms_temp_min", 16, WIDTH_S16, 0.1, 0x7fff, SIM_VALUE_BMS_MIN),
    DC("bms_voltage_demand", 17, WIDTH_U16, 0.1, 0xffff, SIM_VALUE_DEMAND_V),
    DC("bms_current_demand", 18, WIDTH_U16, 0.1, 0xffff, SIM_VALUE_DEMAND_A),
    DC("pack_voltage", 19, WIDTH_U16, 0.1, 0xffff, SIM_VALUE_PACK_V),
    DC("pack_current", 20, WIDTH_S16, 0.1, 0x7fff, SIM_VALUE_PACK_A),
    DC("cell_voltage_max", 21, WIDTH_U16, 0.001, 0xffff, SIM_VALUE_CELL_MAX),
    DC("cell_voltage_min", 22, WIDTH_U16, 0.001, 0xffff, SIM_VALUE_CELL_MIN),
    DC("cell_max_index", 23, WIDTH_U16, 1, 0, SIM_VALUE_CELL_INDEX),
    DC("insulation", 24, WIDTH_U16, 1, 0xffff, SIM_VALUE_INSULATION),
    DC("limit", LIMIT_ADDRESS, WIDTH_U16, 0.1, LIMIT_NONE, SIM_VALUE_LIMIT),
    DC_COIL("disabled", 1, SIM_VALUE_DISABLED),
    DC_COIL("session", 2, SIM_VALUE_SESSION_ON),
    DC_COIL("lock", 3, SIM_VALUE_LOCK),
    ONE(SIM_KIND_DC, "fault", SIM_SPACE_HOLDING, 200, WIDTH_U16, 1, SIM_VALUE_ANY_FAULT),
    ONE(SIM_KIND_DC, "cabinet_temp", SIM_SPACE_HOLDING, 201, WIDTH_S16, 0.1, SIM_VALUE_CABINET),
    ONE(SIM_KIND_DC, "life_timeout", SIM_SPACE_HOLDING, LIFE_TIMEOUT_ADDRESS, WIDTH_U16, 1, SIM_VALUE_LIFE),

    ONE(SIM_KIND_SMOKE, "smoke", SIM_SPACE_HOLDING, 2, WIDTH_U16, 1, SIM_VALUE_ALARM),
    ONE(SIM_KIND_SMOKE, "tamper", SIM_SPACE_HOLDING, 3, WIDTH_U16, 1, SIM_VALUE_TAMPER),
    ONE(SIM_KIND_HEAT, "temperature", SIM_SPACE_INPUT, 0, WIDTH_S16, 0.1, SIM_VALUE_TEMPERATURE),
    ONE(SIM_KIND_HEAT, "heat", SIM_SPACE_DISCRETE, 0, WIDTH_BIT, 1, SIM_VALUE_ALARM),
    ONE(SIM_KIND_HEAT, "tamper", SIM_SPACE_DISCRETE, 1, WIDTH_BIT, 1, SIM_VALUE_TAMPER),
    ONE(SIM_KIND_TH, "temperature", SIM_SPACE_INPUT, 1, WIDTH_S16, 0.1, SIM_VALUE_TEMPERATURE),
    ONE(SIM_KIND_TH, "humidity", SIM_SPACE_INPUT, 2, WIDTH_U16, 0.1, SIM_VALUE_HUMIDITY),
    BIT(SIM_KIND_WATER, "water", SIM_SPACE_INPUT, 0, 0, SIM_VALUE_ALARM),
    BIT(SIM_KIND_WATER, "tamper", SIM_SPACE_INPUT, 0, 1, SIM_VALUE_TAMPER),
    { SIM_KIND_WATER, "leak_distance", FALSE, SIM_SPACE_INPUT, 1, -1, WIDTH_U16, 0.1, 0xffff, SIM_VALUE_LEAK,
      0 },
    ONE(SIM_KIND_DOOR, "door", SIM_SPACE_DISCRETE, 0, WIDTH_BIT, 1, SIM_VALUE_ALARM),
    ONE(SIM_KIND_DOOR, "tamper", SIM_SPACE_DISCRETE, 1, WIDTH_BIT, 1, SIM_VALUE_TAMPER),

    ONE(SIM_KIND_METER, "PT", SIM_SPACE_HOLDING, 0, WIDTH_U16, 1, SIM_VALUE_PT),
    ONE(SIM_KIND_METER, "CT", SIM_SPACE_HOLDING, 1, WIDTH_U16, 1, SIM_VALUE_CT),
    ONE(SIM_KIND_METER, "voltage_a", SIM_SPACE_HOLDING, 10, WIDTH_U16, 0.1, SIM_VALUE_MAINS_V),
    ONE(SIM_KIND_METER, "voltage_b", SIM_SPACE_HOLDING, 11, WIDTH_U16, 0.1, SIM_VALUE_MAINS_V),
    ONE(SIM_KIND_METER, "voltage_c", SIM_SPACE_HOLDING, 12, WIDTH_U16, 0.1, SIM_VALUE_MAINS_V),
    ONE(SIM_KIND_METER, "current_a", SIM_SPACE_HOLDING, 13, WIDTH_U16, 0.001 * SIM_METER_CT,
        SIM_VALUE_MAINS_A),
    ONE(SIM_KIND_METER, "current_b", SIM_SPACE_HOLDING, 14, WIDTH_U16, 0.001 * SIM_METER_CT,
        SIM_VALUE_MAINS_A),
    ONE(SIM_KIND_METER, "current_c", SIM_SPACE_HOLDING, 15, WIDTH_U16, 0.001 * SIM_METER_CT,
        SIM_VALUE_MAINS_A),
    ONE(SIM_KIND_METER, "power", SIM_SPACE_HOLDING, 16, WIDTH_S32, 0.001 * SIM_METER_CT, SIM_VALUE_MAINS_KW),
    ONE(SIM_KIND_METER, "power_factor", SIM_SPACE_HOLDING, 18, WIDTH_S16, 0.001, SIM_VALUE_FACTOR),
    ONE(SIM_KIND_METER, "frequency", SIM_SPACE_HOLDING, 19, WIDTH_U16, 0.01, SIM_VALUE_FREQUENCY),
    ONE(SIM_KIND_METER, "energy", SIM_SPACE_HOLDING, 20, WIDTH_U64, 0.001, SIM_VALUE_MAINS_KWH),

    ONE(SIM_KIND_IO | SIM_KIND_IO_ZONE, "siren", SIM_SPACE_COIL, 0, WIDTH_BIT, 1, SIM_VALUE_SIREN),
    ONE(SIM_KIND_IO, "strobe", SIM_SPACE_COIL, STROBE_COIL, WIDTH_BIT, 1, SIM_VALUE_STROBE),
    ONE(SIM_KIND_IO_ZONE, "strobe", SIM_SPACE_COIL, 1, WIDTH_BIT, 1, SIM_VALUE_STROBE),
    BREAKER("breaker-1", 1, 1),
    BREAKER("breaker-2", 2, 2),
    BREAKER("breaker-3", 3, 3),
    BREAKER("breaker-4", 4, 4),
    BREAKER("breaker-5", 5, 5),
    BREAKER("breaker-6", 6, 6),
    BREAKER("breaker-7", 7, 7),
    BREAKER("breaker-8", 8, 8),
    BREAKER("breaker-9", 11, 9),
    BUTTON(SIM_KIND_IO, "button-1", 9, 1),
    BUTTON(SIM_KIND_IO, "button-2", 10, 2),
    BUTTON(SIM_KIND_IO_ZONE, "button-1", 0, 1),
    BUTTON(SIM_KIND_IO_ZONE, "button-2", 1, 2),
};

/* What a device has; a request may span holes within a block and nothing beyond it. */
static const struct {
    guint kinds;
    SimSpace space;
    guint first, last;
    gboolean each;
} blocks[] = {
    { SIM_KIND_DC, SIM_SPACE_HOLDING, 0, VIN_ADDRESS + VIN_REGISTERS, TRUE },
    { SIM_KIND_DC, SIM_SPACE_HOLDING, LIMIT_ADDRESS, LIMIT_ADDRESS, TRUE },
    { SIM_KIND_DC, SIM_SPACE_COIL, 0, 3, TRUE },
    { SIM_KIND_DC, SIM_SPACE_COIL, RESET_COIL, RESET_COIL, FALSE },
    { SIM_KIND_DC, SIM_SPACE_HOLDING, 200, 201, FALSE },
    { SIM_KIND_DC, SIM_SPACE_HOLDING, LIFE_TIMEOUT_ADDRESS, LIFE_TIMEOUT_ADDRESS, FALSE },
    { SIM_KIND_DC, SIM_SPACE_HOLDING, LIFE_ADDRESS, LIFE_ADDRESS, FALSE },
    { SIM_KIND_SMOKE, SIM_SPACE_HOLDING, 0, 3, FALSE },
    { SIM_KIND_HEAT, SIM_SPACE_INPUT, 0, 0, FALSE },
    { SIM_KIND_HEAT | SIM_KIND_DOOR | SIM_KIND_IO_ZONE, SIM_SPACE_DISCRETE, 0, 1, FALSE },
    { SIM_KIND_TH, SIM_SPACE_INPUT, 0, 2, FALSE },
    { SIM_KIND_WATER, SIM_SPACE_INPUT, 0, 1, FALSE },
    { SIM_KIND_METER, SIM_SPACE_HOLDING, 0, 1, FALSE },
    { SIM_KIND_METER, SIM_SPACE_HOLDING, 10, 23, FALSE },
    { SIM_KIND_IO, SIM_SPACE_COIL, 0, STROBE_COIL, FALSE },
    { SIM_KIND_IO, SIM_SPACE_DISCRETE, 0, 11, FALSE },
    { SIM_KIND_IO_ZONE, SIM_SPACE_COIL, 0, 1, FALSE },
};

gboolean sim_registers_covers(const SimDevice *device, SimSpace space, guint address, guint count)
{
    for (guint i = 0; i < G_N_ELEMENTS(blocks); i++) {
        guint n = blocks[i].each ? device->charger ? device->charger->n_connectors : 0 : 1;
        if (!(blocks[i].kinds & device->kind) || blocks[i].space != space)
            continue;
        for (guint k = 0; k < n; k++)
            if (address >= blocks[i].first + k * STRIDE && address + count - 1 <= blocks[i].last + k * STRIDE)
                return TRUE;
    }
    return FALSE;
}

static void make_path(const Row *row, guint index, char *path, gsize size)
{
    if (row->each)
        g_snprintf(path, size, "%u/%s", index + 1, row->name);
    else
        g_strlcpy(path, row->name, size);
}

/* What the registers say: an override, what it was when they froze, the charger's own tale, the truth. */
static gboolean find_said(const SimDevice *device, const Row *row, guint index, double *ret_value)
{
    char path[64];
    const double *other;

    if (g_hash_table_size(device->overrides) > 0 || device->frozen) {
        make_path(row, index, path, sizeof path);
        other = g_hash_table_lookup(device->overrides, path);
        if (other) {
            *ret_value = *other;
            return TRUE;
        }
        if (device->frozen) {
            other = g_hash_table_lookup(device->frozen, path);
            if (other)
                *ret_value = *other;
            return other != NULL;
        }
    }
    if (row->value == SIM_VALUE_STATUS) {
        *ret_value = sim_charger_get_said_status(device->charger, index);
        return TRUE;
    }
    return sim_value_find(device, row->value, index, row->number, ret_value);
}

static guint width_registers(Width width)
{
    return width == WIDTH_U64 ? 4 : width == WIDTH_U32 || width == WIDTH_S32 ? 2 : 1;
}

static guint64 encode(const Row *row, double value)
{
    static const double low[] = { 0.0, 0.0, -32768.0, -2147483648.0, 0.0, 0.0 };
    static const double high[] = { 1.0, 65535.0, 32767.0, 2147483647.0, 4294967295.0, 9007199254740992.0 };
    double raw = row->width == WIDTH_BIT ? (value != 0.0) : round(value / row->scale);
    return (guint64)(gint64)CLAMP(raw, low[row->width], high[row->width]);
}

/* Puts what ROW says into OUT, which begins at ADDRESS; a part of it may lie outside. */
static void put(const SimDevice *device, const Row *row, guint index, guint address, guint count,
                guint16 *out)
{
    guint first = row->address + (row->each ? index * STRIDE : 0), n = width_registers(row->width);
    double value = 0.0;
    guint64 raw;

    if (first + n <= address || first >= address + count)
        return;
    if (find_said(device, row, index, &value))
        raw = encode(row, value);
    else
        raw = row->absent == NO_ABSENT ? 0 : (guint64)row->absent;
    for (guint i = 0; i < n; i++) {
        guint place = first + i;
        guint16 word = (guint16)(raw >> (16 * (n - 1 - i))); /* most significant register first */
        if (place < address || place >= address + count)
            continue;
        if (row->bit >= 0)
            out[place - address] |= (guint16)(word << row->bit);
        else
            out[place - address] = word;
    }
}

static void put_vin(const SimConnector *connector, guint base, guint address, guint count, guint16 *out)
{
    for (guint i = 0; i < VIN_REGISTERS; i++) {
        guint place = base + VIN_ADDRESS + i;
        guint8 high = (guint8)connector->vin[2 * i], low = (guint8)connector->vin[2 * i + 1];
        if (place >= address && place < address + count)
            out[place - address] = (guint16)(high << 8 | (high ? low : 0));
    }
}

void sim_registers_read(const SimDevice *device, SimSpace space, guint address, guint count, guint16 *out)
{
    guint n = device->charger ? device->charger->n_connectors : 1;

    memset(out, 0, count * sizeof *out);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (!(rows[i].kinds & device->kind) || rows[i].space != space)
            continue;
        for (guint k = 0; k < (rows[i].each ? n : 1); k++)
            put(device, &rows[i], k, address, count, out);
    }
    for (guint k = 0; device->charger && space == SIM_SPACE_HOLDING && k < n; k++)
        put_vin(&device->charger->connectors[k], k * STRIDE, address, count, out);
}

static SimWriteVerdict command(SimCharger *charger, guint index, SimCommand verb, double value,
                               gboolean apply)
{
    if (charger->connectors[index].n_pending == SIM_PENDING)
        return SIM_WRITE_BUSY;
    if (apply)
        sim_charger_command(charger, index, verb, value);
    return SIM_WRITE_OK;
}

static SimWriteVerdict write_charger_coil(SimCharger *charger, guint address, gboolean on, gboolean apply)
{
    guint index = address / STRIDE;
    if (address == RESET_COIL) {
        if (on && apply)
            sim_charger_reset(charger);
        return SIM_WRITE_OK;
    }
    switch (address % STRIDE) {
    case 0:
        return on ? command(charger, index, SIM_COMMAND_STOP, 0.0, apply) : SIM_WRITE_OK;
    case 1:
        return command(charger, index, on ? SIM_COMMAND_DISABLE : SIM_COMMAND_ENABLE, 0.0, apply);
    case 2:
        return on ? command(charger, index, SIM_COMMAND_START, 0.0, apply) : SIM_WRITE_OK;
    default:
        return command(charger, index, on ? SIM_COMMAND_LOCK : SIM_COMMAND_UNLOCK, 0.0, apply);
    }
}

static SimWriteVerdict write_charger_register(SimCharger *charger, guint address, guint16 value,
                                              gboolean apply)
{
    if (address == LIFE_ADDRESS) {
        if (value != 0 && apply)
            sim_charger_hear(charger);
        return SIM_WRITE_OK;
    }
    if (address == LIFE_TIMEOUT_ADDRESS) {
        if (value > LIFE_TIMEOUT_MAX_S)
            return SIM_WRITE_BAD_VALUE;
        if (apply)
            charger->life_s = value;
        return SIM_WRITE_OK;
    }
    if (address % STRIDE != LIMIT_ADDRESS)
        return SIM_WRITE_BAD_ADDRESS;
    if (value > LIMIT_MAX && value != LIMIT_NONE)
        return SIM_WRITE_BAD_VALUE;
    return command(charger, address / STRIDE, SIM_COMMAND_LIMIT,
                   value == LIMIT_NONE ? SIM_NO_LIMIT : value * 0.1, apply);
}

static void write_io_coil(SimIo *io, guint address, gboolean on)
{
    if (address == 0)
        sim_io_set_siren(io, on);
    else if (address == (io->has_breakers ? STROBE_COIL : 1))
        sim_io_set_strobe(io, on);
    else if (address % 2 == 1)
        sim_io_set_trip(io, (address + 1) / 2, on);
    else
        sim_io_set_close(io, address / 2, on);
}

SimWriteVerdict sim_registers_write(SimDevice *device, SimSpace space, guint address, guint16 value,
                                    gboolean apply)
{
    if (!sim_registers_covers(device, space, address, 1))
        return SIM_WRITE_BAD_ADDRESS;
    if (device->charger && space == SIM_SPACE_COIL)
        return write_charger_coil(device->charger, address, value != 0, apply);
    if (device->charger && space == SIM_SPACE_HOLDING)
        return write_charger_register(device->charger, address, value, apply);
    if (!(device->kind & (SIM_KIND_IO | SIM_KIND_IO_ZONE)) || space != SIM_SPACE_COIL)
        return SIM_WRITE_BAD_ADDRESS;
    if (apply)
        write_io_coil(&device->io, address, value != 0);
    return SIM_WRITE_OK;
}

static const Row *find_row(const SimDevice *device, const char *path, guint *ret_index)
{
    guint n = device->charger ? device->charger->n_connectors : 1;
    char known[64];
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (!(rows[i].kinds & device->kind))
            continue;
        for (guint k = 0; k < (rows[i].each ? n : 1); k++) {
            make_path(&rows[i], k, known, sizeof known);
            if (!g_str_equal(known, path))
                continue;
            *ret_index = k;
            return &rows[i];
        }
    }
    return NULL;
}

gboolean sim_registers_has(const SimDevice *device, const char *path)
{
    guint index;
    return find_row(device, path, &index) != NULL;
}

gboolean sim_registers_find_truth(const SimDevice *device, const char *path, double *ret_value)
{
    guint index = 0;
    double value = 0.0;
    const Row *row = find_row(device, path, &index);

    if (!row)
        return FALSE;
    if (row->value == SIM_VALUE_BREAKER) {
        *ret_value = sim_io_conducts(&device->io, row->number);
        return TRUE;
    }
    if (!sim_value_find(device, row->value, index, row->number, &value))
        return FALSE;
    *ret_value = value;
    return TRUE;
}

void sim_registers_thaw(SimDevice *device)
{
    g_clear_pointer(&device->frozen, g_hash_table_unref);
}

void sim_registers_freeze(SimDevice *device)
{
    GHashTable *frozen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    guint n = device->charger ? device->charger->n_connectors : 1;

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (guint k = 0; k < (rows[i].each ? n : 1); k++) {
            char path[64];
            double value = 0.0;
            if (!(rows[i].kinds & device->kind) || !find_said(device, &rows[i], k, &value))
                continue;
            make_path(&rows[i], k, path, sizeof path);
            g_hash_table_replace(frozen, g_strdup(path), g_memdup2(&value, sizeof value));
        }
    }
    sim_registers_thaw(device);
    device->frozen = frozen;
}

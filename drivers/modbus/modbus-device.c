/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/modbus/modbus-device.h"

#include <gio/gio.h>
#include <math.h>

static const ProfilePoint *get_point(const ModbusDevice *device, guint index)
{
    return device->profile->points->pdata[index];
}

/* The point of that name on the same connector, else one of the device's own. */
static guint find_factor(const Profile *profile, guint connector, const char *name)
{
    guint own = POINT_NONE;

    for (guint i = 0; i < profile->points->len; i++) {
        const ProfilePoint *point = profile->points->pdata[i];

        if (!g_str_equal(point->name, name))
            continue;
        if (point->connector == connector)
            return i;
        if (point->connector == 0)
            own = i;
    }
    return own;
}

static gboolean find_factors(ModbusDevice *device, GError **error)
{
    for (guint i = 0; i < device->profile->points->len; i++) {
        const ProfilePoint *point = get_point(device, i);

        for (guint j = 0; point->scale_by && point->scale_by[j]; j++) {
            guint factor = find_factor(device->profile, point->connector, point->scale_by[j]);

            if (factor == POINT_NONE || factor == i) {
                g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                            "%s: point %s: no point %s to scale by", device->site->name, point->name,
                            point->scale_by[j]);
                return FALSE;
            }
            if (!device->factors[i])
                device->factors[i] = g_array_new(FALSE, FALSE, sizeof(guint));
            g_array_append_val(device->factors[i], factor);
        }
    }
    return TRUE;
}

gboolean modbus_device_compile(const ModbusDevice *device, const ProfileCommand *command,
                               const double *argument, GArray *ret_writes,
                               char reason[MODBUS_CODEC_REASON_SIZE])
{
    for (guint i = 0; i < command->writes->len; i++) {
        ModbusWrite write;

        if (!modbus_write_compile(command, i, device->site->unit_id, argument, &write, reason))
            return FALSE;
        g_array_append_val(ret_writes, write);
    }
    return TRUE;
}

static gboolean compile_fixed(ModbusDevice *device, GError **error)
{
    char reason[MODBUS_CODEC_REASON_SIZE];
    g_autoptr(GArray) writes = g_array_new(FALSE, FALSE, sizeof(ModbusWrite));
    gboolean fits = TRUE;

    for (guint i = 0; fits && i < device->profile->setup->len; i++)
        fits = modbus_device_compile(device, device->profile->setup->pdata[i], NULL, device->setup, reason);
    for (guint i = 0; fits && i < device->profile->keepalive->len; i++) {
        const ProfileCommand *command = device->profile->keepalive->pdata[i];

        g_array_set_size(writes, 0);
        fits = modbus_device_compile(device, command, NULL, writes, reason);
        for (guint j = 0; fits && j < writes->len; j++) {
            ModbusKeepalive keepalive = { .write = g_array_index(writes, ModbusWrite, j),
                                          .period_ms = command->period_ms };

            g_array_append_val(device->keepalive, keepalive);
        }
    }
    if (!fits)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s: setup or keepalive: %s",
                    device->site->name, reason);
    return fits;
}

static gboolean make_plan(ModbusDevice *device, GError **error)
{
    const ProfilePoint *too_wide = NULL;

    device->plan =
        modbus_plan_new(device->profile, device->site->unit_id, device->site->period_ms, &too_wide);
    if (!device->plan)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    "%s: point %s takes %u values at %u, which no request can bring", device->site->name,
                    too_wide->name, too_wide->count, too_wide->address);
    return device->plan != NULL;
}

ModbusDevice *modbus_device_new(const Model *model, guint index, GError **error)
{
    ModbusDevice *device = g_new0(ModbusDevice, 1);
    const SiteDevice *site = model->devices[index].site;
    guint n = site->profile->points->len;

    device->model = index;
    device->first_point = model->devices[index].first_point;
    device->site = site;
    device->profile = site->profile;
    device->allowed = modbus_write_list_new(site->profile, site->unit_id);
    device->setup = g_array_new(FALSE, FALSE, sizeof(ModbusWrite));
    device->keepalive = g_array_new(FALSE, FALSE, sizeof(ModbusKeepalive));
    device->urged = g_new0(guint, n);
    device->last_quality = g_new0(PointQuality, n);
    device->last_number = g_new0(double, n);
    device->factors = g_new0(GArray *, n);
    if (make_plan(device, error) && find_factors(device, error) && compile_fixed(device, error))
        return device;
    modbus_device_free(device);
    return NULL;
}

void modbus_device_free(ModbusDevice *device)
{
    for (guint i = 0; i < device->profile->points->len; i++)
        g_clear_pointer(&device->factors[i], g_array_unref);
    g_clear_pointer(&device->plan, modbus_plan_free);
    modbus_write_list_free(device->allowed);
    g_array_unref(device->setup);
    g_array_unref(device->keepalive);
    g_free(device->urged);
    g_free(device->last_quality);
    g_free(device->last_number);
    g_free(device->factors);
    g_free(device);
}

/* UNKNOWN: a factor has not been read; else BAD where one is bad, else ABSENT where one is absent. */
static PointQuality multiply(const ModbusDevice *device, guint index, PointValue *value)
{
    const GArray *factors = device->factors[index];
    PointQuality quality = POINT_QUALITY_GOOD;

    for (guint i = 0; i < factors->len; i++) {
        guint factor = g_array_index(factors, guint, i);

        if (device->last_quality[factor] == POINT_QUALITY_UNKNOWN)
            return POINT_QUALITY_UNKNOWN;
        if (device->last_quality[factor] == POINT_QUALITY_BAD)
            quality = POINT_QUALITY_BAD;
        else if (device->last_quality[factor] == POINT_QUALITY_ABSENT && quality == POINT_QUALITY_GOOD)
            quality = POINT_QUALITY_ABSENT;
        value->number *= device->last_number[factor];
    }
    return quality == POINT_QUALITY_GOOD && !isfinite(value->number) ? POINT_QUALITY_BAD : quality;
}

static void give(ModbusDevice *device, guint index, PointQuality quality, const PointValue *value,
                 GArray *readings)
{
    DriverReading reading = { .point = device->first_point + index, .quality = quality };

    if (quality == POINT_QUALITY_UNKNOWN)
        return;
    if (quality == POINT_QUALITY_GOOD)
        reading.value = *value;
    device->last_quality[index] = quality;
    device->last_number[index] = reading.value.number;
    g_array_append_val(readings, reading);
}

static void decode_points(ModbusDevice *device, const ModbusRead *read, const guint16 *values,
                          gboolean products, GArray *readings)
{
    for (guint i = 0; i < read->points->len; i++) {
        guint index = g_array_index(read->points, guint, i);
        const ProfilePoint *point = get_point(device, index);
        PointValue value = { 0 };

        if ((device->factors[index] != NULL) != products)
            continue;
        PointQuality quality = modbus_codec_decode(point, values + (point->address - read->address), &value);

        if (products && quality == POINT_QUALITY_GOOD)
            quality = multiply(device, index, &value);
        give(device, index, quality, &value, readings);
    }
}

/* The factors first: they may have come with the same read. */
void modbus_device_decode(ModbusDevice *device, const ModbusRead *read, const guint16 *values,
                          GArray *readings)
{
    decode_points(device, read, values, FALSE, readings);
    decode_points(device, read, values, TRUE, readings);
}

void modbus_device_refuse(ModbusDevice *device, const ModbusRead *read, GArray *readings)
{
    for (guint i = 0; i < read->points->len; i++)
        give(device, g_array_index(read->points, guint, i), POINT_QUALITY_BAD, NULL, readings);
}

guint modbus_device_find_read(const ModbusDevice *device, guint point)
{
    for (guint i = 0; i < device->plan->reads->len; i++) {
        const ModbusRead *read = device->plan->reads->pdata[i];

        for (guint j = 0; j < read->points->len; j++) {
            if (g_array_index(read->points, guint, j) == point)
                return i;
        }
    }
    return G_MAXUINT;
}

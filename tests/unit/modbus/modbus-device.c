/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/modbus/modbus-device.h"

static SiteDevice *device_of(Profile *profile)
{
    SiteDevice *device = g_new0(SiteDevice, 1);

    device->name = g_strdup("d");
    device->place = g_strdup("");
    device->profile = profile;
    device->bus = g_strdup("b");
    device->listener = g_strdup("");
    device->number = g_strdup("");
    device->zone = g_strdup("");
    device->feeder = g_strdup("");
    device->feeder_meter = g_strdup("");
    device->cameras = g_new0(char *, 1);
    device->unit_id = 1;
    device->period_ms = 1000;
    return device;
}

static ProfilePoint *add_point(Profile *profile, const char *name, guint address, const char *factor)
{
    ProfilePoint *point = profile_point_new();

    g_free(point->name);
    point->name = g_strdup(name);
    point->address = (guint16)address;
    if (factor) {
        g_strfreev(point->scale_by);
        point->scale_by = g_strsplit(factor, ";", -1);
    }
    g_ptr_array_add(profile->points, point);
    return point;
}

typedef struct {
    Site *site;
    Model *model;
    ModbusDevice *device;
    GArray *readings;
} Fixture;

static void open_device(Fixture *fixture, Profile *profile, GError **error)
{
    fixture->site = site_new();
    g_ptr_array_add(fixture->site->profiles, profile);
    g_ptr_array_add(fixture->site->devices, device_of(profile));
    fixture->model = model_new(fixture->site);
    fixture->device = modbus_device_new(fixture->model, 0, error);
    fixture->readings = g_array_new(FALSE, FALSE, sizeof(DriverReading));
}

static void close_device(Fixture *fixture)
{
    g_clear_pointer(&fixture->device, modbus_device_free);
    model_free(fixture->model);
    site_unref(fixture->site);
    g_array_unref(fixture->readings);
}

static const DriverReading *read_of(Fixture *fixture, guint read, const guint16 *values, guint point)
{
    g_array_set_size(fixture->readings, 0);
    modbus_device_decode(fixture->device, fixture->device->plan->reads->pdata[read], values,
                         fixture->readings);
    for (guint i = 0; i < fixture->readings->len; i++) {
        const DriverReading *reading = &g_array_index(fixture->readings, DriverReading, i);

        if (reading->point == fixture->device->first_point + point)
            return reading;
    }
    return NULL;
}

/* A product is given only once its factors have been read; they may come with the same read, behind it. */
static void test_scale_by(void)
{
    Profile *profile = profile_new("p");
    Fixture fixture;

    add_point(profile, "voltage", 0, "PT;CT");
    add_point(profile, "CT", 1, NULL);
    ProfilePoint *pt = add_point(profile, "PT", 100, NULL);

    pt->scale = 0.1;
    open_device(&fixture, profile, NULL);
    g_assert_null(read_of(&fixture, 0, (const guint16[]){ 7, 3 }, 0));
    g_assert_cmpuint(fixture.readings->len, ==, 1); /* CT alone */
    read_of(&fixture, 1, (const guint16[]){ 20 }, 2);
    const DriverReading *reading = read_of(&fixture, 0, (const guint16[]){ 7, 3 }, 0);

    g_assert_nonnull(reading);
    g_assert_cmpfloat_with_epsilon(reading->value.number, 42, 1e-9);
    g_array_set_size(fixture.readings, 0);
    modbus_device_refuse(fixture.device, fixture.device->plan->reads->pdata[1], fixture.readings);
    g_assert_cmpint(read_of(&fixture, 0, (const guint16[]){ 7, 3 }, 0)->quality, ==, POINT_QUALITY_BAD);
    close_device(&fixture);
}

/* A factor that the device has no value of now leaves the product without one; one that is bad makes it bad.
 */
static void test_scale_by_absent(void)
{
    Profile *profile = profile_new("p");
    Fixture fixture;
    gint64 nothing = 0xffff;

    add_point(profile, "power", 0, "PT;CT");
    ProfilePoint *pt = add_point(profile, "PT", 1, NULL), *ct = add_point(profile, "CT", 2, NULL);

    g_array_append_val(pt->absent, nothing);
    ct->map = g_array_set_size(ct->map, 1); /* number 0 only */
    g_array_index(ct->map, ProfileMapEntry, 0).word = g_strdup("none");
    open_device(&fixture, profile, NULL);
    g_assert_cmpint(read_of(&fixture, 0, (const guint16[]){ 7, 3, 0 }, 0)->quality, ==, POINT_QUALITY_GOOD);
    g_assert_cmpint(read_of(&fixture, 0, (const guint16[]){ 7, 0xffff, 0 }, 0)->quality, ==,
                    POINT_QUALITY_ABSENT);
    g_assert_cmpint(read_of(&fixture, 0, (const guint16[]){ 7, 0xffff, 1 }, 0)->quality, ==,
                    POINT_QUALITY_BAD);
    g_assert_cmpint(read_of(&fixture, 0, (const guint16[]){ 7, 3, 1 }, 0)->quality, ==, POINT_QUALITY_BAD);
    g_assert_cmpint(read_of(&fixture, 0, (const guint16[]){ 7, 3, 0 }, 0)->quality, ==, POINT_QUALITY_GOOD);
    close_device(&fixture);
}

static void test_refuse(void)
{
    Profile *profile = profile_new("p");
    Fixture fixture;

    add_point(profile, "a", 0, NULL);
    add_point(profile, "b", 1, NULL);
    open_device(&fixture, profile, NULL);
    modbus_device_refuse(fixture.device, fixture.device->plan->reads->pdata[0], fixture.readings);
    g_assert_cmpuint(fixture.readings->len, ==, 2);
    for (guint i = 0; i < 2; i++)
        g_assert_cmpint(g_array_index(fixture.readings, DriverReading, i).quality, ==, POINT_QUALITY_BAD);
    close_device(&fixture);
}

static void test_faults(void)
{
    Profile *unknown_factor = profile_new("p"), *too_wide = profile_new("q"), *no_value = profile_new("r");
    Profile *profiles[] = { unknown_factor, too_wide, no_value };
    const char *const messages[] = { "d: point voltage: no point PT to scale by",
                                     "d: point text takes 126 values at 0, which no request can bring",
                                     "d: setup or keepalive: a value is needed" };
    ProfileCommand *setup = profile_command_new();
    ProfileWrite write = { .space = PROFILE_SPACE_HOLDING, .address = 1 };

    add_point(unknown_factor, "voltage", 0, "PT");
    add_point(too_wide, "text", 0, NULL)->count = 126;
    g_array_append_val(setup->writes, write);
    g_ptr_array_add(no_value->setup, setup);
    for (guint i = 0; i < G_N_ELEMENTS(profiles); i++) {
        g_autoptr(GError) error = NULL;
        Fixture fixture;

        open_device(&fixture, profiles[i], &error);
        g_assert_null(fixture.device);
        g_assert_cmpstr(error->message, ==, messages[i]);
        close_device(&fixture);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/modbus-device/scale-by", test_scale_by);
    g_test_add_func("/modbus-device/scale-by-absent", test_scale_by_absent);
    g_test_add_func("/modbus-device/refuse", test_refuse);
    g_test_add_func("/modbus-device/faults", test_faults);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/template.h"

#include <string.h>

/* The MUSTs that a driver without a thread can show, and the registry. */
typedef struct {
    GString *order;
    gboolean within; /* a call of the driver is under way */
    double number;
    DriverCommandResult result;
} Heard;

static void on_readings(const DriverReadings *readings, gpointer user_data)
{
    Heard *heard = user_data;

    g_assert_false(heard->within);
    g_assert_cmpint(readings->asked_at_us, <=, readings->read_at.boot_us);
    heard->number = readings->readings[0].value.number;
    g_string_append_c(heard->order, 'r');
}

static void on_link(const DriverLink *link, gpointer user_data)
{
    Heard *heard = user_data;

    g_assert_false(heard->within);
    g_assert_cmpint(link->state, ==, DRIVER_LINK_ONLINE);
    g_string_append_c(heard->order, 'l');
}

static void on_command_done(const DriverCommandResult *result, gpointer user_data)
{
    Heard *heard = user_data;

    g_assert_false(heard->within);
    heard->result = *result;
    g_string_append_c(heard->order, 'c');
}

static Site *site_with_one_device(void)
{
    Site *site = site_new();
    Profile *profile = profile_new("p");
    SiteDevice *device = g_new0(SiteDevice, 1);
    ProfilePoint *point = profile_point_new();

    g_free(point->name);
    point->name = g_strdup("voltage");
    g_ptr_array_add(profile->points, point);
    g_ptr_array_add(site->profiles, profile);
    device->name = g_strdup("d");
    device->place = g_strdup("");
    device->profile = profile;
    device->bus = g_strdup("");
    device->listener = g_strdup("");
    device->number = g_strdup("");
    device->zone = g_strdup("");
    device->feeder = g_strdup("");
    device->feeder_meter = g_strdup("");
    device->cameras = g_new0(char *, 1);
    g_ptr_array_add(site->devices, device);
    return site;
}

static void test_musts(void)
{
    Heard heard = { .order = g_string_new(NULL) };
    DriverSink sink = {
        .readings = on_readings, .link = on_link, .command_done = on_command_done, .user_data = &heard
    };
    Site *site = site_with_one_device();
    g_autoptr(Model) model = model_new(site);
    guint devices[] = { 0 };
    DriverSetup setup = { .model = model, .devices = devices, .n_devices = 1 };
    DriverInstance *instance = template_driver.open(&setup, &sink, NULL);
    DriverCommand command = { .id = 9, .verb = "stop", .deadline_us = CLOCK_NEVER };
    DriverDeviceStats stats;

    heard.within = TRUE;
    template_driver.start(instance);
    template_driver.command(instance, &command);
    heard.within = FALSE;
    while (g_main_context_iteration(NULL, FALSE))
        ;
    g_assert_cmpstr(heard.order->str, ==, "lrc");
    g_assert_cmpfloat_with_epsilon(heard.number, 230, 1e-9);
    g_assert_cmpuint(heard.result.id, ==, 9);
    g_assert_cmpint(heard.result.result, ==, DRIVER_RESULT_UNKNOWN);
    g_assert_true(template_driver.get_device_stats(instance, 0, &stats) && stats.online);
    g_assert_false(template_driver.get_device_stats(instance, 1, &stats));
    template_driver.start(instance);
    template_driver.close(instance);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    g_assert_cmpstr(heard.order->str, ==, "lrc"); /* nothing comes after close() */
    g_string_free(heard.order, TRUE);
    site_unref(site);
}

static void test_registry(void)
{
    g_assert_nonnull(driver_find("modbus"));
    g_assert_cmpstr(driver_find("modbus")->name, ==, "modbus");
    g_assert_null(driver_find("template"));
    for (guint i = 0; driver_registry[i]; i++) {
        const Driver *driver = driver_registry[i];

        g_assert_true(driver->open && driver->start && driver->command && driver->urge &&
                      driver->answer_session && driver->confirm_record && driver->get_device_stats &&
                      driver->get_bus_stats && driver->close);
        g_assert_true(driver_find(driver->name) == driver);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/template/musts", test_musts);
    g_test_add_func("/template/registry", test_registry);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/modbus/modbus-roster.h"

/* A roster with device 0 on units 1 and 2, device 1 on unit 3; what is told is written down, a word each. */
typedef struct {
    Site *site;
    Model *model;
    DriverOutlet *outlet;
    ModbusRoster *roster;
    GString *told;
    gint64 now_us;
} Fixture;

static void on_link(const DriverLink *link, gpointer user_data)
{
    static const char *const states[] = { "online", "suspect", "offline" };

    g_string_append_printf(user_data, "%u:%s", link->device, states[link->state]);
    if (link->is_silent)
        g_string_append_printf(user_data, "!%u", link->unit);
    g_string_append_c(user_data, ' ');
}

static void ignore_readings(const DriverReadings *readings G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
}

static void ignore_result(const DriverCommandResult *result G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
}

static void add_device(Site *site, const char *name, guint unit, guint other_unit)
{
    Profile *profile = profile_new(name);
    SiteDevice *device = g_new0(SiteDevice, 1);

    for (guint i = 0; i < (other_unit ? 2u : 1u); i++) {
        ProfilePoint *point = profile_point_new();

        g_free(point->name);
        point->name = g_strdup(i ? "b" : "a");
        point->unit_id = i ? other_unit : PROFILE_DEFAULT;
        g_ptr_array_add(profile->points, point);
    }
    g_ptr_array_add(site->profiles, profile);
    device->name = g_strdup(name);
    device->profile = profile;
    device->place = g_strdup("");
    device->bus = g_strdup("b");
    device->listener = g_strdup("");
    device->number = g_strdup("");
    device->zone = g_strdup("");
    device->feeder = g_strdup("");
    device->feeder_meter = g_strdup("");
    device->cameras = g_new0(char *, 1);
    device->unit_id = unit;
    device->period_ms = 1000;
    g_ptr_array_add(site->devices, device);
}

static void set_up(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    DriverSink sink = { .readings = ignore_readings, .link = on_link, .command_done = ignore_result };

    fixture->told = g_string_new(NULL);
    sink.user_data = fixture->told;
    fixture->now_us = 1000 * (gint64)G_USEC_PER_SEC;
    fixture->site = site_new();
    add_device(fixture->site, "d", 1, 2);
    add_device(fixture->site, "e", 3, 0);
    fixture->model = model_new(fixture->site);
    fixture->outlet = driver_outlet_new(&sink);
    fixture->roster = modbus_roster_new(500000, fixture->outlet);
    for (guint i = 0; i < 2; i++) {
        guint member = modbus_roster_add(fixture->roster, modbus_device_new(fixture->model, i, NULL));
        ModbusMember *added = modbus_roster_get_member(fixture->roster, member);

        for (guint j = 0; j < added->device->plan->reads->len; j++) {
            const ModbusRead *read = added->device->plan->reads->pdata[j];
            guint item =
                modbus_schedule_add(fixture->roster->schedule,
                                    modbus_roster_find_peer(fixture->roster, (guint8)read->unit), 1000000);

            g_array_append_val(added->items, item);
        }
    }
    modbus_schedule_begin(fixture->roster->schedule, fixture->now_us);
}

static void tear_down(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    modbus_roster_free(fixture->roster);
    driver_outlet_close(fixture->outlet);
    driver_outlet_close(fixture->outlet);
    driver_outlet_unref(fixture->outlet);
    model_free(fixture->model);
    site_unref(fixture->site);
    g_string_free(fixture->told, TRUE);
}

static Moment tick(Fixture *fixture)
{
    return (Moment){ .boot_us = fixture->now_us += G_USEC_PER_SEC };
}

static void hear(Fixture *fixture, guint8 unit)
{
    Moment at = tick(fixture);

    modbus_roster_note_heard(fixture->roster, modbus_roster_find_peer(fixture->roster, unit), at.boot_us - 1,
                             at, "");
}

static void miss(Fixture *fixture, guint8 unit)
{
    Moment at = tick(fixture);

    modbus_roster_note_silent(fixture->roster, modbus_roster_find_peer(fixture->roster, unit), at.boot_us - 1,
                              at, "silent");
}

static void check_told(Fixture *fixture, const char *wanted)
{
    while (g_main_context_iteration(NULL, FALSE))
        ;
    g_assert_cmpstr(fixture->told->str, ==, wanted);
    g_string_truncate(fixture->told, 0);
}

static void test_states(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    check_told(fixture, "");
    hear(fixture, 3);
    hear(fixture, 3);
    check_told(fixture, "1:online ");
    miss(fixture, 3);
    check_told(fixture, "1:suspect ");
    miss(fixture, 3);
    miss(fixture, 3);
    check_told(fixture, "1:offline!3 ");
    g_assert_true(modbus_roster_is_dead(fixture->roster, 1));
    g_assert_false(modbus_roster_is_dead(fixture->roster, 0));
    hear(fixture, 3);
    check_told(fixture, "1:online ");
}

/* A device is what its own unit is: of a side unit only the silence is told, which is its points'. */
static void test_two_units(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    hear(fixture, 1);
    hear(fixture, 2);
    check_told(fixture, "0:online ");
    miss(fixture, 2);
    hear(fixture, 1);
    miss(fixture, 2);
    hear(fixture, 1);
    check_told(fixture, "0:online!2 ");
    g_assert_false(modbus_roster_is_dead(fixture->roster, 0));
    miss(fixture, 2);
    check_told(fixture, "");
    hear(fixture, 2);
    check_told(fixture, "0:online ");
    miss(fixture, 1);
    hear(fixture, 2);
    miss(fixture, 1);
    check_told(fixture, "0:suspect 0:offline!1 ");
    g_assert_true(modbus_roster_is_dead(fixture->roster, 0));
    hear(fixture, 2);
    check_told(fixture, "");
    hear(fixture, 1);
    check_told(fixture, "0:online ");
}

/* While somebody waits for a proof every silence is told, the first one too; nobody else's is. */
static void test_urged(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    guint point = fixture->model->devices[1].first_point;

    hear(fixture, 3);
    modbus_roster_urge(fixture->roster, point, 2);
    modbus_roster_urge(fixture->roster, point, -1);
    modbus_roster_urge(fixture->roster, fixture->model->devices[1].online, 1); /* nobody here reads it */
    miss(fixture, 3);
    miss(fixture, 3);
    miss(fixture, 3);
    miss(fixture, 1);
    miss(fixture, 1);
    miss(fixture, 1);
    check_told(fixture, "1:online 1:offline!3 1:offline!3 1:offline!3 0:suspect 0:offline!1 ");
    modbus_roster_urge(fixture->roster, point, -1);
    miss(fixture, 3);
    check_told(fixture, "");
}

static void test_line_down(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    hear(fixture, 3);
    for (guint i = 0; i < 3; i++) {
        Moment at = tick(fixture);

        modbus_roster_note_line_down(fixture->roster, at.boot_us - 1, at, "connect: refused");
    }
    check_told(fixture, "1:online 0:suspect 1:suspect 0:offline!1 0:offline!2 1:offline!3 ");
    modbus_schedule_line_up(fixture->roster->schedule);
    g_assert_false(modbus_roster_is_dead(fixture->roster, 1));
    check_told(fixture, ""); /* a connection is no answer yet */
    hear(fixture, 3);
    check_told(fixture, "1:online ");
}

/* What could not be told for a stalled main loop is told at the next chance. */
static void test_full(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    DriverReadings nothing = { 0 };

    while (driver_outlet_post_readings(fixture->outlet, &nothing))
        ;
    hear(fixture, 3);
    check_told(fixture, "");
    hear(fixture, 3);
    check_told(fixture, "1:online ");
}

int main(int argc, char **argv)
{
#define ADD(name, test) g_test_add("/modbus-roster/" name, Fixture, NULL, set_up, test, tear_down)
    g_test_init(&argc, &argv, NULL);
    ADD("states", test_states);
    ADD("two-units", test_two_units);
    ADD("urged", test_urged);
    ADD("line-down", test_line_down);
    ADD("full", test_full);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/sim-act.h"

#include "tests/unit/sim/sim-fixture.h"

static void act(SimSite *site, const char *line)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SimAction) action = sim_scenario_parse_line(line, "", &error);
    g_assert_no_error(error);
    g_assert_true(sim_act_do(site, action, &error));
    g_assert_no_error(error);
}

static void assert_refused(const SimSite *site, const char *line)
{
    g_autoptr(SimAction) action = sim_scenario_parse_line(line, "", NULL);
    g_assert_nonnull(action);
    g_assert_false(sim_act_check(site, action, NULL));
}

static SimConnector *connector_of(SimSite *site, const char *device, guint index)
{
    return &sim_site_find(site, device)->charger->connectors[index];
}

/* What is said of a charger holds for all its connectors, what is said of one for that one. */
static void test_scope(void)
{
    g_autoptr(SimSite) site = sim_fixture_new();
    act(site, "dc-02 ignores stop");
    act(site, "dc-02/2 ignores disable");
    g_assert_cmpuint(connector_of(site, "dc-02", 0)->ignores, ==, 1u << SIM_COMMAND_STOP);
    g_assert_cmpuint(connector_of(site, "dc-02", 1)->ignores, ==,
                     1u << SIM_COMMAND_STOP | 1u << SIM_COMMAND_DISABLE);
    g_assert_cmpuint(connector_of(site, "dc-01", 0)->ignores, ==, 0);
    act(site, "dc-02 obeys");
    g_assert_cmpuint(connector_of(site, "dc-02", 1)->ignores, ==, 0);
}

static void test_cars(void)
{
    g_autoptr(SimSite) site = sim_fixture_new();
    g_autoptr(SimAction) again = sim_scenario_parse_line("dc-02/1 arrive", "", NULL);
    g_autoptr(GError) error = NULL;

    act(site, "dc-02 arrive vin LFIRST soc 25 kwh 80");
    act(site, "dc-02 arrive vin LSECOND"); /* the next free place */
    g_assert_cmpstr(connector_of(site, "dc-02", 0)->vin, ==, "LFIRST");
    g_assert_cmpstr(connector_of(site, "dc-02", 1)->vin, ==, "LSECOND");
    g_assert_cmpfloat_with_epsilon(connector_of(site, "dc-02", 0)->battery.soc, 0.25, 1e-9);
    g_assert_false(sim_act_do(site, again, &error));
    g_assert_error(error, SIM_ERROR, SIM_ERROR_REFUSED);
    act(site, "dc-02/2 leave");
    g_assert_false(connector_of(site, "dc-02", 1)->plugged);
    g_assert_true(connector_of(site, "dc-02", 0)->plugged);
}

static void test_ways_to_fail(void)
{
    g_autoptr(SimSite) site = sim_fixture_new();
    const SimConnector *connector = connector_of(site, "dc-01", 0);

    act(site, "dc-01 arrive");
    act(site, "dc-01/1 overheat");
    act(site, "dc-01/1 gun-hot");
    act(site, "dc-01/1 cell-high");
    act(site, "dc-01/1 insulation 40");
    act(site, "dc-01 resumes after 30s");
    act(site, "dc-01 confirms but charges");
    g_assert_true(connector->overheats && connector->gun_heats && connector->cell_climbs &&
                  connector->pretends);
    g_assert_cmpfloat(connector->insulation_kohm, ==, 40.0);
    g_assert_cmpint(connector->resume_after_ms, ==, 30000);
    act(site, "dc-01/1 recovers");
    act(site, "dc-01 obeys");
    g_assert_false(connector->overheats || connector->gun_heats || connector->cell_climbs ||
                   connector->pretends);
    act(site, "dc-01/1 runaway");
    sim_fixture_run(site, 20000);
    g_assert_cmpfloat(sim_battery_get_temp_max(&connector->battery), >, 75.0);
    act(site, "dc-01/1 fault 9");
    g_assert_cmpuint(connector->fault, ==, 9);
}

static void test_sensors(void)
{
    static const char *const lines[] = { "smoke-01 smoke", "heat-01 heat", "water-01 leak 7m",
                                         "door-01 open" };
    g_autoptr(SimSite) site = sim_fixture_new();
    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_auto(GStrv) words = g_strsplit(lines[i], " ", 2);
        g_autofree char *tamper = g_strdup_printf("%s tamper", words[0]);
        g_autofree char *clear = g_strdup_printf("%s clear", words[0]);
        const SimSensor *sensor = &sim_site_find(site, words[0])->sensor;
        act(site, lines[i]);
        act(site, tamper);
        g_assert_true(sensor->alarm && sensor->tamper);
        act(site, clear);
        g_assert_false(sensor->alarm || sensor->tamper);
    }
    act(site, "th-01 temperature 51");
    act(site, "th-01 humidity 99 for 2s");
    g_assert_cmpfloat(sim_site_find(site, "th-01")->sensor.humidity, ==, 99.0);
    sim_fixture_run(site, 2500);
    g_assert_cmpfloat(sim_site_find(site, "th-01")->sensor.humidity, <, 70.0);
}

static void test_breakers(void)
{
    g_autoptr(SimSite) site = sim_fixture_new();
    const SimIo *io = &sim_site_find(site, "io-01")->io;

    act(site, "io-01 breaker-1 stuck");
    act(site, "io-01 breaker-1 trips");
    g_assert_true(sim_io_conducts(io, 1));
    act(site, "io-01 breaker-1 lies");
    act(site, "io-01 breaker-1 trips");
    g_assert_true(sim_io_conducts(io, 1));
    g_assert_false(sim_io_says_closed(io, 1));
    act(site, "io-01 breaker-1 normal");
    g_assert_true(sim_io_says_closed(io, 1));
    act(site, "io-01 breaker-1 contact-stuck");
    act(site, "io-01 breaker-1 trips");
    g_assert_false(sim_io_conducts(io, 1));
    g_assert_true(sim_io_says_closed(io, 1));
    act(site, "button io-a 2 press for 2s");
    g_assert_true(sim_io_is_pressed(&sim_site_find(site, "io-a")->io, 2));
}

static void test_lines(void)
{
    g_autoptr(SimSite) site = sim_fixture_new();
    const SimLine *bus = &sim_site_find_bus(site, "yard")->line,
                  *device = &sim_site_find(site, "dc-01")->line;

    act(site, "bus yard silent for 1s");
    act(site, "dc-01 slow 300ms");
    act(site, "bus chargers gateway silent");
    g_assert_cmpuint(bus->mode, ==, SIM_LINE_SILENT);
    g_assert_cmpuint(device->mode, ==, SIM_LINE_SLOW);
    g_assert_cmpint(device->delay_ms, ==, 300);
    g_assert_true(sim_site_find_bus(site, "chargers")->gateway_silent);
    sim_fixture_run(site, 1100);
    g_assert_cmpuint(bus->mode, ==, SIM_LINE_NORMAL);
    g_assert_cmpuint(device->mode, ==, SIM_LINE_SLOW);
    act(site, "dc-01 normal");
    g_assert_cmpuint(device->mode, ==, SIM_LINE_NORMAL);
}

static void test_cameras(void)
{
    g_autoptr(SimSite) site = sim_fixture_new();
    g_autoptr(GError) error = NULL;
    SimCamera *camera = sim_site_add_camera(site, "cam-01", NULL);

    g_assert_null(sim_site_add_camera(site, "cam-01", &error));
    g_assert_nonnull(error);
    act(site, "camera cam-01 silent for 1s");
    g_assert_cmpuint(camera->line.mode, ==, SIM_LINE_SILENT);
    sim_fixture_run(site, 1100);
    g_assert_cmpuint(camera->line.mode, ==, SIM_LINE_NORMAL);
    act(site, "camera cam-01 off");
    g_assert_cmpuint(camera->line.mode, ==, SIM_LINE_CLOSES);
    act(site, "camera cam-01 normal");
    g_assert_cmpuint(camera->line.mode, ==, SIM_LINE_NORMAL);
    assert_refused(site, "camera cam-02 off");
    assert_refused(site, "camera cam-01 drip");
    assert_refused(site, "camera cam-01 smoke");
}

static void test_site(void)
{
    g_autoptr(SimSite) site = sim_fixture_new();
    act(site, "speed 20");
    act(site, "cars auto");
    g_assert_cmpfloat(site->speed, ==, 20.0);
    g_assert_true(site->cars);
    sim_fixture_run(site, 30000);
    g_assert_true(connector_of(site, "dc-01", 0)->plugged);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim-act/scope", test_scope);
    g_test_add_func("/sim-act/cars", test_cars);
    g_test_add_func("/sim-act/ways-to-fail", test_ways_to_fail);
    g_test_add_func("/sim-act/sensors", test_sensors);
    g_test_add_func("/sim-act/breakers", test_breakers);
    g_test_add_func("/sim-act/lines", test_lines);
    g_test_add_func("/sim-act/cameras", test_cameras);
    g_test_add_func("/sim-act/site", test_site);
    return g_test_run();
}

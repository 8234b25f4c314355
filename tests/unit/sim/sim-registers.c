/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/sim-registers.h"

#include "tests/unit/sim/sim-fixture.h"

#include <string.h>

static guint16 word(const SimDevice *device, SimSpace space, guint address)
{
    guint16 value = 0xdead;
    g_assert_true(sim_registers_covers(device, space, address, 1));
    sim_registers_read(device, space, address, 1, &value);
    return value;
}

/* Without a car the battery's values are the raw numbers that the profile calls absent. */
static void test_absent(void)
{
    static const struct {
        guint address;
        guint16 raw;
    } cases[] = { { 10, 0xffff }, { 11, 0xffff }, { 15, 0x7fff }, { 16, 0x7fff }, { 17, 0xffff },
                  { 18, 0xffff }, { 19, 0xffff }, { 20, 0x7fff }, { 21, 0xffff }, { 22, 0xffff },
                  { 23, 0 },      { 24, 0xffff }, { 0, 0 },       { 1, 0 },       { 3, 0 },
                  { 30, 0 },      { 101, 0xffff } };
    g_autoptr(SimSite) site = sim_fixture_new();
    for (guint connector = 0; connector < 2; connector++)
        for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
            g_assert_cmpuint(
                word(sim_site_find(site, "dc-02"), SIM_SPACE_HOLDING, connector * 1000 + cases[i].address),
                ==, cases[i].raw);
}

static void test_car(void)
{
    g_autoptr(SimSite) site = sim_fixture_new();
    SimDevice *device = sim_site_find(site, "dc-02");
    guint16 image[40];
    SimConnector *connector;

    sim_site_arrive(site, device, 1, 60.0, 0.421, "LTESTVIN000000001");
    sim_fixture_run(site, 10000);
    connector = &device->charger->connectors[1];
    sim_registers_read(device, SIM_SPACE_HOLDING, 1000, 39, image);
    g_assert_cmpuint(image[0], ==, SIM_STATUS_CHARGING);
    g_assert_cmpuint(image[1], ==, 7); /* plugged, locked, place taken */
    g_assert_cmpfloat_with_epsilon(image[3] * 0.1, connector->current, 0.051);
    g_assert_cmpfloat_with_epsilon((image[4] << 16 | image[5]) * 0.1, connector->power_kw, 0.051);
    g_assert_cmpfloat_with_epsilon(((guint32)image[6] << 16 | image[7]) * 0.001, connector->energy_kwh,
                                   0.001);
    g_assert_cmpfloat_with_epsilon(image[10] * 0.1, connector->battery.soc * 100.0, 0.051);
    g_assert_cmpuint(image[30], ==, 'L' << 8 | 'T');
    g_assert_cmpuint(image[38], ==, '1' << 8);
    /* and the other connector has nothing of it */
    g_assert_cmpuint(word(device, SIM_SPACE_HOLDING, 0), ==, SIM_STATUS_AVAILABLE);
}

/* A range read whole is what its registers are one by one: no row may spill over an edge. */
static void test_windows(void)
{
    static const SimSpace spaces[] = { SIM_SPACE_COIL, SIM_SPACE_DISCRETE, SIM_SPACE_INPUT,
                                       SIM_SPACE_HOLDING };
    g_autoptr(SimSite) site = sim_fixture_new();
    guint compared = 0;

    sim_site_arrive(site, sim_site_find(site, "dc-02"), 0, 60.0, 0.3, NULL);
    sim_fixture_run(site, 8000);
    for (guint i = 0; i < site->devices->len * G_N_ELEMENTS(spaces); i++) {
        const SimDevice *device = g_ptr_array_index(site->devices, i / G_N_ELEMENTS(spaces));
        SimSpace space = spaces[i % G_N_ELEMENTS(spaces)];
        for (guint at = 0; at < 1040; at++)
            for (guint count = 2; count < 6 && sim_registers_covers(device, space, at, count); count++) {
                guint16 whole[8];
                memset(whole, 0xaa, sizeof whole);
                sim_registers_read(device, space, at, count, whole);
                for (guint k = 0; k < count; k++)
                    g_assert_cmpuint(whole[k], ==, word(device, space, at + k));
                g_assert_cmpuint(whole[count], ==, 0xaaaa);
                compared++;
            }
    }
    g_assert_cmpuint(compared, >, 300);
}

static void test_covers(void)
{
    g_autoptr(SimSite) site = sim_fixture_new();
    const SimDevice *one = sim_site_find(site, "dc-01"), *two = sim_site_find(site, "dc-02");

    g_assert_true(sim_registers_covers(one, SIM_SPACE_HOLDING, 0, 39));
    g_assert_false(sim_registers_covers(one, SIM_SPACE_HOLDING, 0, 102));
    g_assert_false(sim_registers_covers(one, SIM_SPACE_HOLDING, 1000, 1));
    g_assert_true(sim_registers_covers(two, SIM_SPACE_HOLDING, 1000, 39));
    g_assert_false(sim_registers_covers(two, SIM_SPACE_HOLDING, 2001, 1));
    g_assert_false(sim_registers_covers(one, SIM_SPACE_INPUT, 0, 1));
    g_assert_false(sim_registers_covers(one, SIM_SPACE_HOLDING, 65535, 100));
    g_assert_false(sim_registers_covers(one, SIM_SPACE_COIL, 4, 1));
}

static void test_writes(void)
{
    g_autoptr(SimSite) site = sim_fixture_new();
    SimDevice *device = sim_site_find(site, "dc-02"), *io = sim_site_find(site, "io-01");
    SimDevice *smoke = sim_site_find(site, "smoke-01");

    g_assert_cmpuint(sim_registers_write(device, SIM_SPACE_HOLDING, 0, 1, TRUE), ==, SIM_WRITE_BAD_ADDRESS);
    g_assert_cmpuint(sim_registers_write(device, SIM_SPACE_HOLDING, 1101, 20000, TRUE), ==,
                     SIM_WRITE_BAD_VALUE);
    g_assert_cmpuint(sim_registers_write(device, SIM_SPACE_HOLDING, 1101, 300, FALSE), ==, SIM_WRITE_OK);
    g_assert_cmpuint(device->charger->connectors[1].n_pending, ==, 0); /* only asked */
    g_assert_cmpuint(sim_registers_write(device, SIM_SPACE_HOLDING, 1101, 300, TRUE), ==, SIM_WRITE_OK);
    sim_fixture_run(site, 1000);
    g_assert_cmpfloat_with_epsilon(device->charger->connectors[1].limit_kw, 30.0, 1e-9);
    g_assert_cmpuint(word(device, SIM_SPACE_HOLDING, 1101), ==, 300);
    sim_registers_write(device, SIM_SPACE_HOLDING, 1101, 0xffff, TRUE);
    sim_registers_write(device, SIM_SPACE_COIL, 1001, 1, TRUE);
    sim_fixture_run(site, 1000);
    g_assert_cmpuint(word(device, SIM_SPACE_HOLDING, 1101), ==, 0xffff);
    g_assert_true(device->charger->connectors[1].disabled);
    g_assert_false(device->charger->connectors[0].disabled);
    g_assert_cmpuint(sim_registers_write(smoke, SIM_SPACE_HOLDING, 2, 1, TRUE), ==, SIM_WRITE_BAD_ADDRESS);
    sim_registers_write(io, SIM_SPACE_COIL, 0, 1, TRUE);
    sim_registers_write(io, SIM_SPACE_COIL, 19, 1, TRUE);
    g_assert_true(io->io.siren && io->io.strobe);
    for (guint i = 0; i < SIM_PENDING; i++)
        sim_registers_write(device, SIM_SPACE_COIL, 0, 1, TRUE);
    g_assert_cmpuint(sim_registers_write(device, SIM_SPACE_COIL, 0, 1, TRUE), ==, SIM_WRITE_BUSY);
}

/* Trip and close coils 2n − 1 and 2n belong to breaker n, its contact stands where the profile says. */
static void test_breakers(void)
{
    g_autoptr(SimSite) site = sim_fixture_new();
    SimDevice *io = sim_site_find(site, "io-01");
    for (guint n = 1; n <= SIM_BREAKERS; n++) {
        guint contact = n == 9 ? 11 : n;
        g_assert_cmpuint(word(io, SIM_SPACE_DISCRETE, contact), ==, 1);
        sim_registers_write(io, SIM_SPACE_COIL, 2 * n - 1, 1, TRUE);
        sim_fixture_run(site, 200);
        g_assert_cmpuint(word(io, SIM_SPACE_DISCRETE, contact), ==, 0);
        g_assert_false(sim_io_conducts(&io->io, n));
        sim_registers_write(io, SIM_SPACE_COIL, 2 * n, 1, TRUE);
        sim_fixture_run(site, 2000);
        g_assert_cmpuint(word(io, SIM_SPACE_DISCRETE, contact), ==, 1);
    }
}

static void test_frozen(void)
{
    g_autoptr(SimSite) site = sim_fixture_new();
    SimDevice *device = sim_site_find(site, "dc-01");
    double truth = 1.0;
    guint16 current;

    sim_site_arrive(site, device, 0, 60.0, 0.3, NULL);
    sim_fixture_run(site, 8000);
    current = word(device, SIM_SPACE_HOLDING, 3);
    g_assert_cmpuint(current, >, 400);
    sim_registers_freeze(device);
    sim_registers_write(device, SIM_SPACE_COIL, 1, 1, TRUE);
    sim_fixture_run(site, 2000);
    g_assert_cmpuint(word(device, SIM_SPACE_HOLDING, 3), ==, current);
    g_assert_true(sim_registers_find_truth(device, "1/current", &truth));
    g_assert_cmpfloat(truth, ==, 0.0);
    sim_registers_thaw(device);
    g_assert_cmpuint(word(device, SIM_SPACE_HOLDING, 3), ==, 0);
}

static void test_paths(void)
{
    g_autoptr(SimSite) site = sim_fixture_new();
    const SimDevice *device = sim_site_find(site, "dc-02");
    double value = 7.0;

    g_assert_true(sim_registers_has(device, "2/power"));
    g_assert_false(sim_registers_has(device, "3/power"));
    g_assert_false(sim_registers_has(device, "power"));
    g_assert_true(sim_registers_has(device, "cabinet_temp"));
    g_assert_false(sim_registers_has(device, ""));
    g_assert_false(sim_registers_find_truth(device, "2/soc", &value));
    g_assert_cmpfloat(value, ==, 7.0);
    g_assert_true(sim_registers_find_truth(sim_site_find(site, "io-01"), "breaker-1", &value));
    g_assert_cmpfloat(value, ==, 1.0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim-registers/absent", test_absent);
    g_test_add_func("/sim-registers/car", test_car);
    g_test_add_func("/sim-registers/windows", test_windows);
    g_test_add_func("/sim-registers/covers", test_covers);
    g_test_add_func("/sim-registers/writes", test_writes);
    g_test_add_func("/sim-registers/breakers", test_breakers);
    g_test_add_func("/sim-registers/frozen", test_frozen);
    g_test_add_func("/sim-registers/paths", test_paths);
    return g_test_run();
}

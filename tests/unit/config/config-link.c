/* SPDX-License-Identifier: Apache-2.0 */
/* What one part of the configuration says about another. */
#include "tests/unit/config/fixture.h"

#define F "devices.d/yard.conf"
#define X "devices.d/extra.conf"
#define I "profiles/site-io.profile"

static const FixtureFault faults[] = {
    { F, "feeder=io-01/breaker-1", "feeder=io-02/breaker-1", NULL, "device dc-01", "feeder", "mean io-01?",
      1 },
    { F, "feeder=io-01/breaker-1", "feeder=io-01", NULL, "device dc-01", "feeder", "DEVICE/OUTPUT", 1 },
    { F, "feeder=io-01/breaker-1", "feeder=/breaker-1", NULL, "device dc-01", "feeder", "DEVICE/OUTPUT", 1 },
    { F, "feeder=io-01/breaker-1", "feeder=io-01/breaker-3", NULL, "device dc-01", "feeder", "breaker-3/trip",
      1 },
    { F, "feeder=io-01/breaker-1", "feeder=meter-01/breaker-1", NULL, "device dc-01", "feeder", "not an io",
      1 },
    { F, "feeder=io-01/breaker-1", "feeder=dc-11/breaker-1", NULL, "device dc-01", "feeder", "not an io", 1 },
    { I, "[command breaker-1/trip]", "[command breaker-1/off]", F, "device dc-01", "feeder", "breaker-1/trip",
      1 },
    { F, "feeder-meter=", "feeder-meter=meter-02", NULL, "device dc-01", "feeder-meter", "mean meter-01?",
      1 },
    { F, "feeder-meter=", "feeder-meter=smoke-01", NULL, "device dc-01", "feeder-meter", "not a meter", 1 },
    { I, "map=1:closed;0:open", "type=bool", F, "device dc-01", "feeder", "io-01/breaker-1 is never \"open\"",
      1 },
    { I, "map=1:closed;0:open", "map=1:closed;0:opened", F, "device dc-01", "feeder", "is never \"open\"",
      1 },
    { I, "map=1:closed;0:open", "map=1:close;0:open", F, "device dc-01", "feeder", "is never \"closed\"", 1 },
    { I, "[command breaker-1/trip]", "[point breaker-9]\nread=discrete:9\n[command breaker-1/trip]",
      "station.conf", "policy", "main-breaker", "io-01/breaker-9 is never \"open\"", 1 },
    { F, "cameras=cam-01", "cameras=cam-01;cam-02", NULL, "device dc-01", "cameras", "mean cam-01?", 1 },
    { F, "cameras=cam-01", "cameras=dc-11", NULL, "device dc-01", "cameras", "no camera dc-11", 1 },
    { F, "unit-id=1", "unit-id=9", NULL, "device dc-01", "unit-id", "[device io-01] in devices.d/extra.conf",
      1 },
    { X, "unit-id=2", "unit-id=0", NULL, "device smoke-01", "unit-id", "1 to 255", 1 },
    { X, "unit-id=2", "unit-id=2\nfeeder=io-01/breaker-1", NULL, "device smoke-01", "feeder",
      "is for chargers", 1 },
    { X, "[device io-01]", "[bus line2]\naddress=rtu:///dev/ttyS1\n[device io-01]", NULL, "bus line2",
      "address", "same serial line", 1 },
    { F, "[device dc-11]", "[device dc-12]\nlistener=ykc\nnumber=32010200000001\n[device dc-11]", NULL,
      "device dc-11", "number", "same listener and number", 1 },
    { F, "[device dc-11]", "[listener two]\naddress=tcp://0.0.0.0:8767\nallow=10.0.0.0/8\n[device dc-11]",
      NULL, "listener two", "address", "same address", 1 },
    { "profiles/site-smoke.profile", "period-ms=500\nmax-age-ms=2000", "max-age-ms=900", X, "device smoke-01",
      "period-ms", "900 ms old", 1 },
    { "profiles/site-smoke.profile", "period-ms=500\n", "period-ms=2000\n", X, "device smoke-01", "period-ms",
      "each 2000 ms", 1 },
    { "station.conf", "io-01/breaker-9", "io-01/breaker-8", NULL, "policy", "main-breaker", "breaker-8/trip",
      1 },
    { "station.conf", "io-01/breaker-9", "io-9/breaker-9", NULL, "policy", "main-breaker", "no device io-9",
      1 },
    { "station.conf", "highest-rung=feeder                     ; or station\nmain-breaker=io-01/breaker-9",
      "highest-rung=station", NULL, "policy", "main-breaker", "needs it", 1 },
};

/* Faults that hide things do not make right rules look wrong. */
static void test_hidden(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GPtrArray) found = NULL;

    fixture_edit(fixture, "rules.d/battery.rules", "when=bms_temp_max >= 60",
                 "when=bms_temp_max >= 60 or smoke-01/smoke == 1");
    fixture_edit(fixture, "profiles/site-smoke.profile", "[point smoke]", "[piont smoke]");
    g_assert_null(fixture_load(fixture, &found));
    g_assert_cmpuint(found->len, ==, 1);
}

/* Only the meter that stands for a feeder must speak of amperes. */
static void test_meter_unit(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GPtrArray) found = NULL;
    g_autofree char *text = NULL;

    fixture_edit(
        fixture, "profiles/site-meter.profile", "[point energy]",
        "[point current_b]\nread=input:70\nunit=mA\n[point current_a]\nread=input:71\nunit=A\n[point "
        "energy]");
    site_unref(fixture_load_right(fixture));
    fixture_edit(fixture, F, "feeder-meter=", "feeder-meter=meter-01");
    g_assert_null(fixture_load(fixture, &found));
    g_assert_cmpuint(found->len, ==, 1);
    text = config_fault_format(found->pdata[0]);
    g_assert_cmpstr(
        text, ==,
        "devices.d/yard.conf: [device dc-01] feeder-meter: the profile site-meter of meter-01 has "
        "unit=mA at [point current_b]; only A is allowed there");
    fixture_edit(fixture, "profiles/site-meter.profile", "unit=mA", "unit=");
    site_unref(fixture_load_right(fixture));
}

/* What a camera or a listener's charger can tell is not known before it speaks: the names of the dictionary
 * are right there, and no others. */
static void test_untold(void)
{
    static const struct {
        const char *applies_to, *when, *fault;
    } rules[] = {
        { "camera/cam-01", "motion == 1", NULL },
        { "connector/dc-11/1", "bms_temp_max >= 60 and spread(cell_voltage_max, cell_voltage_min) > 1",
          NULL },
        { "connector/dc-11/2", "status == faulted or cabinet_temp > 70", NULL },
        { "charger/dc-11", "cabinet_temp > 70", NULL },
        { "station", "dc-11/1/power > 100 or cam-01/smoke == 1", NULL },
        { "camera/cam-01", "moton == 1", "no device has a point \"moton\"; did you mean motion?" },
        { "station", "cam-01/smok == 1", "no device has a point \"cam-01/smok\"; did you mean smoke?" },
        { "station", "dc-11/3/power > 100", "the station has no point \"dc-11/3/power\"" },
        { "station", "smoke-01/smok == 1", "the station has no point \"smoke-01/smok\" (smoke?)" },
        { "connector/dc-11/2", "status == falted", "a connector's status is never \"falted\" (faulted?)" },
    };
    g_autoptr(Fixture) fixture = fixture_new();

    for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
        g_autofree char *text = g_strdup_printf("[rule x]\napplies-to=%s\nwhen=%s\nseverity=low\n",
                                                rules[i].applies_to, rules[i].when);
        g_autoptr(GPtrArray) found = NULL;
        g_autoptr(Site) site = NULL;

        g_test_message("%s %s", rules[i].applies_to, rules[i].when);
        fixture_write(fixture, "rules.d/x.rules", text, -1, 0644);
        if (!rules[i].fault) {
            site = fixture_load_right(fixture);
            continue;
        }
        site = fixture_load(fixture, &found);
        g_assert_null(site);
        g_assert_cmpuint(found->len, ==, 1);
        g_assert_cmpstr(((ConfigFault *)found->pdata[0])->text, ==, rules[i].fault);
    }
}

/* Ten thousand devices are read and linked in one go. */
static void test_many(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GPtrArray) found = NULL;
    g_autoptr(Site) site = NULL;

    for (guint i = 0; i < 9995; i++) {
        if (i % 200 == 0)
            g_string_append_printf(text, "[bus b%u]\naddress=tcp://10.0.0.1:%u\n", i / 200, i / 200 + 1);
        g_string_append_printf(text, "[device d%u]\nprofile=site-smoke\nbus=b%u\nunit-id=%u\n", i, i / 200,
                               i % 200);
    }
    fixture_write(fixture, "devices.d/many.conf", text->str, -1, 0644);
    site = fixture_load_right(fixture);
    g_assert_cmpuint(site->devices->len, ==, 10000);
    fixture_write(fixture, "devices.d/zz.conf", "[device last]\nprofile=site-smoke\nbus=yard\nunit-id=77\n",
                  -1, 0644);
    g_assert_null(fixture_load(fixture, &found));
    g_assert_cmpuint(found->len, ==, 1);
    g_assert_cmpstr(((ConfigFault *)found->pdata[0])->text, ==, "is one too many; at most 10000 are allowed");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add_faults("/config-link/fault", faults, G_N_ELEMENTS(faults));
    g_test_add_func("/config-link/hidden", test_hidden);
    g_test_add_func("/config-link/meter-unit", test_meter_unit);
    g_test_add_func("/config-link/untold", test_untold);
    g_test_add_func("/config-link/many", test_many);
    return g_test_run();
}

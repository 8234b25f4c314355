/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: each fault at its place; and the shipped ones are right for a site of any kind. */
#include "tests/unit/config/fixture.h"

#include <string.h>

#define F "rules.d/battery.rules"
#define R "rule battery-over-temperature"

static const FixtureFault faults[] = {
    { F, "applies-to=connector/*", "", NULL, R, "applies-to", "required", 1 },
    { F, "applies-to=connector/*", "applies-to=conector/*", NULL, R, "applies-to", "connector", 1 },
    { F, "applies-to=connector/*", "applies-to=connector/dc-99/1", NULL, R, "applies-to",
      "no connector/dc-99/1", 1 },
    { F, "applies-to=connector/*", "applies-to=sensor/*", NULL, R, "do", "stop-zone", 2 },
    { F, "applies-to=connector/*", "applies-to=connector/dc-9*", NULL, R, "applies-to", "matches nothing",
      1 },
    { F, "applies-to=connector/*", "applies-to=connector/dc-0*", NULL, R, "when",
      "no connector/dc-0* of the station has bms_temp_max", 1 },
    { F, "[rule battery-over-temperature]",
      "[rule second]\napplies-to=io\nwhen=breaker-1 == opn\nseverity=low\n[rule battery-over-temperature]",
      NULL, "rule second", "when", "breaker-1 of any io is never \"opn\" (open?)", 1 },
    { F, "when=bms_temp_max >= 60", "when=io-01/breaker-1 == opn", NULL, R, "when",
      "io-01/breaker-1 is never \"opn\" (open?)", 1 },
    { F, "when=bms_temp_max >= 60", "when=meter-01/energy == high", NULL, R, "when",
      "meter-01/energy is never \"high\"", 1 },
    { F, "when=bms_temp_max >= 60", "", NULL, R, "when", "required", 1 },
    { F, "when=bms_temp_max >= 60", "when=bms_temp_max >=", NULL, R, "when", "column", 1 },
    { F, "when=bms_temp_max >= 60", "when=bms_temp_max => 60", NULL, R, "when", "column", 1 },
    { F, "when=bms_temp_max >= 60", "when=dc-77/1/soc >= 60", NULL, R, "when", "dc-77/1/soc", 1 },
    { F, "when=bms_temp_max >= 60", "when=bms_tmp_max >= 60", NULL, R, "when", "did you mean bms_temp_max?",
      1 },
    { F, "while=status == charging", "while=status = charging", NULL, R, "while", "column", 1 },
    { F, "while=status == charging", "while=stats == charging", NULL, R, "while", "no device has a point",
      1 },
    { F, "clear=bms_temp_max < 55", "clear=(bms_temp_max < 55", NULL, R, "clear", "column", 1 },
    { F, "for=2s", "for=2", NULL, R, "for", "500ms", 1 },
    { F, "for=2s", "for=-2s", NULL, R, "for", "500ms", 1 },
    { F, "for=2s", "for=25h", NULL, R, "for", "at most 24h", 1 },
    { F, "clear-for=10s", "clear-for=10sec", NULL, R, "clear-for", "500ms", 1 },
    { F, "on-unknown=alarm", "on-unknown=panic", NULL, R, "on-unknown", "alarm, act, ignore", 1 },
    { F, "severity=critical", "", NULL, R, "severity", "required", 1 },
    { F, "severity=critical", "severity=urgent", NULL, R, "severity", "critical, high, medium, low", 1 },
    { F, "latch=yes", "latch=maybe", NULL, R, "latch", "no, yes", 1 },
    { F, "do=stop;", "do=halt;", NULL, R, "do", "\"halt\" is no action", 1 },
    { F, "do=stop;", "do=main-breaker;", NULL, R, "do", "highest-rung=station", 1 },
    { F, "title=Battery", "titel=Battery", NULL, R, "titel", "did you mean title?", 1 },
    { F, "[rule battery-over-temperature]", "[rule]", NULL, "rule", "", "needs a name", 1 },
    { F, "[rule battery-over-temperature]", "[rule stop-unproven]", NULL, "rule stop-unproven", "",
      "is a built-in alarm; choose another name", 1 },
    { F, "[rule battery-over-temperature]", "[rules x]", NULL, "rules x", "", "did you mean [rule]?", 1 },
};

static const char second[] =
    "[rule battery-over-temperature]\napplies-to=connector/*\nwhen=soc > 1\nseverity=low\n";

static void test_twice(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GPtrArray) found = NULL;
    const ConfigFault *fault;

    fixture_write(fixture, "rules.d/zz.rules", second, -1, 0644);
    g_assert_null(fixture_load(fixture, &found));
    g_assert_cmpuint(found->len, ==, 1);
    fault = found->pdata[0];
    g_assert_cmpstr(fault->file, ==, "rules.d/zz.rules");
    g_assert_nonnull(strstr(fault->text, "rules.d/battery.rules line 3 and in rules.d/zz.rules line 1"));
}

static void test_station_rung(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Site) site = NULL;

    fixture_edit(fixture, F, "do=stop;", "do=main-breaker;");
    fixture_edit(fixture, "station.conf", "highest-rung=feeder", "highest-rung=station");
    site = fixture_load_right(fixture);
    g_assert_cmpint(site->policy.highest_rung, ==, SITE_RUNG_STATION);
}

/* A site with nothing but its name: the shipped rules must not ask for more. */
static void test_shipped(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autofree char *bare = g_build_filename(fixture->directory, "bare", NULL);
    g_autoptr(Site) site = NULL;
    guint safety = 0;

    fixture_write(fixture, "bare/station.conf", "[station]\nid=A\ntimezone=UTC\ndata-dir=data\n", -1, 0644);
    g_free(fixture->directory);
    fixture->directory = g_strdup(bare);
    site = fixture_load_right(fixture);
    for (guint i = 0; i < site->rules->len; i++) {
        const SiteRule *rule = site->rules->pdata[i];

        g_assert_cmpstr(rule->title, !=, rule->name);
        g_assert_cmpstr(rule->title_zh, !=, rule->title);
        g_assert_cmpstr(rule->advice_zh, !=, rule->advice);
        safety += (rule->actions & SITE_DO_LADDER) != 0;
    }
    g_assert_cmpuint(safety, >=, 9);
    g_free(fixture->directory);
    fixture->directory = g_path_get_dirname(bare);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add_faults("/config-rule/fault", faults, G_N_ELEMENTS(faults));
    g_test_add_func("/config-rule/twice", test_twice);
    g_test_add_func("/config-rule/station-rung", test_station_rung);
    g_test_add_func("/config-rule/shipped", test_shipped);
    return g_test_run();
}

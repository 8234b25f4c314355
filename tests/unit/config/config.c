/* SPDX-License-Identifier: Apache-2.0 */
/* The examples of CONTRACT section 3 load, and give the structs they should. */
#include "tests/unit/config/fixture.h"

#include <string.h>

static void test_station(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Site) site = fixture_load_right(fixture);
    g_autofree char *ca = g_build_filename(fixture->directory, "ca.pem", NULL);
    g_autofree char *key = g_build_filename(fixture->directory, "hq-2027.pub", NULL);

    g_assert_cmpstr(site->station.id, ==, "CS-0571-001");
    g_assert_cmpstr(site->station.name, ==, "West Gate Station");
    g_assert_cmpstr(site->station.name_zh, ==, "城西充电站");
    g_assert_cmpstr(site->station.merchant, ==, "");
    g_assert_cmpstr(site->station.timezone_name, ==, "Asia/Shanghai");
    g_assert_cmpstr(g_time_zone_get_identifier(site->station.timezone), ==, "Asia/Shanghai");
    g_assert_cmpstr(site->station.data_dir, ==, "/var/lib/stationmaster");
    g_assert_cmpfloat(site->station.limit_kw, ==, 0);
    g_assert_cmpuint(g_strv_length(site->hq.brokers), ==, 1);
    g_assert_cmpstr(site->hq.brokers[0], ==, "mqtts://hq.example.com:8883");
    g_assert_cmpstr(site->hq.ca_file, ==, ca);
    g_assert_cmpstr(site->hq.cert_file, ==, "");
    g_assert_cmpuint(g_strv_length(site->hq.command_keys), ==, 2);
    g_assert_cmpstr(site->hq.command_keys[1], ==, key);
    g_assert_cmpstr(site->hq.upload, ==, "s3+https://objects.example.com/evidence");
    g_assert_cmpuint(site->policy.stop_deadline_ms[0], ==, 5000);
    g_assert_cmpuint(site->policy.stop_deadline_ms[3], ==, 2000);
    g_assert_cmpfloat(site->policy.stop_current_a, ==, 1.0);
    g_assert_cmpint(site->policy.highest_rung, ==, SITE_RUNG_FEEDER);
    g_assert_cmpstr(site->policy.main_breaker, ==, "io-01/breaker-9");
    g_assert_false(site->policy.button_acknowledges);
    g_assert_true(site->policy.shipped_rules);
    g_assert_cmpuint(site->policy.guard_only_after, ==, 3);
}

static void test_devices(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Site) site = fixture_load_right(fixture);
    const SiteBus *yard = site_find_bus(site, "yard");
    const SiteBus *line = site_find_bus(site, "line");
    const SiteDevice *dc1 = site_find_device(site, "dc-01");
    const SiteDevice *dc11 = site_find_device(site, "dc-11");
    const SiteListener *ykc = site_find_listener(site, "ykc");
    const SiteCamera *camera = site->cameras->pdata[0];

    g_assert_cmpstr(yard->host, ==, "192.168.1.20");
    g_assert_cmpuint(yard->port, ==, 502);
    g_assert_cmpuint(yard->timeout_ms, ==, 500);
    g_assert_cmpstr(yard->place, ==, "devices.d/yard.conf: [bus yard]");
    g_assert_true(line->serial);
    g_assert_cmpstr(line->tty, ==, "/dev/ttyS1");
    g_assert_cmpuint(line->baud, ==, 19200);
    g_assert_cmpint(line->parity, ==, 'E');
    g_assert_cmpuint(line->stop_bits, ==, 1);
    g_assert_cmpstr(dc1->bus, ==, "yard");
    g_assert_cmpuint(dc1->unit_id, ==, 1);
    g_assert_true(dc1->profile == site_find_profile(site, "generic-dc"));
    g_assert_cmpuint(dc1->connectors, ==, 1);
    g_assert_cmpfloat(dc1->rated_kw, ==, 120);
    g_assert_cmpstr(dc1->feeder, ==, "io-01/breaker-1");
    g_assert_cmpstr(dc1->feeder_meter, ==, "");
    g_assert_cmpstr(dc1->cameras[0], ==, "cam-01");
    g_assert_cmpstr(dc11->listener, ==, "ykc");
    g_assert_cmpstr(dc11->number, ==, "32010200000001");
    g_assert_cmpuint(dc11->connectors, ==, 2);
    g_assert_null(dc11->profile);
    g_assert_cmpstr(ykc->host, ==, "0.0.0.0");
    g_assert_cmpuint(ykc->port, ==, 8767);
    g_assert_cmpstr(ykc->allow[0], ==, "192.168.1.0/24");
    g_assert_cmpstr(camera->control, ==, "isapi");
    g_assert_cmpstr(camera->zone, ==, "bay-a");
    /* the order of the files' names, then of the file */
    g_assert_cmpstr(((SiteDevice *)site->devices->pdata[0])->name, ==, "io-01");
}

static void test_rules(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Site) site = fixture_load_right(fixture);
    const SiteRule *rule = NULL;
    guint n = 0;

    for (guint i = 0; i < site->rules->len; i++) {
        const SiteRule *other = site->rules->pdata[i];

        if (g_str_equal(other->name, "battery-over-temperature")) {
            rule = other;
            n++;
        }
    }
    g_assert_cmpuint(n, ==, 1);
    g_assert_cmpstr(rule->place, ==, "rules.d/battery.rules: [rule battery-over-temperature]");
    g_assert_cmpstr(rule->applies_to, ==, "connector/*");
    g_assert_cmpstr(rule->while_, ==, "status == charging");
    g_assert_cmpint(rule->for_us, ==, 2 * G_USEC_PER_SEC);
    g_assert_cmpint(rule->clear_for_us, ==, 10 * G_USEC_PER_SEC);
    g_assert_cmpint(rule->severity, ==, SITE_SEVERITY_CRITICAL);
    g_assert_true(rule->latch);
    g_assert_cmpuint(rule->actions, ==,
                     SITE_DO_STOP | SITE_DO_SIREN | SITE_DO_STROBE | SITE_DO_CAMERA | SITE_DO_VIEW |
                         SITE_DO_EVIDENCE);
    g_assert_cmpstr(rule->title_zh, ==, "电池过温");
    g_assert_cmpuint(site->rules->len, >, 20);
}

static void test_shipped_rules_off(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Site) site = NULL;

    fixture_edit(fixture, "station.conf", "shipped-rules=yes", "shipped-rules=no ");
    site = fixture_load_right(fixture);
    g_assert_cmpuint(site->rules->len, ==, 1);
}

static void test_tariff(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Site) site = fixture_load_right(fixture);
    const SiteTariff *tariff = site->tariffs->pdata[0];
    const SiteSlots *slots = &g_array_index(tariff->slots, SiteSlots, 0);
    const SiteRate *sharp = &tariff->rate[SITE_BAND_SHARP];

    g_assert_cmpint(tariff->version, ==, 7);
    g_assert_cmpuint(g_date_get_year(&tariff->valid_from), ==, 2026);
    g_assert_cmpuint(g_date_get_month(&tariff->valid_from), ==, 7);
    g_assert_true(tariff->by_energy);
    g_assert_false(tariff->by_time);
    g_assert_cmpuint(tariff->slots->len, ==, 1);
    g_assert_cmpint(slots->kind, ==, SITE_SLOTS_DEFAULT);
    g_assert_cmpint(slots->band[0], ==, SITE_BAND_VALLEY);
    g_assert_cmpint(slots->band[16], ==, SITE_BAND_FLAT);
    g_assert_cmpint(slots->band[20], ==, SITE_BAND_PEAK);
    g_assert_cmpint(slots->band[35], ==, SITE_BAND_SHARP);
    g_assert_cmpuint(tariff->holidays->len, ==, 2);
    g_assert_cmpint(sharp->energy_price_e5, ==, 125000);
    g_assert_cmpint(sharp->service_price_e5, ==, 40000);
    g_assert_cmpint(sharp->purchase_price_e5, ==, 80000);
    g_assert_cmpint(tariff->rate[SITE_BAND_VALLEY].service_price_e5, ==, 30000);
    g_assert_cmpint(tariff->occupancy_grace_minutes, ==, 15);
    g_assert_cmpint(tariff->occupancy_price_e5, ==, 50000);
    g_assert_cmpint(tariff->occupancy_cap_fen, ==, 5000);
}

/* BOM, CRLF, no line end at the end: what editors make of a right file. */
static void test_editors(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Site) site = NULL;

    for (guint i = 0; fixture_files[i]; i++) {
        g_autofree char *text = fixture_text(fixture_files[i]);
        g_autoptr(GString) edited = g_string_new(text);

        g_string_truncate(edited, edited->len - 1);
        g_string_replace(edited, "\n", "\r\n", 0);
        g_string_prepend(edited, "\xef\xbb\xbf");
        fixture_write(fixture, fixture_files[i], edited->str, -1, 0644);
    }
    site = fixture_load_right(fixture);
    g_assert_cmpuint(site->devices->len, ==, 5);
}

static void test_none(void)
{
    g_autoptr(GPtrArray) faults = NULL;
    g_autofree char *text = NULL;

    g_assert_null(config_load("/nowhere/at/all", "/nowhere", &faults));
    g_assert_cmpuint(faults->len, ==, 1);
    text = config_fault_format(faults->pdata[0]);
    g_assert_cmpstr(text, ==, "station.conf: cannot be read: No such file or directory");
}

static void test_format(void)
{
    ConfigFault fault = { (char *)"a.conf", (char *)"bus x", (char *)"address", (char *)"is missing" };
    g_autofree char *full = config_fault_format(&fault);
    g_autofree char *group = NULL;

    g_assert_cmpstr(full, ==, "a.conf: [bus x] address: is missing");
    fault.key = (char *)"";
    group = config_fault_format(&fault);
    g_assert_cmpstr(group, ==, "a.conf: [bus x]: is missing");
}

static void test_find_data_dir(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autofree char *right = config_find_data_dir(fixture->directory);
    g_autofree char *relative = NULL;
    g_autofree char *below = g_build_filename(fixture->directory, "data", NULL);

    g_assert_cmpstr(right, ==, "/var/lib/stationmaster");
    fixture_edit(fixture, "station.conf", "/var/lib/stationmaster", "data\n[nonsense");
    relative = config_find_data_dir(fixture->directory);
    g_assert_cmpstr(relative, ==, below);
    g_assert_null(config_find_data_dir("/nowhere"));
}

/* Whatever is wrong with the rest of station.conf, the last good configuration is found. */
static void test_find_data_dir_damaged(void)
{
    static const struct {
        const char *text;
        gsize size; /* 0: to its NUL */
        const char *wanted;
    } cases[] = {
        { "[station]\nname=\xff\ndata-dir=/a/b\n", 0, "/a/b" },
        { "[station]\ndata-dir=/a/b\nname=\xe4\xb8", 0, "/a/b" },
        { "[station]\nname=x\0y\ndata-dir=/a/b\n", 33, "/a/b" },
        { "[station\ndata-dir = /a/b   ; here\n", 0, "/a/b" },
        { "[statoin]\ndata-dir=/a/b\n", 0, "/a/b" },
        { "data-dir=/a/b\n", 0, "/a/b" },
        { "ion]\r\ndata-dir=/a/b\r\n", 0, "/a/b" },
        { "[hq]\ndata-dir=/wrong\n[station]\ndata-dir=\ndata-dir=/a/b\n", 0, "/a/b" },
        { "\xef\xbb\xbf[ station ] \xff\ndata-dir=/a/b\n[station]\ndata-dir=/c\n", 0, "/a/b" },
        { "[station]\nid=A\n;data-dir=/a\ndata-dirs=/b\n", 0, NULL },
        { "[station]\ndata-dir=/a\\qb\n", 0, NULL },
        { "", 0, NULL },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Fixture) fixture = fixture_new();
        g_autofree char *found = NULL;

        fixture_write(fixture, "station.conf", cases[i].text, cases[i].size ? (gssize)cases[i].size : -1,
                      0644);
        found = config_find_data_dir(fixture->directory);
        g_assert_cmpstr(found, ==, cases[i].wanted);
    }
}

/* A file that is not read is told, but not what editors and dpkg leave. */
static void test_suffixes(void)
{
    static const char *const passed[] = { "rules.d/.hidden",           "rules.d/x.rules~",
                                          "rules.d/x.rules.bak",       "devices.d/y.conf.dpkg-old",
                                          "profiles/z.profile.orig",   "rules.d/old/x.rule",
                                          "devices.d/y.conf.dpkg-new", "notes.txt" };
    static const char *const told[] = { "devices.d/yard.cfg", "profiles/z.profil", "rules.d/README",
                                        "rules.d/x.rule", "tariffs.d/t.conf" };
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GPtrArray) faults = NULL;
    g_autofree char *text = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(passed); i++)
        fixture_write(fixture, passed[i], "nonsense", -1, 0644);
    site_unref(fixture_load_right(fixture));
    for (guint i = 0; i < G_N_ELEMENTS(told); i++)
        fixture_write(fixture, told[i], "", -1, 0644);
    g_assert_null(fixture_load(fixture, &faults));
    g_assert_cmpuint(faults->len, ==, G_N_ELEMENTS(told));
    for (guint i = 0; i < faults->len; i++)
        g_assert_cmpstr(((ConfigFault *)faults->pdata[i])->file, ==, told[i]);
    text = config_fault_format(faults->pdata[3]);
    g_assert_cmpstr(text, ==, "rules.d/x.rule: is not read, since a file of rules.d/ ends in .rules");
}

/* The demo's site, as it stands. */
static void test_demo(void)
{
    g_autofree char *demo = g_build_filename(g_getenv("CONFIG_ASSETS"), "sites", "demo", NULL);
    g_autoptr(GPtrArray) faults = NULL;
    g_autoptr(Site) site = config_load(demo, g_getenv("CONFIG_ASSETS"), &faults);

    for (guint i = 0; i < faults->len; i++) {
        g_autofree char *text = config_fault_format(faults->pdata[i]);

        g_test_message("%s", text);
    }
    g_assert_nonnull(site);
    g_assert_cmpuint(site->devices->len, >, 20);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/config/station", test_station);
    g_test_add_func("/config/devices", test_devices);
    g_test_add_func("/config/rules", test_rules);
    g_test_add_func("/config/shipped-rules-off", test_shipped_rules_off);
    g_test_add_func("/config/tariff", test_tariff);
    g_test_add_func("/config/editors", test_editors);
    g_test_add_func("/config/none", test_none);
    g_test_add_func("/config/format", test_format);
    g_test_add_func("/config/find-data-dir", test_find_data_dir);
    g_test_add_func("/config/find-data-dir-damaged", test_find_data_dir_damaged);
    g_test_add_func("/config/suffixes", test_suffixes);
    g_test_add_func("/config/demo", test_demo);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* config_save_last_good(): the copy stands by itself, whatever becomes of the original. */
#define _GNU_SOURCE
#include "tests/unit/config/fixture.h"

#include <glib/gstdio.h>

#include <string.h>
#include <sys/stat.h>

static void save(const Fixture *fixture, const char *data)
{
    g_autoptr(GError) error = NULL;

    if (!config_save_last_good(fixture->directory, data, &error))
        g_test_message("%s", error->message);
    g_assert_no_error(error);
}

static guint mode_of(const char *path)
{
    struct stat status;

    g_assert_cmpint(stat(path, &status), ==, 0);
    return status.st_mode & 07777;
}

static guint count_entries(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    guint n = 0;

    g_assert_nonnull(dir);
    while (g_dir_read_name(dir))
        n++;
    return n;
}

/* One secret lies outside, one is absolute, the data-dir is relative: and the original is gone. */
static void test_alone(void)
{
    g_autoptr(Fixture) outer = fixture_new();
    g_autoptr(Fixture) fixture = fixture_new();
    g_autofree char *data = g_build_filename(outer->directory, "data", NULL);
    g_autofree char *secret = g_build_filename(outer->directory, "hq.secret", NULL);
    g_autofree char *outside =
        g_strdup_printf("password-file=../%s/hq.secret", strrchr(outer->directory, '/') + 1);
    g_autofree char *absolute = g_strdup_printf("password-file=%s", secret);
    g_autofree char *origin = g_strdup(fixture->directory);
    g_autofree char *wanted = g_build_filename(origin, "relative", NULL);
    g_autofree char *found = NULL;
    g_autofree char *contents = NULL;
    g_autoptr(Site) site = NULL;

    fixture_write(outer, "hq.secret", "pw\n", -1, 0600);
    fixture_edit(fixture, "station.conf", "password-file=", outside);
    fixture_edit(fixture, "devices.d/yard.conf", "password-file=cam-01.secret", absolute);
    fixture_edit(fixture, "station.conf", "/var/lib/stationmaster", "relative");
    save(fixture, data);
    fixture_free(g_steal_pointer(&fixture));
    g_assert_cmpint(g_unlink(secret), ==, 0);
    g_free(outer->directory);
    outer->directory = g_build_filename(data, "last-good", NULL);
    site = fixture_load_right(outer);
    g_assert_cmpstr(site->station.data_dir, ==, wanted);
    found = config_find_data_dir(outer->directory);
    g_assert_cmpstr(found, ==, wanted);
    g_assert_true(g_str_has_prefix(site->hq.password_file, outer->directory));
    g_assert_cmpuint(mode_of(site->hq.password_file), ==, 0600);
    g_assert_true(
        g_file_get_contents(((SiteCamera *)site->cameras->pdata[0])->password_file, &contents, NULL, NULL));
    g_assert_cmpstr(contents, ==, "pw\n");
    g_assert_cmpuint(site->devices->len, ==, 5);
    g_assert_cmpuint(mode_of(outer->directory), ==, 0700);
    g_free(outer->directory);
    outer->directory = g_path_get_dirname(secret);
}

/* The second copy replaces the first as a whole: what was removed is gone from it, and nothing else is left.
 */
static void test_replace(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autofree char *data = g_build_filename(fixture->directory, "data", NULL);
    g_autofree char *good = g_build_filename(data, "last-good", NULL);
    g_autofree char *rules = g_build_filename(good, "rules.d", "battery.rules", NULL);
    g_autofree char *own = g_build_filename(fixture->directory, "rules.d", "battery.rules", NULL);
    g_autofree char *half = g_build_filename(data, "last-good.new", "devices.d", NULL);

    save(fixture, data);
    g_assert_true(g_file_test(rules, G_FILE_TEST_EXISTS));
    g_assert_cmpint(g_unlink(own), ==, 0);
    g_assert_cmpint(g_mkdir_with_parents(half, 0700), ==, 0); /* what a crash left */
    save(fixture, data);
    g_assert_false(g_file_test(rules, G_FILE_TEST_EXISTS));
    g_assert_cmpuint(count_entries(data), ==, 1);
}

/* A copy that cannot be made leaves the old one. */
static void test_failure(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autofree char *data = g_build_filename(fixture->directory, "data", NULL);
    g_autofree char *secret = g_build_filename(fixture->directory, "cam-01.secret", NULL);
    g_autoptr(Fixture) copy = g_new0(Fixture, 1);
    g_autoptr(GError) error = NULL;
    g_autoptr(Site) site = NULL;

    save(fixture, data);
    g_assert_cmpint(g_unlink(secret), ==, 0);
    g_assert_false(config_save_last_good(fixture->directory, data, &error));
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, "cam-01.secret"));
    copy->directory = g_build_filename(data, "last-good", NULL);
    copy->assets = g_strdup(fixture->assets);
    site = fixture_load_right(copy);
    g_assert_cmpuint(count_entries(data), ==, 1);
}

/* Running on the copy, stationd saves nothing over itself. */
static void test_itself(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autofree char *data = g_build_filename(fixture->directory, "data", NULL);
    g_autofree char *good = g_build_filename(data, "last-good", NULL);
    g_autofree char *station = g_build_filename(good, "station.conf", NULL);

    save(fixture, data);
    g_assert_true(config_save_last_good(good, data, NULL));
    g_assert_true(g_file_test(station, G_FILE_TEST_EXISTS));
}

/* A copy with one fault of today's rules: OLD in FILE is REPLACEMENT. What of devices, points of dc-01, rules
 * and tariffs remains: how many devices, and how many of the others are lost. */
typedef struct {
    const char *name, *file, *old, *replacement;
    guint n_devices, n_points, n_tariffs;
    const char *told;
} Rest;

static const Rest rests[] = {
    { "whole", "station.conf", "[station]", "[station]", 5, 0, 0, NULL },
    { "device-key", "devices.d/yard.conf", "rated-kw=120", "rated-kw=much", 5, 0, 0, "rated-kw" },
    { "unknown-key", "devices.d/yard.conf", "rated-kw=120", "rated-kw=120\ncolour=red", 5, 0, 0, "colour" },
    { "device", "devices.d/yard.conf", "unit-id=1", "unit-id=one", 4, 0, 0, "unit-id" },
    { "bus", "devices.d/extra.conf", "rtu:///dev/ttyS1?baud=19200&parity=even&stop=1", "rtu://", 3, 0, 0,
      "[bus line]" },
    { "group", "devices.d/extra.conf", "[device io-01]", "[devise io-01]", 4, 0, 0, "[devise io-01]" },
    { "bytes", "devices.d/extra.conf", "[device io-01]", "\xff", 2, 0, 0, "UTF-8" },
    { "line", "devices.d/extra.conf", "[device io-01]", "[device io-01]\nnonsense", 4, 0, 0, "neither" },
    { "point", "profiles/generic-dc.profile", "scale=0.1", "scale=some", 5, 1, 0, "[point 1/power] scale" },
    { "point-unknown-key", "profiles/generic-dc.profile", "scale=0.1", "scale=0.1\nscal=2", 5, 0, 0, "scal" },
    { "profile", "profiles/generic-dc.profile", "kind=charger", "kind=robot", 4, 0, 0, "kind" },
    { "rule", "rules.d/battery.rules", "severity=critical", "severity=bad", 5, 0, 0,
      "severity" }, /* the shipped one of its name is back */
    { "own-rule", "rules.d/battery.rules", "[rule battery-over-temperature]\napplies-to=connector/*",
      "[rule own]\napplies-to=connecter", 5, 0, 0, "applies-to" },
    { "rule-key", "rules.d/battery.rules", "for=2s", "for=two", 5, 0, 0, "for" },
    { "price", "tariffs.d/standard.tariff", "energy-price=1.00000", "energy-price=dear", 5, 0, 1,
      "energy-price" },
    { "policy", "station.conf", "silence-minutes=10", "silence-minutes=none", 5, 0, 0, "silence-minutes" },
    { "stray", "rules.d/x.rule", NULL, "[rule x]\n", 5, 0, 0, "rules.d/x.rule" },
};

static const SiteDevice *find_device(const Site *site, const char *name)
{
    for (guint i = 0; i < site->devices->len; i++) {
        const SiteDevice *device = site->devices->pdata[i];

        if (g_str_equal(device->name, name))
            return device;
    }
    return NULL;
}

static Site *load_rest(const Fixture *fixture, const char *told)
{
    g_autoptr(GPtrArray) faults = NULL;
    Site *site = config_load_rest(fixture->directory, fixture->assets, &faults);
    gboolean found = !told;

    g_assert_true((faults->len > 0) == (told != NULL));
    for (guint i = 0; i < faults->len; i++) {
        g_autofree char *line = config_fault_format(faults->pdata[i]);

        g_test_message("%s", line);
        found |= strstr(line, told) != NULL;
    }
    g_assert_true(found);
    return site;
}

/* What has a fault is left out, what refers to it as well, and all else guards. */
static void test_rest(gconstpointer data)
{
    const Rest *rest = data;
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Site) right = fixture_load_right(fixture);
    g_autoptr(Site) site = NULL;
    const SiteDevice *dc;

    if (rest->old)
        fixture_edit(fixture, rest->file, rest->old, rest->replacement);
    else
        fixture_write(fixture, rest->file, rest->replacement, -1, 0644);
    site = load_rest(fixture, rest->told);
    g_assert_nonnull(site);
    g_assert_cmpuint(site->devices->len, ==, rest->n_devices);
    g_assert_cmpuint(site->rules->len, ==, right->rules->len);
    g_assert_cmpuint(site->tariffs->len + rest->n_tariffs, ==, right->tariffs->len);
    g_assert_cmpuint(site->policy.silence_minutes, ==, 10);
    dc = find_device(site, "dc-01");
    if (dc)
        g_assert_cmpuint(dc->profile->points->len + rest->n_points, ==,
                         find_device(right, "dc-01")->profile->points->len);
    if (dc)
        g_assert_true(!dc->feeder[0] == !find_device(site, "io-01"));
}

/* A profile that is left out is not replaced by the shipped one of its name, whose registers are others. */
static void test_rest_shipped_profile(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autofree char *shipped = g_build_filename(fixture->assets, "profiles", "generic-dc.profile", NULL);
    g_autoptr(Site) site = NULL;

    g_assert_true(g_file_test(shipped, G_FILE_TEST_EXISTS));
    fixture_edit(fixture, "profiles/generic-dc.profile", "kind=charger", "kind=robot");
    site = load_rest(fixture, "is left out");
    g_assert_nonnull(site);
    g_assert_null(find_device(site, "dc-01"));
}

/* Without its id it is no station. */
static void test_rest_of_nothing(void)
{
    static const char *const lines[] = { "id=CS-0571-001", "timezone=Asia/Shanghai",
                                         "data-dir=/var/lib/stationmaster", "[station]" };

    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(Fixture) fixture = fixture_new();
        g_autoptr(Site) site = NULL;

        fixture_edit(fixture, "station.conf", lines[i], "");
        site = load_rest(fixture, "station.conf");
        g_assert_null(site);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/config-last-good/alone", test_alone);
    g_test_add_func("/config-last-good/replace", test_replace);
    g_test_add_func("/config-last-good/failure", test_failure);
    g_test_add_func("/config-last-good/itself", test_itself);
    for (guint i = 0; i < G_N_ELEMENTS(rests); i++) {
        g_autofree char *path = g_strdup_printf("/config-last-good/rest/%s", rests[i].name);

        g_test_add_data_func(path, &rests[i], test_rest);
    }
    g_test_add_func("/config-last-good/rest/shipped-profile", test_rest_shipped_profile);
    g_test_add_func("/config-last-good/rest/nothing", test_rest_of_nothing);
    return g_test_run();
}

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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/config-last-good/alone", test_alone);
    g_test_add_func("/config-last-good/replace", test_replace);
    g_test_add_func("/config-last-good/failure", test_failure);
    g_test_add_func("/config-last-good/itself", test_itself);
    return g_test_run();
}

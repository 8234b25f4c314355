/* SPDX-License-Identifier: Apache-2.0 */
/* What the file of starts says of crashes, line by line. */
#include "edge/station/station-private.h"

#include <glib/gstdio.h>

#define BOOT "0f2cbb5e-0000-0000-0000-000000000001"
#define NOW_US (G_GINT64_CONSTANT(1000) * G_USEC_PER_SEC)
#define FIVE_MINUTES_US (5 * G_TIME_SPAN_MINUTE)

typedef struct {
    Site site;
    Station station;
    char *starts; /* path */
} Fixture;

static void set_up(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    self->site.policy.guard_only_after = 3;
    self->station = (Station){ .site = &self->site,
                               .boot_id = (char *)(gpointer)BOOT,
                               .started_at = { .boot_us = NOW_US },
                               .run_directory = g_dir_make_tmp("station-crash-XXXXXX", NULL) };
    self->starts = g_build_filename(self->station.run_directory, "starts", NULL);
}

static void tear_down(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    g_unlink(self->starts);
    g_rmdir(self->station.run_directory);
    g_free(self->station.run_directory);
    g_free(self->starts);
}

/* Begins at SECONDS, as the next process would. */
static gboolean begin_at(Fixture *self, gint64 seconds)
{
    self->station.started_at.boot_us = seconds * G_USEC_PER_SEC;
    self->station.guard_only_until_us = 0;
    return station_crash_begin(&self->station);
}

/* Three crashes within a minute are too many, and guarding only lasts five minutes over a further crash. */
static void test_three(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_false(begin_at(self, 1000));
    g_assert_false(begin_at(self, 1010));
    g_assert_false(begin_at(self, 1020));
    g_assert_true(begin_at(self, 1030));
    g_assert_cmpint(self->station.guard_only_until_us, ==, 1030 * G_USEC_PER_SEC + FIVE_MINUTES_US);
    g_assert_true(begin_at(self, 1200));
    g_assert_cmpint(self->station.guard_only_until_us, ==, 1030 * G_USEC_PER_SEC + FIVE_MINUTES_US);
    g_assert_false(begin_at(self, 1331));
}

static void test_rare(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    for (gint64 i = 0; i < 20; i++)
        g_assert_false(begin_at(self, 1000 + i * 25));
}

/* After an orderly end, and when its time is over, nothing counts any more. */
static void test_forgotten(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    for (gint64 i = 0; i < 10; i++) {
        g_assert_false(begin_at(self, 1000 + i));
        station_crash_end(&self->station);
        g_assert_false(g_file_test(self->starts, G_FILE_TEST_EXISTS));
    }
    for (gint64 i = 0; i < 4; i++)
        g_assert_cmpint(begin_at(self, 1020 + i), ==, i == 3);
    station_crash_forget(&self->station);
    g_assert_false(begin_at(self, 1024));
}

static void test_never(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    self->site.policy.guard_only_after = 0;
    for (gint64 i = 0; i < 10; i++)
        g_assert_false(begin_at(self, 1000 + i));
}

/* Whatever the file holds: only what this boot can have written counts. */
static void test_foreign(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    static const struct {
        const char *line;
        gboolean counts;
    } cases[] = {
        { BOOT " start 999000000", TRUE },
        { BOOT " start 940000000", TRUE },
        { BOOT " start 939999999", FALSE },
        { BOOT " start 1000000001", FALSE },
        { BOOT " start -5", FALSE },
        { BOOT " start", FALSE },
        { BOOT " start 999000000 more", FALSE },
        { BOOT " begin 999000000", FALSE },
        { "another-boot start 999000000", FALSE },
        { "", FALSE },
        { "another-boot until 1100000000", FALSE },
        { BOOT " until 1000000000", FALSE },
        { BOOT " until 1300000001", FALSE },
        { BOOT " until 1300000000", TRUE },
    };

    self->site.policy.guard_only_after = 1;
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_true(g_file_set_contents(self->starts, cases[i].line, -1, NULL));
        g_test_message("%s", cases[i].line);
        g_assert_cmpint(begin_at(self, 1000), ==, cases[i].counts);
    }
}

/* The file stays small however often it crashes. */
static void test_bounded(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *text = NULL;
    gsize length = 0;

    for (guint i = 0; i < 200; i++)
        begin_at(self, 1000);
    g_assert_true(g_file_get_contents(self->starts, &text, &length, NULL));
    g_assert_cmpuint(length, <, 4096);
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/station-crash/three", test_three);
    ADD("/station-crash/rare", test_rare);
    ADD("/station-crash/forgotten", test_forgotten);
    ADD("/station-crash/never", test_never);
    ADD("/station-crash/foreign", test_foreign);
    ADD("/station-crash/bounded", test_bounded);
    return g_test_run();
}

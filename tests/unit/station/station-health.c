/* SPDX-License-Identifier: Apache-2.0 */
/* Small files that are replaced whole or not at all. */
#include "edge/station/station-private.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

static void test_write(void)
{
    g_autofree char *directory = g_dir_make_tmp("station-health-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(directory, "note", NULL);
    g_autofree char *part = g_strconcat(path, ".part", NULL);
    g_autofree char *text = NULL;
    struct stat status;

    g_assert_true(station_health_write(path, "a longer text before", 0640));
    g_assert_true(station_health_write(path, "after", 0640));
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "after");
    g_assert_cmpint(g_stat(path, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0137, ==, 0);
    g_assert_false(g_file_test(part, G_FILE_TEST_EXISTS));
    g_unlink(path);
    g_rmdir(directory);
}

static GLogWriterOutput count_warning(GLogLevelFlags level, const GLogField *fields G_GNUC_UNUSED,
                                      gsize n G_GNUC_UNUSED, gpointer warnings)
{
    *(guint *)warnings += level & G_LOG_LEVEL_WARNING ? 1 : 0;
    return G_LOG_WRITER_HANDLED;
}

/* Where it cannot be written the old one stays, and somebody is told. */
static void test_refused(void)
{
    g_autofree char *directory = g_dir_make_tmp("station-health-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(directory, "note", NULL);
    g_autofree char *part = g_strconcat(path, ".part", NULL);
    g_autofree char *text = NULL;
    guint warnings = 0;

    g_assert_true(station_health_write(path, "before", 0640));
    g_assert_cmpint(g_mkdir(part, 0700), ==, 0);
    g_log_set_writer_func(count_warning, &warnings, NULL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK); /* GTest's default ends the test at a warning */
    g_assert_false(station_health_write(path, "after", 0640));
    g_assert_cmpuint(warnings, ==, 1);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "before");
    g_rmdir(part);
    g_unlink(path);
    g_rmdir(directory);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/station-health/write", test_write);
    g_test_add_func("/station-health/refused", test_refused);
    return g_test_run();
}

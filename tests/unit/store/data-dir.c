/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/data-dir.h"

#include "tests/unit/store/fixture.h"

#include <glib/gstdio.h>

static void test_lock(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *directory = fixture_path(fixture, "new/data");
    g_autoptr(GError) error = NULL;
    int first = -1, second = -1;
    struct stat status;

    g_assert_true(data_dir_lock(directory, &first, &error));
    g_assert_no_error(error);
    g_assert_cmpint(g_stat(directory, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0027, ==, 0);
    g_assert_false(data_dir_lock(directory, &second, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_BUSY);
    g_assert_cmpint(second, ==, -1);
    g_clear_error(&error);
    data_dir_unlock(first);
    data_dir_unlock(-1);
    g_assert_true(data_dir_lock(directory, &second, &error));
    data_dir_unlock(second);
}

static void test_no_directory(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *file = fixture_path(fixture, "file");
    g_autofree char *inner = fixture_path(fixture, "file/data");
    g_autoptr(GError) error = NULL;
    int lock = -1;

    g_assert_true(g_file_set_contents(file, "x", -1, NULL));
    g_assert_false(data_dir_lock(inner, &lock, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_IO);
    g_clear_error(&error);
    g_assert_false(data_dir_lock(file, &lock, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_IO);
    g_assert_cmpint(lock, ==, -1);
}

/* Any change of the database or of its log is seen. */
static void test_mark(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const files[] = { "station.db", "station.db-wal" };
    DataDirMark before = data_dir_mark(fixture->directory), same = data_dir_mark(fixture->directory);

    g_assert_true(data_dir_mark_equal(&before, &same));
    for (guint i = 0; i < G_N_ELEMENTS(files) * 3; i++) {
        g_autofree char *path = fixture_path(fixture, files[i / 3]);
        if (i % 3 == 2)
            g_remove(path);
        else
            g_assert_true(g_file_set_contents(path, i % 3 == 0 ? "a" : "bc", -1, NULL));
        DataDirMark after = data_dir_mark(fixture->directory);
        g_assert_false(data_dir_mark_equal(&before, &after));
        before = after;
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/data-dir/lock", test_lock);
    FIXTURE_ADD("/data-dir/no-directory", test_no_directory);
    FIXTURE_ADD("/data-dir/mark", test_mark);
    return g_test_run();
}

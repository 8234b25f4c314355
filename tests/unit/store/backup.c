/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/backup.h"

#include "tests/unit/store/fixture.h"

#include <glib/gstdio.h>

#define NEWEST 3
#define ROWS 20000 /* more than one step */

static DatabaseInterrupt always = { .is_raised = TRUE };

static void make_source(const char *path)
{
    g_autofree char *sql = g_strdup_printf(
        "PRAGMA journal_mode = WAL; PRAGMA application_id = %d; PRAGMA user_version = 3; CREATE TABLE a (x, "
        "y);"
        "INSERT INTO a WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
        "SELECT i, hex(randomblob(40)) FROM n",
        DATABASE_APPLICATION_ID, ROWS);

    fixture_run(path, sql);
}

static BackupProgress finish(Backup *backup, GError **error)
{
    BackupProgress progress;

    do
        progress = backup_step(backup, error);
    while (progress == BACKUP_MORE);
    return progress;
}

static gboolean exists(const char *path, const char *suffix)
{
    g_autofree char *whole = g_strconcat(path, suffix, NULL);

    return g_file_test(whole, G_FILE_TEST_EXISTS);
}

/* The copy is of one moment, though the source goes on; and it is one file. */
static void test_copy(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *source = fixture_path(fixture, "source.db");
    g_autofree char *file = fixture_path(fixture, "copy.db");
    g_autoptr(GError) error = NULL;

    make_source(source);
    g_autoptr(Backup) backup = backup_begin(source, file, NEWEST, NULL, &error);
    g_assert_no_error(error);
    guint steps = 1;
    while (backup_step(backup, &error) == BACKUP_MORE) {
        g_assert_false(exists(file, ""));
        g_assert_true(exists(file, ".part"));
        fixture_run(source, "INSERT INTO a VALUES (0, 0)");
        steps++;
    }
    g_assert_no_error(error);
    g_assert_cmpuint(steps, >, 1);
    g_assert_cmpint(fixture_read(file, "SELECT count(*) FROM a"), ==, ROWS);
    g_assert_cmpint(fixture_read(source, "SELECT count(*) FROM a"), ==, ROWS + steps - 1);
    g_assert_false(exists(file, ".part") || exists(file, "-wal") || exists(file, "-shm"));
    struct stat status;
    g_assert_cmpint(g_stat(file, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0600);
}

static void test_refusals(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *source = fixture_path(fixture, "source.db");
    g_autofree char *file = fixture_path(fixture, "copy.db");
    g_autofree char *nowhere = fixture_path(fixture, "no/copy.db");
    g_autoptr(GError) error = NULL;

    make_source(source);
    g_assert_true(g_file_set_contents(file, "mine", -1, NULL));
    g_assert_null(backup_begin(source, file, NEWEST, NULL, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_IO);
    g_assert_false(exists(file, ".part"));
    g_clear_error(&error);
    g_assert_null(backup_begin(source, nowhere, NEWEST, NULL, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_IO);
    g_clear_error(&error);
    g_remove(file);
    g_assert_null(backup_begin(source, file, NEWEST - 1, NULL, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_NEWER);
    g_clear_error(&error);
    g_assert_null(backup_begin(fixture->directory, file, NEWEST, NULL, &error));
    g_assert_nonnull(error);
    g_assert_false(exists(file, "") || exists(file, ".part"));
}

/* A file that comes into being meanwhile is not overwritten either. */
static void test_late_file(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *source = fixture_path(fixture, "source.db");
    g_autofree char *file = fixture_path(fixture, "copy.db");
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    make_source(source);
    Backup *backup = backup_begin(source, file, NEWEST, NULL, &error);
    g_assert_true(g_file_set_contents(file, "mine", -1, NULL));
    g_assert_cmpint(finish(backup, &error), ==, BACKUP_FAILED);
    g_assert_error(error, STORE_ERROR, STORE_ERROR_IO);
    backup_free(backup);
    g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "mine");
    g_assert_false(exists(file, ".part"));
}

/* One that is given up leaves nothing; what an earlier crash left is in nobody's way. */
static void test_given_up(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *source = fixture_path(fixture, "source.db");
    g_autofree char *file = fixture_path(fixture, "copy.db");
    g_autofree char *part = fixture_path(fixture, "copy.db.part");
    g_autofree char *log = fixture_path(fixture, "copy.db.part-wal");
    g_autoptr(GError) error = NULL;

    make_source(source);
    g_assert_true(g_file_set_contents(part, "half a copy", -1, NULL));
    g_assert_true(g_file_set_contents(log, "its log", -1, NULL));
    Backup *backup = backup_begin(source, file, NEWEST, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(backup_step(backup, &error), ==, BACKUP_MORE);
    backup_free(backup);
    g_assert_false(exists(file, "") || exists(file, ".part") || exists(file, ".part-wal"));
    backup = backup_begin(source, file, NEWEST, &always, &error);
    g_assert_cmpint(finish(backup, &error), ==, BACKUP_FAILED);
    backup_free(backup);
    g_assert_false(exists(file, "") || exists(file, ".part"));
}

static void test_damaged_source(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *source = fixture_path(fixture, "source.db");
    g_autofree char *file = fixture_path(fixture, "copy.db");
    g_autoptr(GError) error = NULL;

    make_source(source);
    FILE *stream = g_fopen(source, "r+");
    fseek(stream, 5 * 4096, SEEK_SET);
    fwrite("damaged!", 8, 1, stream);
    fclose(stream);
    Backup *backup = backup_begin(source, file, NEWEST, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(finish(backup, &error), ==, BACKUP_FAILED);
    g_assert_error(error, STORE_ERROR, STORE_ERROR_CORRUPT);
    backup_free(backup);
    g_assert_false(exists(file, "") || exists(file, ".part"));
}

static void test_swap(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *old = fixture_path(fixture, "x.db");
    g_autofree char *log = fixture_path(fixture, "x.db-wal");
    g_autofree char *copy = fixture_path(fixture, "copy.db");
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) directory = NULL;
    g_autofree char *text = NULL;
    const char *name;
    guint kept = 0;

    for (guint round = 0; round < 2; round++) {
        g_assert_true(g_file_set_contents(old, "old", -1, NULL));
        g_assert_true(g_file_set_contents(log, "old log", -1, NULL));
        g_assert_true(g_file_set_contents(copy, "new", -1, NULL));
        g_assert_true(backup_swap(fixture->directory, "copy.db", "x.db", &error));
        g_assert_no_error(error);
        g_assert_false(exists(old, "-wal") || exists(copy, ""));
    }
    g_assert_true(g_file_get_contents(old, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "new");
    directory = g_dir_open(fixture->directory, 0, NULL);
    while ((name = g_dir_read_name(directory)))
        kept += g_str_has_prefix(name, "x.db.before-restore-");
    g_assert_cmpuint(kept, ==, 4);
    /* There may be no old one at all. */
    g_assert_true(g_file_set_contents(copy, "newer", -1, NULL));
    g_assert_true(backup_swap(fixture->directory, "copy.db", "y.db", &error));
    g_assert_false(backup_swap(fixture->directory, "copy.db", "y.db", &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_IO);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/backup/copy", test_copy);
    FIXTURE_ADD("/backup/refusals", test_refusals);
    FIXTURE_ADD("/backup/late-file", test_late_file);
    FIXTURE_ADD("/backup/given-up", test_given_up);
    FIXTURE_ADD("/backup/damaged-source", test_damaged_source);
    FIXTURE_ADD("/backup/swap", test_swap);
    return g_test_run();
}

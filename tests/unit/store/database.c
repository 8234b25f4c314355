/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/database.h"

#include "tests/unit/store/fixture.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEWEST 3

/* What identifying PATH says: the version, or −1 with ERROR. */
static int identify(const char *path, GError **error)
{
    sqlite3 *database = database_open(path, DATABASE_WRITE, error);
    guint version;

    if (!database)
        return -1;
    gboolean done = database_identify(database, NEWEST, &version, error);
    database_close(database);
    return done ? (int)version : -1;
}

static void expect_untouched(const char *path, int code)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) before = fixture_bytes(path);

    g_assert_cmpint(identify(path, &error), ==, -1);
    g_assert_error(error, STORE_ERROR, code);
    g_autoptr(GBytes) after = fixture_bytes(path);
    g_assert_true(g_bytes_equal(before, after));
}

static void test_identify(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(fixture, "x.db");
    g_autoptr(GError) error = NULL;
    struct stat status;

    g_assert_cmpint(identify(path, &error), ==, 0);
    g_assert_no_error(error);
    /* Hashes of PINs are in it. */
    g_assert_cmpint(g_stat(path, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0600);
    fixture_run(path, "CREATE TABLE foreign_one (x)");
    expect_untouched(path, STORE_ERROR_CORRUPT);
    fixture_run(path, "PRAGMA application_id = 0x53544d52; PRAGMA user_version = 3");
    g_assert_cmpint(identify(path, &error), ==, 3);
    fixture_run(path, "PRAGMA user_version = 4");
    expect_untouched(path, STORE_ERROR_NEWER);
    fixture_run(path, "PRAGMA user_version = -1");
    expect_untouched(path, STORE_ERROR_CORRUPT);
    fixture_run(path, "PRAGMA user_version = 1; PRAGMA application_id = 7");
    expect_untouched(path, STORE_ERROR_CORRUPT);
}

static void test_not_a_database(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(fixture, "x.db");
    g_autofree char *long_text = g_strnfill(10000, 'x');

    g_assert_true(g_file_set_contents(path, "no database", -1, NULL));
    expect_untouched(path, STORE_ERROR_CORRUPT);
    g_assert_true(g_file_set_contents(path, long_text, -1, NULL));
    expect_untouched(path, STORE_ERROR_CORRUPT);
    /* A true one, cut short. */
    g_remove(path);
    fixture_run(path, "CREATE TABLE a (x); CREATE TABLE b (x); CREATE TABLE c (x)");
    g_assert_cmpint(truncate(path, 5000), ==, 0);
    expect_untouched(path, STORE_ERROR_CORRUPT);
}

/* The newer version may still be in the log that its program left behind. */
static void test_newer_in_log(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(fixture, "x.db");
    g_autofree char *log = fixture_path(fixture, "x.db-wal");
    g_autoptr(GError) error = NULL;

    fixture_run(path,
                "PRAGMA journal_mode = WAL; PRAGMA application_id = 0x53544d52; PRAGMA user_version = 3;"
                "CREATE TABLE a (x)");
    sqlite3 *database = database_open(path, DATABASE_WRITE, &error);
    g_assert_true(database_run(database, "PRAGMA user_version = 9", &error));
    database_close(database);
    g_assert_true(g_file_test(log, G_FILE_TEST_EXISTS));
    g_autoptr(GBytes) before = fixture_bytes(log);
    expect_untouched(path, STORE_ERROR_NEWER);
    g_autoptr(GBytes) after = fixture_bytes(log);
    g_assert_true(g_bytes_equal(before, after));
}

static void test_no_place(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(fixture, "missing/x.db");
    g_autoptr(GError) error = NULL;

    g_assert_null(database_open(path, DATABASE_WRITE, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_IO);
    g_assert_nonnull(strstr(error->message, "missing/x.db"));
    g_clear_error(&error);
    g_assert_null(database_open(path, DATABASE_READ, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_IO);
    g_clear_error(&error);
    g_assert_null(database_open(fixture->directory, DATABASE_WRITE, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_IO);
    g_clear_error(&error);
    g_autofree char *fifo = g_build_filename(fixture->directory, "fifo", NULL);
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    g_assert_null(database_open(fifo, DATABASE_READ, &error)); /* and does not wait for its writer */
    g_assert_error(error, STORE_ERROR, STORE_ERROR_IO);
}

static void test_configure(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(fixture, "x.db");
    g_autoptr(GError) error = NULL;
    sqlite3 *database = database_open(path, DATABASE_WRITE, &error);
    gint64 value;

    g_assert_true(database_configure(database, &error));
    g_assert_true(database_read_integer(database, "PRAGMA synchronous", &value, &error));
    g_assert_cmpint(value, ==, 2);
    g_assert_true(database_read_integer(database, "PRAGMA foreign_keys", &value, &error));
    g_assert_cmpint(value, ==, 1);
    g_assert_true(database_read_integer(database, "PRAGMA wal_autocheckpoint", &value, &error));
    g_assert_cmpint(value, ==, 0);
    database_close(database);
    /* There is no log in memory, and that is said. */
    g_assert_cmpint(sqlite3_open(":memory:", &database), ==, SQLITE_OK);
    g_assert_false(database_configure(database, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_IO);
    sqlite3_close(database);
}

static void test_check(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(fixture, "x.db");
    g_autoptr(GError) error = NULL;

    fixture_run(
        path, "CREATE TABLE a (x PRIMARY KEY) WITHOUT ROWID; INSERT INTO a WITH RECURSIVE n(i) AS (SELECT 1 "
              "UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT printf('%08d', i) FROM n");
    sqlite3 *database = database_open(path, DATABASE_READ, &error);
    g_assert_true(database_check(database, NULL, &error));
    database_close(database);
    FILE *file = g_fopen(path, "r+");
    fseek(file, 3 * 4096 + 8, SEEK_SET);
    fwrite("damaged!", 8, 1, file);
    fclose(file);
    database = database_open(path, DATABASE_READ, &error);
    g_assert_no_error(error);
    g_assert_false(database_check(database, NULL, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_CORRUPT);
    database_close(database);
}

typedef struct {
    sqlite3 *database;
    DatabaseInterrupt interrupt;
    GError *error;
    int has_ended; /* atomic */
} Check;

static gpointer check(gpointer data)
{
    Check *self = data;

    g_assert_false(database_check(self->database, &self->interrupt, &self->error));
    g_atomic_int_set(&self->has_ended, TRUE);
    return NULL;
}

/* A check that would take minutes ends when it is told to, without a word on the file. */
static void test_interrupt(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(fixture, "x.db");
    g_autoptr(GError) error = NULL;
    Check self = { 0 };

    fixture_run(path, FIXTURE_SLOW_TO_CHECK);
    self.database = database_open(path, DATABASE_READ, &error);
    g_assert_no_error(error);
    database_interrupt_init(&self.interrupt);
    GThread *thread = g_thread_new("check", check, &self);
    while (!g_atomic_int_get(&self.has_ended)) {
        database_interrupt_raise(&self.interrupt);
        g_thread_yield();
    }
    g_thread_join(thread);
    g_assert_error(self.error, STORE_ERROR, STORE_ERROR_QUERY);
    g_assert_cmpstr(self.error->message, ==, "quick_check: interrupted");
    g_clear_error(&self.error);
    database_interrupt_clear(&self.interrupt);
    database_close(self.database);
}

static void test_errno(void)
{
    static const struct {
        int code;
        StoreError error;
    } cases[] = { { ENOSPC, STORE_ERROR_FULL },
                  { EDQUOT, STORE_ERROR_FULL },
                  { EFBIG, STORE_ERROR_FULL },
                  { EACCES, STORE_ERROR_IO },
                  { EIO, STORE_ERROR_IO } };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(database_fail_errno(&error, cases[i].code, "cannot write", "/x"));
        g_assert_error(error, STORE_ERROR, (int)cases[i].error);
        g_assert_true(g_str_has_prefix(error->message, "cannot write /x: "));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/database/identify", test_identify);
    FIXTURE_ADD("/database/not-a-database", test_not_a_database);
    FIXTURE_ADD("/database/newer-in-log", test_newer_in_log);
    FIXTURE_ADD("/database/no-place", test_no_place);
    FIXTURE_ADD("/database/configure", test_configure);
    FIXTURE_ADD("/database/check", test_check);
    FIXTURE_ADD("/database/interrupt", test_interrupt);
    g_test_add_func("/database/errno", test_errno);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The writer over a disk that fails: once, at every single write and sync that a run makes, in three ways. */
#include "edge/store/writer.h"

#include "tests/unit/store/fixture.h"

#define FACTS 30

typedef enum {
    MISHAP_REFUSED, /* nothing is written, and that is said */
    MISHAP_DOUBT,   /* it is written all the same: the commit took place, though it failed */
    MISHAP_FULL,
} Mishap;

static sqlite3_vfs failing_vfs;
static sqlite3_vfs *true_vfs;
/* SQLite has one table for databases and one for logs; their functions are the same. */
static struct {
    const sqlite3_io_methods *true_one;
    sqlite3_io_methods failing;
} tables[4];
static guint n_tables;
static GMutex tables_lock;
static int (*true_write)(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 offset);
static int (*true_sync)(sqlite3_file *file, int flags);
static int countdown; /* atomic: operations until the mishap */
static Mishap mishap;

/* Whether this operation is the one. */
static gboolean is_due(void)
{
    return g_atomic_int_add(&countdown, -1) == 1;
}

static int failing_write(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 offset)
{
    gboolean due = is_due();

    if (due && mishap == MISHAP_FULL)
        return SQLITE_FULL;
    if (due && mishap == MISHAP_REFUSED)
        return SQLITE_IOERR_WRITE;
    int result = true_write(file, bytes, length, offset);
    return due ? SQLITE_IOERR_WRITE : result;
}

static int failing_sync(sqlite3_file *file, int flags)
{
    gboolean due = is_due();

    if (due && mishap != MISHAP_DOUBT)
        return mishap == MISHAP_FULL ? SQLITE_FULL : SQLITE_IOERR_FSYNC;
    int result = true_sync(file, flags);
    return due ? SQLITE_IOERR_FSYNC : result;
}

static const sqlite3_io_methods *find_failing(const sqlite3_io_methods *methods)
{
    guint i = 0;

    while (i < n_tables && tables[i].true_one != methods)
        i++;
    g_assert_cmpuint(i, <, G_N_ELEMENTS(tables));
    if (i == n_tables) {
        n_tables++;
        tables[i].true_one = methods;
        tables[i].failing = *methods;
        tables[i].failing.xWrite = failing_write;
        tables[i].failing.xSync = failing_sync;
    }
    if (!true_write) {
        true_write = methods->xWrite;
        true_sync = methods->xSync;
    }
    return &tables[i].failing;
}

static int failing_open(sqlite3_vfs *vfs G_GNUC_UNUSED, const char *name, sqlite3_file *file, int flags,
                        int *ret_flags)
{
    int result = true_vfs->xOpen(true_vfs, name, file, flags, ret_flags);

    if (result != SQLITE_OK || !file->pMethods)
        return result;
    g_mutex_lock(&tables_lock);
    file->pMethods = find_failing(file->pMethods);
    g_mutex_unlock(&tables_lock);
    return result;
}

static void install(void)
{
    true_vfs = sqlite3_vfs_find(NULL);
    failing_vfs = *true_vfs;
    failing_vfs.zName = "failing";
    failing_vfs.xOpen = failing_open;
    g_assert_cmpint(sqlite3_vfs_register(&failing_vfs, TRUE), ==, SQLITE_OK);
}

/* Whatever failed: every fact is told durable and stands in the books once, in order, without a hole. */
static void expect_all(Fixture *fixture, guint facts)
{
    g_autofree char *path = fixture_path(fixture, "station.db");

    g_assert_cmpint(fixture_read(path, "SELECT count(*) FROM event WHERE type = 'test.set'"), ==, facts);
    g_assert_cmpint(fixture_read(path, "SELECT count(DISTINCT subject) FROM event WHERE type = 'test.set'"),
                    ==, facts);
    g_assert_cmpint(fixture_read(path, "SELECT count(*) FROM (SELECT epoch FROM event GROUP BY epoch "
                                       "HAVING count(*) != max(seq) OR min(seq) != 1)"),
                    ==, 0);
    g_assert_cmpint(fixture_read(path,
                                 "SELECT count(*) FROM (SELECT subject, lag(CAST(subject AS INTEGER)) OVER "
                                 "(ORDER BY epoch, seq) AS before FROM event WHERE type = 'test.set') "
                                 "WHERE before >= CAST(subject AS INTEGER)"),
                    ==, 0);
}

/* Runs with a mishap at operation NUMBER; whether the run has so many. */
static gboolean run_with_mishap(guint number)
{
    Fixture fixture = { 0 };
    Answer answer = { 0 };

    fixture_set_up(&fixture, NULL);
    g_atomic_int_set(&countdown, (int)number);
    fixture_open_with(&fixture, &(StoreSetup){ .retry_ms = 1 });
    for (guint i = 0; i < FACTS; i++) {
        g_autofree char *name = g_strdup_printf("%u", i);
        store_put(fixture.store, fixture_fact(name, "x"), answer_done, &answer);
        if (i % 10 == 0)
            fixture_wait(&answer.count, i + 1);
        g_assert_true(answer.count == 0 || answer.code == -1);
    }
    fixture_wait(&answer.count, FACTS);
    g_assert_cmpint(answer.code, ==, -1);
    fixture_close(&fixture);
    gboolean has_come = g_atomic_int_get(&countdown) <= 0;
    g_atomic_int_set(&countdown, 0);
    expect_all(&fixture, FACTS);
    answer_clear(&answer);
    fixture_tear_down(&fixture, NULL);
    return has_come;
}

static void test_mishaps(gconstpointer data)
{
    guint number = 1;

    mishap = (Mishap)GPOINTER_TO_INT(data);
    while (run_with_mishap(number))
        number++;
    g_test_message("%u operations failed, one in each run", number - 1);
    g_assert_cmpuint(number, >, 50);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    install();
    g_test_add_data_func("/writer/refused", GINT_TO_POINTER(MISHAP_REFUSED), test_mishaps);
    g_test_add_data_func("/writer/in-doubt", GINT_TO_POINTER(MISHAP_DOUBT), test_mishaps);
    g_test_add_data_func("/writer/full", GINT_TO_POINTER(MISHAP_FULL), test_mishaps);
    return g_test_run();
}

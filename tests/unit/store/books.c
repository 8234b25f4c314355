/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/books.h"

#include "tests/unit/store/fixture.h"

#include <glib/gstdio.h>

static Books *open_books(Fixture *fixture, GError **error)
{
    return books_open(&(BooksSetup){ .directory = fixture->directory, .file = BOOKS_FILE, .station = "CS-1" },
                      error);
}

static Books *open_sound(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    Books *books = open_books(fixture, &error);

    g_assert_no_error(error);
    return books;
}

/* Writes N facts named NAME-0 … in one transaction. */
static void write_some(Books *books, const char *name, guint n)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(books_begin(books, &error));
    for (guint i = 0; i < n; i++) {
        g_autofree char *key = g_strdup_printf("%s-%u", name, i);
        g_autoptr(StoreFact) fact = fixture_fact(key, "x");
        g_assert_true(books_write(books, fact, &error));
        g_assert_no_error(fact->fault);
    }
    g_assert_true(books_commit(books, 1234, &error));
}

static gint64 read_books(Fixture *fixture, const char *sql)
{
    g_autofree char *path = fixture_path(fixture, BOOKS_FILE);

    return fixture_read(path, sql);
}

static void test_epoch_goes_on(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    Books *books = open_sound(fixture);
    EpochPosition first = books_get_position(books);

    g_assert_cmpint(first.epoch, >=, now);
    g_assert_cmpint(first.seq, ==, 0);
    write_some(books, "a", 3);
    g_assert_true(books_needs_sync(books));
    books_close(books, TRUE);
    books = open_sound(fixture);
    g_assert_cmpint(books_get_position(books).epoch, ==, first.epoch);
    g_assert_cmpint(books_get_position(books).seq, ==, 3);
    g_assert_cmpint(books_get_batch(books), ==, 1234);
    write_some(books, "b", 1);
    /* As after a kill: nothing is settled. */
    books_close(books, FALSE);
    books = open_sound(fixture);
    g_assert_cmpint(books_get_position(books).epoch, ==, first.epoch);
    g_assert_cmpint(books_get_position(books).seq, ==, 4);
    books_close(books, TRUE);
    g_assert_cmpint(read_books(fixture, "SELECT count(*) FROM event WHERE type != 'test.set'"), ==, 0);
    g_assert_cmpint(read_books(fixture, "SELECT opened FROM position"), ==, 3);
    g_assert_cmpint(read_books(fixture, "SELECT count(*) FROM event WHERE id = epoch || '.' || seq"), ==, 4);
}

static void copy(Fixture *fixture, const char *from, const char *to)
{
    g_autofree char *source = fixture_path(fixture, from);
    g_autofree char *target = fixture_path(fixture, to);
    g_autofree char *bytes = NULL;
    gsize length;

    g_assert_true(g_file_get_contents(source, &bytes, &length, NULL));
    g_assert_true(g_file_set_contents(target, bytes, (gssize)length, NULL));
}

static void expect_new_epoch(Fixture *fixture, gint64 above, const char *reason)
{
    Books *books = open_sound(fixture);
    EpochPosition position = books_get_position(books);
    g_autofree char *sql = g_strdup_printf(
        "SELECT count(*) FROM event WHERE epoch = %" G_GINT64_FORMAT " AND seq = 1 AND type = "
        "'station.restored' AND data ->> 'reason' = '%s' AND data ->> 'station' = 'CS-1'",
        position.epoch, reason);

    g_assert_cmpint(position.epoch, >, above);
    g_assert_cmpint(position.seq, ==, 1);
    g_assert_cmpint(read_books(fixture, sql), ==, 1);
    write_some(books, "later", 2);
    g_assert_cmpint(books_get_position(books).seq, ==, 3);
    books_close(books, TRUE);
    /* And it is the epoch from now on. */
    books = open_sound(fixture);
    g_assert_cmpint(books_get_position(books).epoch, ==, position.epoch);
    books_close(books, TRUE);
}

/* An older copy, put in place behind the station's back, never gives a number a second time. */
static void test_older_copy(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Books *books = open_sound(fixture);
    gint64 epoch = books_get_position(books).epoch;

    write_some(books, "a", 5);
    books_close(books, TRUE);
    copy(fixture, BOOKS_FILE, "older.db");
    books = open_sound(fixture);
    write_some(books, "b", 1);
    /* Killed: what was told is under the mark all the same. */
    books_close(books, FALSE);
    g_autofree char *log = fixture_path(fixture, BOOKS_FILE "-wal");
    g_assert_cmpint(g_remove(log), ==, 0);
    copy(fixture, "older.db", BOOKS_FILE);
    expect_new_epoch(fixture, epoch, "behind the mark");
    /* The same copy once more: it is of an older epoch now. */
    copy(fixture, "older.db", BOOKS_FILE);
    expect_new_epoch(fixture, epoch + 1, "behind the mark");
}

/* A copy that stands where the station stands is no step back. */
static void test_same_copy(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Books *books = open_sound(fixture);
    gint64 epoch = books_get_position(books).epoch;

    write_some(books, "a", 5);
    books_close(books, TRUE);
    copy(fixture, BOOKS_FILE, "same.db");
    copy(fixture, "same.db", BOOKS_FILE);
    books = open_sound(fixture);
    g_assert_cmpint(books_get_position(books).epoch, ==, epoch);
    books_close(books, TRUE);
}

static void test_lost(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(fixture, BOOKS_FILE);
    g_autofree char *mark = fixture_path(fixture, "epoch");
    Books *books = open_sound(fixture);
    gint64 epoch = books_get_position(books).epoch;

    write_some(books, "a", 5);
    books_close(books, TRUE);
    g_assert_cmpint(g_remove(mark), ==, 0);
    expect_new_epoch(fixture, epoch, "no mark");
    g_assert_cmpint(g_remove(path), ==, 0);
    expect_new_epoch(fixture, epoch + 1, "made anew");
}

/* A mark that a cut short second left behind is no reason for anything. */
static void test_mark_behind(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Books *books = open_sound(fixture);
    gint64 epoch = books_get_position(books).epoch;

    copy(fixture, "epoch", "old-mark");
    write_some(books, "a", 5);
    books_close(books, TRUE);
    copy(fixture, "old-mark", "epoch");
    books = open_sound(fixture);
    g_assert_cmpint(books_get_position(books).epoch, ==, epoch);
    g_assert_cmpint(books_get_position(books).seq, ==, 5);
    books_close(books, TRUE);
    EpochPosition position;
    g_assert_true(epoch_read(fixture->directory, &position));
    g_assert_cmpint(position.seq, ==, 5);
}

static StoreFact *transition_fact(gint64 number, gint64 transitions)
{
    StoreEvent event = { "alarm.raised", "dc-01/1", "2026-11-22T14:21:44.318+08:00", "unset",
                         "{\"id\":\"a-1\"}" };
    StoreFact *fact = store_fact_new();

    store_fact_add(fact, "alarm-save", "sssssiiiss", "a-1", "rule", "dc-01/1", "critical", "acknowledged",
                   G_GINT64_CONSTANT(1795000000000000), G_GINT64_CONSTANT(0), transitions, "{}", NULL);
    store_fact_add(fact, "alarm-transition-add", "sisis", "a-1", number, "raised",
                   G_GINT64_CONSTANT(1795000000000000), "");
    store_fact_add_event(fact, &event, TRUE);
    return fact;
}

static void test_given_twice(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Books *books = open_sound(fixture);
    g_autoptr(GError) error = NULL;

    for (guint round = 0; round < 2; round++) {
        g_assert_true(books_begin(books, &error));
        for (gint64 number = 1; number <= 3; number++) {
            g_autoptr(StoreFact) fact = transition_fact(number, number);
            g_assert_true(books_write(books, fact, &error));
            g_assert_no_error(fact->fault);
            g_assert_cmpint(fact->last_seq, ==, round == 0 ? number : 3);
        }
        g_assert_true(books_commit(books, 1, &error));
    }
    g_assert_cmpint(read_books(fixture, "SELECT count(*) FROM event"), ==, 3);
    g_assert_cmpint(read_books(fixture, "SELECT transitions FROM alarm"), ==, 3);
    books_close(books, TRUE);
}

/* A refused fact ends alone and leaves no hole in the numbers. */
static void test_faulty(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Books *books = open_sound(fixture);
    StoreEvent good = { "test.set", "x", "t", "synced", "{}" };
    StoreEvent bad = { "test.set", "x", "t", "synced", "{not json" };
    g_autoptr(GError) error = NULL;

    g_assert_true(books_begin(books, &error));
    for (guint i = 0; i < 9; i++) {
        g_autoptr(StoreFact) fact = fixture_fact("a", "b");
        if (i % 3 == 1)
            store_fact_add(fact, "meta-set", "ss", "never", NULL);
        if (i % 3 == 2) {
            store_fact_add_event(fact, &good, FALSE);
            store_fact_add_event(fact, &bad, FALSE);
        }
        g_assert_true(books_write(books, fact, &error));
        if (i % 3 == 0)
            g_assert_no_error(fact->fault);
        else
            g_assert_error(fact->fault, STORE_ERROR, STORE_ERROR_FACT);
        g_assert_cmpint(fact->last_seq, ==, 1 + i / 3);
    }
    g_assert_true(books_commit(books, 1, &error));
    g_assert_cmpint(read_books(fixture, "SELECT count(*) FROM event"), ==, 3);
    g_assert_cmpint(read_books(fixture, "SELECT max(seq) FROM event"), ==, 3);
    g_assert_cmpint(read_books(fixture, "SELECT count(*) FROM meta WHERE name = 'never'"), ==, 0);
    books_close(books, TRUE);
}

static void test_too_big(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Books *books = open_sound(fixture);
    g_autoptr(GError) error = NULL;
    g_autofree char *huge = g_strnfill(5 * 1024 * 1024, 'x');
    g_autoptr(StoreFact) fact = fixture_fact("huge", huge);

    g_assert_true(books_begin(books, &error));
    g_assert_true(books_write(books, fact, &error));
    g_assert_error(fact->fault, STORE_ERROR, STORE_ERROR_FACT);
    g_assert_true(books_commit(books, 1, &error));
    books_close(books, TRUE);
}

static void test_taken_away(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Books *books = open_sound(fixture);
    g_autofree char *path = fixture_path(fixture, BOOKS_FILE);
    g_autofree char *other = fixture_path(fixture, "moved.db");
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(g_rename(path, other), ==, 0);
    g_assert_false(books_begin(books, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_IO);
    books_close(books, FALSE);
}

static void test_position_missing(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(fixture, BOOKS_FILE);
    g_autoptr(GError) error = NULL;

    books_close(open_sound(fixture), TRUE);
    fixture_run(path, "DELETE FROM position");
    g_assert_null(open_books(fixture, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_CORRUPT);
}

/* The log is written into the file now and then, and does not grow with what is written. */
static void test_log_is_bounded(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Books *books = open_sound(fixture);
    g_autofree char *log = fixture_path(fixture, BOOKS_FILE "-wal");
    g_autoptr(GError) error = NULL;
    struct stat status;

    for (guint i = 0; i < 100; i++) {
        g_autofree char *name = g_strdup_printf("round-%u", i);
        write_some(books, name, 256);
        g_assert_true(books_trim(books, &error));
    }
    g_assert_cmpint(g_stat(log, &status), ==, 0);
    g_assert_cmpint(status.st_size, <, 8 * 1024 * 1024);
    g_assert_cmpint(books_get_log_bytes(books), <, 8 * 1024 * 1024);
    books_close(books, TRUE);
    g_assert_false(g_file_test(log, G_FILE_TEST_EXISTS));
    g_assert_cmpint(read_books(fixture, "SELECT count(*) FROM event"), ==, 25600);
}

/* While somebody reads, the log grows, and says so; once nobody does, it is emptied without a further fact.
 */
static void test_log_is_held(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Books *books = open_sound(fixture);
    g_autofree char *path = fixture_path(fixture, BOOKS_FILE);
    g_autofree char *log = fixture_path(fixture, BOOKS_FILE "-wal");
    g_autoptr(GError) error = NULL;
    gint64 events;
    struct stat status;

    sqlite3 *reader = database_open(path, DATABASE_READ, &error);
    g_assert_true(database_run(reader, "BEGIN", &error));
    g_assert_true(database_read_integer(reader, "SELECT count(*) FROM event", &events, &error));
    for (guint i = 0; !books_has_long_log(books) && i < 1000; i++) {
        g_autofree char *name = g_strdup_printf("round-%u", i);
        write_some(books, name, 256);
        g_assert_true(books_trim(books, &error));
    }
    g_assert_true(books_has_long_log(books));
    gint64 bytes = books_get_log_bytes(books);
    g_assert_true(books_shrink(books, &error));
    g_assert_cmpint(books_get_log_bytes(books), ==, bytes);
    g_assert_cmpint(g_stat(log, &status), ==, 0);
    g_assert_cmpint(status.st_size, >=, bytes);
    database_close(reader);
    g_assert_true(books_shrink(books, &error));
    g_assert_false(books_has_long_log(books));
    g_assert_cmpint(books_get_log_bytes(books), ==, 0);
    g_assert_cmpint(g_stat(log, &status), ==, 0);
    g_assert_cmpint(status.st_size, ==, 0);
    books_close(books, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/books/epoch-goes-on", test_epoch_goes_on);
    FIXTURE_ADD("/books/older-copy", test_older_copy);
    FIXTURE_ADD("/books/same-copy", test_same_copy);
    FIXTURE_ADD("/books/lost", test_lost);
    FIXTURE_ADD("/books/mark-behind", test_mark_behind);
    FIXTURE_ADD("/books/given-twice", test_given_twice);
    FIXTURE_ADD("/books/faulty", test_faulty);
    FIXTURE_ADD("/books/too-big", test_too_big);
    FIXTURE_ADD("/books/taken-away", test_taken_away);
    FIXTURE_ADD("/books/log-is-held", test_log_is_held);
    FIXTURE_ADD("/books/position-missing", test_position_missing);
    FIXTURE_ADD("/books/log-is-bounded", test_log_is_bounded);
    return g_test_run();
}

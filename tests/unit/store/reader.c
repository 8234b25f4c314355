/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/reader.h"

#include "edge/store/books.h"
#include "edge/store/store-answer.h"
#include "tests/unit/store/fixture.h"

/* In place of the events a view that never ends: what is read must end all the same. */
#define ENDLESS                                                                                              \
    "DROP TABLE event; CREATE VIEW event (epoch, seq, id, type, subject, time, timequality, data) AS "       \
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "                                       \
    "SELECT 1, i, 1, 1, 1, 1, 1, 1 FROM n WHERE i < 0;"                                                      \
    "CREATE TRIGGER event_insert INSTEAD OF INSERT ON event BEGIN SELECT 1; END"

typedef struct {
    Fixture fixture;
    StoreAnswerTally tally;
    Mailbox *mailbox;
    Reader *reader;
    int damages; /* atomic */
} Case;

static void on_damage(const GError *error, gpointer user_data)
{
    g_assert_cmpint(error->code, ==, STORE_ERROR_CORRUPT);
    g_atomic_int_inc(&((Case *)user_data)->damages);
}

static void set_up(Case *self, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    fixture_set_up(&self->fixture, data);
    Books *books = books_open(
        &(BooksSetup){ .directory = self->fixture.directory, .file = BOOKS_FILE, .station = "CS-1" }, &error);
    g_assert_no_error(error);
    books_close(books, TRUE);
    self->mailbox = store_answer_mailbox_new(&self->tally);
    self->reader = reader_new(self->fixture.directory, self->mailbox, on_damage, self);
}

static void tear_down(Case *self, gconstpointer data)
{
    reader_stop(self->reader);
    mailbox_free(self->mailbox);
    reader_free(self->reader);
    fixture_tear_down(&self->fixture, data);
}

static StoreFact *make_query(const char *query, const char *format, ...)
{
    StoreFact *fact = store_fact_new();
    va_list list;

    va_start(list, format);
    store_fact_add_list(fact, TRUE, query, format, list);
    va_end(list);
    return fact;
}

static StoreFact *event_query(void)
{
    return make_query("event-list", "iii", G_GINT64_CONSTANT(1), G_GINT64_CONSTANT(0), G_GINT64_CONSTANT(10));
}

static void make_endless(Case *self)
{
    g_autofree char *path = fixture_path(&self->fixture, BOOKS_FILE);

    fixture_run(path, ENDLESS);
}

/* A query that takes too long is ended, and the next one is answered. */
static void test_time_limit(Case *self, gconstpointer data G_GNUC_UNUSED)
{
    Answer slow = { 0 }, quick = { 0 };

    make_endless(self);
    reader_allow(self->reader);
    reader_query(self->reader, event_query(), answer_rows, &slow);
    reader_query(self->reader, make_query("hold-list", ""), answer_rows, &quick);
    fixture_wait(&quick.count, 1);
    g_assert_cmpuint(slow.count, ==, 1);
    g_assert_cmpint(slow.code, ==, STORE_ERROR_QUERY);
    g_assert_cmpint(quick.code, ==, -1);
    answer_clear(&slow);
    answer_clear(&quick);
}

/* The writer gets the file back at once, even from the midst of a query. */
static void test_forbid(Case *self, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) why = g_error_new(STORE_ERROR, STORE_ERROR_NEWER, "newer");
    Answer slow = { 0 }, later = { 0 };

    make_endless(self);
    reader_allow(self->reader);
    reader_query(self->reader, event_query(), answer_rows, &slow);
    reader_query(self->reader, make_query("hold-list", ""), answer_rows, &later);
    reader_forbid(self->reader, why);
    fixture_wait(&later.count, 1);
    g_assert_cmpint(later.code, ==, STORE_ERROR_NEWER);
    g_assert_cmpuint(slow.count, ==, 1);
    g_assert_cmpint(slow.code, !=, -1);
    reader_allow(self->reader);
    reader_query(self->reader, make_query("hold-list", ""), answer_rows, &later);
    fixture_wait(&later.count, 2);
    g_assert_cmpint(later.code, ==, -1);
    answer_clear(&slow);
    answer_clear(&later);
}

/* Ending it in the midst of a query and of a backup waits for neither. */
static void test_stop(Case *self, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *file = fixture_path(&self->fixture, "backup.db");
    Answer slow = { 0 };

    make_endless(self);
    reader_allow(self->reader);
    reader_query(self->reader, event_query(), answer_rows, &slow);
    reader_backup(self->reader, file, answer_done, &slow);
    reader_stop(self->reader);
    answer_clear(&slow);
}

static void test_too_many(Case *self, gconstpointer data G_GNUC_UNUSED)
{
    Answer taken = { 0 }, refused = { 0 };

    for (guint i = 0; i < READER_MOST_JOBS; i++)
        reader_query(self->reader, make_query("hold-list", ""), answer_rows, &taken);
    reader_query(self->reader, make_query("hold-list", ""), answer_rows, &refused);
    fixture_wait(&refused.count, 1);
    g_assert_cmpint(refused.code, ==, STORE_ERROR_QUEUE);
    g_assert_cmpuint(taken.count, ==, 0);
    reader_allow(self->reader);
    fixture_wait(&taken.count, READER_MOST_JOBS);
    g_assert_cmpint(taken.code, ==, -1);
    answer_clear(&taken);
    answer_clear(&refused);
}

static void test_damage(Case *self, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(&self->fixture, BOOKS_FILE);
    Answer answer = { 0 };

    g_assert_true(g_file_set_contents(path, "rubbish", -1, NULL));
    reader_allow(self->reader);
    reader_check(self->reader, answer_done, &answer);
    fixture_wait(&answer.count, 1);
    g_assert_cmpint(answer.code, ==, STORE_ERROR_CORRUPT);
    g_assert_cmpint(g_atomic_int_get(&self->damages), ==, 1);
    answer_clear(&answer);
}

/* Queries are answered while a backup is being made, and only one is made at a time. */
static void test_backup(Case *self, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *first = fixture_path(&self->fixture, "first.db");
    g_autofree char *second = fixture_path(&self->fixture, "second.db");
    Answer one = { 0 }, two = { 0 }, rows = { 0 };

    reader_backup(self->reader, first, answer_done, &one);
    reader_backup(self->reader, second, answer_done, &two);
    reader_query(self->reader, make_query("hold-list", ""), answer_rows, &rows);
    reader_allow(self->reader);
    fixture_wait(&rows.count, 1);
    g_assert_cmpint(rows.code, ==, -1);
    g_assert_cmpuint(one.count, ==, 0);
    g_assert_cmpint(two.code, ==, STORE_ERROR_BUSY);
    fixture_wait(&one.count, 1);
    g_assert_cmpint(one.code, ==, -1);
    g_assert_true(g_file_test(first, G_FILE_TEST_EXISTS));
    g_assert_false(g_file_test(second, G_FILE_TEST_EXISTS));
    answer_clear(&one);
    answer_clear(&two);
    answer_clear(&rows);
}

#define ADD(path, function) g_test_add(path, Case, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/reader/time-limit", test_time_limit);
    ADD("/reader/forbid", test_forbid);
    ADD("/reader/stop", test_stop);
    ADD("/reader/too-many", test_too_many);
    ADD("/reader/damage", test_damage);
    ADD("/reader/backup", test_backup);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/store.h"

#include "tests/unit/store/fixture.h"

#include <glib/gstdio.h>

/* A fact is told durable with its number, and can be read then. */
static void test_put_and_read(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Answer answer = { 0 };
    gint64 epoch, seq;

    fixture_open_usable(fixture);
    store_get_position(fixture->store, &epoch, &seq);
    g_assert_cmpint(epoch, >, G_GINT64_CONSTANT(1700000000));
    g_assert_cmpint(seq, ==, 0);
    store_put(fixture->store, fixture_fact("a", "城西"), answer_done, &answer);
    fixture_wait(&answer.count, 1);
    g_assert_cmpint(answer.code, ==, -1);
    g_assert_cmpint(answer.last_seq, ==, 1);
    store_get_position(fixture->store, &epoch, &seq);
    g_assert_cmpint(seq, ==, 1);
    g_assert_cmpuint(store_get_waiting(fixture->store), ==, 0);
    g_assert_cmpuint(store_get_settled(fixture->store), ==, 1);

    store_query(fixture->store, answer_rows, &answer, "meta-get", "s", "a");
    fixture_wait(&answer.count, 2);
    g_assert_cmpuint(answer_count_rows(&answer), ==, 1);
    g_assert_cmpstr(json_object_get_string_member(answer_get_row(&answer, 0), "value"), ==, "城西");
    store_query(fixture->store, answer_rows, &answer, "event-list", "iii", G_GINT64_CONSTANT(0),
                G_GINT64_CONSTANT(0), G_GINT64_CONSTANT(10));
    fixture_wait(&answer.count, 3);
    g_assert_cmpuint(answer_count_rows(&answer), ==, 1);
    g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT ".1", epoch);
    g_assert_cmpstr(json_object_get_string_member(answer_get_row(&answer, 0), "id"), ==, id);
    g_assert_cmpint(json_object_get_int_member(answer_get_row(&answer, 0), "epoch"), ==, epoch);
    g_assert_cmpint(json_object_get_int_member(answer_get_row(&answer, 0), "seq"), ==, 1);
    g_assert_cmpstr(json_object_get_string_member(answer_get_row(&answer, 0), "timequality"), ==, "synced");
    store_query(fixture->store, answer_rows, &answer, "event-list", "iii", epoch, G_GINT64_CONSTANT(1),
                G_GINT64_CONSTANT(10));
    fixture_wait(&answer.count, 4);
    g_assert_cmpuint(answer_count_rows(&answer), ==, 0);
    answer_clear(&answer);
}

typedef struct {
    guint count;
    gint64 last_seq;
    guint refused;
} Order;

static void on_ordered(const GError *error, gint64 last_seq, gpointer user_data)
{
    Order *order = user_data;

    order->count++;
    if (error) {
        g_assert_error(error, STORE_ERROR, STORE_ERROR_FACT);
        order->refused++;
        return;
    }
    g_assert_cmpint(last_seq, ==, order->last_seq + 1);
    order->last_seq = last_seq;
}

/* Many facts in one go are told in their order; those that are refused end alone. */
static void test_many(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Order order = { 0 };

    fixture_open(fixture);
    for (guint i = 0; i < 2000; i++) {
        g_autofree char *name = g_strdup_printf("n-%u", i);
        StoreFact *fact = fixture_fact(name, "x");
        if (i % 7 == 3)
            store_fact_add(fact, "staff-save", "sssis", name, "king", "hash", G_GINT64_CONSTANT(1), "root");
        store_put(fixture->store, fact, on_ordered, &order);
    }
    fixture_wait(&order.count, 2000);
    g_assert_cmpuint(order.refused, ==, 286);
    g_assert_cmpint(order.last_seq, ==, 2000 - 286);
}

static void test_alarms(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    gint64 at = 1795000000000000, zero = 0, one = 1;
    StoreFact *fact = store_fact_new();

    fixture_open(fixture);
    for (gint64 number = 1; number <= 4; number++) {
        g_autofree char *id = g_strdup_printf("a-%d", (int)number);
        gint64 raised_at = at + number, over = number % 2;
        store_fact_add(fact, "alarm-save", "sssssiiiss", id, "hot", "dc-01/1", "critical", "unacknowledged",
                       raised_at, over, one, "{\"state\":1}", "1");
    }
    store_fact_add(fact, "alarm-save", "sssssiiiss", "a-2", "hot", "dc-01/1", "critical", "acknowledged", at,
                   zero, one + 1, "{\"state\":2}", "2");
    /* An older state comes late: it changes nothing. */
    store_fact_add(fact, "alarm-save", "sssssiiiss", "a-2", "hot", "dc-01/1", "critical", "unacknowledged",
                   at, one, one, "{\"state\":1}", "1");
    store_fact_add(fact, "action-save", "sisssiiss", "a-2", one, "dc-01/1", "soft", "pending", at, zero, "",
                   "");
    store_fact_add(fact, "action-save", "sisssiiss", "a-2", one, "dc-01/1", "soft", "proven", at, at + 1,
                   "status finishing", "");
    store_fact_add(fact, "hold-save", "sssi", "dc-01/1", "a-2", "", at);
    store_fact_add(fact, "hold-save", "sssi", "dc-01/2", "a-2", "shared-feeder", at);
    store_fact_add(fact, "hold-delete", "s", "dc-01/1");
    fixture_put_fact(fixture, fact);

    Answer answer = fixture_query(fixture, "alarm-open-list");
    g_assert_cmpuint(answer_count_rows(&answer), ==, 2);
    g_assert_cmpstr(json_object_get_string_member(answer_get_row(&answer, 0), "id"), ==, "a-2");
    g_assert_cmpstr(json_object_get_string_member(answer_get_row(&answer, 0), "state"), ==, "acknowledged");
    g_assert_cmpint(json_object_get_int_member(answer_get_row(&answer, 0), "transitions"), ==, 2);
    g_assert_cmpstr(json_object_get_string_member(answer_get_row(&answer, 0), "object"), ==, "{\"state\":2}");
    g_assert_cmpstr(json_object_get_string_member(answer_get_row(&answer, 0), "record"), ==, "2");
    g_assert_cmpstr(json_object_get_string_member(answer_get_row(&answer, 1), "id"), ==, "a-4");
    store_query(fixture->store, answer_rows, &answer, "alarm-recent-list", "i", one);
    fixture_wait(&answer.count, 2);
    g_assert_cmpuint(answer_count_rows(&answer), ==, 1);
    g_assert_cmpstr(json_object_get_string_member(answer_get_row(&answer, 0), "id"), ==, "a-3");
    store_query(fixture->store, answer_rows, &answer, "action-list", "s", "a-2");
    fixture_wait(&answer.count, 3);
    g_assert_cmpuint(answer_count_rows(&answer), ==, 1);
    g_assert_cmpstr(json_object_get_string_member(answer_get_row(&answer, 0), "result"), ==, "proven");
    answer_clear(&answer);
    answer = fixture_query(fixture, "hold-list");
    g_assert_cmpuint(answer_count_rows(&answer), ==, 1);
    g_assert_cmpstr(json_object_get_string_member(answer_get_row(&answer, 0), "cause"), ==, "shared-feeder");
    answer_clear(&answer);
}

static void test_staff_and_audit(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    gint64 at = 1795000000000000, zero = 0, two = 2;
    StoreFact *fact = store_fact_new();

    fixture_open(fixture);
    store_fact_add(fact, "staff-save", "sssis", "wang", "operator", "hash-1", at, "root");
    store_fact_add(fact, "staff-save", "sssis", "li", "engineer", "hash-2", at, "root");
    store_fact_add(fact, "staff-disable", "s", "wang");
    store_fact_add(fact, "staff-save", "sssis", "wang", "viewer", "hash-3", at + 1, "li");
    store_fact_add(fact, "staff-disable", "s", "li");
    for (gint64 i = 1; i <= 5; i++)
        store_fact_add(fact, "audit-add", "isssss", at + i, "staff:li", "ack", "a-1", "done", "");
    fixture_put_fact(fixture, fact);

    Answer answer = fixture_query(fixture, "staff-list");
    g_assert_cmpuint(answer_count_rows(&answer), ==, 2);
    g_assert_cmpstr(json_object_get_string_member(answer_get_row(&answer, 0), "name"), ==, "li");
    g_assert_cmpint(json_object_get_int_member(answer_get_row(&answer, 0), "disabled"), ==, 1);
    g_assert_false(json_object_has_member(answer_get_row(&answer, 0), "pin_hash"));
    store_query(fixture->store, answer_rows, &answer, "staff-get", "s", "wang");
    fixture_wait(&answer.count, 2);
    g_assert_cmpstr(json_object_get_string_member(answer_get_row(&answer, 0), "pin_hash"), ==, "hash-3");
    g_assert_cmpstr(json_object_get_string_member(answer_get_row(&answer, 0), "role"), ==, "viewer");
    g_assert_cmpint(json_object_get_int_member(answer_get_row(&answer, 0), "disabled"), ==, 0);
    store_query(fixture->store, answer_rows, &answer, "audit-list", "ii", zero, two);
    fixture_wait(&answer.count, 3);
    g_assert_cmpuint(answer_count_rows(&answer), ==, 2);
    gint64 before = json_object_get_int_member(answer_get_row(&answer, 1), "id");
    g_assert_cmpint(json_object_get_int_member(answer_get_row(&answer, 0), "id"), ==, before + 1);
    store_query(fixture->store, answer_rows, &answer, "audit-list", "ii", before, at);
    fixture_wait(&answer.count, 4);
    g_assert_cmpuint(answer_count_rows(&answer), ==, 3);
    answer_clear(&answer);
}

/* Without books facts wait up to the limits, and are written in order once there are books. */
static void test_without_books(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(fixture, "data");
    Order order = { 0 };
    Answer refused = { 0 };

    g_assert_true(g_file_set_contents(path, "in the way", -1, NULL));
    fixture_open_with(fixture, &(StoreSetup){ .directory = path, .queue_limit = 500 });
    fixture_wait(&fixture->states, 1);
    g_assert_false(fixture->usable);
    g_assert_cmpint(fixture->code, ==, STORE_ERROR_IO);
    for (guint i = 0; i < 500; i++) {
        g_autofree char *value = g_strdup_printf("%u", i);
        store_put(fixture->store, fixture_fact("n", value), on_ordered, &order);
    }
    g_assert_cmpuint(store_get_waiting(fixture->store), ==, 500);
    store_put(fixture->store, fixture_fact("n", "one too many"), answer_done, &refused);
    g_assert_cmpuint(refused.count, ==, 0);
    fixture_wait(&refused.count, 1);
    g_assert_cmpint(refused.code, ==, STORE_ERROR_QUEUE);
    Answer answer = fixture_query(fixture, "hold-list");
    g_assert_cmpint(answer.code, ==, STORE_ERROR_IO);
    answer_clear(&answer);
    g_assert_cmpuint(order.count, ==, 0);

    g_assert_cmpint(g_remove(path), ==, 0);
    fixture_wait_usable(fixture, TRUE);
    fixture_wait(&order.count, 500);
    g_assert_cmpint(order.last_seq, ==, 500);
    store_query(fixture->store, answer_rows, &answer, "meta-get", "s", "n");
    fixture_wait(&answer.count, 1);
    g_assert_cmpstr(json_object_get_string_member(answer_get_row(&answer, 0), "value"), ==, "499");
    answer_clear(&answer);
    answer_clear(&refused);
}

/* Waiting facts are bounded by the memory they take as well. */
static void test_memory_bound(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(fixture, "data");
    g_autofree char *large = g_strnfill(100000, 'x');
    Answer refused = { 0 };
    guint accepted = 0;

    g_assert_true(g_file_set_contents(path, "in the way", -1, NULL));
    fixture_open_with(fixture, &(StoreSetup){ .directory = path, .queue_bytes = 1024 * 1024 });
    while (store_get_waiting(fixture->store) == accepted && accepted < 100) {
        store_put(fixture->store, fixture_fact("n", large), answer_done, &refused);
        accepted++;
    }
    g_assert_cmpuint(store_get_waiting(fixture->store), ==, 10);
    fixture_wait(&refused.count, 1);
    g_assert_cmpint(refused.code, ==, STORE_ERROR_QUEUE);
    fixture_close(fixture);
    g_assert_cmpuint(refused.count, ==, 11); /* who waited in vain hears of it */
    g_assert_cmpint(refused.code, ==, STORE_ERROR_BUSY);
    answer_clear(&refused);
}

/* The directory taken away while running: facts wait and go into the books of the new one. */
static void test_directory_gone(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(fixture, "data");
    g_autofree char *away = fixture_path(fixture, "away");
    Answer answer = { 0 };

    fixture_open_with(fixture, &(StoreSetup){ .directory = path });
    fixture_wait_usable(fixture, TRUE);
    fixture_put(fixture, "a", "1");
    g_assert_cmpint(g_rename(path, away), ==, 0);
    store_put(fixture->store, fixture_fact("b", "2"), answer_done, &answer);
    fixture_wait_usable(fixture, FALSE);
    g_assert_cmpint(fixture->code, ==, STORE_ERROR_IO);
    fixture_wait_usable(fixture, TRUE);
    fixture_wait(&answer.count, 1);
    g_assert_cmpint(answer.code, ==, -1);
    g_assert_cmpint(answer.last_seq, ==, 1);
    answer_clear(&answer);
}

static void test_two_stations(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Fixture second = { .directory = fixture->directory };

    fixture_open_usable(fixture);
    fixture_open(&second);
    fixture_wait(&second.states, 1);
    g_assert_false(second.usable);
    g_assert_cmpint(second.code, ==, STORE_ERROR_BUSY);
    Answer answer = fixture_query(&second, "hold-list");
    g_assert_cmpint(answer.code, ==, STORE_ERROR_BUSY);
    answer_clear(&answer);
    fixture_put(fixture, "a", "1");
    fixture_close(fixture);
    fixture_wait_usable(&second, TRUE);
    fixture_put(&second, "b", "2");
    fixture_close(&second);
}

/* Closing writes all that waits, and tells of it; no callback comes after it. */
static void test_close(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(fixture, "station.db");
    g_autofree char *log = fixture_path(fixture, "station.db-wal");
    Answer answer = { 0 };

    fixture_open(fixture);
    for (guint i = 0; i < 3000; i++)
        store_put(fixture->store, fixture_fact("n", "x"), answer_done, &answer);
    fixture_close(fixture);
    g_assert_cmpuint(answer.count, ==, 3000);
    g_assert_cmpint(answer.code, ==, -1);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    g_assert_cmpuint(answer.count, ==, 3000);
    g_assert_false(g_file_test(log, G_FILE_TEST_EXISTS));
    g_assert_cmpint(fixture_read(path, "SELECT max(seq) FROM event"), ==, 3000);
    g_autofree char *mark = fixture_path(fixture, "epoch");
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(mark, &text, NULL, NULL));
    g_assert_true(g_str_has_suffix(text, " 3000\n"));
}

static void on_done_close(const GError *error G_GNUC_UNUSED, gint64 last_seq G_GNUC_UNUSED,
                          gpointer user_data)
{
    fixture_close(((gpointer *)user_data)[0]);
    ((Answer *)((gpointer *)user_data)[1])->count++;
}

static void test_close_in_callback(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Answer closed = { 0 }, late = { 0 };
    gpointer both[] = { fixture, &closed };

    fixture_open_usable(fixture);
    store_put(fixture->store, fixture_fact("a", "1"), on_done_close, both);
    store_put(fixture->store, fixture_fact("a", "2"), answer_done, &late);
    fixture_wait(&closed.count, 1);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    g_assert_cmpuint(late.count, ==, 1);
}

static void test_backup_and_restore(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *file = fixture_path(fixture, "backup.db");
    Answer answer = { 0 };
    gint64 epoch, seq, new_epoch;

    fixture_open_usable(fixture);
    fixture_put(fixture, "a", "before");
    store_backup(fixture->store, file, answer_done, &answer);
    fixture_wait(&answer.count, 1);
    g_assert_cmpint(answer.code, ==, -1);
    store_backup(fixture->store, file, answer_done, &answer);
    fixture_wait(&answer.count, 2);
    g_assert_cmpint(answer.code, ==, STORE_ERROR_IO);
    fixture_put(fixture, "a", "after");
    store_get_position(fixture->store, &epoch, &seq);
    g_assert_cmpint(seq, ==, 2);

    store_restore(fixture->store, file, answer_done, &answer);
    store_put(fixture->store, fixture_fact("b", "meanwhile"), answer_done, &answer);
    fixture_wait(&answer.count, 4);
    g_assert_cmpint(answer.code, ==, -1);
    g_assert_true(fixture->usable);
    g_assert_cmpuint(fixture->states, ==, 1);
    store_get_position(fixture->store, &new_epoch, &seq);
    g_assert_cmpint(new_epoch, >, epoch);
    g_assert_cmpint(seq, ==, 2);
    store_query(fixture->store, answer_rows, &answer, "meta-get", "s", "a");
    fixture_wait(&answer.count, 5);
    g_assert_cmpstr(json_object_get_string_member(answer_get_row(&answer, 0), "value"), ==, "before");
    store_query(fixture->store, answer_rows, &answer, "event-list", "iii", new_epoch, G_GINT64_CONSTANT(0),
                G_GINT64_CONSTANT(9));
    fixture_wait(&answer.count, 6);
    g_assert_cmpuint(answer_count_rows(&answer), ==, 2);
    g_assert_cmpstr(json_object_get_string_member(answer_get_row(&answer, 0), "type"), ==,
                    "station.restored");
    g_assert_cmpstr(json_object_get_string_member(answer_get_row(&answer, 1), "subject"), ==, "b");
    answer_clear(&answer);
}

static void begin_epoch(Fixture *fixture, const char *reason)
{
    Answer answer = { 0 };

    store_begin_epoch(fixture->store, reason, answer_done, &answer);
    fixture_wait(&answer.count, 1);
    g_assert_cmpint(answer.code, ==, -1);
    answer_clear(&answer);
}

/* A new epoch begins with the event that says why; what was there stays, and what comes is in the new one. */
static void test_begin_epoch(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Answer answer = { 0 };
    gint64 epoch, seq, new_epoch;

    fixture_open_usable(fixture);
    fixture_put(fixture, "a", "before");
    store_get_position(fixture->store, &epoch, &seq);
    begin_epoch(fixture, "acknowledged beyond what was sent");
    g_assert_true(fixture->usable);
    store_get_position(fixture->store, &new_epoch, &seq);
    g_assert_cmpint(new_epoch, >, epoch);
    g_assert_cmpint(seq, ==, 1);
    fixture_put(fixture, "b", "after");
    store_query(fixture->store, answer_rows, &answer, "event-list", "iii", new_epoch, G_GINT64_CONSTANT(0),
                G_GINT64_CONSTANT(9));
    fixture_wait(&answer.count, 1);
    g_assert_cmpuint(answer_count_rows(&answer), ==, 2);
    g_assert_cmpstr(json_object_get_string_member(answer_get_row(&answer, 0), "type"), ==,
                    "station.restored");
    const char *said = json_object_get_string_member(answer_get_row(&answer, 0), "data");

    g_assert_nonnull(strstr(said, "\"reason\":\"acknowledged beyond what was sent\""));
    g_assert_nonnull(strstr(said, "\"found_seq\":1"));
    g_assert_nonnull(strstr(said, "\"last_seq\":0"));
    store_query(fixture->store, answer_rows, &answer, "event-list", "iii", epoch, G_GINT64_CONSTANT(0),
                G_GINT64_CONSTANT(9));
    fixture_wait(&answer.count, 2);
    g_assert_cmpuint(answer_count_rows(&answer), ==, 1);
    answer_clear(&answer);
}

/* What is no sound database of ours changes nothing. */
static void test_restore_refused(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *newer = fixture_path(fixture, "newer.db");
    g_autofree char *text = fixture_path(fixture, "text.db");
    g_autofree char *missing = fixture_path(fixture, "missing.db");
    g_autofree char *left = fixture_path(fixture, "station.db.restoring");
    Answer answer = { 0 };
    gint64 epoch, seq, same_epoch;

    fixture_open_usable(fixture);
    fixture_put(fixture, "a", "1");
    store_get_position(fixture->store, &epoch, &seq);
    store_backup(fixture->store, newer, answer_done, &answer);
    fixture_wait(&answer.count, 1);
    fixture_run(newer, "PRAGMA user_version = 1000");
    g_assert_true(g_file_set_contents(text, "no database", -1, NULL));
    store_restore(fixture->store, newer, answer_done, &answer);
    fixture_wait(&answer.count, 2);
    g_assert_cmpint(answer.code, ==, STORE_ERROR_NEWER);
    store_restore(fixture->store, text, answer_done, &answer);
    fixture_wait(&answer.count, 3);
    g_assert_cmpint(answer.code, ==, STORE_ERROR_CORRUPT);
    store_restore(fixture->store, missing, answer_done, &answer);
    fixture_wait(&answer.count, 4);
    g_assert_cmpint(answer.code, ==, STORE_ERROR_IO);
    fixture_put(fixture, "a", "2");
    store_get_position(fixture->store, &same_epoch, &seq);
    g_assert_cmpint(same_epoch, ==, epoch);
    g_assert_cmpint(seq, ==, 2);
    g_assert_cmpuint(fixture->states, ==, 1);
    g_assert_false(g_file_test(left, G_FILE_TEST_EXISTS));
    answer_clear(&answer);
}

static void test_check(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Answer answer = { 0 };

    fixture_open(fixture);
    store_check(fixture->store, answer_done, &answer);
    fixture_wait(&answer.count, 1);
    g_assert_cmpint(answer.code, ==, -1);
    answer_clear(&answer);
}

/* Nobody waits for a check: neither a query nor the end. */
static void test_check_alone(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(fixture, "station.db");
    Answer checked = { 0 };

    fixture_open_usable(fixture);
    fixture_close(fixture);
    fixture_run(path, FIXTURE_SLOW_TO_CHECK);
    fixture_open_usable(fixture);
    store_check(fixture->store, answer_done, &checked);
    for (guint i = 0; i < 20; i++) {
        Answer rows = fixture_query(fixture, "alarm-open-list");

        g_assert_cmpuint(answer_count_rows(&rows), ==, 0);
        answer_clear(&rows);
    }
    g_assert_cmpuint(checked.count, ==, 0);
    fixture_close(fixture);
    g_assert_cmpuint(checked.count, ==, 1);
    g_assert_cmpint(checked.code, !=, -1); /* cut short */
    answer_clear(&checked);
}

/* Queries asked before the books are open wait for them. */
static void test_early_query(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Answer answer = { 0 };

    fixture_open(fixture);
    answer = fixture_query(fixture, "alarm-open-list");
    g_assert_cmpuint(answer_count_rows(&answer), ==, 0);
    answer_clear(&answer);
}

static void test_wrong_calls(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Answer answer = { 0 };
    StoreFact *fact = fixture_fact("a", "1");

    fixture_open_usable(fixture);
    g_test_expect_message(NULL, G_LOG_LEVEL_CRITICAL, "*index >= 0*");
    store_query(fixture->store, answer_rows, &answer, "no-such-list", "");
    g_test_assert_expected_messages();
    fixture_wait(&answer.count, 1);
    g_assert_cmpint(answer.code, ==, STORE_ERROR_QUERY);
    g_test_expect_message(NULL, G_LOG_LEVEL_CRITICAL, "*format*");
    store_fact_add(fact, "hold-delete", "i", G_GINT64_CONSTANT(1));
    g_test_assert_expected_messages();
    store_put(fixture->store, fact, answer_done, &answer);
    fixture_wait(&answer.count, 2);
    g_assert_cmpint(answer.code, ==, STORE_ERROR_FACT);
    Answer rows = fixture_query(fixture, "hold-list");
    g_assert_cmpuint(answer_count_rows(&rows), ==, 0);
    answer_clear(&rows);
    answer_clear(&answer);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/store/put-and-read", test_put_and_read);
    FIXTURE_ADD("/store/many", test_many);
    FIXTURE_ADD("/store/alarms", test_alarms);
    FIXTURE_ADD("/store/staff-and-audit", test_staff_and_audit);
    FIXTURE_ADD("/store/without-books", test_without_books);
    FIXTURE_ADD("/store/memory-bound", test_memory_bound);
    FIXTURE_ADD("/store/directory-gone", test_directory_gone);
    FIXTURE_ADD("/store/two-stations", test_two_stations);
    FIXTURE_ADD("/store/close", test_close);
    FIXTURE_ADD("/store/close-in-callback", test_close_in_callback);
    FIXTURE_ADD("/store/backup-and-restore", test_backup_and_restore);
    FIXTURE_ADD("/store/begin-epoch", test_begin_epoch);
    FIXTURE_ADD("/store/restore-refused", test_restore_refused);
    FIXTURE_ADD("/store/check", test_check);
    FIXTURE_ADD("/store/check-alone", test_check_alone);
    FIXTURE_ADD("/store/early-query", test_early_query);
    FIXTURE_ADD("/store/wrong-calls", test_wrong_calls);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/store-answer.h"

#include "tests/unit/store/fixture.h"

/* Whoever has put something in hears of it, however it ends: written, or too late. */
static void ask_all(Fixture *fixture, Answer *answers)
{
    g_autofree char *copy = fixture_path(fixture, "copy.db");

    store_query(fixture->store, answer_rows, &answers[0], "alarm-open-list", "");
    store_put(fixture->store, fixture_fact("late", "1"), answer_done, &answers[1]);
    store_backup(fixture->store, copy, answer_done, &answers[2]);
    store_check(fixture->store, answer_done, &answers[3]);
    store_begin_epoch(fixture->store, "late", answer_done, &answers[4]);
    store_restore(fixture->store, copy, answer_done, &answers[5]);
}

#define ASKED 6

static void check_all_told(Answer *answers)
{
    for (guint i = 0; i < ASKED; i++) {
        g_assert_cmpuint(answers[i].count, ==, 1);
        answer_clear(&answers[i]);
    }
}

static void test_told_at_the_end(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Answer early[ASKED] = { 0 }, late[ASKED] = { 0 }, too_late[ASKED] = { 0 };

    fixture_open_usable(fixture);
    ask_all(fixture, early);
    store_stop(fixture->store);
    ask_all(fixture, late);
    while (!store_is_over(fixture->store))
        g_main_context_iteration(NULL, FALSE);
    g_assert_cmpint(early[1].code, ==, -1);
    check_all_told(early);
    check_all_told(late);
    ask_all(fixture, too_late);
    fixture_close(fixture);
    for (guint i = 0; i < ASKED; i++)
        g_assert_cmpint(too_late[i].code, ==, STORE_ERROR_BUSY);
    check_all_told(too_late);
}

static void test_told_without_loop(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Answer answers[ASKED] = { 0 };

    fixture_open_usable(fixture);
    ask_all(fixture, answers);
    fixture_close(fixture);
    g_assert_cmpint(answers[1].code, ==, -1);
    check_all_told(answers);
}

/* Books that cannot be written take nothing; that is told, and takes no time. */
static void test_told_without_books(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(fixture, "station.db");
    Answer answers[ASKED] = { 0 };

    g_assert_true(g_file_set_contents(path, "no database", -1, NULL));
    fixture_open(fixture);
    fixture_wait_usable(fixture, FALSE);
    ask_all(fixture, answers);
    fixture_close(fixture);
    g_assert_cmpint(answers[1].code, ==, STORE_ERROR_BUSY);
    check_all_told(answers);
}

typedef struct {
    Store *store;
    Answer second;
} Chain;

static void on_first(const GError *error, gint64 last_seq G_GNUC_UNUSED, gpointer user_data)
{
    Chain *chain = user_data;

    g_assert_no_error(error);
    store_put(chain->store, fixture_fact("b", "2"), answer_done, &chain->second);
}

/* What a callback puts in while the store ends is written as well. */
static void test_chain_at_the_end(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Chain chain = { 0 };

    fixture_open_usable(fixture);
    chain.store = fixture->store;
    store_put(fixture->store, fixture_fact("a", "1"), on_first, &chain);
    store_stop(fixture->store);
    while (!store_is_over(fixture->store))
        g_main_context_iteration(NULL, FALSE);
    g_assert_cmpuint(chain.second.count, ==, 1);
    g_assert_cmpint(chain.second.code, ==, -1);
    answer_clear(&chain.second);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/store-answer/told-at-the-end", test_told_at_the_end);
    FIXTURE_ADD("/store-answer/told-without-loop", test_told_without_loop);
    FIXTURE_ADD("/store-answer/told-without-books", test_told_without_books);
    FIXTURE_ADD("/store-answer/chain-at-the-end", test_chain_at_the_end);
    return g_test_run();
}

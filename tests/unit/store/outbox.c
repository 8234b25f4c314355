/* SPDX-License-Identifier: Apache-2.0 */
/* The queries of the outbox: what headquarters has not acknowledged, and what is handed out of it. */
#include "edge/store/store.h"

#include "tests/unit/store/fixture.h"

static void put_ack(Fixture *fixture, gint64 epoch, gint64 acked)
{
    StoreFact *fact = store_fact_new();

    store_fact_add(fact, "outbox-ack", "ii", epoch, acked);
    fixture_put_fact(fixture, fact);
}

/* The epochs that wait are WANTED: "ACKED/LAST" of each, the oldest first. */
static void assert_outbox(Fixture *fixture, const char *wanted)
{
    g_autoptr(GString) found = g_string_new("");
    Answer answer = { 0 };

    store_query(fixture->store, answer_rows, &answer, "outbox-list", "");
    fixture_wait(&answer.count, 1);
    for (guint i = 0; i < answer_count_rows(&answer); i++) {
        gint64 acked = json_object_get_int_member(answer_get_row(&answer, i), "acked");
        gint64 last = json_object_get_int_member(answer_get_row(&answer, i), "last_seq");

        g_string_append_printf(found, "%s%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT, i ? " " : "", acked, last);
        g_assert_cmpint(json_object_get_null_member(answer_get_row(&answer, i), "oldest"), ==, acked == last);
    }
    g_assert_cmpstr(found->str, ==, wanted);
    answer_clear(&answer);
}

/* Older epochs drain first; what is acknowledged never goes back; the current epoch is always there. */
static void test_outbox(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Answer answer = { 0 };
    gint64 first, second, seq;

    fixture_open_usable(fixture);
    fixture_put(fixture, "a", "1");
    fixture_put(fixture, "b", "2");
    assert_outbox(fixture, "0/2");
    store_get_position(fixture->store, &first, &seq);
    put_ack(fixture, first, 1);
    assert_outbox(fixture, "1/2");
    store_begin_epoch(fixture->store, "because", answer_done, &answer);
    fixture_wait(&answer.count, 1);
    store_get_position(fixture->store, &second, &seq);
    assert_outbox(fixture, "1/2 0/1");
    put_ack(fixture, second, 1);
    assert_outbox(fixture, "1/2 1/1");
    put_ack(fixture, first, 2);
    assert_outbox(fixture, "1/1");
    put_ack(fixture, first, 1);
    put_ack(fixture, second, 0);
    assert_outbox(fixture, "1/1");
    answer_clear(&answer);
}

static guint read_outbox(Fixture *fixture, gint64 epoch, gint64 after, gint64 limit, Answer *answer)
{
    int before = answer->count;

    store_query(fixture->store, answer_rows, answer, "outbox-read", "siii", "CS-1", epoch, after, limit);
    fixture_wait(&answer->count, before + 1);
    return answer_count_rows(answer);
}

/* Events are handed out in order as the text to publish, in bounded pieces, the same text each time. */
static void test_outbox_read(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *big = g_strnfill(400000, 'x');
    Answer answer = { 0 };
    gint64 epoch, seq;

    fixture_open_usable(fixture);
    fixture_put(fixture, "a", "1");
    fixture_put(fixture, "b", "2");
    store_get_position(fixture->store, &epoch, &seq);
    g_assert_cmpuint(read_outbox(fixture, epoch, 0, 1, &answer), ==, 1);
    g_autofree char *text = g_strdup(json_object_get_string_member(answer_get_row(&answer, 0), "event"));
    g_autofree char *id =
        g_strdup_printf("\"id\":\"%" G_GINT64_FORMAT ".1\",\"source\":\"/stations/CS-1\"", epoch);

    g_assert_nonnull(strstr(text, id));
    g_assert_cmpuint(read_outbox(fixture, epoch, 0, 9, &answer), ==, 2);
    g_assert_cmpstr(json_object_get_string_member(answer_get_row(&answer, 0), "event"), ==, text);
    g_assert_cmpint(json_object_get_int_member(answer_get_row(&answer, 1), "seq"), ==, 2);
    g_assert_cmpuint(read_outbox(fixture, epoch, 2, 9, &answer), ==, 0);
    g_assert_cmpuint(read_outbox(fixture, epoch - 1, 0, 9, &answer), ==, 0);
    for (guint i = 0; i < 3; i++)
        fixture_put(fixture, big, "3");
    g_assert_cmpuint(read_outbox(fixture, epoch, 2, 9, &answer), ==,
                     2); /* the first fits, the second ends it */
    g_assert_cmpuint(read_outbox(fixture, epoch, 4, 9, &answer), ==, 1);
    answer_clear(&answer);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/store/outbox/list", test_outbox);
    FIXTURE_ADD("/store/outbox/read", test_outbox_read);
    return g_test_run();
}

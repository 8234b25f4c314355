/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/store-fact.h"

#include "edge/store/station-sql.h"

static const StoreEvent event = { "alarm.raised", "dc-01/1", "2026-11-22T14:21:44.318+08:00", "synced",
                                  "{}" };

/* All is copied, NULL texts are NULL, and every step finds its own values. */
static void test_copies(void)
{
    g_autoptr(StoreFact) fact = store_fact_new();
    char connector[] = "dc-01/1";
    gsize empty = fact->bytes;

    store_fact_add(fact, "hold-save", "sssi", connector, "a-1", NULL, G_MAXINT64);
    connector[0] = 'x';
    store_fact_add_event(fact, &event, TRUE);
    g_assert_false(fact->is_broken);
    g_assert_cmpuint(fact->steps->len, ==, 2);
    g_assert_cmpuint(fact->bytes, >, empty);

    const StoreStep *first = &g_array_index(fact->steps, StoreStep, 0);
    const StoreValue *values = &g_array_index(fact->values, StoreValue, first->first);
    g_assert_cmpstr(station_sql_queries[first->query].name, ==, "hold-save");
    g_assert_cmpuint(first->n, ==, 4);
    g_assert_cmpstr(values[0].text, ==, "dc-01/1");
    g_assert_cmpint(values[2].type, ==, STORE_NULL);
    g_assert_cmpint(values[3].integer, ==, G_MAXINT64);
    const StoreStep *second = &g_array_index(fact->steps, StoreStep, 1);
    g_assert_cmpint(second->query, ==, STORE_FACT_EVENT);
    g_assert_true(second->unless_unchanged);
    values = &g_array_index(fact->values, StoreValue, second->first);
    g_assert_cmpstr(values[0].text, ==, "alarm.raised");
    g_assert_cmpstr(values[4].text, ==, "{}");
}

static void expect_broken(const char *check, const char *query, const char *format)
{
    g_autoptr(StoreFact) fact = store_fact_new();

    store_fact_add(fact, "meta-set", "ss", "a", "b");
    g_test_expect_message(NULL, G_LOG_LEVEL_CRITICAL, check);
    store_fact_add(fact, query, format, "a", "b", "c", "d", "e", "f");
    g_test_assert_expected_messages();
    g_assert_true(fact->is_broken);
    /* It stays so, whatever comes later. */
    store_fact_add(fact, "meta-set", "ss", "a", "b");
    g_assert_true(fact->is_broken);
}

/* A wrong call is found by whatever test makes it, and no half of such a fact is written. */
static void test_wrong_calls(void)
{
    expect_broken("*index >= 0*", "alarm-sav", "s");
    expect_broken("*format*", "meta-set", "s");
    expect_broken("*format*", "meta-set", "sss");
    expect_broken("*format*", "meta-set", "si");
    expect_broken("*reads*", "meta-get", "s");
    expect_broken("*is_internal*", "event-insert", "iisssss");
    expect_broken("*is_internal*", "position-save", "ii");
}

static void test_event_alone(void)
{
    g_autoptr(StoreFact) fact = store_fact_new();

    store_fact_add_event(fact, &event, FALSE);
    g_assert_false(fact->is_broken);
    g_autoptr(StoreFact) other = store_fact_new();
    g_test_expect_message(NULL, G_LOG_LEVEL_CRITICAL, "*unless_unchanged*");
    store_fact_add_event(other, &event, TRUE);
    g_test_assert_expected_messages();
    g_assert_true(other->is_broken);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store-fact/copies", test_copies);
    g_test_add_func("/store-fact/wrong-calls", test_wrong_calls);
    g_test_add_func("/store-fact/event-alone", test_event_alone);
    return g_test_run();
}

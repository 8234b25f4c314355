/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/store-fact.h"

#include "edge/store/station-sql.h"

#include <string.h>

StoreFact *store_fact_new(void)
{
    StoreFact *fact = g_new0(StoreFact, 1);

    fact->steps = g_array_new(FALSE, FALSE, sizeof(StoreStep));
    fact->values = g_array_new(FALSE, FALSE, sizeof(StoreValue));
    fact->texts = g_string_chunk_new(512);
    fact->bytes = sizeof(StoreFact) + 1024;
    return fact;
}

void store_fact_free(StoreFact *fact)
{
    g_array_unref(fact->steps);
    g_array_unref(fact->values);
    g_string_chunk_free(fact->texts);
    g_clear_error(&fact->fault);
    g_free(fact);
}

static void add_value(StoreFact *fact, const StoreValue *value)
{
    g_array_append_val(fact->values, *value);
    fact->bytes += sizeof *value;
}

static void add_text(StoreFact *fact, const char *text)
{
    StoreValue value = { .type = text ? STORE_TEXT : STORE_NULL };

    if (text) {
        value.text = g_string_chunk_insert(fact->texts, text);
        fact->bytes += strlen(text) + 1;
    }
    add_value(fact, &value);
}

static void add_step(StoreFact *fact, int query, guint n, gboolean unless_unchanged)
{
    StoreStep step = { .query = query, .first = fact->values->len, .n = n };

    step.unless_unchanged = unless_unchanged;
    g_array_append_val(fact->steps, step);
    fact->bytes += sizeof step;
}

/* Epoch and seq belong to the store alone. */
static gboolean is_internal(const char *query)
{
    return g_str_has_prefix(query, "position-") || strcmp(query, "event-insert") == 0;
}

void store_fact_add_list(StoreFact *fact, gboolean reads, const char *query, const char *format, va_list list)
{
    gboolean was_broken = fact->is_broken;
    int index = statement_find(station_sql_queries, station_sql_n_queries, query);

    /* A wrong call leaves the fact broken, so that no half of it is ever written. */
    fact->is_broken = TRUE;
    g_return_if_fail(index >= 0);
    g_return_if_fail(strcmp(station_sql_queries[index].format, format) == 0);
    g_return_if_fail(station_sql_queries[index].reads == reads && (reads || !is_internal(query)));
    fact->is_broken = was_broken;

    add_step(fact, index, (guint)strlen(format), FALSE);
    for (const char *type = format; *type; type++) {
        if (*type == 's') {
            add_text(fact, va_arg(list, const char *));
        } else if (*type == 'd') {
            add_value(fact, &(StoreValue){ .type = STORE_REAL, .real = va_arg(list, double) });
        } else {
            add_value(fact, &(StoreValue){ .type = STORE_INTEGER, .integer = va_arg(list, gint64) });
        }
    }
}

void store_fact_add(StoreFact *fact, const char *query, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    store_fact_add_list(fact, FALSE, query, format, list);
    va_end(list);
}

void store_fact_add_event(StoreFact *fact, const StoreEvent *event, gboolean unless_unchanged)
{
    gboolean was_broken = fact->is_broken;

    fact->is_broken = TRUE;
    g_return_if_fail(event->type && event->subject && event->time && event->time_quality && event->data);
    g_return_if_fail(!unless_unchanged || fact->steps->len > 0);
    fact->is_broken = was_broken;

    add_step(fact, STORE_FACT_EVENT, STORE_FACT_EVENT_VALUES, unless_unchanged);
    add_text(fact, event->type);
    add_text(fact, event->subject);
    add_text(fact, event->time);
    add_text(fact, event->time_quality);
    add_text(fact, event->data);
}

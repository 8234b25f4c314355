/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/hq/hq-books.h"

#define NUMBER "%" G_GINT64_FORMAT
#define N_COLUMNS 5u

/* One array a column: stations, epochs, seqs, payloads, hashes; or stations, epochs, highest seqs. */
typedef struct {
    GByteArray *arrays[N_COLUMNS];
} Columns;

static void columns_clear(Columns *columns)
{
    for (guint i = 0; i < N_COLUMNS; i++)
        g_clear_pointer(&columns->arrays[i], g_byte_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Columns, columns_clear)

void hq_books_place_free(HqBooksPlace *place)
{
    g_free(place->station);
    g_free(place);
}

static GByteArray *format_texts(const GPtrArray *column)
{
    return hq_database_format_texts((const char *const *)column->pdata, column->len);
}

static GByteArray *format_numbers(const GArray *column)
{
    return hq_database_format_numbers(&g_array_index(column, gint64, 0), column->len);
}

/* Those of EVENTS that are events. Payloads and names are borrowed while the arrays are being written. */
static guint format_events(GPtrArray *events, Columns *columns)
{
    g_autoptr(GPtrArray) stations = g_ptr_array_new();
    g_autoptr(GPtrArray) payloads = g_ptr_array_new();
    g_autoptr(GPtrArray) hashes = g_ptr_array_new();
    g_autoptr(GArray) epochs = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_autoptr(GArray) seqs = g_array_new(FALSE, FALSE, sizeof(gint64));

    for (guint i = 0; i < events->len; i++) {
        HqEvent *event = events->pdata[i];

        if (event->reason)
            continue;
        g_ptr_array_add(stations, event->station);
        g_array_append_val(epochs, event->epoch);
        g_array_append_val(seqs, event->seq);
        g_ptr_array_add(payloads, event->payload);
        g_ptr_array_add(hashes, event->hash);
    }
    columns->arrays[0] = format_texts(stations);
    columns->arrays[1] = format_numbers(epochs);
    columns->arrays[2] = format_numbers(seqs);
    columns->arrays[3] = format_texts(payloads);
    columns->arrays[4] = format_texts(hashes);
    return stations->len;
}

/* The places of EVENTS, which are sorted: each once, with its highest seq in `last`. */
static GPtrArray *find_places(GPtrArray *events)
{
    GPtrArray *places = g_ptr_array_new_with_free_func((GDestroyNotify)hq_books_place_free);
    HqBooksPlace *last = NULL;

    for (guint i = 0; i < events->len; i++) {
        const HqEvent *event = events->pdata[i];

        if (!hq_event_has_place(event))
            continue;
        if (!last || last->epoch != event->epoch || !g_str_equal(last->station, event->station)) {
            last = g_new0(HqBooksPlace, 1);
            last->station = g_strdup(event->station);
            last->epoch = event->epoch;
            g_ptr_array_add(places, last);
        }
        last->last = MAX(last->last, event->seq);
    }
    return places;
}

static void format_places(GPtrArray *places, Columns *columns)
{
    g_autoptr(GPtrArray) stations = g_ptr_array_new();
    g_autoptr(GArray) epochs = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_autoptr(GArray) tops = g_array_new(FALSE, FALSE, sizeof(gint64));

    for (guint i = 0; i < places->len; i++) {
        const HqBooksPlace *place = places->pdata[i];

        g_ptr_array_add(stations, place->station);
        g_array_append_val(epochs, place->epoch);
        g_array_append_val(tops, place->last);
    }
    columns->arrays[0] = format_texts(stations);
    columns->arrays[1] = format_numbers(epochs);
    columns->arrays[2] = format_numbers(tops);
}

static void add_poison(HqDatabase *database, const HqEvent *event)
{
    const gboolean placed = hq_event_has_place(event);
    const gsize kept = MIN(event->size, HQ_EVENT_LARGEST);
    g_autofree char *epoch = g_strdup_printf(NUMBER, event->epoch),
                    *seq = g_strdup_printf(NUMBER, event->seq);
    g_autofree char *size = g_strdup_printf("%" G_GSIZE_FORMAT, event->size);
    GString *payload = g_string_sized_new(2 * kept + 1);

    for (gsize i = 0; i < kept; i++) {
        g_string_append_c(payload, "0123456789abcdef"[(guchar)event->payload[i] >> 4]);
        g_string_append_c(payload, "0123456789abcdef"[(guchar)event->payload[i] & 15]);
    }
    hq_database_add(database, "poison-insert", 8,
                    (const char *const[]){ event->topic, event->hash, event->station, placed ? epoch : NULL,
                                           placed ? seq : NULL, event->reason, size, payload->str });
    g_string_free(payload, TRUE);
}

/* What the results of poison-insert say. */
static void tell_poisons(GPtrArray *results, guint first, GPtrArray *poisons, GPtrArray *troubles)
{
    for (guint i = 0; i < poisons->len; i++) {
        const HqEvent *event = poisons->pdata[i];

        if (PQntuples(results->pdata[first + i]) > 0)
            g_ptr_array_add(troubles,
                            g_strdup_printf("set aside from %s, epoch " NUMBER " seq " NUMBER ": %s",
                                            event->topic, event->epoch, event->seq, event->reason));
    }
}

/* Looks for what came under a place that has another content. In a transaction behind the events' own: only
 * what was not new can be one, and until this has been looked at, nothing is acknowledged, so that it comes
 * again. */
static gboolean take_conflicts(HqDatabase *database, const Columns *of_events, GPtrArray *troubles,
                               GError **error)
{
    const PGresult *rows = NULL;

    hq_database_add(database, "begin", 0, NULL);
    hq_database_add_arrays(database, "conflict-insert", 5, of_events->arrays);
    hq_database_add(database, "commit", 0, NULL);
    g_autoptr(GPtrArray) results = hq_database_send(database, error);

    if (!results)
        return FALSE;
    rows = results->pdata[1];
    for (int i = 0; i < PQntuples(rows); i++)
        g_ptr_array_add(troubles,
                        g_strdup_printf("conflict: %s tells epoch %s seq %s with another content than before",
                                        PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1),
                                        PQgetvalue(rows, i, 2)));
    return TRUE;
}

/* Queues what the transaction does; POISONS gets those that are no events. */
static void add_take(HqDatabase *database, GPtrArray *events, const Columns *of_events, GPtrArray *poisons)
{
    hq_database_add(database, "begin", 0, NULL);
    hq_database_add_arrays(database, "event-insert", 5, of_events->arrays);
    for (guint i = 0; i < events->len; i++) {
        if (!((HqEvent *)events->pdata[i])->reason)
            continue;
        add_poison(database, events->pdata[i]);
        g_ptr_array_add(poisons, events->pdata[i]);
    }
}

static gboolean take(HqDatabase *database, GPtrArray *events, GPtrArray **ret_places,
                     GPtrArray **ret_troubles, GError **error)
{
    g_autoptr(GPtrArray) places = find_places(events);
    g_autoptr(GPtrArray) poisons = g_ptr_array_new();
    g_autoptr(GPtrArray) troubles = g_ptr_array_new_with_free_func(g_free);
    g_auto(Columns) of_events = { 0 }, of_places = { 0 };
    const guint n = format_events(events, &of_events);

    format_places(places, &of_places);
    add_take(database, events, &of_events, poisons);
    /* Everything above takes its locks before the first of these, in every collector. */
    if (places->len > 0) {
        hq_database_add_arrays(database, "progress-open", 2, of_places.arrays);
        hq_database_add_arrays(database, "progress-lock", 2, of_places.arrays);
        hq_database_add_arrays(database, "progress-advance", 3, of_places.arrays);
    }
    hq_database_add(database, "commit", 0, NULL);
    g_autoptr(GPtrArray) results = hq_database_send(database, error);

    if (!results)
        return FALSE;
    tell_poisons(results, 2, poisons, troubles);
    if (g_ascii_strtoull(PQcmdTuples(results->pdata[1]), NULL, 10) < n &&
        !take_conflicts(database, &of_events, troubles, error))
        return FALSE;
    *ret_troubles = g_steal_pointer(&troubles);
    *ret_places = g_steal_pointer(&places);
    return TRUE;
}

static void add_all(GPtrArray *to, GPtrArray *from)
{
    g_ptr_array_set_free_func(from, NULL);
    g_ptr_array_extend_and_steal(to, from);
}

/* One of EVENTS is refused: halves tell which. What is alone and refused is set aside. */
static gboolean take_parts(HqDatabase *database, GPtrArray *events, GPtrArray **ret_places,
                           GPtrArray **ret_troubles, GError **error)
{
    g_autoptr(GPtrArray) places = g_ptr_array_new_with_free_func((GDestroyNotify)hq_books_place_free);
    g_autoptr(GPtrArray) troubles = g_ptr_array_new_with_free_func(g_free);

    for (guint half = 0; half < 2; half++) {
        g_autoptr(GPtrArray) part = g_ptr_array_new();
        GPtrArray *more_places = NULL, *more_troubles = NULL;
        const guint from = half ? events->len / 2 : 0, to = half ? events->len : events->len / 2;

        for (guint i = from; i < to; i++)
            g_ptr_array_add(part, events->pdata[i]);
        if (!hq_books_take(database, part, &more_places, &more_troubles, error))
            return FALSE;
        add_all(places, more_places);
        add_all(troubles, more_troubles);
    }
    *ret_places = g_steal_pointer(&places);
    *ret_troubles = g_steal_pointer(&troubles);
    return TRUE;
}

/* What is no event and cannot be set aside either must not stop those behind it. */
static gboolean drop(const HqEvent *event, const char *why, GPtrArray **ret_places, GPtrArray **ret_troubles)
{
    *ret_places = g_ptr_array_new_with_free_func((GDestroyNotify)hq_books_place_free);
    *ret_troubles = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(*ret_troubles,
                    g_strdup_printf("dropped from %s, epoch " NUMBER " seq " NUMBER ": %s: %s", event->topic,
                                    event->epoch, event->seq, event->reason, why));
    return TRUE;
}

gboolean hq_books_take(HqDatabase *database, GPtrArray *events, GPtrArray **ret_places,
                       GPtrArray **ret_troubles, GError **error)
{
    g_autoptr(GError) reason = NULL;
    HqEvent *alone = events->len == 1 ? events->pdata[0] : NULL;

    g_ptr_array_sort(events, hq_event_compare);
    if (take(database, events, ret_places, ret_troubles, &reason))
        return TRUE;
    if (!g_error_matches(reason, HQ_DATABASE_ERROR, HQ_DATABASE_ERROR_DATA)) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return FALSE;
    }
    if (!alone)
        return take_parts(database, events, ret_places, ret_troubles, error);
    if (alone->reason)
        return drop(alone, reason->message, ret_places, ret_troubles);
    hq_event_refuse(alone, reason->message);
    return take(database, events, ret_places, ret_troubles, error);
}

static HqBooksPlace *find(GPtrArray *places, const char *station, const char *epoch)
{
    const gint64 number = g_ascii_strtoll(epoch, NULL, 10);

    for (guint i = 0; i < places->len; i++) {
        HqBooksPlace *place = places->pdata[i];

        if (place->epoch == number && g_str_equal(place->station, station))
            return place;
    }
    return NULL;
}

gboolean hq_books_begin_ack(HqDatabase *database, GPtrArray *places, GError **error)
{
    g_auto(Columns) columns = { 0 };

    format_places(places, &columns);
    hq_database_add(database, "begin", 0, NULL);
    hq_database_add_arrays(database, "progress-lock", 2, columns.arrays);
    g_autoptr(GPtrArray) results = hq_database_send(database, error);

    if (!results)
        return FALSE;
    for (int i = 0; i < PQntuples(results->pdata[1]); i++) {
        const PGresult *rows = results->pdata[1];
        HqBooksPlace *place = find(places, PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1));

        if (place)
            place->through = g_ascii_strtoll(PQgetvalue(rows, i, 2), NULL, 10);
    }
    return TRUE;
}

gboolean hq_books_end_ack(HqDatabase *database, GPtrArray *places, gboolean is_told, GError **error)
{
    g_auto(Columns) columns = { 0 };

    format_places(places, &columns);
    /* Were this lost, it would be told once more: nothing to wait for a disk for. */
    hq_database_add(database, "commit-soon", 0, NULL);
    if (is_told)
        hq_database_add_arrays(database, "progress-acked", 2, columns.arrays);
    hq_database_add(database, "commit", 0, NULL);
    g_autoptr(GPtrArray) results = hq_database_send(database, error);

    return results != NULL;
}

static GPtrArray *query_places(HqDatabase *database, const char *query, GError **error)
{
    g_autoptr(PGresult) rows = hq_database_query(database, query, 0, NULL, error);
    GPtrArray *gaps = rows ? g_ptr_array_new_with_free_func((GDestroyNotify)hq_books_place_free) : NULL;

    for (int i = 0; gaps && i < PQntuples(rows); i++) {
        HqBooksPlace *gap = g_new0(HqBooksPlace, 1);

        gap->station = g_strdup(PQgetvalue(rows, i, 0));
        gap->epoch = g_ascii_strtoll(PQgetvalue(rows, i, 1), NULL, 10);
        gap->through = g_ascii_strtoll(PQgetvalue(rows, i, 2), NULL, 10) - 1;
        gap->last = g_ascii_strtoll(PQgetvalue(rows, i, 3), NULL, 10);
        if (PQnfields(rows) > 4) {
            gap->asked = (guint)g_ascii_strtoull(PQgetvalue(rows, i, 4), NULL, 10);
            gap->is_last = PQgetvalue(rows, i, 5)[0] == 't';
        }
        g_ptr_array_add(gaps, gap);
    }
    return gaps;
}

GPtrArray *hq_books_take_gaps(HqDatabase *database, GError **error)
{
    return query_places(database, "gap-take", error);
}

GPtrArray *hq_books_find_untold(HqDatabase *database, GError **error)
{
    return query_places(database, "progress-untold", error);
}

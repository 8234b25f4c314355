/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/store.h"

#include "edge/store/reader.h"
#include "edge/store/store-answer.h"
#include "edge/store/store-fact.h"
#include "edge/store/writer.h"

#define QUEUE_LIMIT 100000
#define QUEUE_BYTES (64 * 1024 * 1024)
#define RETRY_MS 5000
#define CLOSE_MS 5000
#define OVER_MS 7000 /* then a thread that has not ended hangs in a file */

struct Store {
    Mailbox *mailbox;
    Writer *writer;
    Reader *reader;   /* of queries, each soon done */
    Reader *surveyor; /* of the whole file: checks and backups, for which no query waits */
    gint64 over_us;   /* monotonic; 0: nobody has asked to stop */
};

/* In a reader's thread, which begins a moment before there is a writer; but it reads nothing before the
 * writer allows it. */
static void on_damage(const GError *error, gpointer user_data)
{
    Store *store = user_data;

    writer_condemn(store->writer, error);
}

Store *store_new(const StoreSetup *setup)
{
    Store *store = g_new0(Store, 1);
    StoreSetup whole = *setup;

    whole.queue_limit = whole.queue_limit ? whole.queue_limit : QUEUE_LIMIT;
    whole.queue_bytes = whole.queue_bytes ? whole.queue_bytes : QUEUE_BYTES;
    whole.retry_ms = whole.retry_ms ? whole.retry_ms : RETRY_MS;
    store_error_quark(); /* the threads would race for its first use */
    store->mailbox = store_answer_mailbox_new();
    store->reader = reader_new(setup->directory, store->mailbox, on_damage, store);
    store->surveyor = reader_new(setup->directory, store->mailbox, on_damage, store);
    store->writer = writer_new(&(WriterSetup){
        .store = &whole, .mailbox = store->mailbox, .readers = { store->reader, store->surveyor } });
    return store;
}

/* The writer closes last, so that it can write the log into the file. */
static gboolean have_ended(Store *store)
{
    gboolean reader = reader_end(store->reader);
    gboolean surveyor = reader_end(store->surveyor);

    return reader && surveyor && writer_end(store->writer, CLOSE_MS);
}

void store_stop(Store *store)
{
    if (store->over_us == 0)
        store->over_us = g_get_monotonic_time() + OVER_MS * G_TIME_SPAN_MILLISECOND;
    have_ended(store);
}

gboolean store_is_over(Store *store)
{
    return have_ended(store) || g_get_monotonic_time() >= store->over_us;
}

void store_free(Store *store)
{
    store_stop(store);
    while (!store_is_over(store))
        g_usleep(1000);
    if (!have_ended(store)) {
        mailbox_close(store->mailbox);
        return;
    }
    mailbox_free(store->mailbox);
    writer_free(store->writer);
    reader_free(store->surveyor);
    reader_free(store->reader);
    g_free(store);
}

void store_put(Store *store, StoreFact *fact, StoreDone done, gpointer user_data)
{
    GError *error = NULL;

    fact->done = done;
    fact->user_data = user_data;
    if (fact->is_broken)
        g_set_error(&error, STORE_ERROR, STORE_ERROR_FACT, "the fact was put together wrongly");
    else if (!writer_put(store->writer, fact))
        g_set_error(&error, STORE_ERROR, STORE_ERROR_QUEUE, "too many facts wait");
    if (!error)
        return;
    store_answer_done(store->mailbox, done, user_data, error, 0);
    store_fact_free(fact);
}

void store_query(Store *store, StoreRows done, gpointer user_data, const char *query, const char *format, ...)
{
    StoreFact *fact = store_fact_new();
    va_list list;

    va_start(list, format);
    store_fact_add_list(fact, TRUE, query, format, list);
    va_end(list);
    reader_query(store->reader, fact, done, user_data);
}

guint store_get_waiting(Store *store)
{
    return writer_get_waiting(store->writer);
}

guint64 store_get_settled(Store *store)
{
    return writer_get_settled(store->writer);
}

void store_get_position(Store *store, gint64 *ret_epoch, gint64 *ret_seq)
{
    EpochPosition position = writer_get_position(store->writer);

    *ret_epoch = position.epoch;
    *ret_seq = position.seq;
}

gint64 store_get_log_bytes(Store *store)
{
    return writer_get_log_bytes(store->writer);
}

void store_backup(Store *store, const char *file, StoreDone done, gpointer user_data)
{
    reader_backup(store->surveyor, file, done, user_data);
}

void store_restore(Store *store, const char *file, StoreDone done, gpointer user_data)
{
    writer_restore(store->writer, file, done, user_data);
}

void store_begin_epoch(Store *store, const char *reason, StoreDone done, gpointer user_data)
{
    writer_begin_epoch(store->writer, reason, done, user_data);
}

void store_check(Store *store, StoreDone done, gpointer user_data)
{
    reader_check(store->surveyor, done, user_data);
}

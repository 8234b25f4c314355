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
#define MARGIN_MS 2000 /* then a thread that has not ended hangs in a file */

struct Store {
    Mailbox *mailbox;
    Writer *writer;
    Reader *reader;   /* of queries, each soon done */
    Reader *surveyor; /* of the whole file: checks and backups, for which no query waits */
    gint64 close_us;  /* monotonic, when the writer is told to close at the latest; 0: nobody asked to stop */
    gboolean closing; /* the writer has been told */
    StoreAnswerTally tally;
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
    store->mailbox = store_answer_mailbox_new(&store->tally);
    store->reader = reader_new(setup->directory, store->mailbox, on_damage, store);
    store->surveyor = reader_new(setup->directory, store->mailbox, on_damage, store);
    store->writer = writer_new(&(WriterSetup){
        .store = &whole, .mailbox = store->mailbox, .readers = { store->reader, store->surveyor } });
    return store;
}

/* Whoever hears of his fact may put in another one, which is to be written too. */
static gboolean may_close(Store *store)
{
    return store->tally.owed == 0 || !store->tally.usable || g_get_monotonic_time() >= store->close_us;
}

/* The writer closes last, so that it can write the log into the file. */
static gboolean have_ended(Store *store)
{
    gboolean reader = reader_end(store->reader);
    gboolean surveyor = reader_end(store->surveyor);
    gint64 left_us = MAX(store->close_us - g_get_monotonic_time(), 0);

    store->closing = store->closing || (reader && surveyor && may_close(store));
    return store->closing && writer_end(store->writer, (guint)(left_us / G_TIME_SPAN_MILLISECOND));
}

void store_stop(Store *store)
{
    if (store->close_us == 0)
        store->close_us = g_get_monotonic_time() + CLOSE_MS * G_TIME_SPAN_MILLISECOND;
    have_ended(store);
}

static gboolean is_late(Store *store)
{
    return g_get_monotonic_time() >= store->close_us + MARGIN_MS * G_TIME_SPAN_MILLISECOND;
}

gboolean store_is_over(Store *store)
{
    return (have_ended(store) && store->tally.owed == 0) || is_late(store);
}

void store_free(Store *store)
{
    store->tally.is_ended = TRUE;
    store_stop(store);
    mailbox_flush(store->mailbox);
    while (!store_is_over(store)) {
        g_usleep(1000);
        mailbox_flush(store->mailbox);
    }
    if (!have_ended(store)) {
        mailbox_close(store->mailbox);
        return;
    }
    mailbox_flush(store->mailbox);
    mailbox_free(store->mailbox);
    writer_free(store->writer);
    reader_free(store->surveyor);
    reader_free(store->reader);
    g_free(store);
}

/* An answer will come; FALSE: it is on its way, because the writer may have ended. */
static gboolean owe(Store *store, StoreDone done, gpointer user_data)
{
    store->tally.owed += done ? 1 : 0;
    if (store->closing)
        store_answer_done(store->mailbox, done, user_data,
                          g_error_new(STORE_ERROR, STORE_ERROR_BUSY, "the books are being closed"), 0);
    return !store->closing;
}

void store_put(Store *store, StoreFact *fact, StoreDone done, gpointer user_data)
{
    GError *error = NULL;

    fact->done = done;
    fact->user_data = user_data;
    if (!owe(store, done, user_data)) {
        store_fact_free(fact);
        return;
    }
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
    store->tally.owed++;
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
    if (owe(store, done, user_data))
        reader_backup(store->surveyor, file, done, user_data);
}

void store_restore(Store *store, const char *file, StoreDone done, gpointer user_data)
{
    if (owe(store, done, user_data))
        writer_restore(store->writer, file, done, user_data);
}

void store_begin_epoch(Store *store, const char *reason, StoreDone done, gpointer user_data)
{
    if (owe(store, done, user_data))
        writer_begin_epoch(store->writer, reason, done, user_data);
}

void store_check(Store *store, StoreDone done, gpointer user_data)
{
    if (owe(store, done, user_data))
        reader_check(store->surveyor, done, user_data);
}

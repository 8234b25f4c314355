/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/writer.h"

#include "edge/store/backup.h"
#include "edge/store/books.h"
#include "edge/store/data-dir.h"
#include "edge/store/station-sql.h"
#include "edge/store/store-answer.h"

#define SYNC_US G_USEC_PER_SEC
#define SHRINK_US (2 * G_USEC_PER_SEC)
#define RESTORING BOOKS_FILE ".restoring"

/* Replace the books by FILE, or (FILE NULL) begin a new epoch in them because of REASON. */
typedef struct {
    char *file;
    char *reason;
    StoreDone done;
    gpointer user_data;
} Order;

struct Writer {
    char *directory;
    char *station;
    GTimeZone *zone;
    guint queue_limit;
    gsize queue_bytes;
    gint64 retry_us;
    StoreState state;
    gpointer user_data;
    Mailbox *mailbox;
    Reader *readers[WRITER_READERS];
    GThread *thread;
    int has_ended; /* atomic: the thread's last word */

    GMutex lock;
    GCond wake;
    GQueue facts;    /* StoreFact */
    guint waiting;   /* in `facts` and in `batch` */
    gsize bytes;     /* of those */
    guint64 settled; /* facts that were told of */
    GQueue orders;   /* Order */
    GError *damage;  /* as told by the reader, not yet looked into */
    EpochPosition position;
    gint64 log_bytes;
    gboolean stopping;
    gint64 stop_us; /* monotonic */

    /* The thread's own. */
    int hold;          /* on the directory; −1: not taken */
    Books *books;      /* NULL: unusable */
    const char *renew; /* why the books to be opened begin a new epoch; NULL: they need not */
    GPtrArray *batch;  /* taken from `facts`; kept until it is known what became of it */
    gint64 batch_number;
    gboolean has_told;  /* some state */
    int told_code;      /* the last state told: −1 usable, else a StoreError */
    gboolean has_tried; /* to open since the start, or since it was seen that stopping began */
    gboolean has_seen_stop;
    gint64 retry_at_us;  /* monotonic */
    gint64 sync_at_us;   /* monotonic */
    gint64 shrink_at_us; /* monotonic */
    gboolean is_suspect; /* damage was found in the books that look so: */
    DataDirMark suspect;
};

/* ---- what is told ---- */

static void publish(Writer *writer)
{
    g_mutex_lock(&writer->lock);
    if (writer->books) {
        writer->position = books_get_position(writer->books);
        writer->log_bytes = books_get_log_bytes(writer->books);
    }
    g_mutex_unlock(&writer->lock);
}

/* A state is told once, not at every try. */
static void tell_state(Writer *writer, const GError *error)
{
    int code = error ? error->code : -1;

    if (writer->has_told && writer->told_code == code)
        return;
    writer->has_told = TRUE;
    writer->told_code = code;
    store_answer_state(writer->mailbox, writer->state, writer->user_data, error == NULL,
                       error ? g_error_copy(error) : NULL);
}

/* ERROR: what became of all of them; NULL: to each his own. */
static void tell_batch(Writer *writer, const GError *error)
{
    for (guint i = 0; i < writer->batch->len; i++) {
        StoreFact *fact = writer->batch->pdata[i];
        GError *fault = error ? g_error_copy(error) : g_steal_pointer(&fact->fault);

        store_answer_done(writer->mailbox, fact->done, fact->user_data, fault, fact->last_seq);
    }
    g_ptr_array_set_size(writer->batch, 0);
    writer->batch_number = 0;
}

/* The batch is done with: each fact is durable, or refused for good. Whoever is told finds it gone from the
 * queue. */
static void deliver(Writer *writer)
{
    gsize bytes = 0;

    for (guint i = 0; i < writer->batch->len; i++)
        bytes += ((StoreFact *)writer->batch->pdata[i])->bytes;
    g_mutex_lock(&writer->lock);
    writer->waiting -= writer->batch->len;
    writer->settled += writer->batch->len;
    writer->bytes -= bytes;
    g_mutex_unlock(&writer->lock);
    tell_batch(writer, NULL);
}

/* ---- opening ---- */

static gboolean take_hold(Writer *writer, GError **error)
{
    return writer->hold >= 0 || data_dir_lock(writer->directory, &writer->hold, error);
}

static void let_go(Writer *writer)
{
    data_dir_unlock(writer->hold);
    writer->hold = -1;
}

static void allow_reading(Writer *writer)
{
    for (guint i = 0; i < WRITER_READERS; i++)
        reader_allow(writer->readers[i]);
}

static void forbid_reading(Writer *writer, const GError *why)
{
    for (guint i = 0; i < WRITER_READERS; i++)
        reader_forbid(writer->readers[i], why);
}

/* Whether the books still look as they did when damage was found in them. */
static gboolean is_still_damaged(Writer *writer)
{
    DataDirMark now = data_dir_mark(writer->directory);

    return writer->is_suspect && data_dir_mark_equal(&writer->suspect, &now);
}

/* After a failure: the books are closed, what was in hand stays in hand. A full or a busy disk can still be
 * read. */
static void give_up(Writer *writer, const GError *error)
{
    gboolean can_be_read = error->code == STORE_ERROR_FULL || error->code == STORE_ERROR_BUSY;

    if (can_be_read && writer->hold >= 0)
        allow_reading(writer);
    else
        forbid_reading(writer, error);
    if (writer->books)
        books_close(g_steal_pointer(&writer->books), FALSE);
    if (error->code == STORE_ERROR_CORRUPT) {
        writer->is_suspect = TRUE;
        writer->suspect = data_dir_mark(writer->directory);
    }
    /* The whole directory may have gone, and the locked file with it. */
    if (error->code == STORE_ERROR_IO)
        let_go(writer);
    writer->retry_at_us = g_get_monotonic_time() + writer->retry_us;
    tell_state(writer, error);
}

/* A transaction that ended in doubt took place if the books bear its number; if not, its facts go first. */
static void settle_batch(Writer *writer)
{
    if (writer->batch->len == 0)
        return;
    if (writer->batch_number != 0 && books_get_batch(writer->books) == writer->batch_number) {
        deliver(writer);
        return;
    }
    g_mutex_lock(&writer->lock);
    for (guint i = writer->batch->len; i > 0; i--)
        g_queue_push_head(&writer->facts, writer->batch->pdata[i - 1]);
    g_mutex_unlock(&writer->lock);
    g_free(g_ptr_array_steal(writer->batch, NULL)); /* the array; the facts are in the queue again */
    writer->batch_number = 0;
}

static BooksSetup describe(Writer *writer, const char *file)
{
    return (BooksSetup){ .directory = writer->directory,
                         .file = file,
                         .station = writer->station,
                         .zone = writer->zone,
                         .verify = writer->is_suspect,
                         .renew = writer->renew,
                         .above = writer->position.epoch };
}

static void open_books(Writer *writer)
{
    g_autoptr(GError) error = NULL;
    BooksSetup setup = describe(writer, BOOKS_FILE);

    writer->has_tried = TRUE;
    if (is_still_damaged(writer)) {
        writer->retry_at_us = g_get_monotonic_time() + writer->retry_us;
        return;
    }
    if (take_hold(writer, &error))
        writer->books = books_open(&setup, &error);
    if (!writer->books) {
        give_up(writer, error);
        return;
    }
    writer->is_suspect = FALSE;
    settle_batch(writer);
    publish(writer);
    allow_reading(writer);
    tell_state(writer, NULL);
}

/* ---- writing ---- */

static void take_batch(Writer *writer)
{
    g_mutex_lock(&writer->lock);
    while (writer->batch->len < WRITER_GROUP && writer->facts.length > 0)
        g_ptr_array_add(writer->batch, g_queue_pop_head(&writer->facts));
    g_mutex_unlock(&writer->lock);
}

static gboolean write_facts(Writer *writer, GError **error)
{
    if (!books_begin(writer->books, error))
        return FALSE;
    for (guint i = 0; i < writer->batch->len; i++)
        if (!books_write(writer->books, writer->batch->pdata[i], error))
            return FALSE;
    writer->batch_number = ((gint64)g_random_int() << 31 | g_random_int()) + 1;
    return books_commit(writer->books, writer->batch_number, error);
}

static void write_batch(Writer *writer)
{
    g_autoptr(GError) error = NULL;
    gboolean was_dirty = books_needs_sync(writer->books);

    take_batch(writer);
    if (!write_facts(writer, &error)) {
        give_up(writer, error);
        return;
    }
    if (!was_dirty)
        writer->sync_at_us = g_get_monotonic_time() + SYNC_US;
    publish(writer);
    deliver(writer);
    if (!books_trim(writer->books, &error))
        give_up(writer, error);
}

static void sync_mark(Writer *writer)
{
    g_autoptr(GError) error = NULL;

    writer->sync_at_us = g_get_monotonic_time() + SYNC_US;
    if (!books_sync(writer->books, &error))
        give_up(writer, error);
}

/* While somebody holds a long log, it is tried again and again to empty it: nothing may be written for hours
 * that would. */
static void shrink_log(Writer *writer)
{
    g_autoptr(GError) error = NULL;

    writer->shrink_at_us = g_get_monotonic_time() + SHRINK_US;
    if (!books_shrink(writer->books, &error))
        give_up(writer, error);
    publish(writer);
}

/* ---- damage, restoring ---- */

static void look_into_damage(Writer *writer)
{
    g_autoptr(GError) error = NULL;

    g_mutex_lock(&writer->lock);
    error = g_steal_pointer(&writer->damage);
    g_mutex_unlock(&writer->lock);
    if (writer->books)
        give_up(writer, error);
}

/* A sound copy of FILE beside the books, already in its new epoch. */
static gboolean make_copy(Writer *writer, const char *file, GError **error)
{
    g_autofree char *path = g_build_filename(writer->directory, RESTORING, NULL);
    BackupProgress progress = BACKUP_MORE;

    backup_remove(path);
    g_autoptr(Backup) backup = backup_begin(file, path, station_sql_n_migrations, NULL, error);
    while (backup && progress == BACKUP_MORE)
        progress = backup_step(backup, error);
    if (progress != BACKUP_DONE)
        return FALSE;
    BooksSetup setup = describe(writer, RESTORING);
    setup.is_copy = TRUE;
    setup.verify = FALSE;
    Books *copy = books_open(&setup, error);
    if (copy)
        books_close(copy, TRUE);
    else
        backup_remove(path);
    return copy != NULL;
}

static gboolean exchange(Writer *writer, GError **error)
{
    g_autoptr(GError) why = g_error_new(STORE_ERROR, STORE_ERROR_BUSY, "the books are being restored");

    forbid_reading(writer, why);
    if (writer->books)
        books_close(g_steal_pointer(&writer->books), TRUE);
    gboolean done = backup_swap(writer->directory, RESTORING, BOOKS_FILE, error);
    writer->is_suspect = FALSE;
    open_books(writer);
    if (done && !writer->books)
        g_set_error(error, STORE_ERROR, STORE_ERROR_IO, "restored, but the books do not open");
    return done && writer->books;
}

static void order_free(Order *order)
{
    g_free(order->file);
    g_free(order->reason);
    g_free(order);
}

/* A new epoch begins where books are opened; they are closed for it, and nothing is written in between. */
static gboolean begin_epoch(Writer *writer, const char *reason, GError **error)
{
    if (!writer->books) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_BUSY, "the books are not open");
        return FALSE;
    }
    books_close(g_steal_pointer(&writer->books), TRUE);
    writer->renew = reason;
    open_books(writer);
    writer->renew = NULL;
    if (!writer->books)
        g_set_error(error, STORE_ERROR, STORE_ERROR_IO, "the books do not open");
    return writer->books != NULL;
}

static void carry_out(Writer *writer)
{
    GError *error = NULL;

    g_mutex_lock(&writer->lock);
    Order *order = g_queue_pop_head(&writer->orders);
    g_mutex_unlock(&writer->lock);
    if (!order->file)
        begin_epoch(writer, order->reason, &error);
    else if (take_hold(writer, &error) && make_copy(writer, order->file, &error))
        exchange(writer, &error);
    store_answer_done(writer->mailbox, order->done, order->user_data, error, writer->position.seq);
    order_free(order);
}

/* ---- the thread ---- */

typedef enum {
    TASK_WAIT,
    TASK_END,
    TASK_DAMAGE,
    TASK_ORDER,
    TASK_OPEN,
    TASK_SYNC,
    TASK_SHRINK,
    TASK_WRITE
} Task;

/* Without books there is nothing to end but the last try. */
static gboolean is_over(Writer *writer, gint64 now_us)
{
    if (!writer->stopping)
        return FALSE;
    if (!writer->has_seen_stop) {
        writer->has_seen_stop = TRUE;
        writer->has_tried = FALSE;
        writer->retry_at_us = now_us;
    }
    return writer->waiting == 0 || now_us >= writer->stop_us || (!writer->books && writer->has_tried);
}

/* What is to be done now, or until when to wait. Under the lock. */
static Task choose(Writer *writer, gint64 now_us, gint64 *ret_until_us)
{
    *ret_until_us = CLOCK_NEVER;
    if (is_over(writer, now_us))
        return TASK_END;
    if (writer->damage)
        return TASK_DAMAGE;
    if (writer->orders.length > 0)
        return TASK_ORDER;
    if (!writer->books) {
        *ret_until_us = writer->retry_at_us;
        return now_us >= writer->retry_at_us ? TASK_OPEN : TASK_WAIT;
    }
    if (books_needs_sync(writer->books)) {
        *ret_until_us = writer->sync_at_us;
        if (now_us >= writer->sync_at_us)
            return TASK_SYNC;
    }
    if (books_has_long_log(writer->books)) {
        *ret_until_us = MIN(*ret_until_us, writer->shrink_at_us);
        if (now_us >= writer->shrink_at_us)
            return TASK_SHRINK;
    }
    return writer->facts.length > 0 ? TASK_WRITE : TASK_WAIT;
}

static Task wait_for_task(Writer *writer)
{
    Task task;
    gint64 until_us;

    g_mutex_lock(&writer->lock);
    while ((task = choose(writer, g_get_monotonic_time(), &until_us)) == TASK_WAIT) {
        if (writer->stopping)
            until_us = MIN(until_us, writer->stop_us);
        if (until_us == CLOCK_NEVER)
            g_cond_wait(&writer->wake, &writer->lock);
        else
            g_cond_wait_until(&writer->wake, &writer->lock, until_us);
    }
    g_mutex_unlock(&writer->lock);
    return task;
}

/* Whoever ends the thread puts nothing in any more. */
static void refuse_the_rest(Writer *writer)
{
    g_autoptr(GError) error = g_error_new(STORE_ERROR, STORE_ERROR_BUSY, "the books are being closed");
    gpointer fact;
    Order *order;

    while ((fact = g_queue_pop_head(&writer->facts)))
        g_ptr_array_add(writer->batch, fact);
    tell_batch(writer, error);
    while ((order = g_queue_pop_head(&writer->orders))) {
        store_answer_done(writer->mailbox, order->done, order->user_data, g_error_copy(error), 0);
        order_free(order);
    }
}

static gpointer run(gpointer data)
{
    static void (*const tasks[])(Writer *) = {
        [TASK_DAMAGE] = look_into_damage, [TASK_ORDER] = carry_out,   [TASK_OPEN] = open_books,
        [TASK_SYNC] = sync_mark,          [TASK_SHRINK] = shrink_log, [TASK_WRITE] = write_batch,
    };
    Writer *writer = data;
    Task task;

    while ((task = wait_for_task(writer)) != TASK_END)
        tasks[task](writer);
    if (writer->books)
        books_close(g_steal_pointer(&writer->books), TRUE);
    refuse_the_rest(writer);
    g_atomic_int_set(&writer->has_ended, TRUE);
    return NULL;
}

Writer *writer_new(const WriterSetup *setup)
{
    const StoreSetup *store = setup->store;
    Writer *writer = g_new0(Writer, 1);

    writer->directory = g_strdup(store->directory);
    writer->station = g_strdup(store->station);
    writer->zone = store->zone ? g_time_zone_ref(store->zone) : g_time_zone_new_utc();
    writer->queue_limit = store->queue_limit;
    writer->queue_bytes = store->queue_bytes;
    writer->retry_us = store->retry_ms * G_TIME_SPAN_MILLISECOND;
    writer->state = store->state;
    writer->user_data = store->user_data;
    writer->mailbox = setup->mailbox;
    memcpy(writer->readers, setup->readers, sizeof writer->readers);
    writer->hold = -1;
    writer->batch = g_ptr_array_new_with_free_func((GDestroyNotify)store_fact_free);
    g_mutex_init(&writer->lock);
    g_cond_init(&writer->wake);
    writer->thread = g_thread_new("store-write", run, writer);
    return writer;
}

gboolean writer_end(Writer *writer, guint limit_ms)
{
    g_mutex_lock(&writer->lock);
    if (!writer->stopping)
        writer->stop_us = g_get_monotonic_time() + limit_ms * G_TIME_SPAN_MILLISECOND;
    writer->stopping = TRUE;
    g_cond_signal(&writer->wake);
    g_mutex_unlock(&writer->lock);
    return g_atomic_int_get(&writer->has_ended);
}

void writer_free(Writer *writer)
{
    writer_end(writer, 0);
    g_thread_join(writer->thread);
    g_ptr_array_unref(writer->batch);
    g_clear_error(&writer->damage);
    g_time_zone_unref(writer->zone);
    g_cond_clear(&writer->wake);
    g_mutex_clear(&writer->lock);
    let_go(writer);
    g_free(writer->directory);
    g_free(writer->station);
    g_free(writer);
}

gboolean writer_put(Writer *writer, StoreFact *fact)
{
    g_mutex_lock(&writer->lock);
    gboolean has_room =
        writer->waiting < writer->queue_limit && writer->bytes + fact->bytes <= writer->queue_bytes;
    if (has_room) {
        g_queue_push_tail(&writer->facts, fact);
        writer->waiting++;
        writer->bytes += fact->bytes;
        g_cond_signal(&writer->wake);
    }
    g_mutex_unlock(&writer->lock);
    return has_room;
}

static void put_order(Writer *writer, Order order)
{
    g_mutex_lock(&writer->lock);
    g_queue_push_tail(&writer->orders, g_memdup2(&order, sizeof order));
    g_cond_signal(&writer->wake);
    g_mutex_unlock(&writer->lock);
}

void writer_restore(Writer *writer, const char *file, StoreDone done, gpointer user_data)
{
    put_order(writer, (Order){ .file = g_strdup(file), .done = done, .user_data = user_data });
}

void writer_begin_epoch(Writer *writer, const char *reason, StoreDone done, gpointer user_data)
{
    put_order(writer, (Order){ .reason = g_strdup(reason), .done = done, .user_data = user_data });
}

void writer_condemn(Writer *writer, const GError *error)
{
    g_mutex_lock(&writer->lock);
    if (!writer->damage)
        writer->damage = g_error_copy(error);
    g_cond_signal(&writer->wake);
    g_mutex_unlock(&writer->lock);
}

guint writer_get_waiting(Writer *writer)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&writer->lock);

    return writer->waiting;
}

guint64 writer_get_settled(Writer *writer)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&writer->lock);

    return writer->settled;
}

EpochPosition writer_get_position(Writer *writer)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&writer->lock);

    return writer->position;
}

gint64 writer_get_log_bytes(Writer *writer)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&writer->lock);

    return writer->log_bytes;
}

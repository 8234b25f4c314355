/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/reader.h"

#include "edge/store/backup.h"
#include "edge/store/books.h"
#include "edge/store/station-sql.h"
#include "edge/store/store-answer.h"

#define PROGRESS_INSTRUCTIONS 1000
#define INTERRUPT_AGAIN_US (50 * G_TIME_SPAN_MILLISECOND)

typedef struct {
    StoreFact *query; /* NULL: a check, or with FILE a backup */
    char *file;
    StoreRows rows;
    StoreDone done;
    gpointer user_data;
} Job;

typedef enum { VERDICT_PENDING, VERDICT_ALLOWED, VERDICT_FORBIDDEN } Verdict;

struct Reader {
    char *path;
    Mailbox *mailbox;
    ReaderDamage damage;
    gpointer user_data;
    GThread *thread;
    int has_ended; /* atomic: the thread's last word */

    GMutex lock;
    GCond wake;   /* for the thread */
    GCond closed; /* for the writer */
    GQueue jobs;
    Verdict verdict;
    GError *why;
    gboolean is_open; /* some connection is */
    gboolean stopping;
    DatabaseInterrupt interrupt; /* ends what is being done */

    /* The thread's own. */
    sqlite3 *database;
    StatementSet *queries;
    gint64 deadline_us; /* monotonic */
    Backup *backup;
    Job *backup_job;
};

static void job_free(Job *job)
{
    g_clear_pointer(&job->query, store_fact_free);
    g_free(job->file);
    g_free(job);
}

/* Consumes JOB and ERROR. */
static void answer(Reader *reader, Job *job, JsonArray *rows, GError *error)
{
    /* Damage found by a backup may be its copy's. */
    if (error && error->code == STORE_ERROR_CORRUPT && !job->file)
        reader->damage(error, reader->user_data);
    if (job->query)
        store_answer_rows(reader->mailbox, job->rows, job->user_data, rows, error);
    else
        store_answer_done(reader->mailbox, job->done, job->user_data, error, 0);
    job_free(job);
}

/* The deadline is CLOCK_NEVER for what may take its time. */
static int on_progress(void *data)
{
    Reader *reader = data;

    return database_interrupt_is_raised(&reader->interrupt) || g_get_monotonic_time() > reader->deadline_us;
}

static void close_connections(Reader *reader)
{
    g_clear_pointer(&reader->queries, statement_set_free);
    g_clear_pointer(&reader->database, database_close);
}

static gboolean open_connection(Reader *reader, GError **error)
{
    guint version;

    if (reader->database)
        return TRUE;
    reader->database = database_open(reader->path, DATABASE_READ, error);
    if (reader->database)
        sqlite3_progress_handler(reader->database, PROGRESS_INSTRUCTIONS, on_progress, reader);
    if (reader->database && database_identify(reader->database, station_sql_n_migrations, &version, error)) {
        reader->queries =
            statement_set_new(reader->database, station_sql_queries, station_sql_n_queries, error);
        if (reader->queries)
            return TRUE;
    }
    close_connections(reader);
    return FALSE;
}

static JsonArray *run_query(Reader *reader, const StoreFact *query, GError **error)
{
    const StoreStep *step = &g_array_index(query->steps, StoreStep, 0);
    const StoreValue *values = &g_array_index(query->values, StoreValue, step->first);

    reader->deadline_us = g_get_monotonic_time() + READER_MOST_MS * G_TIME_SPAN_MILLISECOND;
    return statement_read(reader->queries, (guint)step->query, values, step->n, READER_MOST_ROWS,
                          READER_MOST_BYTES, error);
}

/* It has read the whole file once: its pages are not worth their memory. */
static void check(Reader *reader, GError **error)
{
    database_check(reader->database, &reader->interrupt, error);
    close_connections(reader);
}

/* Takes JOB on; a backup goes on in step_backup(). */
static void begin_job(Reader *reader, Job *job)
{
    GError *error = NULL;
    JsonArray *rows = NULL;

    reader->deadline_us = CLOCK_NEVER;
    if (job->file && reader->backup) {
        g_set_error(&error, STORE_ERROR, STORE_ERROR_BUSY, "another backup is being made");
    } else if (job->file) {
        reader->backup =
            backup_begin(reader->path, job->file, station_sql_n_migrations, &reader->interrupt, &error);
        reader->backup_job = reader->backup ? job : NULL;
    } else if (open_connection(reader, &error)) {
        if (job->query)
            rows = run_query(reader, job->query, &error);
        else
            check(reader, &error);
    }
    if (reader->backup_job != job)
        answer(reader, job, rows, error);
}

static void end_backup(Reader *reader, GError *error)
{
    g_clear_pointer(&reader->backup, backup_free);
    answer(reader, g_steal_pointer(&reader->backup_job), NULL, error);
}

static void step_backup(Reader *reader)
{
    GError *error = NULL;

    if (backup_step(reader->backup, &error) != BACKUP_MORE)
        end_backup(reader, error);
}

/* Gives up the connections, so that the writer can close or exchange the file. */
static void give_up(Reader *reader, const GError *why)
{
    if (reader->backup)
        end_backup(reader, g_error_copy(why));
    close_connections(reader);
    g_mutex_lock(&reader->lock);
    reader->is_open = FALSE;
    g_cond_signal(&reader->closed);
    g_mutex_unlock(&reader->lock);
}

typedef struct {
    enum { TASK_END, TASK_GIVE_UP, TASK_REFUSE, TASK_JOB, TASK_BACKUP } kind;
    Job *job;
    GError *why;
} Task;

/* What is to be done now; FALSE: nothing. Under the lock. */
static gboolean choose(Reader *reader, Task *task)
{
    *task = (Task){ .kind = TASK_END };
    if (reader->stopping)
        return TRUE;
    if (reader->verdict == VERDICT_PENDING)
        return FALSE;
    if (reader->verdict == VERDICT_FORBIDDEN) {
        task->kind = reader->is_open ? TASK_GIVE_UP : TASK_REFUSE;
        task->job = reader->is_open ? NULL : g_queue_pop_head(&reader->jobs);
        if (!reader->is_open && !task->job)
            return FALSE;
        task->why = g_error_copy(reader->why);
        return TRUE;
    }
    task->job = g_queue_pop_head(&reader->jobs);
    task->kind = task->job ? TASK_JOB : TASK_BACKUP;
    if (task->job)
        reader->is_open = TRUE;
    return task->job || reader->backup;
}

static Task wait_for_task(Reader *reader)
{
    Task task;

    g_mutex_lock(&reader->lock);
    while (!choose(reader, &task))
        g_cond_wait(&reader->wake, &reader->lock);
    g_mutex_unlock(&reader->lock);
    return task;
}

static GError *new_closing(void)
{
    return g_error_new(STORE_ERROR, STORE_ERROR_BUSY, "the books are being closed");
}

/* Once it stops nothing more is put in. */
static void refuse_jobs(Reader *reader, const GError *why)
{
    Job *job;

    while ((job = g_queue_pop_head(&reader->jobs)))
        answer(reader, job, NULL, g_error_copy(why));
}

static gpointer run(gpointer data)
{
    Reader *reader = data;
    Task task;

    while ((task = wait_for_task(reader)).kind != TASK_END) {
        if (task.kind == TASK_GIVE_UP)
            give_up(reader, task.why);
        else if (task.kind == TASK_REFUSE)
            answer(reader, task.job, NULL, g_steal_pointer(&task.why));
        else if (task.kind == TASK_JOB)
            begin_job(reader, task.job);
        else
            step_backup(reader);
        g_clear_error(&task.why);
    }
    g_autoptr(GError) why = new_closing();
    give_up(reader, why);
    refuse_jobs(reader, why);
    g_atomic_int_set(&reader->has_ended, TRUE);
    return NULL;
}

Reader *reader_new(const char *directory, Mailbox *mailbox, ReaderDamage damage, gpointer user_data)
{
    Reader *reader = g_new0(Reader, 1);

    reader->path = g_build_filename(directory, BOOKS_FILE, NULL);
    reader->mailbox = mailbox;
    reader->damage = damage;
    reader->user_data = user_data;
    g_mutex_init(&reader->lock);
    database_interrupt_init(&reader->interrupt);
    g_cond_init(&reader->wake);
    g_cond_init(&reader->closed);
    g_queue_init(&reader->jobs);
    reader->thread = g_thread_new("store-read", run, reader);
    return reader;
}

/* Until the thread has given up its connections. Under the lock. */
static void interrupt_until_closed(Reader *reader)
{
    g_cond_signal(&reader->wake);
    do {
        database_interrupt_raise(&reader->interrupt);
        if (reader->is_open)
            g_cond_wait_until(&reader->closed, &reader->lock, g_get_monotonic_time() + INTERRUPT_AGAIN_US);
    } while (reader->is_open);
}

gboolean reader_end(Reader *reader)
{
    g_mutex_lock(&reader->lock);
    reader->stopping = TRUE;
    database_interrupt_raise(&reader->interrupt);
    g_cond_signal(&reader->wake);
    g_mutex_unlock(&reader->lock);
    return g_atomic_int_get(&reader->has_ended);
}

void reader_stop(Reader *reader)
{
    if (!reader->thread)
        return;
    g_mutex_lock(&reader->lock);
    reader->stopping = TRUE;
    interrupt_until_closed(reader);
    g_mutex_unlock(&reader->lock);
    g_thread_join(g_steal_pointer(&reader->thread));
}

void reader_free(Reader *reader)
{
    reader_stop(reader);
    g_clear_error(&reader->why);
    g_cond_clear(&reader->wake);
    g_cond_clear(&reader->closed);
    g_mutex_clear(&reader->lock);
    database_interrupt_clear(&reader->interrupt);
    g_free(reader->path);
    g_free(reader);
}

void reader_allow(Reader *reader)
{
    g_mutex_lock(&reader->lock);
    reader->verdict = VERDICT_ALLOWED;
    if (!reader->stopping)
        g_atomic_int_set(&reader->interrupt.is_raised, FALSE);
    g_cond_signal(&reader->wake);
    g_mutex_unlock(&reader->lock);
}

void reader_forbid(Reader *reader, const GError *why)
{
    GError *copy = g_error_copy(why);

    g_mutex_lock(&reader->lock);
    g_clear_error(&reader->why);
    reader->why = copy;
    reader->verdict = VERDICT_FORBIDDEN;
    interrupt_until_closed(reader);
    g_mutex_unlock(&reader->lock);
}

/* Consumes JOB. */
static void put(Reader *reader, Job *job)
{
    GError *error = NULL;

    g_mutex_lock(&reader->lock);
    if (reader->stopping)
        error = new_closing();
    else if (reader->jobs.length >= READER_MOST_JOBS)
        error = g_error_new(STORE_ERROR, STORE_ERROR_QUEUE, "more than %d queries wait", READER_MOST_JOBS);
    else
        g_queue_push_tail(&reader->jobs, job);
    g_cond_signal(&reader->wake);
    g_mutex_unlock(&reader->lock);
    if (error)
        answer(reader, job, NULL, error);
}

void reader_query(Reader *reader, StoreFact *query, StoreRows done, gpointer user_data)
{
    Job job = { .query = query, .rows = done, .user_data = user_data };

    if (query->is_broken)
        answer(reader, g_memdup2(&job, sizeof job), NULL,
               g_error_new(STORE_ERROR, STORE_ERROR_QUERY, "no such query"));
    else
        put(reader, g_memdup2(&job, sizeof job));
}

void reader_backup(Reader *reader, const char *file, StoreDone done, gpointer user_data)
{
    Job job = { .file = g_strdup(file), .done = done, .user_data = user_data };

    put(reader, g_memdup2(&job, sizeof job));
}

void reader_check(Reader *reader, StoreDone done, gpointer user_data)
{
    Job job = { .done = done, .user_data = user_data };

    put(reader, g_memdup2(&job, sizeof job));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/books.h"

#include "build-config.h"
#include "edge/store/station-sql.h"

#include <errno.h>

/* Pages of log after which it is written into the file (4 MiB), and after which again where a reader kept it
 * from being started anew. */
#define LOG_PAGES 1000
#define LONG_LOG_PAGES (4 * LOG_PAGES)
#define PAGE_BYTES 4096

/* The statements of a transaction. */
enum { BEGIN, COMMIT, ROLLBACK, SAVE, RELEASE, REVERT, N_CONTROLS };
static const StatementText controls[N_CONTROLS] = {
    [BEGIN] = { "begin", "", FALSE, "BEGIN IMMEDIATE" },
    [COMMIT] = { "commit", "", FALSE, "COMMIT" },
    [ROLLBACK] = { "rollback", "", FALSE, "ROLLBACK" },
    [SAVE] = { "save", "", FALSE, "SAVEPOINT fact" },
    [RELEASE] = { "release", "", FALSE, "RELEASE fact" },
    [REVERT] = { "revert", "", FALSE, "ROLLBACK TO fact" },
};

struct Books {
    char *directory;
    sqlite3 *database;
    StatementSet *queries;
    StatementSet *controls;
    guint event_insert, position_open, position_save;
    EpochMark *mark; /* NULL for a copy */
    gint64 epoch;
    gint64 seq;       /* the newest within the transaction */
    gint64 committed; /* the newest that is committed */
    gint64 batch;
    int log_pages;
    int trim_at; /* pages */
};

static gboolean control(Books *books, guint which, GError **error)
{
    return statement_run(books->controls, which, NULL, 0, NULL, error);
}

static guint find(const char *name)
{
    int index = statement_find(station_sql_queries, station_sql_n_queries, name);

    g_assert(index >= 0);
    return (guint)index;
}

static int on_log(void *data, sqlite3 *database G_GNUC_UNUSED, const char *name G_GNUC_UNUSED, int pages)
{
    ((Books *)data)->log_pages = pages;
    return SQLITE_OK;
}

static gboolean prepare(Books *books, GError **error)
{
    books->queries = statement_set_new(books->database, station_sql_queries, station_sql_n_queries, error);
    if (!books->queries)
        return FALSE;
    books->controls = statement_set_new(books->database, controls, N_CONTROLS, error);
    books->event_insert = find("event-insert");
    books->position_open = find("position-open");
    books->position_save = find("position-save");
    books->trim_at = LOG_PAGES;
    sqlite3_wal_hook(books->database, on_log, books);
    return books->controls != NULL;
}

static void roll_back(Books *books)
{
    /* After a full disk or a failed write SQLite has rolled back by itself. */
    if (!sqlite3_get_autocommit(books->database))
        control(books, ROLLBACK, NULL);
    books->seq = books->committed;
}

static gboolean insert_event(Books *books, const StoreValue *texts, GError **error)
{
    StoreValue values[2 + STORE_FACT_EVENT_VALUES] = {
        { .type = STORE_INTEGER, .integer = books->epoch },
        { .type = STORE_INTEGER, .integer = books->seq + 1 },
    };

    for (guint i = 0; i < STORE_FACT_EVENT_VALUES; i++)
        values[2 + i] = texts[i];
    if (!statement_run(books->queries, books->event_insert, values, G_N_ELEMENTS(values), NULL, error))
        return FALSE;
    books->seq++;
    return TRUE;
}

/* Tells HQ that the stream begins anew, why, and what was found. */
static gboolean insert_restored(Books *books, const BooksSetup *setup, const char *reason,
                                EpochPosition found, GError **error)
{
    g_autoptr(GTimeZone) zone = setup->zone ? g_time_zone_ref(setup->zone) : g_time_zone_new_utc();
    g_autofree char *time = clock_format(g_get_real_time(), zone);
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    g_autoptr(JsonObject) object = json_object_new();
    const char *station = setup->station ? setup->station : "station";

    json_object_set_string_member(object, "station", station);
    json_object_set_string_member(object, "version", STATIONMASTER_VERSION);
    json_object_set_int_member(object, "epoch", books->epoch);
    json_object_set_int_member(object, "last_seq", books->seq);
    json_object_set_string_member(object, "clock", clock_quality_name());
    json_object_set_string_member(object, "reason", reason);
    json_object_set_int_member(object, "found_epoch", found.epoch);
    json_object_set_int_member(object, "found_seq", found.seq);
    json_node_set_object(node, object);
    g_autofree char *data = json_to_string(node, FALSE);
    const char *texts[STORE_FACT_EVENT_VALUES] = { "station.restored", station, time, clock_quality_name(),
                                                   data };
    StoreValue values[STORE_FACT_EVENT_VALUES];
    for (guint i = 0; i < STORE_FACT_EVENT_VALUES; i++)
        values[i] = (StoreValue){ .type = STORE_TEXT, .text = (char *)texts[i] };
    return insert_event(books, values, error);
}

static gboolean find_position(Books *books, EpochPosition *ret_found, GError **error)
{
    gint64 rows;

    if (!database_read_integer(books->database, "SELECT count(*) FROM position", &rows, error) ||
        !database_read_integer(books->database, "SELECT epoch FROM position", &ret_found->epoch, error) ||
        !database_read_integer(books->database, "SELECT seq FROM position", &ret_found->seq, error) ||
        !database_read_integer(books->database, "SELECT batch FROM position", &books->batch, error))
        return FALSE;
    if (rows == 1)
        return TRUE;
    g_set_error(error, STORE_ERROR, STORE_ERROR_CORRUPT, "the position of the stream is missing");
    return FALSE;
}

/* Why a new epoch must begin, or NULL; "" for the very first. */
static const char *find_reason(const BooksSetup *setup, EpochPosition found, gboolean has_mark,
                               EpochPosition mark)
{
    if (setup->is_copy)
        return "restored";
    if (found.epoch == 0)
        return has_mark ? "made anew" : "";
    if (!has_mark)
        return "no mark";
    return epoch_is_behind(found, mark) ? "behind the mark" : setup->renew;
}

/* Takes up the stream. The write proves at the same time that there is room and that nobody else holds the
 * database. */
static gboolean take_position(Books *books, const BooksSetup *setup, const char *reason, EpochPosition found,
                              GError **error)
{
    StoreValue position[] = { { .type = STORE_INTEGER, .integer = books->epoch },
                              { .type = STORE_INTEGER, .integer = books->seq } };

    if (!control(books, BEGIN, error))
        return FALSE;
    gboolean done = TRUE;
    if (reason && *reason)
        done = insert_restored(books, setup, reason, found, error);
    position[1].integer = books->seq;
    if (done && statement_run(books->queries, books->position_open, position, 2, NULL, error) &&
        control(books, COMMIT, error)) {
        books->committed = books->seq;
        return TRUE;
    }
    roll_back(books);
    return FALSE;
}

static gboolean begin_stream(Books *books, const BooksSetup *setup, GError **error)
{
    EpochPosition found, mark;
    gboolean has_mark = epoch_read(setup->directory, &mark);

    if (!find_position(books, &found, error))
        return FALSE;
    const char *reason = find_reason(setup, found, has_mark, mark);
    EpochPosition start = found;
    if (reason)
        start = (EpochPosition){ .epoch = epoch_next(g_get_real_time(),
                                                     MAX(MAX(found.epoch, mark.epoch), setup->above)) };
    books->epoch = start.epoch;
    books->seq = books->committed = start.seq;
    if (!setup->is_copy) {
        books->mark = epoch_mark_open(setup->directory, start, error);
        if (!books->mark)
            return FALSE;
    }
    if (!take_position(books, setup, reason, found, error))
        return FALSE;
    return !books->mark || books->seq == start.seq || epoch_mark_move(books->mark, books->seq, error);
}

Books *books_open(const BooksSetup *setup, GError **error)
{
    Books *books = g_new0(Books, 1);
    g_autofree char *path = g_build_filename(setup->directory, setup->file, NULL);
    guint version;

    books->directory = g_strdup(setup->directory);
    books->database = database_open(path, DATABASE_WRITE, error);
    if (books->database && database_identify(books->database, station_sql_n_migrations, &version, error) &&
        (!setup->verify || database_check(books->database, NULL, error)) &&
        database_configure(books->database, error) &&
        migration_run(books->database, version, station_sql_migrations, station_sql_n_migrations, error) &&
        prepare(books, error) && begin_stream(books, setup, error))
        return books;
    database_blame_file(error);
    books_close(books, FALSE);
    return NULL;
}

void books_close(Books *books, gboolean settle)
{
    if (settle) {
        books_sync(books, NULL);
        database_settle(books->database);
    }
    g_clear_pointer(&books->controls, statement_set_free);
    g_clear_pointer(&books->queries, statement_set_free);
    database_close(books->database);
    epoch_mark_close(books->mark);
    g_free(books->directory);
    g_free(books);
}

gboolean books_begin(Books *books, GError **error)
{
    int has_moved = 0;

    /* Somebody took the file away or put another in its place: what goes in here would be lost. */
    sqlite3_file_control(books->database, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
    if (has_moved) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_IO, "station.db was taken from its place");
        return FALSE;
    }
    return control(books, BEGIN, error);
}

static gboolean run_steps(Books *books, const StoreFact *fact, GError **error)
{
    gint64 changes = 0;

    for (guint i = 0; i < fact->steps->len; i++) {
        const StoreStep *step = &g_array_index(fact->steps, StoreStep, i);
        const StoreValue *values = &g_array_index(fact->values, StoreValue, step->first);

        if (step->query != STORE_FACT_EVENT) {
            if (!statement_run(books->queries, (guint)step->query, values, step->n, &changes, error))
                return FALSE;
        } else if ((!step->unless_unchanged || changes > 0) && !insert_event(books, values, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

/* A fact of which the database says no ends alone, and its numbers are given again. */
static gboolean take_back(Books *books, StoreFact *fact, gint64 seq, GError *fault, GError **error)
{
    if (fault->code != STORE_ERROR_FACT || sqlite3_get_autocommit(books->database)) {
        g_propagate_error(error, fault);
        roll_back(books);
        return FALSE;
    }
    fact->fault = fault;
    books->seq = seq;
    if (control(books, REVERT, error) && control(books, RELEASE, error))
        return TRUE;
    roll_back(books);
    return FALSE;
}

gboolean books_write(Books *books, StoreFact *fact, GError **error)
{
    gint64 seq = books->seq;
    GError *fault = NULL;

    g_clear_error(&fact->fault);
    if (!control(books, SAVE, error)) {
        roll_back(books);
        return FALSE;
    }
    gboolean done = run_steps(books, fact, &fault) && control(books, RELEASE, &fault);
    if (!done && !take_back(books, fact, seq, fault, error))
        return FALSE;
    fact->last_seq = books->seq;
    return TRUE;
}

gboolean books_commit(Books *books, gint64 batch, GError **error)
{
    StoreValue values[] = { { .type = STORE_INTEGER, .integer = books->seq },
                            { .type = STORE_INTEGER, .integer = batch } };

    if (!statement_run(books->queries, books->position_save, values, 2, NULL, error) ||
        !control(books, COMMIT, error)) {
        roll_back(books);
        return database_blame_file(error);
    }
    gboolean has_moved = books->seq != books->committed;
    books->committed = books->seq;
    books->batch = batch;
    return !has_moved || !books->mark || epoch_mark_move(books->mark, books->seq, error);
}

EpochPosition books_get_position(const Books *books)
{
    return (EpochPosition){ .epoch = books->epoch, .seq = books->committed };
}

gint64 books_get_batch(const Books *books)
{
    return books->batch;
}

gboolean books_needs_sync(const Books *books)
{
    return books->mark && epoch_mark_is_dirty(books->mark);
}

gboolean books_sync(Books *books, GError **error)
{
    return !books->mark || epoch_mark_sync(books->mark, error);
}

/* What keeps it from being whole, a reader or a full disk, is no failure: the log grows, and that is told. */
static gboolean checkpoint(Books *books, int mode, GError **error)
{
    g_autoptr(GError) local = NULL;

    if (sqlite3_wal_checkpoint_v2(books->database, "main", mode, NULL, NULL) == SQLITE_OK) {
        if (mode == SQLITE_CHECKPOINT_TRUNCATE)
            books->log_pages = 0;
        return TRUE;
    }
    database_fail(books->database, &local, "checkpoint");
    if (local->code == STORE_ERROR_BUSY || local->code == STORE_ERROR_FULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&local));
    return FALSE;
}

gboolean books_trim(Books *books, GError **error)
{
    if (books->log_pages < books->trim_at) {
        if (books->log_pages < LOG_PAGES)
            books->trim_at = LOG_PAGES;
        return TRUE;
    }
    books->trim_at = books->log_pages + LOG_PAGES;
    /* Passive: waits for nobody. Once all is in the file, and no reader is in the log, the next transaction
     * starts the log anew. */
    return checkpoint(books, SQLITE_CHECKPOINT_PASSIVE, error);
}

gboolean books_has_long_log(const Books *books)
{
    return books->log_pages >= LONG_LOG_PAGES;
}

gboolean books_shrink(Books *books, GError **error)
{
    sqlite3_busy_timeout(books->database, 0);
    gboolean done = checkpoint(books, SQLITE_CHECKPOINT_TRUNCATE, error);
    sqlite3_busy_timeout(books->database, DATABASE_BUSY_MS);
    return done;
}

gint64 books_get_log_bytes(const Books *books)
{
    return (gint64)books->log_pages * PAGE_BYTES;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The books: station.db behind one writer thread (group commit), one reader thread for queries (time-limited)
 * and one for what reads the whole file (checks, backups). The main thread hands copies in and gets answers
 * in its main loop; it never waits for the disk. Events are written in the transaction of their fact and get
 * (epoch, seq) there. Queries are the files of sql/queries/station/. */
#pragma once

#include "edge/base/clock.h"

#include <json-glib/json-glib.h>

#define STORE_ERROR store_error_quark()
GQuark store_error_quark(void);
typedef enum {
    STORE_ERROR_NEWER,   /* the database was made by a newer program: untouched */
    STORE_ERROR_CORRUPT, /* not a database, or damaged: untouched */
    STORE_ERROR_BUSY,    /* somebody else holds it */
    STORE_ERROR_FULL,    /* no room on the disk */
    STORE_ERROR_IO,
    STORE_ERROR_QUEUE, /* more than the bounded queue holds */
    STORE_ERROR_QUERY, /* no such row, or the reader ran out of time */
    STORE_ERROR_FACT,  /* the database refuses this one fact: a constraint, a type, a size */
} StoreError;

typedef struct Store Store;

/* A value of a row or of a query's parameter. */
typedef enum { STORE_NULL, STORE_INTEGER, STORE_REAL, STORE_TEXT } StoreType;
typedef struct {
    StoreType type;
    gint64 integer;
    double real;
    char *text; /* owned by whoever owns the value */
} StoreValue;

/* An event that goes with a fact (CONTRACT section 6). DATA is a JSON object. */
typedef struct {
    const char *type;         /* "alarm.raised" */
    const char *subject;      /* "dc-03/1" */
    const char *time;         /* RFC 3339 */
    const char *time_quality; /* "synced", "holdover", "unset" */
    const char *data;         /* JSON text */
} StoreEvent;

/* A fact in the making: statements and events that are committed together or not at all. Not shared between
 * threads. */
typedef struct StoreFact StoreFact;
StoreFact *store_fact_new(void);
void store_fact_free(StoreFact *fact);
/* Adds the statement QUERY (a file's stem in sql/queries/station, e.g. "alarm-save") with its parameters, in
 * order of FORMAT: i gint64, d double, s const char * (NULL: NULL). All is copied. */
void store_fact_add(StoreFact *fact, const char *query, const char *format, ...);
/* Adds an event; copied. With UNLESS, the event is left out where the statement just before it changed no row
 * (so that a fact given twice makes one event). */
void store_fact_add_event(StoreFact *fact, const StoreEvent *event, gboolean unless_unchanged);

/* In the main loop: the fact is durable (ERROR NULL), or never will be. LAST_SEQ: the newest event's number.
 */
typedef void (*StoreDone)(const GError *error, gint64 last_seq, gpointer user_data);
/* In the main loop: ROWS is an array of objects (column → value), borrowed; NULL with ERROR. */
typedef void (*StoreRows)(JsonArray *rows, const GError *error, gpointer user_data);
/* In the main loop: the books have been opened, or why not, or they have failed later on. */
typedef void (*StoreState)(gboolean usable, const GError *error, gpointer user_data);

/* What the store must know. DIRECTORY: data-dir; made if missing. */
typedef struct {
    const char *directory;
    const char *station; /* id, for new epochs' event "station.restored" */
    guint queue_limit;   /* facts that may wait; 0: 100000 */
    StoreState state;
    gpointer user_data;
    GTimeZone *zone;   /* the station's, for the store's own events; NULL: UTC */
    guint retry_ms;    /* between two tries to open unusable books; 0: 5000 */
    gsize queue_bytes; /* memory that facts may take while they wait; 0: 64 MiB */
} StoreSetup;

/* Starts the threads and opens station.db in them; never blocks and never fails: STATE says how it went.
 * While the books are unusable facts wait in memory up to the limit, and the store tries to open them again
 * every 5 s. */
Store *store_new(const StoreSetup *setup);

/* Hands FACT (consumed) to the writer. DONE may be NULL. Where the queue is full DONE gets STORE_ERROR_QUEUE.
 */
void store_put(Store *store, StoreFact *fact, StoreDone done, gpointer user_data);

/* Runs QUERY on the reader thread with parameters as in store_fact_add(); at most 10,000 rows and 2 s. */
void store_query(Store *store, StoreRows done, gpointer user_data, const char *query, const char *format,
                 ...);

/* Facts that wait now. */
guint store_get_waiting(Store *store);
/* Facts that were told durable or refused by the database since the start: a writer that has facts waiting
 * and does not move this on has stalled. */
guint64 store_get_settled(Store *store);
/* Current epoch (0: unknown yet) and its newest seq. */
void store_get_position(Store *store, gint64 *ret_epoch, gint64 *ret_seq);

/* Size of the write-ahead log now, in bytes: a few MiB unless somebody outside holds the database, or what is
 * in it cannot be written into the file. */
gint64 store_get_log_bytes(Store *store);

/* A consistent copy into FILE (online backup; no query waits for it); refuses to overwrite. */
void store_backup(Store *store, const char *file, StoreDone done, gpointer user_data);
/* Checks FILE, puts it in place of station.db and begins a new epoch; the old database is kept beside it. */
void store_restore(Store *store, const char *file, StoreDone done, gpointer user_data);
/* Begins a new epoch; REASON goes into its event station.restored. */
void store_begin_epoch(Store *store, const char *reason, StoreDone done, gpointer user_data);
/* PRAGMA quick_check; no query waits for it. */
void store_check(Store *store, StoreDone done, gpointer user_data);

/* Begins to end: what waits is written, for at most 5 s; never waits. Callbacks come as ever; what cannot be
 * written or read any more, and what is put in too late, gets STORE_ERROR_BUSY. */
void store_stop(Store *store);
/* After store_stop(): nothing more is to be expected, because all is done and told or because 7 s are over.
 */
gboolean store_is_over(Store *store);

/* The same, waiting for it. Callbacks that are still owed come before it returns, from within it, but no
 * state; none comes after it. A thread that a file does not let go of is left behind, with what it needs. */
void store_free(Store *store);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreFact, store_fact_free)

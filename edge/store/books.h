/* SPDX-License-Identifier: Apache-2.0 */
/* station.db as its writer sees it: opened and brought up to date, its epoch decided, facts written in
 * transactions, its log kept short. One thread at a time; no thread of its own. */
#pragma once

#include "edge/store/epoch.h"
#include "edge/store/store-fact.h"

#define BOOKS_FILE "station.db"

typedef struct Books Books;

typedef struct {
    const char *directory;
    const char *file;    /* in DIRECTORY: BOOKS_FILE, or a copy that is to take its place */
    const char *station; /* id */
    GTimeZone *zone;     /* for the time of its own event; NULL: UTC */
    gboolean verify;     /* quick_check before anything is written */
    gboolean is_copy;    /* begins a new epoch in any case, and leaves the mark alone */
    const char *renew;   /* begins a new epoch because of this; NULL: only where it must */
    gint64 above;        /* a new epoch is above this one */
} BooksSetup;

/* Opens the books, makes or migrates them where needed, proves that they can be written, and goes on with
 * their epoch or begins a new one (with the event station.restored, unless this is the very first). A file
 * that is refused as newer or corrupt is left untouched. */
Books *books_open(const BooksSetup *setup, GError **error);

/* Closes. SETTLE: makes the mark durable and writes the log into the file. */
void books_close(Books *books, gboolean settle);

gboolean books_begin(Books *books, GError **error);
/* Writes FACT within the transaction. A fact that the database refuses is taken back alone: TRUE, with
 * fact->fault. FALSE: the whole transaction has failed. */
gboolean books_write(Books *books, StoreFact *fact, GError **error);
/* Commits, under the random number BATCH, and marks the position. Where it fails, whether the transaction
 * took place is told by books_get_batch() after opening anew. */
gboolean books_commit(Books *books, gint64 batch, GError **error);

/* What is committed. */
EpochPosition books_get_position(const Books *books);
/* The number of the last transaction before opening. */
gint64 books_get_batch(const Books *books);

/* Makes the high-water mark durable where it is not. */
gboolean books_needs_sync(const Books *books);
gboolean books_sync(Books *books, GError **error);

/* Writes the log into the file once it is long; cheap otherwise. Call it when nobody waits. */
gboolean books_trim(Books *books, GError **error);
gint64 books_get_log_bytes(const Books *books);
/* Whether the log is far longer than trimming leaves it: somebody holds it. Then books_shrink() empties it as
 * soon as nobody does; it waits for nobody either. */
gboolean books_has_long_log(const Books *books);
gboolean books_shrink(Books *books, GError **error);

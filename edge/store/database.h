/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to an SQLite file: opened with the house's settings, recognised, checked; its errors as
 * GErrors of STORE_ERROR. A connection belongs to one thread. */
#pragma once

#include "edge/store/store.h"

#include <sqlite3.h>

/* Somebody with a shell may hold the file for a moment; more than that is a fault to be told. */
#define DATABASE_BUSY_MS 1000
#define DATABASE_APPLICATION_ID 0x53544d52 /* "STMR", in the file's header */

typedef enum {
    DATABASE_READ,  /* query only */
    DATABASE_WRITE, /* the file is made, readable by nobody else, where it is missing */
} DatabaseMode;

/* Opens PATH without reading or changing it. A connection leaves the write-ahead log alone when it is closed
 * until database_settle() says otherwise. */
sqlite3 *database_open(const char *path, DatabaseMode mode, GError **error);
/* Closes, NULL allowed. */
void database_close(sqlite3 *database);

/* Lets the last connection, when it closes, write the log into the file. */
void database_settle(sqlite3 *database);

/* Reads who made the file: its schema version (0: empty, to be made). STORE_ERROR_CORRUPT where it is no
 * database of ours, STORE_ERROR_NEWER where its version is above NEWEST. Changes nothing. */
gboolean database_identify(sqlite3 *database, guint newest, guint *ret_version, GError **error);

/* Write-ahead log, full synchronisation, foreign keys; no checkpoint of SQLite's own. */
gboolean database_configure(sqlite3 *database, GError **error);

/* How another thread ends a check early: within a b-tree SQLite asks no progress handler. */
typedef struct {
    int is_raised; /* atomic */
    GMutex lock;
    sqlite3 *checked; /* under the lock */
} DatabaseInterrupt;

void database_interrupt_init(DatabaseInterrupt *interrupt);
void database_interrupt_clear(DatabaseInterrupt *interrupt);
/* From any thread. A check that is just about to begin may miss it: raise it until the check is known to have
 * ended. */
void database_interrupt_raise(DatabaseInterrupt *interrupt);
/* NULL: never. */
gboolean database_interrupt_is_raised(DatabaseInterrupt *interrupt);

/* PRAGMA quick_check: STORE_ERROR_CORRUPT with its first finding; STORE_ERROR_QUERY where INTERRUPT (may be
 * NULL) ended it, which says nothing of the file. */
gboolean database_check(sqlite3 *database, DatabaseInterrupt *interrupt, GError **error);

/* Runs SQL, which gives no rows that matter. */
gboolean database_run(sqlite3 *database, const char *sql, GError **error);

/* The integer in the first column of the first row of SQL (0 where there is none). */
gboolean database_read_integer(sqlite3 *database, const char *sql, gint64 *ret_value, GError **error);

/* Sets ERROR from what DATABASE (NULL: out of memory) last said of itself: "WHAT: reason", or the reason
 * alone where WHAT is NULL. Returns FALSE. */
gboolean database_fail(sqlite3 *database, GError **error, const char *what);

/* The same for a statement with values from outside: what is its own fault (a constraint, a type, a size) is
 * STORE_ERROR_FACT. */
gboolean database_fail_statement(sqlite3 *database, GError **error, const char *what);

/* Turns STORE_ERROR_FACT into STORE_ERROR_CORRUPT: the program's own statements, with its own values, fit its
 * own tables; where they do not, the tables are not what they were. Returns FALSE. */
gboolean database_blame_file(GError **error);

/* Makes what happened to files in DIRECTORY durable (renames, links). */
gboolean database_sync_directory(const char *directory, GError **error);

/* Sets ERROR from CODE (an errno) as "WHAT PATH: reason", STORE_ERROR_FULL or STORE_ERROR_IO. Returns FALSE.
 */
gboolean database_fail_errno(GError **error, int code, const char *what, const char *path);

/* SPDX-License-Identifier: Apache-2.0 */
/* The named queries of a database, prepared once: bound, run, reset at once. A set belongs to one
 * connection and its thread; the texts are for any thread. */
#pragma once

#include "edge/store/database.h"

/* A query as sql/embed.py takes it from its file. */
typedef struct {
    const char *name;   /* "alarm-save" */
    const char *format; /* types of the parameters in order: i integer, d real, s text */
    gboolean reads;     /* gives rows and changes nothing */
    const char *sql;
} StatementText;

/* The place of the query NAME in TEXTS (N of them, ordered by name), or -1. */
int statement_find(const StatementText *texts, guint n, const char *name);

typedef struct StatementSet StatementSet;

/* Prepares every one of TEXTS (borrowed for the set's life) on DATABASE. */
StatementSet *statement_set_new(sqlite3 *database, const StatementText *texts, guint n, GError **error);
void statement_set_free(StatementSet *set);

/* Runs statement INDEX, which gives no rows, with N values; RET_CHANGES (may be NULL): rows changed. */
gboolean statement_run(StatementSet *set, guint index, const StoreValue *values, guint n, gint64 *ret_changes,
                       GError **error);

/* Runs statement INDEX and gives its rows as an array of objects, column → value. Fails with
 * STORE_ERROR_QUERY on more than MOST_ROWS rows or MOST_BYTES bytes of text. */
JsonArray *statement_read(StatementSet *set, guint index, const StoreValue *values, guint n, guint most_rows,
                          gsize most_bytes, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(StatementSet, statement_set_free)

/* SPDX-License-Identifier: Apache-2.0 */
/* The statements of headquarters' database, made from the files of sql/hq when the program is built. Any
 * thread. */
#pragma once

#include <glib.h>

typedef struct {
    const char *name; /* "001-collect", "event-insert" */
    const char *sql;
} HqSqlText;

extern const HqSqlText hq_sql_migrations[]; /* in the order of their numbers */
extern const guint hq_sql_n_migrations;
extern const HqSqlText hq_sql_queries[]; /* ordered by name */
extern const guint hq_sql_n_queries;

/* SPDX-License-Identifier: Apache-2.0 */
/* Brings a database to the newest version, a transaction for each step. The connection's thread. */
#pragma once

#include "edge/store/database.h"

typedef struct {
    guint version; /* 1, 2, 3 … */
    const char *name;
    const char *sql; /* statements; no transaction of their own */
} MigrationText;

/* Applies those of MIGRATIONS (N of them, ascending) that are above VERSION. Where one fails the database
 * stands as it was before that one. */
gboolean migration_run(sqlite3 *database, guint version, const MigrationText *migrations, guint n,
                       GError **error);

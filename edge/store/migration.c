/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/migration.h"

static gboolean apply(sqlite3 *database, const MigrationText *migration, GError **error)
{
    g_autofree char *marks = g_strdup_printf("PRAGMA application_id = %d; PRAGMA user_version = %u",
                                             DATABASE_APPLICATION_ID, migration->version);

    return database_run(database, "BEGIN IMMEDIATE", error) &&
           database_run(database, migration->sql, error) && database_run(database, marks, error) &&
           database_run(database, "COMMIT", error);
}

gboolean migration_run(sqlite3 *database, guint version, const MigrationText *migrations, guint n,
                       GError **error)
{
    for (guint i = 0; i < n; i++) {
        if (migrations[i].version <= version || apply(database, &migrations[i], error))
            continue;
        g_prefix_error(error, "migration %s: ", migrations[i].name);
        if (!sqlite3_get_autocommit(database))
            database_run(database, "ROLLBACK", NULL);
        return FALSE;
    }
    return TRUE;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The migrations and queries of station.db, made from the files of sql/ when the program is built. Any
 * thread. */
#pragma once

#include "edge/store/migration.h"
#include "edge/store/statement.h"

extern const MigrationText station_sql_migrations[];
extern const guint station_sql_n_migrations;
extern const StatementText station_sql_queries[]; /* ordered by name */
extern const guint station_sql_n_queries;

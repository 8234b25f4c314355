/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/hq/hq-database.h"

#include "sync/hq/hq-sql.h"

#include <stdlib.h>
#include <string.h>

#define MOST_VALUES 8u

struct HqDatabase {
    PGconn *connection;
    guint n_sent;
    gboolean is_broken; /* a send failed; nothing more until the connection is made anew */
};

G_DEFINE_QUARK(hq - database - error - quark, hq_database_error)

/* Every statement finds its rows by key. A plan that is made while a table is empty and kept must not read
 * the whole of it later. */
#define SETTINGS                                                                                             \
    "-c statement_timeout=30s -c lock_timeout=20s -c idle_in_transaction_session_timeout=60s "               \
    "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off "                       \
    "-c default_transaction_isolation=read\\ committed -c client_min_messages=warning"

static HqDatabaseError classify(const char *state)
{
    if (state &&
        (g_str_has_prefix(state, "22") || g_str_has_prefix(state, "23") || g_str_has_prefix(state, "54")))
        return HQ_DATABASE_ERROR_DATA;
    return HQ_DATABASE_ERROR_AWAY;
}

static gboolean fail(HqDatabase *database, const PGresult *result, GError **error)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *text = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    g_autofree char *message = g_strchomp(g_strdup(text ? text : PQerrorMessage(database->connection)));

    g_set_error(error, HQ_DATABASE_ERROR, (int)classify(state), "PostgreSQL: %s",
                message[0] ? message : "the connection is lost");
    return FALSE;
}

static gboolean is_good(const PGresult *result)
{
    const ExecStatusType status = PQresultStatus(result);

    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static gboolean run(HqDatabase *database, const char *sql, GError **error)
{
    g_autoptr(PGresult) result = PQexec(database->connection, sql);

    return is_good(result) || fail(database, result, error);
}

static gboolean read_version(HqDatabase *database, guint *ret_version, GError **error)
{
    g_autoptr(PGresult) result =
        PQexec(database->connection, "SELECT COALESCE(max(version), 0) FROM schema_version");

    if (!is_good(result))
        return fail(database, result, error);
    *ret_version = (guint)strtoul(PQgetvalue(result, 0, 0), NULL, 10);
    if (*ret_version <= hq_sql_n_migrations)
        return TRUE;
    g_set_error(error, HQ_DATABASE_ERROR, HQ_DATABASE_ERROR_NEWER,
                "the database was made by a newer station-hq: version %u, this one knows %u", *ret_version,
                hq_sql_n_migrations);
    return FALSE;
}

static gboolean migrate(HqDatabase *database, GError **error)
{
    guint version = 0;

    if (!run(database,
             "BEGIN; SELECT pg_advisory_xact_lock(1398030674, 0);"
             "CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY, name text NOT NULL)",
             error) ||
        !read_version(database, &version, error))
        return FALSE;
    for (guint i = version; i < hq_sql_n_migrations; i++) {
        g_autofree char *mark =
            g_strdup_printf("INSERT INTO schema_version VALUES (%u, '%s')", i + 1, hq_sql_migrations[i].name);

        if (!run(database, hq_sql_migrations[i].sql, error) || !run(database, mark, error)) {
            g_prefix_error(error, "migration %s: ", hq_sql_migrations[i].name);
            return FALSE;
        }
    }
    return run(database, "COMMIT", error);
}

static gboolean prepare(HqDatabase *database, GError **error)
{
    for (guint i = 0; i < hq_sql_n_queries; i++) {
        g_autoptr(PGresult) result =
            PQprepare(database->connection, hq_sql_queries[i].name, hq_sql_queries[i].sql, 0, NULL);

        if (is_good(result))
            continue;
        fail(database, result, error);
        g_prefix_error(error, "query %s: ", hq_sql_queries[i].name);
        return FALSE;
    }
    return TRUE;
}

HqDatabase *hq_database_open(const char *uri, GError **error)
{
    const char *const keys[] = { "connect_timeout", "tcp_user_timeout", "application_name",
                                 "options",         "dbname",           NULL };
    const char *const values[] = { "10", "30000", "station-hq", SETTINGS, uri, NULL };
    g_autoptr(HqDatabase) database = g_new0(HqDatabase, 1);

    database->connection = PQconnectdbParams(keys, values, 1);
    if (PQstatus(database->connection) != CONNECTION_OK) {
        fail(database, NULL, error);
        return NULL;
    }
    return run(database, "SET client_encoding = 'UTF8'", error) && migrate(database, error) &&
                   prepare(database, error)
               ? g_steal_pointer(&database)
               : NULL;
}

void hq_database_free(HqDatabase *database)
{
    PQfinish(database->connection);
    g_free(database);
}

int hq_database_get_socket(HqDatabase *database)
{
    return PQsocket(database->connection);
}

gboolean hq_database_listen(HqDatabase *database, GError **error)
{
    return run(database, "LISTEN stationmaster_trouble", error);
}

char *hq_database_take_news(HqDatabase *database)
{
    PGnotify *news = NULL;
    char *text = NULL;

    PQconsumeInput(database->connection);
    news = PQnotifies(database->connection);
    text = news ? g_strdup(news->extra) : NULL;
    PQfreemem(news);
    return text;
}

void hq_database_add(HqDatabase *database, const char *name, guint n, const char *const *values)
{
    int done = 0;

    g_assert(n <= MOST_VALUES);
    if (PQpipelineStatus(database->connection) == PQ_PIPELINE_OFF &&
        !PQenterPipelineMode(database->connection))
        database->is_broken = TRUE;
    if (g_str_equal(name, "begin") || g_str_equal(name, "commit"))
        done = PQsendQueryParams(database->connection, name, 0, NULL, NULL, NULL, NULL, 0);
    else
        done = PQsendQueryPrepared(database->connection, name, (int)n, values, NULL, NULL, 0);
    database->n_sent++;
    database->is_broken |= !done;
}

/* The results of N queries, each closed by a NULL, up to the first that fails. */
static gboolean receive(HqDatabase *database, guint n, GPtrArray *results, GError **error)
{
    gboolean good = TRUE;

    for (guint i = 0; i < n; i++) {
        PGresult *result = PQgetResult(database->connection);

        if (good && (!result || !is_good(result)))
            good = fail(database, result, error);
        g_ptr_array_add(results, result);
        if (!result)
            return FALSE;
        PQclear(PQgetResult(database->connection)); /* the NULL */
    }
    return good;
}

static void roll_back(HqDatabase *database)
{
    if (PQtransactionStatus(database->connection) == PQTRANS_INERROR)
        PQclear(PQexec(database->connection, "ROLLBACK"));
}

GPtrArray *hq_database_send(HqDatabase *database, GError **error)
{
    g_autoptr(GPtrArray) results = g_ptr_array_new_with_free_func((GDestroyNotify)PQclear);
    const guint n = database->n_sent;
    gboolean good = FALSE;

    database->n_sent = 0;
    if (database->is_broken || !PQpipelineSync(database->connection)) {
        fail(database, NULL, error);
        return NULL;
    }
    good = receive(database, n, results, error);
    PQclear(PQgetResult(database->connection)); /* of the sync */
    if (!PQexitPipelineMode(database->connection))
        database->is_broken = TRUE;
    if (!good)
        roll_back(database);
    return good ? g_steal_pointer(&results) : NULL;
}

PGresult *hq_database_query(HqDatabase *database, const char *name, guint n, const char *const *values,
                            GError **error)
{
    hq_database_add(database, name, n, values);
    g_autoptr(GPtrArray) results = hq_database_send(database, error);

    return results ? g_ptr_array_steal_index(results, 0) : NULL;
}

char *hq_database_format_array(const char *const *values, guint n)
{
    GString *text = g_string_new("{");

    for (guint i = 0; i < n; i++) {
        g_string_append(text, i ? "," : "");
        if (!values[i]) {
            g_string_append(text, "NULL");
            continue;
        }
        g_string_append_c(text, '"');
        for (const char *c = values[i]; *c;) {
            const gsize plain = strcspn(c, "\"\\");

            g_string_append_len(text, c, (gssize)plain);
            c += plain;
            if (*c) {
                g_string_append_c(text, '\\');
                g_string_append_c(text, *c++);
            }
        }
        g_string_append_c(text, '"');
    }
    return g_string_free(g_string_append_c(text, '}'), FALSE);
}

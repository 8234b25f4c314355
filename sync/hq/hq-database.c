/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/hq/hq-database.h"

#include "sync/hq/hq-sql.h"

#include <stdlib.h>
#include <string.h>

#define MOST_ARRAYS 8u

/* Object identifiers that PostgreSQL has fixed (pg_type.dat). */
#define TYPE_BIGINT 20u
#define TYPE_TEXT 25u

struct HqDatabase {
    PGconn *connection;
    guint n_sent;
    gboolean is_broken; /* a send failed; nothing more until the connection is made anew */
};

G_DEFINE_QUARK(hq - database - error - quark, hq_database_error)

/* A collector that is frozen between two statements keeps others from its rows for five seconds at most,
 * which is less than they wait for a lock. Every statement finds its rows by key, so that one plan, made
 * once, serves it. A plan that is made while a table is empty must not read the whole of it later. */
#define SETTINGS                                                                                             \
    "-c statement_timeout=30s -c lock_timeout=20s -c idle_in_transaction_session_timeout=5s "                \
    "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c "                 \
    "enable_mergejoin=off -c jit=off "                                                                       \
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

static gboolean begin_pipeline(HqDatabase *database)
{
    database->n_sent++;
    return PQpipelineStatus(database->connection) != PQ_PIPELINE_OFF ||
           PQenterPipelineMode(database->connection);
}

void hq_database_add(HqDatabase *database, const char *name, guint n, const char *const *values)
{
    const gboolean is_bare = g_str_equal(name, "begin") || g_str_equal(name, "commit");

    database->is_broken |=
        !begin_pipeline(database) ||
        !(is_bare ? PQsendQueryParams(database->connection, name, 0, NULL, NULL, NULL, NULL, 0)
                  : PQsendQueryPrepared(database->connection, name, (int)n, values, NULL, NULL, 0));
}

void hq_database_add_arrays(HqDatabase *database, const char *name, guint n, GByteArray *const *arrays)
{
    const char *values[MOST_ARRAYS];
    int sizes[MOST_ARRAYS], formats[MOST_ARRAYS];

    g_assert(n <= MOST_ARRAYS);
    for (guint i = 0; i < n; i++) {
        values[i] = (const char *)arrays[i]->data;
        sizes[i] = (int)arrays[i]->len;
        formats[i] = 1; /* binary: a payload is long to quote */
    }
    database->is_broken |=
        !begin_pipeline(database) ||
        !PQsendQueryPrepared(database->connection, name, (int)n, values, sizes, formats, 0);
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

/* Numbers are in network order there. */
static void add_int32(GByteArray *array, guint32 number)
{
    const guint32 wire = GUINT32_TO_BE(number);

    g_byte_array_append(array, (const guint8 *)&wire, sizeof wire);
}

/* What stands before the values: one dimension from 1 on, without NULL. */
static GByteArray *begin_array(guint32 type, guint n, gsize size)
{
    GByteArray *array = g_byte_array_sized_new((guint)MIN(size + 20, G_MAXINT32));

    add_int32(array, n > 0 ? 1 : 0);
    add_int32(array, 0);
    add_int32(array, type);
    if (n > 0) {
        add_int32(array, n);
        add_int32(array, 1);
    }
    return array;
}

GByteArray *hq_database_format_texts(const char *const *texts, guint n)
{
    gsize size = 0;
    GByteArray *array = NULL;

    for (guint i = 0; i < n; i++)
        size += strlen(texts[i]) + 4;
    array = begin_array(TYPE_TEXT, n, size);
    for (guint i = 0; i < n; i++) {
        const guint length = (guint)strlen(texts[i]);

        add_int32(array, length);
        g_byte_array_append(array, (const guint8 *)texts[i], length);
    }
    return array;
}

GByteArray *hq_database_format_numbers(const gint64 *numbers, guint n)
{
    GByteArray *array = begin_array(TYPE_BIGINT, n, n * (gsize)12);

    for (guint i = 0; i < n; i++) {
        const guint64 wire = GUINT64_TO_BE((guint64)numbers[i]);

        add_int32(array, sizeof wire);
        g_byte_array_append(array, (const guint8 *)&wire, sizeof wire);
    }
    return array;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/statement.h"

#include <string.h>

struct StatementSet {
    sqlite3 *database;
    const StatementText *texts;
    guint n;
    sqlite3_stmt **statements;
};

int statement_find(const StatementText *texts, guint n, const char *name)
{
    guint low = 0, high = n;

    while (low < high) {
        guint middle = (low + high) / 2;
        int order = strcmp(name, texts[middle].name);

        if (order == 0)
            return (int)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

StatementSet *statement_set_new(sqlite3 *database, const StatementText *texts, guint n, GError **error)
{
    g_autoptr(StatementSet) set = g_new0(StatementSet, 1);

    set->database = database;
    set->texts = texts;
    set->n = n;
    set->statements = g_new0(sqlite3_stmt *, n);
    for (guint i = 0; i < n; i++) {
        if (sqlite3_prepare_v3(database, texts[i].sql, -1, SQLITE_PREPARE_PERSISTENT, &set->statements[i],
                               NULL) != SQLITE_OK) {
            database_fail(database, error, texts[i].name);
            return NULL;
        }
    }
    return g_steal_pointer(&set);
}

void statement_set_free(StatementSet *set)
{
    for (guint i = 0; i < set->n; i++)
        sqlite3_finalize(set->statements[i]);
    g_free(set->statements);
    g_free(set);
}

/* The values outlive the run, so SQLite need not copy them. */
static int bind(sqlite3_stmt *statement, int place, const StoreValue *value)
{
    switch (value->type) {
    case STORE_INTEGER:
        return sqlite3_bind_int64(statement, place, value->integer);
    case STORE_REAL:
        return sqlite3_bind_double(statement, place, value->real);
    case STORE_TEXT:
        return sqlite3_bind_text(statement, place, value->text, -1, SQLITE_STATIC);
    case STORE_NULL:
    default:
        return sqlite3_bind_null(statement, place);
    }
}

/* Binds the values; where it cannot, the statement is reset. */
static gboolean prepare(StatementSet *set, guint index, const StoreValue *values, guint n, GError **error)
{
    sqlite3_stmt *statement = set->statements[index];
    int result = SQLITE_OK;

    for (guint i = 0; i < n && result == SQLITE_OK; i++)
        result = bind(statement, (int)i + 1, &values[i]);
    if (result == SQLITE_OK)
        return TRUE;
    database_fail_statement(set->database, error, set->texts[index].name);
    sqlite3_clear_bindings(statement);
    return FALSE;
}

/* A statement left unreset would hold its read transaction and let the log grow. */
static void finish(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

gboolean statement_run(StatementSet *set, guint index, const StoreValue *values, guint n, gint64 *ret_changes,
                       GError **error)
{
    if (!prepare(set, index, values, n, error))
        return FALSE;
    int result = sqlite3_step(set->statements[index]);
    if (result != SQLITE_DONE)
        database_fail_statement(set->database, error, set->texts[index].name);
    else if (ret_changes)
        *ret_changes = sqlite3_changes64(set->database);
    finish(set->statements[index]);
    return result == SQLITE_DONE;
}

/* Text goes on to D-Bus and JSON, which bear nothing but UTF-8. */
static void set_text(JsonObject *row, const char *column, const char *text)
{
    g_autofree char *valid = g_utf8_validate(text, -1, NULL) ? NULL : g_utf8_make_valid(text, -1);

    json_object_set_string_member(row, column, valid ? valid : text);
}

static JsonObject *read_row(sqlite3_stmt *statement, gsize *bytes)
{
    JsonObject *row = json_object_new();

    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        const char *column = sqlite3_column_name(statement, i);

        switch (sqlite3_column_type(statement, i)) {
        case SQLITE_INTEGER:
            json_object_set_int_member(row, column, sqlite3_column_int64(statement, i));
            break;
        case SQLITE_FLOAT:
            json_object_set_double_member(row, column, sqlite3_column_double(statement, i));
            break;
        case SQLITE_TEXT:
            set_text(row, column, (const char *)sqlite3_column_text(statement, i));
            *bytes += (gsize)sqlite3_column_bytes(statement, i);
            break;
        default:
            json_object_set_null_member(row, column);
        }
    }
    return row;
}

/* Why reading ended with RESULT before its end. */
static void explain(StatementSet *set, guint index, int result, GError **error)
{
    const char *name = set->texts[index].name;

    if (result == SQLITE_ROW)
        g_set_error(error, STORE_ERROR, STORE_ERROR_QUERY, "%s: more rows than a query may give", name);
    else if ((result & 0xff) == SQLITE_INTERRUPT)
        g_set_error(error, STORE_ERROR, STORE_ERROR_QUERY, "%s: took longer than a query may take", name);
    else
        database_fail_statement(set->database, error, name);
}

JsonArray *statement_read(StatementSet *set, guint index, const StoreValue *values, guint n, guint most_rows,
                          gsize most_bytes, GError **error)
{
    if (!prepare(set, index, values, n, error))
        return NULL;
    g_autoptr(JsonArray) rows = json_array_new();
    sqlite3_stmt *statement = set->statements[index];
    gsize bytes = 0;
    int result;

    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
        if (json_array_get_length(rows) >= most_rows || bytes > most_bytes)
            break;
        json_array_add_object_element(rows, read_row(statement, &bytes));
    }
    if (result != SQLITE_DONE)
        explain(set, index, result, error);
    finish(statement);
    return result == SQLITE_DONE ? g_steal_pointer(&rows) : NULL;
}

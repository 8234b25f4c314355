/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/statement.h"

#include "edge/store/station-sql.h"
#include "tests/unit/store/fixture.h"

static sqlite3 *open_station(void)
{
    g_autoptr(GError) error = NULL;
    sqlite3 *database = NULL;

    g_assert_cmpint(sqlite3_open(":memory:", &database), ==, SQLITE_OK);
    migration_run(database, 0, station_sql_migrations, station_sql_n_migrations, &error);
    g_assert_no_error(error);
    return database;
}

/* The types that the files declare are those that the store binds, and each file does what it says. */
static void test_texts(void)
{
    sqlite3 *database = open_station();

    for (guint i = 0; i < station_sql_n_queries; i++) {
        const StatementText *text = &station_sql_queries[i];
        sqlite3_stmt *statement;

        g_assert_cmpint(sqlite3_prepare_v2(database, text->sql, -1, &statement, NULL), ==, SQLITE_OK);
        g_assert_cmpint(sqlite3_bind_parameter_count(statement), ==, strlen(text->format));
        g_assert_cmpint(sqlite3_stmt_readonly(statement) != 0, ==, text->reads);
        g_assert_cmpint(sqlite3_column_count(statement) > 0, ==, text->reads);
        g_assert_cmpint(statement_find(station_sql_queries, station_sql_n_queries, text->name), ==, i);
        sqlite3_finalize(statement);
    }
    g_assert_cmpint(statement_find(station_sql_queries, station_sql_n_queries, "alarm"), ==, -1);
    g_assert_cmpint(statement_find(station_sql_queries, station_sql_n_queries, ""), ==, -1);
    g_assert_cmpint(statement_find(station_sql_queries, station_sql_n_queries, "zz"), ==, -1);
    sqlite3_close(database);
}

static const StatementText probes[] = {
    { "add", "ids", FALSE, "INSERT INTO t VALUES (:a, :b, :c)" },
    { "bad", "i", FALSE, "INSERT INTO t VALUES (:a, 1.5, json_extract('{', '$'))" },
    { "list", "", TRUE, "SELECT a, b, c FROM t ORDER BY a" },
    { "rewrite", "s", FALSE, "UPDATE t SET c = :a" },
    { "take", "i", FALSE, "DELETE FROM t WHERE a = :a" },
};

static sqlite3 *open_probe(StatementSet **ret_set)
{
    g_autoptr(GError) error = NULL;
    sqlite3 *database = NULL;

    sqlite3_open(":memory:", &database);
    database_run(database, "CREATE TABLE t (a INTEGER PRIMARY KEY, b REAL, c TEXT CHECK (c != 'no')) STRICT",
                 &error);
    g_assert_no_error(error);
    *ret_set = statement_set_new(database, probes, G_N_ELEMENTS(probes), &error);
    g_assert_no_error(error);
    return database;
}

static gboolean add(StatementSet *set, gint64 a, double b, char *c, gint64 *ret_changes, GError **error)
{
    StoreValue values[] = { { .type = STORE_INTEGER, .integer = a },
                            { .type = STORE_REAL, .real = b },
                            { .type = c ? STORE_TEXT : STORE_NULL, .text = c } };

    return statement_run(set, 0, values, 3, ret_changes, error);
}

static void test_run(void)
{
    StatementSet *set;
    sqlite3 *database = open_probe(&set);
    g_autoptr(GError) error = NULL;
    gint64 changes = -1;

    g_assert_true(add(set, G_MAXINT64, 0.25, (char *)"城西", &changes, &error));
    g_assert_cmpint(changes, ==, 1);
    g_assert_true(add(set, 2, -1e300, NULL, &changes, &error));
    /* Refused: a key twice, a check, a broken function: all the fact's own fault, and the next one works. */
    g_assert_false(add(set, 2, 0, NULL, &changes, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_FACT);
    g_clear_error(&error);
    g_assert_false(add(set, 3, 0, (char *)"no", &changes, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_FACT);
    g_clear_error(&error);
    g_assert_false(
        statement_run(set, 1, &(StoreValue){ .type = STORE_INTEGER, .integer = 9 }, 1, &changes, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_FACT);
    g_clear_error(&error);
    g_assert_true(
        statement_run(set, 4, &(StoreValue){ .type = STORE_INTEGER, .integer = 77 }, 1, &changes, &error));
    g_assert_cmpint(changes, ==, 0);

    g_autoptr(JsonArray) rows = statement_read(set, 2, NULL, 0, 10, 1000, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(json_array_get_length(rows), ==, 2);
    JsonObject *first = json_array_get_object_element(rows, 0);
    g_assert_true(json_object_get_null_member(first, "c"));
    g_assert_cmpfloat(json_object_get_double_member(first, "b"), ==, -1e300);
    JsonObject *second = json_array_get_object_element(rows, 1);
    g_assert_cmpint(json_object_get_int_member(second, "a"), ==, G_MAXINT64);
    g_assert_cmpstr(json_object_get_string_member(second, "c"), ==, "城西");
    statement_set_free(set);
    sqlite3_close(database);
}

static void test_bounds(void)
{
    StatementSet *set;
    sqlite3 *database = open_probe(&set);
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < 20; i++)
        g_assert_true(add(set, i, 0, (char *)"0123456789", NULL, NULL));
    g_autoptr(JsonArray) rows = statement_read(set, 2, NULL, 0, 20, 1000, &error);
    g_assert_no_error(error);
    g_assert_null(statement_read(set, 2, NULL, 0, 19, 1000, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_QUERY);
    g_clear_error(&error);
    g_assert_null(statement_read(set, 2, NULL, 0, 20, 100, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_QUERY);
    /* An ended read leaves no transaction open. */
    g_assert_cmpint(sqlite3_txn_state(database, "main"), ==, SQLITE_TXN_NONE);
    statement_set_free(set);
    sqlite3_close(database);
}

/* What a foreign hand wrote into the file must not break D-Bus, which bears UTF-8 only. */
static void test_text(void)
{
    StatementSet *set;
    sqlite3 *database = open_probe(&set);
    g_autoptr(GError) error = NULL;

    g_assert_true(add(set, 1, 0,
                      (char *)"a\xff\xfe"
                              "b",
                      NULL, &error));
    g_autoptr(JsonArray) rows = statement_read(set, 2, NULL, 0, 20, 1000, &error);
    const char *text = json_object_get_string_member(json_array_get_object_element(rows, 0), "c");
    g_assert_true(g_utf8_validate(text, -1, NULL));
    g_assert_true(g_str_has_prefix(text, "a") && g_str_has_suffix(text, "b"));
    statement_set_free(set);
    sqlite3_close(database);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/statement/texts", test_texts);
    g_test_add_func("/statement/run", test_run);
    g_test_add_func("/statement/bounds", test_bounds);
    g_test_add_func("/statement/text", test_text);
    return g_test_run();
}

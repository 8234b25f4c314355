/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/migration.h"

#include "edge/store/station-sql.h"
#include "tests/unit/store/fixture.h"

static const MigrationText good[] = { { 1, "001-one", "CREATE TABLE a (x); INSERT INTO a VALUES (1);" },
                                      { 2, "002-two",
                                        "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = x + 1;" } };
static const MigrationText bad[] = { { 1, "001-one", "CREATE TABLE a (x); INSERT INTO a VALUES (1);" },
                                     { 2, "002-two", "ALTER TABLE a ADD COLUMN y; UPDATE a SET z = 1;" } };

static sqlite3 *open_database(Fixture *fixture)
{
    g_autofree char *path = fixture_path(fixture, "x.db");
    g_autoptr(GError) error = NULL;
    sqlite3 *database = database_open(path, DATABASE_WRITE, &error);

    g_assert_no_error(error);
    return database;
}

static gint64 read_integer(sqlite3 *database, const char *sql)
{
    gint64 value = -1;

    g_assert_true(database_read_integer(database, sql, &value, NULL));
    return value;
}

static void test_all(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    sqlite3 *database = open_database(fixture);
    g_autoptr(GError) error = NULL;

    migration_run(database, 0, good, 2, &error);
    g_assert_no_error(error);
    g_assert_cmpint(read_integer(database, "PRAGMA user_version"), ==, 2);
    g_assert_cmpint(read_integer(database, "PRAGMA application_id"), ==, DATABASE_APPLICATION_ID);
    g_assert_cmpint(read_integer(database, "SELECT y FROM a"), ==, 2);
    migration_run(database, 2, good, 2, &error);
    g_assert_no_error(error);
    g_assert_cmpint(read_integer(database, "SELECT count(*) FROM a"), ==, 1);
    database_close(database);
}

/* One that fails leaves the database as the one before it left it, and may succeed later. */
static void test_failing(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    sqlite3 *database = open_database(fixture);
    g_autoptr(GError) error = NULL;

    g_assert_false(migration_run(database, 0, bad, 2, &error));
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, "002-two"));
    g_assert_cmpint(read_integer(database, "PRAGMA user_version"), ==, 1);
    g_assert_cmpint(read_integer(database, "SELECT count(*) FROM pragma_table_info('a')"), ==, 1);
    g_assert_true(sqlite3_get_autocommit(database));
    g_clear_error(&error);
    migration_run(database, 1, good, 2, &error);
    g_assert_no_error(error);
    g_assert_cmpint(read_integer(database, "SELECT y FROM a"), ==, 2);
    database_close(database);
}

static void test_station(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    sqlite3 *database = open_database(fixture);
    g_autoptr(GError) error = NULL;

    migration_run(database, 0, station_sql_migrations, station_sql_n_migrations, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < station_sql_n_migrations; i++)
        g_assert_cmpuint(station_sql_migrations[i].version, ==, i + 1);
    g_assert_cmpint(read_integer(database, "PRAGMA user_version"), ==, station_sql_n_migrations);
    /* Every table is strict, so that no column ever holds what it should not. */
    g_assert_cmpint(read_integer(database, "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND "
                                           "type = 'table' AND NOT strict AND name NOT LIKE 'sqlite_%'"),
                    ==, 0);
    database_close(database);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/migration/all", test_all);
    FIXTURE_ADD("/migration/failing", test_failing);
    FIXTURE_ADD("/migration/station", test_station);
    return g_test_run();
}

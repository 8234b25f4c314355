/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/fixture.h"

#include <glib/gstdio.h>

#define PATIENCE_S 30

void fixture_set_up(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    fixture->directory = g_dir_make_tmp("station-store-XXXXXX", NULL);
    g_assert_nonnull(fixture->directory);
}

static void remove_tree(const char *path)
{
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    const char *name;

    while (directory && (name = g_dir_read_name(directory))) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        remove_tree(inner);
    }
    g_remove(path);
}

void fixture_tear_down(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    fixture_close(fixture);
    remove_tree(fixture->directory);
    g_free(fixture->directory);
}

char *fixture_path(Fixture *fixture, const char *name)
{
    return g_build_filename(fixture->directory, name, NULL);
}

static void on_state(gboolean usable, const GError *error, gpointer user_data)
{
    Fixture *fixture = user_data;

    g_assert_cmpint(usable, ==, error == NULL);
    fixture->states++;
    if (error)
        g_test_message("unusable: %s", error->message);
    fixture->usable = usable;
    fixture->code = error ? error->code : -1;
}

void fixture_open_with(Fixture *fixture, const StoreSetup *more)
{
    StoreSetup setup = *more;

    setup.directory = setup.directory ? setup.directory : fixture->directory;
    setup.station = "CS-TEST-001";
    setup.state = on_state;
    setup.user_data = fixture;
    setup.retry_ms = setup.retry_ms ? setup.retry_ms : 20;
    fixture->states = 0;
    fixture->store = store_new(&setup);
}

void fixture_open(Fixture *fixture)
{
    fixture_open_with(fixture, &(StoreSetup){ 0 });
}

void fixture_close(Fixture *fixture)
{
    g_clear_pointer(&fixture->store, store_free);
}

static gboolean on_late(gpointer late)
{
    *(gboolean *)late = TRUE;
    return G_SOURCE_REMOVE;
}

void fixture_wait(const guint *count, guint least)
{
    gboolean is_late = FALSE;
    guint timer = g_timeout_add_seconds(PATIENCE_S, on_late, &is_late);

    while (*count < least && !is_late)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpuint(*count, >=, least);
    g_source_remove(timer);
}

void fixture_wait_usable(Fixture *fixture, gboolean usable)
{
    while (fixture->states == 0 || fixture->usable != usable)
        fixture_wait(&fixture->states, fixture->states + 1);
}

void fixture_open_usable(Fixture *fixture)
{
    fixture_open(fixture);
    fixture_wait(&fixture->states, 1);
    g_assert_true(fixture->usable);
}

static void note(Answer *answer, const GError *error)
{
    g_clear_pointer(&answer->message, g_free);
    answer->code = error ? error->code : -1;
    answer->message = error ? g_strdup(error->message) : NULL;
    answer->count++;
}

void answer_done(const GError *error, gint64 last_seq, gpointer answer)
{
    note(answer, error);
    ((Answer *)answer)->last_seq = last_seq;
}

void answer_rows(JsonArray *rows, const GError *error, gpointer answer)
{
    g_assert_true((rows == NULL) == (error != NULL));
    note(answer, error);
    g_clear_pointer(&((Answer *)answer)->rows, json_array_unref);
    ((Answer *)answer)->rows = rows ? json_array_ref(rows) : NULL;
}

void answer_clear(Answer *answer)
{
    g_clear_pointer(&answer->rows, json_array_unref);
    g_clear_pointer(&answer->message, g_free);
    *answer = (Answer){ 0 };
}

guint answer_count_rows(const Answer *answer)
{
    g_assert_cmpint(answer->code, ==, -1);
    return json_array_get_length(answer->rows);
}

JsonObject *answer_get_row(const Answer *answer, guint index)
{
    g_assert_nonnull(answer->rows);
    return json_array_get_object_element(answer->rows, index);
}

StoreFact *fixture_fact(const char *name, const char *value)
{
    g_autofree char *data = g_strdup_printf("{\"name\":\"%s\"}", name);
    StoreEvent event = { "test.set", name, "2026-11-22T14:21:44.318+08:00", "synced", data };
    StoreFact *fact = store_fact_new();

    store_fact_add(fact, "meta-set", "ss", name, value);
    store_fact_add_event(fact, &event, FALSE);
    return fact;
}

void fixture_put_fact(Fixture *fixture, StoreFact *fact)
{
    Answer answer = { 0 };

    store_put(fixture->store, fact, answer_done, &answer);
    fixture_wait(&answer.count, 1);
    g_assert_cmpint(answer.code, ==, -1);
    answer_clear(&answer);
}

void fixture_put(Fixture *fixture, const char *name, const char *value)
{
    fixture_put_fact(fixture, fixture_fact(name, value));
}

gint64 fixture_read(const char *path, const char *sql)
{
    g_autoptr(GError) error = NULL;
    sqlite3 *database = database_open(path, DATABASE_READ, &error);
    gint64 value = G_MININT64;

    g_assert_no_error(error);
    database_read_integer(database, sql, &value, &error);
    g_assert_no_error(error);
    database_close(database);
    return value;
}

void fixture_run(const char *path, const char *sql)
{
    g_autoptr(GError) error = NULL;
    sqlite3 *database = database_open(path, DATABASE_WRITE, &error);

    g_assert_no_error(error);
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    database_run(database, sql, &error);
    g_assert_no_error(error);
    database_settle(database);
    database_close(database);
}

Answer fixture_query(Fixture *fixture, const char *query)
{
    Answer answer = { 0 };

    store_query(fixture->store, answer_rows, &answer, query, "");
    fixture_wait(&answer.count, 1);
    return answer;
}

GBytes *fixture_bytes(const char *path)
{
    char *bytes;
    gsize length;

    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    return g_bytes_new_take(bytes, length);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What the store's tests share: a directory of their own, a store on it, and answers that are waited for. */
#pragma once

#include "edge/store/database.h"
#include "edge/store/store.h"

typedef struct {
    char *directory;
    Store *store;
    guint states; /* how often a state was told */
    gboolean usable;
    int code; /* of the last state's error, −1: none */
} Fixture;

/* An answer of any kind; zero it before use. */
typedef struct {
    guint count; /* answers so far */
    int code;    /* of the last one's error, −1: none */
    char *message;
    gint64 last_seq;
    JsonArray *rows;
} Answer;

void fixture_set_up(Fixture *fixture, gconstpointer data);
void fixture_tear_down(Fixture *fixture, gconstpointer data);
#define FIXTURE_ADD(path, function)                                                                          \
    g_test_add(path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

/* A table whose every row costs the check most of a millisecond: it works out a column that may not be NULL,
 * and that the rows were written without. (CHECK constraints it skips on a connection that only reads.) */
#define FIXTURE_SLOW_TO_CHECK                                                                                \
    "CREATE TABLE slow (a);"                                                                                 \
    "INSERT INTO slow WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) "         \
    "SELECT i FROM n;"                                                                                       \
    "PRAGMA writable_schema = ON;"                                                                           \
    "UPDATE sqlite_schema SET sql = 'CREATE TABLE slow (a, b AS (length(replace(printf(''%.*c'', "           \
    "1000000 + a % 2, ''a''), ''aa'', ''b''))) NOT NULL)' WHERE name = 'slow'"

/* DIRECTORY/NAME; the caller owns it. */
char *fixture_path(Fixture *fixture, const char *name);
/* Starts the store (retrying every 20 ms) and closes it. */
void fixture_open(Fixture *fixture);
void fixture_open_with(Fixture *fixture, const StoreSetup *more);
void fixture_close(Fixture *fixture);
/* Opens it and waits for its first state. */
void fixture_open_usable(Fixture *fixture);

/* Runs the main loop until *COUNT is at least LEAST; fails the test after 30 s. */
void fixture_wait(const guint *count, guint least);
void fixture_wait_usable(Fixture *fixture, gboolean usable);

/* Callbacks for an Answer. */
void answer_done(const GError *error, gint64 last_seq, gpointer answer);
void answer_rows(JsonArray *rows, const GError *error, gpointer answer);
void answer_clear(Answer *answer);
/* Of one that has rows and no error. */
guint answer_count_rows(const Answer *answer);
JsonObject *answer_get_row(const Answer *answer, guint index);

/* A fact that sets meta NAME to VALUE with an event whose data is {"name": NAME}. */
StoreFact *fixture_fact(const char *name, const char *value);
/* Puts FACT and waits until it is durable. */
void fixture_put_fact(Fixture *fixture, StoreFact *fact);
/* The same with a fact of fixture_fact(). */
void fixture_put(Fixture *fixture, const char *name, const char *value);
/* The integer that SQL gives on PATH, by a connection of its own. */
gint64 fixture_read(const char *path, const char *sql);
/* Runs SQL on PATH likewise. */
void fixture_run(const char *path, const char *sql);
/* Rows that a query without parameters gives; the caller clears the answer. */
Answer fixture_query(Fixture *fixture, const char *query);
/* The file's bytes. */
GBytes *fixture_bytes(const char *path);

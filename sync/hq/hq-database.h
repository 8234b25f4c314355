/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to headquarters' PostgreSQL: opened, migrated, its queries (sql/hq/queries) prepared;
 * several are sent in one go. A connection belongs to one thread; calls block, bounded by the server's and
 * the network's time-outs (30 s). */
#pragma once

#include <gio/gio.h>
#include <libpq-fe.h>

#define HQ_DATABASE_ERROR hq_database_error_quark()
GQuark hq_database_error_quark(void);
typedef enum {
    HQ_DATABASE_ERROR_AWAY,  /* cannot be reached, is shutting down, has no room: try again later */
    HQ_DATABASE_ERROR_DATA,  /* refuses the values that it was given */
    HQ_DATABASE_ERROR_NEWER, /* was made by a newer program: untouched */
} HqDatabaseError;

typedef struct HqDatabase HqDatabase;

/* Connects to URI (postgresql://…) and brings the schema up to date; of several that do so at once one does
 * it. */
HqDatabase *hq_database_open(const char *uri, GError **error);
void hq_database_free(HqDatabase *database);

/* The socket that news come on (hq_database_listen()); −1 where the connection is lost. */
int hq_database_get_socket(HqDatabase *database);
/* Asks to be told of trouble; then the next news, which the caller owns, or NULL. */
gboolean hq_database_listen(HqDatabase *database, GError **error);
char *hq_database_take_news(HqDatabase *database);

/* Puts the query NAME (or "begin", "commit") with N text values (NULL: NULL) behind those that are to be
 * sent. */
void hq_database_add(HqDatabase *database, const char *name, guint n, const char *const *values);

/* Sends what was added and waits for all of it. The results (PGresult, in order) are the caller's. Where one
 * fails, those behind it are not done, a transaction that is open is rolled back, and NULL is returned. */
GPtrArray *hq_database_send(HqDatabase *database, GError **error);

/* One query, sent alone; the caller owns the result (PQclear). */
PGresult *hq_database_query(HqDatabase *database, const char *name, guint n, const char *const *values,
                            GError **error);

/* The same with arrays, as hq_database_format_texts() and _numbers() make them. */
void hq_database_add_arrays(HqDatabase *database, const char *name, guint n, GByteArray *const *arrays);

/* The N values of TEXTS as text[], of NUMBERS as bigint[], as PostgreSQL has them on the wire. The caller's.
 */
GByteArray *hq_database_format_texts(const char *const *texts, guint n);
GByteArray *hq_database_format_numbers(const gint64 *numbers, guint n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HqDatabase, hq_database_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PGresult, PQclear)

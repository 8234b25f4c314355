/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that reads: queries with a time limit, backups step by step between them, the check of the whole
 * database. Its connection cannot write. It reads once the writer has said how the books stand. */
#pragma once

#include "edge/base/mailbox.h"
#include "edge/store/store-fact.h"

#define READER_MOST_ROWS 10000
#define READER_MOST_BYTES (64 * 1024 * 1024)
#define READER_MOST_MS 2000
#define READER_MOST_JOBS 256

typedef struct Reader Reader;

/* In the reader's thread: the database was found damaged. */
typedef void (*ReaderDamage)(const GError *error, gpointer user_data);

/* Starts the thread. Answers go to MAILBOX. */
Reader *reader_new(const char *directory, Mailbox *mailbox, ReaderDamage damage, gpointer user_data);
/* Has the thread end: what it does is interrupted, what waits and what is asked later
 * is answered with STORE_ERROR_BUSY. Never waits; to be asked again
 * until it gives TRUE, once the thread has ended. */
gboolean reader_end(Reader *reader);
/* The same, and waits for that. */
void reader_stop(Reader *reader);
void reader_free(Reader *reader);

/* From the writer: the books may be read. */
void reader_allow(Reader *reader);
/* From the writer: they may not, WHY is the answer to queries from now on. Returns when the reader's
 * connections are closed. */
void reader_forbid(Reader *reader, const GError *why);

/* From the main thread; answered through the mailbox. QUERY (consumed) holds one statement. */
void reader_query(Reader *reader, StoreFact *query, StoreRows done, gpointer user_data);
void reader_backup(Reader *reader, const char *file, StoreDone done, gpointer user_data);
void reader_check(Reader *reader, StoreDone done, gpointer user_data);

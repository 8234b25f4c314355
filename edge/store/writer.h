/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that writes: facts in groups of one transaction each, the books opened and opened again after a
 * failure, restored, and closed. It never loses a fact that it took in, as long as the process lives. */
#pragma once

#include "edge/base/mailbox.h"
#include "edge/store/epoch.h"
#include "edge/store/reader.h"
#include "edge/store/store-fact.h"

#define WRITER_GROUP 256 /* facts in one transaction, at most */
#define WRITER_READERS 2

typedef struct Writer Writer;

typedef struct {
    const StoreSetup *store; /* copied; the limits stand for what they are, 0 not for defaults */
    Mailbox *mailbox;
    Reader *readers[WRITER_READERS]; /* outlive the writer's thread */
} WriterSetup;

/* Starts the thread, which opens the books at once. */
Writer *writer_new(const WriterSetup *setup);
/* Has the thread write what waits, for at most LIMIT_MS from the first call, close the books and end; never
 * waits, TRUE once it has ended: by then everything put in is answered. */
gboolean writer_end(Writer *writer, guint limit_ms);
/* Ends the thread, waits for that. */
void writer_free(Writer *writer);

/* From the main thread. FACT is consumed, its callback is set. FALSE, FACT untouched: the queue is full. */
gboolean writer_put(Writer *writer, StoreFact *fact);
void writer_restore(Writer *writer, const char *file, StoreDone done, gpointer user_data);
/* Likewise; the books begin a new epoch because of REASON. */
void writer_begin_epoch(Writer *writer, const char *reason, StoreDone done, gpointer user_data);
/* From any thread: the database was found damaged. */
void writer_condemn(Writer *writer, const GError *error);

/* From any thread. */
guint writer_get_waiting(Writer *writer);
guint64 writer_get_settled(Writer *writer);
EpochPosition writer_get_position(Writer *writer);
gint64 writer_get_log_bytes(Writer *writer);

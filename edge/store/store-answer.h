/* SPDX-License-Identifier: Apache-2.0 */
/* Answers on their way from the store's threads to the main loop: post from any thread; they are handed to
 * their callbacks in the loop's thread, in order. */
#pragma once

#include "edge/base/mailbox.h"
#include "edge/store/store.h"

/* The main thread's own. */
typedef struct {
    guint owed;        /* answers to what was put in that have not been handed over */
    gboolean usable;   /* the last state told */
    gboolean is_ended; /* a state is nobody's business any more */
} StoreAnswerTally;

/* A mailbox that calls the callbacks, served by the default main loop. TALLY outlives it. */
Mailbox *store_answer_mailbox_new(StoreAnswerTally *tally);

/* DONE may be NULL; ERROR is consumed. */
void store_answer_done(Mailbox *mailbox, StoreDone done, gpointer user_data, GError *error, gint64 last_seq);
/* ROWS and ERROR are consumed. */
void store_answer_rows(Mailbox *mailbox, StoreRows done, gpointer user_data, JsonArray *rows, GError *error);
/* STATE may be NULL; ERROR is consumed. */
void store_answer_state(Mailbox *mailbox, StoreState state, gpointer user_data, gboolean usable,
                        GError *error);

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/store-answer.h"

/* Exactly one of the callbacks is set. */
typedef struct {
    StoreDone done;
    StoreRows rows;
    StoreState state;
    gpointer user_data;
    GError *error;
    gint64 last_seq;
    JsonArray *array;
    gboolean usable;
} Answer;

static void answer_free(gpointer data)
{
    Answer *answer = data;

    g_clear_error(&answer->error);
    g_clear_pointer(&answer->array, json_array_unref);
    g_free(answer);
}

/* The callback may free the store, and with it the mailbox; the answer is ours. */
static void deliver(gpointer data, gpointer user_data)
{
    StoreAnswerTally *tally = user_data;
    Answer *answer = data;

    if (answer->state)
        tally->usable = answer->usable;
    else
        tally->owed--;
    if (answer->done)
        answer->done(answer->error, answer->last_seq, answer->user_data);
    else if (answer->rows)
        answer->rows(answer->array, answer->error, answer->user_data);
    else if (!tally->is_ended)
        answer->state(answer->usable, answer->error, answer->user_data);
    answer_free(answer);
}

/* No limit of its own: there is at most one answer for each fact and query, and those are bounded. */
Mailbox *store_answer_mailbox_new(StoreAnswerTally *tally)
{
    return mailbox_new(NULL, G_PRIORITY_DEFAULT, G_MAXUINT, deliver, answer_free, tally);
}

static void post(Mailbox *mailbox, const Answer *answer)
{
    mailbox_post(mailbox, g_memdup2(answer, sizeof *answer));
}

void store_answer_done(Mailbox *mailbox, StoreDone done, gpointer user_data, GError *error, gint64 last_seq)
{
    if (done)
        post(mailbox,
             &(Answer){ .done = done, .user_data = user_data, .error = error, .last_seq = last_seq });
    else
        g_clear_error(&error);
}

void store_answer_rows(Mailbox *mailbox, StoreRows done, gpointer user_data, JsonArray *rows, GError *error)
{
    post(mailbox, &(Answer){ .rows = done, .user_data = user_data, .error = error, .array = rows });
}

void store_answer_state(Mailbox *mailbox, StoreState state, gpointer user_data, gboolean usable,
                        GError *error)
{
    if (state)
        post(mailbox, &(Answer){ .state = state, .user_data = user_data, .error = error, .usable = usable });
    else
        g_clear_error(&error);
}

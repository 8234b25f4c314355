/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded queue from any thread into a main loop: copies go in, the loop's thread takes them out in order.
 * One wake-up serves all that waits. */
#pragma once

#include <glib.h>

typedef struct Mailbox Mailbox;

/* Called in the loop's thread with each item; owns ITEM. */
typedef void (*MailboxHandler)(gpointer item, gpointer user_data);

/* A mailbox served by CONTEXT (NULL: the default one) at PRIORITY, for at most LIMIT waiting items. FREE_ITEM
 * frees what is never delivered. */
Mailbox *mailbox_new(GMainContext *context, int priority, guint limit, MailboxHandler handler,
                     GDestroyNotify free_item, gpointer user_data);

/* Puts ITEM in, from any thread, and consumes it. False where LIMIT items wait already: ITEM has been freed
 * and is counted by mailbox_get_dropped(). */
gboolean mailbox_post(Mailbox *mailbox, gpointer item);

/* Delivers at once what waits, and what is posted meanwhile; from the loop's thread. */
void mailbox_flush(Mailbox *mailbox);

/* How many items were refused since the start. */
guint64 mailbox_get_dropped(Mailbox *mailbox);

/* Ends delivery at once, from the loop's thread; threads may still post, in vain. */
void mailbox_close(Mailbox *mailbox);
/* The same, and frees it; no thread may post any more. */
void mailbox_free(Mailbox *mailbox);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mailbox, mailbox_free)

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sync-inbox.h"

#define AGAIN_MS 100 /* when stationd was busy */

typedef struct {
    SyncMessage message;
    char *topic;    /* the full one */
    gboolean again; /* a stationd has ended with it, without an answer */
} Held;

struct SyncInbox {
    SyncOutbox *outbox;
    SyncInboxDropped dropped;
    GQueue waiting; /* Held, the oldest first */
    gsize bytes;    /* of their payloads */
    Held *handed;   /* that stationd has and has not answered; NULL: none */
    gboolean ready;
    gboolean full; /* and that was told */
    guint again_source;
};

static void free_held(gpointer data)
{
    Held *held = data;

    g_free(held->topic);
    g_free(held->message.topic);
    g_free(held->message.signature);
    g_bytes_unref(held->message.payload);
    g_free(held);
}

SyncInbox *sync_inbox_new(SyncOutbox *outbox, SyncInboxDropped dropped)
{
    SyncInbox *inbox = g_new0(SyncInbox, 1);

    inbox->outbox = outbox;
    inbox->dropped = dropped;
    g_queue_init(&inbox->waiting);
    return inbox;
}

void sync_inbox_free(SyncInbox *inbox)
{
    g_clear_handle_id(&inbox->again_source, g_source_remove);
    g_queue_clear_full(&inbox->waiting, free_held);
    g_clear_pointer(&inbox->handed, free_held);
    g_free(inbox);
}

gboolean sync_inbox_is_ready(const SyncInbox *inbox)
{
    return inbox->ready;
}

/* Gives stationd the next one, unless it has one or has just been busy. */
static void hand_over(SyncInbox *inbox)
{
    Held *held = g_queue_peek_head(&inbox->waiting);

    if (!held || !inbox->ready || inbox->again_source || inbox->handed ||
        !sync_outbox_take_command(inbox->outbox, held->topic, &held->message, held))
        return;
    inbox->handed = g_queue_pop_head(&inbox->waiting);
    inbox->bytes -= g_bytes_get_size(held->message.payload);
}

static gboolean on_again(gpointer user_data)
{
    SyncInbox *inbox = user_data;

    inbox->again_source = 0;
    hand_over(inbox);
    return G_SOURCE_REMOVE;
}

/* Before all that waits, which is newer. */
static void put_back(SyncInbox *inbox)
{
    Held *held = g_steal_pointer(&inbox->handed);

    inbox->bytes += g_bytes_get_size(held->message.payload);
    g_queue_push_head(&inbox->waiting, held);
}

static void forget_older(SyncInbox *inbox, const char *topic)
{
    for (GList *node = inbox->waiting.head; node; node = node->next) {
        Held *held = node->data;

        if (!g_str_equal(held->topic, topic))
            continue;
        inbox->bytes -= g_bytes_get_size(held->message.payload);
        free_held(held);
        g_queue_delete_link(&inbox->waiting, node);
        return;
    }
}

static gboolean has_room(SyncInbox *inbox, const SyncMessage *message)
{
    gboolean room = inbox->waiting.length < SYNC_INBOX_MOST &&
                    inbox->bytes + g_bytes_get_size(message->payload) <= SYNC_INBOX_BYTES;

    if (!room && !inbox->full)
        inbox->dropped(message->topic, "more wait for stationd than are kept");
    inbox->full = !room;
    return room;
}

void sync_inbox_add(SyncInbox *inbox, const char *topic, const SyncMessage *message)
{
    Held *held;

    if (!has_room(inbox, message))
        return;
    if (g_str_has_prefix(message->topic, "config/"))
        forget_older(inbox, topic);
    held = g_new0(Held, 1);
    *held = (Held){ .topic = g_strdup(topic),
                    .message = { .topic = g_strdup(message->topic),
                                 .payload = g_bytes_ref(message->payload),
                                 .signature = g_strdup(message->signature),
                                 .retained = message->retained } };
    inbox->bytes += g_bytes_get_size(held->message.payload);
    g_queue_push_tail(&inbox->waiting, held);
    hand_over(inbox);
}

/* What stationd had when it went is given to the next one, before all that came later, but once: it may be
 * the cause. One that did it before it went refuses it as a repetition, and that is an answer. */
static void take_back(SyncInbox *inbox)
{
    if (!inbox->handed)
        return;
    if (inbox->handed->again) {
        inbox->dropped(inbox->handed->message.topic, "stationd has ended with it twice");
        g_clear_pointer(&inbox->handed, free_held);
        return;
    }
    inbox->handed->again = TRUE;
    put_back(inbox);
}

void sync_inbox_set_ready(SyncInbox *inbox, gboolean ready)
{
    inbox->ready = ready;
    if (!ready)
        take_back(inbox);
    hand_over(inbox);
}

void sync_inbox_answered(SyncInbox *inbox, gpointer tag, gboolean busy)
{
    if (!inbox->handed || tag != inbox->handed)
        return;
    if (busy) {
        put_back(inbox);
        if (!inbox->again_source)
            inbox->again_source = g_timeout_add(AGAIN_MS, on_again, inbox);
    } else {
        g_clear_pointer(&inbox->handed, free_held);
        hand_over(inbox);
    }
}

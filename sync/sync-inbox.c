/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sync-inbox.h"

#define AGAIN_MS 100 /* when stationd was busy */

typedef struct {
    SyncMessage message;
    char *topic;    /* the full one */
    guint64 number; /* in the order in which they came */
    gboolean again; /* a stationd has ended with it, without an answer */
} Held;

struct SyncInbox {
    SyncOutbox *outbox;
    SyncInboxDropped dropped;
    GQueue waiting; /* Held, the oldest first */
    gsize bytes;    /* of their payloads */
    guint64 number; /* of the last one */
    GQueue handed;  /* Held, that stationd has and has not answered */
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
    g_queue_init(&inbox->handed);
    return inbox;
}

void sync_inbox_free(SyncInbox *inbox)
{
    g_clear_handle_id(&inbox->again_source, g_source_remove);
    g_queue_clear_full(&inbox->waiting, free_held);
    g_queue_clear_full(&inbox->handed, free_held);
    g_free(inbox);
}

gboolean sync_inbox_is_ready(const SyncInbox *inbox)
{
    return inbox->ready;
}

/* Gives stationd what it may have, unless it has just been busy. */
static void hand_over(SyncInbox *inbox)
{
    while (inbox->ready && !inbox->again_source && inbox->waiting.length > 0 &&
           inbox->handed.length < SYNC_INBOX_UNDER_WAY) {
        Held *held = g_queue_peek_head(&inbox->waiting);

        if (!sync_outbox_take_command(inbox->outbox, held->topic, &held->message, held))
            return;
        g_queue_pop_head(&inbox->waiting);
        inbox->bytes -= g_bytes_get_size(held->message.payload);
        g_queue_push_tail(&inbox->handed, held);
    }
}

static gboolean on_again(gpointer user_data)
{
    SyncInbox *inbox = user_data;

    inbox->again_source = 0;
    hand_over(inbox);
    return G_SOURCE_REMOVE;
}

/* Behind NODE, or before all where it is NULL; consumes HELD. */
static void put(SyncInbox *inbox, GList *node, Held *held)
{
    inbox->bytes += g_bytes_get_size(held->message.payload);
    if (node)
        g_queue_insert_after(&inbox->waiting, node, held);
    else
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
    *held = (Held){ .number = ++inbox->number,
                    .topic = g_strdup(topic),
                    .message = { .topic = g_strdup(message->topic),
                                 .payload = g_bytes_ref(message->payload),
                                 .signature = g_strdup(message->signature),
                                 .retained = message->retained } };
    put(inbox, inbox->waiting.tail, held);
    hand_over(inbox);
}

/* What stationd had when it went is given to the next one, before all that came later, but once: it may be
 * the cause. One that did it before it went refuses it as a repetition, and that is an answer. */
static void take_back(SyncInbox *inbox)
{
    Held *held;

    while ((held = g_queue_pop_tail(&inbox->handed))) {
        if (held->again) {
            inbox->dropped(held->message.topic, "stationd has ended with it twice");
            free_held(held);
            continue;
        }
        held->again = TRUE;
        put(inbox, NULL, held);
    }
}

void sync_inbox_set_ready(SyncInbox *inbox, gboolean ready)
{
    inbox->ready = ready;
    if (!ready)
        take_back(inbox);
    hand_over(inbox);
}

/* Behind what is older. */
static GList *find_place(SyncInbox *inbox, const Held *held)
{
    GList *place = NULL;

    for (GList *node = inbox->waiting.head; node && ((Held *)node->data)->number < held->number;
         node = node->next)
        place = node;
    return place;
}

void sync_inbox_answered(SyncInbox *inbox, gpointer tag, gboolean busy)
{
    if (!g_queue_remove(&inbox->handed, tag))
        return;
    if (busy) {
        put(inbox, find_place(inbox, tag), tag);
        if (!inbox->again_source)
            inbox->again_source = g_timeout_add(AGAIN_MS, on_again, inbox);
    } else {
        free_held(tag);
        hand_over(inbox);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/mailbox.h"

struct Mailbox {
    GSource *source;
    GMutex lock;
    GQueue items;
    guint limit;
    guint64 dropped;
    MailboxHandler handler;
    GDestroyNotify free_item;
    gpointer user_data;
};

typedef struct {
    GSource base;
    Mailbox *mailbox;
} MailboxSource;

static gpointer take(Mailbox *mailbox)
{
    g_mutex_lock(&mailbox->lock);
    gpointer item = g_queue_pop_head(&mailbox->items);
    g_mutex_unlock(&mailbox->lock);
    return item;
}

/* Delivers what waits now and no more, so that a busy sender cannot hold the loop. */
static gboolean dispatch(GSource *source, GSourceFunc callback G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
    Mailbox *mailbox = ((MailboxSource *)source)->mailbox;

    g_mutex_lock(&mailbox->lock);
    guint waiting = mailbox->items.length;
    g_source_set_ready_time(source, -1);
    g_mutex_unlock(&mailbox->lock);

    g_source_ref(source);
    for (guint i = 0; i < waiting && !g_source_is_destroyed(source); i++) {
        gpointer item = take(mailbox);

        if (item) /* else a handler has flushed */
            mailbox->handler(item, mailbox->user_data);
    }
    if (!g_source_is_destroyed(source)) {
        g_mutex_lock(&mailbox->lock);
        if (mailbox->items.length > 0)
            g_source_set_ready_time(source, 0);
        g_mutex_unlock(&mailbox->lock);
    }
    g_source_unref(source);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_functions = { .dispatch = dispatch };

Mailbox *mailbox_new(GMainContext *context, int priority, guint limit, MailboxHandler handler,
                     GDestroyNotify free_item, gpointer user_data)
{
    Mailbox *mailbox = g_new0(Mailbox, 1);

    g_mutex_init(&mailbox->lock);
    g_queue_init(&mailbox->items);
    mailbox->limit = limit;
    mailbox->handler = handler;
    mailbox->free_item = free_item;
    mailbox->user_data = user_data;
    mailbox->source = g_source_new(&source_functions, sizeof(MailboxSource));
    ((MailboxSource *)mailbox->source)->mailbox = mailbox;
    g_source_set_priority(mailbox->source, priority);
    g_source_set_static_name(mailbox->source, "mailbox");
    g_source_attach(mailbox->source, context);
    return mailbox;
}

gboolean mailbox_post(Mailbox *mailbox, gpointer item)
{
    g_mutex_lock(&mailbox->lock);
    gboolean full = mailbox->items.length >= mailbox->limit;

    if (full)
        mailbox->dropped++;
    else
        g_queue_push_tail(&mailbox->items, item);
    if (!full && mailbox->items.length == 1)
        g_source_set_ready_time(mailbox->source, 0);
    g_mutex_unlock(&mailbox->lock);
    if (full)
        mailbox->free_item(item);
    return !full;
}

void mailbox_flush(Mailbox *mailbox)
{
    gpointer item;

    while ((item = take(mailbox)))
        mailbox->handler(item, mailbox->user_data);
}

guint64 mailbox_get_dropped(Mailbox *mailbox)
{
    g_mutex_lock(&mailbox->lock);
    guint64 dropped = mailbox->dropped;
    g_mutex_unlock(&mailbox->lock);
    return dropped;
}

void mailbox_close(Mailbox *mailbox)
{
    g_source_destroy(mailbox->source);
}

void mailbox_free(Mailbox *mailbox)
{
    mailbox_close(mailbox);
    g_source_unref(mailbox->source);
    g_queue_clear_full(&mailbox->items, mailbox->free_item);
    g_mutex_clear(&mailbox->lock);
    g_free(mailbox);
}

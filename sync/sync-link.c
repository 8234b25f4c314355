/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sync-link.h"

#include "edge/base/clock.h"
#include "edge/base/mailbox.h"
#include "sync/sync-backoff.h"
#include "sync/sync-session.h"

#include <string.h>

#define LINGER_MS 2000

struct SyncLink {
    const Site *site;
    SyncLinkHandlers handlers;
    gpointer user_data;
    SyncSession *session; /* NULL between two attempts */
    GPtrArray *former;    /* sessions whose threads may still be on their way out of a callback */
    guint failures;       /* attempts without a connection that lasted */
    guint retry_source;
    gint64 connected_us;
    gboolean started, connected;
};

static void schedule(SyncLink *link);

/* A Paho callback may still run while its client is destroyed, so what it sees outlives the client by a few
 * attempts. */
static void end_session(SyncLink *link)
{
    if (!link->session)
        return;
    sync_session_close(link->session);
    g_ptr_array_add(link->former, g_steal_pointer(&link->session));
    if (link->former->len > 8)
        g_ptr_array_remove_index(link->former, 0);
}

static void fail(SyncLink *link, const char *reason)
{
    if (link->connected && clock_boot_us() - link->connected_us >= SYNC_BACKOFF_SETTLED_US)
        link->failures = 0;
    link->failures++;
    link->connected = FALSE;
    end_session(link);
    schedule(link);
    link->handlers.lost(reason, link->user_data);
}

static void on_state(SyncSession *session, SyncSessionState state, const char *text, gpointer user_data)
{
    SyncLink *link = user_data;

    if (session != link->session)
        return;
    if (state == SYNC_SESSION_LOST) {
        fail(link, text);
        return;
    }
    link->connected = TRUE;
    link->connected_us = clock_boot_us();
    link->handlers.connected(link->user_data);
}

static void on_message(SyncSession *session, const SyncMessage *message, gpointer user_data)
{
    SyncLink *link = user_data;

    if (session == link->session)
        link->handlers.message(message, link->user_data);
}

static void on_taken(SyncSession *session, int token, gpointer user_data)
{
    SyncLink *link = user_data;

    if (session != link->session)
        return;
    if (token)
        link->handlers.taken(token, link->user_data);
    else
        link->handlers.room(link->user_data);
}

static gboolean on_retry(gpointer user_data)
{
    static const SyncSessionHandlers handlers = { on_state, on_message, on_taken };
    SyncLink *link = user_data;
    g_autofree char *will = link->handlers.get_will(link->user_data);
    guint n = g_strv_length(link->site->hq.brokers);
    g_autoptr(GError) error = NULL;

    link->retry_source = 0;
    link->session = sync_session_new(link->site, link->site->hq.brokers[link->failures % n], will, &handlers,
                                     link, &error);
    if (!link->session)
        fail(link, error->message);
    return G_SOURCE_REMOVE;
}

static void schedule(SyncLink *link)
{
    guint n = g_strv_length(link->site->hq.brokers);

    if (!link->retry_source)
        link->retry_source =
            g_timeout_add(sync_backoff_ms(link->failures, n, g_random_double()), on_retry, link);
}

SyncLink *sync_link_new(const Site *site, const SyncLinkHandlers *handlers, gpointer user_data)
{
    SyncLink *link = g_new0(SyncLink, 1);

    link->site = site;
    link->handlers = *handlers;
    link->user_data = user_data;
    link->former = g_ptr_array_new_with_free_func((GDestroyNotify)sync_session_free);
    return link;
}

void sync_link_start(SyncLink *link)
{
    if (!link->started)
        schedule(link);
    link->started = TRUE;
}

void sync_link_free(SyncLink *link, const char *farewell)
{
    if (link->retry_source)
        g_source_remove(link->retry_source);
    if (link->connected && farewell)
        sync_session_leave(link->session, farewell, LINGER_MS);
    end_session(link);
    g_ptr_array_unref(link->former);
    g_free(link);
}

gboolean sync_link_is_connected(const SyncLink *link)
{
    return link->connected;
}

void sync_link_settle(SyncLink *link)
{
    link->failures = 0;
}

void sync_link_drop(SyncLink *link, const char *reason)
{
    if (link->connected)
        fail(link, reason);
}

gboolean sync_link_publish_event(SyncLink *link, const char *text)
{
    return link->connected && sync_session_publish(link->session, "event", text, FALSE, TRUE) != 0;
}

int sync_link_publish(SyncLink *link, const char *topic, const char *text, gboolean retained)
{
    return link->connected ? sync_session_publish(link->session, topic, text, retained, FALSE) : 0;
}

guint sync_link_get_outstanding(SyncLink *link, gint64 *ret_taken_us)
{
    *ret_taken_us = 0;
    return link->connected ? sync_session_get_outstanding(link->session, ret_taken_us) : 0;
}

gsize sync_link_get_largest(SyncLink *link)
{
    return link->connected ? sync_session_get_largest(link->session) : 0;
}

gboolean sync_link_has_room(SyncLink *link)
{
    return link->connected && sync_session_has_room(link->session);
}

void sync_link_want_room(SyncLink *link)
{
    if (link->connected)
        sync_session_want_room(link->session);
}

char *sync_link_dup_complaint(SyncLink *link)
{
    return link->session ? sync_session_dup_complaint(link->session) : NULL;
}

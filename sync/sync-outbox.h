/* SPDX-License-Identifier: Apache-2.0 */
/* The line to stationd: interface org.stationmaster.Sync1 on D-Bus. It finds stationd again whenever it or
 * the bus was gone; one call of a kind is under way at a time, and acknowledgements that pile up meanwhile
 * become one. Main thread. */
#pragma once

#include "sync/sync-session.h"
#include "sync/sync-window.h"

#include <gio/gio.h>

typedef struct SyncOutbox SyncOutbox;

typedef struct {
    /* stationd is there, or (FALSE) has gone: nothing of what it said before holds. */
    void (*present)(gboolean present, gpointer user_data);
    /* The stationd on the bus is that of another STATION: nothing is asked of it or told to it. */
    void (*stranger)(const char *station, gpointer user_data);
    /* The answer of sync_outbox_refresh(). ANEW: an acknowledgement was not taken; only what is told here
     * holds. */
    void (*epochs)(const SyncEpoch *epochs, gsize n, gboolean anew, gpointer user_data);
    /* The answer of sync_outbox_read(), a(xs); NULL: it failed. TAG is the caller's. */
    void (*page)(guint tag, GVariant *events, gpointer user_data);
    void (*appended)(gint64 epoch, gint64 last, gpointer user_data);
    void (*reply)(const char *reply, gpointer user_data);
    void (*resend)(gint64 epoch, gint64 from, gint64 to, gpointer user_data);
    /* stationd has answered TAG of sync_outbox_take_command(); BUSY: it has not looked at it. Not called
     * where it went without an answer. */
    void (*answered)(gpointer tag, gboolean busy, gpointer user_data);
} SyncOutboxHandlers;

#define SYNC_OUTBOX_TAGS 2

/* The outbox of STATION, an id. */
SyncOutbox *sync_outbox_new(const char *station, gboolean session_bus, const SyncOutboxHandlers *handlers,
                            gpointer user_data);
void sync_outbox_free(SyncOutbox *outbox);

gboolean sync_outbox_is_present(const SyncOutbox *outbox);

/* Asks for all epochs; asked again while an answer is awaited, it asks once more behind it. */
void sync_outbox_refresh(SyncOutbox *outbox);

/* Asks for the events of EPOCH behind AFTER, at most LIMIT. False while the last question of TAG waits for
 * its answer. */
gboolean sync_outbox_read(SyncOutbox *outbox, guint tag, gint64 epoch, gint64 after, guint limit);

/* Hands HQ's acknowledgement on, where SENT is the last of EPOCH that was published; where stationd does not
 * take it, or with JUDGE in any case, the outbox is asked for behind it. */
void sync_outbox_take_ack(SyncOutbox *outbox, gint64 epoch, gint64 through, gint64 sent, gboolean judge);

/* How the line stands, now and again after each return of stationd. */
void sync_outbox_set_line(SyncOutbox *outbox, gboolean online, const char *reason);

/* A command or a configuration, as it came, on the full TOPIC; TAG is the caller's. False where stationd is
 * not there to take it. */
gboolean sync_outbox_take_command(SyncOutbox *outbox, const char *topic, const SyncMessage *message,
                                  gpointer tag);

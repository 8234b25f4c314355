/* SPDX-License-Identifier: Apache-2.0 */
/* What headquarters has sent for stationd, commands and configurations. The broker has our word for it, so it
 * waits: while stationd is away, and while it is busy; it is given one at a time, as what is numbered must
 * not overtake, and stationd judges how old it may be. Main thread. */
#pragma once

#include "sync/sync-outbox.h"

typedef struct SyncInbox SyncInbox;

#define SYNC_INBOX_MOST 1000 /* messages that wait … */
#define SYNC_INBOX_BYTES (4 * 1024 * 1024)

/* Tells why a message on TOPIC was dropped. */
typedef void (*SyncInboxDropped)(const char *topic, const char *why);

/* For the stationd of OUTBOX (borrowed). */
SyncInbox *sync_inbox_new(SyncOutbox *outbox, SyncInboxDropped dropped);
void sync_inbox_free(SyncInbox *inbox);

/* MESSAGE (copied) came on the full TOPIC. Of a configuration that waits only the last text is kept. */
void sync_inbox_add(SyncInbox *inbox, const char *topic, const SyncMessage *message);

/* stationd takes commands, or (FALSE) has gone: what it had then and had not answered is given once to the
 * next one. */
void sync_inbox_set_ready(SyncInbox *inbox, gboolean ready);
gboolean sync_inbox_is_ready(const SyncInbox *inbox);

/* stationd has answered TAG, which sync_outbox_take_command() was given. BUSY: it has not looked at it. */
void sync_inbox_answered(SyncInbox *inbox, gpointer tag, gboolean busy);

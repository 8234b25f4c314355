/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to one broker by one Paho client, from its making to its end; it never reconnects. Paho's
 * own threads leave copies in bounded mailboxes; handlers are called in the main thread. */
#pragma once

#include "edge/config/config.h"

#define SYNC_SESSION_PAYLOAD_MAX (256 * 1024) /* bytes of a message that comes in … */
#define SYNC_SESSION_PAYLOAD_KEPT                                                                            \
    32768 /* … and of what is kept of it: stationd refuses, counts and audits                              \
             what is longer than half of that */

typedef struct SyncSession SyncSession;

typedef enum { SYNC_SESSION_CONNECTED, SYNC_SESSION_LOST } SyncSessionState;

typedef struct {
    char *topic;     /* behind the station's root: "ack", "command", "config/NAME" */
    GBytes *payload; /* its first SYNC_SESSION_PAYLOAD_KEPT bytes */
    char *signature; /* user property `sig`, or "" */
    gboolean retained;
} SyncMessage;

typedef struct {
    /* Connected and subscribed; or not, or no longer, and TEXT says why. */
    void (*state)(SyncSession *session, SyncSessionState state, const char *text, gpointer user_data);
    void (*message)(SyncSession *session, const SyncMessage *message, gpointer user_data);
    /* The broker took the publication TOKEN; 0: there is room for events. */
    void (*taken)(SyncSession *session, int token, gpointer user_data);
} SyncSessionHandlers;

/* Begins to connect SITE's station to BROKER (`mqtt://`, `mqtts://`, `wss://`) with the retained will WILL on
 * `status`. */
SyncSession *sync_session_new(const Site *site, const char *broker, const char *will,
                              const SyncSessionHandlers *handlers, gpointer user_data, GError **error);

/* Ends the connection without a farewell (the broker publishes the will); no handler is called any more. */
void sync_session_close(SyncSession *session);
/* After close, when no thread of Paho can be in a callback of this session any more. */
void sync_session_free(SyncSession *session);

/* Publishes FAREWELL on `status`, retained, and takes leave properly, in at most LIMIT_MS. */
void sync_session_leave(SyncSession *session, const char *farewell, guint limit_ms);

/* Publishes TEXT on TOPIC behind the station's root, QoS 1; an EVENT counts as outstanding and is not
 * reported as taken. Gives the token, or 0. */
int sync_session_publish(SyncSession *session, const char *topic, const char *text, gboolean retained,
                         gboolean event);

guint sync_session_get_outstanding(SyncSession *session, gint64 *ret_taken_us);
/* Whether one more event is sent at once: the broker says how many it takes without an answer. */
gboolean sync_session_has_room(SyncSession *session);
/* Bytes of the largest event that the broker takes; a larger one would end the connection. */
gsize sync_session_get_largest(SyncSession *session);
/* Asks for `taken` 0 as soon as there is room for about half of what may be under way. */
void sync_session_want_room(SyncSession *session);

/* What was dropped or refused since the last question, as a line for people, or NULL. */
char *sync_session_dup_complaint(SyncSession *session);

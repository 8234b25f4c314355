/* SPDX-License-Identifier: Apache-2.0 */
/* The line to the broker: Paho's MQTTAsync and nothing else of the program. It connects by itself, with
 * back-off and jitter, one broker after the other, with a client made anew for each attempt (a Paho client
 * that has lost its connection is not trusted again). Paho's threads only leave copies, in bounded queues;
 * handlers are called in the main thread. Times are boot time in microseconds. */
#pragma once

#include "sync/sync-session.h"

typedef struct SyncLink SyncLink;

typedef struct {
    /* The will of the connection that is about to be made: the payload of `status`, owned by the caller. */
    char *(*get_will)(gpointer user_data);
    /* Connected and subscribed: publications may go. */
    void (*connected)(gpointer user_data);
    /* No line, and why; again for each attempt that fails. */
    void (*lost)(const char *reason, gpointer user_data);
    void (*message)(const SyncMessage *message, gpointer user_data);
    /* The broker took publication TOKEN of sync_link_publish(). */
    void (*taken)(int token, gpointer user_data);
    /* There is room for events again, after sync_link_want_room(). */
    void (*room)(gpointer user_data);
} SyncLinkHandlers;

/* A line for SITE's station and headquarters, which are borrowed; at least one broker. */
SyncLink *sync_link_new(const Site *site, const SyncLinkHandlers *handlers, gpointer user_data);

/* Begins to connect; once is enough. */
void sync_link_start(SyncLink *link);

/* Publishes FAREWELL (may be NULL), retained, on `status`, waits at most two seconds for the broker to take
 * it, and ends. */
void sync_link_free(SyncLink *link, const char *farewell);

gboolean sync_link_is_connected(const SyncLink *link);

/* This connection is of use: should it break, the next attempt need not wait as behind one that failed. A
 * connection that lasts says so by itself. */
void sync_link_settle(SyncLink *link);

/* Gives up this connection and makes another: the broker does not take anything. */
void sync_link_drop(SyncLink *link, const char *reason);

/* Publishes TEXT on `event`, QoS 1. False where the connection does not take it. */
gboolean sync_link_publish_event(SyncLink *link, const char *text);

/* Publishes TEXT on TOPIC (behind the root), QoS 1; gives the token that `taken` will name, or 0. */
int sync_link_publish(SyncLink *link, const char *topic, const char *text, gboolean retained);

/* Events that the broker has not taken, and when it took the latest one (0: none on this connection). */
guint sync_link_get_outstanding(SyncLink *link, gint64 *ret_taken_us);

/* Whether the connection sends one more event at once; else ask for room. */
gboolean sync_link_has_room(SyncLink *link);
/* Bytes of the largest event that this connection's broker takes. */
gsize sync_link_get_largest(SyncLink *link);
/* Asks for `room` as soon as there is room for more than one. */
void sync_link_want_room(SyncLink *link);

/* What Paho has refused or lost so far, as a line for people; NULL where there is nothing new. The caller
 * owns it. */
char *sync_link_dup_complaint(SyncLink *link);

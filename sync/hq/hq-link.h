/* SPDX-License-Identifier: Apache-2.0 */
/* The line to the broker: MQTT 5, kept up for as long as it is wanted. Each attempt makes the client anew,
 * with back-off 1 to 30 s and jitter. Made and freed in the main loop's thread; the rest says where it may be
 * called.
 *
 * The broker's acknowledgement of an event (PUBACK) leaves as soon as Paho has read it, before it is
 * committed. That is no matter: nothing rests on it. A station sends again until headquarters' own `ack` has
 * come. */
#pragma once

#include "sync/hq/hq-config.h"

typedef struct HqLink HqLink;

/* A message, on a thread of Paho's: copies what it keeps, and may block for a second so that the broker
 * waits. */
typedef void (*HqLinkArrived)(const char *topic, const char *payload, gsize size, gpointer user_data);
/* In the main loop: the line is up and subscribed, or why it is not. */
typedef void (*HqLinkChanged)(gboolean is_online, const char *reason, gpointer user_data);

typedef struct {
    const HqConfig *config;    /* borrowed */
    const char *name;          /* begins the client's id */
    const char *const *topics; /* NULL-terminated; QoS 1; borrowed */
    HqLinkArrived arrived;
    HqLinkChanged changed; /* may be NULL */
    gpointer user_data;
} HqLinkSetup;

typedef struct {
    char *topic;
    char *payload;
    char *signature; /* user property `sig`; NULL: none */
} HqLinkMessage;
void hq_link_message_free(HqLinkMessage *message);

HqLink *hq_link_new(const HqLinkSetup *setup);
/* Ends it; no callback comes after. */
void hq_link_free(HqLink *link);

/* From any thread: whether the line is wanted (at first it is not). */
void hq_link_want(HqLink *link, gboolean is_wanted);

/* Publishes MESSAGES (HqLinkMessage) at QoS 1 and waits until the broker has all of them: from one thread,
 * not the main loop's. False where the line is down or goes down meanwhile, or 5 s are over. */
gboolean hq_link_publish(HqLink *link, GPtrArray *messages);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HqLink, hq_link_free)

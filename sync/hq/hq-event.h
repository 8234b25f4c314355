/* SPDX-License-Identifier: Apache-2.0 */
/* What came on a station's `event` topic (CONTRACT section 6) → where it belongs, or why it is no event.
 * Bytes are hostile until then. Any thread. */
#pragma once

#include <glib.h>

#define HQ_EVENT_LARGEST (256u * 1024u)            /* bytes of an event */
#define HQ_EVENT_LARGEST_READ (4u * 1024u * 1024u) /* of what is looked into at all */
#define HQ_EVENT_LONGEST_TOPIC 500u                /* bytes of a topic that are kept: it is a key */
#define HQ_EVENT_DEEPEST 64u                       /* braces and brackets within one another */
#define HQ_EVENT_ROOT "stationmaster/v1/"

typedef struct {
    char *topic;   /* its first HQ_EVENT_LONGEST_TOPIC bytes */
    char *payload; /* SIZE bytes and a zero */
    gsize size;
    char hash[65]; /* SHA-256 of the payload, hexadecimal */
    char *station; /* of the topic; NULL where that names none */
    gint64 epoch;  /* 0: cannot be read */
    gint64 seq;    /* 0: cannot be read */
    char *reason;  /* why it is no event; NULL where it is one */
} HqEvent;

/* Reads SIZE bytes of PAYLOAD that came on TOPIC; all is copied, nothing fails. A size beyond what is kept is
 * told in `size`, while `payload` has the first HQ_EVENT_LARGEST bytes. */
HqEvent *hq_event_new(const char *topic, const char *payload, gsize size);
void hq_event_free(HqEvent *event);

/* Says that EVENT is none after all. */
void hq_event_refuse(HqEvent *event, const char *reason);

/* Whether its place is known. */
gboolean hq_event_has_place(const HqEvent *event);

/* Station, epoch, seq, in that order (GCompareFunc over HqEvent **). */
int hq_event_compare(gconstpointer a, gconstpointer b);

/* The station that TOPIC ("stationmaster/v1/STATION/NAME") is of, and NAME, borrowed from TOPIC; NULL where
 * it is nothing of the kind. The caller owns it. */
char *hq_event_dup_station(const char *topic, const char **ret_name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HqEvent, hq_event_free)

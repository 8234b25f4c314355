/* SPDX-License-Identifier: Apache-2.0 */
/* What the station has of headquarters: the line as station-sync tells it, the outbox, what HQ says and asks.
 * Main thread. */
#pragma once

#include "edge/station/hq/station-hq.h"

struct StationHq {
    /* outbox */
    gint64 epoch;        /* the current one, 0: unknown yet */
    gint64 sent;         /* of it, at most: what was there at the start, what was read since */
    gint64 told_seq;     /* by the last Appended */
    guint tell;          /* source: not before it fires again */
    gint64 acked;        /* of the current epoch */
    gint64 older;        /* events of older epochs that are not acknowledged */
    gint64 oldest_us;    /* wall time of the first one that is not; 0: none */
    gint64 look_due_us;  /* boot time */
    gboolean looking;    /* a query is on its way */
    gboolean look_again; /* and what it finds is old already */
    gboolean renewing;   /* a new epoch is on its way */

    /* line */
    gboolean has_sync; /* station-sync is on the bus */
    gboolean had_sync;
    gboolean online;
    gint64 since_us; /* wall time; 0: never told */
    char *reason;

    GPtrArray *announcements; /* station-announce.c */
};

/* station-outbox.c */
void station_outbox_get(Station *self, ServiceCall *call);
void station_outbox_read(Station *self, gint64 epoch, gint64 after, guint limit, ServiceCall *call);
void station_outbox_take_ack(Station *self, gint64 epoch, gint64 through, ServiceCall *call);
/* Events may have been added or acknowledged: looks soon, and tells station-sync. */
void station_outbox_beat(Station *self, Moment now);
gint64 station_outbox_count(const Station *self);
double station_outbox_age_s(const Station *self);

/* station-line.c */
void station_line_set(Station *self, gboolean online, const char *reason);
void station_line_lose(Station *self);
void station_line_beat(Station *self, Moment now);

/* station-command.c */
void station_command_take(Station *self, const char *topic, const char *payload, gsize length,
                          const char *signature, gboolean retained);

/* station-announce.c: JSON array of what is to be shown; the caller owns it */
char *station_announce_list(const Station *self);

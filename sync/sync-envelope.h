/* SPDX-License-Identifier: Apache-2.0 */
/* The payloads that station-sync itself reads and writes (CONTRACT section 6): `ack` and `status`; all else
 * passes as it is. And whose stationd's status is. Any thread. */
#pragma once

#include <glib.h>

#define SYNC_ENVELOPE_ACK_MAX 256 /* bytes */

typedef struct {
    gboolean online;
    gint64 since_us;   /* wall time from which `online` is as it is */
    gint64 epoch;      /* the newest */
    gint64 last_seq;   /* of it */
    gint64 backlog;    /* events that HQ has not acknowledged */
    const char *clock; /* "synced" … */
} SyncStatus;

/* `{"epoch": E, "through": N}` and nothing else, N at least 0; false, nothing returned, for all other bytes.
 */
gboolean sync_envelope_parse_ack(GBytes *payload, gint64 *ret_epoch, gint64 *ret_through);

/* The id of the station whose STATUS, as stationd's GetStatus gives it, this is; NULL: none that can be read.
 */
char *sync_envelope_parse_station(const char *status);

/* The payload of `status`; the caller owns it. */
char *sync_envelope_format_status(const SyncStatus *status, GTimeZone *zone);

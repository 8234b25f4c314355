/* SPDX-License-Identifier: Apache-2.0 */
/* What the station has of headquarters: the line as station-sync tells it, the outbox, what HQ says and asks.
 * Main thread. */
#pragma once

#include "edge/command/command-gate.h"
#include "edge/command/command-keys.h"
#include "edge/command/command-memory.h"
#include "edge/station/hq/station-headquarters.h"

/* Refusals of a minute: the first are audited one by one, the rest by their number. */
typedef struct {
    gint64 ends_us; /* boot time; 0: none yet */
    guint written, more;
    char *who, *last; /* of those that are more */
} StationRefusalMinute;

typedef struct {
    gint64 ends_us;
    guint told;
} StationConfigHour;

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
    gint64 renewed_us;   /* boot time at which a bad ack began a new epoch; 0: none did */

    /* line */
    gboolean has_sync; /* station-sync is on the bus */
    gboolean had_sync;
    gboolean online;
    gint64 since_us; /* wall time; 0: never told */
    char *reason;

    /* commands */
    CommandKeys *keys;
    CommandGate *gate;
    CommandMemory *memory;
    gboolean seqs_known; /* the issuers' last numbers are read */
    gint64 began_us;     /* boot time */

    /* what was not taken */
    gint64 refused_at_us; /* boot time of the last refusal; 0: the alarm does not stand */
    guint64 refusals, refusals_by[COMMAND_N_ERRORS];
    StationRefusalMinute minutes[2];   /* of known issuers, of others */
    GHashTable *configs_told;          /* NAME → what the last event said of it */
    StationConfigHour config_hours[2]; /* of events about others, and about known issuers */

    GHashTable *disabled;     /* path of a connector → who has */
    GPtrArray *announcements; /* station-announce.c */
};

/* station-outbox.c */
void station_outbox_get(Station *self, ServiceCall *call);
void station_outbox_read(Station *self, gint64 epoch, gint64 after, guint limit, ServiceCall *call);
void station_outbox_take_ack(Station *self, gint64 epoch, gint64 through, gint64 sent, ServiceCall *call);
/* Events may have been added or acknowledged: looks soon, and tells station-sync. */
void station_outbox_beat(Station *self, Moment now);
gint64 station_outbox_count(const Station *self);
double station_outbox_age_s(const Station *self);

/* station-line.c */
void station_line_set(Station *self, gboolean online, const char *reason);
void station_line_lose(Station *self);
void station_line_beat(Station *self, Moment now);

/* station-command.c */
gboolean station_command_take(Station *self, const char *topic, const char *payload, gsize length,
                              const char *signature, gboolean retained);

/* The answer to COMMAND, which was taken, for …/reply; "received" has others behind it. REASON and PROOF may
 * be "". */
void station_command_answer(Station *self, const Command *command, const char *status, const char *reason,
                            const char *proof);
void station_command_open(Station *self);
void station_command_close(Station *self);

/* station-verb.c: COMMAND, which was taken, is consumed */
void station_verb_do(Station *self, Command *command);
void station_verb_fail(Station *self, Command *command, const char *reason);

/* station-disabled.c */
void station_disabled_add(Station *self, const char *connector, const char *who, const char *reason);
void station_disabled_remove(Station *self, const char *connector);
void station_disabled_load(Station *self);

/* station-config.c */
/* What was told of configurations, from the books: once, also over a restart. */
void station_config_load(Station *self);
void station_config_take(Station *self, const char *topic, const char *name, const char *payload,
                         gsize length, const char *signature);

/* station-refusal.c */
/* ISSUER (NULL: nobody that is known) wanted VERB of OBJECT; ERROR, a CommandError, says why not. Whether it
 * is worth an answer: in a flood of what nobody known has signed none is. */
gboolean station_refusal_add(Station *self, const char *issuer, const char *verb, const char *object,
                             const GError *error);
/* Counts and audits it without an alarm; the answer likewise. */
gboolean station_refusal_note(Station *self, const char *issuer, const char *verb, const char *object,
                              const GError *error);
/* Only counts. */
void station_refusal_count(Station *self, const GError *error);
/* Writes down what is only counted yet. */
void station_refusal_flush(Station *self);
void station_refusal_forget(Station *self);
void station_refusal_beat(Station *self, Moment now);
/* The object "refusals" of the status. */
void station_refusal_add_status(const Station *self, JsonBuilder *builder);

/* station-announce.c */
void station_announce_add(Station *self, const char *text, const char *zone, gint64 minutes);
/* Takes away those whose time is over. */
void station_announce_beat(Station *self, Moment now);
/* JSON array of what is to be shown; the caller owns it */
char *station_announce_list(const Station *self);

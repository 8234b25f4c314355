/* SPDX-License-Identifier: Apache-2.0 */
/* An alarm and its life (ISA-18.2 / IEC 62682): raised, acknowledged, returned to normal, latched, reset.
 * Identity is rule + subject + occurrence. Pure; the guard owns alarms, the main thread uses them. */
#pragma once

#include "edge/base/clock.h"
#include "edge/model/point.h"
#include "edge/model/site.h"

#define ALARM_ID_SIZE 32
#define ALARM_BY_SIZE 64
#define ALARM_NOTE_SIZE 256
#define ALARM_VALUE_SIZE 64
#define ALARM_UNIT_SIZE 20

#define ALARM_ERROR alarm_error_quark()
GQuark alarm_error_quark(void);
typedef enum { ALARM_ERROR_STATE } AlarmError;

typedef enum {
    ALARM_STATE_UNACKNOWLEDGED,
    ALARM_STATE_ACKNOWLEDGED,
    ALARM_STATE_RETURNED_UNACKNOWLEDGED,
    ALARM_STATE_LATCHED,
    ALARM_STATE_SHELVED,
    ALARM_STATE_SUPPRESSED,
    ALARM_STATE_NORMAL, /* over; never leaves it: the next occurrence is another alarm */
} AlarmState;

typedef enum { ALARM_STEP_PENDING, ALARM_STEP_PROVEN, ALARM_STEP_FAILED, ALARM_STEP_SKIPPED } AlarmStepResult;

/* One rung of one connector under this alarm. */
typedef struct {
    char connector[POINT_TEXT_SIZE * 2]; /* path */
    SiteRung rung;
    AlarmStepResult result;
    Moment commanded_at; /* boot_us 0: not commanded */
    gint64 confirmed_at_us;
    Moment proven_at; /* boot_us 0: not (yet) */
    char proof[160];  /* "status finishing, current 0.0 A" / why it failed */
    char cause[24];   /* "" or "shared-feeder" */
} AlarmStep;

typedef struct {
    char id[ALARM_ID_SIZE];
    char *rule;    /* name */
    char *subject; /* path */
    char *zone;    /* of the subject, "" : whole station */
    SiteSeverity severity;
    guint actions;         /* SiteDo */
    guint skipped_actions; /* those of them that this station has nothing to carry out with */
    gboolean latch;
    char *title, *title_zh, *advice, *advice_zh;
    gboolean active; /* the condition stands */
    gboolean acknowledged;
    gboolean over;            /* state is normal */
    gboolean by_unknown;      /* raised because the value could not be known; no ladder action taken */
    gint64 silenced_until_us; /* boot time; 0: not silenced */
    guint occurrence_count;   /* how often it was raised (1, or more when it came back) */
    Moment raised_at;         /* first */
    Moment acknowledged_at;   /* boot_us 0: not */
    Moment cleared_at;
    char acknowledged_by[ALARM_BY_SIZE]; /* "staff:NAME", "hq:ISSUER", "button:PATH" */
    char note[ALARM_NOTE_SIZE];
    char value[ALARM_VALUE_SIZE]; /* the offending value as text, "" if none */
    char unit[ALARM_UNIT_SIZE];   /* of that value, where it is a number that has one; "" */
    char cause[ALARM_ID_SIZE];    /* for stop-unproven: the id of the alarm behind it; "" */
    gint64 reading_at_us;         /* boot time of the reading that raised it */
    gint64 latency_command_us;    /* reading → first command sent; −1: none yet */
    gint64 latency_proof_us;      /* reading → last proof; −1: not yet */
    GArray *ladder;               /* AlarmStep */
    guint transitions;            /* how many were recorded: with id, the key that makes a record unique */
} Alarm;

/* A new active alarm of RULE on SUBJECT; copies what it needs. */
Alarm *alarm_new(const char *id, const SiteRule *rule, const char *subject, const char *zone, Moment now);
void alarm_free(Alarm *alarm);

AlarmState alarm_get_state(const Alarm *alarm);
const char *alarm_state_name(AlarmState state);
const char *alarm_step_result_name(AlarmStepResult result);

/* Whether its siren should sound at NOW: has `siren`, not over, neither acknowledged nor silenced. */
gboolean alarm_wants_siren(const Alarm *alarm, gint64 now_us);
/* Whether its light should burn: has `strobe`, not over. */
gboolean alarm_wants_strobe(const Alarm *alarm);

/* The condition is back: the same alarm active again, unacknowledged, unsilenced; raised_at stays. */
void alarm_return_active(Alarm *alarm);
/* What was acknowledged, or silenced, is not what stands now: unacknowledged and unsilenced, else as it was.
 */
void alarm_renew(Alarm *alarm);
/* The condition is normal. Ends the alarm if it is acknowledged and not latched. */
void alarm_return_normal(Alarm *alarm, Moment now);
/* A person (or HQ, or a button) has seen it. Errors when it is over or acknowledged already. */
gboolean alarm_acknowledge(Alarm *alarm, const char *by, const char *note, Moment now, GError **error);
/* A person resets a latched one. Errors unless its state is LATCHED (says what is missing). */
gboolean alarm_reset(Alarm *alarm, const char *by, Moment now, GError **error);
void alarm_silence(Alarm *alarm, gint64 until_us);

/* The place in `ladder` of the step of CONNECTOR (path) and RUNG; added, pending, where there is none. Places
 * never change. */
guint alarm_add_step(Alarm *alarm, const char *connector, SiteRung rung, const char *cause);

/* Copies as much of TEXT (NULL: "") as fits into SIZE bytes, cut between characters, up to the first byte
 * that is no UTF-8. */
void alarm_copy_text(char *target, gsize size, const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Alarm, alarm_free)

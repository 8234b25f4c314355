/* SPDX-License-Identifier: Apache-2.0 */
/* The interlock: one stop ladder per condemned connector (DESIGN section 6). It commands, reads back, and
 * believes nothing but readings that were asked for after the command. Pure: main thread, boot time in
 * microseconds.
 *
 * The ladder, for a newcomer. A connector is condemned by an alarm, which says at which rung to start:
 *
 *     rung 0 soft      the charger's `stop`
 *     rung 1 disable   the charger's `disable`
 *     rung 2 feeder    the shunt trip of the breaker that feeds it; it condemns all that hang on that breaker
 *     rung 3 station   the trip of the main breaker; it condemns every connector
 *
 *     IDLE ──condemn──▶ OPEN ──proof──▶ PROVEN ──charging or current seen──▶ OPEN at the next rung
 *                        │ deadline or refusal: next rung       ▲
 *                        └──no rung left──▶ UNPROVEN ──late proof┘
 *     (OPEN, PROVEN, UNPROVEN) ──every holding alarm is over──▶ RELEASING ──release is durable──▶ IDLE
 *
 * - A ladder that starts above rung 0 sends the lower commands in the same turn, and is proven only at its
 *   start or above. A rung whose command or breaker does not exist is skipped.
 * - Rungs 0 and 1 are proven by a good status that is not `charging` and good currents under the threshold,
 *   all asked for after the command was confirmed. Rungs 2 and 3 are proven by the breaker's contact read
 * open (without a contact: its meter under the threshold), asked for after the trip was sent, when no witness
 * — the connector's status and currents, the feeder's meter — contradicts. Silence proves nothing; but a
 *   witness that has gone silent after it spoke no longer contradicts an open contact.
 * - While OPEN the rung's command is sent again when it was not taken; a rung that is overdue may still be
 *   proven late. While UNPROVEN everything is sent again every 5 s and reading goes on.
 * - A proof that has broken counts no more at once; from then on, whatever is to prove this stop must have
 *   held for 2 s. The deadline of a rung waits for that, and for nothing else.
 * - Every alarm that condemns a connector holds it; the first holder owns the ladder's events.
 * - While UNPROVEN a person is called: that call, an alarm of its own, holds as well, so that a connector is
 *   not released before its stop was proven, and the call acknowledged and reset. Once nothing but the call
 *   holds, what the charger itself shows will do, whichever rung was asked for. */
#pragma once

#include "edge/safety/guard.h"

#define INTERLOCK_CALL "stop-unproven" /* the rule of the call for a person */

typedef struct Interlock Interlock;

typedef enum {
    INTERLOCK_STATE_IDLE,
    INTERLOCK_STATE_OPEN,
    INTERLOCK_STATE_PROVEN,
    INTERLOCK_STATE_UNPROVEN,
    INTERLOCK_STATE_RELEASING, /* no alarm holds it any more; `enable` waits until that is on record */
} InterlockState;

typedef struct {
    gboolean reached; /* commanded or skipped */
    AlarmStepResult result;
    Moment commanded_at;    /* boot_us 0: not commanded */
    gint64 deadline_us;     /* when it has failed, if it is not proven by then */
    gint64 valid_from_us;   /* only a command issued since then counts for this attempt */
    gint64 sent_at_us;      /* first of this attempt, 0: not (known to be) sent */
    gint64 confirmed_at_us; /* first of this attempt, 0: not */
    gint64 open_at_us;      /* since when the contact has been read open in this attempt, 0: not */
    Moment proven_at;       /* boot_us 0: not */
    guint breaker;          /* rungs 2 and 3: which one it is about, and who proves it; 0: not known */
    char proof[160];
} InterlockRung;

typedef struct {
    Alarm *alarm;            /* borrowed from the guard */
    gboolean shared;         /* it holds because of a shared feeder only */
    gboolean call;           /* it is a call for a person: after all others */
    guint steps[SITE_RUNGS]; /* places in alarm->ladder, POINT_NONE: none yet */
} InterlockHolder;

typedef struct {
    guint connector;
    InterlockState state;
    SiteRung start; /* the lowest rung that may prove it */
    SiteRung floor; /* the same for the present climb: above a rung that was proven and broke */
    SiteRung rung;  /* OPEN: the rung that is waited for; PROVEN: the rung that proved */
    InterlockRung rungs[SITE_RUNGS];
    GArray *holders;                /* InterlockHolder; the first owns the ladder */
    char last_alarm[ALARM_ID_SIZE]; /* the last one that held */
    Moment proven_at;
    gboolean has_broken;     /* a proof of it has; then the next must last */
    gint64 holding_since_us; /* has_broken: since when readings would prove it, 0: they do not */
    gint64 resend_at_us;     /* UNPROVEN */
    gint64 enable_at_us, enable_until_us,
        enable_wait_us; /* after the release; CLOCK_NEVER, 0: nothing to send */
    guint releases;     /* decided and not yet durable */
    gboolean urges_charger, urges_feeder;
    guint dirty_rungs; /* bit per rung that the journal has not */
    gboolean dirty;    /* the journal has not its present state */
} InterlockLadder;

/* Where its decisions go. All are called from within the functions below. */
typedef struct {
    guint64 (*send)(const GuardCommand *command, gpointer user_data); /* gives the command's id */
    void (*urge)(guint point, gboolean on, gpointer user_data);
    void (*changed)(Alarm *alarm, GuardTransition transition, Moment now, gpointer user_data);
    void (*unproven)(guint connector, const Alarm *owner, gboolean standing, Moment now, gpointer user_data);
    void (*release)(guint connector, const char *alarm, Moment now, gpointer user_data);
    /* COMMAND (device, connector, verb) was refused because of REASON; NULL: that is settled */
    void (*refused)(const GuardCommand *command, const char *reason, Moment now, gpointer user_data);
    gpointer user_data;
} InterlockSink;

/* The interlock of MODEL (borrowed), no ladder open. SINK is copied. */
Interlock *interlock_new(const Model *model, const InterlockSink *sink);
void interlock_free(Interlock *interlock);

/* ALARM condemns CONNECTOR from rung START on; SHARED: only because of a shared breaker. */
void interlock_condemn(Interlock *interlock, guint connector, Alarm *alarm, SiteRung start, gboolean shared,
                       Moment now);
/* ALARM is over: it holds nothing any more. */
void interlock_forgive(Interlock *interlock, const Alarm *alarm, Moment now);

/* What happens around it; see the functions of the same names in guard.h. */
void interlock_on_point(Interlock *interlock, guint point, Moment now);
void interlock_on_silence(Interlock *interlock, guint device, guint unit, gint64 asked_at_us, Moment now);
void interlock_on_result(Interlock *interlock, const GuardCommandResult *result, Moment now);
void interlock_on_released(Interlock *interlock, guint connector, Moment now);
void interlock_tick(Interlock *interlock, Moment now);
gint64 interlock_get_next_us(const Interlock *interlock);

/* The ladder of CONNECTOR, borrowed, or NULL while it is idle. */
const InterlockLadder *interlock_find_ladder(const Interlock *interlock, guint connector);
/* Connectors whose ladder is not idle, borrowed: an array of guint. */
const GArray *interlock_get_active(const Interlock *interlock);
/* The command id's class bit: such results belong to interlock_on_result(). */
#define INTERLOCK_ID_TARGETS (1u << 19)

/* For the journal. restore() gives CONNECTOR's ladder to fill in, made if missing; resume(), called once for
 * each when all are filled in, goes on with it: the command of the rung, the stop and the disable are sent
 * again, and a rung whose breaker, contact or meter is another one by now begins anew. hold() adds ALARM to
 * the holders, and gives its entry. */
InterlockLadder *interlock_restore(Interlock *interlock, guint connector);
InterlockHolder *interlock_hold(InterlockLadder *ladder, Alarm *alarm, gboolean shared);
void interlock_resume(Interlock *interlock, InterlockLadder *ladder, Moment now);
/* Whether LADDER is idle and its `enable` still waits to be taken. */
gboolean interlock_is_enabling(const InterlockLadder *ladder);
/* Whether ALARM is among the holders of LADDER. */
gboolean interlock_is_holder(const InterlockLadder *ladder, const Alarm *alarm);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Interlock, interlock_free)

/* SPDX-License-Identifier: Apache-2.0 */
/* The guard: rules, alarms, interlock and annunciator as one state machine. (state, event, now) → decisions.
 * No I/O, no clock of its own: edge/station feeds it readings, results and ticks, and carries its decisions
 * out in the order given: journal before commands, commands before records. Main thread. */
#pragma once

#include "edge/model/model.h"
#include "edge/safety/alarm.h"

#define GUARD_ERROR guard_error_quark()
GQuark guard_error_quark(void);
typedef enum { GUARD_ERROR_UNKNOWN, GUARD_ERROR_STATE, GUARD_ERROR_HELD } GuardError;

typedef struct Guard Guard;

typedef enum {
    GUARD_DECISION_JOURNAL, /* append `text` as it is (lines, each with its line feed; they count only
                               together) to the ladder journal, before what follows */
    GUARD_DECISION_COMMAND, /* send a command; answer with guard_on_command_result(command.id) */
    GUARD_DECISION_URGE,    /* begin (on) or end back-to-back reading of `point` */
    GUARD_DECISION_ALARM,   /* record a transition of `alarm` with its event; see `transition` */
    GUARD_DECISION_RELEASE, /* record the end of a hold of `connector`; when it is durable:
                               guard_on_released() */
} GuardDecisionKind;

typedef enum {
    GUARD_TRANSITION_RAISED,       /* event alarm.raised */
    GUARD_TRANSITION_ACKNOWLEDGED, /* alarm.acknowledged */
    GUARD_TRANSITION_CLEARED,      /* alarm.cleared: returned to normal */
    GUARD_TRANSITION_RESET,        /* alarm.reset */
    GUARD_TRANSITION_SILENCED,     /* no event */
    GUARD_TRANSITION_PROVEN,       /* action.proven */
    GUARD_TRANSITION_FAILED,       /* action.failed: a rung has failed; the ladder goes on or ends */
    GUARD_TRANSITION_CHANGED,      /* no event: latency, steps */
} GuardTransition;

typedef struct {
    guint64 id;
    guint device, connector;
    char verb[40];
    gboolean has_argument;
    double argument;
    gint64 deadline_us;
} GuardCommand;

typedef struct {
    GuardDecisionKind kind;
    char *text;           /* JOURNAL; RELEASE: id of the last alarm that held, a key for the record */
    GuardCommand command; /* COMMAND */
    guint point;          /* URGE */
    gboolean on;          /* URGE */
    const Alarm *alarm;   /* ALARM; borrowed, valid until the next call of any guard function */
    GuardTransition transition;
    guint number; /* ALARM: 1, 2, 3 … per alarm: with its id a key that never repeats. `alarm` shows
                     the end of the turn, and its `transitions` may be ahead of this number */
    char by[ALARM_BY_SIZE]; /* ALARM: who did it, "" : the station */
    Moment at;
    guint connector; /* RELEASE: the model's index */
} GuardDecision;

typedef enum { GUARD_COMMAND_CONFIRMED, GUARD_COMMAND_REFUSED, GUARD_COMMAND_FAILED } GuardCommandOutcome;

typedef struct {
    guint64 id;
    GuardCommandOutcome outcome;
    gint64 sent_at_us, confirmed_at_us; /* boot time; 0: not */
    char reason[120];
} GuardCommandResult;

/* A guard over MODEL (which must outlive it) with MODEL's site. SEED makes alarm ids of this run unique.
 * Faulty rules are skipped (edge/config has refused them before). */
Guard *guard_new(Model *model, guint32 seed, Moment now);
void guard_free(Guard *guard);

/* MASK: the actions (SiteDo) that somebody carries out here; before it is called, the ladder's, siren and
 * strobe. Alarm.skipped_actions says what of an alarm's is not carried out: what is not in MASK, and siren
 * and strobe where no output serves its zone. */
void guard_set_executors(Guard *guard, guint mask);

/* The next decision, or NULL; the caller frees it with guard_decision_free(). Drain after every call below.
 */
GuardDecision *guard_take_decision(Guard *guard);
void guard_decision_free(GuardDecision *decision);

/* A reading of POINT is in the model, or its quality has changed. */
void guard_on_point(Guard *guard, guint point, Moment now);

/* A request to UNIT of DEVICE that was sent at ASKED_AT_US failed: the points that are read there are silent.
 * MODEL_ANY_UNIT: all of DEVICE's. */
void guard_on_silence(Guard *guard, guint device, guint unit, gint64 asked_at_us, Moment now);

/* Time passes. Call at guard_get_next_us() and whenever convenient. */
void guard_tick(Guard *guard, Moment now);
gint64 guard_get_next_us(const Guard *guard);

void guard_on_command_result(Guard *guard, const GuardCommandResult *result, Moment now);

/* The release of CONNECTOR's hold is durable: `enable` may go out (never `start`). */
void guard_on_released(Guard *guard, guint connector, Moment now);

/* What people do. BY is "staff:NAME", "hq:ISSUER" or "button:PATH". */
gboolean guard_acknowledge(Guard *guard, const char *id, const char *by, const char *note, Moment now,
                           GError **error);
gboolean guard_reset(Guard *guard, const char *id, const char *by, Moment now, GError **error);
/* Silences every alarm that sounds; returns how many. */
guint guard_silence(Guard *guard, const char *by, Moment now);

/* Built-in alarms (CONTRACT section 2): raise or clear one on SUBJECT with a VALUE text. Raising a standing
 * one changes nothing. NAME is one of guard_builtin_names (NULL-terminated). */
extern const char *const guard_builtin_names[];
/* The rule behind the built-in alarm NAME, its texts borrowed for ever; false where there is none. */
gboolean guard_find_builtin(const char *name, SiteRule *ret_rule);
void guard_raise_builtin(Guard *guard, const char *name, const char *subject, const char *value, Moment now);
void guard_clear_builtin(Guard *guard, const char *name, const char *subject, Moment now);

/* Whether VERB may go to CONNECTOR now: while held only `stop`, `disable` and `limit` 0. RET_ALARM (may be
 * NULL): the id of the holding alarm, borrowed. */
gboolean guard_permits(const Guard *guard, guint connector, const char *verb, gboolean has_argument,
                       double argument, const char **ret_alarm);

/* The alarm that holds CONNECTOR, or NULL; its cause ("" or "shared-feeder") in RET_CAUSE (may be NULL). */
const Alarm *guard_get_hold(const Guard *guard, guint connector, const char **ret_cause);

/* All alarms that are not over, newest first is not promised; borrowed, an array of Alarm*. */
const GPtrArray *guard_get_alarms(const Guard *guard);
const Alarm *guard_find_alarm(const Guard *guard, const char *id);

/* After a restart: what stood. First guard_restore_alarm() for each alarm of the database that is not over
 * (consumed), then guard_restore_journal() with the journal's text, which knows more and is believed over the
 * database; then guard_finish_restore(), which sends again the stop of every held connector and goes on with
 * open ladders: on the same BOOT_ID with their deadlines, on another the rung begins anew. Alarms that the
 * journal has and RECORDED_TRANSITIONS (from the database; 0 without books) has not are recorded then, once.
 * `transitions` of a restored alarm must be the highest `number` that the database has of it. Without
 * guard_restore_journal() the ladders of standing alarms begin anew.
 *
 * The journal file begins with a guard_dump_journal(), which says whose boot it is; after a restart a new
 * dump is appended (or takes the file's place once the records decided by guard_finish_restore() are
 * durable). guard_restore_journal() takes all that is whole; false, with the number of damaged lines, where
 * there was anything else than a torn end.
 *
 * A connector that the site lacks cannot be held: guard_list_lost() tells of it. An alarm that held one and
 * that no rule can end any more stands, latched, until a person resets it, or the connector is back. */
void guard_restore_alarm(Guard *guard, Alarm *alarm);
gboolean guard_restore_journal(Guard *guard, const char *text, const char *boot_id, Moment now,
                               GError **error);
void guard_finish_restore(Guard *guard, Moment now);

/* A fresh journal that holds just what stands now, to begin a file, to be appended, or to replace the old
 * file once all records decided so far are durable; the caller owns it. */
char *guard_dump_journal(const Guard *guard, const char *boot_id);

/* Moves all that stands from OLD into GUARD (reload: new site, new model). False where a held connector, or
 * one with an open ladder, is missing in the new site: the error names it, and nothing is changed. */
gboolean guard_adopt(Guard *guard, Guard *old, Moment now, GError **error);

/* The paths of the connectors that standing alarms hold and that MODEL lacks: what GUARD would lose, or has
 * lost, by being over MODEL. NULL-terminated; the caller owns it. */
char **guard_list_lost(const Guard *guard, const Model *model);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Guard, guard_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GuardDecision, guard_decision_free)

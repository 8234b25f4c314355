/* SPDX-License-Identifier: Apache-2.0 */
/* The guard's inside, shared by guard*.c only. A turn is what one call of a public function brings about: it
 * is gathered here and given out by guard_end_turn() as journal, commands, records, in that order. Main
 * thread. */
#pragma once

#include "edge/safety/annunciator.h"
#include "edge/safety/guard.h"
#include "edge/safety/interlock.h"
#include "edge/safety/rule.h"

#define GUARD_STATE_ALARMS_MAX 10000 /* open ones; beyond it only safety rules and built-in alarms raise */

#define GUARD_STATE_ENDED_MAX 10000 /* ended ones whose ids are remembered */

/* A rule on one subject. */
typedef struct {
    RuleInstance *instance;
    const SiteRule *rule;
    const RuleSubject *subject;
    Alarm *alarm;     /* the one that is not over, or NULL */
    gint64 next_us;   /* when it must be stepped without a reading */
    RuleVerdict owed; /* a raise that found no room */
} GuardWatch;

/* A transition to be recorded. */
typedef struct {
    Alarm *alarm;
    GuardTransition transition;
    guint number;
    char by[ALARM_BY_SIZE];
    Moment at;
} GuardRecord;

typedef struct GuardRestore GuardRestore;

struct Guard {
    Model *model;
    guint executors; /* SiteDo */
    guint32 seed;
    guint alarm_serial;
    guint64 command_serial, first_command_serial;
    guint turn_serial;

    GPtrArray *rules;     /* Rule */
    GPtrArray *instances; /* GPtrArray of RuleInstance, a list per rule: they own them */
    GArray *watches;      /* GuardWatch */
    guint *watch_start;   /* of each point: its slice of watch_list; n_points + 1 */
    guint *watch_list;    /* places in watches */
    gint64 rules_next_us; /* no watch is due earlier */
    gint64 sweep_us;      /* when all watches are asked again when they are due */
    guint n_owed;

    Interlock *interlock;
    Annunciator *annunciator;
    GPtrArray *alarms;    /* Alarm that are not over; owns them */
    GHashTable *by_id;    /* Alarm.id → Alarm */
    GHashTable *ended;    /* ids of alarms that ended lately; owns them */
    GQueue ended_order;   /* the same ids, oldest first */
    GPtrArray *graveyard; /* over; freed once nobody can look at them any more */

    GQueue decisions; /* GuardDecision */
    /* the turn */
    GArray *records;     /* GuardRecord */
    guint n_journaled;   /* so many of them, the first ones, stand in the journal already */
    GPtrArray *actions;  /* GuardDecision: COMMAND and URGE */
    GPtrArray *releases; /* GuardDecision: RELEASE */
    GHashTable *refused; /* set of "SUBJECT VERB" behind the alarms command-refused; owns them */
    GHashTable *changed; /* set of Alarm whose steps or latencies have changed */
    GHashTable *raised;  /* set of Alarm that are new to the journal */
    gboolean announce;   /* the annunciator must look at the alarms */

    GuardRestore *restore; /* between guard_restore_*() and guard_finish_restore(), else NULL */
};

/* guard.c: begins and ends a turn. */
void guard_begin_turn(Guard *guard);
void guard_end_turn(Guard *guard, Moment now);
/* Adds a transition of ALARM to the turn; CHANGED ones are gathered. An alarm that is over leaves the list
 * and holds nothing any more. */
void guard_record(Guard *guard, Alarm *alarm, GuardTransition transition, const char *by, Moment now);
void guard_push(Guard *guard, GuardDecision *decision);
/* Takes ALARM, which is over, off the list; it is freed once nobody can look at it any more. */
void guard_bury(Guard *guard, Alarm *alarm);

/* guard-alarms.c */
void guard_alarms_follow(Guard *guard, GuardWatch *watch, RuleVerdict verdict, guint point, Moment now);
void guard_alarms_settle_owed(Guard *guard, Moment now);
void guard_alarms_act(Guard *guard, Alarm *alarm, const RuleSubject *subject, Moment now);
void guard_alarms_press(Guard *guard, guint point, const char *zone, Moment now);
void guard_alarms_call_person(Guard *guard, guint connector, const Alarm *owner, gboolean standing,
                              Moment now);
/* VERB to SUBJECT was refused because of REASON; NULL: that is settled. */
void guard_alarms_note_refusal(Guard *guard, const char *subject, const char *verb, const char *reason,
                               Moment now);
/* An output of SUBJECT confirms and does not follow, as SEEN says; NULL: all of them do. */
void guard_alarms_note_output(Guard *guard, const char *subject, const char *seen, Moment now);
/* After a restart: ALARM, a command-refused that stands, says which verb it is about. */
void guard_alarms_take_refusal(Guard *guard, const Alarm *alarm);
/* Works out what of ALARM's actions nobody carries out. */
void guard_alarms_note_skipped(const Guard *guard, Alarm *alarm);
void guard_alarms_add(Guard *guard, Alarm *alarm);
Alarm *guard_alarms_find(const Guard *guard, const char *rule, const char *subject);
gboolean guard_alarms_is_builtin(const char *rule);
/* The subject of that path as rules would have it; false where the site has none. */
gboolean guard_alarms_find_subject(const Guard *guard, const char *path, const char *zone, RuleSubject *ret);

/* guard-journal.c: the lines of this turn, before its commands. */
void guard_journal_write_turn(Guard *guard);
/* The checksum of a line of N bytes. */
guint32 guard_journal_sum(const char *text, gsize n);
void guard_restore_free(GuardRestore *restore);

/* SPDX-License-Identifier: Apache-2.0 */
/* One ladder going up: its commands, its rungs, its proof. Inside the interlock only; main thread, boot time
 * in microseconds. */
#pragma once

#include "edge/safety/interlock-proof.h"
#include "edge/safety/interlock-reach.h"

#define INTERLOCK_CLIMB_RETRY_US (250 * 1000)          /* between two sendings of an unanswered command */
#define INTERLOCK_CLIMB_RESEND_US (5 * G_USEC_PER_SEC) /* while a person is called */
#define INTERLOCK_CLIMB_STEADY_US (2 * G_USEC_PER_SEC) /* how long a proof must last once one has broken */
#define INTERLOCK_CLIMB_FRESH_US (3 * G_USEC_PER_SEC)  /* then it must be read again within this */

struct Interlock {
    const Model *model;
    InterlockSink sink;
    InterlockProof proof;
    InterlockReach *reach;
    gint64 *silent_at_us;      /* of each point */
    InterlockLadder **ladders; /* of each connector, NULL until it was condemned once */
    GArray *active;            /* guint: connectors whose ladder is not idle, or that wait for their enable */
    guint *urged;              /* of each point: ladders that urge it */
};

/* The holder at place I of LADDER. */
InterlockHolder *interlock_climb_holder(const InterlockLadder *ladder, guint i);
/* Puts CONNECTOR on the list of those that need looking after. */
void interlock_climb_activate(Interlock *interlock, guint connector);

/* Shows RUNG of LADDER in HOLDER's alarm. */
void interlock_climb_mirror(Interlock *interlock, InterlockLadder *ladder, InterlockHolder *holder,
                            SiteRung rung);
/* RUNG has changed: the owner's alarm makes TRANSITION of it, the others merely show it. */
void interlock_climb_publish(Interlock *interlock, InterlockLadder *ladder, SiteRung rung,
                             GuardTransition transition, Moment now);
/* Begins or ends the reading back to back of what LADDER looks at, as its state says. */
void interlock_climb_urge(Interlock *interlock, InterlockLadder *ladder);
/* Notes how long it took from the reading of each holder's alarm to the first command. */
void interlock_climb_note_command(const InterlockLadder *ladder, gint64 sent_at_us);

/* Sends a target's command, or joins one of a shared breaker that is on its way. Gives the time since which
 * it has been on its way. */
gint64 interlock_climb_send(Interlock *interlock, guint target, gint64 deadline_us, Moment now);
/* Whether the command of RUNG is still waited for and has not been answered well. */
gboolean interlock_climb_wants_retry(const Interlock *interlock, guint connector, SiteRung rung, Moment now);

/* A number for what RUNG (2 or 3) of CONNECTOR trips and what proves it: another one is another breaker. */
guint interlock_climb_name_breaker(const Interlock *interlock, guint connector, SiteRung rung);
/* Goes on at the first rung that exists from FROM on. */
void interlock_climb_go_on(Interlock *interlock, InterlockLadder *ladder, guint from, Moment now);
/* Begins, or goes up, at START: what lies below is sent in the same turn and not waited for. */
void interlock_climb_begin(Interlock *interlock, InterlockLadder *ladder, SiteRung start, Moment now);
/* The present rung has failed: the next one. */
void interlock_climb_fail(Interlock *interlock, InterlockLadder *ladder, const char *why, Moment now);
/* Until when an open LADDER waits if nothing is read. */
gint64 interlock_climb_get_end_us(const InterlockLadder *ladder);
/* Looks at the readings that there are, and goes where they lead. */
void interlock_climb_evaluate(Interlock *interlock, InterlockLadder *ladder, Moment now);

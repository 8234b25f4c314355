/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a signed command may act now: its time, its place in the issuer's sequence, how many there are.
 * Takes time as an argument. Main thread. */
#pragma once

#include "edge/base/clock.h"
#include "edge/command/command.h"

#define COMMAND_GATE_VALID_US (300 * G_USEC_PER_SEC) /* expires − issued, at most */
#define COMMAND_GATE_SKEW_US (30 * G_USEC_PER_SEC)   /* how far HQ's clock and ours may be apart */
#define COMMAND_GATE_BURST 20u                       /* commands of an issuer at once, then … */
#define COMMAND_GATE_PERIOD_US (2 * G_USEC_PER_SEC)  /* … one in this time */
#define COMMAND_GATE_STOP_BURST 200u                 /* stops have their own measure */
#define COMMAND_GATE_STOP_PERIOD_US (G_USEC_PER_SEC / 10)

typedef struct CommandGate CommandGate;

/* What there is at the moment. */
typedef struct {
    Moment at;
    gboolean clock_set; /* wall time means something */
    gboolean books;     /* the issuers' sequences are known, and can be recorded */
} CommandGateNow;

CommandGate *command_gate_new(void);
void command_gate_free(CommandGate *gate);

/* ISSUER's last sequence number, from the books; never goes back. */
void command_gate_learn(CommandGate *gate, const char *issuer, gint64 seq);

/* Whether COMMAND, whose signature is right, may act NOW; then its number counts as used. */
gboolean command_gate_take(CommandGate *gate, const Command *command, const CommandGateNow *now,
                           GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CommandGate, command_gate_free)

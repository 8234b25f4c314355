/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/command/command-gate.h"

/* A measure that fills by one in each period. */
typedef struct {
    gint64 full_at_us; /* boot time at which it is full again */
} Bucket;

typedef struct {
    gint64 seq;
    Bucket ordinary, stops;
} Issuer;

struct CommandGate {
    GHashTable *issuers; /* char * → Issuer; only those whose key is known get here */
};

CommandGate *command_gate_new(void)
{
    CommandGate *gate = g_new0(CommandGate, 1);

    gate->issuers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return gate;
}

void command_gate_free(CommandGate *gate)
{
    if (!gate)
        return;
    g_hash_table_unref(gate->issuers);
    g_free(gate);
}

static Issuer *get_issuer(CommandGate *gate, const char *name)
{
    Issuer *issuer = g_hash_table_lookup(gate->issuers, name);

    if (!issuer) {
        issuer = g_new0(Issuer, 1);
        g_hash_table_insert(gate->issuers, g_strdup(name), issuer);
    }
    return issuer;
}

void command_gate_learn(CommandGate *gate, const char *issuer, gint64 seq)
{
    Issuer *at = get_issuer(gate, issuer);

    at->seq = MAX(at->seq, seq);
}

static gboolean fail(GError **error, CommandError code, const char *reason)
{
    g_set_error_literal(error, COMMAND_ERROR, code, reason);
    return FALSE;
}

/* Each one taken puts off the time at which the measure is full; more than BURST periods ahead there is
 * nothing left in it. */
static gboolean take_from(Bucket *bucket, gint64 now_us, guint burst, gint64 period_us)
{
    gint64 next_us = MAX(bucket->full_at_us, now_us) + period_us;

    if (next_us - now_us > burst * period_us)
        return FALSE;
    bucket->full_at_us = next_us;
    return TRUE;
}

/* While the clock is unset nothing can be said of the time; a stop may act all the same. */
static gboolean check_time(const Command *command, const CommandGateNow *now, GError **error)
{
    if (command->expires_us <= command->issued_us)
        return fail(error, COMMAND_ERROR_TIME, "it expires before it was issued");
    if (command->expires_us - command->issued_us > COMMAND_GATE_VALID_US)
        return fail(error, COMMAND_ERROR_TIME, "it is valid for more than 5 minutes");
    if (!now->clock_set)
        return command_is_stop(command) ||
               fail(error, COMMAND_ERROR_STATE,
                    "the station's clock is unset: only stop and disable are taken");
    if (now->at.wall_us > command->expires_us + COMMAND_GATE_SKEW_US)
        return fail(error, COMMAND_ERROR_EXPIRED, "it has expired");
    if (now->at.wall_us < command->issued_us - COMMAND_GATE_SKEW_US)
        return fail(error, COMMAND_ERROR_TIME, "it was issued in the future");
    return TRUE;
}

gboolean command_gate_take(CommandGate *gate, const Command *command, const CommandGateNow *now,
                           GError **error)
{
    Issuer *issuer = get_issuer(gate, command->issuer);
    gboolean stop = command_is_stop(command);

    if (command->verb == COMMAND_VERB_NOT_SERVED)
        return fail(error, COMMAND_ERROR_NOT_SERVED, "not served yet");
    if (!check_time(command, now, error))
        return FALSE;
    if (!now->books && !stop)
        return fail(error, COMMAND_ERROR_STATE, "without books only stop and disable are taken");
    if (command->seq <= issuer->seq)
        return fail(error, COMMAND_ERROR_SEQ, "its seq is not above the issuer's last");
    if (!(stop ? take_from(&issuer->stops, now->at.boot_us, COMMAND_GATE_STOP_BURST,
                           COMMAND_GATE_STOP_PERIOD_US)
               : take_from(&issuer->ordinary, now->at.boot_us, COMMAND_GATE_BURST, COMMAND_GATE_PERIOD_US)))
        return fail(error, COMMAND_ERROR_RATE, "too many commands of this issuer");
    issuer->seq = command->seq;
    return TRUE;
}

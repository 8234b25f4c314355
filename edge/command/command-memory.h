/* SPDX-License-Identifier: Apache-2.0 */
/* The last commands of each issuer and what was answered to them, so that one that comes twice (a broker may
 * deliver it again, anybody may replay it) is told the same again instead of something else. Only signed
 * ones get in: bounded for each issuer, not kept over a restart. Main thread. */
#pragma once

#include "edge/command/command.h"

/* More than an issuer can have taken at once: 200 stops and 20 others (command-gate.h). */
#define COMMAND_MEMORY_EACH 256u

typedef struct CommandMemory CommandMemory;

CommandMemory *command_memory_new(void);
void command_memory_free(CommandMemory *memory);

/* What was answered last to this very COMMAND, LENGTH bytes of PAYLOAD; NULL: it is new, or forgotten.
 * RET_OVER: it was the last word. */
const char *command_memory_find(CommandMemory *memory, const Command *command, const char *payload,
                                gsize length, gboolean *ret_over);

/* COMMAND is new. Forgets the issuer's oldest one, of those that are over if there are any. */
void command_memory_add(CommandMemory *memory, const Command *command, const char *payload, gsize length);

/* REPLY is the answer to COMMAND, and (OVER) the last one: of what is over nothing changes any more. */
void command_memory_answer(CommandMemory *memory, const Command *command, const char *reply, gboolean over);

/* Whether ID is that of a command that it knows, of any issuer. */
gboolean command_memory_has_id(const CommandMemory *memory, const char *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CommandMemory, command_memory_free)

/* SPDX-License-Identifier: Apache-2.0 */
/* Whose commands are taken: issuers and their Ed25519 public keys, read from files of `ISSUER KEY` lines
 * (base64). Any thread, not shared. */
#pragma once

#include <glib.h>

typedef struct CommandKeys CommandKeys;

/* Knows nobody. */
CommandKeys *command_keys_new(void);
void command_keys_free(CommandKeys *keys);

/* Adds the issuers of TEXT, a whole file; a line that is not `ISSUER KEY` adds nothing. An issuer may have
 * several keys, so that they can be changed without a gap. */
void command_keys_add(CommandKeys *keys, const char *text);

/* Whether ISSUER has signed TOPIC, a line feed and PAYLOAD (LENGTH bytes): SIGNATURE is the base64 of an
 * Ed25519 signature (RFC 8032). Else COMMAND_ERROR_SIGNATURE. */
gboolean command_keys_check(const CommandKeys *keys, const char *issuer, const char *topic,
                            const char *payload, gsize length, const char *signature, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CommandKeys, command_keys_free)

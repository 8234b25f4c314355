/* SPDX-License-Identifier: Apache-2.0 */
/* PINs: argon2id (libsodium, crypto_pwhash_str with OPSLIMIT_INTERACTIVE and MEMLIMIT_INTERACTIVE) on a
 * thread of its own with a bounded queue, and the lock-out: five wrong ones lock a name for five minutes,
 * doubled each time up to an hour. Answers come in the main loop. */
#pragma once

#include <glib.h>

#define PIN_SHORTEST 4
#define PIN_LONGEST 64

typedef struct Pin Pin;
/* HASH: of the new PIN, NULL if hashing failed. */
typedef void (*PinHashed)(const char *hash, gpointer user_data);
typedef enum { PIN_RIGHT, PIN_WRONG, PIN_LOCKED, PIN_BUSY } PinVerdict;
typedef void (*PinVerified)(PinVerdict verdict, gpointer user_data);

Pin *pin_new(void);
void pin_free(Pin *pin);
/* PIN text is copied, wiped after use, and never logged. */
void pin_hash(Pin *pin, const char *text, PinHashed done, gpointer user_data);
/* Verifies TEXT of NAME against HASH (NULL: no such person; takes as long, says WRONG). */
void pin_verify(Pin *pin, const char *name, const char *text, const char *hash, PinVerified done,
                gpointer user_data);
/* Boot time until which NAME is locked, 0: not. */
gint64 pin_get_locked_until_us(Pin *pin, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pin, pin_free)

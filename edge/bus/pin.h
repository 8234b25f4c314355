/* SPDX-License-Identifier: Apache-2.0 */
/* PINs: argon2id (libsodium, crypto_pwhash_str with OPSLIMIT_INTERACTIVE and MEMLIMIT_INTERACTIVE: about 0.1
 * s and, while it runs, 64 MiB) on a thread of its own with a bounded queue, and the lock-out of lockout.h.
 * Called from the main thread; answers come in the main loop, never from within a call. */
#pragma once

#include <glib.h>

#define PIN_SHORTEST 4 /* bytes */
#define PIN_LONGEST 64

typedef struct Pin Pin;
/* HASH: of the new PIN, NULL if hashing failed. */
typedef void (*PinHashed)(const char *hash, gpointer user_data);
typedef enum { PIN_RIGHT, PIN_WRONG, PIN_LOCKED, PIN_BUSY } PinVerdict;
typedef void (*PinVerified)(PinVerdict verdict, gpointer user_data);

Pin *pin_new(void);
/* Waits for the PIN in work. Who still waits is answered by this call: BUSY, or NULL. */
void pin_free(Pin *pin);
/* PIN text is copied, wiped after use, and never logged. NULL is the answer to one shorter than PIN_SHORTEST
 * or longer than PIN_LONGEST, and where too many wait. */
void pin_hash(Pin *pin, const char *text, PinHashed done, gpointer user_data);
/* Verifies TEXT, given by the user UID for NAME, against HASH (NULL: no such person; takes as long, says
 * WRONG). Wrong ones lock NAME for that user alone: nobody can lock a person out everywhere. Who was locked
 * while the answer was worked out hears LOCKED, so that guesses asked side by side gain nothing. */
void pin_verify(Pin *pin, guint uid, const char *name, const char *text, const char *hash, PinVerified done,
                gpointer user_data);
/* Boot time until which NAME, a person of the station, is locked for any user; 0: not. */
gint64 pin_get_locked_until_us(Pin *pin, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pin, pin_free)

/* SPDX-License-Identifier: Apache-2.0 */
/* Who has guessed too often: five wrong PINs lock a key for five minutes, doubled each time up to an hour; a
 * right one forgives all. Bounded: the key that was quiet longest is forgotten first. Pure; times are boot
 * time in microseconds. */
#pragma once

#include <glib.h>

#define LOCKOUT_TRIES 5
#define LOCKOUT_FIRST_US (G_GINT64_CONSTANT(300) * G_USEC_PER_SEC)
#define LOCKOUT_LONGEST_US (G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC)

typedef struct Lockout Lockout;

/* An empty one that remembers at most LIMIT keys. */
Lockout *lockout_new(guint limit);
void lockout_free(Lockout *lockout);

/* Boot time until which KEY is locked, 0: it is not locked at NOW_US. */
gint64 lockout_get_until_us(const Lockout *lockout, const char *key, gint64 now_us);

/* The same for whichever key that begins with PREFIX is locked longest. */
gint64 lockout_get_longest_us(const Lockout *lockout, const char *prefix, gint64 now_us);

/* KEY has given a wrong PIN; true where this one locks it. */
gboolean lockout_note_wrong(Lockout *lockout, const char *key, gint64 now_us);

/* KEY has given the right one. */
void lockout_note_right(Lockout *lockout, const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lockout, lockout_free)

/* SPDX-License-Identifier: Apache-2.0 */
/* Reads typed values out of one group of a key file. Every function notes its key as known; a value that is
 * not what it should be becomes a fault that says what is allowed, and leaves the result as it was. An empty
 * value is the same as an absent key. Main thread. */
#pragma once

#include "edge/config/keyfile.h"

/* Adds a fault at KEY ("" for the group itself). */
void keyfile_read_fault(KeyfileGroup *group, const char *key, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The value of KEY, borrowed; NULL where it is absent or empty. */
const char *keyfile_read_value(KeyfileGroup *group, const char *key);

/* A fault where KEY is absent. */
gboolean keyfile_read_required(KeyfileGroup *group, const char *key);

/* Each of these gives true where the key is there and right, and only then sets *RET; strings in *RET are
 * freed and replaced. */
gboolean keyfile_read_text(KeyfileGroup *group, const char *key, gsize longest, char **ret);
gboolean keyfile_read_name(KeyfileGroup *group, const char *key, char **ret); /* letters digits . _ - */
gboolean keyfile_read_uint(KeyfileGroup *group, const char *key, guint least, guint most, guint *ret);
gboolean keyfile_read_double(KeyfileGroup *group, const char *key, double least, double most, double *ret);
gboolean keyfile_read_fixed(KeyfileGroup *group, const char *key, guint decimals, gint64 most, gint64 *ret);
gboolean keyfile_read_bool(KeyfileGroup *group, const char *key, gboolean *ret);
gboolean keyfile_read_date(KeyfileGroup *group, const char *key, GDate *ret);
/* One of WORDS (NULL-terminated): its place. */
gboolean keyfile_read_word(KeyfileGroup *group, const char *key, const char *const *words, guint *ret);
/* "500ms", "2s", "10m", "1h" or "0", in microseconds; at most a day. */
gboolean keyfile_read_duration(KeyfileGroup *group, const char *key, gint64 *ret_us);
/* A list with at most MOST parts; NULL-terminated. */
gboolean keyfile_read_list(KeyfileGroup *group, const char *key, guint most, char ***ret);

/* Ends the reading of GROUP: every key that nobody has asked for is a fault. */
void keyfile_read_end(KeyfileGroup *group);

/* Whether TEXT is a name: 1 to 64 letters, digits, `.` `_` `-`, not beginning with `.`. */
gboolean keyfile_read_is_name(const char *text);
/* "2026-07-01", a day that exists. */
gboolean keyfile_read_parse_date(const char *text, GDate *ret);
/* A decimal or hexadecimal whole number, or a decimal fraction, as a double within ±1e18; no spaces. */
gboolean keyfile_read_parse_number(const char *text, double *ret);
/* A whole number, decimal, hexadecimal or negative; patterns above G_MAXINT64 wrap into its negative half. */
gboolean keyfile_read_parse_integer(const char *text, gint64 *ret);
/* WORDS with commas between, for messages; the caller owns it. */
char *keyfile_read_join(const char *const *words);

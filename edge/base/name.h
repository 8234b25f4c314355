/* SPDX-License-Identifier: Apache-2.0 */
/* Words for numbers: a table of names indexed by an enum's value, and the nearest known word to a misspelt
 * one. Any thread. */
#pragma once

#include <glib.h>

/* The place of TEXT in TABLE of N words, or -1. */
int name_find(const char *const *table, guint n, const char *text);

/* The word of TABLE (NULL-terminated) that TEXT most likely meant, borrowed; NULL where none is near
 * (more than a third of its letters and one would have to change). */
const char *name_nearest(const char *const *table, const char *text);

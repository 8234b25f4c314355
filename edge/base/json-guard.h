/* SPDX-License-Identifier: Apache-2.0 */
/* JSON from outside before json-glib reads it: that parser calls itself for every level, until the stack
 * ends, and where a text is no JSON it may see a string end elsewhere than JSON does. Any thread. */
#pragma once

#include <glib.h>

typedef enum {
    JSON_GUARD_FINE,   /* may be given to json-glib, which tells whether it is JSON */
    JSON_GUARD_DEEP,   /* objects and arrays within one another, deeper than asked for */
    JSON_GUARD_UNCLEAR /* a comment, a single quote or half a letter (an escaped surrogate that is alone) */
} JsonGuard;

/* Of SIZE bytes of anything. */
JsonGuard json_guard_check(const char *text, gsize size, guint deepest);

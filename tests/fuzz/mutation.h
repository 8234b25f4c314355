/* SPDX-License-Identifier: Apache-2.0 */
/* Changes to a text that is given to a parser. Draws from g_test_rand_int(). */
#pragma once

#include <glib.h>

typedef struct {
    const char *const *pieces; /* what may be put in */
    guint n_pieces;
    int least_byte; /* of those put in: 1 where the parser takes text that ends with a zero */
    void (*grow)(GString *text, gssize at); /* the parser's own kind of change */
} Mutation;

/* One change somewhere in TEXT: a byte more, some fewer, another, a piece more, an early end, or its own
 * kind. */
void mutation_apply(const Mutation *mutation, GString *text);

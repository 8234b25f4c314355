/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/mutation.h"

void mutation_apply(const Mutation *mutation, GString *text)
{
    gsize at = (gsize)g_test_rand_int_range(0, (gint32)text->len + 1);
    gsize left = text->len - at;
    gsize length = (gsize)g_test_rand_int_range(0, 12);
    char byte = (char)g_test_rand_int_range(mutation->least_byte, 256);

    switch (g_test_rand_int_range(0, 6)) {
    case 0:
        g_string_insert_c(text, (gssize)at, byte);
        break;
    case 1:
        g_string_erase(text, (gssize)at, (gssize)MIN(left, length));
        break;
    case 2:
        if (left)
            text->str[at] = byte;
        break;
    case 3:
        g_string_insert(text, (gssize)at,
                        mutation->pieces[g_test_rand_int_range(0, (gint32)mutation->n_pieces)]);
        break;
    case 4:
        g_string_truncate(text, at);
        break;
    default:
        mutation->grow(text, (gssize)at);
        break;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/name.h"

#include <string.h>

#define LONGEST 64

int name_find(const char *const *table, guint n, const char *text)
{
    for (guint i = 0; i < n; i++) {
        if (table[i] && g_str_equal(table[i], text))
            return (int)i;
    }
    return -1;
}

/* Levenshtein's distance, row by row. */
static guint distance(const char *a, const char *b)
{
    guint row[LONGEST + 1];
    gsize n = strlen(b);

    if (n > LONGEST || strlen(a) > LONGEST)
        return G_MAXUINT;
    for (guint j = 0; j <= n; j++)
        row[j] = j;
    for (guint i = 1; a[i - 1]; i++) {
        guint diagonal = row[0];

        row[0] = i;
        for (guint j = 1; j <= n; j++) {
            guint above = row[j];
            guint change = diagonal + (a[i - 1] != b[j - 1]);

            row[j] = MIN(MIN(above, row[j - 1]) + 1, change);
            diagonal = above;
        }
    }
    return row[n];
}

const char *name_nearest(const char *const *table, const char *text)
{
    const char *best = NULL;
    guint best_distance = (guint)strlen(text) / 3 + 1;

    for (guint i = 0; table[i]; i++) {
        guint d = distance(text, table[i]);

        if (d <= best_distance && (!best || d < best_distance)) {
            best = table[i];
            best_distance = d;
        }
    }
    return best;
}

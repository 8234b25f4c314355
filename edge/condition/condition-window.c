/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/condition/condition-window.h"

#include <string.h>

/* Readings at least window / 256 apart: 257 of them span the window, and one more arrives before the oldest
 * is dropped. */
#define CAPACITY (CONDITION_WINDOW_SAMPLES + 2)

void condition_window_init(ConditionWindow *window, gint64 length_us)
{
    *window = (ConditionWindow){ .length_us = length_us, .kept = g_new0(ConditionSample, CAPACITY) };
}

void condition_window_clear(ConditionWindow *window)
{
    g_clear_pointer(&window->kept, g_free);
    window->n = 0;
}

void condition_window_adopt(ConditionWindow *window, const ConditionWindow *old)
{
    ConditionSample *kept = window->kept;

    g_return_if_fail(window->length_us == old->length_us);
    memcpy(kept, old->kept, CAPACITY * sizeof *kept);
    *window = *old;
    window->kept = kept;
}

static ConditionSample *get_kept(const ConditionWindow *window, guint i)
{
    return &window->kept[(window->first + i) % CAPACITY];
}

static void drop_oldest(ConditionWindow *window)
{
    window->first = (window->first + 1) % CAPACITY;
    window->n--;
}

static void keep(ConditionWindow *window, ConditionSample sample)
{
    gint64 spacing_us = window->length_us / CONDITION_WINDOW_SAMPLES;

    if (window->n && sample.at_us - get_kept(window, window->n - 1)->at_us < spacing_us)
        return;
    if (window->n == CAPACITY)
        drop_oldest(window);
    window->n++;
    *get_kept(window, window->n - 1) = sample;
}

void condition_window_add(ConditionWindow *window, gint64 at_us, double value)
{
    if (window->n && at_us < window->latest.at_us)
        return;
    if (!window->since_us)
        window->since_us = at_us;
    while (window->n && get_kept(window, 0)->at_us < at_us - window->length_us)
        drop_oldest(window);
    window->latest = (ConditionSample){ at_us, value };
    keep(window, window->latest);
}

void condition_window_restart(ConditionWindow *window, gint64 at_us)
{
    window->n = 0;
    window->since_us = at_us;
}

gboolean condition_window_find_rate(const ConditionWindow *window, double *ret_per_minute)
{
    if (!window->n)
        return FALSE;
    const ConditionSample *oldest = get_kept(window, 0);
    gint64 span_us = window->latest.at_us - oldest->at_us;

    if (span_us < window->length_us / 2)
        return FALSE;
    *ret_per_minute = (window->latest.value - oldest->value) * (60.0 * G_USEC_PER_SEC) / (double)span_us;
    return TRUE;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The style sheet: its sizes are for 1920 × 1080 and grow with the window. Main thread. */
#pragma once

#include <gtk/gtk.h>

/* CSS with every size in px multiplied by FACTOR; the caller owns it. Pure. */
char *wall_style_scale(const char *css, double factor);
/* By how much larger a window of that size is: the largest 16:9 that fits into it counts, so that one that is
 * narrower or upright has room for all, with smaller words. Pure. */
double wall_style_get_factor(int width, int height);
/* Gives the display the style for a window of that size. */
void wall_style_apply(GdkDisplay *display, int width, int height);

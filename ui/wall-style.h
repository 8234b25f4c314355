/* SPDX-License-Identifier: Apache-2.0 */
/* The style sheet: its sizes are for 1080 lines and grow with the window's height. Main thread. */
#pragma once

#include <gtk/gtk.h>

#define WALL_STYLE_LINES 1080.0

/* CSS with every size in px multiplied by FACTOR; the caller owns it. Pure. */
char *wall_style_scale(const char *css, double factor);
/* Gives the display the style for a window of that height. */
void wall_style_apply(GdkDisplay *display, int height);

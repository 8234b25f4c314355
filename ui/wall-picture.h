/* SPDX-License-Identifier: Apache-2.0 */
/* A picture of a window, and what is cut in it. Main thread. */
#pragma once

#include <gtk/gtk.h>

/* Writes what WIDGET shows now to FILE as PNG. */
gboolean wall_picture_save(GtkWidget *widget, const char *file, GError **error);
/* What a reader would miss: labels that are given less room than their words need, what stands outside the
 * window, and a window that is not WIDTH by HEIGHT (text lines, owned by the caller). What scrolls may be
 * longer than what is seen of it. */
GPtrArray *wall_picture_find_cut(GtkWidget *window, int width, int height);

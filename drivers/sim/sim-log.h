/* SPDX-License-Identifier: Apache-2.0 */
/* How the simulated things tell what happens to them. Main thread; `at_ms` is the site's clock. */
#pragma once

#include <glib.h>

#define SIM_STEP_MS 50 /* the fixed step of the whole simulation, on the site's clock */

/* PATH is the thing ("dc-03/1"), TEXT what happened to it ("stop received"); both borrowed for the call. */
typedef void (*SimLog)(gint64 at_ms, const char *path, const char *text, gpointer user_data);

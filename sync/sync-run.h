/* SPDX-License-Identifier: Apache-2.0 */
/* station-sync as a whole: what stationd has goes through the window to the line, and what comes from
 * headquarters goes to stationd. Main thread; says on stderr what people should know. */
#pragma once

#include "edge/config/config.h"

typedef struct SyncRun SyncRun;

/* Begins for SITE, which names at least one broker and is borrowed; HQ may be silent for PATIENCE_S seconds
 * before it is told again. */
SyncRun *sync_run_new(const Site *site, gboolean session_bus, guint patience_s);

/* Takes leave of the broker (at most two seconds) and ends. */
void sync_run_free(SyncRun *run);

/* SPDX-License-Identifier: Apache-2.0 */
/* Lets a site live: drives its steps by the clock, does the scenario's actions in their time, takes lines
 * from whoever tests it. Main thread (GLib's main loop). */
#pragma once

#include "drivers/sim/sim-scenario.h"
#include "drivers/sim/sim-site.h"

typedef struct SimRun SimRun;

/* Prints an event of the site on stdout ("12.4s dc-03/1 charging"), unless USER_DATA, a gboolean *, is TRUE
 * (quiet). */
void sim_run_log(gint64 at_ms, const char *path, const char *text, gpointer user_data);

/* Checks all ACTIONS against SITE and does those that hold from the start. Both are borrowed. */
SimRun *sim_run_new(SimSite *site, GPtrArray *actions, GError **error);
void sim_run_free(SimRun *run);

/* Begins: the site's clock follows CLOCK_BOOTTIME from here on. */
void sim_run_start(SimRun *run);

/* Moves the site's clock to NOW_MS in whole steps, with the actions that fall due. */
void sim_run_until(SimRun *run, gint64 now_ms);

/* Answers LINE: a scenario's line (done now, or `at` its time), `get PATH POINT` (the truth, whatever the
 * registers say) or `time`. "ok", "ok VALUE", "ok absent" or "error: …"; the caller owns it. */
char *sim_run_answer(SimRun *run, const char *line);

/* Reads lines from FD and prints the answers on stdout, until its end. */
void sim_run_control(SimRun *run, int fd);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimRun, sim_run_free)

/* SPDX-License-Identifier: Apache-2.0 */
/* Does to the site what a scenario's action says. Pure; main thread. */
#pragma once

#include "drivers/sim/sim-scenario.h"
#include "drivers/sim/sim-site.h"

/* Whether the site has ACTION's target, and the target can do that; the error begins with its place. */
gboolean sim_act_check(const SimSite *site, const SimAction *action, GError **error);

/* Checks and does it. */
gboolean sim_act_do(SimSite *site, const SimAction *action, GError **error);

/* SPDX-License-Identifier: Apache-2.0 */
/* station-hq watch: prints what stations tell as it comes, a line each. Main thread. */
#pragma once

#include "sync/hq/hq-config.h"

/* Until a signal ends it. JSON: objects instead of lines for people. */
int hq_watch_run(const HqConfig *config, gboolean json);

/* SPDX-License-Identifier: Apache-2.0 */
/* Each of the verbs collect, watch and command: runs until it is done or ended by a signal, and gives the
 * exit status. Main thread. */
#pragma once

#include "sync/hq/hq-config.h"

/* Takes events from the broker into the database and acknowledges them. */
int hq_collect_run(const HqConfig *config);

/* SPDX-License-Identifier: Apache-2.0 */
/* When to try the next broker: at once while the round over all of them is not over, then after 1 s, doubled
 * each round up to a minute, with jitter, so that stations do not come all at once. Pure. */
#pragma once

#include <glib.h>

#define SYNC_BACKOFF_SETTLED_US (30 * G_USEC_PER_SEC) /* a connection that lasted so long was one */

/* Milliseconds before attempt number FAILURES (0: the first) at one of BROKERS; RANDOM is in [0, 1). */
guint sync_backoff_ms(guint failures, guint brokers, double random);

/* SPDX-License-Identifier: Apache-2.0 */
/* Sends small messages at once, where a library owns the socket and has no word for it. Any thread.
 *
 * Paho leaves Nagle's algorithm on: a message that follows an unanswered PUBACK then waits for the other
 * side's delayed acknowledgement, which is 40 ms on Linux, and with a window that is 40 ms for each window.
 */
#pragma once

#include <glib.h>

/* Sets TCP_NODELAY on every TCP socket that this process has open now; gives how many. */
guint nodelay_set_all(void);

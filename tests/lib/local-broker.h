/* SPDX-License-Identifier: Apache-2.0 */
/* A real mosquitto on a free port of the loopback, for unit tests in C: killed, frozen, started again. It
 * dies with the test. */
#pragma once

#include <glib.h>

typedef struct {
    char *folder, *configuration;
    int port;
    GPid pid;
} LocalBroker;

/* Takes AT_ONCE publications of a client before it answers. */
LocalBroker *local_broker_new(guint at_once);
void local_broker_free(LocalBroker *broker);

void local_broker_start(LocalBroker *broker);
void local_broker_kill(LocalBroker *broker);
/* Until it gets SIGCONT. */
void local_broker_freeze(LocalBroker *broker);
void local_broker_thaw(LocalBroker *broker);

/* SPDX-License-Identifier: Apache-2.0 */
/* Where Paho keeps the publications that it has not begun to send: in memory, for the life of one client. Any
 * thread.
 *
 * Without such a store Paho 1.3.12 never frees what is queued as a client ends, which on a line that breaks
 * is some kB each time. With one it gives its own copy back at once, and takes this one as it sends. */
#pragma once

#include <MQTTAsync.h>
#include <glib.h>

typedef struct LineStore LineStore;

LineStore *line_store_new(void);
/* Behind MQTTAsync_destroy(). */
void line_store_free(LineStore *store);

/* What MQTTAsync_createWithOptions() wants with MQTTCLIENT_PERSISTENCE_USER; STORE's. */
MQTTClient_persistence *line_store_get_methods(LineStore *store);

/* How many publications wait. */
guint line_store_get_count(LineStore *store);

/* SPDX-License-Identifier: Apache-2.0 */
/* A broker's address as the MQTT library wants it, and the password that goes there. Main thread. */
#pragma once

#include <glib.h>

typedef struct {
    char *uri; /* "tcp://HOST:PORT", "ssl://HOST:PORT", "wss://HOST:PORT/PATH" */
    gboolean tls;
    char *password; /* NULL: none */
} SyncBroker;

/* BROKER is `mqtt://`, `mqtts://` or `wss://` HOST[:PORT][/PATH], PASSWORD_FILE a path or "" (its first
 * line). NULL with an error. */
SyncBroker *sync_broker_new(const char *broker, const char *password_file, GError **error);
void sync_broker_free(SyncBroker *broker);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SyncBroker, sync_broker_free)

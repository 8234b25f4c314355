/* SPDX-License-Identifier: Apache-2.0 */
/* Which user is behind a caller's connection: asked of the bus, without waiting, and remembered. Main thread.
 */
#pragma once

#include <gio/gio.h>

#define SERVICE_CALLER_UNKNOWN G_MAXUINT

typedef struct ServiceCaller ServiceCaller;

/* UID, or SERVICE_CALLER_UNKNOWN where the bus does not say. */
typedef void (*ServiceCallerFound)(guint uid, gpointer user_data);

ServiceCaller *service_caller_new(void);

/* DONE is called for what is under way, with SERVICE_CALLER_UNKNOWN; the main loop runs for that. */
void service_caller_free(ServiceCaller *caller);

/* Finds the user of SENDER (a unique name on CONNECTION); DONE may be called at once. */
void service_caller_find(ServiceCaller *caller, GDBusConnection *connection, const char *sender,
                         ServiceCallerFound done, gpointer user_data);

/* Forgets all: a bus that was made anew gives out the same unique names again. */
void service_caller_clear(ServiceCaller *caller);

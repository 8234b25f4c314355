/* SPDX-License-Identifier: Apache-2.0 */
/* The line to the bus daemon: connects, exports, owns the name, and does it all anew, with back-off up to 2
 * s, whenever the daemon dies, hangs or takes the name away. Never ends the process. Main thread. */
#pragma once

#include <gio/gio.h>

#define SERVICE_LINK_BACKOFF_FIRST_MS 100
#define SERVICE_LINK_BACKOFF_LONGEST_MS 2000

typedef struct ServiceLink ServiceLink;

typedef struct {
    /* Exports on CONNECTION what is to be found under the name, which is asked for next. */
    void (*export)(GDBusConnection *connection, gpointer user_data);
    /* Takes it back: the connection is about to be closed. */
    void (*unexport)(GDBusConnection *connection, gpointer user_data);
    void (*owned)(gpointer user_data); /* the name is ours */
    /* The bus is gone or out of reach, and why; once for each time that it was connected, and before the
     * first. */
    void (*lost)(const char *why, gpointer user_data);
    gpointer user_data;
} ServiceLinkHandlers;

/* Begins to connect to the bus of TYPE and to own NAME. HANDLERS is copied. */
ServiceLink *service_link_new(GBusType type, const char *name, const ServiceLinkHandlers *handlers);

/* Closes the connection; no handler is called any more. */
void service_link_free(ServiceLink *link);

/* The connection, borrowed, while the name is owned, else NULL. */
GDBusConnection *service_link_get_connection(const ServiceLink *link);

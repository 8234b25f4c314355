/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the bus room: the interface org.stationmaster.Sync1, for station-sync alone. Main thread. */
#pragma once

#include "edge/bus/service.h"

#include <gio/gio.h>

#define SERVICE_SYNC_PAYLOAD_MAX                                                                             \
    16385 /* bytes of a command that are looked at: one more than it may have                                \
           */

typedef struct ServiceSync ServiceSync;

/* BACKEND must outlive it. */
ServiceSync *service_sync_new(const ServiceBackend *backend);
void service_sync_free(ServiceSync *sync);

/* A new bus: whoever was station-sync on the old one is gone. */
void service_sync_clear(ServiceSync *sync);

/* Whether INVOCATION is of this interface. */
gboolean service_sync_is(GDBusMethodInvocation *invocation);
/* Hands CALL's method to the backend; answers it, or the backend does. */
void service_sync_handle(ServiceSync *sync, ServiceCall *call);

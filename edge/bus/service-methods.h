/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the bus room: the methods of org.stationmaster.Station1, their arguments checked and handed to
 * the backend. Main thread. */
#pragma once

#include "edge/bus/service-caller.h"
#include "edge/bus/service-lists.h"
#include "edge/bus/service-sync.h"
#include "edge/bus/service.h"

#define SERVICE_METHODS_TEXT_MAX 4096 /* bytes of a note, a file name */
#define SERVICE_METHODS_NAME_MAX 64   /* bytes of a name, an id, a PIN */
#define SERVICE_METHODS_EVENTS_MAX 1000u

typedef struct {
    ServiceBackend backend;
    ServiceCaller *caller;
    ServiceLists *lists;
    ServiceSync *sync;
} ServiceMethods;

/* Handles INVOCATION (consumed). METHODS must outlive its connection's registration. */
void service_methods_handle(const ServiceMethods *methods, GDBusMethodInvocation *invocation);

/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the bus room: how a ServiceCall (see service.h) is made. Main thread. */
#pragma once

#include "edge/bus/service.h"

#include <gio/gio.h>

/* A call for INVOCATION (consumed), to be answered once by a service_call_…() of service.h. */
ServiceCall *service_call_new(GDBusMethodInvocation *invocation);

/* Answers with one value of the type that the XML gives; consumes a floating VALUE. */
void service_call_value(ServiceCall *call, GVariant *value);

GDBusMethodInvocation *service_call_get_invocation(ServiceCall *call);

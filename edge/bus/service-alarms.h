/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the bus room: the list of open alarms. A field bus that falls silent can raise thousands at once,
 * just when the main loop is needed elsewhere, so a long list is put together over several turns of it. Main
 * thread. */
#pragma once

#include "edge/bus/service.h"

#define SERVICE_ALARMS_SLICE 100u /* alarms in one turn of the main loop: some 1 ms */

typedef struct ServiceAlarms ServiceAlarms;

/* BACKEND must outlive it. */
ServiceAlarms *service_alarms_new(const ServiceBackend *backend);

/* Refuses what is not finished. */
void service_alarms_free(ServiceAlarms *alarms);

/* Answers CALL with the JSON array of the alarms that are open, newest first. Of what changes meanwhile the
 * list has the one or the other; whatever was open all the time is in it once. */
void service_alarms_list(ServiceAlarms *alarms, ServiceCall *call);

/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the bus room: the lists that can be long, those of points and of open alarms. A station has
 * thousands of points, and a field bus that falls silent can raise thousands of alarms at once, just when the
 * main loop is needed elsewhere: so a list is put together slice by slice, over several turns of the loop,
 * and a thread makes the message of it. Main thread. */
#pragma once

#include "edge/bus/service.h"

#define SERVICE_LISTS_ALARMS 50u  /* alarms in one slice, and … */
#define SERVICE_LISTS_POINTS 200u /* … points: either is some 0.5 ms */

typedef struct ServiceLists ServiceLists;

/* BACKEND must outlive it. */
ServiceLists *service_lists_new(const ServiceBackend *backend);

/* Refuses what is not finished. */
void service_lists_free(ServiceLists *lists);

/* Will answer CALL with the JSON array of the alarms that are open, newest first. Of what changes meanwhile
 * the list has the one or the other; whatever was open all the time is in it once. */
void service_lists_alarms(ServiceLists *lists, ServiceCall *call);

/* Will answer CALL with the points whose path matches GLOB ("": all), each as it is when its slice is
 * written. */
void service_lists_points(ServiceLists *lists, ServiceCall *call, const char *glob);

/* Writes one slice of the list that began first; true while there is more to write. */
gboolean service_lists_go_on(ServiceLists *lists);

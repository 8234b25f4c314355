/* SPDX-License-Identifier: Apache-2.0 */
/* A guard for the tests of the bus room: it holds the alarms it is given and decides nothing. It stands in
 * for guard.h's functions that the bus room uses. And a small station to go with it. */
#pragma once

#include "edge/safety/guard.h"

Guard *fake_guard_new(const Model *model);
void fake_guard_free(Guard *guard);
/* ALARM (consumed) is open; a connector that is in its ladder is held by it. */
void fake_guard_add(Guard *guard, Alarm *alarm);

/* N chargers dc-01 … with one connector each (status current power soc vin) on bus yard, a sensor smoke-01;
 * zone +08:00. */
Site *fake_guard_new_site(guint n);

/* A high alarm ID of rule battery-over-temperature on dc-01/1, raised 2026-11-22T06:21:44.318Z. */
Alarm *fake_guard_new_alarm(const char *id);

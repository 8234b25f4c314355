/* SPDX-License-Identifier: Apache-2.0 */
/* A small station for the tests of conditions and rules. Every register point has a max-age of 5 s.
 *
 *   dc-01       charger, bay-a: cabinet_temp; 1/ and 2/ status (words) power gun_temp t1 t2
 *   dc-02       charger, bay-b: the same with one connector
 *   dc-10       charger, bay-b: one connector that has only power
 *   smoke-01    sensor,  bay-a: smoke temperature        smoke-02: the same without a zone
 *   meter-1     meter: power                             io-01: io, yard: breaker-1 (words) siren
 *   cam-01      camera, bay-a                            bus/yard, bus/roof, station */
#pragma once

#include "edge/model/model.h"

#define SMALL_STATION_SECOND ((gint64)G_USEC_PER_SEC)

/* A site with one reference, whose policy and rules may be changed. */
Site *small_station_new_site(void);
Model *small_station_new_model(void);

/* The point at PATH, which must exist. */
guint small_station_find(const Model *model, const char *path);

/* A reading asked and answered at AT_US; TEXT may be NULL. */
void small_station_read(Model *model, const char *path, PointQuality quality, double number, const char *text,
                        gint64 at_us);

/* Whether the whole counts are asked for. */
gboolean small_station_is_full(void);

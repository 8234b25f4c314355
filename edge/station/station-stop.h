/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of one connector or device and answered with its proof. Main thread. */
#pragma once

#include "edge/station/station-private.h"

typedef enum {
    STATION_ASK_STOP, /* of a connector: it does not charge */
    STATION_ASK_DISABLE,
    STATION_ASK_ENABLE, /* of one that is not held */
    STATION_ASK_RESET,  /* of a device: its command `reset`; holds stay, and are said to it again */
    STATION_ASK_PROBE,  /* of a device: all its points are read */
} StationAsk;

typedef enum {
    STATION_ASK_DONE,
    STATION_ASK_REFUSED, /* by the station: nothing was sent */
    STATION_ASK_FAILED,  /* not taken, or not proven in time */
    STATION_ASK_BUSY,    /* not finished: stationd reloads or ends */
} StationAskEnd;

/* TEXT: the proof (of a probe: a JSON object), or the reason. */
typedef void (*StationAskDone)(StationAskEnd how, const char *text, gpointer user_data);

/* Asks WHAT of the connector or device INDEX; DONE is called once, maybe before this returns. */
void station_stop_ask(Station *self, StationAsk what, guint index, StationAskDone done, gpointer user_data);
/* A stop that a member of staff asks for, audited. */
void station_stop_begin(Station *self, guint connector, const char *name, ServiceCall *call);
void station_stop_probe(Station *self, guint device, ServiceCall *call);

void station_stop_result(Station *self, const DriverCommandResult *result);
void station_stop_beat(Station *self, Moment now);
/* Nothing that was asked is waited for any longer. */
void station_stop_clear(Station *self);

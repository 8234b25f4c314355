/* SPDX-License-Identifier: Apache-2.0 */
/* The station: puts the rooms together and carries the guard's decisions out. Main thread. */
#pragma once

#include "edge/bus/service.h"

#define STATION_ERROR station_error_quark()
GQuark station_error_quark(void);
typedef enum {
    STATION_ERROR_CONFIGURATION,
    STATION_ERROR_RUNNING, /* another stationd, which lives, has this site */
} StationError;

typedef struct {
    const char *config_directory;
    const char *assets; /* where the shipped profiles and rules are */
    ServiceBus bus;
    void (*ready)(gpointer user_data); /* guarding, and the D-Bus name is owned; once */
    gpointer user_data;
} StationOptions;

typedef struct Station Station;

/* Begins to guard: on OPTIONS' configuration, or on the last good one under an alarm. NULL only where there
 * is none (the error has every fault, a line each) or where another stationd guards in the same directories.
 */
Station *station_new(const StationOptions *options, GError **error);

/* Ends in good order: guards on while what waits is recorded, for a bounded time; then drivers are closed. */
void station_free(Station *station);

/* Takes the configuration anew, whole or not at all. RET_FAULTS: one line each, NULL-terminated, empty if
 * taken. */
gboolean station_reload(Station *station, char ***ret_faults);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Station, station_free)

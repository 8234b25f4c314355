/* SPDX-License-Identifier: Apache-2.0 */
/* stationd over D-Bus: asks by turns, hears its signals, and carries what a person does. Never blocks; comes
 * back by itself when bus or stationd come back. Main thread. */
#pragma once

#include "ui/wall-station.h"

#define WALL_SOURCE_CALL_MS 2000
#define WALL_SOURCE_ACT_MS 15000 /* a PIN is hashed, a record is made durable */

typedef struct WallSource WallSource;

/* Tells STATION all that it hears, from the session or the system bus. */
WallSource *wall_source_new(WallStation *station, gboolean session);
void wall_source_free(WallSource *source);

/* Done, with an empty error, or refused, with what is to be shown; TEXT is the answer, if it has one. */
typedef void (*WallSourceDone)(const char *text, const char *error, gpointer user_data);

/* The people of the station (JSON array); acknowledges an alarm; silences. DONE comes once, at once where
 * nobody is there to ask, unless CANCEL is cancelled. */
void wall_source_list_staff(WallSource *source, GCancellable *cancel, WallSourceDone done,
                            gpointer user_data);
void wall_source_acknowledge(WallSource *source, const char *alarm, const char *staff, const char *pin,
                             GCancellable *cancel, WallSourceDone done, gpointer user_data);
void wall_source_silence(WallSource *source, const char *staff, const char *pin, GCancellable *cancel,
                         WallSourceDone done, gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(WallSource, wall_source_free)

/* SPDX-License-Identifier: Apache-2.0 */
/* A station from a file, for pictures and tests: a JSON object with what D-Bus would have answered (status,
 * devices, connectors, points, alarms, announcements, staff), the time `now`, and `silent_s` since which
 * nobody answers. It goes the very way that answers go. Main thread. */
#pragma once

#include "ui/wall-station.h"

/* Feeds FILE to STATION; RET_STAFF is its list of staff, owned by the caller. */
gboolean wall_fixture_load(const char *file, WallStation *station, char **ret_staff, GError **error);

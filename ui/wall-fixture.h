/* SPDX-License-Identifier: Apache-2.0 */
/* A station from a file, for pictures and tests: a JSON object with what D-Bus would have answered (status,
 * devices, connectors, points, alarms, announcements, staff), the time `now`, and `silent_s` since which
 * nobody answers. It goes the very way that answers go. Main thread. */
#pragma once

#include "ui/wall-station.h"

/* Feeds the file NAME, or the shipped fixture of that name ("quiet"), to STATION; RET_STAFF is its list of
 * staff, owned by the caller. */
gboolean wall_fixture_load(const char *name, WallStation *station, char **ret_staff, GError **error);

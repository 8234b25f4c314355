/* SPDX-License-Identifier: Apache-2.0 */
/* Who acts, and the PIN: names of the staff, a pad of digits, what was refused. Goes by itself after a minute
 * without a touch. Main thread. */
#pragma once

#include "ui/wall-alarm-item.h"
#include "ui/wall-source.h"
#include "ui/wall-station.h"

#include <gtk/gtk.h>

#define WALL_TYPE_PIN_PAD (wall_pin_pad_get_type())
G_DECLARE_FINAL_TYPE(WallPinPad, wall_pin_pad, WALL, PIN_PAD, GtkWidget)

#define WALL_PIN_PAD_MOST 32   /* digits */
#define WALL_PIN_PAD_STAFF 100 /* names */
#define WALL_PIN_PAD_IDLE_S 60

/* Opens it under TITLE, to acknowledge ALARM, which it names, or to silence where it is NULL. SOURCE (may be
 * NULL) is borrowed. */
void wall_pin_pad_open(WallPinPad *self, WallSource *source, const char *title, WallAlarmItem *alarm);
/* Closes it where its alarm calls nobody in STATION any more, unless it waits for an answer itself. Gives
 * what is to be told then, which the caller owns, or NULL. */
char *wall_pin_pad_follow(WallPinPad *self, WallStation *station);
/* Takes the list of ListStaff. */
void wall_pin_pad_take_staff(WallPinPad *self, const char *json);
void wall_pin_pad_close(WallPinPad *self);

/* SPDX-License-Identifier: Apache-2.0 */
/* What a simulated camera sees: a bay at night, a charger, cars that come and go, and burnt in the clip's
 * clock and the frame's number. Pure; any thread. */
#pragma once

#include <glib.h>

#define SIM_SCENE_BITS 16 /* of the frame's number, as blocks that a test can read, see sim_scene_draw() */

/* Draws frame NUMBER of FPS a second into PIXELS, WIDTH × HEIGHT of 32 bits BGRx, STRIDE bytes a line. Along
 * the lower edge stand SIM_SCENE_BITS blocks, the highest bit first, white or black, each 1/SIM_SCENE_BITS of
 * the width wide and 1/24 of the height high: NUMBER for machines. All moves once around in LENGTH frames. */
void sim_scene_draw(guint8 *pixels, guint width, guint height, guint stride, guint number, guint length,
                    guint fps);

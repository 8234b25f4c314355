/* SPDX-License-Identifier: Apache-2.0 */
/* One Modbus request → one answer. The frames are cut out here, the answers are made by libmodbus' server
 * side into a pair of sockets, so that they can be held back, cut or garbled before they go out. Main thread.
 */
#pragma once

#include "drivers/sim/sim-site.h"

#define SIM_FRAME_SIZE 260 /* longest Modbus/TCP frame */

typedef enum { SIM_FRAME_MORE, SIM_FRAME_WHOLE, SIM_FRAME_BAD } SimFrameVerdict;

/* Looks for a request at the start of BYTES of LENGTH; its length in RET_SIZE when it is whole. */
SimFrameVerdict sim_reply_find_tcp(const guint8 *bytes, gsize length, gsize *ret_size);
SimFrameVerdict sim_reply_find_rtu(const guint8 *bytes, gsize length, gsize *ret_size);

/* The unit that a whole frame asks. */
guint sim_reply_get_unit(const guint8 *frame, gboolean serial);

typedef struct SimReply SimReply;
SimReply *sim_reply_new(GError **error);
void sim_reply_free(SimReply *reply);

/* Does what FRAME of SIZE asks of DEVICE and puts the answer into OUT; returns its length, 0: none. */
gsize sim_reply_make(SimReply *reply, SimDevice *device, gboolean serial, const guint8 *frame, gsize size,
                     guint8 out[SIM_FRAME_SIZE]);

/* The answer is exception CODE instead. */
gsize sim_reply_refuse(SimReply *reply, gboolean serial, const guint8 *frame, gsize size, guint code,
                       guint8 out[SIM_FRAME_SIZE]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimReply, sim_reply_free)

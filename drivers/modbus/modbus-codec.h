/* SPDX-License-Identifier: Apache-2.0 */
/* Turns registers into values and values into registers, as a profile says. Pure; any thread.
 *
 * Registers stand in host order, one guint16 each; bits of coils and discrete inputs one guint16 each, 0
 * or 1. */
#pragma once

#include "edge/model/point.h"
#include "edge/model/profile.h"

#define MODBUS_CODEC_WRITE_MAX 4 /* registers of the widest number, u64 and f64 */
#define MODBUS_CODEC_REASON_SIZE 80

/* The value of POINT from its own VALUES (point->count of them), without `scale_by`. GOOD, or ABSENT for a
 * raw value that means so (and for empty text), or BAD for what is impossible: a value that the map does not
 * list, NaN, infinity, text that is no UTF-8 or longer than POINT_TEXT_SIZE. RET_VALUE is written only when
 * GOOD. A mapped value carries its word, and its raw number beside it. */
PointQuality modbus_codec_decode(const ProfilePoint *point, const guint16 *values, PointValue *ret_value);

/* The registers (or the bit) of NUMBER as COMMAND encodes it for SPACE. A constant (IS_RAW) is taken as it
 * is; an argument goes through raw = (value − offset) / scale, rounded to the nearest integer. False, with
 * REASON, where it does not fit: nothing is ever clipped. */
gboolean modbus_codec_encode(const ProfileCommand *command, ProfileSpace space, double number,
                             gboolean is_raw, guint16 ret_values[MODBUS_CODEC_WRITE_MAX], guint *ret_count,
                             char reason[MODBUS_CODEC_REASON_SIZE]);

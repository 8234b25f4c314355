/* SPDX-License-Identifier: Apache-2.0 */
/* Modbus requests as bytes, and the check of every byte of an answer (Modbus Application Protocol V1.1b3,
 * section 6). Pure; any thread. A frame here is the unit id and the PDU: no MBAP header, no CRC. */
#pragma once

#include <glib.h>

#define MODBUS_FRAME_MAX 254     /* the unit id and 253 bytes of PDU */
#define MODBUS_FRAME_VALUES 2000 /* the most values an answer holds: bits of one read */
#define MODBUS_FRAME_REASON_SIZE 96

typedef enum {
    MODBUS_FUNCTION_READ_COILS = 1,
    MODBUS_FUNCTION_READ_DISCRETE = 2,
    MODBUS_FUNCTION_READ_HOLDING = 3,
    MODBUS_FUNCTION_READ_INPUT = 4,
    MODBUS_FUNCTION_WRITE_COIL = 5,
    MODBUS_FUNCTION_WRITE_REGISTER = 6,
    MODBUS_FUNCTION_WRITE_COILS = 15,
    MODBUS_FUNCTION_WRITE_REGISTERS = 16,
} ModbusFunction;

/* Exceptions (section 7) that mean more to us than their names. */
typedef enum {
    MODBUS_FRAME_ILLEGAL_FUNCTION = 1,
    MODBUS_FRAME_ILLEGAL_VALUE = 3,
    MODBUS_FRAME_ACKNOWLEDGE = 5,
    MODBUS_FRAME_BUSY = 6,
    MODBUS_FRAME_NO_PATH = 10, /* a gateway's */
    MODBUS_FRAME_NO_TARGET = 11,
} ModbusFrameException;

typedef struct {
    guint8 unit;
    guint8 function; /* ModbusFunction */
    guint16 address;
    guint16 count;         /* registers or bits */
    const guint16 *values; /* of a write, borrowed: registers, or bits as 0 and 1 */
} ModbusRequest;

typedef enum {
    MODBUS_FRAME_OK,
    MODBUS_FRAME_EXCEPTION, /* the device refuses */
    MODBUS_FRAME_BAD,       /* not the answer to this request */
} ModbusFrameVerdict;

/* REQUEST as bytes; their number, or 0 where it asks or writes more than the protocol allows. */
guint modbus_frame_encode(const ModbusRequest *request, guint8 ret_bytes[MODBUS_FRAME_MAX]);

/* Whether the N BYTES answer REQUEST: unit, function, length, and the echo of a write. RET_VALUES (of at
 * least request->count) takes what a read brought; RET_EXCEPTION the code; REASON what is wrong, in words. */
ModbusFrameVerdict modbus_frame_check(const ModbusRequest *request, const guint8 *bytes, guint n,
                                      guint16 *ret_values, guint8 *ret_exception,
                                      char reason[MODBUS_FRAME_REASON_SIZE]);

/* "read holding 40…63", "write coil 5", for messages. */
void modbus_frame_describe(const ModbusRequest *request, char *ret_text, gsize size);

/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/modbus/modbus-frame.h"

#include <string.h>

static gboolean is_read(guint8 function)
{
    return function <= MODBUS_FUNCTION_READ_INPUT;
}

static gboolean is_bits(guint8 function)
{
    return function == MODBUS_FUNCTION_READ_COILS || function == MODBUS_FUNCTION_READ_DISCRETE ||
           function == MODBUS_FUNCTION_WRITE_COIL || function == MODBUS_FUNCTION_WRITE_COILS;
}

/* The most values that one request may carry (V1.1b3, sections 6.1 to 6.12). */
static guint most_values(guint8 function)
{
    switch (function) {
    case MODBUS_FUNCTION_READ_COILS:
    case MODBUS_FUNCTION_READ_DISCRETE:
        return 2000;
    case MODBUS_FUNCTION_READ_HOLDING:
    case MODBUS_FUNCTION_READ_INPUT:
        return 125;
    case MODBUS_FUNCTION_WRITE_COIL:
    case MODBUS_FUNCTION_WRITE_REGISTER:
        return 1;
    case MODBUS_FUNCTION_WRITE_COILS:
        return 1968;
    case MODBUS_FUNCTION_WRITE_REGISTERS:
        return 123;
    default:
        return 0;
    }
}

static void put16(guint8 *bytes, guint16 value)
{
    bytes[0] = (guint8)(value >> 8);
    bytes[1] = (guint8)value;
}

static guint16 get16(const guint8 *bytes)
{
    return (guint16)(bytes[0] << 8 | bytes[1]);
}

static guint put_values(const ModbusRequest *request, guint8 *bytes)
{
    guint n = is_bits(request->function) ? (request->count + 7u) / 8 : request->count * 2u;

    bytes[0] = (guint8)n;
    memset(bytes + 1, 0, n);
    for (guint i = 0; i < request->count; i++) {
        if (!is_bits(request->function))
            put16(bytes + 1 + 2 * i, request->values[i]);
        else if (request->values[i])
            bytes[1 + i / 8] |= (guint8)(1 << i % 8);
    }
    return n + 1;
}

guint modbus_frame_encode(const ModbusRequest *request, guint8 ret_bytes[MODBUS_FRAME_MAX])
{
    if (request->count == 0 || request->count > most_values(request->function) ||
        request->address + request->count > 0x10000)
        return 0;
    ret_bytes[0] = request->unit;
    ret_bytes[1] = request->function;
    put16(ret_bytes + 2, request->address);
    switch (request->function) {
    case MODBUS_FUNCTION_WRITE_COIL:
        put16(ret_bytes + 4, request->values[0] ? 0xff00 : 0);
        return 6;
    case MODBUS_FUNCTION_WRITE_REGISTER:
        put16(ret_bytes + 4, request->values[0]);
        return 6;
    case MODBUS_FUNCTION_WRITE_COILS:
    case MODBUS_FUNCTION_WRITE_REGISTERS:
        put16(ret_bytes + 4, request->count);
        return 6 + put_values(request, ret_bytes + 6);
    default:
        put16(ret_bytes + 4, request->count);
        return 6;
    }
}

static ModbusFrameVerdict bad(char *reason, const char *what, guint got, guint wanted)
{
    g_snprintf(reason, MODBUS_FRAME_REASON_SIZE, "%s %u instead of %u", what, got, wanted);
    return MODBUS_FRAME_BAD;
}

static ModbusFrameVerdict take_values(const ModbusRequest *request, const guint8 *bytes, guint n,
                                      guint16 *ret_values, char *reason)
{
    guint wanted = is_bits(request->function) ? (request->count + 7u) / 8 : request->count * 2u;

    if (n < 3 || bytes[2] != wanted)
        return bad(reason, "answer brings a byte count of", n < 3 ? 0 : bytes[2], wanted);
    if (n != wanted + 3)
        return bad(reason, "answer has a length of", n, wanted + 3);
    for (guint i = 0; i < request->count; i++)
        ret_values[i] = is_bits(request->function) ? bytes[3 + i / 8] >> i % 8 & 1 : get16(bytes + 3 + 2 * i);
    return MODBUS_FRAME_OK;
}

/* The answer to a write repeats its first six bytes, whatever the function. */
static ModbusFrameVerdict check_echo(const ModbusRequest *request, const guint8 *bytes, guint n, char *reason)
{
    guint8 sent[MODBUS_FRAME_MAX];

    if (n != 6)
        return bad(reason, "answer has a length of", n, 6);
    modbus_frame_encode(request, sent);
    if (memcmp(sent + 2, bytes + 2, 2) != 0)
        return bad(reason, "answer is for address", get16(bytes + 2), request->address);
    if (memcmp(sent + 4, bytes + 4, 2) != 0)
        return bad(reason, "answer repeats the value", get16(bytes + 4), get16(sent + 4));
    return MODBUS_FRAME_OK;
}

/* In the standard's words. */
static const char *exception_name(guint8 exception)
{
    static const char *const names[] = {
        "unknown exception",  "illegal function",         "illegal data address",
        "illegal data value", "device failure",           "acknowledge",
        "device busy",        "negative acknowledge",     "memory parity error",
        "unknown exception",  "gateway path unavailable", "gateway target failed to respond"
    };

    return exception < G_N_ELEMENTS(names) ? names[exception] : names[0];
}

ModbusFrameVerdict modbus_frame_check(const ModbusRequest *request, const guint8 *bytes, guint n,
                                      guint16 *ret_values, guint8 *ret_exception,
                                      char reason[MODBUS_FRAME_REASON_SIZE])
{
    if (n < 3)
        return bad(reason, "answer has a length of", n, 3);
    if (bytes[0] != request->unit)
        return bad(reason, "answer comes from unit", bytes[0], request->unit);
    if (bytes[1] == (request->function | 0x80)) {
        if (n != 3)
            return bad(reason, "exception has a length of", n, 3);
        *ret_exception = bytes[2];
        g_snprintf(reason, MODBUS_FRAME_REASON_SIZE, "%s (exception %u)", exception_name(bytes[2]), bytes[2]);
        return MODBUS_FRAME_EXCEPTION;
    }
    if (bytes[1] != request->function)
        return bad(reason, "answer is of function", bytes[1], request->function);
    if (is_read(request->function))
        return take_values(request, bytes, n, ret_values, reason);
    return check_echo(request, bytes, n, reason);
}

void modbus_frame_describe(const ModbusRequest *request, char *ret_text, gsize size)
{
    static const char *const names[] = { "?",          "read coil",  "read discrete", "read holding",
                                         "read input", "write coil", "write holding" };
    const char *name = request->function == MODBUS_FUNCTION_WRITE_COILS       ? "write coil"
                       : request->function == MODBUS_FUNCTION_WRITE_REGISTERS ? "write holding"
                       : request->function < G_N_ELEMENTS(names)              ? names[request->function]
                                                                              : names[0];

    if (request->count > 1)
        g_snprintf(ret_text, size, "%s %u…%u", name, request->address, request->address + request->count - 1);
    else
        g_snprintf(ret_text, size, "%s %u", name, request->address);
}

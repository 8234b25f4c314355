/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/sim-reply.h"

#include "drivers/sim/sim-registers.h"

#include <errno.h>
#include <modbus.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TCP_HEADER 7
#define RTU_HEADER 1
#define RTU_CRC 2
#define RTU_BAUD 9600

struct SimReply {
    modbus_t *tcp, *rtu;
    int pair[2]; /* libmodbus writes into 0, we read from 1 */
};

/* What a request means, as far as every function that we serve has it. */
typedef struct {
    guint function, address, count;
    SimSpace space;
    gboolean writes, bits;
    const guint8 *data; /* of functions 15 and 16 */
} Request;

static guint16 read_u16(const guint8 *bytes)
{
    return (guint16)(bytes[0] << 8 | bytes[1]);
}

/* Modbus over serial line 1.02, appendix B: CRC-16, polynomial 0xA001, low byte first. */
static guint16 crc16(const guint8 *bytes, gsize length)
{
    guint16 crc = 0xffff;
    for (gsize i = 0; i < length; i++) {
        crc ^= bytes[i];
        for (guint bit = 0; bit < 8; bit++)
            crc = (guint16)(crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1);
    }
    return crc;
}

SimFrameVerdict sim_reply_find_tcp(const guint8 *bytes, gsize length, gsize *ret_size)
{
    guint inner;
    if (length < TCP_HEADER)
        return SIM_FRAME_MORE;
    inner = read_u16(bytes + 4);
    if (read_u16(bytes + 2) != 0 || inner < 2 || inner + 6 > SIM_FRAME_SIZE)
        return SIM_FRAME_BAD;
    if (length < inner + 6)
        return SIM_FRAME_MORE;
    *ret_size = inner + 6;
    return SIM_FRAME_WHOLE;
}

SimFrameVerdict sim_reply_find_rtu(const guint8 *bytes, gsize length, gsize *ret_size)
{
    gsize size = 8;
    if (length < 2)
        return SIM_FRAME_MORE;
    if (bytes[1] == MODBUS_FC_WRITE_MULTIPLE_COILS || bytes[1] == MODBUS_FC_WRITE_MULTIPLE_REGISTERS) {
        if (length < 7)
            return SIM_FRAME_MORE;
        size = 9 + (gsize)bytes[6];
    } else if (bytes[1] < 1 || bytes[1] > 6) {
        return SIM_FRAME_BAD;
    }
    if (size > 256)
        return SIM_FRAME_BAD;
    if (length < size)
        return SIM_FRAME_MORE;
    if ((bytes[size - 2] | bytes[size - 1] << 8) != crc16(bytes, size - RTU_CRC))
        return SIM_FRAME_BAD;
    *ret_size = size;
    return SIM_FRAME_WHOLE;
}

guint sim_reply_get_unit(const guint8 *frame, gboolean serial)
{
    return serial ? frame[0] : frame[TCP_HEADER - 1];
}

SimReply *sim_reply_new(GError **error)
{
    SimReply *reply = g_new0(SimReply, 1);

    reply->pair[0] = reply->pair[1] = -1;
    reply->tcp = modbus_new_tcp("127.0.0.1", 0);
    reply->rtu = modbus_new_rtu("/dev/null", RTU_BAUD, 'N', 8, 1);
    if (!reply->tcp || !reply->rtu ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, reply->pair) < 0) {
        g_set_error(error, SIM_ERROR, SIM_ERROR_SERVER, "cannot make a Modbus server: %s", strerror(errno));
        sim_reply_free(reply);
        return NULL;
    }
    modbus_set_socket(reply->tcp, reply->pair[0]);
    modbus_set_socket(reply->rtu, reply->pair[0]);
    /* After some exceptions libmodbus sleeps this long before it flushes. */
    modbus_set_response_timeout(reply->tcp, 0, 1);
    modbus_set_response_timeout(reply->rtu, 0, 1);
    return reply;
}

void sim_reply_free(SimReply *reply)
{
    if (!reply)
        return;
    if (reply->tcp)
        modbus_free(reply->tcp);
    if (reply->rtu)
        modbus_free(reply->rtu);
    for (guint i = 0; i < 2; i++)
        if (reply->pair[i] >= 0)
            close(reply->pair[i]);
    g_free(reply);
}

static gsize collect(SimReply *reply, guint8 out[SIM_FRAME_SIZE])
{
    ssize_t n = recv(reply->pair[1], out, SIM_FRAME_SIZE, MSG_DONTWAIT);
    return n > 0 ? (gsize)n : 0;
}

gsize sim_reply_refuse(SimReply *reply, gboolean serial, const guint8 *frame, gsize size, guint code,
                       guint8 out[SIM_FRAME_SIZE])
{
    modbus_t *context = serial ? reply->rtu : reply->tcp;
    if (size < (serial ? RTU_HEADER : TCP_HEADER) + 1u)
        return 0;
    modbus_set_slave(context, (int)sim_reply_get_unit(frame, serial));
    modbus_reply_exception(context, frame, code);
    return collect(reply, out);
}

/* Reads the PDU of LENGTH; gives the exception it deserves, 0: none. */
static guint parse(const guint8 *pdu, gsize length, Request *ret_request)
{
    static const SimSpace spaces[] = { SIM_SPACE_COIL, SIM_SPACE_DISCRETE, SIM_SPACE_HOLDING,
                                       SIM_SPACE_INPUT };
    guint function = pdu[0], most;
    gboolean many =
        function == MODBUS_FC_WRITE_MULTIPLE_COILS || function == MODBUS_FC_WRITE_MULTIPLE_REGISTERS;
    gsize bytes;

    if (!many && (function < 1 || function > 6))
        return MODBUS_EXCEPTION_ILLEGAL_FUNCTION;
    if (length < (many ? 7 : 5) || (!many && length > 5))
        return MODBUS_EXCEPTION_ILLEGAL_DATA_VALUE;
    if (function == MODBUS_FC_WRITE_SINGLE_COIL && read_u16(pdu + 3) != 0 && read_u16(pdu + 3) != 0xff00)
        return MODBUS_EXCEPTION_ILLEGAL_DATA_VALUE;
    *ret_request = (Request){ .function = function, .address = read_u16(pdu + 1), .count = 1 };
    ret_request->writes = function > 4;
    ret_request->bits = function == 1 || function == 2 || function == 5 || function == 15;
    ret_request->space = function <= 4       ? spaces[function - 1]
                         : ret_request->bits ? SIM_SPACE_COIL
                                             : SIM_SPACE_HOLDING;
    if (function <= 4 || many)
        ret_request->count = read_u16(pdu + 3);
    most = function <= 2 ? 2000 : function <= 4 ? 125 : function == 15 ? 1968 : 123;
    if (ret_request->count < 1 || ret_request->count > most)
        return MODBUS_EXCEPTION_ILLEGAL_DATA_VALUE;
    if (!many)
        return 0;
    bytes = ret_request->bits ? (ret_request->count + 7) / 8 : ret_request->count * 2;
    if (pdu[5] != bytes || length != 6 + bytes)
        return MODBUS_EXCEPTION_ILLEGAL_DATA_VALUE;
    ret_request->data = pdu + 6;
    return 0;
}

static guint16 get_written(const Request *request, const guint8 *pdu, guint i)
{
    if (request->function == MODBUS_FC_WRITE_SINGLE_COIL)
        return read_u16(pdu + 3) != 0;
    if (request->function == MODBUS_FC_WRITE_SINGLE_REGISTER)
        return read_u16(pdu + 3);
    if (request->bits)
        return request->data[i / 8] >> (i % 8) & 1;
    return read_u16(request->data + 2 * i);
}

/* All of a write or nothing of it. */
static guint write_all(SimDevice *device, const Request *request, const guint8 *pdu)
{
    static const guint codes[] = { [SIM_WRITE_OK] = 0,
                                   [SIM_WRITE_BAD_ADDRESS] = MODBUS_EXCEPTION_ILLEGAL_DATA_ADDRESS,
                                   [SIM_WRITE_BAD_VALUE] = MODBUS_EXCEPTION_ILLEGAL_DATA_VALUE,
                                   [SIM_WRITE_BUSY] = MODBUS_EXCEPTION_SLAVE_OR_SERVER_BUSY };
    for (guint apply = 0; apply <= 1; apply++)
        for (guint i = 0; i < request->count; i++) {
            SimWriteVerdict verdict = sim_registers_write(device, request->space, request->address + i,
                                                          get_written(request, pdu, i), apply == 1);
            if (verdict != SIM_WRITE_OK)
                return codes[verdict];
        }
    return 0;
}

/* Lets libmodbus answer out of a mapping that holds just what is asked for. */
static gsize answer(SimReply *reply, SimDevice *device, gboolean serial, const Request *request,
                    const guint8 *frame, gsize size, guint8 out[SIM_FRAME_SIZE])
{
    guint16 words[2000] = { 0 };
    guint8 bits[2000] = { 0 };
    modbus_mapping_t mapping = { 0 };
    int first = (int)request->address, n = (int)request->count;
    modbus_t *context = serial ? reply->rtu : reply->tcp;

    if (!request->writes)
        sim_registers_read(device, request->space, request->address, request->count, words);
    for (guint i = 0; request->bits && i < request->count; i++)
        bits[i] = (guint8)words[i];
    mapping.start_bits = mapping.start_input_bits = first;
    mapping.start_registers = mapping.start_input_registers = first;
    mapping.nb_bits = mapping.nb_input_bits = request->bits ? n : 0;
    mapping.nb_registers = mapping.nb_input_registers = request->bits ? 0 : n;
    mapping.tab_bits = mapping.tab_input_bits = bits;
    mapping.tab_registers = mapping.tab_input_registers = words;
    modbus_set_slave(context, (int)sim_reply_get_unit(frame, serial));
    modbus_reply(context, frame, (int)size, &mapping);
    return collect(reply, out);
}

gsize sim_reply_make(SimReply *reply, SimDevice *device, gboolean serial, const guint8 *frame, gsize size,
                     guint8 out[SIM_FRAME_SIZE])
{
    gsize header = serial ? RTU_HEADER : TCP_HEADER, tail = serial ? RTU_CRC : 0;
    const guint8 *pdu = frame + header;
    Request request;
    guint code;

    if (size < header + tail + 1)
        return 0;
    code = parse(pdu, size - header - tail, &request);
    if (code == 0 && !sim_registers_covers(device, request.space, request.address, request.count))
        code = MODBUS_EXCEPTION_ILLEGAL_DATA_ADDRESS;
    if (code == 0 && request.writes)
        code = write_all(device, &request, pdu);
    if (code != 0)
        return sim_reply_refuse(reply, serial, frame, size, code, out);
    return answer(reply, device, serial, &request, frame, size, out);
}

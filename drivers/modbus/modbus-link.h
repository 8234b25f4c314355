/* SPDX-License-Identifier: Apache-2.0 */
/* The line of a bus: one libmodbus context, Modbus TCP or RTU, one request at a time. The bus thread owns it.
 *
 * Why libmodbus' own read and write calls are not used: they do not compare the unit id of a TCP answer. The
 * request is sent raw and the answer received raw, by libmodbus, and checked here to its last byte.
 *
 * Rules, learnt from its version 3.1.6 (never MODBUS_ERROR_RECOVERY_LINK, which loops for ever when the peer
 * is gone; byte timeout 0, so that the response timeout bounds the whole answer): TCP: after every error that
 * is no exception the connection is closed: a late answer dies with it. RTU: after an error the line is
 * listened to until it is quiet, and before each request it is emptied; an intact answer of another unit (a
 * late one) is passed over while the time-out lasts. An answer of the same unit that comes later than its
 * back-off (at least 1 s) would still be taken for the next one if both have the same length; the bus never
 * asks a silent unit again before that. */
#pragma once

#include "drivers/driver-halt.h"
#include "drivers/modbus/modbus-frame.h"
#include "edge/base/clock.h"
#include "edge/model/site.h"

#define MODBUS_LINK_REASON_SIZE 120

/* After its end has begun a line is used so long and no longer: then nothing is sent, opened or emptied any
 * more, whatever the thread had been stuck in. Before close() returns. */
#define MODBUS_LINK_LAST_US (DRIVER_HALT_CLOSE_US - 20 * (gint64)1000)

typedef enum {
    MODBUS_LINK_ANSWERED,
    MODBUS_LINK_EXCEPTION, /* the device refuses; the line is fine */
    MODBUS_LINK_SILENT,    /* no answer in time, or one that is none */
    MODBUS_LINK_LOST,      /* the peer has closed the connection, the port is gone */
} ModbusLinkOutcome;

typedef struct {
    ModbusLinkOutcome outcome;
    guint8 exception;
    gint64 asked_at_us;                   /* just before the request was sent; 0: it was not */
    Moment answered_at;                   /* just after the answer, or when it was given up */
    char reason[MODBUS_LINK_REASON_SIZE]; /* "read holding 40…63: connection timed out"; "" when answered */
} ModbusAnswer;

/* What an answer means. INTACT: a frame of this bus. HEARD: and it is the unit's own, no gateway's word that
 * the unit is silent. ILLEGAL: the unit has no such function, address or value. TAKEN: a write is done, or
 * accepted and being worked on (exception 5, acknowledge). REFUSED: a write will not be done; neither TAKEN
 * nor REFUSED: not now (no answer, a gateway's silence, exception 6, busy), the same write may be taken the
 * next time. */
gboolean modbus_link_is_intact(const ModbusAnswer *answer);
gboolean modbus_link_is_heard(const ModbusAnswer *answer);
gboolean modbus_link_is_illegal(const ModbusAnswer *answer);
gboolean modbus_link_is_taken(const ModbusAnswer *answer);
gboolean modbus_link_is_refused(const ModbusAnswer *answer);

typedef struct ModbusLink ModbusLink;

/* BUS and HALT are borrowed for good. */
ModbusLink *modbus_link_new(const SiteBus *bus, const DriverHalt *halt, GError **error);
void modbus_link_free(ModbusLink *link);

/* Whether a request can be sent; notices a connection that the peer has closed meanwhile. */
gboolean modbus_link_is_open(ModbusLink *link);

/* Connects, or opens the port: at most the bus' time-out (twice that for a name). False, with REASON. */
gboolean modbus_link_open(ModbusLink *link, char reason[MODBUS_LINK_REASON_SIZE]);

/* For good; from any thread, while the link lives. A thread that hangs with a request on its way to a TCP
 * connection sends it into nothing when it goes on. A serial port cannot be cut: what hangs in the kernel's
 * write of it may still go out. */
void modbus_link_cut(ModbusLink *link);

/* Sends REQUEST on an open line and waits for its answer, at most the bus' time-out. RET_VALUES: of at least
 * request->count. Afterwards the line may be closed (see above). */
void modbus_link_ask(ModbusLink *link, const ModbusRequest *request, guint16 *ret_values,
                     ModbusAnswer *ret_answer);

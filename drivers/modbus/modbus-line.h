/* SPDX-License-Identifier: Apache-2.0 */
/* The devices of a bus and what is done with them, one transaction at a time. Made in the main thread, then
 * owned by the bus thread. Readings, link states and results go out by the outlet.
 *
 * [setup] and the standing writes are written after each connect that the other side or the first start made
 * necessary, and to each device that comes back. A connection that was given up because of one silent unit
 * says nothing about the other units behind it: they are not set up anew. */
#pragma once

#include "drivers/driver-gauge.h"
#include "drivers/driver-halt.h"
#include "drivers/driver-outlet.h"
#include "drivers/driver.h"

typedef struct ModbusLine ModbusLine;

/* OUTLET, GAUGE and HALT are borrowed and live longer. */
ModbusLine *modbus_line_new(const DriverSetup *setup, DriverOutlet *outlet, DriverGauge *gauge,
                            const DriverHalt *halt, GError **error);
void modbus_line_free(ModbusLine *line);

/* From any thread: nothing goes out any more (see modbus_link_cut()). */
void modbus_line_cut(ModbusLine *line);

/* Polling begins. */
void modbus_line_begin(ModbusLine *line, gint64 now_us);

/* Does at most one transaction (or one connect). False where nothing is due before RET_WAKE_US. */
gboolean modbus_line_turn(ModbusLine *line, gint64 now_us, gint64 *ret_wake_us);

/* Carries COMMAND out and posts its result; then takes back a pulse that has run out. QUEUED_AT_US: when it
 * was given; a connection that has been tried since, in vain, is not tried again for it. */
void modbus_line_command(ModbusLine *line, const DriverCommand *command, gint64 queued_at_us);

/* Ends what stands of the `stop` and `disable` of CONNECTOR of the model's DEVICE. */
void modbus_line_release(ModbusLine *line, guint device, guint connector);

/* Whether a command to the model's DEVICE would most likely wait for a time-out. */
gboolean modbus_line_is_dead(const ModbusLine *line, guint device);

/* Counts the urging of the model's POINT up or down by CHANGE. */
void modbus_line_urge(ModbusLine *line, guint point, int change);

/* After the end has begun: takes the pulses back, each when it has run out, and at the latest 100 ms after
 * that beginning. */
void modbus_line_finish(ModbusLine *line);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ModbusLine, modbus_line_free)

/* SPDX-License-Identifier: Apache-2.0 */
/* The thread of a bus. All functions are called from the main thread; what the thread brings goes out by the
 * outlet. Between any two transactions it looks at the lane of commands first: first come, first served, but
 * one to a device that is silent stands behind those to devices that are not (each would cost them a
 * time-out); commands to one device keep their order. The lane is bounded (256): a command beyond it FAILS at
 * once. */
#pragma once

#include "drivers/driver-gauge.h"
#include "drivers/driver-outlet.h"
#include "drivers/driver.h"

#define MODBUS_BUS_LANE 256 /* commands that wait */

typedef struct ModbusBus ModbusBus;

/* SETUP is read now. BUS holds its site and OUTLET for as long as its thread may need them. */
ModbusBus *modbus_bus_new(const DriverSetup *setup, DriverOutlet *outlet, GError **error);

/* Borrowed. */
DriverGauge *modbus_bus_get_gauge(const ModbusBus *bus);

/* Begins to poll. */
void modbus_bus_start(ModbusBus *bus);

void modbus_bus_command(ModbusBus *bus, const DriverCommand *command);

/* Ends, in its turn among the commands to DEVICE, what a hold of CONNECTOR has left to be repeated. */
void modbus_bus_release(ModbusBus *bus, guint device, guint connector);

void modbus_bus_urge(ModbusBus *bus, guint point, gboolean on);

/* Tells the thread to end; returns at once. Pulses that have not run out are taken back first. */
void modbus_bus_stop(ModbusBus *bus);

/* Waits for the thread's end, at most until DRIVER_HALT_CLOSE_US after stop(), which it calls where nobody
 * has. A thread that is stuck even then owns BUS from now on: it sends nothing more and frees all when it
 * ends. */
void modbus_bus_close(ModbusBus *bus);

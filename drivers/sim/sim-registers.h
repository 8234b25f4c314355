/* SPDX-License-Identifier: Apache-2.0 */
/* The registers of the generic devices, as assets/profiles/generic-*.profile describe them: what a read
 * gives, what a write does. Written apart from the profile engine on purpose, so that each proves the other.
 * Pure. */
#pragma once

#include "drivers/sim/sim-site.h"

typedef enum { SIM_SPACE_COIL, SIM_SPACE_DISCRETE, SIM_SPACE_INPUT, SIM_SPACE_HOLDING } SimSpace;

typedef enum { SIM_WRITE_OK, SIM_WRITE_BAD_ADDRESS, SIM_WRITE_BAD_VALUE, SIM_WRITE_BUSY } SimWriteVerdict;

/* Whether ADDRESS … ADDRESS + COUNT − 1 lies within one block of registers that DEVICE has. */
gboolean sim_registers_covers(const SimDevice *device, SimSpace space, guint address, guint count);

/* Fills OUT with COUNT registers, or bits of 0 and 1; holes within a block are 0. */
void sim_registers_read(const SimDevice *device, SimSpace space, guint address, guint count, guint16 *out);

/* Writes one register or coil; without APPLY only says what would come of it. */
SimWriteVerdict sim_registers_write(SimDevice *device, SimSpace space, guint address, guint16 value,
                                    gboolean apply);

/* Whether DEVICE has the point PATH ("1/power", "smoke"), a number. */
gboolean sim_registers_has(const SimDevice *device, const char *path);

/* What is true of PATH, whatever the registers say; false where there is no such point, or no value now. */
gboolean sim_registers_find_truth(const SimDevice *device, const char *path, double *ret_value);

/* Makes the registers say from now on what they say now, or the truth again. */
void sim_registers_freeze(SimDevice *device);
void sim_registers_thaw(SimDevice *device);

/* SPDX-License-Identifier: Apache-2.0 */
/* A device on a bus: its plan, its write list, and the turning of what a read brought into readings. Made in
 * the main thread, then owned by the bus thread. */
#pragma once

#include "drivers/driver.h"
#include "drivers/modbus/modbus-plan.h"
#include "drivers/modbus/modbus-write.h"

typedef struct {
    guint model;       /* the model's index */
    guint first_point; /* the model's index of the profile's first point */
    const SiteDevice *site;
    const Profile *profile;
    ModbusPlan *plan;
    ModbusWriteList *allowed;
    GArray *setup;     /* ModbusWrite */
    GArray *keepalive; /* ModbusKeepalive */
    guint *urged;      /* per profile point: how often it is urged */
    /* what the factors of `scale-by` were last */
    PointQuality *last_quality;
    double *last_number;
    GArray **factors; /* per profile point: guint indices, or NULL */
} ModbusDevice;

typedef struct {
    ModbusWrite write;
    guint period_ms;
} ModbusKeepalive;

/* MODEL is read now only; its site and profiles for good. Fails where the profile asks for what no request
 * can bring or write. */
ModbusDevice *modbus_device_new(const Model *model, guint index, GError **error);
void modbus_device_free(ModbusDevice *device);

/* The readings of READ's points out of its VALUES, appended to READINGS (DriverReading). A product whose
 * factor has not been read is left out; one with a bad factor is bad, one with an absent factor absent. */
void modbus_device_decode(ModbusDevice *device, const ModbusRead *read, const guint16 *values,
                          GArray *readings);

/* The same for a read that the device refuses: every point bad. */
void modbus_device_refuse(ModbusDevice *device, const ModbusRead *read, GArray *readings);

/* The read that brings the profile's point, as an index into the plan. */
guint modbus_device_find_read(const ModbusDevice *device, guint point);

/* The writes of COMMAND, appended to RET_WRITES (ModbusWrite). False with REASON where one does not fit. */
gboolean modbus_device_compile(const ModbusDevice *device, const ProfileCommand *command,
                               const double *argument, GArray *ret_writes,
                               char reason[MODBUS_CODEC_REASON_SIZE]);

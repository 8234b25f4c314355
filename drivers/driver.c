/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/driver.h"

#include "drivers/modbus/modbus-driver.h"

const Driver *const driver_registry[] = {
    &modbus_driver,
    NULL,
};

const Driver *driver_find(const char *name)
{
    for (guint i = 0; driver_registry[i]; i++) {
        if (g_str_equal(driver_registry[i]->name, name))
            return driver_registry[i];
    }
    return NULL;
}

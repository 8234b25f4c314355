/* SPDX-License-Identifier: Apache-2.0 */
/* The Modbus driver: one instance per [bus], TCP or RTU, one thread each. Main thread. */
#pragma once

#include "drivers/driver.h"

extern const Driver modbus_driver;

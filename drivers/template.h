/* SPDX-License-Identifier: Apache-2.0 */
/* A driver to copy from (drivers/README.md). It is compiled and tested, and not in the registry. Main thread.
 */
#pragma once

#include "drivers/driver.h"

extern const Driver template_driver;

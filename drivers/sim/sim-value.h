/* SPDX-License-Identifier: Apache-2.0 */
/* What there is to know of a simulated device, by name of the quantity: the truth, before any register tells
 * it. Pure; V, A, kW, kWh, °C, %, min, kΩ, m. */
#pragma once

#include "drivers/sim/sim-site.h"

#define SIM_METER_CT 200.0 /* the meters hang on 1000:5 transformers */

typedef enum {
    SIM_VALUE_STATUS,
    SIM_VALUE_PLUGGED,
    SIM_VALUE_LOCK,
    SIM_VALUE_SPACE,
    SIM_VALUE_VOLTAGE,
    SIM_VALUE_CURRENT,
    SIM_VALUE_POWER,
    SIM_VALUE_ENERGY,
    SIM_VALUE_SESSION,
    SIM_VALUE_SOC,
    SIM_VALUE_REMAINING,
    SIM_VALUE_GUN,
    SIM_VALUE_FAULT,
    SIM_VALUE_RATED,
    SIM_VALUE_BMS_MAX,
    SIM_VALUE_BMS_MIN,
    SIM_VALUE_DEMAND_V,
    SIM_VALUE_DEMAND_A,
    SIM_VALUE_PACK_V,
    SIM_VALUE_PACK_A,
    SIM_VALUE_CELL_MAX,
    SIM_VALUE_CELL_MIN,
    SIM_VALUE_CELL_INDEX,
    SIM_VALUE_INSULATION,
    SIM_VALUE_LIMIT,
    SIM_VALUE_DISABLED,
    SIM_VALUE_SESSION_ON,
    SIM_VALUE_CABINET,
    SIM_VALUE_ANY_FAULT,
    SIM_VALUE_LIFE,
    SIM_VALUE_ALARM,
    SIM_VALUE_TAMPER,
    SIM_VALUE_TEMPERATURE,
    SIM_VALUE_HUMIDITY,
    SIM_VALUE_LEAK,
    SIM_VALUE_PT,
    SIM_VALUE_CT,
    SIM_VALUE_MAINS_V,
    SIM_VALUE_MAINS_A,
    SIM_VALUE_MAINS_KW,
    SIM_VALUE_FACTOR,
    SIM_VALUE_FREQUENCY,
    SIM_VALUE_MAINS_KWH,
    SIM_VALUE_SIREN,
    SIM_VALUE_STROBE,
    SIM_VALUE_BREAKER,
    SIM_VALUE_BUTTON
} SimValue;

/* VALUE of DEVICE; of connector INDEX (from 0), of breaker or button NUMBER (from 1). A breaker: what its
 * contact says. False, 0 or nothing in RET_VALUE, where there is none now. */
gboolean sim_value_find(const SimDevice *device, SimValue value, guint index, guint number,
                        double *ret_value);

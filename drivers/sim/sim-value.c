/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/sim-value.h"

/* What the BMS tells; nothing without a car. */
static gboolean find_car_value(const SimConnector *connector, SimValue value, double *ret_value)
{
    const SimBattery *battery = &connector->battery;
    double demand_volt = 0.0, demand = 0.0;

    if (!connector->plugged)
        return FALSE;
    demand = sim_battery_get_demand(battery, &demand_volt);
    switch (value) {
    case SIM_VALUE_SOC:
        *ret_value = battery->soc * 100.0;
        return TRUE;
    case SIM_VALUE_REMAINING:
        *ret_value = sim_battery_get_remaining_min(battery, connector->current);
        return connector->current > 0.1;
    case SIM_VALUE_BMS_MAX:
        *ret_value = sim_battery_get_temp_max(battery);
        return TRUE;
    case SIM_VALUE_BMS_MIN:
        *ret_value = sim_battery_get_temp_min(battery);
        return TRUE;
    case SIM_VALUE_DEMAND_V:
        *ret_value = demand_volt;
        return TRUE;
    case SIM_VALUE_DEMAND_A:
        *ret_value = demand;
        return TRUE;
    case SIM_VALUE_PACK_V:
        *ret_value = sim_battery_get_voltage(battery, connector->current);
        return TRUE;
    case SIM_VALUE_PACK_A:
        *ret_value = connector->current;
        return TRUE;
    case SIM_VALUE_CELL_MAX:
        *ret_value = sim_battery_get_cell_max(battery, connector->current);
        return TRUE;
    case SIM_VALUE_CELL_MIN:
        *ret_value = sim_battery_get_cell_min(battery, connector->current);
        return TRUE;
    case SIM_VALUE_CELL_INDEX:
        *ret_value = battery->hottest_cell;
        return TRUE;
    case SIM_VALUE_INSULATION:
        *ret_value = connector->insulation_kohm;
        return TRUE;
    default:
        return FALSE;
    }
}

static gboolean find_connector_value(const SimConnector *connector, SimValue value, double *ret_value)
{
    switch (value) {
    case SIM_VALUE_STATUS:
        *ret_value = connector->status;
        return TRUE;
    case SIM_VALUE_PLUGGED:
    case SIM_VALUE_SPACE:
        *ret_value = connector->plugged;
        return TRUE;
    case SIM_VALUE_LOCK:
        *ret_value = connector->locked || connector->status == SIM_STATUS_CHARGING;
        return TRUE;
    case SIM_VALUE_VOLTAGE:
        *ret_value = connector->voltage;
        return TRUE;
    case SIM_VALUE_CURRENT:
        *ret_value = connector->current;
        return TRUE;
    case SIM_VALUE_POWER:
        *ret_value = connector->power_kw;
        return TRUE;
    case SIM_VALUE_ENERGY:
        *ret_value = connector->energy_kwh;
        return TRUE;
    case SIM_VALUE_SESSION:
        *ret_value = connector->session_kwh;
        return TRUE;
    case SIM_VALUE_GUN:
        *ret_value = connector->gun_temp;
        return TRUE;
    case SIM_VALUE_FAULT:
        *ret_value = connector->fault;
        return TRUE;
    case SIM_VALUE_LIMIT:
        *ret_value = connector->limit_kw;
        return connector->limit_kw >= 0.0;
    case SIM_VALUE_DISABLED:
        *ret_value = connector->disabled;
        return TRUE;
    case SIM_VALUE_SESSION_ON:
        *ret_value = connector->session;
        return TRUE;
    default:
        return find_car_value(connector, value, ret_value);
    }
}

static gboolean find_charger_value(const SimCharger *charger, guint index, SimValue value, double *ret_value)
{
    *ret_value = 0.0;
    switch (value) {
    case SIM_VALUE_RATED:
        *ret_value = charger->rated_kw / charger->n_connectors;
        return TRUE;
    case SIM_VALUE_CABINET:
        *ret_value = charger->cabinet;
        return TRUE;
    case SIM_VALUE_LIFE:
        *ret_value = charger->life_s;
        return TRUE;
    case SIM_VALUE_ANY_FAULT:
        for (guint i = 0; i < charger->n_connectors; i++)
            *ret_value = MAX(*ret_value, charger->connectors[i].fault);
        return TRUE;
    default:
        return find_connector_value(&charger->connectors[index], value, ret_value);
    }
}

static gboolean find_sensor_value(const SimSensor *sensor, SimValue value, double *ret_value)
{
    switch (value) {
    case SIM_VALUE_ALARM:
        *ret_value = sensor->alarm;
        return TRUE;
    case SIM_VALUE_TAMPER:
        *ret_value = sensor->tamper;
        return TRUE;
    case SIM_VALUE_TEMPERATURE:
        *ret_value = sensor->temperature;
        return TRUE;
    case SIM_VALUE_HUMIDITY:
        *ret_value = sensor->humidity;
        return TRUE;
    case SIM_VALUE_LEAK:
        *ret_value = sensor->leak_m;
        return sensor->alarm;
    default:
        return FALSE;
    }
}

static gboolean find_meter_value(const SimMeter *meter, SimValue value, double *ret_value)
{
    switch (value) {
    case SIM_VALUE_PT:
        *ret_value = 1.0;
        return TRUE;
    case SIM_VALUE_CT:
        *ret_value = SIM_METER_CT;
        return TRUE;
    case SIM_VALUE_MAINS_V:
        *ret_value = meter->volt;
        return TRUE;
    case SIM_VALUE_MAINS_A:
        *ret_value = meter->current;
        return TRUE;
    case SIM_VALUE_MAINS_KW:
        *ret_value = meter->kw;
        return TRUE;
    case SIM_VALUE_FACTOR:
        *ret_value = 0.98;
        return TRUE;
    case SIM_VALUE_FREQUENCY:
        *ret_value = 50.0;
        return TRUE;
    case SIM_VALUE_MAINS_KWH:
        *ret_value = meter->energy_kwh;
        return TRUE;
    default:
        return FALSE;
    }
}

static gboolean find_io_value(const SimIo *io, SimValue value, guint number, double *ret_value)
{
    switch (value) {
    case SIM_VALUE_SIREN:
        *ret_value = io->siren;
        return TRUE;
    case SIM_VALUE_STROBE:
        *ret_value = io->strobe;
        return TRUE;
    case SIM_VALUE_BREAKER:
        *ret_value = sim_io_says_closed(io, number);
        return TRUE;
    case SIM_VALUE_BUTTON:
        *ret_value = sim_io_is_pressed(io, number);
        return TRUE;
    default:
        return FALSE;
    }
}

gboolean sim_value_find(const SimDevice *device, SimValue value, guint index, guint number, double *ret_value)
{
    if (device->charger)
        return find_charger_value(device->charger, index, value, ret_value);
    if (device->kind & SIM_KIND_SENSOR)
        return find_sensor_value(&device->sensor, value, ret_value);
    if (device->kind == SIM_KIND_METER)
        return find_meter_value(&device->meter, value, ret_value);
    return find_io_value(&device->io, value, number, ret_value);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/sim-battery.h"

#include <math.h>

#define FULL_CURRENT_C 0.05 /* below C/20 at the voltage limit the BMS ends the charge */
#define REMAINING_MAX_MIN 600.0
#define HOT_SPOT_SHARED 0.4 /* what a hot cell gives to the coldest measuring point */

/* NCM, at rest; the last point lies a little under the limit, so that the current dies away and does not
 * stop. */
static const struct {
    double soc, volt;
} ocv_curve[] = { { 0.00, 3.000 }, { 0.05, 3.350 }, { 0.10, 3.450 }, { 0.20, 3.550 },
                  { 0.30, 3.610 }, { 0.40, 3.650 }, { 0.50, 3.700 }, { 0.60, 3.780 },
                  { 0.70, 3.880 }, { 0.80, 3.980 }, { 0.90, 4.080 }, { 1.00, 4.195 } };

void sim_battery_init(SimBattery *battery, double energy_kwh, double soc, double ambient, GRand *random)
{
    guint cells = (guint)g_rand_int_range(random, 94, 109);
    double capacity_ah = energy_kwh * 1000.0 / (cells * 3.7);

    *battery = (SimBattery){
        .cells = cells,
        .capacity_ah = capacity_ah,
        .resistance = cells * 0.00075 * g_rand_double_range(random, 0.9, 1.2) * 160.0 / capacity_ah,
        .max_current = MIN(capacity_ah * g_rand_double_range(random, 1.3, 1.8), 250.0),
        .max_cell = 4.20,
        .heat_capacity = energy_kwh * 6.0 * 900.0, /* 6 kg per kWh, 900 J/(kg K) */
        .cooling = energy_kwh * 10.0,              /* liquid-cooled: some 10 K above the air at 200 A */
        .ambient = ambient,
        .spread = g_rand_double_range(random, 0.006, 0.020),
        .hottest_cell = (guint)g_rand_int_range(random, 1, (gint32)cells + 1),
        .soc = CLAMP(soc, 0.0, 1.0),
        .temp = ambient + g_rand_double_range(random, 0.0, 4.0),
    };
}

double sim_battery_get_cell_ocv(double soc)
{
    for (guint i = 1; i < G_N_ELEMENTS(ocv_curve); i++)
        if (soc <= ocv_curve[i].soc) {
            double part = (soc - ocv_curve[i - 1].soc) / (ocv_curve[i].soc - ocv_curve[i - 1].soc);
            return ocv_curve[i - 1].volt + MAX(part, 0.0) * (ocv_curve[i].volt - ocv_curve[i - 1].volt);
        }
    return ocv_curve[G_N_ELEMENTS(ocv_curve) - 1].volt;
}

double sim_battery_get_voltage(const SimBattery *battery, double current)
{
    return battery->cells * sim_battery_get_cell_ocv(battery->soc) + current * battery->resistance;
}

double sim_battery_get_limit_current(const SimBattery *battery)
{
    double room = battery->cells * (battery->max_cell - sim_battery_get_cell_ocv(battery->soc));
    return MAX(room / battery->resistance, 0.0);
}

/* A cold or a hot battery takes less. It never refuses altogether: a BMS that does not see its own hot cell
 * is the very case the station watches for. */
static double temperature_factor(double temp)
{
    if (temp < 0.0)
        return 0.1;
    if (temp < 15.0)
        return 0.3 + 0.7 * temp / 15.0;
    if (temp < 45.0)
        return 1.0;
    return MAX(1.0 - 0.7 * (temp - 45.0) / 10.0, 0.3);
}

double sim_battery_get_demand(const SimBattery *battery, double *ret_voltage)
{
    double limit = sim_battery_get_limit_current(battery);
    double demand = MIN(battery->max_current * temperature_factor(battery->temp), limit);

    if (ret_voltage)
        *ret_voltage = battery->cells * battery->max_cell;
    if (battery->soc >= 1.0 || limit < battery->capacity_ah * FULL_CURRENT_C)
        return 0.0;
    return demand;
}

void sim_battery_step(SimBattery *battery, double current, double seconds)
{
    double heat = current * current * battery->resistance;
    /* Exact over the step, so that a long step (time accelerated) can never overshoot. */
    double end = battery->ambient + heat / battery->cooling;
    double decay = exp(-battery->cooling * seconds / battery->heat_capacity);

    battery->temp = end + (battery->temp - end) * decay;
    battery->soc = CLAMP(battery->soc + current * seconds / (battery->capacity_ah * 3600.0), 0.0, 1.0);
}

double sim_battery_get_temp_max(const SimBattery *battery)
{
    double rise = MAX(battery->temp - battery->ambient, 0.0);
    return battery->temp + 1.0 + 0.15 * rise + battery->hot_spot;
}

double sim_battery_get_temp_min(const SimBattery *battery)
{
    return battery->temp - 1.0 + HOT_SPOT_SHARED * battery->hot_spot;
}

double sim_battery_get_cell_max(const SimBattery *battery, double current)
{
    double mean = sim_battery_get_voltage(battery, current) / battery->cells;
    return mean + 0.4 * battery->spread + battery->cell_excess;
}

double sim_battery_get_cell_min(const SimBattery *battery, double current)
{
    double mean = sim_battery_get_voltage(battery, current) / battery->cells;
    return mean - 0.6 * battery->spread - battery->cell_excess / (battery->cells - 1);
}

double sim_battery_get_remaining_min(const SimBattery *battery, double current)
{
    if (current < 0.1)
        return REMAINING_MAX_MIN;
    return MIN((1.0 - battery->soc) * battery->capacity_ah / current * 60.0, REMAINING_MAX_MIN);
}

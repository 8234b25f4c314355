/* SPDX-License-Identifier: Apache-2.0 */
/* A traction battery while it is being charged: open-circuit voltage, resistance, heat, the BMS' demand.
 * Pure; volts, amperes, kWh, °C, seconds. */
#pragma once

#include <glib.h>

typedef struct {
    /* what it is */
    guint cells;          /* in series */
    double capacity_ah;   /* of a string */
    double resistance;    /* ohm, whole pack */
    double max_current;   /* A, what the BMS ever asks for */
    double max_cell;      /* V, where constant voltage begins */
    double heat_capacity; /* J/K */
    double cooling;       /* W/K */
    double ambient;       /* °C */
    double spread;        /* V between the highest and the lowest cell at rest */
    guint hottest_cell;   /* 1 … cells: the one with the highest voltage */
    /* how it is */
    double soc;         /* 0 … 1 */
    double temp;        /* mean, °C */
    double hot_spot;    /* K above the mean at one cell, beyond what is normal */
    double cell_excess; /* V of one cell above its neighbours, beyond what is normal */
} SimBattery;

/* A car's battery of SERIES cells and ENERGY_KWH at SOC (0 … 1) and AMBIENT °C, its small differences from
 * RANDOM. */
void sim_battery_init(SimBattery *battery, double energy_kwh, double soc, double ambient, GRand *random);

/* Open-circuit voltage of one NCM cell at SOC (0 … 1). */
double sim_battery_get_cell_ocv(double soc);

/* Pack voltage at the terminals while CURRENT flows in. */
double sim_battery_get_voltage(const SimBattery *battery, double current);

/* What the BMS asks for: constant current, less at the edges of temperature, until the voltage limit; then
 * the current that holds it. 0 when full. */
double sim_battery_get_demand(const SimBattery *battery, double *ret_voltage);

/* Highest current that the pack takes at its voltage limit. */
double sim_battery_get_limit_current(const SimBattery *battery);

/* Charges it with CURRENT for SECONDS. */
void sim_battery_step(SimBattery *battery, double current, double seconds);

/* Hottest and coldest measuring point, highest and lowest cell while CURRENT flows. */
double sim_battery_get_temp_max(const SimBattery *battery);
double sim_battery_get_temp_min(const SimBattery *battery);
double sim_battery_get_cell_max(const SimBattery *battery, double current);
double sim_battery_get_cell_min(const SimBattery *battery, double current);

/* Minutes until full if CURRENT went on; capped at 600 as the standard has it (GB/T 27930, BCS 8–9). */
double sim_battery_get_remaining_min(const SimBattery *battery, double current);

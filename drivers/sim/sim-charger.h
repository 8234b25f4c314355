/* SPDX-License-Identifier: Apache-2.0 */
/* A DC charger of one or more connectors: what it does with cars, commands and limits, and how it may fail
 * to. Pure; main thread. Two clocks: commands, ramps and watchdogs run on the site's clock (as long as in
 * life, so that what the station measures is real); charge and warmth run `speed` times faster. */
#pragma once

#include "drivers/sim/sim-battery.h"
#include "drivers/sim/sim-log.h"

#define SIM_CONNECTORS_MAX 4
#define SIM_VIN_SIZE 18
#define SIM_NO_LIMIT (-1.0)

/* The numbers stand in the status register of the generic-dc profiles. */
typedef enum {
    SIM_STATUS_AVAILABLE,
    SIM_STATUS_PREPARING,
    SIM_STATUS_CHARGING,
    SIM_STATUS_SUSPENDED,
    SIM_STATUS_FINISHING,
    SIM_STATUS_FAULTED,
    SIM_STATUS_UNAVAILABLE
} SimStatus;

typedef enum {
    SIM_COMMAND_STOP,
    SIM_COMMAND_START,
    SIM_COMMAND_DISABLE,
    SIM_COMMAND_ENABLE,
    SIM_COMMAND_LIMIT,
    SIM_COMMAND_LOCK,
    SIM_COMMAND_UNLOCK
} SimCommand;
#define SIM_COMMANDS 7
#define SIM_PENDING 8 /* commands that wait for their latency */

typedef struct {
    SimCommand command;
    double value;
    gint64 due_ms;
} SimPending;

typedef struct {
    char *path; /* "dc-03/1" */
    SimStatus status;
    gboolean plugged;
    gboolean session;  /* it means to give energy */
    gboolean disabled; /* by command */
    gboolean locked;
    char vin[SIM_VIN_SIZE]; /* "" : no car */
    SimBattery battery;     /* meaningful while plugged */
    double current, voltage, power_kw;
    double energy_kwh; /* the meter; never falls */
    double session_kwh;
    double gun_temp;
    double insulation_kohm;
    guint fault;     /* 0: none */
    double limit_kw; /* SIM_NO_LIMIT */
    gint64 limit_until_ms;
    gint64 status_at_ms; /* since when it has this status */
    gint64 latency_ms;   /* from the write to the deed */
    SimPending pending[SIM_PENDING];
    guint n_pending;
    /* how it fails */
    guint ignores; /* bits 1 << SimCommand: answered, not obeyed */
    gboolean pretends, pretending;
    gint64 resume_after_ms; /* 0: does not */
    gint64 resume_at_ms;    /* 0: not waiting */
    gboolean overheats, runs_away, gun_heats, cell_climbs;
} SimConnector;

typedef struct {
    char *name;
    SimConnector *connectors;
    guint n_connectors;
    double rated_kw;   /* shared by its connectors */
    gboolean fed;      /* its feeder breaker conducts */
    gint64 awake_ms;   /* site's clock from which it answers, after power has come back */
    double cabinet;    /* °C */
    double ambient;    /* °C */
    gint64 now_ms;     /* the site's clock of the last step */
    guint life_s;      /* watchdog of communication; 0: off */
    gint64 life_at_ms; /* last sign of life; -1: not armed */
    SimLog log;
    gpointer log_data;
} SimCharger;

/* A charger of N connectors (1 … SIM_CONNECTORS_MAX) that share RATED_KW, fed and idle; latencies and meters
 * from RANDOM. LOG may be NULL. */
SimCharger *sim_charger_new(const char *name, guint n, double rated_kw, double ambient, GRand *random,
                            SimLog log, gpointer log_data);
void sim_charger_free(SimCharger *charger);

/* A car comes to connector INDEX (from 0), or leaves it. False where there is one already, or none. */
gboolean sim_charger_arrive(SimCharger *charger, guint index, const SimBattery *battery, const char *vin);
gboolean sim_charger_leave(SimCharger *charger, guint index);

/* Takes a command; VALUE is the kW of a limit (SIM_NO_LIMIT: none). False while too many wait: busy. */
gboolean sim_charger_command(SimCharger *charger, guint index, SimCommand command, double value);

/* Clears faults of all connectors. */
void sim_charger_reset(SimCharger *charger);

/* A sign of life of the station (keep-alive register). */
void sim_charger_hear(SimCharger *charger);

/* The feeder gives or takes power; without it no current flows from this instant, and nothing answers. */
void sim_charger_feed(SimCharger *charger, gboolean fed);

/* Whether it would answer a request now. */
gboolean sim_charger_is_awake(const SimCharger *charger);

/* Makes connector INDEX faulted with CODE. */
void sim_charger_fail(SimCharger *charger, guint index, guint code);

/* One step of SIM_STEP_MS that ends at NOW_MS; the battery's time goes SPEED times faster. */
void sim_charger_step(SimCharger *charger, gint64 now_ms, double speed);

/* What connector INDEX says of itself, which need not be the truth. */
SimStatus sim_charger_get_said_status(const SimCharger *charger, guint index);

/* Power and alternating current that it takes from its feeder. */
double sim_charger_get_input_kw(const SimCharger *charger);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimCharger, sim_charger_free)

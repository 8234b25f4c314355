/* SPDX-License-Identifier: Apache-2.0 */
/* Scenario files: a line says what happens to whom, and when. Pure text → actions; whether the site has such
 * a thing is checked by sim_act_check(). Times count on the site's clock, a `slow` answer in wall time.
 *
 *     # comment                            at 20s dc-03/1 overheat
 *     seed 7                               dc-05 ignores stop
 *     at 1m bus yard silent for 10s        button io-a 1 press
 *     at 2m camera cam-01 off for 10s
 *
 * A line without `at` holds from the start. The verbs stand in sim-scenario.c, in one table. */
#pragma once

#include <glib.h>

typedef enum {
    SIM_VERB_SEED,
    SIM_VERB_SPEED,
    SIM_VERB_CARS,
    SIM_VERB_ARRIVE,
    SIM_VERB_LEAVE,
    SIM_VERB_OVERHEAT,
    SIM_VERB_RUNAWAY,
    SIM_VERB_GUN_HOT,
    SIM_VERB_CELL_HIGH,
    SIM_VERB_RECOVER,
    SIM_VERB_INSULATION,
    SIM_VERB_FAULT,
    SIM_VERB_IGNORE,
    SIM_VERB_OBEY,
    SIM_VERB_RESUME,
    SIM_VERB_PRETEND,
    SIM_VERB_FREEZE,
    SIM_VERB_THAW,
    SIM_VERB_SET,
    SIM_VERB_UNSET,
    SIM_VERB_LINE,
    SIM_VERB_GATEWAY,
    SIM_VERB_SMOKE,
    SIM_VERB_HEAT,
    SIM_VERB_LEAK,
    SIM_VERB_OPEN,
    SIM_VERB_TAMPER,
    SIM_VERB_TEMPERATURE,
    SIM_VERB_HUMIDITY,
    SIM_VERB_CLEAR,
    SIM_VERB_BREAKER,
    SIM_VERB_PRESS
} SimVerb;

/* What SIM_VERB_BREAKER does to it. */
typedef enum {
    SIM_BREAKER_NORMAL,
    SIM_BREAKER_STUCK,
    SIM_BREAKER_LIES,
    SIM_BREAKER_CONTACT_STUCK,
    SIM_BREAKER_TRIPS
} SimBreakerWay;

typedef struct {
    gint64 at_ms;    /* -1: from the start */
    gboolean on_bus; /* target is a bus */
    gboolean on_camera;
    char *target; /* "dc-03/1", "io-01", "yard", "" : the site */
    SimVerb verb;
    guint way;              /* SimCommand, SimLineMode, SimBreakerWay, or a yes */
    guint number;           /* breaker, button */
    double value;           /* of the verb's number */
    gint64 time_ms;         /* of the verb's time */
    gint64 for_ms;          /* 0: for good */
    char *text;             /* word of the verb (VIN, point), or NULL */
    double soc, energy_kwh; /* arrive: negative, 0: drawn */
    char *place;            /* "demo.scenario:12", or "" */
} SimAction;

/* Reads one line; NULL without an error for an empty one. */
SimAction *sim_scenario_parse_line(const char *line, const char *place, GError **error);

/* Reads TEXT: actions by time, those of one time in the order written. Errors name NAME and the line. */
GPtrArray *sim_scenario_parse(const char *text, const char *name, GError **error);
GPtrArray *sim_scenario_load(const char *file, GError **error);

void sim_scenario_action_free(SimAction *action);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimAction, sim_scenario_action_free)

/* SPDX-License-Identifier: Apache-2.0 */
/* An I/O module: siren, strobe, breakers with shunt trip, closing motor and auxiliary contact, buttons. Pure;
 * times on the site's clock. */
#pragma once

#include "drivers/sim/sim-log.h"

#define SIM_BREAKERS 9 /* number 9 is the main breaker of a station that has one */
#define SIM_BUTTONS 2
#define SIM_PRESS_MS 1000 /* as long as a person presses */

typedef struct {
    gboolean open;
    gboolean trip_coil, close_coil;   /* as written; the edge acts */
    gint64 opens_at_ms, closes_at_ms; /* 0: not on its way */
    gboolean stuck;                   /* does not open */
    gboolean lies;                    /* does not open, but its contact says that it has */
    gboolean contact_stuck;           /* opens, but its contact still says closed */
    gboolean claims_open;
} SimBreaker;

typedef struct {
    char *name;
    gboolean has_breakers;
    SimBreaker breakers[SIM_BREAKERS];
    gboolean siren, strobe;
    gint64 pressed_until_ms[SIM_BUTTONS];
    gint64 now_ms;
    SimLog log;
    gpointer log_data;
} SimIo;

/* All breakers closed, all quiet; NAME is copied. */
void sim_io_init(SimIo *io, const char *name, gboolean has_breakers, SimLog log, gpointer log_data);
void sim_io_clear(SimIo *io);

void sim_io_set_siren(SimIo *io, gboolean on);
void sim_io_set_strobe(SimIo *io, gboolean on);

/* The coils of breaker NUMBER (from 1); a breaker acts on the rising edge. */
void sim_io_set_trip(SimIo *io, guint number, gboolean on);
void sim_io_set_close(SimIo *io, guint number, gboolean on);

/* Opens breaker NUMBER at once, as a hand or a short circuit does; one that is stuck stays. */
void sim_io_trip(SimIo *io, guint number);

/* Presses button NUMBER (from 1) for DURATION_MS. */
void sim_io_press(SimIo *io, guint number, gint64 duration_ms);

/* Whether current can pass breaker NUMBER, what its contact says, whether button NUMBER is down. */
gboolean sim_io_conducts(const SimIo *io, guint number);
gboolean sim_io_says_closed(const SimIo *io, guint number);
gboolean sim_io_is_pressed(const SimIo *io, guint number);

void sim_io_step(SimIo *io, gint64 now_ms);

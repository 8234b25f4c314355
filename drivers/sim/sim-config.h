/* SPDX-License-Identifier: Apache-2.0 */
/* The site's configuration as the simulator needs it: which devices on which buses; and a copy of it with the
 * addresses at which they are really served. Reads and writes files; main thread. */
#pragma once

#include "drivers/sim/sim-site.h"

typedef struct {
    char *name;
    gboolean serial;
    guint16 port; /* TCP, as configured */
    char *tty;    /* RTU: path as configured */
    char *query;  /* "?baud=9600…" or "" */
    char *served; /* the address that is really served, NULL until then */
} SimConfigBus;

/* Reads DIRECTORY/devices.d into SITE, its cameras too; the buses in RET_BUSES (SimConfigBus, owned by the
 * caller). Devices of listeners and of profiles that are not simulated are left out, and said in RET_LEFT_OUT
 * (char *, owned by the caller). */
gboolean sim_config_load(const char *directory, SimSite *site, GPtrArray **ret_buses,
                         GPtrArray **ret_left_out, GError **error);

/* Copies DIRECTORY's configuration to OUT (made where missing), with the addresses at which BUSES and the
 * cameras of SITE are served, and with DATA_DIR unless it is NULL. OUT may be DIRECTORY. */
gboolean sim_config_write(const char *directory, const char *out, const SimSite *site, GPtrArray *buses,
                          const char *data_dir, GError **error);

/* Writes into OUT the configuration of a site of N chargers, PER_BUS on a TCP bus, polled each PERIOD_MS. */
gboolean sim_config_generate(const char *out, guint n, guint per_bus, guint period_ms, GError **error);

/* SPDX-License-Identifier: Apache-2.0 */
/* Serves the buses of a site: a TCP port of the loopback each, or a pseudo-terminal. Main thread (GLib's main
 * loop); bounded in clients and in bytes; no client can block it. */
#pragma once

#include "drivers/sim/sim-reply.h"

#define SIM_CLIENTS_MAX 32 /* per bus; more are closed */

typedef struct SimServer SimServer;

SimServer *sim_server_new(SimSite *site, GError **error);
void sim_server_free(SimServer *server);

/* Serves BUS on 127.0.0.1:PORT (0: a free one); the real port in RET_PORT. */
gboolean sim_server_add_tcp(SimServer *server, SimBus *bus, guint16 port, guint16 *ret_port, GError **error);

/* Serves BUS on a new pseudo-terminal, whose slave is linked at LINK (replaced where it is a link already).
 */
gboolean sim_server_add_rtu(SimServer *server, SimBus *bus, const char *link, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimServer, sim_server_free)

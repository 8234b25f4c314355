/* SPDX-License-Identifier: Apache-2.0 */
/* The gate in front of the service: counts the calls in flight, of all and of each sender, and turns away
 * what is too many or too large before it costs the main loop anything. GDBus calls the filter in its worker
 * thread; the counts have a lock. One gate serves one connection. */
#pragma once

#include <gio/gio.h>

#define SERVICE_GATE_CALLS 64       /* in flight at once */
#define SERVICE_GATE_SENDER 16      /* of one sender */
#define SERVICE_GATE_BODY_MAX 65536 /* bytes of one call's arguments */

typedef struct ServiceGate ServiceGate;

ServiceGate *service_gate_new(void);
void service_gate_free(ServiceGate *gate);

/* A call of SENDER with SERIAL comes in; false: turn it away. SILENT: it wants no answer. */
gboolean service_gate_enter(ServiceGate *gate, const char *sender, guint32 serial, gboolean silent);

/* The call of SENDER with SERIAL is answered; true where the answer is to be sent, which is so for calls the
 * gate does not know as well. */
gboolean service_gate_leave(ServiceGate *gate, const char *sender, guint32 serial);

/* How many are in flight. */
guint service_gate_get_calls(ServiceGate *gate);

/* A GDBusMessageFilterFunction with the gate as its data. */
GDBusMessage *service_gate_filter(GDBusConnection *connection, GDBusMessage *message, gboolean incoming,
                                  gpointer gate);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ServiceGate, service_gate_free)

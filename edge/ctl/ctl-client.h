/* SPDX-License-Identifier: Apache-2.0 */
/* The line from stationctl to the station: one connection, one call at a time, and what an error means to a
 * shell. */
#pragma once

#include "edge/ctl/ctl-options.h"

#include "edge/bus/station-bus.h"

#include <json-glib/json-glib.h>

typedef enum {
    CTL_EXIT_DONE = 0,
    CTL_EXIT_REFUSED = 1,
    CTL_EXIT_USAGE = 2,
    CTL_EXIT_UNREACHABLE = 3
} CtlExit;

#define CTL_CALL_MS 10000
#define CTL_STOP_MS 15000
#define CTL_BOOKS_MS 60000

typedef struct {
    const CtlOptions *options;
    const char *const *arguments; /* behind the command's name, NULL-terminated */
    StationmasterStation1 *proxy;
    GString *out;      /* what goes to stdout */
    gboolean coloured; /* stdout is a terminal that wants colours */
    char *staff, *pin; /* who acts; "" : nobody */
} Ctl;

/* A file with a PIN: a regular one that group and others can neither read nor write, of one line. NULL with
 * an error that names it. Free with ctl_client_free_pin(). */
char *ctl_client_read_pin(const char *file, GError **error);
void ctl_client_free_pin(char *pin);

/* Connects to the bus of ctl->options. */
gboolean ctl_client_connect(Ctl *ctl, GError **error);

/* Reads who acts from the options: PIN_FILE, or NULL for nobody. */
gboolean ctl_client_identify(Ctl *ctl, const char *pin_file, GError **error);

/* The next call may take TIMEOUT_MS. */
void ctl_client_set_timeout(Ctl *ctl, int timeout_ms);

/* Says on stderr why nothing was done, and with --json as {"error","reason"} in ctl->out; gives the exit
 * code. */
CtlExit ctl_client_fail(Ctl *ctl, const GError *error);

/* {"done": true} with --json, else TEXT as a line. */
CtlExit ctl_client_done(Ctl *ctl, const char *text);

/* TEXT, JSON from the station, parsed; NULL with an error. */
JsonNode *ctl_client_parse(const char *text, GError **error);

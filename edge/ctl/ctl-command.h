/* SPDX-License-Identifier: Apache-2.0 */
/* The table of stationctl's commands. A new command is a file `ctl-NAME.c`, its line below and its
 * line in the table of ctl-command.c; usage, checks of the arguments and completion follow from it. */
#pragma once

#include "edge/ctl/ctl-client.h"

typedef struct {
    const char *name;         /* "ack", or "staff add" */
    const char *arguments;    /* for the usage: "ID [--note T]" */
    const char *summary;      /* one line, translated */
    guint least, most;        /* arguments behind the name */
    guint options;            /* CtlOption that it takes */
    gboolean acts;            /* needs --staff and --pin-file */
    CtlExit (*run)(Ctl *ctl); /* leaves what is to be printed in ctl->out */
} CtlCommand;

#define CTL_COMMAND_ACTS (CTL_OPTION_STAFF | CTL_OPTION_PIN_FILE)
#define CTL_COMMAND_MAY_ACT                                                                                  \
    (CTL_COMMAND_ACTS | CTL_OPTION_STAFF_PIN_FILE) /* root and stationd's user need not */

/* The tables, each ended by a command without a name. */
extern const CtlCommand ctl_status_commands[];
extern const CtlCommand ctl_devices_commands[];
extern const CtlCommand ctl_points_commands[];
extern const CtlCommand ctl_connectors_commands[];
extern const CtlCommand ctl_alarms_commands[];
extern const CtlCommand ctl_act_commands[];
extern const CtlCommand ctl_events_commands[];
extern const CtlCommand ctl_staff_commands[];
extern const CtlCommand ctl_show_commands[];
extern const CtlCommand ctl_probe_commands[];
extern const CtlCommand ctl_books_commands[];

/* The command that WORDS (of the command line) begin with, with the number of words that name it in RET_N;
 * NULL with an error that names the nearest one. */
const CtlCommand *ctl_command_find(const char *const *words, guint *ret_n, GError **error);

/* Whether COMMAND takes OPTIONS and what stands behind its name. */
gboolean ctl_command_check(const CtlCommand *command, const CtlOptions *options, GError **error);

/* How to call COMMAND, or, where it is NULL, stationctl; the caller owns it. */
char *ctl_command_usage(const CtlCommand *command);

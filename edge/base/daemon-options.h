/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of a program that runs by a station's configuration: what such programs have in common.
 * Main thread, before any other. */
#pragma once

#include <glib.h>

typedef struct {
    char *config; /* a directory, always there */
    char *assets; /* where the shipped ones are, unless others are asked for */
    gboolean session_bus;
    gboolean version; /* is to be printed, and no more */
} DaemonOptions;

/* Sets the locale (numbers as in C) and reads the command line of a program that does WHAT ("- guard a
 * station"), and has OWN entries besides. Error: what is wrong with it, for its user. --help ends the
 * program. What *RET holds stands as long as the program. */
gboolean daemon_options_parse(const char *what, const GOptionEntry *own, int argc, char **argv,
                              DaemonOptions *ret, GError **error);

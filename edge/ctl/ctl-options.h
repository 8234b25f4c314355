/* SPDX-License-Identifier: Apache-2.0 */
/* stationctl's command line: options stand anywhere, all of them in one table. Texts are UTF-8. */
#pragma once

#include <glib.h>

#define CTL_OPTIONS_NONE G_MININT /* a number that nobody can mean */

/* Options that not every command takes. */
typedef enum {
    CTL_OPTION_ALL = 1 << 0,
    CTL_OPTION_NOTE = 1 << 1,
    CTL_OPTION_AFTER = 1 << 2,
    CTL_OPTION_LIMIT = 1 << 3,
    CTL_OPTION_EPOCH = 1 << 4,
    CTL_OPTION_ROLE = 1 << 5,
    CTL_OPTION_STAFF = 1 << 6,          /* --staff */
    CTL_OPTION_PIN_FILE = 1 << 7,       /* --pin-file */
    CTL_OPTION_STAFF_PIN_FILE = 1 << 8, /* --staff-pin-file */
} CtlOption;

typedef struct {
    gboolean help, version, json, all;
    gboolean session; /* --bus session */
    char **words;     /* the command and its arguments, NULL-terminated, never NULL */
    guint given;      /* CtlOption: which were there */
    char *bus, *config, *note, *role, *staff, *pin_file, *staff_pin_file; /* NULL: not given */
    gint64 after, epoch;                                                  /* CTL_OPTIONS_NONE: not given */
    int limit;                                                            /* CTL_OPTIONS_NONE: not given */
} CtlOptions;

/* Reads ARGV (NULL-terminated, with the program's name); NULL with an error that says what is wrong. */
CtlOptions *ctl_options_parse(const char *const *argv, GError **error);
void ctl_options_free(CtlOptions *options);

/* "--note" for CTL_OPTION_NOTE; static. */
const char *ctl_options_name(CtlOption option);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CtlOptions, ctl_options_free)

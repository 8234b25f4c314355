/* SPDX-License-Identifier: Apache-2.0 */
/* station-hq command: signs one command, sends it, and waits for the station's reply. Main thread. */
#pragma once

#include "sync/hq/hq-config.h"

#include <json-glib/json-glib.h>

typedef struct {
    const char *station, *verb;
    JsonNode *args;  /* an object */
    guint timeout_s; /* for the last reply; also how long the command is valid, up to 300 */
    gboolean json;
} HqCommand;

/* 0 done, 1 refused, failed or expired, 3 no answer. */
int hq_command_run(const HqConfig *config, const HqCommand *command);

/* WORDS ("KEY=VALUE", NULL-terminated) as an object: a whole number, true and false as such, all else as
 * text; what stands in double quotes is always text. NULL with ERROR. */
JsonNode *hq_command_parse_args(const char *const *words, GError **error);

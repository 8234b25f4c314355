/* SPDX-License-Identifier: Apache-2.0 */
/* Makes signed commands to stations (CONTRACT section 6), numbered by the database. The thread of its
 * HqDatabase. */
#pragma once

#include "sync/hq/hq-config.h"
#include "sync/hq/hq-database.h"
#include "sync/hq/hq-link.h"

#include <json-glib/json-glib.h>

/* Numbers, signs and publishes VERB with ARGS (a JSON object, borrowed) to STATION, valid for VALID_S (at
 * most 300). Commands of one issuer leave one after the other, over all instances, for a station takes none
 * whose number is not above the last. Its id is the caller's; NULL with ERROR. */
char *hq_issue_command(const HqConfig *config, HqDatabase *database, HqLink *link, const char *station,
                       const char *verb, JsonNode *args, guint valid_s, GError **error);

/* SPDX-License-Identifier: Apache-2.0 */
/* What stations say, as JSON for people and for `command`; events on their way to the database are read by
 * hq-envelope, which is faster. Any thread. */
#pragma once

#include <json-glib/json-glib.h>

/* TEXT where that is one object, at most HQ_EVENT_DEEPEST deep, else NULL. The caller owns it. */
JsonNode *hq_json_parse(const char *text);

/* The text NAME of OBJECT, borrowed; "" where there is none. */
const char *hq_json_get_text(JsonObject *object, const char *name);

/* SPDX-License-Identifier: Apache-2.0 */
/* JSON from outside, read by json-glib once it is known to be harmless. Any thread. */
#pragma once

#include <json-glib/json-glib.h>

#define COMMAND_JSON_DEPTH 8 /* objects and arrays in one another */

/* The object in TEXT, LENGTH bytes of anything; the caller owns it. COMMAND_ERROR_FORM where it is not valid
 * UTF-8 without NUL, not one JSON object, nested deeper than COMMAND_JSON_DEPTH, or has a member twice. */
JsonObject *command_json_parse(const char *text, gsize length, GError **error);

/* SPDX-License-Identifier: Apache-2.0 */
/* JSON from outside, read without trust: what is missing or of another type is NULL, NaN or FALSE. Main
 * thread. */
#pragma once

#include <json-glib/json-glib.h>

#define WALL_JSON_MOST (16 * 1024 * 1024) /* bytes of one answer */
#define WALL_JSON_DEEPEST 32              /* objects and arrays in one another */

/* TEXT as an array or object, or NULL where it is not one. */
JsonNode *wall_json_parse(const char *text, JsonNodeType type);
/* Element INDEX where it is an object, borrowed, else NULL. */
JsonObject *wall_json_element(JsonArray *array, guint index);
/* Member NAME: as text ("" where none), as safe text the caller owns, as number (NaN where none), as truth.
 */
const char *wall_json_text(JsonObject *object, const char *name);
char *wall_json_dup_safe(JsonObject *object, const char *name, guint most);
double wall_json_number(JsonObject *object, const char *name);
gboolean wall_json_is(JsonObject *object, const char *name);
/* Member NAME as an array or object, borrowed, or NULL. */
JsonArray *wall_json_array(JsonObject *object, const char *name);
JsonObject *wall_json_object(JsonObject *object, const char *name);
/* Member NAME as a time in Unix microseconds; 0 where none. */
gint64 wall_json_time(JsonObject *object, const char *name);
/* NAME or, where the wall speaks Chinese and there is one, NAME_zh_CN; safe text, the caller owns it. */
char *wall_json_dup_local(JsonObject *object, const char *name, guint most);

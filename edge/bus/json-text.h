/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as one line of text. json-glib prints a double with all 17 digits, so that a power of 12.3 kW reads
 * 12.300000000000001; what is measured is printed with 12 significant ones here. Any thread. */
#pragma once

#include <json-glib/json-glib.h>

/* Appends NODE (NULL: null) to TEXT. Numbers that JSON cannot say (NaN, infinity) become null; what is not
 * UTF-8 in a string is made so. */
void json_text_append(GString *text, JsonNode *node);

/* Appends STRING in quotes. */
void json_text_append_string(GString *text, const char *string);

/* Appends NUMBER, or null where JSON has no word for it. */
void json_text_append_number(GString *text, double number);

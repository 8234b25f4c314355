/* SPDX-License-Identifier: Apache-2.0 */
/* Text from outside before a person sees it, on a terminal, a label or in a log: it must not steer what shows
 * it. What steers is a control character (C0, C1, DEL), the end of a line or paragraph, and what is not seen
 * itself (Unicode's Cf: above all that which turns the direction of writing). Any thread. */
#pragma once

#include <glib.h>

/* TEXT (NULL: "") as one line: a blank for each character that steers, U+FFFD for what is no UTF-8. The
 * caller owns it. */
char *safe_text_dup(const char *text);

/* JSON, lines of it, as the same JSON: each character that steers, but the end of a line, as \uXXXX; for that
 * it must stand in a string, as it does in JSON without needless white space. The caller owns it. */
char *safe_text_escape_json(const char *json);

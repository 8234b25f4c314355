/* SPDX-License-Identifier: Apache-2.0 */
/* Values as people read them, in their language. The caller owns what is returned. */
#pragma once

#include <json-glib/json-glib.h>

/* "3 s", "5 min", "2 h", "4 d"; "–" for negative ones. */
char *ctl_format_age_ms(gint64 age_ms);

/* "2026-11-22T14:21:44.318+08:00" as "2026-11-22 14:21:44"; "–" for NULL. */
char *ctl_format_time(const char *text);

/* A word of CONTRACT section 4 or 5 ("charging", "critical") in the language of the locale; borrowed. */
const char *ctl_format_word(const char *word);

/* NUMBER with at most three decimals, or three digits where it is smaller than those can show. */
char *ctl_format_number(double number);

/* NODE (NULL, null and what is empty: "–") as text. */
char *ctl_format_node(JsonNode *node);

/* Whether the locale speaks Chinese. */
gboolean ctl_format_is_chinese(void);

/* The member at PATH ("rtt_ms.p50") of OBJECT, borrowed, or NULL. */
JsonNode *ctl_format_find(JsonObject *object, const char *path);

/* The text at PATH, borrowed; NULL where there is no text. */
const char *ctl_format_get_text(JsonObject *object, const char *path);

/* The number at PATH, or OTHERWISE. */
double ctl_format_get_number(JsonObject *object, const char *path, double otherwise);

/* Whether true stands at PATH. */
gboolean ctl_format_is_true(JsonObject *object, const char *path);

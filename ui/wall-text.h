/* SPDX-License-Identifier: Apache-2.0 */
/* Words and figures as the wall shows them: pure, in the language that gettext has. The caller owns what is
 * returned; times are Unix microseconds. Any thread. */
#pragma once

#include <glib.h>

#define WALL_TEXT_NONE "—" /* an empty or old value is never drawn like a fresh one */

/* "00:12", "1:02:03", "3 d 04:05". */
char *wall_text_duration(gint64 seconds);
/* How old something is, shortly: "8 s", "3 min", "2 h", "4 d". */
char *wall_text_age(gint64 seconds);
/* NUMBER with DECIMALS and thin spaces between thousands, then a space and UNIT ("": none); "—" where not
 * finite. */
char *wall_text_number(double number, int decimals, const char *unit);
/* "14:32:08" and "2026-07-22 Wednesday" (in Chinese as Chinese write it) in ZONE. */
char *wall_text_clock(gint64 wall_us, GTimeZone *zone);
char *wall_text_date(gint64 wall_us, GTimeZone *zone);
/* TEXT from outside as one line that steers nothing (edge/base/safe-text), at most MOST characters. */
char *wall_text_safe(const char *text, guint most);
/* How wide TEXT is: a Chinese letter has two columns. */
guint wall_text_count_columns(const char *text);

/* Whether the wall speaks Chinese. */
gboolean wall_text_is_chinese(void);

/* Of a connector's status, "" or an unknown word included: what is shown, its shape, and its style class;
 * static. */
typedef struct {
    const char *word;
    const char *shape;
    const char *style;
} WallTextState;
WallTextState wall_text_connector(const char *status, gboolean held, gboolean disabled, double soc);
/* Of a rung, its result, a severity and an alarm's state; static. */
const char *wall_text_rung(const char *rung);
WallTextState wall_text_result(const char *result);
WallTextState wall_text_severity(const char *severity);
const char *wall_text_alarm_state(const char *state);
/* What stationd says of a rung ("status finishing, current 0.2 A"), in the wall's language where it is known;
 * the caller owns it. */
char *wall_text_proof(const char *text);
/* How many others call, MORE than none; who has acted ("staff:li", "hq:ops", "button:io-01/ack"); what keeps
 * a person from acting, of a D-Bus error's NAME ("": none) and MESSAGE. The caller owns them. */
char *wall_text_more(guint more);
char *wall_text_actor(const char *who);
char *wall_text_refusal(const char *name, const char *message);

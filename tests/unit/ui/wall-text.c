/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-text.h"

#include <math.h>

static void check(char *text, const char *wanted)
{
    g_assert_cmpstr(text, ==, wanted);
    g_free(text);
}

static void test_duration(void)
{
    check(wall_text_duration(0), "00:00");
    check(wall_text_duration(-5), "00:00");
    check(wall_text_duration(3599), "59:59");
    check(wall_text_duration(3600), "1:00:00");
    check(wall_text_duration(86399), "23:59:59");
    check(wall_text_duration(2 * 86400 + 3 * 3600 + 60), "2 d 03:01");
    g_free(wall_text_duration(G_MAXINT64));
}

static void test_age(void)
{
    check(wall_text_age(59), "59 s");
    check(wall_text_age(60), "1 min");
    check(wall_text_age(7200), "2 h");
    check(wall_text_age(86400), "1 d");
}

static void test_number(void)
{
    check(wall_text_number(58.25, 1, "kW"), "58.2 kW");
    check(wall_text_number(-0.04, 1, ""), "0.0");
    check(wall_text_number(1284.6, 1, ""), "1\u2009284.6");
    check(wall_text_number(-1234567, 0, ""), "-1\u2009234\u2009567");
    check(wall_text_number(-123, 0, ""), "-123");
    check(wall_text_number((double)NAN, 1, "kW"), WALL_TEXT_NONE);
    check(wall_text_number((double)INFINITY, 1, "kW"), WALL_TEXT_NONE);
    check(wall_text_number(1e300, 1, "kW"), WALL_TEXT_NONE);
}

static void test_clock(void)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier("Asia/Shanghai");

    check(wall_text_clock(1784701928 * (gint64)G_USEC_PER_SEC, zone), "14:32:08");
    check(wall_text_date(1784701928 * (gint64)G_USEC_PER_SEC, zone), "2026-07-22 Wednesday");
    check(wall_text_date(G_MAXINT64, zone), WALL_TEXT_NONE);
}

static void test_safe(void)
{
    check(wall_text_safe("a\nb\u202e\u2028c", 9), "a b  c");
    check(wall_text_safe("充电站场", 4), "充电站场");
    check(wall_text_safe("充电站场", 3), "充电…");
    check(wall_text_safe(NULL, 9), "");
    g_assert_cmpuint(wall_text_count_columns("充电 1"), ==, 6);
}

static void test_connector(void)
{
    g_assert_cmpstr(wall_text_connector("charging", FALSE, FALSE, 50).style, ==, "charging");
    g_assert_cmpstr(wall_text_connector("charging", TRUE, FALSE, 50).style, ==, "held");
    g_assert_cmpstr(wall_text_connector("finishing", FALSE, FALSE, 100).word, ==, "Full");
    g_assert_cmpstr(wall_text_connector("", FALSE, FALSE, (double)NAN).style, ==, "unknown");
    g_assert_cmpstr(wall_text_connector("<b>", FALSE, FALSE, (double)NAN).style, ==, "unknown");
}

static void test_proof(void)
{
    check(wall_text_proof("status finishing, current 0.2 A"), "status Finished, current 0.2 A");
    check(wall_text_proof("resumed: status charging"), "resumed: status Charging");
    check(wall_text_proof("contact io-01/breaker-1 open, no newer reading shows a current"),
          "contact io-01/breaker-1 open, no newer reading shows a current");
    check(wall_text_proof("refused: no answer"), "refused: no answer");
    check(wall_text_proof("refused: refused: refused: "), "refused: refused: refused: ");
    check(wall_text_proof("nobody has said this yet"), "nobody has said this yet");
    check(wall_text_proof(", , "), ", , ");
    check(wall_text_proof(""), "");
}

static void test_refusal(void)
{
    const char *const refused = "org.stationmaster.Error.Refused";

    check(wall_text_refusal(refused, "wrong name or PIN"), "Wrong PIN.");
    check(wall_text_refusal(refused, "alarm 20260722T143156-1 was acknowledged already by staff:li"),
          "This alarm has been acknowledged already.");
    check(wall_text_refusal(refused, "alarm 20260722T143156-1 is over"), "This alarm is over.");
    check(wall_text_refusal("org.stationmaster.Error.NotFound", "there is no open alarm 20260722T143156-1"),
          "This alarm is over.");
    check(wall_text_refusal(refused, "too many checks at once; try again"),
          "The station is busy. Try again.");
    check(wall_text_refusal("org.stationmaster.Error.Busy", "anything"), "The station is busy. Try again.");
    check(wall_text_refusal("org.freedesktop.DBus.Error.NoReply", ""),
          "The station does not answer. Try again.");
    check(wall_text_refusal(refused, "nobody has\nsaid this yet"), "Refused: nobody has said this yet");
    check(wall_text_refusal("", ""), "Refused: ");
}

static void test_actor(void)
{
    check(wall_text_actor("staff:li"), "li");
    check(wall_text_actor("hq:ops"), "headquarters (ops)");
    check(wall_text_actor("button:io-01/ack"), "the button io-01/ack");
    check(wall_text_actor("uid:0"), "uid:0");
    check(wall_text_more(1), "1 more alarm calls");
    check(wall_text_more(2), "2 more alarms call");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wall-text/duration", test_duration);
    g_test_add_func("/wall-text/age", test_age);
    g_test_add_func("/wall-text/number", test_number);
    g_test_add_func("/wall-text/clock", test_clock);
    g_test_add_func("/wall-text/safe", test_safe);
    g_test_add_func("/wall-text/connector", test_connector);
    g_test_add_func("/wall-text/proof", test_proof);
    g_test_add_func("/wall-text/refusal", test_refusal);
    g_test_add_func("/wall-text/actor", test_actor);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The life of an alarm: every state × every event, against the table of ISA-18.2. */
#include "edge/safety/alarm.h"

#include <string.h>

typedef enum { RETURN_ACTIVE, RETURN_NORMAL, ACKNOWLEDGE, RESET, N_EVENTS } Event;

#define U ALARM_STATE_UNACKNOWLEDGED
#define A ALARM_STATE_ACKNOWLEDGED
#define R ALARM_STATE_RETURNED_UNACKNOWLEDGED
#define L ALARM_STATE_LATCHED
#define N ALARM_STATE_NORMAL

/* What comes after each state and event; refused events leave it as it is. */
static const struct {
    gboolean latch;
    AlarmState from;
    AlarmState to[N_EVENTS];
    gboolean refuses_acknowledge, refuses_reset;
} table[] = {
    { FALSE, U, { U, R, A, U }, FALSE, TRUE }, { FALSE, A, { A, N, A, A }, TRUE, TRUE },
    { FALSE, R, { U, R, N, R }, FALSE, TRUE }, { FALSE, N, { N, N, N, N }, TRUE, TRUE },
    { TRUE, U, { U, R, A, U }, FALSE, TRUE },  { TRUE, A, { A, L, A, A }, TRUE, TRUE },
    { TRUE, R, { U, R, L, R }, FALSE, TRUE },  { TRUE, L, { U, L, L, N }, TRUE, FALSE },
    { TRUE, N, { N, N, N, N }, TRUE, TRUE },
};

static Alarm *make(gboolean latch, guint actions)
{
    SiteRule rule = { .name = (char *)(gpointer) "hot",
                      .latch = latch,
                      .actions = actions,
                      .title = (char *)(gpointer) "Hot" };

    return alarm_new("20261122T132144-00000001-1", &rule, "dc-01/1", "bay-a", (Moment){ 100, 1000 });
}

static void bring_to(Alarm *alarm, AlarmState state)
{
    Moment now = { 200, 2000 };

    if (state == A || state == L || state == N)
        g_assert_true(alarm_acknowledge(alarm, "staff:li", "seen", now, NULL));
    if (state == R || state == L || state == N)
        alarm_return_normal(alarm, now);
    if (state == N && alarm->latch)
        g_assert_true(alarm_reset(alarm, "staff:li", now, NULL));
    g_assert_cmpint(alarm_get_state(alarm), ==, state);
}

static void test_states(void)
{
    Moment now = { 300, 3000 };

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        for (guint event = 0; event < N_EVENTS; event++) {
            g_autoptr(Alarm) alarm = make(table[i].latch, SITE_DO_SIREN | SITE_DO_STROBE);
            g_autoptr(GError) error = NULL;
            gboolean done = TRUE, refuses = FALSE;

            bring_to(alarm, table[i].from);
            if (event == RETURN_ACTIVE && table[i].from == N)
                continue; /* the next occurrence is another alarm */
            if (event == RETURN_ACTIVE)
                alarm_return_active(alarm);
            else if (event == RETURN_NORMAL)
                alarm_return_normal(alarm, now);
            else if (event == ACKNOWLEDGE)
                done = alarm_acknowledge(alarm, "staff:wang", "too", now, &error);
            else
                done = alarm_reset(alarm, "staff:wang", now, &error);
            refuses = (event == ACKNOWLEDGE && table[i].refuses_acknowledge) ||
                      (event == RESET && table[i].refuses_reset);
            g_assert_cmpint(alarm_get_state(alarm), ==, table[i].to[event]);
            g_assert_cmpint(done, ==, !refuses);
            if (refuses)
                g_assert_error(error, ALARM_ERROR, ALARM_ERROR_STATE);
            else
                g_assert_no_error(error);
        }
    }
}

static void test_again(void)
{
    g_autoptr(Alarm) alarm = make(TRUE, SITE_DO_SIREN);

    alarm_silence(alarm, 10000);
    bring_to(alarm, L);
    alarm_return_active(alarm);
    g_assert_cmpint(alarm_get_state(alarm), ==, U);
    g_assert_cmpint(alarm->occurrence_count, ==, 2);
    g_assert_cmpint(alarm->raised_at.boot_us, ==, 100);
    g_assert_cmpint(alarm->cleared_at.boot_us, ==, 0);
    g_assert_cmpstr(alarm->acknowledged_by, ==, "");
    g_assert_true(alarm_wants_siren(alarm, 400));
}

static void test_sound_and_light(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(Alarm) alarm = make(table[i].latch, SITE_DO_SIREN | SITE_DO_STROBE);
        g_autoptr(Alarm) quiet = make(table[i].latch, 0);
        AlarmState state = table[i].from;

        bring_to(alarm, state);
        bring_to(quiet, state);
        g_assert_cmpint(alarm_wants_siren(alarm, 500), ==, state == U || state == R);
        g_assert_cmpint(alarm_wants_strobe(alarm), ==, state != N);
        g_assert_false(alarm_wants_siren(quiet, 500));
        g_assert_false(alarm_wants_strobe(quiet));
        alarm_silence(alarm, 1000);
        g_assert_false(alarm_wants_siren(alarm, 999));
        g_assert_cmpint(alarm_wants_siren(alarm, 1000), ==, state == U || state == R);
    }
}

static void test_texts(void)
{
    char text[8];
    g_autoptr(Alarm) alarm = make(FALSE, 0);
    g_autofree char *note = g_strnfill(1000, 'x');

    alarm_copy_text(text, sizeof text, "过温报警");
    g_assert_cmpstr(text, ==, "过温");
    alarm_copy_text(text, sizeof text,
                    "ab\xff"
                    "cd");
    g_assert_cmpstr(text, ==, "ab");
    alarm_copy_text(text, sizeof text, NULL);
    g_assert_cmpstr(text, ==, "");
    g_assert_true(alarm_acknowledge(alarm, "staff:li", note, (Moment){ 1, 1 }, NULL));
    g_assert_cmpint(strlen(alarm->note), ==, ALARM_NOTE_SIZE - 1);
    g_assert_cmpstr(alarm->title_zh, ==, "Hot");
}

static void test_steps(void)
{
    g_autoptr(Alarm) alarm = make(FALSE, 0);

    g_assert_cmpint(alarm_add_step(alarm, "dc-01/1", SITE_RUNG_SOFT, ""), ==, 0);
    g_assert_cmpint(alarm_add_step(alarm, "dc-01/1", SITE_RUNG_FEEDER, ""), ==, 1);
    g_assert_cmpint(alarm_add_step(alarm, "dc-02/1", SITE_RUNG_FEEDER, "shared-feeder"), ==, 2);
    g_assert_cmpint(alarm_add_step(alarm, "dc-01/1", SITE_RUNG_FEEDER, ""), ==, 1);
    g_assert_cmpstr(g_array_index(alarm->ladder, AlarmStep, 2).cause, ==, "shared-feeder");
    g_assert_cmpstr(alarm_step_result_name(ALARM_STEP_SKIPPED), ==, "skipped");
    g_assert_cmpstr(alarm_state_name(ALARM_STATE_RETURNED_UNACKNOWLEDGED), ==, "returned-unacknowledged");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/alarm/states", test_states);
    g_test_add_func("/alarm/again", test_again);
    g_test_add_func("/alarm/sound-and-light", test_sound_and_light);
    g_test_add_func("/alarm/texts", test_texts);
    g_test_add_func("/alarm/steps", test_steps);
    return g_test_run();
}

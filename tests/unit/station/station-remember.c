/* SPDX-License-Identifier: Apache-2.0 */
/* What the books keep of an alarm gives the same alarm again. */
#include "edge/bus/view.h"
#include "edge/station/station-private.h"

#define ID "20261122T132144-00000001-1"
#define RAISED_US G_GINT64_CONSTANT(1795325304318654)
#define TEXT(text) ((char *)(gpointer)(text))

static const SiteRule hot = { .name = TEXT("hot"),
                              .severity = SITE_SEVERITY_HIGH,
                              .actions = SITE_DO_STOP | SITE_DO_SIREN | SITE_DO_WORK_ORDER,
                              .latch = TRUE,
                              .title = TEXT("Too \"hot\""),
                              .title_zh = TEXT("过温"),
                              .advice = TEXT("Keep\naway"),
                              .advice_zh = TEXT("勿靠近") };

static Moment at(gint64 after_us)
{
    return (Moment){ .boot_us = 5000 + after_us, .wall_us = RAISED_US + after_us };
}

/* One in the midst of its life, with every field set. */
static Alarm *make(void)
{
    Alarm *alarm = alarm_new(ID, &hot, "dc-01/1", "bay-a", at(0));
    guint place = alarm_add_step(alarm, "dc-01/1", SITE_RUNG_SOFT, "");
    AlarmStep *step = &g_array_index(alarm->ladder, AlarmStep, place);

    step->result = ALARM_STEP_FAILED;
    step->commanded_at = at(10);
    alarm_copy_text(step->proof, sizeof step->proof, "current 81.0 A");
    place = alarm_add_step(alarm, "dc-02/1", SITE_RUNG_FEEDER, "shared-feeder");
    step = &g_array_index(alarm->ladder, AlarmStep, place);
    step->result = ALARM_STEP_PROVEN;
    step->commanded_at = at(20);
    step->proven_at = at(30);
    g_assert_true(alarm_acknowledge(alarm, "staff:wang", "it's 'seen' \\", at(40), NULL));
    alarm_return_normal(alarm, at(50));
    alarm->occurrence_count = 3;
    alarm->by_unknown = TRUE;
    alarm_copy_text(alarm->value, sizeof alarm->value, "64.70");
    alarm_copy_text(alarm->unit, sizeof alarm->unit, "°C");
    alarm_copy_text(alarm->cause, sizeof alarm->cause, "20261122T132144-00000001-0");
    alarm->latency_command_us = 1234;
    alarm->latency_proof_us = 987654;
    alarm->transitions = 7;
    return alarm;
}

/* The row of alarm-open-list. RECORD NULL: of an older program. */
static JsonObject *make_row(const Alarm *alarm, const char *record, const char *object)
{
    JsonObject *row = json_object_new();

    json_object_set_string_member(row, "id", alarm->id);
    json_object_set_string_member(row, "rule", alarm->rule);
    json_object_set_string_member(row, "subject", alarm->subject);
    json_object_set_string_member(row, "severity", site_severity_name(alarm->severity));
    json_object_set_int_member(row, "raised_at_us", alarm->raised_at.wall_us);
    json_object_set_int_member(row, "transitions", alarm->transitions);
    json_object_set_string_member(row, "object", object);
    if (record)
        json_object_set_string_member(row, "record", record);
    else
        json_object_set_null_member(row, "record");
    return row;
}

/* Remembered by a station whose only rule is RULE (NULL: none). */
static Alarm *remember(const SiteRule *rule, const Alarm *alarm, const char *record, const char *object)
{
    g_autoptr(GPtrArray) rules = g_ptr_array_new();
    g_autoptr(JsonObject) row = make_row(alarm, record, object);
    Site site = { .rules = rules };
    Station station = { .site = &site };

    if (rule)
        g_ptr_array_add(rules, (gpointer)rule);
    return station_remember_alarm(&station, row);
}

static void expect_moment(Moment found, Moment wanted, gint64 precision_us)
{
    g_assert_cmpint(found.boot_us != 0, ==, wanted.boot_us != 0);
    g_assert_cmpint(found.wall_us, ==, wanted.boot_us ? wanted.wall_us / precision_us * precision_us : 0);
}

static void expect_step(const AlarmStep *found, const AlarmStep *wanted, gint64 precision_us)
{
    g_assert_cmpstr(found->connector, ==, wanted->connector);
    g_assert_cmpint(found->rung, ==, wanted->rung);
    g_assert_cmpint(found->result, ==, wanted->result);
    expect_moment(found->commanded_at, wanted->commanded_at, precision_us);
    expect_moment(found->proven_at, wanted->proven_at, precision_us);
    g_assert_cmpstr(found->proof, ==, wanted->proof);
    g_assert_cmpstr(found->cause, ==, wanted->cause);
}

static void expect_texts(const Alarm *found, const Alarm *wanted)
{
    g_assert_cmpstr(found->id, ==, wanted->id);
    g_assert_cmpstr(found->rule, ==, wanted->rule);
    g_assert_cmpstr(found->subject, ==, wanted->subject);
    g_assert_cmpstr(found->zone, ==, wanted->zone);
    g_assert_cmpstr(found->title, ==, wanted->title);
    g_assert_cmpstr(found->title_zh, ==, wanted->title_zh);
    g_assert_cmpstr(found->advice, ==, wanted->advice);
    g_assert_cmpstr(found->advice_zh, ==, wanted->advice_zh);
    g_assert_cmpstr(found->acknowledged_by, ==, wanted->acknowledged_by);
    g_assert_cmpstr(found->note, ==, wanted->note);
    g_assert_cmpstr(found->cause, ==, wanted->cause);
}

static void expect_alarm(const Alarm *found, const Alarm *wanted, gint64 precision_us)
{
    g_assert_nonnull(found);
    expect_texts(found, wanted);
    g_assert_cmpint(found->severity, ==, wanted->severity);
    g_assert_cmpuint(found->actions, ==, wanted->actions);
    g_assert_cmpint(found->latch, ==, wanted->latch);
    g_assert_cmpint(found->by_unknown, ==, wanted->by_unknown);
    g_assert_cmpint(alarm_get_state(found), ==, alarm_get_state(wanted));
    g_assert_cmpuint(found->occurrence_count, ==, wanted->occurrence_count);
    g_assert_cmpuint(found->transitions, ==, wanted->transitions);
    expect_moment(found->raised_at, wanted->raised_at, precision_us);
    expect_moment(found->acknowledged_at, wanted->acknowledged_at, precision_us);
    expect_moment(found->cleared_at, wanted->cleared_at, precision_us);
    g_assert_cmpint(found->latency_command_us, ==, wanted->latency_command_us);
    g_assert_cmpint(found->latency_proof_us, ==, wanted->latency_proof_us);
    g_assert_cmpuint(found->ladder->len, ==, wanted->ladder->len);
    for (guint i = 0; i < wanted->ladder->len; i++)
        expect_step(&g_array_index(found->ladder, AlarmStep, i), &g_array_index(wanted->ladder, AlarmStep, i),
                    precision_us);
}

/* The record gives all of it back, whatever has become of the rule and whatever the public object says. */
static void test_record(void)
{
    SiteRule loosened = hot;
    g_autoptr(Alarm) whole = make();
    g_autoptr(Alarm) fresh = alarm_new(ID, &hot, "dc-01/1", "", at(0));
    g_autofree char *of_whole = station_remember_pack(whole);
    g_autofree char *of_fresh = station_remember_pack(fresh);

    loosened.actions = SITE_DO_VIEW;
    loosened.latch = FALSE;
    const SiteRule *const rules[] = { &hot, &loosened, NULL };
    for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
        g_autoptr(Alarm) found = remember(rules[i], whole, of_whole, "{}");
        g_autoptr(Alarm) other = remember(rules[i], fresh, of_fresh, "no JSON");

        expect_alarm(found, whole, 1);
        g_assert_cmpstr(found->value, ==, whole->value);
        g_assert_cmpstr(found->unit, ==, "°C");
        expect_alarm(other, fresh, 1);
    }
}

/* A row without a record is read from its public object, to the millisecond, and by the rule as it is. So is
 * one whose record cannot be read. */
static void test_object(void)
{
    static const char *const records[] = { NULL, "", "rubbish", "{'active': <true>", "['a']", "<5>" };
    g_autoptr(Alarm) alarm = make();
    g_autofree char *object = view_take_text(view_alarm(alarm, NULL));

    for (guint i = 0; i < G_N_ELEMENTS(records); i++) {
        g_autoptr(Alarm) found = remember(&hot, alarm, records[i], object);

        expect_alarm(found, alarm, 1000);
        g_assert_cmpstr(found->value, ==, "64.7");
        g_assert_cmpstr(found->unit, ==, "°C");
    }
    g_autoptr(Alarm) orphan = remember(NULL, alarm, NULL, object);

    g_assert_cmpuint(orphan->actions, ==, 0);
    g_assert_true(orphan->latch);
    expect_texts(orphan, alarm);
}

/* Keys of a later program are passed over, and so is what is missing or of another type. */
static void test_other_record(void)
{
    g_autoptr(Alarm) alarm = make();
    g_autoptr(Alarm) found =
        remember(NULL, alarm,
                 "{'shelved': <int64 5>, 'active': <true>, 'latch': <'yes'>, 'occurrences': <'many'>,"
                 " 'actions': <['siren', 'dance']>, 'note': <uint32 1>, 'ladder': <["
                 "('dc-01/1', 'roof', 'proven', int64 1, int64 2, '', ''),"
                 "('dc-01/1', 'soft', 'somehow', int64 1, int64 0, '', '')]>}",
                 "{}");

    g_assert_true(found->active);
    g_assert_false(found->latch || found->acknowledged || found->over);
    g_assert_cmpuint(found->occurrence_count, ==, 1);
    g_assert_cmpuint(found->actions, ==, SITE_DO_SIREN);
    g_assert_cmpstr(found->note, ==, "");
    g_assert_cmpint(found->latency_proof_us, ==, -1);
    g_assert_cmpuint(found->ladder->len, ==, 1);
    g_assert_cmpint(g_array_index(found->ladder, AlarmStep, 0).result, ==, ALARM_STEP_FAILED);
}

static void test_nothing(void)
{
    g_autoptr(Alarm) alarm = make();

    g_assert_null(remember(&hot, alarm, NULL, "no JSON"));
    g_assert_null(remember(&hot, alarm, NULL, "[]"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/station-remember/record", test_record);
    g_test_add_func("/station-remember/object", test_object);
    g_test_add_func("/station-remember/other-record", test_other_record);
    g_test_add_func("/station-remember/nothing", test_nothing);
    return g_test_run();
}

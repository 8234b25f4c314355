/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bus/view.h"

#include "tests/lib/fake-guard.h"

#include <math.h>
#include <string.h>

typedef struct {
    Model *model;
    Guard *guard;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Site *site = fake_guard_new_site(2);

    fixture->model = model_new(site);
    fixture->guard = fake_guard_new(fixture->model);
    site_unref(site);
}

static void tear_down(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    fake_guard_free(fixture->guard);
    model_free(fixture->model);
}

static void read_point(Model *model, const char *path, PointQuality quality, double number, const char *text)
{
    PointValue value = { .number = number };
    Moment now = { .boot_us = 5000000, .wall_us = 1700000000000000 };

    g_strlcpy(value.text, text, sizeof value.text);
    model_read(model, model_find_point(model, path), quality, &value, 4900000, now);
}

static Alarm *new_stopped_alarm(void)
{
    Alarm *alarm = fake_guard_new_alarm("20261122T062144-1a2b-1");
    AlarmStep step = { .connector = "dc-01/1",
                       .rung = SITE_RUNG_SOFT,
                       .result = ALARM_STEP_PROVEN,
                       .commanded_at = { 1004000, 1795328504322000 },
                       .proven_at = { 1904000, 1795328505222000 },
                       .proof = "status finishing, current 0.0 A" };

    g_array_append_val(alarm->ladder, step);
    alarm->latency_command_us = 4250;
    alarm->latency_proof_us = 904000;
    return alarm;
}

static void test_alarm_fresh(void)
{
    g_autoptr(Alarm) alarm = fake_guard_new_alarm("20261122T062144-1a2b-1");
    g_autoptr(GTimeZone) zone = g_time_zone_new_offset(8 * 3600);
    g_autofree char *text = view_take_text(view_alarm(alarm, zone));

    g_assert_cmpstr(
        text, ==,
        "{\"id\":\"20261122T062144-1a2b-1\",\"rule\":\"battery-over-temperature\",\"subject\":\"dc-01/1\","
        "\"severity\":\"high\",\"state\":\"unacknowledged\",\"active\":true,\"acknowledged\":false,"
        "\"silenced\":false,\"latched\":true,\"shelved\":false,\"suppressed\":false,\"out_of_service\":false,"
        "\"cause\":null,\"raised_at\":\"2026-11-22T14:21:44.318+08:00\",\"acknowledged_at\":null,"
        "\"acknowledged_by\":null,\"cleared_at\":null,\"value\":61.5,\"unit\":\"°C\",\"title\":\"Battery "
        "over temperature\","
        "\"title_zh_CN\":\"电池过温\",\"advice\":\"Keep "
        "away.\",\"advice_zh_CN\":\"请勿靠近。\",\"first_out\":null,"
        "\"incident\":null,\"latency_ms\":{\"command\":null,\"proof\":null},\"ladder\":[],\"skipped\":[],"
        "\"zone\":\"bay-a\","
        "\"note\":null,\"by_unknown\":false,\"occurrences\":1}");
}

static void test_alarm_ladder(void)
{
    g_autoptr(Alarm) alarm = new_stopped_alarm();
    g_autoptr(GTimeZone) zone = g_time_zone_new_offset(8 * 3600);
    g_autofree char *text = view_take_text(view_alarm(alarm, zone));

    g_assert_nonnull(
        strstr(text, "\"latency_ms\":{\"command\":4.25,\"proof\":904},\"ladder\":[{\"connector\":\"dc-01/1\","
                     "\"rung\":\"soft\",\"commanded_at\":\"2026-11-22T14:21:44.322+08:00\","
                     "\"proven_at\":\"2026-11-22T14:21:45.222+08:00\",\"result\":\"proven\","
                     "\"proof\":\"status finishing, current 0.0 A\",\"cause\":null}]"));
}

static void test_alarm_over(void)
{
    g_autoptr(Alarm) alarm = new_stopped_alarm();

    g_assert_true(alarm_acknowledge(alarm, "staff:王伟", "已到场", (Moment){ 2, 1795328600000000 }, NULL));
    alarm_silence(alarm, G_MAXINT64);
    g_autofree char *silenced = view_take_text(view_alarm(alarm, NULL));

    g_assert_nonnull(strstr(silenced, "\"silenced\":true"));
    g_assert_nonnull(strstr(silenced, "\"acknowledged_by\":\"staff:王伟\""));
    g_assert_nonnull(strstr(silenced, "\"note\":\"已到场\""));
    g_assert_nonnull(strstr(silenced, "\"acknowledged_at\":\"2026-11-22T06:23:20.000+00:00\""));
    alarm_return_normal(alarm, (Moment){ 3, 1795328700000000 });
    g_assert_true(alarm_reset(alarm, "staff:王伟", (Moment){ 4, 1795328800000000 }, NULL));
    g_autofree char *over = view_take_text(view_alarm(alarm, NULL));

    g_assert_nonnull(strstr(over, "\"state\":\"normal\""));
    g_assert_nonnull(strstr(over, "\"latched\":false"));
    g_assert_nonnull(strstr(over, "\"silenced\":false"));
}

static void test_alarm_values(void)
{
    static const char *const cases[][2] = { { "61.5", "\"value\":61.5," },
                                            { "-3", "\"value\":-3," },
                                            { "charging", "\"value\":\"charging\"," },
                                            { "", "\"value\":null," },
                                            { "nan", "\"value\":\"nan\"," },
                                            { "61.5 °C", "\"value\":\"61.5 °C\"," },
                                            { "1e999", "\"value\":\"1e999\"," } };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Alarm) alarm = fake_guard_new_alarm("a");

        g_strlcpy(alarm->value, cases[i][0], sizeof alarm->value);
        g_autofree char *text = view_take_text(view_alarm(alarm, NULL));

        g_assert_nonnull(strstr(text, cases[i][1]));
    }
}

static const char *get_disabler(guint connector, gpointer user_data G_GNUC_UNUSED)
{
    return connector == 1 ? "hq:ops" : NULL;
}

static void test_connectors(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    read_point(fixture->model, "dc-01/1/status", POINT_QUALITY_GOOD, 2, "charging");
    read_point(fixture->model, "dc-01/1/power", POINT_QUALITY_GOOD, 3 * 0.1, "");
    read_point(fixture->model, "dc-01/1/current", POINT_QUALITY_BAD, 0, "");
    read_point(fixture->model, "dc-01/1/soc", POINT_QUALITY_ABSENT, 0, "");
    fake_guard_add(fixture->guard, new_stopped_alarm());
    g_autofree char *text =
        view_take_text(view_connectors(fixture->model, fixture->guard, get_disabler, NULL));

    g_assert_cmpstr(
        text, ==,
        "[{\"path\":\"dc-01/"
        "1\",\"status\":\"charging\",\"held\":true,\"hold_alarm\":\"20261122T062144-1a2b-1\","
        "\"hold_cause\":null,\"disabled\":false,\"disabled_by\":null,\"order\":null,\"current\":null,"
        "\"current_quality\":\"bad\",\"power\":0.3,"
        "\"soc\":null,"
        "\"soc_quality\":\"absent\",\"vin\":null,\"vin_quality\":\"unknown\"},"
        "{\"path\":\"dc-02/"
        "1\",\"status\":null,\"held\":false,\"hold_alarm\":null,\"hold_cause\":null,\"disabled\":true,"
        "\"disabled_by\":\"hq:ops\",\"order\":null,"
        "\"status_quality\":\"unknown\",\"current\":null,\"current_quality\":\"unknown\",\"power\":null,"
        "\"power_quality\":\"unknown\",\"soc\":null,\"soc_quality\":\"unknown\",\"vin\":null,"
        "\"vin_quality\":\"unknown\"}]");
}

static guint count_points(const Model *model, const char *glob)
{
    guint count = 0;

    for (guint i = 0; i < model->n_points; i++)
        count += view_matches(glob, model->points[i].path);
    return count;
}

static void test_points_glob(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_cmpuint(count_points(fixture->model, ""), ==, fixture->model->n_points);
    g_assert_cmpuint(count_points(fixture->model, "*"), ==, fixture->model->n_points);
    g_assert_cmpuint(count_points(fixture->model, "dc-01/1/*"), ==, 5);
    g_assert_cmpuint(count_points(fixture->model, "dc*power"), ==, 2);
    g_assert_cmpuint(count_points(fixture->model, "dc-0?/1/power"), ==, 2);
    g_assert_cmpuint(count_points(fixture->model, "*/1/*o*"), ==, 4);
    g_assert_cmpuint(count_points(fixture->model, "dc-01/1/powe"), ==, 0);
    g_assert_cmpuint(count_points(fixture->model, "dc-01/1/power?"), ==, 0);
    g_assert_cmpuint(count_points(fixture->model, "dc-01/1/power*"), ==, 1);
    /* one that takes a matcher that tries all ways longer than the test may last */
    g_assert_cmpuint(count_points(fixture->model, "*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*~"), ==,
                     0);
}

static void assert_point(const Model *model, const char *path, const char *quality, double number,
                         const char *text, gint64 age_ms)
{
    const Point *point = &model->points[model_find_point(model, path)];
    g_autoptr(GVariant) shown = g_variant_ref_sink(view_point(point, 6000000));
    const char *got_path, *got_text, *unit, *got_quality;
    gint64 time_us, got_age_ms;
    double got;

    g_assert_true(g_variant_is_of_type(shown, G_VARIANT_TYPE(VIEW_POINT_TYPE)));
    g_variant_get(shown, "(&sd&s&s&sxx)", &got_path, &got, &got_text, &unit, &got_quality, &time_us,
                  &got_age_ms);
    g_assert_cmpstr(got_path, ==, path);
    g_assert_cmpstr(got_quality, ==, quality);
    g_assert_cmpstr(got_text, ==, text);
    g_assert_true(isnan(number) ? isnan(got) : got == number);
    g_assert_cmpint(got_age_ms, ==, age_ms);
    g_assert_cmpint(time_us, ==, age_ms < 0 ? 0 : 1700000000000000);
}

static void test_points_values(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Model *model = fixture->model;

    read_point(model, "dc-01/1/status", POINT_QUALITY_GOOD, 2, "charging");
    read_point(model, "dc-01/1/power", POINT_QUALITY_GOOD, 57.5, "");
    read_point(model, "dc-01/1/soc", POINT_QUALITY_GOOD, 40, "");
    read_point(model, "dc-01/1/current", POINT_QUALITY_BAD, 0, "");
    model->points[model_find_point(model, "dc-01/1/soc")].quality = POINT_QUALITY_STALE;
    assert_point(model, "dc-01/1/status", "good", 2, "charging", 1000);
    assert_point(model, "dc-01/1/power", "good", 57.5, "", 1000);
    assert_point(model, "dc-01/1/soc", "stale", 40, "", 1000);
    assert_point(model, "dc-01/1/current", "bad", NAN, "", 1000);
    assert_point(model, "dc-01/1/vin", "unknown", NAN, "", -1);
}

static void test_connector_change(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    read_point(fixture->model, "dc-02/1/status", POINT_QUALITY_GOOD, 2, "charging");
    read_point(fixture->model, "dc-02/1/current", POINT_QUALITY_GOOD, 100, "");
    g_autoptr(GVariant) change =
        g_variant_ref_sink(view_connector_change(fixture->model, fixture->guard, 1, "hq:hq-2026"));
    const char *path, *status, *by;
    double power, current, soc;
    gboolean held;

    g_variant_get(change, "(&s&sdddb&s)", &path, &status, &power, &current, &soc, &held, &by);
    g_assert_cmpstr(path, ==, "dc-02/1");
    g_assert_cmpstr(status, ==, "charging");
    g_assert_true(isnan(power) && isnan(soc));
    g_assert_cmpfloat(current, ==, 100);
    g_assert_false(held);
    g_assert_cmpstr(by, ==, "hq:hq-2026");
}

/* What has no value is null, and no member is left out. */
static void test_members(void)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier("Asia/Shanghai");
    g_autofree char *text = NULL;

    json_builder_begin_object(builder);
    view_add_text(builder, "a", "过温");
    view_add_text(builder, "b", NULL);
    view_add_integer(builder, "c", -7);
    view_add_number(builder, "d", 12.3);
    view_add_number(builder, "e", (double)NAN);
    view_add_boolean(builder, "f", TRUE);
    view_add_time(builder, "g", G_GINT64_CONSTANT(1795328504318000), zone);
    view_add_time(builder, "h", 0, zone);
    json_builder_end_object(builder);
    text = view_take_text(json_builder_get_root(builder));
    g_assert_cmpstr(text, ==,
                    "{\"a\":\"过温\",\"b\":null,\"c\":-7,\"d\":12.3,\"e\":null,\"f\":true,"
                    "\"g\":\"2026-11-22T14:21:44.318+08:00\",\"h\":null}");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/view/alarm-fresh", test_alarm_fresh);
    g_test_add_func("/view/alarm-ladder", test_alarm_ladder);
    g_test_add_func("/view/alarm-over", test_alarm_over);
    g_test_add_func("/view/alarm-values", test_alarm_values);
    g_test_add("/view/connectors", Fixture, NULL, set_up, test_connectors, tear_down);
    g_test_add("/view/points-glob", Fixture, NULL, set_up, test_points_glob, tear_down);
    g_test_add("/view/points-values", Fixture, NULL, set_up, test_points_values, tear_down);
    g_test_add("/view/connector-change", Fixture, NULL, set_up, test_connector_change, tear_down);
    g_test_add_func("/view/members", test_members);
    return g_test_run();
}

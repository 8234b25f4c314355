/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/safety/rule-subject.h"

#include "tests/lib/small-station.h"

static char *match_all(const Model *model, const char *applies_to)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RuleSubjectPattern) pattern = rule_subject_pattern_new(applies_to, &error);
    g_autoptr(GArray) subjects = g_array_new(FALSE, FALSE, sizeof(RuleSubject));
    g_autoptr(GString) all = g_string_new("");

    g_assert_no_error(error);
    rule_subject_pattern_match(pattern, model, subjects);
    for (guint i = 0; i < subjects->len; i++) {
        const RuleSubject *subject = &g_array_index(subjects, RuleSubject, i);
        g_autofree char *path = rule_subject_dup_path(subject);

        g_string_append_printf(all, "%s%s", i ? " " : "", path);
        if (subject->zone[0])
            g_string_append_printf(all, "@%s", subject->zone);
    }
    return g_strdup(all->str);
}

static void test_matches(void)
{
    static const struct {
        const char *applies_to, *subjects;
    } cases[] = {
        { "connector", "dc-01/1@bay-a dc-01/2@bay-a dc-02/1@bay-b dc-10/1@bay-b" },
        { "connector/*", "dc-01/1@bay-a dc-01/2@bay-a dc-02/1@bay-b dc-10/1@bay-b" },
        { "connector/dc-0*", "dc-01/1@bay-a dc-01/2@bay-a dc-02/1@bay-b" },
        { "connector/*/1", "dc-01/1@bay-a dc-02/1@bay-b dc-10/1@bay-b" },
        { "connector/*1", "dc-01/1@bay-a dc-02/1@bay-b dc-10/1@bay-b" },
        { "connector/dc-01/?", "dc-01/1@bay-a dc-01/2@bay-a" },
        { "connector/dc-01/2", "dc-01/2@bay-a" },
        { "connector/dc-01", "" },
        { "charger", "dc-01@bay-a dc-02@bay-b dc-10@bay-b" },
        { "charger/dc-0*", "dc-01@bay-a dc-02@bay-b" },
        { "charger/dc-10", "dc-10@bay-b" },
        { "charger/smoke-01", "" },
        { "sensor/*", "smoke-01@bay-a smoke-02" },
        { "meter", "meter-1" },
        { "io", "io-01@yard" },
        { "camera", "cam-01@bay-a" },
        { "bus", "bus/yard bus/roof" },
        { "bus/yard", "bus/yard" },
        { "bus/*", "bus/yard bus/roof" },
        { "bus/bus/yard", "" },
        { "station", "station" },
        { "zone/bay-a", "zone/bay-a@bay-a" },
        { "zone", "zone/bay-a@bay-a zone/bay-b@bay-b zone/yard@yard" },
        { "zone/bay-*", "zone/bay-a@bay-a zone/bay-b@bay-b" },
        { "zone/nowhere", "" },
    };
    g_autoptr(Model) model = small_station_new_model();

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *subjects = match_all(model, cases[i].applies_to);

        g_assert_cmpstr(subjects, ==, cases[i].subjects);
    }
}

static void test_refuses(void)
{
    static const struct {
        const char *applies_to, *message;
    } cases[] = {
        { "", "begins with none of" },
        { "*", "begins with none of" },
        { "conector/*", "(connector?)" },
        { "dc-01/1", "begins with none of" },
        { "connector/", "should be \"connector\", or a path behind the slash" },
        { "station/x", "should be \"station\"" },
        { "zone/", "should be \"zone\"" },
        { "zone/\xff", "UTF-8" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(rule_subject_pattern_new(cases[i].applies_to, &error));
        g_assert_error(error, RULE_ERROR, RULE_ERROR_SUBJECT);
        g_assert_true(g_str_has_prefix(error->message, "applies-to: "));
        g_assert_nonnull(strstr(error->message, cases[i].message));
    }
}

static void test_kinds(void)
{
    static const struct {
        const char *applies_to;
        gboolean exact, stoppable, zoned;
    } cases[] = {
        { "connector", FALSE, TRUE, TRUE },         { "connector/dc-01/1", TRUE, TRUE, TRUE },
        { "connector/dc-01/?", FALSE, TRUE, TRUE }, { "charger/*", FALSE, TRUE, TRUE },
        { "sensor/a", TRUE, FALSE, TRUE },          { "zone/a", TRUE, FALSE, TRUE },
        { "station", TRUE, FALSE, FALSE },          { "bus", FALSE, FALSE, FALSE },
        { "bus/yard", TRUE, FALSE, FALSE },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(RuleSubjectPattern) pattern = rule_subject_pattern_new(cases[i].applies_to, NULL);

        g_assert_cmpint(rule_subject_pattern_is_exact(pattern), ==, cases[i].exact);
        g_assert_cmpint(rule_subject_pattern_is_stoppable(pattern), ==, cases[i].stoppable);
        g_assert_cmpint(rule_subject_pattern_has_zone(pattern), ==, cases[i].zoned);
    }
}

static void test_points(void)
{
    static const struct {
        const char *applies_to, *name, *path; /* NULL: none */
    } cases[] = {
        { "connector/dc-01/2", "power", "dc-01/2/power" },
        { "connector/dc-01/2", "cabinet_temp", "dc-01/cabinet_temp" },
        { "connector/dc-01/2", "online", "dc-01/online" },
        { "connector/dc-01/2", "smoke", NULL },
        { "connector/dc-01/2", "smoke-01/smoke", "smoke-01/smoke" },
        { "connector/dc-01/2", "dc-01/1/power", "dc-01/1/power" },
        { "connector/dc-01/2", "1/power", NULL },
        { "charger/dc-01", "cabinet_temp", "dc-01/cabinet_temp" },
        { "charger/dc-01", "power", NULL },
        { "charger/dc-01", "1/power", NULL },
        { "sensor/smoke-02", "smoke", "smoke-02/smoke" },
        { "bus/yard", "errors", "bus/yard/errors" },
        { "camera/cam-01", "online", "cam-01/online" },
        { "station", "hq_online", "station/hq_online" },
        { "station", "smoke-01/smoke", "smoke-01/smoke" },
        { "zone/bay-a", "smoke", NULL },
        { "zone/bay-a", "smoke-01/smoke", "smoke-01/smoke" },
    };
    g_autoptr(Model) model = small_station_new_model();

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(RuleSubjectPattern) pattern = rule_subject_pattern_new(cases[i].applies_to, NULL);
        g_autoptr(GArray) subjects = g_array_new(FALSE, FALSE, sizeof(RuleSubject));
        guint expected = cases[i].path ? small_station_find(model, cases[i].path) : POINT_NONE;

        rule_subject_pattern_match(pattern, model, subjects);
        g_assert_cmpuint(subjects->len, ==, 1);
        g_assert_cmpuint(
            rule_subject_find_point(&g_array_index(subjects, RuleSubject, 0), model, cases[i].name), ==,
            expected);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rule-subject/matches", test_matches);
    g_test_add_func("/rule-subject/refuses", test_refuses);
    g_test_add_func("/rule-subject/kinds", test_kinds);
    g_test_add_func("/rule-subject/points", test_points);
    return g_test_run();
}

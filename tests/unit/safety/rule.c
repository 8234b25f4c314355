/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/safety/rule.h"

#include "tests/lib/small-station.h"

#include <string.h>

#define SECOND SMALL_STATION_SECOND
#define START (1000 * SECOND)

static SiteRule *new_site_rule(const char *applies_to, const char *while_, const char *when,
                               const char *clear)
{
    SiteRule *site = g_new0(SiteRule, 1);

    site->name = g_strdup("tested");
    site->applies_to = g_strdup(applies_to);
    site->while_ = g_strdup(while_);
    site->when = g_strdup(when);
    site->clear = g_strdup(clear);
    return site;
}

/* --- Instances ---------------------------------------------------------------------------------------- */

static char *list_instances(const Model *model, const char *applies_to, const char *when)
{
    SiteRule *site = new_site_rule(applies_to, "", when, "");
    g_autoptr(GError) error = NULL;
    g_autoptr(Rule) rule = rule_new(site, &error);
    g_autoptr(GString) all = g_string_new("");

    g_assert_no_error(error);
    g_autoptr(GPtrArray) instances = rule_instantiate(rule, model);

    for (guint i = 0; i < instances->len; i++) {
        const RuleInstance *instance = instances->pdata[i];
        guint point = rule_instance_get_value_point(instance);

        g_assert_true(rule_instance_get_rule(instance) == rule);
        g_string_append_printf(all, "%s%s=%s", i ? " " : "", rule_instance_get_subject(instance)->path,
                               point == POINT_NONE ? "-" : model->points[point].path);
    }
    site_rule_free(site);
    return g_strdup(all->str);
}

static void test_instances(void)
{
    static const struct {
        const char *applies_to, *when, *instances;
    } cases[] = {
        { "connector", "status == charging",
          "dc-01/1=dc-01/1/status dc-01/2=dc-01/2/status dc-02/1=dc-02/1/status" },
        { "connector/dc-*", "cabinet_temp > 60",
          "dc-01/1=dc-01/cabinet_temp dc-01/2=dc-01/cabinet_temp dc-02/1=dc-02/cabinet_temp" },
        { "connector/dc-10/1", "status == charging or power > 1", "dc-10/1=-" },
        { "connector/dc-10/1", "status == charging", "" },
        { "sensor", "smoke == 1", "smoke-01=smoke-01/smoke smoke-02=smoke-02/smoke" },
        { "zone", "smoke-01/smoke == 1",
          "zone/bay-a=smoke-01/smoke zone/bay-b=smoke-01/smoke zone/yard=smoke-01/smoke" },
        { "zone", "smoke == 1", "" },
        { "station", "hq_online == 0", "station=station/hq_online" },
        { "bus", "age(online) > 5", "bus/yard=bus/yard/online bus/roof=bus/roof/online" },
        { "charger/none", "online == 0", "" },
    };
    g_autoptr(Model) model = small_station_new_model();

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *instances = list_instances(model, cases[i].applies_to, cases[i].when);

        g_assert_cmpstr(instances, ==, cases[i].instances);
    }
}

/* An instance watches the points of all three conditions, each once. */
static void test_points(void)
{
    g_autoptr(Model) model = small_station_new_model();
    SiteRule *site = new_site_rule("connector/dc-01/1", "status == charging and power > 1",
                                   "t1 > 60 or t2 > 60", "t1 < 50 and gun_temp < 50");
    g_autoptr(Rule) rule = rule_new(site, NULL);
    g_autoptr(GPtrArray) instances = rule_instantiate(rule, model);
    g_autoptr(GString) all = g_string_new("");
    guint n;
    const guint *points = rule_instance_get_points(instances->pdata[0], &n);

    for (guint i = 0; i < n; i++)
        g_string_append_printf(all, "%s ", model->points[points[i]].name);
    g_assert_cmpstr(all->str, ==, "t1 t2 status power gun_temp ");
    site_rule_free(site);
}

static void test_refuses(void)
{
    static const struct {
        const char *applies_to, *while_, *when, *clear, *message;
    } cases[] = {
        { "pile/*", "", "a > 1", "", "applies-to: " },
        { "sensor", "", "", "", "when: is missing" },
        { "sensor", "", "a >", "", "when: column 4: expected a number, found the end" },
        { "sensor", "b", "a > 1", "", "while: column 2: expected one of" },
        { "sensor", "", "a > 1", "a < x", "clear: column 5: expected a number" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        SiteRule *site = new_site_rule(cases[i].applies_to, cases[i].while_, cases[i].when, cases[i].clear);
        g_autoptr(GError) error = NULL;

        g_assert_null(rule_new(site, &error));
        g_assert_true(error && error->domain == RULE_ERROR);
        g_assert_true(g_str_has_prefix(error->message, cases[i].message));
        site_rule_free(site);
    }
}

/* --- The check against a station ---------------------------------------------------------------------- */

static const struct {
    const char *applies_to, *while_, *when, *clear;
    guint actions;
    const char *faults; /* what each begins with, closed by | */
} checks[] = {
    { "sensor/*", "", "smoke == 1", "", SITE_DO_STOP_ZONE | SITE_DO_SIREN, "" },
    { "sensor/*", "", "none == 1", "", 0, "" },
    { "camera/none*", "", "motion == 1", "", 0, "" },
    { "camera/cam-01", "online == 1", "motion == 1 or cam-01/fire == 1", "online == 0", 0, "" }, /* it may */
    { "station", "", "cam-01/motion == 1 or cam-02/motion == 1", "", 0,
      "when: the station has no point \"cam-02/motion\"|" },
    { "sensor/smoke-01", "", "smoke == 1", "", SITE_DO_FEEDER_ZONE, "" },
    { "sensor/smoke-03", "", "smoke == 1", "", 0, "applies-to: the station has no sensor/smoke-03|" },
    { "connector/dc-01", "", "power > 1", "", 0, "applies-to: the station has no connector/dc-01|" },
    { "sensor/smoke-01", "", "smok == 1", "", 0, "when: smoke-01 has no point \"smok\" (smoke?)|" },
    { "connector/dc-01/1", "statsu == charging", "cabinet_temp > 6", "t3 < 5", 0,
      "while: dc-01/1 has no point \"statsu\" (status?)|clear: dc-01/1 has no point \"t3\" (t1?)|" },
    { "connector", "status == chargin", "power > 1", "status != faulted", 0,
      "while: a connector's status is never \"chargin\" (charging?)|" },
    { "connector", "", "power > 1 and (t1 > 2 or status == reserved)", "", 0, "" },
    { "connector/dc-01/1", "", "status == reserved", "", 0, "when: dc-01/1/status is never \"reserved\"|" },
    { "connector/dc-01/1", "status != charging", "power == on", "status == availble", 0,
      "when: dc-01/1/power is never \"on\"|clear: dc-01/1/status is never \"availble\" (available?)|" },
    { "station", "", "io-01/breaker-1 == opn", "", 0, "when: io-01/breaker-1 is never \"opn\" (open?)|" },
    { "station", "", "io-01/breaker-1 == open and smoke-01/smoke != yes", "clock == synced", 0, "" },
    { "io", "", "breaker-1 == tripped", "", 0, "" }, /* a shipped rule may say so: some other io can */
    { "camera/none*", "", "io-01/breaker-1 == opn", "", 0,
      "when: io-01/breaker-1 is never \"opn\" (open?)|" },
    { "connector", "", "meter-1/power == high", "", 0, "when: meter-1/power is never \"high\"|" },
    { "sensor/smoke-01", "", "smoke == fire and online == lost", "smoke == no", 0,
      "when: smoke-01/smoke is never \"fire\"|when: smoke-01/online is never \"lost\"|" },
    { "station", "", "books == lost or clock == synced or hq_online == no", "", 0,
      "when: station/books is never \"lost\"|" },
    { "sensor/*", "", "smoke-01/smok == 1", "", 0,
      "when: the station has no point \"smoke-01/smok\" (smoke?)|" },
    { "sensor/*", "", "smoke-09/smoke == 1 or dc-01/3/power > 1", "", 0,
      "when: the station has no point \"smoke-09/smoke\"|when: the station has no point "
      "\"dc-01/3/power\"|" },
    { "zone/bay-a", "", "smoke == 1", "", SITE_DO_STOP_ZONE,
      "when: a zone has no point \"smoke\" of its own; write a full path such as smoke-01/smoke|" },
    { "zone/bay-a", "", "smoke-01/smoke == 1", "", SITE_DO_STOP_ZONE, "" },
    { "zone/bay-z", "", "smoke-01/smoke == 1", "", 0, "applies-to: the station has no zone/bay-z|" },
    { "station", "", "hq_onlin == 0", "", 0, "when: station has no point \"hq_onlin\" (hq_online?)|" },
    { "station", "", "hq_online == 0", "", SITE_DO_STOP_STATION, "" },
    { "connector", "", "power > 1", "", SITE_DO_STOP | SITE_DO_DISABLE | SITE_DO_FEEDER, "" },
    { "charger", "", "cabinet_temp > 1", "", SITE_DO_STOP, "" },
    { "sensor", "", "smoke == 1", "", SITE_DO_STOP, "do: stop, disable and feeder need|" },
    { "io", "", "siren == 1", "", SITE_DO_DISABLE, "do: stop, disable and feeder need|" },
    { "zone", "", "smoke-01/smoke == 1", "", SITE_DO_FEEDER, "do: stop, disable and feeder need|" },
    { "sensor/smoke-02", "", "smoke == 1", "", SITE_DO_STOP_ZONE,
      "do: stop-zone and feeder-zone need a zone=, which smoke-02 lacks|" },
    { "station", "", "hq_online == 0", "", SITE_DO_STOP_ZONE,
      "do: stop-zone and feeder-zone need a subject with a zone|" },
    { "bus", "", "online == 0", "", SITE_DO_FEEDER_ZONE,
      "do: stop-zone and feeder-zone need a subject with a zone|" },
    { "sensor", "", "smoke == 1", "", SITE_DO_MAIN_BREAKER, "do: main-breaker needs highest-rung=station|" },
};

static void test_check(void)
{
    g_autoptr(Model) model = small_station_new_model();

    for (guint i = 0; i < G_N_ELEMENTS(checks); i++) {
        SiteRule *site =
            new_site_rule(checks[i].applies_to, checks[i].while_, checks[i].when, checks[i].clear);
        g_autoptr(Rule) rule = NULL;
        g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
        g_auto(GStrv) expected = g_strsplit(checks[i].faults, "|", -1);

        site->actions = checks[i].actions;
        rule = rule_new(site, NULL);
        rule_check(rule, model, faults);
        g_assert_cmpuint(faults->len + 1, ==, MAX(g_strv_length(expected), 1));
        for (guint j = 0; j < faults->len; j++)
            g_assert_true(g_str_has_prefix(faults->pdata[j], expected[j]));
        site_rule_free(site);
    }
}

static const struct {
    const char *applies_to, *while_, *when, *clear;
    const char *faults; /* what each begins with, closed by | */
} family_checks[] = {
    { "sensor/*", "", "smoke == 1", "", "" },
    { "sensor/*", "online == yes", "gas > 1 or smoke == yes", "gas < 1", "" },
    { "sensor/smoke-09", "", "smoke == 1", "", "" }, /* rule_check() tells it */
    { "sensor/heat-*", "", "smoke == 1", "",
      "applies-to: matches nothing, the station has no sensor/heat-*|" },
    { "bus/none*", "", "online == 0", "", "applies-to: matches nothing|" },
    { "zone/bay-*", "", "smoke-01/smoke == 1", "", "" },
    { "zone/none-*", "", "smoke-01/smoke == 1", "", "applies-to: matches nothing|" },
    { "sensor", "", "gas > 1 or leak_distance > 2", "",
      "when: no sensor of the station has gas, leak_distance;|" },
    { "connector/dc-1*", "", "soc > 1", "", "when: no connector/dc-1* of the station has soc;|" },
    { "connector", "", "cabinet_temp > 1", "", "" },     /* their chargers' */
    { "camera", "", "motion == 1", "motion == no", "" }, /* nobody knows yet what a camera can */
    { "sensor", "", "dc-01/1/power > 1", "", "" },
    { "sensor", "", "smoke == fire", "", "when: smoke of any sensor is never \"fire\"|" },
    { "connector", "status == reserved", "power == high", "power == low",
      "when: power of any connector is never \"high\"|clear: power of any connector is never \"low\"|" },
    { "io", "breaker-1 == opn", "breaker-1 == open", "",
      "while: breaker-1 of any io is never \"opn\" (open?)|" },
    { "charger", "", "online == lost", "", "when: online of any charger is never \"lost\"|" },
    { "io", "soc == full", "breaker-1 != closed", "", "" }, /* no io has it: another check's matter */
};

static void test_check_family(void)
{
    g_autoptr(Model) model = small_station_new_model();

    for (guint i = 0; i < G_N_ELEMENTS(family_checks); i++) {
        SiteRule *site = new_site_rule(family_checks[i].applies_to, family_checks[i].while_,
                                       family_checks[i].when, family_checks[i].clear);
        g_autoptr(Rule) rule = rule_new(site, NULL);
        g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
        g_auto(GStrv) expected = g_strsplit(family_checks[i].faults, "|", -1);

        rule_check_family(rule, model, faults);
        g_test_message("%s: %s", site->applies_to, faults->len ? (char *)faults->pdata[0] : "");
        g_assert_cmpuint(faults->len + 1, ==, MAX(g_strv_length(expected), 1));
        for (guint j = 0; j < faults->len; j++)
            g_assert_true(g_str_has_prefix(faults->pdata[j], expected[j]));
        site_rule_free(site);
    }
}

static void test_check_main_breaker(void)
{
    g_autoptr(Site) site = small_station_new_site();
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
    SiteRule *site_rule = new_site_rule("sensor", "", "smoke == 1", "");

    site->policy.highest_rung = SITE_RUNG_STATION;
    site_rule->actions = SITE_DO_MAIN_BREAKER;
    g_autoptr(Model) model = model_new(site);
    g_autoptr(Rule) rule = rule_new(site_rule, NULL);

    rule_check(rule, model, faults);
    g_assert_cmpuint(faults->len, ==, 0);
    site_rule_free(site_rule);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rule/instances", test_instances);
    g_test_add_func("/rule/points", test_points);
    g_test_add_func("/rule/refuses", test_refuses);
    g_test_add_func("/rule/check", test_check);
    g_test_add_func("/rule/check-family", test_check_family);
    g_test_add_func("/rule/check-main-breaker", test_check_main_breaker);
    return g_test_run();
}

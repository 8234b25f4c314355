/* SPDX-License-Identifier: Apache-2.0 */
/* The life of an instance as short stories: what is read when, and what is said then. */
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

/* --- Its life ----------------------------------------------------------------------------------------- */

/* The rule of a story: t1 hot on a connector that is charging. */
typedef struct {
    const char *when, *while_, *clear;
    int for_s, clear_for_s;
    SiteOnUnknown on_unknown;
} Setting;

/* What happens to dc-01/1 in a story, a word each: the second, and what is read then.
 *   t1:  H hot (70)  W warm (57)  C cool (20)  B bad  S stale  A absent
 *   t2:  h hot       c cool       b bad        a absent
 *   status:  +  charging   -  available   ?  bad
 *   R, U: rule_instance_set_raised(), by unknown; N: a new station whose points have not been read
 *   L: a reload: another model and another instance, which adopt these; M: a reload while the alarm stands */
typedef struct {
    Setting setting;
    SiteRule *site;
    Rule *rule;
    Model *model;
    RuleInstance *instance;
    gint64 now_us;
    GString *log;
    gboolean tick_often; /* step each half second too: it must change nothing */
} Story;

static void open_model(Story *story)
{
    g_autoptr(GPtrArray) instances = NULL;

    g_clear_pointer(&story->instance, rule_instance_free);
    g_clear_pointer(&story->model, model_free);
    story->model = small_station_new_model();
    for (guint i = 0; i < story->model->n_points; i++)
        model_begin_watching(story->model, i, story->now_us);
    instances = rule_instantiate(story->rule, story->model);
    g_assert_cmpuint(instances->len, ==, 1);
    story->instance = g_ptr_array_steal_index(instances, 0);
}

static void open_story(Story *story, const Setting *setting)
{
    g_autoptr(GError) error = NULL;

    story->setting = *setting;
    story->site =
        new_site_rule("connector/dc-01/1", setting->while_ ? setting->while_ : "",
                      setting->when ? setting->when : "t1 >= 60", setting->clear ? setting->clear : "");
    story->site->for_us = setting->for_s * SECOND;
    story->site->clear_for_us = setting->clear_for_s * SECOND;
    story->site->on_unknown = setting->on_unknown;
    story->rule = rule_new(story->site, &error);
    g_assert_no_error(error);
    story->now_us = START;
    story->log = g_string_new("");
    open_model(story);
}

static void close_story(Story *story)
{
    rule_instance_free(story->instance);
    model_free(story->model);
    rule_free(story->rule);
    site_rule_free(story->site);
    g_string_free(story->log, TRUE);
}

static void reload(Story *story)
{
    Model *model = g_steal_pointer(&story->model);
    RuleInstance *instance = g_steal_pointer(&story->instance);

    open_model(story);
    model_adopt(story->model, model);
    rule_instance_adopt(story->instance, instance);
    rule_instance_free(instance);
    model_free(model);
}

static void step(Story *story)
{
    static const char *const letters[] = { "", "R", "U", "C" };
    RuleVerdict verdict = rule_instance_step(story->instance, story->model, story->now_us);

    if (verdict == RULE_VERDICT_NONE)
        return;
    g_string_append_printf(story->log, "%s%s%g", story->log->len ? " " : "", letters[verdict],
                           (double)(story->now_us - START) / SECOND);
    /* Said once: the same instant again says nothing, or goes on to something else. */
    g_assert_cmpint(rule_instance_step(story->instance, story->model, story->now_us), !=, verdict);
}

/* Sleeps until UNTIL_US, but for the times that the rule asked for. */
static void sleep_until(Story *story, gint64 until_us)
{
    for (guint wakes = 0;; wakes++) {
        gint64 next_us = rule_instance_next_us(story->instance, story->model, story->now_us);

        g_assert_cmpint(next_us, >, story->now_us);
        g_assert_cmpuint(wakes, <, 10000);
        if (story->tick_often)
            next_us = MIN(next_us, story->now_us + SECOND / 2);
        if (next_us >= until_us)
            break;
        story->now_us = next_us;
        step(story);
    }
    story->now_us = until_us;
}

static void read_one(Story *story, const char *name, PointQuality quality, double number, const char *text)
{
    g_autofree char *path = g_strdup_printf("dc-01/1/%s", name);

    small_station_read(story->model, path, quality, number, text, story->now_us);
    rule_instance_observe(story->instance, story->model, small_station_find(story->model, path));
}

static void happen(Story *story, char event)
{
    static const struct {
        char event;
        const char *name;
        PointQuality quality;
        double number;
        const char *text;
    } readings[] = {
        { 'H', "t1", POINT_QUALITY_GOOD, 70, "" },
        { 'W', "t1", POINT_QUALITY_GOOD, 57, "" },
        { 'C', "t1", POINT_QUALITY_GOOD, 20, "" },
        { 'B', "t1", POINT_QUALITY_BAD, 0, "" },
        { 'S', "t1", POINT_QUALITY_STALE, 20, "" },
        { 'A', "t1", POINT_QUALITY_ABSENT, 0, "" },
        { 'h', "t2", POINT_QUALITY_GOOD, 70, "" },
        { 'c', "t2", POINT_QUALITY_GOOD, 20, "" },
        { 'b', "t2", POINT_QUALITY_BAD, 0, "" },
        { 'a', "t2", POINT_QUALITY_ABSENT, 0, "" },
        { '+', "status", POINT_QUALITY_GOOD, 2, "charging" },
        { '-', "status", POINT_QUALITY_GOOD, 0, "available" },
        { '?', "status", POINT_QUALITY_BAD, 0, "" },
    };

    if (event == 'N')
        open_model(story);
    if (event == 'L' || event == 'M')
        reload(story);
    if (event == 'M' || event == 'R' || event == 'U')
        rule_instance_set_raised(story->instance, event == 'U');
    for (guint i = 0; i < G_N_ELEMENTS(readings); i++) {
        if (readings[i].event == event)
            read_one(story, readings[i].name, readings[i].quality, readings[i].number, readings[i].text);
    }
    step(story);
}

/* Plays "0C 1H 9C" and gives what was said: "R3 C9". At the end a hundred seconds pass. */
static char *play(const Setting *setting, const char *events, gboolean tick_often)
{
    g_auto(GStrv) words = g_strsplit(events, " ", -1);
    Story story = { .tick_often = tick_often };

    open_story(&story, setting);
    for (guint i = 0; words[i]; i++) {
        char *behind = NULL;
        gint64 second = g_ascii_strtoll(words[i], &behind, 10);

        sleep_until(&story, START + second * SECOND);
        for (; *behind; behind++)
            happen(&story, *behind);
    }
    sleep_until(&story, story.now_us + 100 * SECOND);
    char *log = g_strdup(story.log->str);

    close_story(&story);
    return log;
}

typedef struct {
    Setting setting;
    const char *events, *log;
} StoryCase;

static void play_all(const StoryCase *cases, guint n)
{
    for (guint i = 0; i < n * 2; i++) {
        const StoryCase *story = &cases[i / 2];
        g_autofree char *log = play(&story->setting, story->events, i % 2);

        if (!g_str_equal(log, story->log))
            g_test_message("%s said \"%s\", not \"%s\"", story->events, log, story->log);
        g_assert_cmpstr(log, ==, story->log);
    }
}

static void test_delays(void)
{
    static const StoryCase cases[] = {
        { { 0 }, "0C 1H 2H 3C", "R1 C3" },
        { { .for_s = 2 }, "0C 1H 2H 3H 4H 9C", "R3 C9" },
        { { .for_s = 2 }, "0C 1H", "R3" },
        { { .for_s = 2 }, "0C 1H 2C 3H 4C 5H 6C", "" },
        { { .for_s = 2 }, "0C 1H 2C 3H 4H 5H", "R5" },
        { { .clear_for_s = 10 }, "0H 5C", "R0 C15" },
        { { .clear_for_s = 10 }, "0H 5C 10H 11C 20H 30C", "R0 C40" },
        { { .for_s = 2, .clear_for_s = 3 }, "0H 5C 6H 7C 20H 30C", "R2 C10 R22 C33" },
        { { .clear = "t1 < 55" }, "0H 1W 2W 3C", "R0 C3" },
        { { .clear = "t1 < 55" }, "0H 1W 2W 3H", "R0" },
        { { .clear = "t1 < 55", .clear_for_s = 10 }, "0H 5C 10W 11C", "R0 C21" },
        { { .clear = "t1 < 55", .clear_for_s = 10 }, "0H 5C 10B 11C", "R0 C21" },
        { { .clear = "t2 < 55" }, "0c 1H 2C", "R1 C2" }, /* clear alone ends nothing while `when` stands */
        { { .clear = "t2 < 55" }, "0h 1H 2C 3c", "R1 C3" },
        { { .clear = "t2 < 55" }, "0c 1H 2B", "R1" },
        { { .clear = "t2 < 55" }, "0b 1H 2C 3c", "R1 C3" },
        { { .clear = "rate(t1, 10s) < 1" }, "0H 1C 4C 7C", "R0 C7" },
        { { .clear = "age(t2) > 5" }, "0cH 1C", "R0 C5" },
        { { .clear = "t2 < 55" }, "0a 1H 2C", "R1" }, /* clear's own value absent: it is not true */
        { { .clear = "t1 < 55 and t2 < 55" }, "0a 1H 2W 3C", "R1 C3" },
        { { .clear = "t1 < 55 or t2 < 55" }, "0a 1H 2W 3C", "R1 C3" },
        { { .clear = "t1 < 55 and t2 < 55" }, "0h 1H 3C 4c", "R1 C4" },
        /* an `or` has the value of its present side, and ends as that says */
        { { .when = "t1 >= 60 or t2 >= 60", .clear = "t1 < 55", .clear_for_s = 5 },
          "0a 1H 2W 9W 10C",
          "R1 C15" },
        { { .when = "t1 >= 60 or t2 >= 60", .clear = "t1 < 55" }, "0a 1H 2W 3A", "R1 C3" },
        { { .when = "t1 >= 60 or t2 >= 60", .clear = "t1 < 55" }, "0c 1h 2a", "R1" },
    };

    play_all(cases, G_N_ELEMENTS(cases));
}

/* `while` gates raising, and nothing else. */
static void test_while(void)
{
    static const Setting gated = { .while_ = "status == charging" };
    static const Setting slow = { .while_ = "status == charging", .for_s = 5 };
    static const Setting deaf = { .while_ = "status == charging", .on_unknown = SITE_ON_UNKNOWN_IGNORE };
    const StoryCase cases[] = {
        { gated, "0-C 1H 2+ 3- 4C", "R2 C4" },
        { gated, "0-H 9-", "" },
        { gated, "0+H 1- 50-", "R0" },
        { slow, "0+H 3- 4+ 8- 10+ 20-", "R15" },
        { gated, "0?C 1H", "U1" }, /* whether it charges cannot be known */
        { gated, "0?C 1H 2+ 3C", "U1 R2 C3" },
        { gated, "0?C 1H 2- 3+", "U1 C2 R3" },
        { gated, "0?C 1C 2?", "" }, /* it is cool, whatever it does */
        { gated, "0-B 1+", "U1" },
        { gated, "0-B 9-", "" },
        { gated, "0-B 1+ 2-", "U1 C2" },  /* raised by unknown: over when both are known to be false */
        { gated, "0+H 1-B 2C", "R0 C2" }, /* raised by truth: over when `when` is */
        { deaf, "0?C 1H 2+ 3?", "R2" },
        { { .while_ = "rate(t2, 10s) > 5" }, "0cH 2c 4c 6h 8h", "R6" },
    };

    play_all(cases, G_N_ELEMENTS(cases));
}

static void test_unknown(void)
{
    static const Setting act = { .on_unknown = SITE_ON_UNKNOWN_ACT };
    static const Setting ignore = { .on_unknown = SITE_ON_UNKNOWN_IGNORE };
    static const Setting slow = { .for_s = 4 };
    static const Setting slow_ignore = { .for_s = 4, .on_unknown = SITE_ON_UNKNOWN_IGNORE };
    const StoryCase cases[] = {
        { { 0 }, "0C 1B 2C", "U1 C2" },
        { { 0 }, "0C 1S 2C", "U1 C2" },
        { { 0 }, "0C 1B 2H 3C", "U1 R2 C3" },
        { { 0 }, "0C 1H 2B 3H 4B 5S", "R1" }, /* unknown never ends what is true */
        { { 0 }, "0C 1H 2B 3C", "R1 C3" },
        { act, "0C 1B 2C", "U1 C2" },
        { ignore, "0C 1B 2H 3B 4C 5B", "R2 C4" },
        { { .clear_for_s = 5 }, "0C 1B 10C 12B 13C", "U1 C18" },
        { { .clear = "t2 < 55" }, "0h 1B 2C", "U1 C2" }, /* raised by unknown: `clear` is not asked */
        { { .clear = "t2 < 55" }, "0c 1B 5c", "U1" },
        /* `for` counts from the first doubt, and for the truth from the first truth; only false restarts it
         */
        { slow, "0C 1B", "U5" },
        { slow, "0C 1B 3C 4B 6C", "" },
        { slow, "0C 1H 3B", "U5" },
        { slow, "0C 1H 3B 4H", "R5" },
        { slow, "0C 1H 2B 3H 4B 6H", "U5 R6" },
        { slow, "0C 1H 2B 3H 4B 5H 6B", "R5" },
        { slow, "0C 1B 3H", "R7" },
        { slow, "0C 1B 3H 6B", "U6" },
        { slow, "0C 1B 3H 6B 8H", "U6 R8" },
        { slow, "0C 1B 9H 10C", "U5 C10" }, /* one hot reading after a silence is no four seconds */
        { slow, "0C 1B 9H 12H", "U5 R13" },
        { slow, "0C 1H 3C 4B 6H 7C", "" },
        { slow_ignore, "0C 1B 3H 5B 9H", "R9" },
        { slow_ignore, "0C 1H 3B", "" },
        { slow_ignore, "0C 1H 3B 4H", "R5" },
    };

    play_all(cases, G_N_ELEMENTS(cases));
}

/* The first moments: every point is watched from 0 on, may be silent for 5 s, and then is unknown. */
static void test_never_read(void)
{
    static const StoryCase cases[] = {
        { { 0 }, "0", "U5" },
        { { .for_s = 3 }, "0", "U8" },
        { { .on_unknown = SITE_ON_UNKNOWN_IGNORE }, "0 90", "" },
        { { 0 }, "0 4C", "" },
        { { 0 }, "0 6H", "U5 R6" },
        { { 0 }, "0 6C", "U5 C6" },
        { { .when = "age(t1) > 20" }, "0", "R20" },
        { { .when = "age(t1) > 20" }, "0 10C 50C", "R30 C50 R70" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *log = play(&cases[i].setting, cases[i].events, FALSE);

        g_assert_cmpstr(log, ==, cases[i].log);
    }
}

static void test_absent(void)
{
    static const Setting either = { .when = "t1 >= 60 or t2 >= 60", .clear_for_s = 10 };
    const StoryCase cases[] = {
        { { 0 }, "0A 1H 2A", "R1 C2" },
        { { .clear = "t1 < 55", .clear_for_s = 10 }, "0H 2A", "R0 C2" }, /* at once: there is no car */
        { { .clear_for_s = 10 }, "0B 2A", "U0 C2" },
        { either, "0H 1c 2A", "R0 C12" }, /* the other one is there, and says when it is over */
        { either, "0c 1a 2H 3A", "R2 C3" },
        { either, "0H 1h 2A 3c", "R0 C13" }, /* the other one still burns */
        { either, "0H 1h 2A 3b 4A", "R0" },  /* the other one cannot be known */
        { either, "0a 1H 2C", "R1 C12" },
    };

    play_all(cases, G_N_ELEMENTS(cases));
}

/* What stood before a restart or a reload ends only by what is read since. */
static void test_restored(void)
{
    static const StoryCase cases[] = {
        { { 0 }, "0R 50", "" },
        { { 0 }, "0R 3C", "C3" },
        { { 0 }, "0R 3H 4C", "C4" },
        { { .clear_for_s = 10 }, "0R 3C", "C13" },
        { { 0 }, "0U 50", "" },
        { { 0 }, "0U 3C", "C3" },
        { { 0 }, "0U 3H 4C", "R3 C4" },
        { { 0 }, "0H 1NR 20C", "R0 C20" },
        { { .while_ = "status == charging" }, "0R 1C", "C1" },
        { { .while_ = "status == charging" }, "0U 1H 2+", "R2" },
        { { .while_ = "status == charging" }, "0U 1H 2-", "C2" },
        { { .when = "rate(t1, 10s) > 5" }, "0R 1C 3C 5C 7C", "C7" }, /* not before half the window is known */
        { { .when = "age(t1) > 20" }, "0R 1C", "C1 R21" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *log = play(&cases[i].setting, cases[i].events, FALSE);

        g_assert_cmpstr(log, ==, cases[i].log);
    }
}

/* A reload keeps no alarm from rising. */
static void test_reloaded(void)
{
    static const Setting rate = { .when = "rate(t1, 10s) > 5", .while_ = "rate(t2, 10s) < 5" };
    static const StoryCase cases[] = {
        { { .for_s = 4 }, "0C 1H 3L", "R5" },
        { { .for_s = 4 }, "0C 1B 3L", "U5" },
        { { .for_s = 4 }, "0C 1H 2B 4L 6H", "U5 R6" },
        { { 0 }, "0H 1M 2C", "R0 C2" },
        { { .clear_for_s = 5 }, "0H 1C 2M 3C", "R0 C7" },
        { rate, "0Cc 2Cc 4Cc 5L 6Hc", "R6" },
        { rate, "0Cc 2Cc 4Cc 6Hh 7L 8Hh 10Hh 11L 12Hh 14Hh 16Hh", "" },
    };

    play_all(cases, G_N_ELEMENTS(cases));
}

/* Another text is another rule: it begins at its beginning. */
static void test_reloaded_changed(void)
{
    g_autoptr(Model) model = small_station_new_model();
    SiteRule *before = new_site_rule("sensor/smoke-01", "", "smoke == 1", "");
    SiteRule *after = new_site_rule("sensor/smoke-01", "", "smoke != 0", "");
    g_autoptr(Rule) old_rule = NULL;
    g_autoptr(Rule) new_rule = NULL;

    before->for_us = after->for_us = 10 * SECOND;
    old_rule = rule_new(before, NULL);
    new_rule = rule_new(after, NULL);
    g_autoptr(GPtrArray) old = rule_instantiate(old_rule, model);
    g_autoptr(GPtrArray) new = rule_instantiate(new_rule, model);

    small_station_read(model, "smoke-01/smoke", POINT_QUALITY_GOOD, 1, NULL, START);
    rule_instance_step(old->pdata[0], model, START);
    rule_instance_adopt(new->pdata[0], old->pdata[0]);
    g_assert_cmpint(rule_instance_next_us(new->pdata[0], model, START), ==, CLOCK_NEVER);
    g_autoptr(GPtrArray) same = rule_instantiate(old_rule, model);

    rule_instance_adopt(same->pdata[0], old->pdata[0]);
    g_assert_cmpint(rule_instance_next_us(same->pdata[0], model, START), ==, START + 10 * SECOND);
    g_assert_cmpint(rule_instance_step(old->pdata[0], model, START + 10 * SECOND), ==, RULE_VERDICT_RAISE);
    g_assert_cmpint(rule_instance_step(new->pdata[0], model, START + 10 * SECOND), ==, RULE_VERDICT_NONE);
    site_rule_free(before);
    site_rule_free(after);
}

/* --- Any story ---------------------------------------------------------------------------------------- */

static char *invent_events(void)
{
    static const char letters[] = "HHWCCBSAhcba+-?NRULM";
    GString *events = g_string_new("0");
    int second = 0;

    for (int i = g_test_rand_int_range(1, 30); i > 0; i--) {
        second += g_test_rand_int_range(0, 8);
        g_string_append_printf(events, " %d%c", second,
                               letters[g_test_rand_int_range(0, sizeof letters - 1)]);
    }
    return g_string_free(events, FALSE);
}

static Setting invent_setting(void)
{
    static const char *const gates[] = { NULL, "status == charging", "rate(t2, 10s) > 5" };
    static const char *const whens[] = {
        NULL,          "t1 >= 60 or t2 >= 60", "t1 >= 60 and t2 >= 60", "spread(t1, t2) >= 40",
        "age(t1) > 3", "rate(t1, 10s) > 5"
    };
    static const char *const clears[] = { NULL, "t1 < 55", "t2 < 55", "age(t2) > 3", "rate(t1, 10s) < 1" };

    return (Setting){ .while_ = gates[g_test_rand_int_range(0, G_N_ELEMENTS(gates))],
                      .when = whens[g_test_rand_int_range(0, G_N_ELEMENTS(whens))],
                      .clear = clears[g_test_rand_int_range(0, G_N_ELEMENTS(clears))],
                      .for_s = g_test_rand_int_range(0, 6),
                      .clear_for_s = g_test_rand_int_range(0, 6),
                      .on_unknown = g_test_rand_int_range(0, 3) };
}

/* Whoever steps only when told to, and whoever steps all the time, hear the same. */
static void test_any_story(void)
{
    guint n = small_station_is_full() ? 50000 : 2000;

    for (guint i = 0; i < n; i++) {
        Setting setting = invent_setting();
        g_autofree char *events = invent_events();
        g_autofree char *lazy = play(&setting, events, FALSE);
        g_autofree char *busy = play(&setting, events, TRUE);

        if (!g_str_equal(lazy, busy))
            g_test_message("when %s while %s clear %s for %d clear-for %d unknown %d: %s", setting.when,
                           setting.while_, setting.clear, setting.for_s, setting.clear_for_s,
                           (int)setting.on_unknown, events);
        g_assert_cmpstr(lazy, ==, busy);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rule-life/delays", test_delays);
    g_test_add_func("/rule-life/while", test_while);
    g_test_add_func("/rule-life/unknown", test_unknown);
    g_test_add_func("/rule-life/never-read", test_never_read);
    g_test_add_func("/rule-life/absent", test_absent);
    g_test_add_func("/rule-life/restored", test_restored);
    g_test_add_func("/rule-life/reloaded", test_reloaded);
    g_test_add_func("/rule-life/reloaded-changed", test_reloaded_changed);
    g_test_add_func("/rule-life/any-story", test_any_story);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/condition/condition.h"

#include "tests/lib/small-station.h"

#include <math.h>
#include <string.h>

#define SECOND SMALL_STATION_SECOND
#define START (1000 * SECOND)

static guint resolve(const char *name, gpointer user_data)
{
    return model_find_point(user_data, name);
}

/* A parsed and bound condition over the small station. */
typedef struct {
    Model *model;
    Condition *condition;
    ConditionBinding *binding;
} Bound;

static Bound bind_to(Model *model, const char *text)
{
    g_autoptr(GError) error = NULL;
    Bound bound = { .model = model, .condition = condition_parse(text, &error) };

    g_assert_no_error(error);
    bound.binding = condition_bind(bound.condition, resolve, model);
    return bound;
}

static void unbind(Bound *bound)
{
    condition_binding_free(bound->binding);
    condition_free(bound->condition);
}

static Truth evaluate_once(Model *model, const char *text, gint64 now_us)
{
    Bound bound = bind_to(model, text);
    Truth truth = condition_binding_evaluate(bound.binding, model, now_us);

    unbind(&bound);
    return truth;
}

static char letter_of(Truth truth)
{
    return "FTU"[truth];
}

static void assert_truth(Model *model, const char *text, char expected)
{
    char found = letter_of(evaluate_once(model, text, START));

    if (found != expected)
        g_test_message("%s is %c, not %c", text, found, expected);
    g_assert_cmpint(found, ==, expected);
}

static void read_good(Model *model, const char *path, double number, const char *text, gint64 at_us)
{
    small_station_read(model, path, POINT_QUALITY_GOOD, number, text, at_us);
}

/* --- One comparison ----------------------------------------------------------------------------------- */

static void test_operators(void)
{
    static const struct {
        const char *op, *truths; /* 5 below, equal to, above the measure */
    } cases[] = {
        { "==", "FTF" }, { "!=", "TFT" }, { "<", "TFF" }, { "<=", "TTF" }, { ">", "FFT" }, { ">=", "FTT" },
    };
    static const double offsets[] = { -1e-9, 0, 1e-9 };
    static const double measures[] = { 0, 60, -40, 0.1, 1e6 };
    g_autoptr(Model) model = small_station_new_model();

    for (guint i = 0; i < G_N_ELEMENTS(cases) * G_N_ELEMENTS(measures) * 3; i++) {
        double measure = measures[i / 3 % G_N_ELEMENTS(measures)];
        guint op = i / 3 / G_N_ELEMENTS(measures);
        char number[G_ASCII_DTOSTR_BUF_SIZE];
        g_autofree char *text = g_strdup_printf("smoke-01/temperature %s %s", cases[op].op,
                                                g_ascii_dtostr(number, sizeof number, measure));

        read_good(model, "smoke-01/temperature", measure + offsets[i % 3], NULL, START);
        assert_truth(model, text, cases[op].truths[i % 3]);
    }
}

static void test_words(void)
{
    static const struct {
        double number;
        const char *text, *condition;
        char truth;
    } cases[] = {
        { 2, "charging", "io-01/siren == charging", 'T' },
        { 2, "charging", "io-01/siren != charging", 'F' },
        { 2, "charging", "io-01/siren == Charging", 'F' },
        { 2, "charging", "io-01/siren == charge", 'F' },
        { 0, "available", "io-01/siren != charging", 'T' },
        { 2, "charging", "io-01/siren == 2", 'T' },
        { 2, "charging", "io-01/siren > 1", 'T' },
        { 1, "", "io-01/siren == 1", 'T' },
        { 0, "", "io-01/siren == 1", 'F' },
        { 1, "", "io-01/siren == true", 'T' },
        { 1, "", "io-01/siren == yes", 'T' },
        { 1, "", "io-01/siren == false", 'F' },
        { 1, "", "io-01/siren == no", 'F' },
        { 0, "", "io-01/siren == false", 'T' },
        { 0, "", "io-01/siren == no", 'T' },
        { 0, "", "io-01/siren != true", 'T' },
        { 1, "", "io-01/siren != true", 'F' },
        { 1, "closed", "io-01/siren == closed", 'T' },
        { 1, "closed", "io-01/siren == true", 'T' },
        { 0, "open", "io-01/siren == no", 'T' },
        { 0, "open", "io-01/siren == 0", 'T' },
        { 0, "yes", "io-01/siren == yes", 'T' },
        { 0, "yes", "io-01/siren == true", 'T' },
        { 0, "yes", "io-01/siren == no", 'F' },
        { 1, "no", "io-01/siren == false", 'T' },
        { 1, "", "io-01/siren == closed", 'F' },
        { 1, "", "io-01/siren != closed", 'T' },
        { 0, "LVIN-01.a/b", "io-01/siren == LVIN-01.a/b", 'T' },
    };
    g_autoptr(Model) model = small_station_new_model();

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        read_good(model, "io-01/siren", cases[i].number, cases[i].text, START);
        assert_truth(model, cases[i].condition, cases[i].truth);
    }
}

/* --- Quality ------------------------------------------------------------------------------------------ */

static void set_quality(Model *model, const char *path, PointQuality quality, gboolean watched)
{
    Point *point = &model->points[small_station_find(model, path)];

    small_station_read(model, path, quality, 1, NULL, START);
    if (quality == POINT_QUALITY_UNKNOWN)
        point->read_at_us = point->asked_at_us = 0;
    point->watched_us = watched ? START - 100 * SECOND : CLOCK_NEVER;
}

/* What a comparison is by the quality of its point: unknown, good (and true), stale, bad, absent. */
static void test_quality(void)
{
    static const struct {
        const char *text, *watched, *unwatched;
    } cases[] = {
        { "smoke-01/smoke == 1", "UTUUF", "FTUUF" },
        { "smoke-01/smoke != 0", "UTUUF", "FTUUF" },
        { "smoke-01/smoke < 2", "UTUUF", "FTUUF" },
        { "smoke-01/smoke <= 2", "UTUUF", "FTUUF" },
        { "smoke-01/smoke > 0", "UTUUF", "FTUUF" },
        { "smoke-01/smoke >= 0", "UTUUF", "FTUUF" },
        { "smoke-01/smoke == yes", "UTUUF", "FTUUF" },
        { "smoke-01/smoke != no", "UTUUF", "FTUUF" },
        { "spread(smoke-01/smoke, io-01/siren) == 1", "UTUUF", "FTUUF" },
        { "spread(io-01/siren, smoke-01/smoke) == 1", "UTUUF", "FTUUF" },
        { "age(smoke-01/smoke) >= 0", "TTTTF", "FTTTF" },
        { "rate(smoke-01/smoke, 60s) != 7", "UFUUF", "FFUUF" }, /* good, but no history yet */
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases) * 10; i++) {
        PointQuality quality = i % 5;
        gboolean watched = i / 5 % 2;
        g_autoptr(Model) model = small_station_new_model();

        read_good(model, "io-01/siren", 0, NULL, START);
        set_quality(model, "smoke-01/smoke", quality, watched);
        assert_truth(model, cases[i / 10].text,
                     watched ? cases[i / 10].watched[quality] : cases[i / 10].unwatched[quality]);
    }
}

/* Of two points the strongest reason decides: absent, then unknown, then too early. */
static void test_spread_quality(void)
{
    /* row: a; column: b; unknown (past its grace), good, stale, bad, absent, early */
    static const char *const expected[] = { "UUUUFU", "UTUUFF", "UUUUFU", "UUUUFU", "FFFFFF", "UFUUFF" };

    for (guint a = 0; a < 6; a++) {
        for (guint b = 0; b < 6; b++) {
            g_autoptr(Model) model = small_station_new_model();

            set_quality(model, "smoke-01/smoke", a % 5, a < 5);
            set_quality(model, "smoke-02/smoke", b % 5, b < 5);
            assert_truth(model, "spread(smoke-01/smoke, smoke-02/smoke) < 5", expected[a][b]);
        }
    }
}

/* A point that does not exist makes its comparison false, and is never looked at. */
static void test_missing(void)
{
    static const char *const texts[] = { "none/x == 1",
                                         "none/x != 1",
                                         "none/x == word",
                                         "none/x != word",
                                         "rate(none/x, 60s) < 5",
                                         "spread(none/x, io-01/siren) < 5",
                                         "spread(io-01/siren, none/x) < 5",
                                         "age(none/x) > 1",
                                         "age(none/x) < 1e9" };
    g_autoptr(Model) model = small_station_new_model();

    read_good(model, "io-01/siren", 1, NULL, START);
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        assert_truth(model, texts[i], 'F');
    assert_truth(model, "none/x == 1 or io-01/siren == 1", 'T');
    assert_truth(model, "none/x == 1 and io-01/siren == 1", 'F');
    Bound bound = bind_to(model, "none/x == 1 or none/y == 2");
    guint n = 7;

    condition_binding_get_points(bound.binding, &n);
    g_assert_cmpuint(n, ==, 0);
    g_assert_cmpuint(condition_binding_get_first(bound.binding), ==, POINT_NONE);
    g_assert_true(condition_binding_is_absent(bound.binding, model));
    g_assert_cmpint(condition_binding_next_us(bound.binding, model, START), ==, CLOCK_NEVER);
    unbind(&bound);
}

static void test_not_finite(void)
{
    static const double values[] = { NAN, INFINITY, -INFINITY };
    g_autoptr(Model) model = small_station_new_model();

    for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
        read_good(model, "smoke-01/temperature", values[i], NULL, START);
        assert_truth(model, "smoke-01/temperature < 60", 'U');
        assert_truth(model, "smoke-01/temperature != 60", 'U');
        assert_truth(model, "spread(smoke-01/temperature, smoke-01/temperature) < 60", 'U');
    }
}

/* A point that was never read counts as unknown from its max-age after its watch began; strictly, at once. */
static void test_grace(void)
{
    g_autoptr(Model) model = small_station_new_model();
    Bound bound = bind_to(model, "smoke-01/smoke == 1");
    guint point = small_station_find(model, "smoke-01/smoke");

    for (gint64 at_us = START - 20 * SECOND; at_us < START + 20 * SECOND; at_us += SECOND / 2) {
        if (at_us == START)
            model_begin_watching(model, point, START);
        Truth truth = condition_binding_evaluate(bound.binding, model, at_us);

        g_assert_cmpint(truth, ==, at_us >= START + 5 * SECOND ? TRUTH_UNKNOWN : TRUTH_FALSE);
        g_assert_cmpint(condition_binding_evaluate_strictly(bound.binding, model, at_us), ==, TRUTH_UNKNOWN);
    }
    g_assert_cmpint(condition_binding_next_us(bound.binding, model, START), ==, START + 5 * SECOND);
    g_assert_cmpint(condition_binding_evaluate(bound.binding, model, START + 5 * SECOND - 1), ==,
                    TRUTH_FALSE);
    g_assert_cmpint(condition_binding_next_us(bound.binding, model, START + 5 * SECOND), ==, CLOCK_NEVER);
    unbind(&bound);
}

/* What the station itself knows has no max-age, and is never missed. */
static void test_grace_without_end(void)
{
    g_autoptr(Model) model = small_station_new_model();
    Bound bound = bind_to(model, "station/hq_online == 0");

    model_begin_watching(model, small_station_find(model, "station/hq_online"), START);
    g_assert_cmpint(condition_binding_evaluate(bound.binding, model, CLOCK_NEVER - 1), ==, TRUTH_FALSE);
    g_assert_cmpint(condition_binding_next_us(bound.binding, model, START), ==, CLOCK_NEVER);
    unbind(&bound);
}

/* Nobody tells that a watch has begun: whoever steps when told to must see the end of the grace in time. */
static void test_watched_later(void)
{
    g_autoptr(Model) model = small_station_new_model();
    Bound bound = bind_to(model, "smoke-01/smoke == 1");
    gint64 watched_us = START + 33 * SECOND, now_us = START;

    for (guint steps = 0; now_us < watched_us + 5 * SECOND; steps++) {
        gint64 next_us = condition_binding_next_us(bound.binding, model, now_us);

        g_assert_cmpint(next_us, >, now_us);
        g_assert_cmpint(next_us, <=, watched_us + 5 * SECOND);
        g_assert_cmpuint(steps, <, 20);
        if (now_us <= watched_us && next_us > watched_us)
            model_begin_watching(model, small_station_find(model, "smoke-01/smoke"), watched_us);
        now_us = next_us;
    }
    g_assert_cmpint(condition_binding_evaluate(bound.binding, model, now_us), ==, TRUTH_UNKNOWN);
    unbind(&bound);
}

/* a: smoke-01/smoke is absent. b: smoke-02/smoke is. */
static void test_absent(void)
{
    static const struct {
        const char *text;
        gboolean a, b, both;
    } cases[] = {
        { "smoke-01/smoke == 1", TRUE, FALSE, TRUE },
        { "smoke-01/smoke == 1 or age(smoke-02/smoke) > 5", FALSE, FALSE, TRUE },
        { "smoke-01/smoke == 1 and smoke-02/smoke == 1", TRUE, TRUE, TRUE },
        { "spread(smoke-01/smoke, smoke-02/smoke) > 5", TRUE, TRUE, TRUE },
        { "rate(smoke-01/smoke, 60s) > 5 or none/x == 1", TRUE, FALSE, TRUE },
        { "smoke-01/smoke == 1 and io-01/siren == 1 or smoke-02/smoke == 1", FALSE, FALSE, TRUE },
        { "(smoke-01/smoke == 1 or smoke-02/smoke == 1) and io-01/siren == 1", FALSE, FALSE, TRUE },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Model) model = small_station_new_model();
        Bound bound = bind_to(model, cases[i].text);

        read_good(model, "io-01/siren", 1, NULL, START);
        g_assert_false(condition_binding_is_absent(bound.binding, model));
        set_quality(model, "smoke-01/smoke", POINT_QUALITY_ABSENT, TRUE);
        g_assert_cmpint(condition_binding_is_absent(bound.binding, model), ==, cases[i].a);
        set_quality(model, "smoke-02/smoke", POINT_QUALITY_ABSENT, TRUE);
        g_assert_cmpint(condition_binding_is_absent(bound.binding, model), ==, cases[i].both);
        set_quality(model, "smoke-01/smoke", POINT_QUALITY_BAD, TRUE);
        g_assert_cmpint(condition_binding_is_absent(bound.binding, model), ==, cases[i].b);
        unbind(&bound);
    }
}

/* --- Connectives -------------------------------------------------------------------------------------- */

/* A comparison of each truth. */
static const char *const comparisons[] = { "smoke-01/temperature > 60", "smoke-01/smoke == 1",
                                           "smoke-02/smoke == 1" };

static Model *new_model_of_truths(void)
{
    Model *model = small_station_new_model();

    read_good(model, "smoke-01/temperature", 20, NULL, START);
    read_good(model, "smoke-01/smoke", 1, NULL, START);
    small_station_read(model, "smoke-02/smoke", POINT_QUALITY_BAD, 0, NULL, START);
    return model;
}

static void test_connectives(void)
{
    /* rows and columns: false, true, unknown */
    static const char *const and[] = { "FFF", "FTU", "FUU" };
    static const char *const or [] = { "FTU", "TTT", "UTU" };
    g_autoptr(Model) model = new_model_of_truths();

    for (guint a = 0; a < 3; a++) {
        for (guint b = 0; b < 3; b++) {
            g_autofree char *conjunction = g_strdup_printf("%s and %s", comparisons[a], comparisons[b]);
            g_autofree char *alternative = g_strdup_printf("%s or %s", comparisons[a], comparisons[b]);

            assert_truth(model, conjunction, and[a][b]);
            assert_truth(model, alternative, or [a][b]);
            g_assert_cmpint(letter_of(condition_and(a, b)), ==, and[a][b]);
        }
    }
}

/* `and` binds before `or`; parentheses before both: all 27 triples of both shapes. */
static void test_precedence(void)
{
    g_autoptr(Model) model = new_model_of_truths();

    for (guint i = 0; i < 27; i++) {
        guint a = i % 3, b = i / 3 % 3, c = i / 9;
        g_autofree char *bare =
            g_strdup_printf("%s or %s and %s", comparisons[a], comparisons[b], comparisons[c]);
        g_autofree char *right =
            g_strdup_printf("%s or (%s and %s)", comparisons[a], comparisons[b], comparisons[c]);
        g_autofree char *left =
            g_strdup_printf("(%s or %s) and %s", comparisons[a], comparisons[b], comparisons[c]);
        Truth pair = condition_and(b, c);
        Truth expected = a == TRUTH_TRUE || pair == TRUTH_TRUE     ? TRUTH_TRUE
                         : a == TRUTH_FALSE && pair == TRUTH_FALSE ? TRUTH_FALSE
                                                                   : TRUTH_UNKNOWN;

        assert_truth(model, bare, letter_of(expected));
        assert_truth(model, right, letter_of(expected));
        pair = a == TRUTH_TRUE || b == TRUTH_TRUE     ? TRUTH_TRUE
               : a == TRUTH_FALSE && b == TRUTH_FALSE ? TRUTH_FALSE
                                                      : TRUTH_UNKNOWN;
        assert_truth(model, left, letter_of(condition_and(pair, c)));
    }
}

static void test_points(void)
{
    g_autoptr(Model) model = small_station_new_model();
    Bound bound = bind_to(model, "none/x > 1 and smoke-01/smoke == 1 and spread(smoke-02/smoke, "
                                 "smoke-01/smoke) > 1 or age(io-01/siren) > 1 or smoke-01/smoke == 0");
    guint n;
    const guint *points = condition_binding_get_points(bound.binding, &n);

    g_assert_cmpuint(n, ==, 3);
    g_assert_cmpuint(points[0], ==, small_station_find(model, "smoke-01/smoke"));
    g_assert_cmpuint(points[1], ==, small_station_find(model, "smoke-02/smoke"));
    g_assert_cmpuint(points[2], ==, small_station_find(model, "io-01/siren"));
    unbind(&bound);
}

/* --- rate() ------------------------------------------------------------------------------------------- */

static void read_observed(Bound *bound, const char *path, PointQuality quality, double number, gint64 at_us)
{
    small_station_read(bound->model, path, quality, number, NULL, at_us);
    condition_binding_observe(bound->binding, bound->model, small_station_find(bound->model, path));
}

static char get_letter(const Bound *bound, gint64 now_us)
{
    return letter_of(condition_binding_evaluate(bound->binding, bound->model, now_us));
}

/* False while it is too early, then the rate: 6 °C a minute. */
static void test_rate(void)
{
    g_autoptr(Model) model = small_station_new_model();
    Bound above = bind_to(model, "rate(smoke-01/temperature, 60s) >= 5.9");
    Bound below = bind_to(model, "rate(smoke-01/temperature, 60s) < 5.9");
    guint point = small_station_find(model, "smoke-01/temperature");

    model_begin_watching(model, point, START);
    for (gint64 i = 0; i < 100; i++) {
        read_observed(&above, "smoke-01/temperature", POINT_QUALITY_GOOD, (double)i / 10, START + i * SECOND);
        condition_binding_observe(below.binding, model, point);
        g_assert_cmpint(get_letter(&above, START + i * SECOND), ==, i < 30 ? 'F' : 'T');
        g_assert_cmpint(get_letter(&below, START + i * SECOND), ==, 'F');
    }
    unbind(&above);
    unbind(&below);
}

/* Readings too far apart for the window never give a rate: that is unknown, once the window has passed. */
static void test_rate_sparse(void)
{
    g_autoptr(Model) model = small_station_new_model();
    Bound bound = bind_to(model, "rate(smoke-01/temperature, 10s) > 5");

    model_begin_watching(model, small_station_find(model, "smoke-01/temperature"), START);
    read_observed(&bound, "smoke-01/temperature", POINT_QUALITY_GOOD, 0, START + SECOND);
    g_assert_cmpint(condition_binding_next_us(bound.binding, model, START + SECOND), ==, START + 11 * SECOND);
    g_assert_cmpint(get_letter(&bound, START + 11 * SECOND - 1), ==, 'F');
    g_assert_cmpint(get_letter(&bound, START + 11 * SECOND), ==, 'U');
    for (gint64 i = 2; i < 10; i++) {
        read_observed(&bound, "smoke-01/temperature", POINT_QUALITY_GOOD, 0, START + i * 11 * SECOND);
        g_assert_cmpint(get_letter(&bound, START + i * 11 * SECOND), ==, 'U');
    }
    unbind(&bound);
}

/* A bad reading hides the rate, and does not end its history; an absent one does. */
static void test_rate_gaps(void)
{
    g_autoptr(Model) model = small_station_new_model();
    Bound bound = bind_to(model, "rate(smoke-01/temperature, 10s) > 5");
    gint64 at_us = START;

    model_begin_watching(model, small_station_find(model, "smoke-01/temperature"), START);
    for (gint64 i = 0; i <= 10; i++, at_us += SECOND)
        read_observed(&bound, "smoke-01/temperature", POINT_QUALITY_GOOD, (double)i, at_us);
    g_assert_cmpint(get_letter(&bound, at_us), ==, 'T');
    read_observed(&bound, "smoke-01/temperature", POINT_QUALITY_BAD, 0, at_us);
    g_assert_cmpint(get_letter(&bound, at_us), ==, 'U');
    read_observed(&bound, "smoke-01/temperature", POINT_QUALITY_GOOD, 12, at_us += SECOND);
    g_assert_cmpint(get_letter(&bound, at_us), ==, 'T');
    read_observed(&bound, "smoke-01/temperature", POINT_QUALITY_ABSENT, 0, at_us += SECOND);
    g_assert_cmpint(get_letter(&bound, at_us), ==, 'F');
    read_observed(&bound, "smoke-01/temperature", POINT_QUALITY_GOOD, 90, at_us += SECOND);
    g_assert_cmpint(get_letter(&bound, at_us), ==, 'F');
    g_assert_cmpint(get_letter(&bound, at_us + 9 * SECOND - 1), ==, 'F');
    g_assert_cmpint(get_letter(&bound, at_us + 9 * SECOND), ==, 'U');
    read_observed(&bound, "smoke-01/temperature", POINT_QUALITY_GOOD, 90, at_us += 5 * SECOND);
    g_assert_cmpint(get_letter(&bound, at_us), ==, 'F');
    unbind(&bound);
}

/* A reload binds anew: the point is good and long watched, and the window must not cry unknown at once. */
static void test_rate_after_reload(void)
{
    g_autoptr(Model) model = small_station_new_model();

    model_begin_watching(model, small_station_find(model, "smoke-01/temperature"), START);
    read_good(model, "smoke-01/temperature", 20, NULL, START + 1000 * SECOND);
    Bound bound = bind_to(model, "rate(smoke-01/temperature, 10s) > 5");

    g_assert_cmpint(get_letter(&bound, START + 1001 * SECOND), ==, 'F');
    g_assert_cmpint(condition_binding_evaluate_strictly(bound.binding, model, START + 1001 * SECOND), ==,
                    TRUTH_UNKNOWN);
    g_assert_cmpint(get_letter(&bound, START + 1010 * SECOND), ==, 'U');
    unbind(&bound);
}

/* --- age() -------------------------------------------------------------------------------------------- */

static void test_age(void)
{
    static const struct {
        const char *op;
        const char *truths; /* 1 µs before, at, 1 µs after */
    } cases[] = {
        { "==", "FTF" }, { "!=", "TFT" }, { "<", "TFF" }, { "<=", "TTF" }, { ">", "FFT" }, { ">=", "FTT" },
    };
    static const double measures[] = { 0.5, 1, 300, 1.234567, 1e-6 };
    g_autoptr(Model) model = small_station_new_model();

    read_good(model, "smoke-01/smoke", 0, NULL, START);
    for (guint i = 0; i < G_N_ELEMENTS(cases) * G_N_ELEMENTS(measures); i++) {
        double measure = measures[i % G_N_ELEMENTS(measures)];
        guint op = i / G_N_ELEMENTS(measures);
        gint64 at_us = START + (gint64)round(measure * G_USEC_PER_SEC);
        g_autofree char *text = g_strdup_printf("age(smoke-01/smoke) %s %.7f", cases[op].op, measure);
        Bound bound = bind_to(model, text);

        for (int j = 0; j < 3; j++)
            g_assert_cmpint(get_letter(&bound, at_us + j - 1), ==, cases[op].truths[j]);
        for (gint64 now_us = START, steps = 0; now_us != CLOCK_NEVER; steps++) {
            gint64 next_us = condition_binding_next_us(bound.binding, model, now_us);

            g_assert_cmpint(steps, <, 4);
            g_assert_cmpint(next_us, >, now_us);
            if (now_us < at_us) /* no change is slept over */
                g_assert_cmpint(next_us, <=,
                                get_letter(&bound, at_us - 1) == get_letter(&bound, at_us) ? at_us + 1
                                                                                           : at_us);
            now_us = next_us;
        }
        unbind(&bound);
    }
}

/* The age of what was never read counts from the beginning of its watch. */
static void test_age_never_read(void)
{
    g_autoptr(Model) model = small_station_new_model();
    Bound bound = bind_to(model, "age(smoke-01/smoke) > 20");

    g_assert_cmpint(get_letter(&bound, START + 1000 * SECOND), ==, 'F');
    g_assert_cmpint(condition_binding_next_us(bound.binding, model, START), <=, START + 20 * SECOND);
    model_begin_watching(model, small_station_find(model, "smoke-01/smoke"), START);
    g_assert_cmpint(get_letter(&bound, START + 20 * SECOND), ==, 'F');
    g_assert_cmpint(get_letter(&bound, START + 20 * SECOND + 1), ==, 'T');
    g_assert_cmpint(condition_binding_next_us(bound.binding, model, START), ==, START + 20 * SECOND + 1);
    unbind(&bound);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/condition/operators", test_operators);
    g_test_add_func("/condition/words", test_words);
    g_test_add_func("/condition/quality", test_quality);
    g_test_add_func("/condition/spread-quality", test_spread_quality);
    g_test_add_func("/condition/missing", test_missing);
    g_test_add_func("/condition/not-finite", test_not_finite);
    g_test_add_func("/condition/grace", test_grace);
    g_test_add_func("/condition/grace-without-end", test_grace_without_end);
    g_test_add_func("/condition/watched-later", test_watched_later);
    g_test_add_func("/condition/absent", test_absent);
    g_test_add_func("/condition/connectives", test_connectives);
    g_test_add_func("/condition/precedence", test_precedence);
    g_test_add_func("/condition/points", test_points);
    g_test_add_func("/condition/rate", test_rate);
    g_test_add_func("/condition/rate-sparse", test_rate_sparse);
    g_test_add_func("/condition/rate-gaps", test_rate_gaps);
    g_test_add_func("/condition/rate-after-reload", test_rate_after_reload);
    g_test_add_func("/condition/age", test_age);
    g_test_add_func("/condition/age-never-read", test_age_never_read);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Random conditions, printed, parsed and evaluated over random readings, against a second evaluator that
 * works on the tree from which the text was printed and on the plain list of all readings. */
#include "edge/condition/condition.h"

#include "tests/lib/small-station.h"

#include <math.h>
#include <string.h>

#define SECOND SMALL_STATION_SECOND
#define START (100 * SECOND)
#define LONGEST_HISTORY 40

typedef enum { AND, OR, VALUE, WORD, RATE, SPREAD, AGE, KINDS } Kind;

typedef struct Node {
    Kind kind;
    struct Node *left, *right;
    guint op;
    guint a, b;
    double number;
    const char *word;
    int window_s;
} Node;

typedef struct {
    gint64 at_us;
    PointQuality quality;
    double number;
} Reading;

/* A point's whole life, as the second evaluator sees it. */
typedef struct {
    gboolean exists;
    gint64 watched_us;
    guint n;
    Reading readings[LONGEST_HISTORY];
    gboolean stale;
} Story;

static const char *const paths[] = { "smoke-01/smoke", "smoke-02/temperature", "io-01/breaker-1",
                                     "dc-01/1/t1", "nothing/here" };
#define POINTS G_N_ELEMENTS(paths)
#define WORDED 2 /* breaker-1 is read as a word */
static const char *const ops[] = { "==", "!=", "<", "<=", ">", ">=" };
static const char *const words[] = { "open", "closed", "true", "false", "yes", "no", "ajar" };

/* --- Inventing ---------------------------------------------------------------------------------------- */

static int pick(int n)
{
    return g_test_rand_int_range(0, n);
}

static Node *invent(int depth)
{
    Node *node = g_new0(Node, 1);

    node->kind = depth > 0 && pick(3) ? (Kind)pick(2) : (Kind)(VALUE + pick(KINDS - VALUE));
    if (node->kind <= OR) {
        node->left = invent(depth - 1);
        node->right = invent(depth - 1);
        return node;
    }
    node->op = (guint)pick(node->kind == WORD ? 2 : 6);
    node->a = (guint)pick(POINTS);
    node->b = (guint)pick(POINTS);
    node->number = node->kind == RATE ? pick(121) - 60 : pick(5) - 1;
    node->word = words[pick(G_N_ELEMENTS(words))];
    node->window_s = 1 + pick(20);
    return node;
}

static void free_node(Node *node)
{
    if (!node)
        return;
    free_node(node->left);
    free_node(node->right);
    g_free(node);
}

static void print_space(GString *to, int least)
{
    for (int i = pick(3) ? least : least + pick(3); i > 0; i--)
        g_string_append_c(to, pick(4) ? ' ' : '\t');
}

static void print_comparison(const Node *node, GString *to)
{
    switch (node->kind) {
    case RATE:
        g_string_append_printf(to, "rate(%s,%d%s)", paths[node->a],
                               node->window_s * (node->number < 0 ? 1000 : 1), node->number < 0 ? "ms" : "s");
        break;
    case SPREAD:
        g_string_append_printf(to, "spread( %s , %s )", paths[node->a], paths[node->b]);
        break;
    case AGE:
        g_string_append_printf(to, "age(%s)", paths[node->a]);
        break;
    default:
        g_string_append(to, paths[node->a]);
        break;
    }
    print_space(to, 0);
    g_string_append(to, ops[node->op]);
    print_space(to, 0);
    if (node->kind == WORD)
        g_string_append(to, node->word);
    else
        g_string_append_printf(to, pick(2) ? "%g" : "%+.3f", node->number);
}

/* Prints NODE; parentheses where it is weaker than where it STANDS, and now and then where not needed. */
static void print_node(const Node *node, Kind stands, GString *to)
{
    gboolean wrap = (node->kind == OR && stands == AND) || !pick(4);

    if (wrap)
        g_string_append_c(to, '(');
    if (node->kind <= OR) {
        print_node(node->left, node->kind, to);
        print_space(to, 1);
        g_string_append(to, node->kind == AND ? "and" : "or");
        print_space(to, 1);
        print_node(node->right, node->kind, to);
    } else {
        print_comparison(node, to);
    }
    if (wrap)
        g_string_append_c(to, ')');
}

/* --- The second evaluator ----------------------------------------------------------------------------- */

static gboolean holds(guint op, double left, double right)
{
    gboolean less = left<right, more = left> right;
    const gboolean truths[] = { !less && !more, less || more, less, !more, more, !less };

    return truths[op];
}

/* The letters of truth: F, T, U; V where the value decides. */
static char look_at(const Story *story, gint64 now_us)
{
    if (!story->exists)
        return 'F';
    if (story->stale)
        return 'U';
    if (!story->n)
        return story->watched_us != CLOCK_NEVER && now_us - story->watched_us >= 5 * SECOND ? 'U' : 'F';
    switch (story->readings[story->n - 1].quality) {
    case POINT_QUALITY_GOOD:
        return 'V';
    case POINT_QUALITY_ABSENT:
        return 'F';
    default:
        return 'U';
    }
}

static const Reading *get_last(const Story *story)
{
    return &story->readings[story->n - 1];
}

static char judge(gboolean truth)
{
    return truth ? 'T' : 'F';
}

static char judge_word(const Node *node, double number)
{
    const char *text = number != 0 ? "closed" : "open";
    gboolean same = node->a == WORDED && g_str_equal(node->word, text);

    if (strstr("true yes", node->word))
        same = number != 0;
    if (strstr("false no", node->word))
        same = number == 0;
    return judge(node->op == 0 ? same : !same);
}

static char judge_rate(const Node *node, const Story *story, gint64 now_us)
{
    gint64 window_us = node->window_s * SECOND;
    const Reading *last = get_last(story), *oldest = NULL, *began = NULL;

    for (guint i = 0; i < story->n; i++) {
        const Reading *reading = &story->readings[i];

        if (reading->quality == POINT_QUALITY_ABSENT) {
            oldest = NULL;
            began = reading;
        }
        if (reading->quality != POINT_QUALITY_GOOD)
            continue;
        began = began ? began : reading;
        if (!oldest && reading->at_us >= last->at_us - window_us)
            oldest = reading;
    }
    if (last->at_us - oldest->at_us >= window_us / 2)
        return judge(holds(node->op,
                           (last->number - oldest->number) * 60e6 / (double)(last->at_us - oldest->at_us),
                           node->number));
    gint64 since_us = began->at_us;

    if (story->watched_us != CLOCK_NEVER)
        since_us = MAX(since_us, story->watched_us);
    return now_us - since_us >= window_us ? 'U' : 'F';
}

static char judge_age(const Node *node, const Story *story, gint64 now_us)
{
    gint64 from_us = story->n ? get_last(story)->at_us : story->watched_us;

    if (!story->exists || from_us == CLOCK_NEVER ||
        (!story->stale && story->n && get_last(story)->quality == POINT_QUALITY_ABSENT))
        return 'F';
    return judge(holds(node->op, (double)(now_us - from_us) / 1e6, node->number));
}

static char judge_spread(const Node *node, const Story *stories, gint64 now_us)
{
    char a = look_at(&stories[node->a], now_us), b = look_at(&stories[node->b], now_us);
    const Story *at_a = &stories[node->a], *at_b = &stories[node->b];
    gboolean absent_a = !at_a->exists || (a == 'F' && at_a->n),
             absent_b = !at_b->exists || (b == 'F' && at_b->n);

    if (absent_a || absent_b)
        return 'F';
    if (a == 'U' || b == 'U')
        return 'U';
    if (a == 'F' || b == 'F')
        return 'F';
    return judge(holds(node->op, fabs(get_last(at_a)->number - get_last(at_b)->number), node->number));
}

static char judge_node(const Node *node, const Story *stories, gint64 now_us)
{
    if (node->kind <= OR) {
        char left = judge_node(node->left, stories, now_us), right = judge_node(node->right, stories, now_us);
        char strong = node->kind == AND ? 'F' : 'T';

        if (left == strong || right == strong)
            return strong;
        return left == 'U' || right == 'U' ? 'U' : left;
    }
    const Story *story = &stories[node->a];
    char seen = look_at(story, now_us);

    if (node->kind == AGE)
        return judge_age(node, story, now_us);
    if (node->kind == SPREAD)
        return judge_spread(node, stories, now_us);
    if (seen != 'V')
        return seen;
    if (node->kind == RATE)
        return judge_rate(node, story, now_us);
    if (node->kind == WORD)
        return judge_word(node, get_last(story)->number);
    return judge(holds(node->op, get_last(story)->number, node->number));
}

/* --- Both at once ------------------------------------------------------------------------------------- */

static guint resolve(const char *name, gpointer user_data)
{
    return model_find_point(user_data, name);
}

static void read_random(Model *model, ConditionBinding *binding, Story *stories, gint64 now_us)
{
    static const PointQuality qualities[] = { POINT_QUALITY_GOOD, POINT_QUALITY_GOOD,  POINT_QUALITY_GOOD,
                                              POINT_QUALITY_GOOD, POINT_QUALITY_GOOD,  POINT_QUALITY_GOOD,
                                              POINT_QUALITY_BAD,  POINT_QUALITY_ABSENT };
    guint i = (guint)pick(POINTS);
    Story *story = &stories[i];
    Reading reading = { now_us, qualities[pick(G_N_ELEMENTS(qualities))], pick(4) };
    const char *word = reading.number != 0 ? "closed" : "open";

    if (!story->exists || story->n == LONGEST_HISTORY)
        return;
    story->readings[story->n++] = reading;
    story->stale = FALSE;
    small_station_read(model, paths[i], reading.quality, reading.number, i == WORDED ? word : "", now_us);
    condition_binding_observe(binding, model, model_find_point(model, paths[i]));
}

/* Makes one point stale, or begins its watch. */
static void disturb(Model *model, ConditionBinding *binding, Story *stories, gint64 now_us)
{
    guint i = (guint)pick(POINTS);
    guint point = model_find_point(model, paths[i]);

    if (!stories[i].exists)
        return;
    if (pick(2)) {
        model_begin_watching(model, point, now_us);
        stories[i].watched_us = model->points[point].watched_us;
    } else if (stories[i].n) {
        model->points[point].quality = POINT_QUALITY_STALE;
        stories[i].stale = TRUE;
        condition_binding_observe(binding, model, point);
    }
}

/* The truth must not change before the time that next_us() gave, if nothing is read. */
static void assert_constant_until_next(const ConditionBinding *binding, const Model *model, gint64 now_us)
{
    gint64 next_us = condition_binding_next_us(binding, model, now_us);
    Truth truth = condition_binding_evaluate(binding, model, now_us);
    gint64 until_us = MIN(next_us, now_us + 1000 * SECOND);

    g_assert_cmpint(next_us, >, now_us);
    for (int i = 0; i < 3; i++) {
        gint64 at_us =
            i ? now_us + (gint64)((double)(until_us - now_us) * g_test_rand_double()) : until_us - 1;

        g_assert_cmpint(condition_binding_evaluate(binding, model, at_us), ==, truth);
    }
}

/* The strict truth differs only where the other is false, and then is unknown. */
static void assert_strict(const ConditionBinding *binding, const Model *model, Truth truth, gint64 now_us)
{
    Truth strict = condition_binding_evaluate_strictly(binding, model, now_us);

    if (strict != truth) {
        g_assert_cmpint(truth, ==, TRUTH_FALSE);
        g_assert_cmpint(strict, ==, TRUTH_UNKNOWN);
    }
}

static void try_one(Model *model, const char *text, const Node *tree, guint *truths)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Condition) condition = condition_parse(text, &error);
    Story stories[POINTS] = { 0 };
    gint64 now_us = START;

    g_assert_no_error(error);
    g_autoptr(ConditionBinding) binding = condition_bind(condition, resolve, model);

    for (guint i = 0; i < POINTS; i++) {
        stories[i].exists = i != POINTS - 1;
        stories[i].watched_us = CLOCK_NEVER;
    }
    for (int i = pick(40); i >= 0; i--) {
        now_us += 100000 * (gint64)(1 + pick(20));
        if (pick(10))
            read_random(model, binding, stories, now_us);
        else
            disturb(model, binding, stories, now_us);
        now_us += pick(2) ? 0 : (gint64)pick(3000000);
        Truth truth = condition_binding_evaluate(binding, model, now_us);
        char expected = judge_node(tree, stories, now_us);

        if ("FTU"[truth] != expected)
            g_test_message("%s", text);
        g_assert_cmpint("FTU"[truth], ==, expected);
        assert_strict(binding, model, truth, now_us);
        assert_constant_until_next(binding, model, now_us);
        truths[truth]++;
    }
}

/* The model as it was before. */
static void reset_model(Model *model)
{
    for (guint i = 0; i < model->n_points; i++) {
        Point *point = &model->points[i];

        point->quality = POINT_QUALITY_UNKNOWN;
        point->value = (PointValue){ 0 };
        point->watched_us = CLOCK_NEVER;
        point->asked_at_us = point->read_at_us = 0;
    }
}

static void test_random(void)
{
    guint n = small_station_is_full() ? 100000 : 5000;
    guint truths[3] = { 0 }, tried = 0;
    g_autoptr(Model) model = small_station_new_model();

    while (tried < n) {
        Node *tree = invent(pick(5));
        g_autoptr(GString) text = g_string_new("");

        print_node(tree, OR, text);
        if (text->len <= 1024) {
            reset_model(model);
            try_one(model, text->str, tree, truths);
            tried++;
        }
        free_node(tree);
    }
    g_test_message("%u conditions; %u times false, %u true, %u unknown", tried, truths[0], truths[1],
                   truths[2]);
    for (guint i = 0; i < 3; i++) /* the cases are worth something */
        g_assert_cmpuint(truths[i], >, n);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/condition-random/against-reference", test_random);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/condition/condition.h"

#include "edge/condition/condition-parse.h"
#include "edge/condition/condition-window.h"

#include <math.h>

#define RECHECK_US ((gint64)G_USEC_PER_SEC) /* how soon an age() looks again whether its point is watched */

struct ConditionBinding {
    const Condition *condition;
    guint *by_name; /* the point of each name, or POINT_NONE */
    guint *points;  /* each point once, without POINT_NONE */
    guint n_points;
    ConditionWindow *windows;
};

/* One evaluation. */
typedef struct {
    const ConditionBinding *binding;
    const Model *model;
    gint64 now_us;
    Truth early;       /* what counts for a value that nobody could have read yet */
    gboolean clearing; /* a part that has no value is left out */
} Look;

/* What a point can say. */
typedef enum {
    STANDING_VALUE,   /* its value */
    STANDING_ABSENT,  /* there is no such value (now, or at all) */
    STANDING_UNKNOWN, /* there should be one, and it cannot be known */
    STANDING_EARLY,   /* it is too early to expect one */
} Standing;

G_DEFINE_QUARK(condition - error - quark, condition_error)

Condition *condition_parse(const char *text, GError **error)
{
    g_autoptr(Condition) condition = g_new0(Condition, 1);

    condition->nodes = g_array_new(FALSE, TRUE, sizeof(ConditionNode));
    condition->names = g_ptr_array_new_with_free_func(g_free);
    if (!condition_parse_text(condition, text, error))
        return NULL;
    return g_steal_pointer(&condition);
}

void condition_free(Condition *condition)
{
    g_array_unref(condition->nodes);
    g_ptr_array_unref(condition->names);
    g_free(condition);
}

const char *const *condition_get_names(const Condition *condition)
{
    return (const char *const *)condition->names->pdata;
}

static const ConditionNode *get_node(const Condition *condition, guint i)
{
    return &g_array_index(condition->nodes, ConditionNode, i);
}

static void add_point(ConditionBinding *binding, guint point)
{
    for (guint i = 0; i < binding->n_points; i++) {
        if (binding->points[i] == point)
            return;
    }
    binding->points[binding->n_points++] = point;
}

ConditionBinding *condition_bind(const Condition *condition, ConditionResolve resolve, gpointer user_data)
{
    ConditionBinding *binding = g_new0(ConditionBinding, 1);

    binding->condition = condition;
    binding->by_name = g_new0(guint, condition->n_names);
    binding->points = g_new0(guint, condition->n_names);
    binding->windows = g_new0(ConditionWindow, condition->n_windows);
    for (guint i = 0; i < condition->n_names; i++) {
        binding->by_name[i] = resolve(condition->names->pdata[i], user_data);
        if (binding->by_name[i] != POINT_NONE)
            add_point(binding, binding->by_name[i]);
    }
    for (guint i = 0; i < condition->nodes->len; i++) {
        const ConditionNode *node = get_node(condition, i);

        if (node->kind == CONDITION_NODE_RATE)
            condition_window_init(&binding->windows[node->window], node->window_us);
    }
    return binding;
}

void condition_binding_free(ConditionBinding *binding)
{
    for (guint i = 0; i < binding->condition->n_windows; i++)
        condition_window_clear(&binding->windows[i]);
    g_free(binding->windows);
    g_free(binding->by_name);
    g_free(binding->points);
    g_free(binding);
}

const guint *condition_binding_get_points(const ConditionBinding *binding, guint *ret_n)
{
    *ret_n = binding->n_points;
    return binding->points;
}

guint condition_binding_get_first(const ConditionBinding *binding)
{
    return binding->by_name[0];
}

static void observe_window(ConditionWindow *window, const Point *point)
{
    if (point->quality == POINT_QUALITY_ABSENT)
        condition_window_restart(window, point->read_at_us);
    else if (point->quality == POINT_QUALITY_GOOD && isfinite(point->value.number))
        condition_window_add(window, point->read_at_us, point->value.number);
}

void condition_binding_observe(ConditionBinding *binding, const Model *model, guint point)
{
    const Condition *condition = binding->condition;

    if (!condition->n_windows)
        return;
    for (guint i = 0; i < condition->nodes->len; i++) {
        const ConditionNode *node = get_node(condition, i);

        if (node->kind == CONDITION_NODE_RATE && binding->by_name[node->a] == point)
            observe_window(&binding->windows[node->window], &model->points[point]);
    }
}

void condition_binding_adopt(ConditionBinding *binding, const ConditionBinding *old)
{
    g_return_if_fail(binding->condition->n_windows == old->condition->n_windows);
    for (guint i = 0; i < binding->condition->n_windows; i++)
        condition_window_adopt(&binding->windows[i], &old->windows[i]);
}

static gint64 add_us(gint64 at_us, gint64 length_us)
{
    return at_us > CLOCK_NEVER - length_us ? CLOCK_NEVER : at_us + length_us;
}

/* Until when a point that was never read may be silent. */
static gint64 get_grace_end_us(const Point *point)
{
    if (point->watched_us == CLOCK_NEVER || point->max_age_us == CLOCK_NEVER)
        return CLOCK_NEVER;
    return add_us(point->watched_us, point->max_age_us);
}

static const Point *find_point(const Look *look, guint name)
{
    guint point = look->binding->by_name[name];

    return point == POINT_NONE ? NULL : &look->model->points[point];
}

static Standing find_standing(const Look *look, const Point *point)
{
    if (!point || point->quality == POINT_QUALITY_ABSENT)
        return STANDING_ABSENT;
    if (point->quality == POINT_QUALITY_GOOD)
        return isfinite(point->value.number) ? STANDING_VALUE : STANDING_UNKNOWN;
    if (point->quality == POINT_QUALITY_UNKNOWN && look->now_us < get_grace_end_us(point))
        return STANDING_EARLY;
    return STANDING_UNKNOWN;
}

/* The truth of a comparison whose points stand so, and give no value. */
static Truth judge_standing(const Look *look, Standing standing)
{
    if (standing == STANDING_UNKNOWN)
        return TRUTH_UNKNOWN;
    return standing == STANDING_EARLY ? look->early : TRUTH_FALSE;
}

static Truth compare(ConditionOp op, double left, double right)
{
    switch (op) {
    case CONDITION_OP_EQ:
        return left == right;
    case CONDITION_OP_NE:
        return left != right;
    case CONDITION_OP_LT:
        return left < right;
    case CONDITION_OP_LE:
        return left <= right;
    case CONDITION_OP_GT:
        return left > right;
    case CONDITION_OP_GE:
        return left >= right;
    }
    return TRUTH_FALSE;
}

/* A word is the mapped text; true, false, yes, no also mean the number of a bool, whatever its map calls it.
 */
static Truth compare_word(const ConditionNode *node, const PointValue *value)
{
    gboolean same = g_str_equal(value->text, node->word);

    if (!same && node->boolean >= 0) {
        int spoken = condition_parse_boolean(value->text);

        same = (spoken >= 0 ? spoken : value->number != 0) == node->boolean;
    }
    return node->op == CONDITION_OP_EQ ? same : !same;
}

static Truth evaluate_value(const Look *look, const ConditionNode *node)
{
    const Point *point = find_point(look, node->a);
    Standing standing = find_standing(look, point);

    if (standing != STANDING_VALUE)
        return judge_standing(look, standing);
    if (node->kind == CONDITION_NODE_WORD)
        return compare_word(node, &point->value);
    return compare(node->op, point->value.number, node->number);
}

static Truth evaluate_spread(const Look *look, const ConditionNode *node)
{
    const Point *a = find_point(look, node->a), *b = find_point(look, node->b);
    Standing at_a = find_standing(look, a), at_b = find_standing(look, b);

    /* The strongest reason decides: no such value, then not to be known, then too early. */
    for (Standing standing = STANDING_ABSENT; standing <= STANDING_EARLY; standing++) {
        if (at_a == standing || at_b == standing)
            return judge_standing(look, standing);
    }
    return compare(node->op, fabs(a->value.number - b->value.number), node->number);
}

/* From when on a window must have a rate: one window after its history began. After a reload the point may be
 * good long before the window saw a reading. */
static gint64 get_window_due_us(const ConditionWindow *window, const Point *point)
{
    gint64 since_us = window->since_us ? window->since_us : point->read_at_us;

    if (point->watched_us != CLOCK_NEVER)
        since_us = MAX(since_us, point->watched_us);
    return add_us(since_us, window->length_us);
}

static Truth evaluate_rate(const Look *look, const ConditionNode *node)
{
    const Point *point = find_point(look, node->a);
    Standing standing = find_standing(look, point);
    const ConditionWindow *window = &look->binding->windows[node->window];
    double rate;

    if (standing != STANDING_VALUE)
        return judge_standing(look, standing);
    if (condition_window_find_rate(window, &rate))
        return compare(node->op, rate, node->number);
    return look->now_us < get_window_due_us(window, point) ? look->early : TRUTH_UNKNOWN;
}

/* Since when a point's age counts; CLOCK_NEVER: it has none. */
static gint64 get_age_from_us(const Point *point)
{
    return point->read_at_us ? point->read_at_us : point->watched_us;
}

static double get_measure_us(const ConditionNode *node)
{
    return round(node->number * G_USEC_PER_SEC);
}

/* A point's age is known, whatever its quality: that is what age() is for. */
static Truth evaluate_age(const Look *look, const ConditionNode *node)
{
    const Point *point = find_point(look, node->a);

    if (!point || point->quality == POINT_QUALITY_ABSENT)
        return TRUTH_FALSE;
    gint64 from_us = get_age_from_us(point);

    if (from_us == CLOCK_NEVER)
        return look->early;
    Truth truth = compare(node->op, (double)MAX(look->now_us - from_us, 0), get_measure_us(node));

    return truth == TRUTH_FALSE && !point->read_at_us ? look->early : truth;
}

Truth condition_and(Truth a, Truth b)
{
    if (a == TRUTH_FALSE || b == TRUTH_FALSE)
        return TRUTH_FALSE;
    return a == TRUTH_TRUE && b == TRUTH_TRUE ? TRUTH_TRUE : TRUTH_UNKNOWN;
}

static Truth condition_or(Truth a, Truth b)
{
    if (a == TRUTH_TRUE || b == TRUTH_TRUE)
        return TRUTH_TRUE;
    return a == TRUTH_FALSE && b == TRUTH_FALSE ? TRUTH_FALSE : TRUTH_UNKNOWN;
}

static gboolean is_point_absent(const Look *look, guint name)
{
    const Point *point = find_point(look, name);

    return !point || point->quality == POINT_QUALITY_ABSENT;
}

/* Whether the part at I has no value now. An `or` has one while a side has; an `and`, unless it is asked
 * LENIENTLY, while both have. */
static gboolean is_node_absent(const Look *look, guint i, gboolean leniently)
{
    const ConditionNode *node = get_node(look->binding->condition, i);

    switch (node->kind) {
    case CONDITION_NODE_AND:
        if (!leniently)
            return is_node_absent(look, node->a, FALSE) || is_node_absent(look, node->b, FALSE);
        return is_node_absent(look, node->a, TRUE) && is_node_absent(look, node->b, TRUE);
    case CONDITION_NODE_OR:
        return is_node_absent(look, node->a, leniently) && is_node_absent(look, node->b, leniently);
    case CONDITION_NODE_SPREAD:
        return is_point_absent(look, node->a) || is_point_absent(look, node->b);
    case CONDITION_NODE_VALUE:
    case CONDITION_NODE_WORD:
    case CONDITION_NODE_RATE:
    case CONDITION_NODE_AGE:
        break;
    }
    return is_point_absent(look, node->a);
}

static Truth evaluate_node(const Look *look, guint i);

/* The side of NODE, an `and` or `or`, that alone has a value; FALSE: both have, or none. */
static gboolean find_only_side(const Look *look, const ConditionNode *node, guint *ret_side)
{
    gboolean absent_a = is_node_absent(look, node->a, TRUE), absent_b = is_node_absent(look, node->b, TRUE);

    *ret_side = absent_a ? node->b : node->a;
    return absent_a != absent_b;
}

static Truth evaluate_node(const Look *look, guint i)
{
    const ConditionNode *node = get_node(look->binding->condition, i);
    gboolean connects = node->kind == CONDITION_NODE_AND || node->kind == CONDITION_NODE_OR;
    guint only;
    Truth left;

    if (look->clearing && connects && find_only_side(look, node, &only))
        return evaluate_node(look, only);
    switch (node->kind) {
    case CONDITION_NODE_AND:
        left = evaluate_node(look, node->a);
        return left == TRUTH_FALSE ? left : condition_and(left, evaluate_node(look, node->b));
    case CONDITION_NODE_OR:
        left = evaluate_node(look, node->a);
        return left == TRUTH_TRUE ? left : condition_or(left, evaluate_node(look, node->b));
    case CONDITION_NODE_VALUE:
    case CONDITION_NODE_WORD:
        return evaluate_value(look, node);
    case CONDITION_NODE_RATE:
        return evaluate_rate(look, node);
    case CONDITION_NODE_SPREAD:
        return evaluate_spread(look, node);
    case CONDITION_NODE_AGE:
        return evaluate_age(look, node);
    }
    return TRUTH_FALSE;
}

Truth condition_binding_evaluate(const ConditionBinding *binding, const Model *model, gint64 now_us)
{
    Look look = { binding, model, now_us, TRUTH_FALSE, FALSE };

    return evaluate_node(&look, binding->condition->nodes->len - 1);
}

Truth condition_binding_evaluate_strictly(const ConditionBinding *binding, const Model *model, gint64 now_us)
{
    Look look = { binding, model, now_us, TRUTH_UNKNOWN, FALSE };

    return evaluate_node(&look, binding->condition->nodes->len - 1);
}

Truth condition_binding_evaluate_clear(const ConditionBinding *binding, const Model *model, gint64 now_us)
{
    Look look = { binding, model, now_us, TRUTH_UNKNOWN, TRUE };

    return evaluate_node(&look, binding->condition->nodes->len - 1);
}

gboolean condition_binding_is_absent(const ConditionBinding *binding, const Model *model)
{
    Look look = { binding, model, 0, TRUTH_FALSE, FALSE };

    return is_node_absent(&look, binding->condition->nodes->len - 1, FALSE);
}

/* When an unread point's grace ends. Nobody tells when its watch begins, so that an unwatched one is looked
 * at again before a grace that began right now could end. */
static gint64 next_of_grace_us(const Look *look, const Point *point)
{
    if (!point || point->quality != POINT_QUALITY_UNKNOWN || point->max_age_us == CLOCK_NEVER)
        return CLOCK_NEVER;
    if (point->watched_us == CLOCK_NEVER)
        return add_us(look->now_us, MAX(point->max_age_us, RECHECK_US));
    gint64 end_us = get_grace_end_us(point);

    return end_us > look->now_us ? end_us : CLOCK_NEVER;
}

static gint64 next_of_window_us(const Look *look, const ConditionNode *node, const Point *point)
{
    const ConditionWindow *window = &look->binding->windows[node->window];
    double rate;

    if (!point || point->quality != POINT_QUALITY_GOOD || condition_window_find_rate(window, &rate))
        return CLOCK_NEVER;
    gint64 due_us = get_window_due_us(window, point);

    return due_us > look->now_us ? due_us : CLOCK_NEVER;
}

/* When an age reaches, or a microsecond later passes, its measure. */
static gint64 next_of_age_us(const Look *look, const ConditionNode *node, const Point *point)
{
    double measure_us = get_measure_us(node);

    if (!point || point->quality == POINT_QUALITY_ABSENT || measure_us < 0 ||
        measure_us > (double)(CLOCK_NEVER / 2))
        return CLOCK_NEVER;
    gint64 from_us = get_age_from_us(point);

    if (from_us == CLOCK_NEVER)
        return add_us(look->now_us, RECHECK_US);
    gint64 at_us = add_us(from_us, (gint64)measure_us);
    gboolean past = node->op == CONDITION_OP_GT || node->op == CONDITION_OP_LE;

    if (!past && at_us > look->now_us)
        return at_us;
    return add_us(at_us, 1) > look->now_us ? add_us(at_us, 1) : CLOCK_NEVER;
}

gint64 condition_binding_next_us(const ConditionBinding *binding, const Model *model, gint64 now_us)
{
    const Condition *condition = binding->condition;
    Look look = { binding, model, now_us, TRUTH_FALSE, FALSE };
    gint64 next_us = CLOCK_NEVER;

    for (guint i = 0; i < condition->nodes->len; i++) {
        const ConditionNode *node = get_node(condition, i);

        if (node->kind == CONDITION_NODE_AND || node->kind == CONDITION_NODE_OR)
            continue;
        const Point *point = find_point(&look, node->a);

        if (node->kind == CONDITION_NODE_AGE) {
            next_us = MIN(next_us, next_of_age_us(&look, node, point));
            continue;
        }
        next_us = MIN(next_us, next_of_grace_us(&look, point));
        if (node->kind == CONDITION_NODE_RATE)
            next_us = MIN(next_us, next_of_window_us(&look, node, point));
        if (node->kind == CONDITION_NODE_SPREAD)
            next_us = MIN(next_us, next_of_grace_us(&look, find_point(&look, node->b)));
    }
    return next_us;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/safety/rule.h"

#include "edge/base/name.h"
#include "edge/condition/condition-parse.h"
#include "edge/safety/rule-subject.h"

#include <string.h>

struct Rule {
    const SiteRule *site;
    RuleSubjectPattern *pattern;
    Condition *gate; /* `while`, or NULL */
    Condition *when;
    Condition *clear; /* or NULL: when `when` is false */
};

struct RuleInstance {
    const Rule *rule;
    RuleSubject subject;
    char *path, *zone; /* what the subject borrows */
    ConditionBinding *gate, *when, *clear;
    guint *points;
    guint n_points;
    RuleVerdict said;        /* NONE, RAISE or RAISE_UNKNOWN: what stands */
    Truth truth;             /* of while and when, at the last step */
    gint64 true_since_us;    /* first true since it was last false; CLOCK_NEVER: not true since */
    gint64 doubted_since_us; /* first true or unknown since it was last false */
    gint64 normal_since_us;  /* what stands could be cleared since; CLOCK_NEVER: it could not */
};

G_DEFINE_QUARK(rule - error - quark, rule_error)

/* --- The rule ----------------------------------------------------------------------------------------- */

/* The condition of KEY, NULL where it is empty. */
static gboolean parse_key(const char *key, const char *text, Condition **ret_condition, GError **error)
{
    g_autoptr(GError) cause = NULL;

    if (!text[0])
        return TRUE;
    *ret_condition = condition_parse(text, &cause);
    if (*ret_condition)
        return TRUE;
    g_set_error(error, RULE_ERROR, RULE_ERROR_CONDITION, "%s: %s", key, cause->message);
    return FALSE;
}

Rule *rule_new(const SiteRule *site, GError **error)
{
    g_autoptr(Rule) rule = g_new0(Rule, 1);

    rule->site = site;
    rule->pattern = rule_subject_pattern_new(site->applies_to, error);
    if (!rule->pattern || !parse_key("while", site->while_, &rule->gate, error) ||
        !parse_key("when", site->when, &rule->when, error) ||
        !parse_key("clear", site->clear, &rule->clear, error))
        return NULL;
    if (!rule->when) {
        g_set_error_literal(error, RULE_ERROR, RULE_ERROR_CONDITION, "when: is missing");
        return NULL;
    }
    return g_steal_pointer(&rule);
}

void rule_free(Rule *rule)
{
    g_clear_pointer(&rule->pattern, rule_subject_pattern_free);
    g_clear_pointer(&rule->gate, condition_free);
    g_clear_pointer(&rule->when, condition_free);
    g_clear_pointer(&rule->clear, condition_free);
    g_free(rule);
}

/* --- Its check against a station ---------------------------------------------------------------------- */

static void check_full_path(const char *key, const char *name, const Model *model, GPtrArray *faults)
{
    const char *slash = strrchr(name, '/');
    g_autofree char *parent = g_strndup(name, (gsize)(slash - name));
    g_autofree char *near = NULL;

    if (model_find_point(model, name) != POINT_NONE || !rule_subject_is_told_at(model, parent))
        return;
    near = rule_subject_suggest(model, parent, slash + 1);
    g_ptr_array_add(faults, g_strdup_printf("%s: the station has no point \"%s\"%s", key, name, near));
}

/* A plain name must exist where the rule names one subject; a family's members may lack it. */
static void check_plain_name(const Rule *rule, const char *key, const char *name, const GArray *subjects,
                             const Model *model, GPtrArray *faults)
{
    for (guint i = 0; i < subjects->len; i++) {
        const RuleSubject *subject = &g_array_index(subjects, RuleSubject, i);

        if (subject->kind == RULE_SUBJECT_ZONE) {
            g_ptr_array_add(faults, g_strdup_printf("%s: a zone has no point \"%s\" of its own; write a full "
                                                    "path such as smoke-01/smoke",
                                                    key, name));
            return;
        }
        if (!rule_subject_pattern_is_exact(rule->pattern) || !rule_subject_is_told(subject, model) ||
            rule_subject_find_point(subject, model, name) != POINT_NONE)
            continue;
        g_autofree char *near = rule_subject_suggest(model, subject->path, name);

        g_ptr_array_add(faults,
                        g_strdup_printf("%s: %s has no point \"%s\"%s", key, subject->path, name, near));
    }
}

static void check_names(const Rule *rule, const char *key, const Condition *condition, const GArray *subjects,
                        const Model *model, GPtrArray *faults)
{
    const char *const *names = condition ? condition_get_names(condition) : NULL;

    for (guint i = 0; names && names[i]; i++) {
        if (strchr(names[i], '/'))
            check_full_path(key, names[i], model, faults);
        else
            check_plain_name(rule, key, names[i], subjects, model, faults);
    }
}

/* The profile's point behind the model's; NULL where the station or a listener makes it. */
static const ProfilePoint *find_profile_point(const Model *model, guint point)
{
    const ModelDevice *device = &model->devices[model->points[point].device];
    const Profile *profile = device->site ? device->site->profile : NULL;
    guint i = point - device->first_point;

    return profile && i < profile->points->len ? profile->points->pdata[i] : NULL;
}

/* Whether POINT can ever be the word of NODE; else RET_NEAR is the nearest word that it can be, or NULL. */
static gboolean can_be(const Model *model, guint point, const ConditionNode *node, const char **ret_near)
{
    const ProfilePoint *profile = find_profile_point(model, point);
    g_autoptr(GPtrArray) known = g_ptr_array_new();

    *ret_near = NULL;
    if (node->boolean >= 0)
        return TRUE;
    if (!profile) /* the station's own; of these the clock alone has words */
        return g_str_equal(model->points[point].name, "clock");
    if (profile->type == PROFILE_TYPE_ASCII && !profile->map->len)
        return TRUE;
    for (guint i = 0; i < profile->map->len; i++)
        g_ptr_array_add(known, g_array_index(profile->map, ProfileMapEntry, i).word);
    g_ptr_array_add(known, NULL);
    if (g_strv_contains((const char *const *)known->pdata, node->word))
        return TRUE;
    *ret_near = name_nearest((const char *const *)known->pdata, node->word);
    return FALSE;
}

static void tell_word(const char *key, const char *what, const char *word, const char *near,
                      GPtrArray *faults)
{
    g_ptr_array_add(faults, g_strdup_printf("%s: %s is never \"%s\"%s%s%s", key, what, word, near ? " (" : "",
                                            near ? near : "", near ? "?)" : ""));
}

/* Adds a fault if POINT can never be the word of NODE: a misspelt word would keep a rule silent for ever. */
static void check_word(const char *key, const ConditionNode *node, const Model *model, guint point,
                       GPtrArray *faults)
{
    const char *near;

    if (point != POINT_NONE && !can_be(model, point, node, &near))
        tell_word(key, model->points[point].path, node->word, near, faults);
}

/* Whatever the members of a family call theirs, a connector's status has the words of CONTRACT section 4. */
static void check_status_word(const char *key, const ConditionNode *node, GPtrArray *faults)
{
    static const char *const words[] = { "available", "preparing",   "charging", "suspended", "finishing",
                                         "reserved",  "unavailable", "faulted",  NULL };
    const char *near = name_nearest(words, node->word);

    if (!g_strv_contains(words, node->word))
        tell_word(key, "a connector's status", node->word, near, faults);
}

static void check_words(const Rule *rule, const char *key, const Condition *condition, const GArray *subjects,
                        const Model *model, GPtrArray *faults)
{
    for (guint i = 0; condition && i < condition->nodes->len; i++) {
        const ConditionNode *node = &g_array_index(condition->nodes, ConditionNode, i);

        if (node->kind != CONDITION_NODE_WORD)
            continue;
        const char *name = condition->names->pdata[node->a];
        const RuleSubject *first = subjects->len ? &g_array_index(subjects, RuleSubject, 0) : NULL;
        gboolean exact =
            first && rule_subject_pattern_is_exact(rule->pattern) && rule_subject_is_told(first, model);

        if (strchr(name, '/'))
            check_word(key, node, model, model_find_point(model, name), faults);
        else if (exact)
            check_word(key, node, model, rule_subject_find_point(first, model, name), faults);
        else if (first && first->kind == RULE_SUBJECT_CONNECTOR && g_str_equal(name, "status"))
            check_status_word(key, node, faults);
    }
}

static void check_condition(const Rule *rule, const char *key, const Condition *condition,
                            const GArray *subjects, const Model *model, GPtrArray *faults)
{
    check_names(rule, key, condition, subjects, model, faults);
    check_words(rule, key, condition, subjects, model, faults);
}

static void check_actions(const Rule *rule, const GArray *subjects, const Model *model, GPtrArray *faults)
{
    guint own = SITE_DO_STOP | SITE_DO_DISABLE | SITE_DO_FEEDER;
    guint zone = SITE_DO_STOP_ZONE | SITE_DO_FEEDER_ZONE;
    guint actions = rule->site->actions;

    if ((actions & own) && !rule_subject_pattern_is_stoppable(rule->pattern))
        g_ptr_array_add(faults, g_strdup("do: stop, disable and feeder need applies-to=connector or charger; "
                                         "allowed here are stop-zone, feeder-zone, stop-station, "
                                         "feeder-station"));
    if ((actions & SITE_DO_MAIN_BREAKER) && model->site->policy.highest_rung != SITE_RUNG_STATION)
        g_ptr_array_add(faults, g_strdup("do: main-breaker needs highest-rung=station in [policy]"));
    if (!(actions & zone))
        return;
    if (!rule_subject_pattern_has_zone(rule->pattern))
        g_ptr_array_add(faults,
                        g_strdup("do: stop-zone and feeder-zone need a subject with a zone; a bus and "
                                 "the station have none: use stop-station, feeder-station"));
    else if (rule_subject_pattern_is_exact(rule->pattern) && subjects->len &&
             !g_array_index(subjects, RuleSubject, 0).zone[0])
        g_ptr_array_add(faults, g_strdup_printf("do: stop-zone and feeder-zone need a zone=, which %s lacks",
                                                g_array_index(subjects, RuleSubject, 0).path));
}

void rule_check(const Rule *rule, const Model *model, GPtrArray *faults)
{
    g_autoptr(GArray) subjects = g_array_new(FALSE, FALSE, sizeof(RuleSubject));

    rule_subject_pattern_match(rule->pattern, model, subjects);
    if (!subjects->len && rule_subject_pattern_is_exact(rule->pattern))
        g_ptr_array_add(faults, g_strdup_printf("applies-to: the station has no %s", rule->site->applies_to));
    check_condition(rule, "while", rule->gate, subjects, model, faults);
    check_condition(rule, "when", rule->when, subjects, model, faults);
    check_condition(rule, "clear", rule->clear, subjects, model, faults);
    check_actions(rule, subjects, model, faults);
}

/* A fault where members of a family have the point of NODE, and none can be its word. */
static void check_family_word(const Rule *rule, const char *key, const ConditionNode *node, const char *name,
                              const GArray *subjects, const Model *model, GPtrArray *faults)
{
    const char *near = NULL;
    gboolean is_known = FALSE;

    for (guint i = 0; i < subjects->len; i++) {
        const RuleSubject *subject = &g_array_index(subjects, RuleSubject, i);
        guint point = rule_subject_find_point(subject, model, name);

        if (subject->kind == RULE_SUBJECT_CONNECTOR && g_str_equal(name, "status"))
            return; /* has the words of CONTRACT, whether or not all of them occur here */
        if (point == POINT_NONE ? !rule_subject_is_told(subject, model) : can_be(model, point, node, &near))
            return;
        is_known |= point != POINT_NONE;
    }
    g_autofree char *what = g_strdup_printf("%s of any %s", name, rule->site->applies_to);

    if (is_known)
        tell_word(key, what, node->word, near, faults);
}

static void check_family_words(const Rule *rule, const char *key, const Condition *condition,
                               const GArray *subjects, const Model *model, GPtrArray *faults)
{
    for (guint i = 0; condition && i < condition->nodes->len; i++) {
        const ConditionNode *node = &g_array_index(condition->nodes, ConditionNode, i);
        const char *name = node->kind == CONDITION_NODE_WORD ? condition->names->pdata[node->a] : "/";

        if (!strchr(name, '/'))
            check_family_word(rule, key, node, name, subjects, model, faults);
    }
}

/* A fault where no member of the family has any point of `when`: the rule would watch nothing, in silence. */
static void check_family_points(const Rule *rule, const GArray *subjects, const Model *model,
                                GPtrArray *faults)
{
    const char *const *names = condition_get_names(rule->when);
    g_autofree char *all = g_strjoinv(", ", (char **)names);

    for (guint i = 0; i < subjects->len; i++) {
        const RuleSubject *subject = &g_array_index(subjects, RuleSubject, i);

        if (!rule_subject_is_told(subject, model))
            return;
        for (guint j = 0; names[j]; j++) {
            if (rule_subject_find_point(subject, model, names[j]) != POINT_NONE)
                return;
        }
    }
    g_ptr_array_add(faults, g_strdup_printf("when: no %s of the station has %s; the rule would watch nothing",
                                            rule->site->applies_to, all));
}

void rule_check_family(const Rule *rule, const Model *model, GPtrArray *faults)
{
    g_autoptr(GArray) subjects = g_array_new(FALSE, FALSE, sizeof(RuleSubject));

    if (rule_subject_pattern_is_exact(rule->pattern))
        return;
    rule_subject_pattern_match(rule->pattern, model, subjects);
    if (!subjects->len) {
        g_ptr_array_add(faults, g_strdup_printf("applies-to: matches nothing, the station has no %s",
                                                rule->site->applies_to));
        return;
    }
    check_family_points(rule, subjects, model, faults);
    check_family_words(rule, "while", rule->gate, subjects, model, faults);
    check_family_words(rule, "when", rule->when, subjects, model, faults);
    check_family_words(rule, "clear", rule->clear, subjects, model, faults);
}

/* --- Its instances ------------------------------------------------------------------------------------ */

typedef struct {
    const RuleSubject *subject;
    const Model *model;
} Resolver;

static guint resolve(const char *name, gpointer user_data)
{
    const Resolver *resolver = user_data;

    return rule_subject_find_point(resolver->subject, resolver->model, name);
}

static void add_points(GArray *points, const ConditionBinding *binding)
{
    guint n = 0;
    const guint *more = binding ? condition_binding_get_points(binding, &n) : NULL;

    for (guint i = 0; i < n; i++) {
        gboolean known = FALSE;

        for (guint j = 0; j < points->len && !known; j++)
            known = g_array_index(points, guint, j) == more[i];
        if (!known)
            g_array_append_val(points, more[i]);
    }
}

static RuleInstance *new_instance(const Rule *rule, const Model *model, const RuleSubject *subject)
{
    RuleInstance *instance = g_new0(RuleInstance, 1);
    Resolver resolver = { subject, model };
    GArray *points = g_array_new(FALSE, FALSE, sizeof(guint));

    instance->rule = rule;
    instance->path = rule_subject_dup_path(subject);
    instance->zone = g_strdup(subject->zone);
    instance->subject = (RuleSubject){ subject->kind, subject->index, instance->path, instance->zone };
    instance->gate = rule->gate ? condition_bind(rule->gate, resolve, &resolver) : NULL;
    instance->when = condition_bind(rule->when, resolve, &resolver);
    instance->clear = rule->clear ? condition_bind(rule->clear, resolve, &resolver) : NULL;
    instance->true_since_us = CLOCK_NEVER;
    instance->doubted_since_us = CLOCK_NEVER;
    instance->normal_since_us = CLOCK_NEVER;
    add_points(points, instance->when);
    add_points(points, instance->gate);
    add_points(points, instance->clear);
    instance->n_points = points->len;
    instance->points = (guint *)(gpointer)g_array_free(points, FALSE);
    return instance;
}

GPtrArray *rule_instantiate(const Rule *rule, const Model *model)
{
    GPtrArray *instances = g_ptr_array_new_with_free_func((GDestroyNotify)rule_instance_free);
    g_autoptr(GArray) subjects = g_array_new(FALSE, FALSE, sizeof(RuleSubject));

    rule_subject_pattern_match(rule->pattern, model, subjects);
    for (guint i = 0; i < subjects->len; i++) {
        g_autoptr(RuleInstance) instance =
            new_instance(rule, model, &g_array_index(subjects, RuleSubject, i));
        guint n;

        condition_binding_get_points(instance->when, &n);
        if (n)
            g_ptr_array_add(instances, g_steal_pointer(&instance));
    }
    return instances;
}

void rule_instance_free(RuleInstance *instance)
{
    g_clear_pointer(&instance->gate, condition_binding_free);
    g_clear_pointer(&instance->when, condition_binding_free);
    g_clear_pointer(&instance->clear, condition_binding_free);
    g_free(instance->points);
    g_free(instance->path);
    g_free(instance->zone);
    g_free(instance);
}

const Rule *rule_instance_get_rule(const RuleInstance *instance)
{
    return instance->rule;
}

const RuleSubject *rule_instance_get_subject(const RuleInstance *instance)
{
    return &instance->subject;
}

const guint *rule_instance_get_points(const RuleInstance *instance, guint *ret_n)
{
    *ret_n = instance->n_points;
    return instance->points;
}

guint rule_instance_get_value_point(const RuleInstance *instance)
{
    return condition_binding_get_first(instance->when);
}

void rule_instance_observe(RuleInstance *instance, const Model *model, guint point)
{
    if (instance->gate)
        condition_binding_observe(instance->gate, model, point);
    condition_binding_observe(instance->when, model, point);
    if (instance->clear)
        condition_binding_observe(instance->clear, model, point);
}

/* --- Its life ----------------------------------------------------------------------------------------- */

/* What it takes to raise is asked leniently, what it takes to end strictly. No condition is a true one. */
static Truth evaluate(const RuleInstance *instance, const ConditionBinding *binding, const Model *model,
                      gint64 now_us)
{
    if (!binding)
        return TRUTH_TRUE;
    return instance->said == RULE_VERDICT_NONE ? condition_binding_evaluate(binding, model, now_us)
                                               : condition_binding_evaluate_strictly(binding, model, now_us);
}

static gboolean has_lasted(gint64 since_us, gint64 length_us, gint64 now_us)
{
    return since_us != CLOCK_NEVER && now_us - since_us >= length_us;
}

/* Nothing stands. Only what is known to be false restarts `for`: a value that cannot be read now and then, or
 * not any more, must not keep an alarm from rising. */
static RuleVerdict step_quiet(RuleInstance *instance, gint64 now_us)
{
    const SiteRule *site = instance->rule->site;

    if (instance->truth == TRUTH_TRUE && has_lasted(instance->true_since_us, site->for_us, now_us))
        return RULE_VERDICT_RAISE;
    if (instance->truth == TRUTH_UNKNOWN && site->on_unknown != SITE_ON_UNKNOWN_IGNORE &&
        has_lasted(instance->doubted_since_us, site->for_us, now_us))
        return RULE_VERDICT_RAISE_UNKNOWN;
    return RULE_VERDICT_NONE;
}

/* An alarm stands: does what raised it stand no more? `clear` is asked beside `when`, not instead of it. */
static Truth judge_normal(const RuleInstance *instance, const Model *model, Truth when, gint64 now_us)
{
    Truth raising = instance->said == RULE_VERDICT_RAISE_UNKNOWN ? instance->truth : when;

    if (raising != TRUTH_FALSE)
        return TRUTH_FALSE;
    if (instance->said == RULE_VERDICT_RAISE_UNKNOWN)
        return TRUTH_TRUE;
    return instance->clear ? condition_binding_evaluate_clear(instance->clear, model, now_us) : TRUTH_TRUE;
}

static RuleVerdict step_standing(RuleInstance *instance, const Model *model, Truth when, gint64 now_us)
{
    const SiteRule *site = instance->rule->site;

    if (instance->said == RULE_VERDICT_RAISE_UNKNOWN && instance->truth == TRUTH_TRUE &&
        has_lasted(instance->true_since_us, site->for_us, now_us))
        return RULE_VERDICT_RAISE;
    if (when == TRUTH_FALSE && condition_binding_is_absent(instance->when, model))
        return RULE_VERDICT_CLEAR;
    if (judge_normal(instance, model, when, now_us) != TRUTH_TRUE)
        instance->normal_since_us = CLOCK_NEVER;
    else if (instance->normal_since_us == CLOCK_NEVER)
        instance->normal_since_us = now_us;
    return has_lasted(instance->normal_since_us, site->clear_for_us, now_us) ? RULE_VERDICT_CLEAR
                                                                             : RULE_VERDICT_NONE;
}

static void note_truth(RuleInstance *instance, Truth truth, gint64 now_us)
{
    instance->truth = truth;
    if (truth == TRUTH_FALSE) {
        instance->true_since_us = CLOCK_NEVER;
        instance->doubted_since_us = CLOCK_NEVER;
        return;
    }
    if (instance->doubted_since_us == CLOCK_NEVER)
        instance->doubted_since_us = now_us;
    if (truth == TRUTH_TRUE && instance->true_since_us == CLOCK_NEVER)
        instance->true_since_us = now_us;
}

static void note_verdict(RuleInstance *instance, RuleVerdict verdict)
{
    if (verdict == RULE_VERDICT_NONE)
        return;
    instance->said = verdict == RULE_VERDICT_CLEAR ? RULE_VERDICT_NONE : verdict;
    instance->normal_since_us = CLOCK_NEVER;
}

RuleVerdict rule_instance_step(RuleInstance *instance, const Model *model, gint64 now_us)
{
    Truth when = evaluate(instance, instance->when, model, now_us);
    Truth gate = when == TRUTH_FALSE ? when : evaluate(instance, instance->gate, model, now_us);
    RuleVerdict verdict;

    note_truth(instance, condition_and(gate, when), now_us);
    verdict = instance->said == RULE_VERDICT_NONE ? step_quiet(instance, now_us)
                                                  : step_standing(instance, model, when, now_us);
    note_verdict(instance, verdict);
    return verdict;
}

void rule_instance_set_raised(RuleInstance *instance, gboolean by_unknown)
{
    note_verdict(instance, by_unknown ? RULE_VERDICT_RAISE_UNKNOWN : RULE_VERDICT_RAISE);
}

static void adopt_binding(ConditionBinding *binding, const ConditionBinding *old)
{
    if (binding && old)
        condition_binding_adopt(binding, old);
}

void rule_instance_adopt(RuleInstance *instance, const RuleInstance *old)
{
    const SiteRule *site = instance->rule->site, *before = old->rule->site;

    if (!g_str_equal(site->while_, before->while_) || !g_str_equal(site->when, before->when) ||
        !g_str_equal(site->clear, before->clear))
        return;
    adopt_binding(instance->gate, old->gate);
    adopt_binding(instance->when, old->when);
    adopt_binding(instance->clear, old->clear);
    instance->truth = old->truth;
    instance->true_since_us = old->true_since_us;
    instance->doubted_since_us = old->doubted_since_us;
}

static gint64 add_us(gint64 since_us, gint64 length_us)
{
    return since_us > CLOCK_NEVER - length_us ? CLOCK_NEVER : since_us + length_us;
}

/* When a delay that runs now will have lasted. */
static gint64 next_of_delays_us(const RuleInstance *instance)
{
    const SiteRule *site = instance->rule->site;
    gint64 next_us = add_us(instance->normal_since_us, site->clear_for_us);

    if (instance->truth == TRUTH_TRUE && instance->said != RULE_VERDICT_RAISE)
        next_us = MIN(next_us, add_us(instance->true_since_us, site->for_us));
    if (instance->truth == TRUTH_UNKNOWN && instance->said == RULE_VERDICT_NONE &&
        site->on_unknown != SITE_ON_UNKNOWN_IGNORE)
        next_us = MIN(next_us, add_us(instance->doubted_since_us, site->for_us));
    return next_us;
}

gint64 rule_instance_next_us(const RuleInstance *instance, const Model *model, gint64 now_us)
{
    gint64 next_us = next_of_delays_us(instance);

    next_us = MIN(next_us, condition_binding_next_us(instance->when, model, now_us));
    if (instance->gate)
        next_us = MIN(next_us, condition_binding_next_us(instance->gate, model, now_us));
    if (instance->clear)
        next_us = MIN(next_us, condition_binding_next_us(instance->clear, model, now_us));
    return next_us;
}

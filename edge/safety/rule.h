/* SPDX-License-Identifier: Apache-2.0 */
/* A rule: parsed once, instantiated once per subject that it applies to. An instance follows its conditions
 * through delays and says when an alarm rises and when it returns to normal. Pure; times are boot time in
 * microseconds.
 *
 * It raises when `while` and `when` have been true, or doubtful, for `for`: only what is known to be false
 * restarts the delay; RAISE counts from the first true, RAISE_UNKNOWN from the first doubt. What RAISE said
 * ends when `when` is known to be false and `clear`, if there is one, is true, both for `clear-for`; what
 * RAISE_UNKNOWN said ends when `while` and `when` are known to be false for `clear-for`; either ends at once
 * when `when` has no value (absent; of an `or`: on both sides) and `when` therefore false. What was not read
 * since the start is not known. */
#pragma once

#include "edge/condition/condition.h"

#define RULE_ERROR rule_error_quark()
GQuark rule_error_quark(void);
typedef enum { RULE_ERROR_CONDITION, RULE_ERROR_SUBJECT, RULE_ERROR_ACTION, RULE_ERROR_POINT } RuleError;

typedef struct Rule Rule;

/* Parses the conditions and applies-to of SITE (borrowed, must outlive it). The error names the key
 * ("when: column 7: …"). */
Rule *rule_new(const SiteRule *site, GError **error);
void rule_free(Rule *rule);

/* Checks RULE against a site's model: the subject named without a wildcard must exist and have the points;
 * full paths must exist; a word must be one that its point, or any connector's status, can be; `stop disable
 * feeder` need a connector or charger as subject; zone actions need a zone; main-breaker needs
 * highest-rung=station. Appends to FAULTS, which owns it, one message a fault: "KEY: what is wrong, what is
 * allowed". */
void rule_check(const Rule *rule, const Model *model, GPtrArray *faults);

/* Checks besides what a rule written for this very station must keep, and a shipped one need not: the family
 * that it applies to is not empty, some member has a point of `when`, and some member can be each word that
 * stands there. Appends to FAULTS alike. */
void rule_check_family(const Rule *rule, const Model *model, GPtrArray *faults);

/* What the subject of an instance is. */
typedef enum { RULE_SUBJECT_CONNECTOR, RULE_SUBJECT_DEVICE, RULE_SUBJECT_ZONE } RuleSubjectKind;
typedef struct {
    RuleSubjectKind kind;
    guint index;      /* the model's connector or device; 0 for a zone */
    const char *path; /* "dc-03/1", "smoke-01", "bus/yard", "station", "zone/bay-a"; owned by the instance */
    const char *zone; /* "" : none */
} RuleSubject;

typedef enum {
    RULE_VERDICT_NONE,
    RULE_VERDICT_RAISE,         /* when has held for `for` */
    RULE_VERDICT_RAISE_UNKNOWN, /* it cannot be known, and on-unknown says so */
    RULE_VERDICT_CLEAR,         /* back to normal for `clear-for`, or absent */
} RuleVerdict;

typedef struct RuleInstance RuleInstance;

/* All instances of RULE in MODEL, RuleInstance with free function. A subject that has none of the points of
 * `when` gets none. A plain name is a point of the subject, or, for a connector, of its charger. */
GPtrArray *rule_instantiate(const Rule *rule, const Model *model);
void rule_instance_free(RuleInstance *instance);
const Rule *rule_instance_get_rule(const RuleInstance *instance);
const RuleSubject *rule_instance_get_subject(const RuleInstance *instance);

/* The points that may change its verdict, borrowed. */
const guint *rule_instance_get_points(const RuleInstance *instance, guint *ret_n);

/* The point that best names the value of the alarm: the first of `when`; POINT_NONE if it is missing. */
guint rule_instance_get_value_point(const RuleInstance *instance);

/* Notes a reading (for rate windows). */
void rule_instance_observe(RuleInstance *instance, const Model *model, guint point);

/* Steps it. It remembers what it last said: RAISE after RAISE_UNKNOWN is said when the truth becomes known;
 * RAISE is said again only after CLEAR. */
RuleVerdict rule_instance_step(RuleInstance *instance, const Model *model, gint64 now_us);

/* Makes it hold RAISE (after a restart or reload, for an alarm that still stands): it will say CLEAR in its
 * time. */
void rule_instance_set_raised(RuleInstance *instance, gboolean by_unknown);

/* Takes over the running delays and rate windows of OLD, an instance for the same subject before a reload, so
 * that a reload keeps no alarm from rising. Does nothing where a condition reads otherwise now. What stands
 * is told by rule_instance_set_raised() afterwards. */
void rule_instance_adopt(RuleInstance *instance, const RuleInstance *old);

/* When it must be stepped again without a reading, or CLOCK_NEVER. */
gint64 rule_instance_next_us(const RuleInstance *instance, const Model *model, gint64 now_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rule, rule_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RuleInstance, rule_instance_free)

/* SPDX-License-Identifier: Apache-2.0 */
/* The condition language of rules (CONTRACT section 3): comparisons of points, rate(), spread(), age(), `and`
 * before `or`, parentheses; three-valued logic. Pure: time and readings come in as arguments. */
#pragma once

#include "edge/model/model.h"

typedef enum { TRUTH_FALSE, TRUTH_TRUE, TRUTH_UNKNOWN } Truth;

#define CONDITION_ERROR condition_error_quark()
GQuark condition_error_quark(void);
typedef enum { CONDITION_ERROR_SYNTAX, CONDITION_ERROR_TOO_LONG } ConditionError;

typedef struct Condition Condition;               /* parsed text; immutable */
typedef struct ConditionBinding ConditionBinding; /* bound to points, with its own rate() windows */

/* Parses TEXT (at most 1024 bytes, nesting 16). The error says the column and what was expected there. */
Condition *condition_parse(const char *text, GError **error);
void condition_free(Condition *condition);

/* The point names that stand in it, each once, as written ("smoke", "smoke-01/smoke"); NULL-terminated,
 * borrowed. */
const char *const *condition_get_names(const Condition *condition);

/* Gives the model's index of NAME for the subject at hand, or POINT_NONE (then its comparisons are false). */
typedef guint (*ConditionResolve)(const char *name, gpointer user_data);

/* Binds CONDITION (which must outlive the binding) to the points that RESOLVE gives. */
ConditionBinding *condition_bind(const Condition *condition, ConditionResolve resolve, gpointer user_data);
void condition_binding_free(ConditionBinding *binding);

/* The points it looks at, borrowed; N in RET_N. */
const guint *condition_binding_get_points(const ConditionBinding *binding, guint *ret_n);

/* The point of the first name, which best says what the condition is about; POINT_NONE where it is missing.
 */
guint condition_binding_get_first(const ConditionBinding *binding);

/* Notes a reading of POINT for rate() windows. Call for each reading of its points, before evaluating. */
void condition_binding_observe(ConditionBinding *binding, const Model *model, guint point);

/* Takes over the rate() windows of OLD, bound from the very same text (reload). */
void condition_binding_adopt(ConditionBinding *binding, const ConditionBinding *old);

/* Its truth now. `absent` makes a comparison false; `bad`, `stale`, `unknown` make it unknown — an unknown
 * point only from its max-age after it began to be watched, and is false until then. */
Truth condition_binding_evaluate(const ConditionBinding *binding, const Model *model, gint64 now_us);

/* The same for ending an alarm: what has not been read yet is unknown at once, so that the first moments
 * after a restart clear nothing. Differs from the above only in what is false there because it is early. */
Truth condition_binding_evaluate_strictly(const ConditionBinding *binding, const Model *model, gint64 now_us);

/* `and` of the three-valued logic. */
Truth condition_and(Truth a, Truth b);

/* The same again for `clear`: a part of an `and` or `or` that is absent is left out, so that a value that is
 * not there keeps no alarm standing, and ends none by itself. */
Truth condition_binding_evaluate_clear(const ConditionBinding *binding, const Model *model, gint64 now_us);

/* Whether it has no value now (an alarm then ends, whatever `clear` says): a point is absent, or missing at
 * all, and of an `or` both sides are. */
gboolean condition_binding_is_absent(const ConditionBinding *binding, const Model *model);

/* The boot time at which its truth may change without a reading (age(), the grace of unknown), or
 * CLOCK_NEVER. */
gint64 condition_binding_next_us(const ConditionBinding *binding, const Model *model, gint64 now_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Condition, condition_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConditionBinding, condition_binding_free)

/* SPDX-License-Identifier: Apache-2.0 */
/* Which things of a station `applies-to` means: a kind, and a glob over the paths of that kind. Inside the
 * room only. Main thread. */
#pragma once

#include "edge/safety/rule.h"

typedef struct RuleSubjectPattern RuleSubjectPattern;

/* Parses "connector/…", "charger", "bus/yard", "station", "zone/bay-a". In the glob, as GPatternSpec has it,
 * a star is any run of letters, slashes too, and ? is any one letter. A kind alone is all of it. */
RuleSubjectPattern *rule_subject_pattern_new(const char *applies_to, GError **error);
void rule_subject_pattern_free(RuleSubjectPattern *pattern);

/* Whether it names one thing, not a family that may be empty. */
gboolean rule_subject_pattern_is_exact(const RuleSubjectPattern *pattern);

/* Appends a RuleSubject for each match, in the model's order; path and zone are borrowed from MODEL, but a
 * zone's path, which is just its name. */
void rule_subject_pattern_match(const RuleSubjectPattern *pattern, const Model *model, GArray *subjects);

/* Whether its matches are connectors or chargers, which alone can be stopped by themselves. */
gboolean rule_subject_pattern_is_stoppable(const RuleSubjectPattern *pattern);

/* Whether its matches may stand in a zone. */
gboolean rule_subject_pattern_has_zone(const RuleSubjectPattern *pattern);

/* The model's point that NAME means for SUBJECT: with a slash a full path; else the subject's own, or, for a
 * connector, its charger's. POINT_NONE where there is none. */
guint rule_subject_find_point(const RuleSubject *subject, const Model *model, const char *name);

/* Whether the configuration tells all points of SUBJECT: those of a listener's chargers and of cameras depend
 * on what speaks there. */
gboolean rule_subject_is_told(const RuleSubject *subject, const Model *model);
/* The same of the device or connector of PATH; true where there is none. */
gboolean rule_subject_is_told_at(const Model *model, const char *path);

/* " (POINT?)" with the point below PARENT that is nearest to NAME, "" where none is near; the caller owns it.
 */
char *rule_subject_suggest(const Model *model, const char *parent, const char *name);

/* The path of SUBJECT as alarms show it ("zone/bay-a" for a zone); the caller owns it. */
char *rule_subject_dup_path(const RuleSubject *subject);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(RuleSubjectPattern, rule_subject_pattern_free)

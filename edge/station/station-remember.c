/* SPDX-License-Identifier: Apache-2.0 */
/* An alarm as the books remember it: the object that view_alarm() wrote, and the rule of that name. What the
 * file says is not believed blindly: what does not fit is left out. */
#include "edge/base/name.h"
#include "edge/station/station-private.h"

static const char *get_text(JsonObject *object, const char *member)
{
    JsonNode *node = json_object_get_member(object, member);

    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
               ? json_node_get_string(node)
               : "";
}

static gboolean get_boolean(JsonObject *object, const char *member)
{
    return json_object_get_boolean_member_with_default(object, member, FALSE);
}

/* Boot time of another boot means nothing here; 1 says "it happened". */
static Moment get_moment(JsonObject *object, const char *member)
{
    Moment at = { 0 };

    if (clock_parse(get_text(object, member), &at.wall_us))
        at.boot_us = 1;
    return at;
}

static SiteSeverity find_severity(const char *name)
{
    for (guint i = 0; i <= SITE_SEVERITY_LOW; i++) {
        if (g_str_equal(site_severity_name((SiteSeverity)i), name))
            return (SiteSeverity)i;
    }
    return SITE_SEVERITY_CRITICAL;
}

/* The rule of that name; where the configuration has it no more, one that does nothing and shows the old
 * texts. */
static SiteRule find_rule(const Station *self, JsonObject *object)
{
    const char *name = get_text(object, "rule");
    SiteRule rule = { 0 };

    if (guard_find_builtin(name, &rule))
        return rule;
    for (guint i = 0; i < self->site->rules->len; i++) {
        if (g_str_equal(((SiteRule *)self->site->rules->pdata[i])->name, name))
            return *(SiteRule *)self->site->rules->pdata[i];
    }
    rule.name = (char *)name;
    rule.severity = find_severity(get_text(object, "severity"));
    rule.latch = get_boolean(object, "latched");
    rule.title = (char *)get_text(object, "title");
    rule.title_zh = (char *)get_text(object, "title_zh_CN");
    rule.advice = (char *)get_text(object, "advice");
    rule.advice_zh = (char *)get_text(object, "advice_zh_CN");
    return rule;
}

static AlarmStepResult find_result(const char *name)
{
    for (guint i = ALARM_STEP_PENDING; i <= ALARM_STEP_SKIPPED; i++) {
        if (g_str_equal(alarm_step_result_name((AlarmStepResult)i), name))
            return (AlarmStepResult)i;
    }
    return ALARM_STEP_FAILED;
}

static void read_step(JsonObject *object, Alarm *alarm)
{
    for (guint rung = 0; rung < SITE_RUNGS; rung++) {
        if (!g_str_equal(site_rung_name((SiteRung)rung), get_text(object, "rung")))
            continue;
        guint place =
            alarm_add_step(alarm, get_text(object, "connector"), (SiteRung)rung, get_text(object, "cause"));
        AlarmStep *step = &g_array_index(alarm->ladder, AlarmStep, place);

        step->result = find_result(get_text(object, "result"));
        step->commanded_at = get_moment(object, "commanded_at");
        step->proven_at = get_moment(object, "proven_at");
        alarm_copy_text(step->proof, sizeof step->proof, get_text(object, "proof"));
    }
}

static gint64 get_latency_us(JsonObject *object, const char *member)
{
    JsonNode *all = json_object_get_member(object, "latency_ms");
    JsonNode *one =
        all && JSON_NODE_HOLDS_OBJECT(all) ? json_object_get_member(json_node_get_object(all), member) : NULL;

    return one && JSON_NODE_HOLDS_VALUE(one) ? (gint64)(json_node_get_double(one) * 1000) : -1;
}

static void read_value(JsonObject *object, Alarm *alarm)
{
    JsonNode *node = json_object_get_member(object, "value");
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    if (node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) != G_TYPE_STRING)
        g_strlcpy(alarm->value, g_ascii_formatd(number, sizeof number, "%.10g", json_node_get_double(node)),
                  sizeof alarm->value);
    else
        alarm_copy_text(alarm->value, sizeof alarm->value, get_text(object, "value"));
}

static void read_story(JsonObject *object, Alarm *alarm)
{
    JsonNode *ladder = json_object_get_member(object, "ladder");
    JsonArray *steps = ladder && JSON_NODE_HOLDS_ARRAY(ladder) ? json_node_get_array(ladder) : NULL;

    alarm->active = get_boolean(object, "active");
    alarm->acknowledged = get_boolean(object, "acknowledged");
    alarm->by_unknown = get_boolean(object, "by_unknown");
    alarm->occurrence_count =
        (guint)CLAMP(json_object_get_int_member_with_default(object, "occurrences", 1), 1, G_MAXINT);
    alarm->acknowledged_at = get_moment(object, "acknowledged_at");
    alarm->cleared_at = get_moment(object, "cleared_at");
    alarm->latency_command_us = get_latency_us(object, "command");
    alarm->latency_proof_us = get_latency_us(object, "proof");
    alarm_copy_text(alarm->acknowledged_by, sizeof alarm->acknowledged_by,
                    get_text(object, "acknowledged_by"));
    alarm_copy_text(alarm->note, sizeof alarm->note, get_text(object, "note"));
    alarm_copy_text(alarm->cause, sizeof alarm->cause, get_text(object, "cause"));
    read_value(object, alarm);
    for (guint i = 0; steps && i < json_array_get_length(steps); i++) {
        JsonNode *step = json_array_get_element(steps, i);

        if (JSON_NODE_HOLDS_OBJECT(step))
            read_step(json_node_get_object(step), alarm);
    }
}

Alarm *station_remember_alarm(Station *self, JsonObject *row)
{
    g_autoptr(JsonNode) node = json_from_string(get_text(row, "object"), NULL);

    if (!node || !JSON_NODE_HOLDS_OBJECT(node))
        return NULL;
    JsonObject *object = json_node_get_object(node);
    SiteRule rule = find_rule(self, object);

    rule.latch = get_boolean(object, "latched"); /* as it was raised, whatever the rule says today */
    Alarm *alarm = alarm_new(get_text(row, "id"), &rule, get_text(object, "subject"),
                             get_text(object, "zone"), get_moment(object, "raised_at"));

    read_story(object, alarm);
    alarm->transitions =
        (guint)CLAMP(json_object_get_int_member_with_default(row, "transitions", 0), 0, G_MAXINT);
    return alarm;
}

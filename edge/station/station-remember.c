/* SPDX-License-Identifier: Apache-2.0 */
/* An alarm as the books remember it. Beside what has columns of its own (rule, subject, severity,
 * raised_at_us, transitions) the record holds all of it as it was, as a dictionary (a{sv}) in GVariant's
 * text, to which later programs may add. Rows of programs that wrote none have only the public object: there
 * the rule of that name says what is to be done. What a file says is not believed blindly: what does not fit
 * is left out. */
#include "edge/base/name.h"
#include "edge/station/station-private.h"

/* connector, rung, result, commanded and proven (Unix time in µs, 0: not), proof, cause */
#define STEP_TYPE "(sssxxss)"
#define STEP_BORROWED "(&s&s&sxx&s&s)"
#define LADDER_TYPE "a" STEP_TYPE

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
static Moment make_moment(gint64 wall_us)
{
    return (Moment){ .boot_us = wall_us ? 1 : 0, .wall_us = wall_us };
}

static SiteSeverity find_severity(const char *name)
{
    for (guint i = 0; i <= SITE_SEVERITY_LOW; i++) {
        if (g_str_equal(site_severity_name((SiteSeverity)i), name))
            return (SiteSeverity)i;
    }
    return SITE_SEVERITY_CRITICAL;
}

static AlarmStepResult find_result(const char *name)
{
    for (guint i = ALARM_STEP_PENDING; i <= ALARM_STEP_SKIPPED; i++) {
        if (g_str_equal(alarm_step_result_name((AlarmStepResult)i), name))
            return (AlarmStepResult)i;
    }
    return ALARM_STEP_FAILED;
}

/* A step as the books tell of it; one of an unknown rung is left out. */
static void add_step(Alarm *alarm, const char *connector, const char *rung, const char *result,
                     Moment commanded_at, Moment proven_at, const char *proof, const char *cause)
{
    for (guint i = 0; i < SITE_RUNGS; i++) {
        if (!g_str_equal(site_rung_name((SiteRung)i), rung))
            continue;
        guint place = alarm_add_step(alarm, connector, (SiteRung)i, cause);
        AlarmStep *step = &g_array_index(alarm->ladder, AlarmStep, place);

        step->result = find_result(result);
        step->commanded_at = commanded_at;
        step->proven_at = proven_at;
        alarm_copy_text(step->proof, sizeof step->proof, proof);
    }
}

/* ---- The record ---- */

static void put(GVariantBuilder *builder, const char *key, GVariant *value)
{
    g_variant_builder_add(builder, "{sv}", key, value);
}

static void put_text(GVariantBuilder *builder, const char *key, const char *text)
{
    if (text[0])
        put(builder, key, g_variant_new_string(text));
}

static void put_flag(GVariantBuilder *builder, const char *key, gboolean flag)
{
    if (flag)
        put(builder, key, g_variant_new_boolean(TRUE));
}

static gint64 wall_of(Moment at)
{
    return at.boot_us ? at.wall_us : 0;
}

static void put_actions(GVariantBuilder *builder, guint actions)
{
    GVariantBuilder names;

    g_variant_builder_init(&names, G_VARIANT_TYPE_STRING_ARRAY);
    for (guint i = 0; site_do_names[i]; i++) {
        if (actions & (1u << i))
            g_variant_builder_add(&names, "s", site_do_names[i]);
    }
    put(builder, "actions", g_variant_builder_end(&names));
}

static void put_ladder(GVariantBuilder *builder, const GArray *ladder)
{
    GVariantBuilder steps;

    g_variant_builder_init(&steps, G_VARIANT_TYPE(LADDER_TYPE));
    for (guint i = 0; i < ladder->len; i++) {
        const AlarmStep *step = &g_array_index(ladder, AlarmStep, i);

        g_variant_builder_add(&steps, STEP_TYPE, step->connector, site_rung_name(step->rung),
                              alarm_step_result_name(step->result), wall_of(step->commanded_at),
                              wall_of(step->proven_at), step->proof, step->cause);
    }
    put(builder, "ladder", g_variant_builder_end(&steps));
}

char *station_remember_pack(const Alarm *alarm)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    put_text(&builder, "zone", alarm->zone);
    put_actions(&builder, alarm->actions);
    put_flag(&builder, "latch", alarm->latch);
    put_text(&builder, "title", alarm->title);
    put_text(&builder, "title_zh", alarm->title_zh);
    put_text(&builder, "advice", alarm->advice);
    put_text(&builder, "advice_zh", alarm->advice_zh);
    put_flag(&builder, "active", alarm->active);
    put_flag(&builder, "acknowledged", alarm->acknowledged);
    put_flag(&builder, "by_unknown", alarm->by_unknown);
    put(&builder, "occurrences", g_variant_new_uint32(alarm->occurrence_count));
    put(&builder, "acknowledged_at_us", g_variant_new_int64(wall_of(alarm->acknowledged_at)));
    put(&builder, "cleared_at_us", g_variant_new_int64(wall_of(alarm->cleared_at)));
    put_text(&builder, "acknowledged_by", alarm->acknowledged_by);
    put_text(&builder, "note", alarm->note);
    put_text(&builder, "value", alarm->value);
    put_text(&builder, "unit", alarm->unit);
    put_text(&builder, "cause", alarm->cause);
    put(&builder, "latency_command_us", g_variant_new_int64(alarm->latency_command_us));
    put(&builder, "latency_proof_us", g_variant_new_int64(alarm->latency_proof_us));
    put_ladder(&builder, alarm->ladder);
    g_autoptr(GVariant) record = g_variant_ref_sink(g_variant_builder_end(&builder));

    return g_variant_print(record, TRUE);
}

static const char *look_up_text(GVariant *record, const char *key)
{
    const char *text = "";

    g_variant_lookup(record, key, "&s", &text);
    return text;
}

static gboolean look_up_flag(GVariant *record, const char *key)
{
    gboolean flag = FALSE;

    g_variant_lookup(record, key, "b", &flag);
    return flag;
}

static Moment look_up_moment(GVariant *record, const char *key)
{
    gint64 wall_us = 0;

    g_variant_lookup(record, key, "x", &wall_us);
    return make_moment(wall_us);
}

static guint look_up_actions(GVariant *record)
{
    g_autofree const char **names = NULL;
    guint actions = 0;

    g_variant_lookup(record, "actions", "^a&s", &names);
    for (guint i = 0; names && site_do_names[i]; i++) {
        if (g_strv_contains(names, site_do_names[i]))
            actions |= 1u << i;
    }
    return actions;
}

static void unpack_ladder(GVariant *record, Alarm *alarm)
{
    const char *connector, *rung, *result, *proof, *cause;
    gint64 commanded_us, proven_us;
    g_autoptr(GVariant) ladder = g_variant_lookup_value(record, "ladder", G_VARIANT_TYPE(LADDER_TYPE));
    GVariantIter iter;

    if (!ladder)
        return;
    g_variant_iter_init(&iter, ladder);
    while (g_variant_iter_loop(&iter, STEP_BORROWED, &connector, &rung, &result, &commanded_us, &proven_us,
                               &proof, &cause))
        add_step(alarm, connector, rung, result, make_moment(commanded_us), make_moment(proven_us), proof,
                 cause);
}

static void unpack_story(GVariant *record, Alarm *alarm)
{
    alarm->active = look_up_flag(record, "active");
    alarm->acknowledged = look_up_flag(record, "acknowledged");
    alarm->by_unknown = look_up_flag(record, "by_unknown");
    g_variant_lookup(record, "occurrences", "u", &alarm->occurrence_count);
    alarm->acknowledged_at = look_up_moment(record, "acknowledged_at_us");
    alarm->cleared_at = look_up_moment(record, "cleared_at_us");
    alarm_copy_text(alarm->acknowledged_by, sizeof alarm->acknowledged_by,
                    look_up_text(record, "acknowledged_by"));
    alarm_copy_text(alarm->note, sizeof alarm->note, look_up_text(record, "note"));
    alarm_copy_text(alarm->value, sizeof alarm->value, look_up_text(record, "value"));
    alarm_copy_text(alarm->unit, sizeof alarm->unit, look_up_text(record, "unit"));
    alarm_copy_text(alarm->cause, sizeof alarm->cause, look_up_text(record, "cause"));
    g_variant_lookup(record, "latency_command_us", "x", &alarm->latency_command_us);
    g_variant_lookup(record, "latency_proof_us", "x", &alarm->latency_proof_us);
    unpack_ladder(record, alarm);
}

/* NULL where there is no record, or none that can be read. */
static Alarm *unpack(JsonObject *row)
{
    g_autoptr(GVariant) record =
        g_variant_parse(G_VARIANT_TYPE_VARDICT, get_text(row, "record"), NULL, NULL, NULL);
    gint64 raised_at_us = json_object_get_int_member_with_default(row, "raised_at_us", 0);

    if (!record)
        return NULL;
    SiteRule rule = { .name = (char *)get_text(row, "rule"),
                      .severity = find_severity(get_text(row, "severity")),
                      .actions = look_up_actions(record),
                      .latch = look_up_flag(record, "latch"),
                      .title = (char *)look_up_text(record, "title"),
                      .title_zh = (char *)look_up_text(record, "title_zh"),
                      .advice = (char *)look_up_text(record, "advice"),
                      .advice_zh = (char *)look_up_text(record, "advice_zh") };
    Alarm *alarm = alarm_new(get_text(row, "id"), &rule, get_text(row, "subject"),
                             look_up_text(record, "zone"), make_moment(raised_at_us));

    unpack_story(record, alarm);
    return alarm;
}

/* ---- The public object ---- */

static Moment get_moment(JsonObject *object, const char *member)
{
    gint64 wall_us = 0;

    clock_parse(get_text(object, member), &wall_us);
    return make_moment(wall_us);
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

static void read_step(JsonObject *object, Alarm *alarm)
{
    add_step(alarm, get_text(object, "connector"), get_text(object, "rung"), get_text(object, "result"),
             get_moment(object, "commanded_at"), get_moment(object, "proven_at"), get_text(object, "proof"),
             get_text(object, "cause"));
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
    alarm_copy_text(alarm->unit, sizeof alarm->unit, get_text(object, "unit"));
    for (guint i = 0; steps && i < json_array_get_length(steps); i++) {
        JsonNode *step = json_array_get_element(steps, i);

        if (JSON_NODE_HOLDS_OBJECT(step))
            read_step(json_node_get_object(step), alarm);
    }
}

/* NULL where there is nothing of the kind. */
static Alarm *read_object(const Station *self, JsonObject *row)
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
    return alarm;
}

Alarm *station_remember_alarm(const Station *self, JsonObject *row)
{
    Alarm *alarm = unpack(row);

    if (!alarm)
        alarm = read_object(self, row);
    if (alarm)
        alarm->transitions =
            (guint)CLAMP(json_object_get_int_member_with_default(row, "transitions", 0), 0, G_MAXINT);
    return alarm;
}

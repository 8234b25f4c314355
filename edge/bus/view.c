/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bus/view.h"

#include "edge/bus/json-text.h"

#include <math.h>

static void set_text(JsonObject *object, const char *name, const char *text)
{
    if (text && text[0])
        json_object_set_string_member(object, name, text);
    else
        json_object_set_null_member(object, name);
}

static void set_time(JsonObject *object, const char *name, Moment at, GTimeZone *zone)
{
    g_autofree char *text = at.boot_us != 0 ? clock_format(at.wall_us, zone) : NULL;

    set_text(object, name, text);
}

/* An alarm keeps its value as text, since it may be a word; a number goes out as one. */
static void set_alarm_value(JsonObject *object, const char *text)
{
    char *end = NULL;
    double number = g_ascii_strtod(text, &end);

    if (end == text || *end || !isfinite(number))
        set_text(object, "value", text);
    else
        json_object_set_double_member(object, "value", number);
}

static void set_latency(JsonObject *object, const char *name, gint64 latency_us)
{
    if (latency_us < 0)
        json_object_set_null_member(object, name);
    else
        json_object_set_double_member(object, name, (double)latency_us / 1000.0);
}

static JsonObject *view_step(const AlarmStep *step, GTimeZone *zone)
{
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "connector", step->connector);
    json_object_set_string_member(object, "rung", site_rung_name(step->rung));
    set_time(object, "commanded_at", step->commanded_at, zone);
    set_time(object, "proven_at", step->proven_at, zone);
    json_object_set_string_member(object, "result", alarm_step_result_name(step->result));
    set_text(object, "proof", step->proof);
    set_text(object, "cause", step->cause);
    return object;
}

static void set_states(JsonObject *object, const Alarm *alarm)
{
    gboolean silenced = !alarm->over && alarm->silenced_until_us > clock_boot_us();

    json_object_set_string_member(object, "state", alarm_state_name(alarm_get_state(alarm)));
    json_object_set_boolean_member(object, "active", alarm->active);
    json_object_set_boolean_member(object, "acknowledged", alarm->acknowledged);
    json_object_set_boolean_member(object, "silenced", silenced);
    json_object_set_boolean_member(object, "latched", alarm->latch && !alarm->over);
    json_object_set_boolean_member(object, "shelved", FALSE);
    json_object_set_boolean_member(object, "suppressed", FALSE);
    json_object_set_boolean_member(object, "out_of_service", FALSE);
}

static void set_story(JsonObject *object, const Alarm *alarm, GTimeZone *zone)
{
    set_time(object, "raised_at", alarm->raised_at, zone);
    set_time(object, "acknowledged_at", alarm->acknowledged_at, zone);
    set_text(object, "acknowledged_by", alarm->acknowledged_by);
    set_time(object, "cleared_at", alarm->cleared_at, zone);
    set_alarm_value(object, alarm->value);
    set_text(object, "unit", alarm->unit);
    json_object_set_string_member(object, "title", alarm->title);
    json_object_set_string_member(object, "title_zh_CN", alarm->title_zh);
    set_text(object, "advice", alarm->advice);
    set_text(object, "advice_zh_CN", alarm->advice_zh);
    json_object_set_null_member(object, "first_out");
    json_object_set_null_member(object, "incident");
}

static void set_ladder(JsonObject *object, const Alarm *alarm, GTimeZone *zone)
{
    JsonObject *latency = json_object_new();
    JsonArray *ladder = json_array_new();

    set_latency(latency, "command", alarm->latency_command_us);
    set_latency(latency, "proof", alarm->latency_proof_us);
    json_object_set_object_member(object, "latency_ms", latency);
    for (guint i = 0; alarm->ladder && i < alarm->ladder->len; i++)
        json_array_add_object_element(ladder, view_step(&g_array_index(alarm->ladder, AlarmStep, i), zone));
    json_object_set_array_member(object, "ladder", ladder);
}

/* What the rule asks for and nobody here carries out (CONTRACT section 3: recorded `skipped`). */
static void set_skipped(JsonObject *object, const Alarm *alarm)
{
    JsonArray *skipped = json_array_new();

    for (guint i = 0; site_do_names[i]; i++) {
        if (alarm->skipped_actions & (1u << i))
            json_array_add_string_element(skipped, site_do_names[i]);
    }
    json_object_set_array_member(object, "skipped", skipped);
}

static JsonNode *take_object(JsonObject *object)
{
    return json_node_init_object(json_node_alloc(), object);
}

JsonNode *view_alarm(const Alarm *alarm, GTimeZone *zone)
{
    g_autoptr(GTimeZone) used = zone ? g_time_zone_ref(zone) : g_time_zone_new_utc();
    g_autoptr(JsonObject) object = json_object_new();

    json_object_set_string_member(object, "id", alarm->id);
    json_object_set_string_member(object, "rule", alarm->rule);
    json_object_set_string_member(object, "subject", alarm->subject);
    json_object_set_string_member(object, "severity", site_severity_name(alarm->severity));
    set_states(object, alarm);
    set_text(object, "cause", alarm->cause);
    set_story(object, alarm, used);
    set_ladder(object, alarm, used);
    set_skipped(object, alarm);
    set_text(object, "zone", alarm->zone);
    set_text(object, "note", alarm->note);
    json_object_set_boolean_member(object, "by_unknown", alarm->by_unknown);
    json_object_set_int_member(object, "occurrences", alarm->occurrence_count);
    return take_object(object);
}

/* The point's value where it may be believed now. */
static gboolean is_good(const Model *model, guint point)
{
    return point != POINT_NONE && model->points[point].quality == POINT_QUALITY_GOOD;
}

static void set_point(JsonObject *object, const Point *point)
{
    g_autofree char *quality = NULL;

    if (point->quality == POINT_QUALITY_GOOD) {
        if (point->value.text[0])
            json_object_set_string_member(object, point->name, point->value.text);
        else
            json_object_set_double_member(object, point->name, point->value.number);
        return;
    }
    quality = g_strdup_printf("%s_quality", point->name);
    json_object_set_null_member(object, point->name);
    json_object_set_string_member(object, quality, point_quality_name(point->quality));
}

static guint end_of_points(const Model *model, guint device)
{
    return device + 1 < model->n_devices ? model->devices[device + 1].first_point : model->n_points;
}

/* DISABLED_BY: NULL, nobody has. */
static JsonObject *view_connector(const Model *model, const Guard *guard, guint index,
                                  const char *disabled_by)
{
    const ModelConnector *connector = &model->connectors[index];
    JsonObject *object = json_object_new();
    const char *cause = NULL;
    const Alarm *hold = guard_get_hold(guard, index, &cause);
    guint end = end_of_points(model, connector->device);

    json_object_set_string_member(object, "path", connector->path);
    json_object_set_null_member(object, "status");
    json_object_set_boolean_member(object, "held", hold != NULL);
    set_text(object, "hold_alarm", hold ? hold->id : NULL);
    set_text(object, "hold_cause", hold ? cause : NULL);
    json_object_set_boolean_member(object, "disabled", disabled_by != NULL);
    set_text(object, "disabled_by", disabled_by);
    json_object_set_null_member(object, "order");
    for (guint i = model->devices[connector->device].first_point; i < end; i++) {
        if (model->points[i].connector == connector->number)
            set_point(object, &model->points[i]);
    }
    return object;
}

JsonNode *view_connectors(const Model *model, const Guard *guard, ViewDisabler disabler, gpointer user_data)
{
    g_autoptr(JsonArray) array = json_array_sized_new(model->n_connectors);

    for (guint i = 0; i < model->n_connectors; i++)
        json_array_add_object_element(array, view_connector(model, guard, i, disabler(i, user_data)));
    return json_node_init_array(json_node_alloc(), array);
}

/* GPatternSpec takes time exponential in its stars, and the pattern comes from outside: going back to the
 * last star alone is enough, and bounds the work by the product of the lengths. */
gboolean view_matches(const char *glob, const char *path)
{
    const char *star = NULL, *resume = NULL;

    if (glob[0] == '\0')
        return TRUE;
    while (*path) {
        if (*glob == '*') {
            star = ++glob;
            resume = path;
        } else if (*glob == '?' || *glob == *path) {
            glob++;
            path++;
        } else if (star) {
            glob = star;
            path = ++resume;
        } else {
            return FALSE;
        }
    }
    while (*glob == '*')
        glob++;
    return *glob == '\0';
}

/* Child by child: a format string would be parsed anew for each of thousands of points. */
GVariant *view_point(const Point *point, gint64 now_us)
{
    gboolean shown =
        point->has_value && (point->quality == POINT_QUALITY_GOOD || point->quality == POINT_QUALITY_STALE);
    gboolean read = point->read_at_us != 0;
    GVariant *children[] = {
        g_variant_new_string(point->path),
        g_variant_new_double(shown ? point->value.number : (double)NAN),
        g_variant_new_string(shown ? point->value.text : ""),
        g_variant_new_string(point->unit),
        g_variant_new_string(point_quality_name(point->quality)),
        g_variant_new_int64(read ? point->read_wall_us : 0),
        g_variant_new_int64(read ? MAX(now_us - point->read_at_us, 0) / 1000 : -1),
    };

    return g_variant_new_tuple(children, G_N_ELEMENTS(children));
}

static double good_number(const Model *model, guint point)
{
    return is_good(model, point) ? model->points[point].value.number : (double)NAN;
}

/* The largest of the phases: what a person would read off the cable. */
static double good_current(const Model *model, const ModelConnector *connector)
{
    double largest = NAN;

    for (guint i = 0; i < connector->n_current; i++)
        largest = fmax(largest, good_number(model, connector->current[i]));
    return largest;
}

GVariant *view_connector_change(const Model *model, const Guard *guard, guint index, const char *disabled_by)
{
    const ModelConnector *connector = &model->connectors[index];
    g_autofree char *soc_path = g_strdup_printf("%s/soc", connector->path);
    guint soc = model_find_point(model, soc_path);
    const char *status = is_good(model, connector->status) ? model->points[connector->status].value.text : "";

    return g_variant_new(VIEW_CHANGE_TYPE, connector->path, status, good_number(model, connector->power),
                         good_current(model, connector), good_number(model, soc),
                         guard_get_hold(guard, index, NULL) != NULL, disabled_by ? disabled_by : "");
}

char *view_take_text(JsonNode *node)
{
    GString *text = g_string_new(NULL);

    json_text_append(text, node);
    json_node_unref(node);
    return g_string_free(text, FALSE);
}

void view_add_text(JsonBuilder *builder, const char *name, const char *text)
{
    json_builder_set_member_name(builder, name);
    if (text)
        json_builder_add_string_value(builder, text);
    else
        json_builder_add_null_value(builder);
}

void view_add_integer(JsonBuilder *builder, const char *name, gint64 number)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, number);
}

void view_add_number(JsonBuilder *builder, const char *name, double number)
{
    json_builder_set_member_name(builder, name);
    if (isfinite(number))
        json_builder_add_double_value(builder, number);
    else
        json_builder_add_null_value(builder);
}

void view_add_boolean(JsonBuilder *builder, const char *name, gboolean value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_boolean_value(builder, value);
}

void view_add_time(JsonBuilder *builder, const char *name, gint64 wall_us, GTimeZone *zone)
{
    g_autofree char *text = wall_us ? clock_format(wall_us, zone) : NULL;

    view_add_text(builder, name, text);
}

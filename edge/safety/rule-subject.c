/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/safety/rule-subject.h"

#include "edge/base/name.h"

#include <string.h>

typedef enum {
    SUBJECT_CONNECTOR,
    SUBJECT_CHARGER,
    SUBJECT_SENSOR,
    SUBJECT_METER,
    SUBJECT_IO,
    SUBJECT_CAMERA,
    SUBJECT_BUS,
    SUBJECT_STATION,
    SUBJECT_ZONE
} SubjectKind;

static const char *const kind_names[] = { "connector", "charger", "sensor",  "meter", "io",
                                          "camera",    "bus",     "station", "zone",  NULL };

struct RuleSubjectPattern {
    SubjectKind kind;
    gboolean exact;
    GPatternSpec *glob; /* NULL: all of the kind */
};

static void fail(const char *applies_to, const char *kind, GError **error)
{
    const char *near = name_nearest(kind_names, kind);

    g_set_error(
        error, RULE_ERROR, RULE_ERROR_SUBJECT,
        "applies-to: \"%.80s\" begins with none of connector, charger, sensor, meter, io, camera, bus, "
        "station, zone%s%s%s",
        applies_to, near ? " (" : "", near ? near : "", near ? "?)" : "");
}

RuleSubjectPattern *rule_subject_pattern_new(const char *applies_to, GError **error)
{
    const char *slash = strchr(applies_to, '/');
    g_autofree char *kind = slash ? g_strndup(applies_to, (gsize)(slash - applies_to)) : g_strdup(applies_to);
    int found = name_find(kind_names, G_N_ELEMENTS(kind_names), kind);

    if (!g_utf8_validate(applies_to, -1, NULL)) {
        g_set_error_literal(error, RULE_ERROR, RULE_ERROR_SUBJECT, "applies-to: is not UTF-8");
        return NULL;
    }
    if (found < 0) {
        fail(applies_to, kind, error);
        return NULL;
    }
    if (slash && (found == SUBJECT_STATION || !slash[1])) {
        g_set_error(error, RULE_ERROR, RULE_ERROR_SUBJECT, "applies-to: \"%.80s\" should be \"%s\"%s",
                    applies_to, kind, found == SUBJECT_STATION ? "" : ", or a path behind the slash");
        return NULL;
    }
    RuleSubjectPattern *pattern = g_new0(RuleSubjectPattern, 1);

    pattern->kind = (SubjectKind)found;
    pattern->exact = found == SUBJECT_STATION || (slash && !strpbrk(slash, "*?"));
    pattern->glob = slash ? g_pattern_spec_new(slash + 1) : NULL;
    return pattern;
}

void rule_subject_pattern_free(RuleSubjectPattern *pattern)
{
    g_clear_pointer(&pattern->glob, g_pattern_spec_free);
    g_free(pattern);
}

gboolean rule_subject_pattern_is_exact(const RuleSubjectPattern *pattern)
{
    return pattern->exact;
}

gboolean rule_subject_pattern_is_stoppable(const RuleSubjectPattern *pattern)
{
    return pattern->kind == SUBJECT_CONNECTOR || pattern->kind == SUBJECT_CHARGER;
}

gboolean rule_subject_pattern_has_zone(const RuleSubjectPattern *pattern)
{
    return pattern->kind != SUBJECT_BUS && pattern->kind != SUBJECT_STATION;
}

static gboolean matches(const RuleSubjectPattern *pattern, const char *path)
{
    return !pattern->glob || g_pattern_spec_match_string(pattern->glob, path);
}

static SubjectKind get_kind(const ModelDevice *device)
{
    static const SubjectKind kinds[] = {
        [MODEL_KIND_CHARGER] = SUBJECT_CHARGER, [MODEL_KIND_METER] = SUBJECT_METER,
        [MODEL_KIND_SENSOR] = SUBJECT_SENSOR,   [MODEL_KIND_IO] = SUBJECT_IO,
        [MODEL_KIND_CAMERA] = SUBJECT_CAMERA,   [MODEL_KIND_BUS] = SUBJECT_BUS,
        [MODEL_KIND_STATION] = SUBJECT_STATION,
    };

    return kinds[device->kind];
}

static void match_connectors(const RuleSubjectPattern *pattern, const Model *model, GArray *subjects)
{
    for (guint i = 0; i < model->n_connectors; i++) {
        const ModelConnector *connector = &model->connectors[i];
        RuleSubject subject = { RULE_SUBJECT_CONNECTOR, i, connector->path,
                                model->devices[connector->device].zone };

        if (matches(pattern, connector->path))
            g_array_append_val(subjects, subject);
    }
}

static void match_devices(const RuleSubjectPattern *pattern, const Model *model, GArray *subjects)
{
    for (guint i = 0; i < model->n_devices; i++) {
        const ModelDevice *device = &model->devices[i];
        RuleSubject subject = { RULE_SUBJECT_DEVICE, i, device->path, device->zone };
        /* A bus' path holds its kind already: "bus/yard". */
        const char *behind_kind =
            device->kind == MODEL_KIND_BUS ? device->path + strlen("bus/") : device->path;

        if (get_kind(device) == pattern->kind && matches(pattern, behind_kind))
            g_array_append_val(subjects, subject);
    }
}

static void match_zones(const RuleSubjectPattern *pattern, const Model *model, GArray *subjects)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < model->n_devices; i++) {
        char *zone = model->devices[i].zone;
        RuleSubject subject = { RULE_SUBJECT_ZONE, 0, zone, zone };

        if (zone[0] && matches(pattern, zone) && g_hash_table_add(seen, zone))
            g_array_append_val(subjects, subject);
    }
}

void rule_subject_pattern_match(const RuleSubjectPattern *pattern, const Model *model, GArray *subjects)
{
    if (pattern->kind == SUBJECT_CONNECTOR)
        match_connectors(pattern, model, subjects);
    else if (pattern->kind == SUBJECT_ZONE)
        match_zones(pattern, model, subjects);
    else
        match_devices(pattern, model, subjects);
}

static guint find_below(const Model *model, const char *path, const char *name)
{
    g_autofree char *full = g_strdup_printf("%s/%s", path, name);

    return model_find_point(model, full);
}

guint rule_subject_find_point(const RuleSubject *subject, const Model *model, const char *name)
{
    if (strchr(name, '/'))
        return model_find_point(model, name);
    if (subject->kind == RULE_SUBJECT_ZONE)
        return POINT_NONE;
    guint point = find_below(model, subject->path, name);

    if (point == POINT_NONE && subject->kind == RULE_SUBJECT_CONNECTOR)
        point = find_below(model, model->devices[model->connectors[subject->index].device].path, name);
    return point;
}

static gboolean is_device_told(const ModelDevice *device)
{
    return device->kind != MODEL_KIND_CAMERA && (!device->site || device->site->profile);
}

gboolean rule_subject_is_told(const RuleSubject *subject, const Model *model)
{
    guint index =
        subject->kind == RULE_SUBJECT_CONNECTOR ? model->connectors[subject->index].device : subject->index;

    return subject->kind == RULE_SUBJECT_ZONE || is_device_told(&model->devices[index]);
}

gboolean rule_subject_is_told_at(const Model *model, const char *path)
{
    guint connector = model_find_connector(model, path);
    guint device =
        connector == G_MAXUINT ? model_find_device(model, path) : model->connectors[connector].device;

    return device == G_MAXUINT || is_device_told(&model->devices[device]);
}

char *rule_subject_suggest(const Model *model, const char *parent, const char *name)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autofree char *prefix = g_strdup_printf("%s/", parent);

    for (guint i = 0; i < model->n_points; i++) {
        const char *path = model->points[i].path;

        if (g_str_has_prefix(path, prefix) && !strchr(path + strlen(prefix), '/'))
            g_ptr_array_add(names, (gpointer)(path + strlen(prefix)));
    }
    g_ptr_array_add(names, NULL);
    const char *near = name_nearest((const char *const *)names->pdata, name);

    return near ? g_strdup_printf(" (%s?)", near) : g_strdup("");
}

char *rule_subject_dup_path(const RuleSubject *subject)
{
    return subject->kind == RULE_SUBJECT_ZONE ? g_strdup_printf("zone/%s", subject->path)
                                              : g_strdup(subject->path);
}

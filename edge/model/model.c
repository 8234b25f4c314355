/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/model/model.h"

#include <string.h>

#define SHORTEST_MAX_AGE_MS 5000u /* CONTRACT section 3: max-age-ms defaults to 3 × period, at least 5000 */

typedef struct {
    GArray *points;
    GArray *devices;
    GArray *connectors;
    GHashTable *by_path;
} Builder;

static guint add_point(Builder *builder, guint device, guint connector, const char *name, const char *unit,
                       gint64 max_age_us)
{
    const ModelDevice *owner = &g_array_index(builder->devices, ModelDevice, device);
    Point point = { .name = g_strdup(name),
                    .unit = g_strdup(unit),
                    .device = device,
                    .connector = connector,
                    .max_age_us = max_age_us,
                    .watched_us = CLOCK_NEVER };

    point.path = connector ? g_strdup_printf("%s/%u/%s", owner->path, connector, name)
                           : g_strdup_printf("%s/%s", owner->path, name);
    g_array_append_val(builder->points, point);
    g_hash_table_insert(builder->by_path, point.path, GUINT_TO_POINTER(builder->points->len));
    return builder->points->len - 1;
}

static ModelDevice *add_device(Builder *builder, char *path, ModelKind kind, const char *zone)
{
    ModelDevice device = { .path = path,
                           .kind = kind,
                           .zone = g_strdup(zone),
                           .first_point = builder->points->len,
                           .online = POINT_NONE,
                           .first_connector = builder->connectors->len };

    g_array_append_val(builder->devices, device);
    return &g_array_index(builder->devices, ModelDevice, builder->devices->len - 1);
}

static gint64 max_age_us(const SiteDevice *device, const ProfilePoint *point)
{
    guint period_ms = point->period_ms == PROFILE_DEFAULT ? device->period_ms : point->period_ms;
    guint age_ms =
        point->max_age_ms == PROFILE_DEFAULT ? MAX(3 * period_ms, SHORTEST_MAX_AGE_MS) : point->max_age_ms;

    return (gint64)age_ms * 1000;
}

static guint find_online(const Builder *builder, const char *path)
{
    g_autofree char *online = g_strdup_printf("%s/online", path);

    return GPOINTER_TO_UINT(g_hash_table_lookup(builder->by_path, online)) - 1;
}

static void add_configured(Builder *builder, const SiteDevice *site)
{
    static const ModelKind kinds[] = { MODEL_KIND_CHARGER, MODEL_KIND_METER, MODEL_KIND_SENSOR,
                                       MODEL_KIND_IO };
    ModelKind kind = site->profile ? kinds[site->profile->kind] : MODEL_KIND_CHARGER;
    ModelDevice *device = add_device(builder, g_strdup(site->name), kind, site->zone);
    guint index = builder->devices->len - 1;

    device->site = site;
    device->n_connectors = site->connectors;
    for (guint i = 0; site->profile && i < site->profile->points->len; i++) {
        const ProfilePoint *point = site->profile->points->pdata[i];

        add_point(builder, index, point->connector, point->name, point->unit, max_age_us(site, point));
    }
    if (find_online(builder, site->name) == POINT_NONE)
        add_point(builder, index, 0, "online", "", CLOCK_NEVER);
    device->online = find_online(builder, site->name);
    for (guint number = 1; number <= site->connectors; number++) {
        ModelConnector connector = { .path = g_strdup_printf("%s/%u", site->name, number),
                                     .device = index,
                                     .number = number };

        g_array_append_val(builder->connectors, connector);
    }
}

static void add_internal(Builder *builder, char *path, ModelKind kind, const char *zone,
                         const char *const *names)
{
    add_device(builder, path, kind, zone);
    guint index = builder->devices->len - 1;

    for (guint i = 0; names[i]; i++)
        add_point(builder, index, 0, names[i], "", CLOCK_NEVER);
    g_array_index(builder->devices, ModelDevice, index).online = find_online(builder, path);
}

static void add_internals(Builder *builder, const Site *site)
{
    static const char *const bus[] = { "online", "load_percent", "errors", NULL };
    static const char *const camera[] = { "online", NULL };
    static const char *const station[] = { "hq_online", "backlog",           "backlog_age",
                                           "clock",     "disk_free_percent", "memory_free_percent",
                                           "books",     "books_log_mib",     NULL };

    for (guint i = 0; i < site->buses->len; i++)
        add_internal(builder, g_strdup_printf("bus/%s", ((SiteBus *)site->buses->pdata[i])->name),
                     MODEL_KIND_BUS, "", bus);
    for (guint i = 0; i < site->cameras->len; i++) {
        const SiteCamera *item = site->cameras->pdata[i];

        add_internal(builder, g_strdup(item->name), MODEL_KIND_CAMERA, item->zone, camera);
    }
    add_internal(builder, g_strdup("station"), MODEL_KIND_STATION, "", station);
}

/* Up to three current points below PREFIX: `current` alone, or the phases. */
static guint find_currents(const Model *model, const char *prefix, guint ret_points[3])
{
    static const char *const phases[] = { "current_a", "current_b", "current_c" };
    g_autofree char *whole = g_strdup_printf("%s/current", prefix);
    guint n = 0;

    ret_points[0] = model_find_point(model, whole);
    if (ret_points[0] != POINT_NONE)
        return 1;
    for (guint i = 0; i < G_N_ELEMENTS(phases); i++) {
        g_autofree char *path = g_strdup_printf("%s/%s", prefix, phases[i]);
        guint point = model_find_point(model, path);

        if (point != POINT_NONE)
            ret_points[n++] = point;
    }
    return n;
}

static guint find_below(const Model *model, const char *prefix, const char *name)
{
    g_autofree char *path = g_strdup_printf("%s/%s", prefix, name);

    return model_find_point(model, path);
}

static void bind_connector(Model *model, ModelConnector *connector)
{
    const SiteDevice *site = model->devices[connector->device].site;

    connector->status = find_below(model, connector->path, "status");
    connector->power = find_below(model, connector->path, "power");
    connector->n_current = find_currents(model, connector->path, connector->current);
    connector->feeder_contact = model_find_point(model, site->feeder);
    connector->n_feeder_meter_current =
        site->feeder_meter[0] ? find_currents(model, site->feeder_meter, connector->feeder_meter_current) : 0;
}

Model *model_new(Site *site)
{
    Model *model = g_new0(Model, 1);
    Builder builder = { .points = g_array_new(FALSE, TRUE, sizeof(Point)),
                        .devices = g_array_new(FALSE, TRUE, sizeof(ModelDevice)),
                        .connectors = g_array_new(FALSE, TRUE, sizeof(ModelConnector)),
                        .by_path = g_hash_table_new(g_str_hash, g_str_equal) };

    for (guint i = 0; i < site->devices->len; i++)
        add_configured(&builder, site->devices->pdata[i]);
    add_internals(&builder, site);

    model->site = site_ref(site);
    model->n_points = builder.points->len;
    model->points = (Point *)(gpointer)g_array_free(builder.points, FALSE);
    model->n_devices = builder.devices->len;
    model->devices = (ModelDevice *)(gpointer)g_array_free(builder.devices, FALSE);
    model->n_connectors = builder.connectors->len;
    model->connectors = (ModelConnector *)(gpointer)g_array_free(builder.connectors, FALSE);
    model->by_path = builder.by_path;
    for (guint i = 0; i < model->n_connectors; i++)
        bind_connector(model, &model->connectors[i]);
    return model;
}

void model_free(Model *model)
{
    for (guint i = 0; i < model->n_points; i++) {
        g_free(model->points[i].path);
        g_free(model->points[i].name);
        g_free(model->points[i].unit);
    }
    for (guint i = 0; i < model->n_devices; i++) {
        g_free(model->devices[i].path);
        g_free(model->devices[i].zone);
    }
    for (guint i = 0; i < model->n_connectors; i++)
        g_free(model->connectors[i].path);
    g_free(model->points);
    g_free(model->devices);
    g_free(model->connectors);
    g_hash_table_unref(model->by_path);
    site_unref(model->site);
    g_free(model);
}

void model_set_watch(Model *model, ModelWatch watch, gpointer user_data)
{
    model->watch = watch;
    model->watch_data = user_data;
}

guint model_find_point(const Model *model, const char *path)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(model->by_path, path)) - 1;
}

guint model_find_device(const Model *model, const char *path)
{
    for (guint i = 0; i < model->n_devices; i++) {
        if (g_str_equal(model->devices[i].path, path))
            return i;
    }
    return G_MAXUINT;
}

guint model_find_connector(const Model *model, const char *path)
{
    for (guint i = 0; i < model->n_connectors; i++) {
        if (g_str_equal(model->connectors[i].path, path))
            return i;
    }
    return G_MAXUINT;
}

gboolean model_is_at_unit(const Model *model, guint index, guint unit)
{
    const ModelDevice *device = &model->devices[model->points[index].device];
    const GPtrArray *points = device->site && device->site->profile ? device->site->profile->points : NULL;

    if (!points || index < device->first_point || index - device->first_point >= points->len)
        return FALSE;
    const ProfilePoint *point = points->pdata[index - device->first_point];

    return unit == MODEL_ANY_UNIT ||
           unit == (point->unit_id == PROFILE_DEFAULT ? device->site->unit_id : point->unit_id);
}

static void tell(Model *model, guint point, Moment now)
{
    if (model->watch)
        model->watch(point, now, model->watch_data);
}

void model_read(Model *model, guint index, PointQuality quality, const PointValue *value, gint64 asked_at_us,
                Moment read_at)
{
    g_return_if_fail(index < model->n_points);
    Point *point = &model->points[index];

    if (asked_at_us < point->asked_at_us)
        return;
    point->quality = quality;
    if (quality == POINT_QUALITY_GOOD)
        point->value = *value;
    if (quality != POINT_QUALITY_BAD)
        point->has_value = quality == POINT_QUALITY_GOOD;
    point->asked_at_us = asked_at_us;
    point->read_at_us = read_at.boot_us;
    point->read_wall_us = read_at.wall_us;
    tell(model, index, read_at);
}

void model_set(Model *model, guint point, double number, const char *text, Moment now)
{
    PointValue value = { .number = number };

    g_strlcpy(value.text, text ? text : "", sizeof value.text);
    model_read(model, point, POINT_QUALITY_GOOD, &value, now.boot_us, now);
}

void model_begin_watching(Model *model, guint point, gint64 now_us)
{
    g_return_if_fail(point < model->n_points);
    if (model->points[point].watched_us == CLOCK_NEVER)
        model->points[point].watched_us = now_us;
}

void model_expire(Model *model, Moment now)
{
    for (guint i = 0; i < model->n_points; i++) {
        Point *point = &model->points[i];

        if (point->quality == POINT_QUALITY_GOOD || point->quality == POINT_QUALITY_ABSENT ||
            point->quality == POINT_QUALITY_BAD) {
            if (point->max_age_us == CLOCK_NEVER || now.boot_us - point->read_at_us <= point->max_age_us)
                continue;
            point->quality = POINT_QUALITY_STALE;
            tell(model, i, now);
        }
    }
}

void model_adopt(Model *model, const Model *old)
{
    for (guint i = 0; i < model->n_points; i++) {
        Point *point = &model->points[i];
        guint before = model_find_point(old, point->path);

        if (before == POINT_NONE)
            continue;
        const Point *source = &old->points[before];

        point->watched_us = source->watched_us;
        point->quality = source->quality;
        point->has_value = source->has_value;
        point->value = source->value;
        point->asked_at_us = source->asked_at_us;
        point->read_at_us = source->read_at_us;
        point->read_wall_us = source->read_wall_us;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/fake-guard.h"

#include <string.h>

struct Guard {
    const Model *model;
    GPtrArray *alarms;
};

Guard *fake_guard_new(const Model *model)
{
    Guard *guard = g_new0(Guard, 1);

    guard->model = model;
    guard->alarms = g_ptr_array_new_with_free_func((GDestroyNotify)alarm_free);
    return guard;
}

void fake_guard_free(Guard *guard)
{
    g_ptr_array_unref(guard->alarms);
    g_free(guard);
}

void fake_guard_add(Guard *guard, Alarm *alarm)
{
    g_ptr_array_add(guard->alarms, alarm);
}

const GPtrArray *guard_get_alarms(const Guard *guard)
{
    return guard->alarms;
}

const Alarm *guard_find_alarm(const Guard *guard, const char *id)
{
    for (guint i = 0; i < guard->alarms->len; i++) {
        if (g_str_equal(((Alarm *)guard->alarms->pdata[i])->id, id))
            return guard->alarms->pdata[i];
    }
    return NULL;
}

const Alarm *guard_get_hold(const Guard *guard, guint connector, const char **ret_cause)
{
    for (guint i = 0; i < guard->alarms->len; i++) {
        const Alarm *alarm = guard->alarms->pdata[i];

        for (guint step = 0; step < alarm->ladder->len; step++) {
            const AlarmStep *item = &g_array_index(alarm->ladder, AlarmStep, step);

            if (!g_str_equal(item->connector, guard->model->connectors[connector].path))
                continue;
            if (ret_cause)
                *ret_cause = item->cause;
            return alarm;
        }
    }
    return NULL;
}

static void add_point(Profile *profile, guint connector, const char *name, const char *unit)
{
    ProfilePoint *point = profile_point_new();

    g_free(point->name);
    g_free(point->unit);
    point->name = g_strdup(name);
    point->unit = g_strdup(unit);
    point->connector = connector;
    g_ptr_array_add(profile->points, point);
}

static void add_device(Site *site, char *name, const Profile *profile, guint connectors)
{
    SiteDevice *device = g_new0(SiteDevice, 1);

    device->name = name;
    device->place = g_strdup("");
    device->profile = profile;
    device->bus = g_strdup("yard");
    device->listener = g_strdup("");
    device->number = g_strdup("");
    device->period_ms = 1000;
    device->zone = g_strdup("bay-a");
    device->connectors = connectors;
    device->feeder = g_strdup("");
    device->feeder_meter = g_strdup("");
    device->cameras = g_new0(char *, 1);
    g_ptr_array_add(site->devices, device);
}

Site *fake_guard_new_site(guint n)
{
    Site *site = site_new();
    Profile *charger = profile_new("fake-dc");
    Profile *sensor = profile_new("fake-smoke");

    g_time_zone_unref(site->station.timezone);
    site->station.timezone = g_time_zone_new_offset(8 * 3600);
    add_point(charger, 1, "status", "");
    add_point(charger, 1, "current", "A");
    add_point(charger, 1, "power", "kW");
    add_point(charger, 1, "soc", "%");
    add_point(charger, 1, "vin", "");
    add_point(sensor, 0, "smoke", "");
    sensor->kind = PROFILE_KIND_SENSOR;
    g_ptr_array_add(site->profiles, charger);
    g_ptr_array_add(site->profiles, sensor);
    for (guint i = 1; i <= n; i++)
        add_device(site, g_strdup_printf("dc-%02u", i), charger, 1);
    add_device(site, g_strdup("smoke-01"), sensor, 0);
    return site;
}

Alarm *fake_guard_new_alarm(const char *id)
{
    SiteRule rule = { .name = (char *)"battery-over-temperature",
                      .severity = SITE_SEVERITY_HIGH,
                      .latch = TRUE,
                      .actions = SITE_DO_STOP | SITE_DO_SIREN,
                      .title = (char *)"Battery over temperature",
                      .title_zh = (char *)"电池过温",
                      .advice = (char *)"Keep away.",
                      .advice_zh = (char *)"请勿靠近。" };
    Moment raised_at = { .boot_us = 1000000, .wall_us = G_GINT64_CONSTANT(1795328504318000) };
    Alarm *alarm = alarm_new(id, &rule, "dc-01/1", "bay-a", raised_at);

    g_strlcpy(alarm->value, "61.5", sizeof alarm->value);
    g_strlcpy(alarm->unit, "°C", sizeof alarm->unit);
    return alarm;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

static ProfilePoint *add_point(Profile *profile, guint connector, const char *name)
{
    ProfilePoint *point = profile_point_new();

    g_free(point->name);
    point->name = g_strdup(name);
    point->connector = connector;
    if (g_str_equal(name, "gun_temp")) {
        g_free(point->unit);
        point->unit = g_strdup("°C");
    }
    g_ptr_array_add(profile->points, point);
    return point;
}

static void add_command(Profile *profile, guint connector, const char *name)
{
    ProfileCommand *command = profile_command_new();

    g_free(command->name);
    command->name = g_strdup(name);
    command->connector = connector;
    g_ptr_array_add(profile->commands, command);
}

static const Profile *add_profile(Site *site, const char *name, ProfileKind kind, guint connectors,
                                  const char *const *points, const char *const *commands)
{
    Profile *profile = profile_new(name);

    profile->kind = kind;
    profile->connectors = connectors;
    for (guint i = 0; points[i]; i++)
        add_point(profile, connectors, points[i]);
    for (guint i = 0; commands[i]; i++)
        add_command(profile, connectors, commands[i]);
    g_ptr_array_add(site->profiles, profile);
    return profile;
}

static SiteDevice *add_device(Site *site, const char *name, const Profile *profile, const char *zone)
{
    SiteDevice *device = g_new0(SiteDevice, 1);

    device->name = g_strdup(name);
    device->place = g_strdup("");
    device->profile = profile;
    device->bus = g_strdup("yard");
    device->listener = g_strdup("");
    device->number = g_strdup("");
    device->period_ms = 1000;
    device->zone = g_strdup(zone);
    device->connectors = profile->connectors;
    device->feeder = g_strdup("");
    device->feeder_meter = g_strdup("");
    device->cameras = g_new0(char *, 1);
    g_ptr_array_add(site->devices, device);
    return device;
}

static void add_rule(Site *site, const char *name, const char *applies_to, const char *when, guint actions,
                     SiteSeverity severity, gboolean latch, SiteOnUnknown on_unknown)
{
    SiteRule *rule = g_new0(SiteRule, 1);

    rule->name = g_strdup(name);
    rule->place = g_strdup("");
    rule->applies_to = g_strdup(applies_to);
    rule->while_ = g_strdup("");
    rule->when = g_strdup(when);
    rule->clear = g_strdup("");
    rule->actions = actions;
    rule->severity = severity;
    rule->latch = latch;
    rule->on_unknown = on_unknown;
    rule->title = g_strdup(name);
    rule->title_zh = g_strdup("过温");
    rule->advice = g_strdup("Keep away.\tDo not unplug.\n\\ wait");
    rule->advice_zh = g_strdup("请勿靠近,勿拔枪");
    g_ptr_array_add(site->rules, rule);
}

Site *world_make_site(const WorldSetup *setup)
{
    static const char *const charger_points[] = { "status", "current", "gun_temp", NULL };
    static const char *const charger_commands[] = { "stop", "disable", "enable", "start", "limit", NULL };
    static const char *const io_points[] = { "siren",     "strobe",    "button-1", "breaker-0",
                                             "breaker-1", "breaker-2", NULL };
    static const char *const io_bare[] = { "siren", "strobe", "button-1", NULL };
    static const char *const io_commands[] = { "siren/on",       "siren/off",       "strobe/on",
                                               "strobe/off",     "breaker-0/trip",  "breaker-1/trip",
                                               "breaker-2/trip", "breaker-0/close", NULL };
    static const char *const meter_points[] = { "current_a", "current_b", "current_c", NULL };
    static const char *const smoke_points[] = { "smoke", NULL };
    static const char *const none[] = { NULL };
    Site *site = site_new();
    const Profile *charger =
        add_profile(site, "dc", PROFILE_KIND_CHARGER, 1, charger_points, charger_commands);
    const Profile *io =
        add_profile(site, "io", PROFILE_KIND_IO, 0, setup->no_contact ? io_bare : io_points, io_commands);
    ProfilePoint *cabinet = add_point((Profile *)charger, 0, "cabinet_temp");
    const Profile *meter = add_profile(site, "meter", PROFILE_KIND_METER, 0, meter_points, none);
    const Profile *sensor = add_profile(site, "smoke", PROFILE_KIND_SENSOR, 0, smoke_points, none);

    cabinet->unit_id = WORLD_SIDE_UNIT;
    for (guint i = 0; i < WORLD_CHARGERS; i++) {
        g_autofree char *name = g_strdup_printf("dc-%02u", i);
        SiteDevice *device = add_device(site, name, charger, i < 2 ? "bay-a" : "bay-b");

        if (!setup->no_feeder && i < 2) {
            g_free(device->feeder);
            device->feeder = g_strdup(
                (i == 0 && !setup->rewired) || (i && setup->shared) ? "io-01/breaker-0" : "io-01/breaker-1");
        }
        if (setup->shared && i == 2) {
            g_free(device->feeder);
            device->feeder = g_strdup("io-01/breaker-1");
        }
        if (setup->meter && i == 0) {
            g_free(device->feeder_meter);
            device->feeder_meter = g_strdup("meter-01");
        }
    }
    add_device(site, "io-01", io, "");
    add_device(site, "meter-01", meter, "");
    add_device(site, "smoke-01", sensor, "bay-b");
    if (setup->station_rung) {
        site->policy.highest_rung = SITE_RUNG_STATION;
        g_free(site->policy.main_breaker);
        site->policy.main_breaker = g_strdup("io-01/breaker-2");
    }
    site->policy.button_acknowledges = setup->acknowledging_button;
    add_rule(site, "hot", "connector/dc-00/1", "gun_temp >= 60",
             setup->actions | SITE_DO_SIREN | SITE_DO_STROBE, SITE_SEVERITY_CRITICAL, setup->latch,
             SITE_ON_UNKNOWN_ALARM);
    add_rule(site, "smoke", "sensor/smoke-01", "smoke == 1",
             SITE_DO_STOP_ZONE | SITE_DO_SIREN | SITE_DO_STROBE, SITE_SEVERITY_CRITICAL, TRUE,
             SITE_ON_UNKNOWN_ALARM);
    add_rule(site, "warm", "connector", "gun_temp >= 50", SITE_DO_VIEW, SITE_SEVERITY_LOW, FALSE,
             SITE_ON_UNKNOWN_IGNORE);
    return site;
}

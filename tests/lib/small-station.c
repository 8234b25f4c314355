/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/small-station.h"

static void add_word(ProfilePoint *point, gint64 number, const char *word)
{
    ProfileMapEntry entry = { .number = number, .text = g_strdup(""), .word = g_strdup(word) };

    g_array_append_val(point->map, entry);
}

static ProfilePoint *add_point(Profile *profile, guint connector, const char *name)
{
    ProfilePoint *point = profile_point_new();

    g_free(point->name);
    point->name = g_strdup(name);
    point->connector = connector;
    point->max_age_ms = 5000;
    g_ptr_array_add(profile->points, point);
    return point;
}

static Profile *add_profile(Site *site, const char *name, ProfileKind kind)
{
    Profile *profile = profile_new(name);

    profile->kind = kind;
    g_ptr_array_add(site->profiles, profile);
    return profile;
}

static void add_device(Site *site, const char *name, const Profile *profile, const char *zone)
{
    SiteDevice *device = g_new0(SiteDevice, 1);

    *device = (SiteDevice){ .name = g_strdup(name),
                            .place = g_strdup(""),
                            .profile = profile,
                            .bus = g_strdup("yard"),
                            .listener = g_strdup(""),
                            .number = g_strdup(""),
                            .period_ms = 1000,
                            .zone = g_strdup(zone),
                            .connectors = profile->connectors,
                            .feeder = g_strdup(""),
                            .feeder_meter = g_strdup(""),
                            .cameras = g_new0(char *, 1) };
    g_ptr_array_add(site->devices, device);
}

static Profile *add_charger_profile(Site *site, const char *name, guint connectors)
{
    Profile *profile = add_profile(site, name, PROFILE_KIND_CHARGER);

    profile->connectors = connectors;
    add_point(profile, 0, "cabinet_temp");
    for (guint i = 1; i <= connectors; i++) {
        ProfilePoint *status = add_point(profile, i, "status");

        add_word(status, 0, "available");
        add_word(status, 2, "charging");
        add_point(profile, i, "power");
        add_point(profile, i, "gun_temp");
        add_point(profile, i, "t1");
        add_point(profile, i, "t2");
    }
    return profile;
}

static void add_bus(Site *site, const char *name)
{
    SiteBus *bus = g_new0(SiteBus, 1);

    bus->name = g_strdup(name);
    g_ptr_array_add(site->buses, bus);
}

Site *small_station_new_site(void)
{
    Site *site = site_new();
    Profile *two = add_charger_profile(site, "two", 2);
    Profile *one = add_charger_profile(site, "one", 1);
    Profile *bare = add_profile(site, "bare", PROFILE_KIND_CHARGER);
    Profile *smoke = add_profile(site, "smoke", PROFILE_KIND_SENSOR);
    Profile *meter = add_profile(site, "meter", PROFILE_KIND_METER);
    Profile *io = add_profile(site, "io", PROFILE_KIND_IO);
    SiteCamera *camera = g_new0(SiteCamera, 1);

    bare->connectors = 1;
    add_point(bare, 1, "power");
    add_point(smoke, 0, "smoke");
    add_point(smoke, 0, "temperature");
    add_point(meter, 0, "power");
    ProfilePoint *breaker = add_point(io, 0, "breaker-1");

    add_word(breaker, 1, "closed");
    add_word(breaker, 0, "open");
    add_point(io, 0, "siren");
    add_bus(site, "yard");
    add_bus(site, "roof");
    add_device(site, "dc-01", two, "bay-a");
    add_device(site, "dc-02", one, "bay-b");
    add_device(site, "dc-10", bare, "bay-b");
    add_device(site, "smoke-01", smoke, "bay-a");
    add_device(site, "smoke-02", smoke, "");
    add_device(site, "meter-1", meter, "");
    add_device(site, "io-01", io, "yard");
    camera->name = g_strdup("cam-01");
    camera->zone = g_strdup("bay-a");
    g_ptr_array_add(site->cameras, camera);
    return site;
}

Model *small_station_new_model(void)
{
    g_autoptr(Site) site = small_station_new_site();

    return model_new(site);
}

guint small_station_find(const Model *model, const char *path)
{
    guint point = model_find_point(model, path);

    g_assert_cmpuint(point, !=, POINT_NONE);
    return point;
}

void small_station_read(Model *model, const char *path, PointQuality quality, double number, const char *text,
                        gint64 at_us)
{
    guint point = small_station_find(model, path);
    PointValue value = { .number = number };
    Moment at = { .boot_us = at_us };

    g_strlcpy(value.text, text ? text : "", sizeof value.text);
    model_read(model, point, quality, &value, at_us, at);
    if (quality == POINT_QUALITY_STALE || quality == POINT_QUALITY_UNKNOWN)
        model->points[point].value = value;
}

gboolean small_station_is_full(void)
{
    return g_strcmp0(g_getenv("STATIONMASTER_FULL"), "1") == 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/model/site.h"

static char *empty(void)
{
    return g_strdup("");
}

Site *site_new(void)
{
    Site *site = g_new0(Site, 1);

    g_atomic_ref_count_init(&site->refs);
    site->station.id = empty();
    site->station.name = empty();
    site->station.name_zh = empty();
    site->station.merchant = empty();
    site->station.timezone_name = empty();
    site->station.timezone = g_time_zone_new_utc();
    site->station.data_dir = empty();
    site->station.language = g_strdup("zh_CN");
    site->hq.brokers = g_new0(char *, 1);
    site->hq.ca_file = empty();
    site->hq.cert_file = empty();
    site->hq.key_file = empty();
    site->hq.username = empty();
    site->hq.password_file = empty();
    site->hq.command_keys = g_new0(char *, 1);
    site->hq.upload = empty();
    site->policy = (SitePolicy){ .stop_deadline_ms = { 5000, 3000, 2000, 2000 },
                                 .stop_current_a = 1.0,
                                 .highest_rung = SITE_RUNG_FEEDER,
                                 .main_breaker = empty(),
                                 .silence_minutes = 10,
                                 .offline_energy_limit_kwh = 60,
                                 .shipped_rules = TRUE,
                                 .guard_only_after = 3 };
    site->buses = g_ptr_array_new_with_free_func((GDestroyNotify)site_bus_free);
    site->listeners = g_ptr_array_new_with_free_func((GDestroyNotify)site_listener_free);
    site->zones = g_ptr_array_new_with_free_func((GDestroyNotify)site_zone_free);
    site->devices = g_ptr_array_new_with_free_func((GDestroyNotify)site_device_free);
    site->cameras = g_ptr_array_new_with_free_func((GDestroyNotify)site_camera_free);
    site->profiles = g_ptr_array_new_with_free_func((GDestroyNotify)profile_free);
    site->rules = g_ptr_array_new_with_free_func((GDestroyNotify)site_rule_free);
    site->tariffs = g_ptr_array_new_with_free_func((GDestroyNotify)site_tariff_free);
    return site;
}

Site *site_ref(Site *site)
{
    g_atomic_ref_count_inc(&site->refs);
    return site;
}

static void clear_station(SiteStation *station)
{
    g_free(station->id);
    g_free(station->name);
    g_free(station->name_zh);
    g_free(station->merchant);
    g_free(station->timezone_name);
    g_time_zone_unref(station->timezone);
    g_free(station->data_dir);
    g_free(station->language);
}

static void clear_hq(SiteHq *hq)
{
    g_strfreev(hq->brokers);
    g_free(hq->ca_file);
    g_free(hq->cert_file);
    g_free(hq->key_file);
    g_free(hq->username);
    g_free(hq->password_file);
    g_strfreev(hq->command_keys);
    g_free(hq->upload);
}

void site_unref(Site *site)
{
    if (!g_atomic_ref_count_dec(&site->refs))
        return;
    clear_station(&site->station);
    clear_hq(&site->hq);
    g_free(site->policy.main_breaker);
    g_ptr_array_unref(site->buses);
    g_ptr_array_unref(site->listeners);
    g_ptr_array_unref(site->zones);
    g_ptr_array_unref(site->devices);
    g_ptr_array_unref(site->cameras);
    g_ptr_array_unref(site->profiles);
    g_ptr_array_unref(site->rules);
    g_ptr_array_unref(site->tariffs);
    g_free(site);
}

void site_bus_free(SiteBus *bus)
{
    g_free(bus->name);
    g_free(bus->place);
    g_free(bus->host);
    g_free(bus->tty);
    g_free(bus);
}

void site_listener_free(SiteListener *listener)
{
    g_free(listener->name);
    g_free(listener->place);
    g_free(listener->host);
    g_free(listener->protocol);
    g_strfreev(listener->allow);
    g_free(listener);
}

static void clear_title(SiteTitle *title)
{
    g_free(title->title);
    g_free(title->title_zh);
}

void site_zone_free(SiteZone *zone)
{
    g_free(zone->name);
    clear_title(&zone->title);
    g_free(zone);
}

void site_device_free(SiteDevice *device)
{
    g_free(device->name);
    g_free(device->place);
    clear_title(&device->title);
    g_free(device->bus);
    g_free(device->listener);
    g_free(device->number);
    g_free(device->zone);
    g_free(device->feeder);
    g_free(device->feeder_meter);
    g_strfreev(device->cameras);
    g_free(device);
}

void site_camera_free(SiteCamera *camera)
{
    g_free(camera->name);
    g_free(camera->place);
    clear_title(&camera->title);
    g_free(camera->rtsp);
    g_free(camera->rtsp_display);
    g_free(camera->control);
    g_free(camera->url);
    g_free(camera->username);
    g_free(camera->password_file);
    g_free(camera->zone);
    g_free(camera);
}

void site_rule_free(SiteRule *rule)
{
    g_free(rule->name);
    g_free(rule->place);
    g_free(rule->applies_to);
    g_free(rule->while_);
    g_free(rule->when);
    g_free(rule->clear);
    g_free(rule->title);
    g_free(rule->title_zh);
    g_free(rule->advice);
    g_free(rule->advice_zh);
    g_free(rule);
}

void site_tariff_free(SiteTariff *tariff)
{
    g_free(tariff->name);
    g_free(tariff->place);
    g_free(tariff->currency);
    g_strfreev(tariff->applies_to);
    g_clear_pointer(&tariff->slots, g_array_unref);
    g_clear_pointer(&tariff->holidays, g_array_unref);
    g_free(tariff);
}

/* Every named thing begins with its name, so one search serves them all. */
static gpointer find_named(const GPtrArray *things, const char *name)
{
    for (guint i = 0; i < things->len; i++) {
        if (g_str_equal(*(char **)things->pdata[i], name))
            return things->pdata[i];
    }
    return NULL;
}

const SiteBus *site_find_bus(const Site *site, const char *name)
{
    return find_named(site->buses, name);
}

const SiteDevice *site_find_device(const Site *site, const char *name)
{
    return find_named(site->devices, name);
}

const SiteListener *site_find_listener(const Site *site, const char *name)
{
    return find_named(site->listeners, name);
}

const Profile *site_find_profile(const Site *site, const char *name)
{
    return find_named(site->profiles, name);
}

const char *site_rung_name(SiteRung rung)
{
    static const char *const names[] = { "soft", "disable", "feeder", "station" };

    return names[rung];
}

const char *site_severity_name(SiteSeverity severity)
{
    static const char *const names[] = { "critical", "high", "medium", "low" };

    return names[severity];
}

const char *const site_do_names[] = { "stop",        "disable",      "feeder",         "stop-zone",
                                      "feeder-zone", "stop-station", "feeder-station", "main-breaker",
                                      "siren",       "strobe",       "camera",         "view",
                                      "evidence",    "speak",        "work-order",     NULL };

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/config/config-parts.h"

#include "edge/base/name.h"
#include "edge/safety/rule.h"

#include <string.h>

/* The things of the site by name, and what must be there once only. */
typedef struct {
    ConfigLoad *load;
    GHashTable *buses, *listeners, *devices, *cameras; /* name → Site… * */
    GHashTable *taken;                                 /* "yard 7" → KeyfileGroup * */
} Link;

/* CONTRACT section 4, all kinds together; breaker-N and button-N are told by their beginnings. */
static const char *const dictionary[] = { "status",
                                          "plugged",
                                          "voltage",
                                          "current",
                                          "voltage_a",
                                          "voltage_b",
                                          "voltage_c",
                                          "current_a",
                                          "current_b",
                                          "current_c",
                                          "power",
                                          "energy",
                                          "session_energy",
                                          "amount",
                                          "soc",
                                          "remaining_min",
                                          "gun_temp",
                                          "vin",
                                          "card",
                                          "fault",
                                          "lock",
                                          "parking_space",
                                          "rated_power",
                                          "bms_temp_max",
                                          "bms_temp_min",
                                          "bms_voltage_demand",
                                          "bms_current_demand",
                                          "pack_voltage",
                                          "pack_current",
                                          "cell_voltage_max",
                                          "cell_voltage_min",
                                          "cell_max_index",
                                          "insulation",
                                          "online",
                                          "cabinet_temp",
                                          "smoke",
                                          "heat",
                                          "temperature",
                                          "humidity",
                                          "water",
                                          "leak_distance",
                                          "gas",
                                          "door",
                                          "tamper",
                                          "frequency",
                                          "power_factor",
                                          "siren",
                                          "strobe",
                                          "motion",
                                          "intrusion",
                                          "line_crossing",
                                          "face",
                                          "fire",
                                          "video_loss",
                                          "load_percent",
                                          "errors",
                                          "hq_online",
                                          "backlog",
                                          "backlog_age",
                                          "clock",
                                          "disk_free_percent",
                                          "memory_free_percent",
                                          "books",
                                          "books_log_mib",
                                          NULL };

static GHashTable *index_by_name(const GPtrArray *things)
{
    GHashTable *table = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < things->len; i++)
        g_hash_table_insert(table, *(char **)things->pdata[i], things->pdata[i]);
    return table;
}

static KeyfileGroup *group_of(const Link *link, gconstpointer thing)
{
    return g_hash_table_lookup(link->load->groups, thing);
}

/* "; did you mean X?" from the names in TABLE, or ""; the caller owns it. */
static char *suggest(GHashTable *table, const char *name)
{
    g_autofree const char **names = (const char **)g_hash_table_get_keys_as_array(table, NULL);
    const char *nearest = name_nearest(names, name);

    return nearest ? g_strdup_printf("; did you mean %s?", nearest) : g_strdup("");
}

static gpointer find(KeyfileGroup *group, const char *key, GHashTable *table, const char *what,
                     const char *name)
{
    gpointer thing = g_hash_table_lookup(table, name);

    if (!thing) {
        g_autofree char *hint = suggest(table, name);

        keyfile_read_fault(group, key, "there is no %s %.64s%s", what, name, hint);
    }
    return thing;
}

/* A fault where ID (consumed) stands elsewhere already; WHAT says how the two collide. */
static void take(Link *link, KeyfileGroup *group, const char *key, const char *what, char *id)
{
    const KeyfileGroup *first = g_hash_table_lookup(link->taken, id);

    if (!first) {
        g_hash_table_insert(link->taken, id, group);
        return;
    }
    keyfile_read_fault(group, key, "[%s] in %s line %u has the same %s; each needs its own", first->head,
                       first->file->path, first->line, what);
    g_free(id);
}

/* --- buses and listeners */

static void check_buses(Link *link)
{
    const Site *site = link->load->site;

    for (guint i = 0; i < site->buses->len; i++) {
        const SiteBus *bus = site->buses->pdata[i];

        if (bus->serial)
            take(link, group_of(link, bus), "address", "serial line", g_strdup_printf("tty %s", bus->tty));
    }
    for (guint i = 0; i < site->listeners->len; i++) {
        const SiteListener *listener = site->listeners->pdata[i];

        if (listener->host[0])
            take(link, group_of(link, listener), "address", "address",
                 g_strdup_printf("listen %s %u", listener->host, listener->port));
    }
}

/* --- devices */

static void check_bus(Link *link, KeyfileGroup *group, const SiteDevice *device)
{
    const SiteBus *bus = find(group, "bus", link->buses, "bus", device->bus);
    const char *unit = keyfile_read_value(group, "unit-id");

    if (!bus || !unit)
        return;
    if (bus->serial && (device->unit_id == 0))
        keyfile_read_fault(group, "unit-id",
                           "%s is not a unit id on a serial line, 1 to 255 are allowed; 0 is broadcast",
                           unit);
    take(link, group, "unit-id", "bus and unit-id",
         g_strdup_printf("unit %s %u", device->bus, device->unit_id));
}

static void check_listener(Link *link, KeyfileGroup *group, const SiteDevice *device)
{
    if (find(group, "listener", link->listeners, "listener", device->listener) && device->number[0])
        take(link, group, "number", "listener and number",
             g_strdup_printf("pile %s %s", device->listener, device->number));
}

/* The auxiliary contact of a breaker proves that it is open, by that word. */
static void check_contact(KeyfileGroup *group, const char *key, const SiteDevice *device, const char *output)
{
    static const char *const words[] = { "open", "closed" };
    const ProfilePoint *contact = profile_find_point(device->profile, 0, output);

    for (guint i = 0; contact && i < G_N_ELEMENTS(words); i++) {
        gboolean is_known = FALSE;

        for (guint j = 0; j < contact->map->len; j++)
            is_known |= g_str_equal(g_array_index(contact->map, ProfileMapEntry, j).word, words[i]);
        if (is_known)
            continue;
        keyfile_read_fault(group, key,
                           "the contact %s/%s is never \"%s\"; its map= in the profile %s must hold open and "
                           "closed",
                           device->name, output, words[i], device->profile->name);
        return;
    }
}

/* DEVICE/OUTPUT with a trip command. */
static void check_breaker(Link *link, KeyfileGroup *group, const char *key, const char *path)
{
    const char *slash = strchr(path, '/');
    g_autofree char *name = slash ? g_strndup(path, (gsize)(slash - path)) : NULL;
    g_autofree char *trip = slash ? g_strdup_printf("%s/trip", slash + 1) : NULL;
    const SiteDevice *device;

    if (!slash || !*name || !slash[1]) {
        keyfile_read_fault(group, key,
                           "\"%.60s\" is not DEVICE/OUTPUT of an io device, such as io-01/breaker-1", path);
        return;
    }
    device = find(group, key, link->devices, "device", name);
    if (!device || (!device->profile && !device->listener[0]))
        return;
    if (!device->profile || device->profile->kind != PROFILE_KIND_IO)
        keyfile_read_fault(group, key, "%s is not an io device", name);
    else if (!profile_find_command(device->profile, 0, trip))
        keyfile_read_fault(group, key, "the profile %s of %s has no [command %.64s]; a feeder needs it",
                           device->profile->name, name, trip);
    else
        check_contact(group, key, device, slash + 1);
}

static gboolean is_charger(const SiteDevice *device)
{
    return device->profile ? device->profile->kind == PROFILE_KIND_CHARGER : TRUE;
}

/* What a feeder's meter shows proves that no current flows, in amperes. */
static void check_meter(KeyfileGroup *group, const SiteDevice *meter)
{
    for (guint i = 0; i < meter->profile->points->len; i++) {
        const ProfilePoint *point = meter->profile->points->pdata[i];

        if (!config_profile_is_current(point->name) || !point->unit[0] || g_str_equal(point->unit, "A"))
            continue;
        keyfile_read_fault(group, "feeder-meter",
                           "the profile %s of %s has unit=%s at [point %s]; only A is allowed there",
                           meter->profile->name, meter->name, point->unit, point->name);
        return;
    }
}

static void check_feeder(Link *link, KeyfileGroup *group, const SiteDevice *device)
{
    static const char *const keys[] = { "feeder", "feeder-meter", "rated-kw" };
    const SiteDevice *meter;

    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (!is_charger(device) && keyfile_read_value(group, keys[i]))
            keyfile_read_fault(group, keys[i], "is for chargers; %s is a %s", device->name,
                               profile_kind_name(device->profile->kind));
    }
    if (device->feeder[0])
        check_breaker(link, group, "feeder", device->feeder);
    if (!device->feeder_meter[0])
        return;
    meter = find(group, "feeder-meter", link->devices, "device", device->feeder_meter);
    if (meter && (meter->listener[0] || (meter->profile && meter->profile->kind != PROFILE_KIND_METER)))
        keyfile_read_fault(group, "feeder-meter", "%s is not a meter", meter->name);
    else if (meter && meter->profile)
        check_meter(group, meter);
}

/* A point that is read less often than it may be old would be stale for ever. */
static void check_ages(KeyfileGroup *group, const SiteDevice *device)
{
    for (guint i = 0; device->profile && i < device->profile->points->len; i++) {
        const ProfilePoint *point = device->profile->points->pdata[i];
        guint period_ms = point->period_ms == PROFILE_DEFAULT ? device->period_ms : point->period_ms;

        if (point->max_age_ms == PROFILE_DEFAULT || point->max_age_ms > period_ms)
            continue;
        keyfile_read_fault(
            group, "period-ms",
            "the profile's %s may be %u ms old, but would be read each %u ms; read it more often",
            point->name, point->max_age_ms, period_ms);
        return;
    }
}

static void check_devices(Link *link)
{
    const Site *site = link->load->site;

    for (guint i = 0; i < site->devices->len; i++) {
        const SiteDevice *device = site->devices->pdata[i];
        KeyfileGroup *group = group_of(link, device);

        if (device->listener[0])
            check_listener(link, group, device);
        else if (device->bus[0])
            check_bus(link, group, device);
        check_feeder(link, group, device);
        check_ages(group, device);
        for (guint j = 0; device->cameras[j]; j++)
            find(group, "cameras", link->cameras, "camera", device->cameras[j]);
    }
}

static void check_policy(Link *link)
{
    const SitePolicy *policy = &link->load->site->policy;
    KeyfileGroup *group = group_of(link, policy);

    if (!group)
        return;
    if (policy->main_breaker[0])
        check_breaker(link, group, "main-breaker", policy->main_breaker);
    else if (policy->highest_rung == SITE_RUNG_STATION)
        keyfile_read_fault(group, "main-breaker", "is missing; highest-rung=station needs it");
}

/* --- tariffs */

static gboolean applies_anywhere(const Site *site, const char *pattern)
{
    gboolean is_zone = g_str_has_prefix(pattern, "zone/");
    g_autoptr(GPatternSpec) glob = g_pattern_spec_new(strchr(pattern, '/') + 1);

    for (guint i = 0; i < site->devices->len; i++) {
        const SiteDevice *device = site->devices->pdata[i];

        if (is_zone && g_pattern_spec_match_string(glob, device->zone))
            return TRUE;
        for (guint k = 1; !is_zone && k <= device->connectors; k++) {
            g_autofree char *path = g_strdup_printf("%s/%u", device->name, k);

            if (g_pattern_spec_match_string(glob, path))
                return TRUE;
        }
    }
    return FALSE;
}

static void check_tariffs(Link *link)
{
    const Site *site = link->load->site;

    for (guint i = 0; i < site->tariffs->len; i++) {
        const SiteTariff *tariff = site->tariffs->pdata[i];
        KeyfileGroup *group = group_of(link, tariff);
        g_autofree char *where = g_strjoinv(";", tariff->applies_to);

        for (guint j = 0; tariff->applies_to[j]; j++) {
            const char *part = tariff->applies_to[j];

            if (strchr(part, '/') && !strpbrk(part, "*?") && !applies_anywhere(site, part))
                keyfile_read_fault(group, "applies-to", "the station has no %.80s", part);
        }
        if (g_date_valid(&tariff->valid_from))
            take(link, group, "valid-from", "valid-from, version and applies-to",
                 g_strdup_printf("tariff %u %" G_GINT64_FORMAT " %s", g_date_get_julian(&tariff->valid_from),
                                 tariff->version, where));
    }
}

/* --- rules */

static gboolean is_point(const Site *site, const char *name)
{
    if (g_strv_contains(dictionary, name) || g_str_has_prefix(name, "breaker-") ||
        g_str_has_prefix(name, "button-"))
        return TRUE;
    for (guint i = 0; i < site->profiles->len; i++) {
        const Profile *profile = site->profiles->pdata[i];

        for (guint j = 0; j < profile->points->len; j++) {
            if (g_str_equal(((ProfilePoint *)profile->points->pdata[j])->name, name))
                return TRUE;
        }
    }
    return FALSE;
}

/* A rule over a family of things, or over what only a listener or a camera can tell, looks at whichever
 * points there are: a misspelt one would never fire, in silence. PATHS: also those of full paths. */
static void check_names(const Site *site, KeyfileGroup *group, const char *key, const char *text,
                        gboolean paths)
{
    g_autoptr(Condition) condition = text[0] ? condition_parse(text, NULL) : NULL;
    const char *const *names = condition ? condition_get_names(condition) : NULL;

    for (guint i = 0; names && names[i]; i++) {
        const char *slash = strrchr(names[i], '/');
        const char *name = slash ? slash + 1 : names[i];
        const char *nearest;

        if ((slash && !paths) || is_point(site, name))
            continue;
        nearest = name_nearest(dictionary, name);
        keyfile_read_fault(group, key, "no device has a point \"%s\"%s%s%s", names[i],
                           nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
    }
}

static void tell(KeyfileGroup *group, const GPtrArray *messages)
{
    for (guint i = 0; i < messages->len; i++) {
        char *message = messages->pdata[i];
        char *colon = strstr(message, ": ");

        if (colon)
            *colon = '\0';
        keyfile_read_fault(group, colon ? message : "", "%s", colon ? colon + 2 : message);
    }
}

static void check_rule(Link *link, const SiteRule *site_rule, const Model *model)
{
    g_autoptr(GPtrArray) messages = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) more = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Rule) rule = rule_new(site_rule, NULL);
    KeyfileGroup *group = group_of(link, site_rule);
    guint before;
    gboolean paths; /* one that is wrong in itself is told once */

    if (!rule) /* config-rule.c has said why */
        return;
    rule_check(rule, model, messages);
    tell(group, messages);
    before = link->load->faults->len;
    paths = messages->len == 0;
    check_names(model->site, group, "while", site_rule->while_, paths);
    check_names(model->site, group, "when", site_rule->when, paths);
    check_names(model->site, group, "clear", site_rule->clear, paths);
    /* the shipped rules are for stations of any kind; one mistake is told once */
    if (!g_str_has_prefix(group->file->path, "rules.d/") || link->load->faults->len > before)
        return;
    rule_check_family(rule, model, more);
    tell(group, more);
}

/* Whether FAULT hides things from the model, so that a rule would seem wrong which is not. */
static gboolean hides(const ConfigFault *fault)
{
    static const char *const keys[] = {
        "", "kind", "connectors", "connector-stride", "profile", "zone", NULL
    };

    return !g_str_has_prefix(fault->file, "rules.d/") && !g_str_has_prefix(fault->file, "tariffs.d/") &&
           g_strv_contains(keys, fault->key);
}

static void check_rules(Link *link)
{
    Site *site = link->load->site;
    g_autoptr(Model) model = NULL;

    for (guint i = 0; i < link->load->faults->len; i++) {
        if (hides(link->load->faults->pdata[i]))
            return;
    }
    model = model_new(site);
    for (guint i = 0; i < site->rules->len; i++)
        check_rule(link, site->rules->pdata[i], model);
}

void config_link_check(ConfigLoad *load)
{
    Link link = { load,
                  index_by_name(load->site->buses),
                  index_by_name(load->site->listeners),
                  index_by_name(load->site->devices),
                  index_by_name(load->site->cameras),
                  g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL) };

    check_buses(&link);
    check_devices(&link);
    check_policy(&link);
    check_tariffs(&link);
    check_rules(&link);
    g_hash_table_unref(link.buses);
    g_hash_table_unref(link.listeners);
    g_hash_table_unref(link.devices);
    g_hash_table_unref(link.cameras);
    g_hash_table_unref(link.taken);
}

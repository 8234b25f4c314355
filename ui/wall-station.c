/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-station.h"

#include "edge/base/clock.h"
#include "ui/wall-json.h"
#include "ui/wall-text.h"
#include "ui/wall-zone-item.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum {
    NAME,
    OTHER_NAME,
    CLOCK,
    DATE,
    HQ,
    HQ_STYLE,
    DEVICES,
    DEVICES_STYLE,
    GUARD,
    GUARD_STYLE,
    LOST,
    ANNOUNCEMENT,
    N_TEXTS
};

struct _WallStation {
    WallItem parent_instance;
    const WallSite *site; /* borrowed; may be NULL */
    GListStore *connectors, *alarms, *zones;
    WallFiguresItem *figures;
    GHashTable *zone_of; /* device → zone, both owned */
    GTimeZone *timezone;
    gint64 heard_us;      /* boot time of the last status; 0: never */
    gint64 heard_wall_us; /* the same as wall time */
    gint64 frozen_us;
    guint calls; /* how often an alarm has begun to call */
    gboolean lost;
};

G_DEFINE_FINAL_TYPE(WallStation, wall_station, WALL_TYPE_ITEM)

static void wall_station_finalize(GObject *object)
{
    WallStation *self = WALL_STATION(object);

    g_object_unref(self->connectors);
    g_object_unref(self->alarms);
    g_object_unref(self->zones);
    g_object_unref(self->figures);
    g_hash_table_unref(self->zone_of);
    g_time_zone_unref(self->timezone);
    G_OBJECT_CLASS(wall_station_parent_class)->finalize(object);
}

static void wall_station_class_init(WallStationClass *class)
{
    static const char *const names[N_TEXTS] = { "name",  "other-name",  "clock",   "date",
                                                "hq",    "hq-style",    "devices", "devices-style",
                                                "guard", "guard-style", "lost",    "announcement" };

    G_OBJECT_CLASS(class)->finalize = wall_station_finalize;
    wall_item_install(WALL_ITEM_CLASS(class), names, N_TEXTS);
}

static void wall_station_init(WallStation *self)
{
    self->connectors = g_list_store_new(WALL_TYPE_CONNECTOR_ITEM);
    self->alarms = g_list_store_new(WALL_TYPE_ALARM_ITEM);
    self->zones = g_list_store_new(WALL_TYPE_ZONE_ITEM);
    self->figures = wall_figures_item_new();
    self->zone_of = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    self->timezone = g_time_zone_new_local();
}

WallStation *wall_station_new(const WallSite *site)
{
    WallStation *self = g_object_new(WALL_TYPE_STATION, NULL);

    self->site = site;
    return self;
}

GListModel *wall_station_get_connectors(WallStation *self)
{
    return G_LIST_MODEL(self->connectors);
}

GListModel *wall_station_get_alarms(WallStation *self)
{
    return G_LIST_MODEL(self->alarms);
}

GListModel *wall_station_get_zones(WallStation *self)
{
    return G_LIST_MODEL(self->zones);
}

WallFiguresItem *wall_station_get_figures(WallStation *self)
{
    return self->figures;
}

static gint64 now_wall_us(WallStation *self)
{
    return self->frozen_us ? self->frozen_us : clock_now().wall_us;
}

/* ---- status and devices ---- */

static void take_timezone(WallStation *self, JsonObject *status)
{
    const char *name = wall_json_text(status, "timezone");
    g_autoptr(GTimeZone) zone = name[0] && strlen(name) < 64 ? g_time_zone_new_identifier(name) : NULL;

    if (zone) {
        g_time_zone_unref(self->timezone);
        self->timezone = g_steal_pointer(&zone);
    }
}

static void take_names(WallStation *self, JsonObject *status)
{
    gboolean chinese = wall_text_is_chinese();
    g_autofree char *id = wall_json_dup_safe(status, "station", 40);
    g_autofree char *english = wall_json_dup_safe(status, "name", 40);
    g_autofree char *own = wall_json_dup_safe(status, "name_zh_CN", 40);
    const char *first = chinese && own[0] ? own : english, *second = chinese ? english : own;

    wall_item_set(WALL_ITEM(self), NAME, first[0] ? first : id);
    if (!second[0] || g_str_equal(first, second))
        wall_item_set(WALL_ITEM(self), OTHER_NAME, id);
    else
        wall_item_take(WALL_ITEM(self), OTHER_NAME, g_strdup_printf("%s · %s", second, id));
}

/* `hq` is the word "none", or an object of how the line stands. */
static void take_hq(WallStation *self, JsonObject *status)
{
    WallItem *item = WALL_ITEM(self);
    JsonObject *hq = wall_json_object(status, "hq");
    double backlog = wall_json_number(hq, "backlog");
    g_autofree char *waiting =
        isfinite(backlog) ? wall_text_number(backlog, 0, "") : g_strdup(WALL_TEXT_NONE);
    gint64 since_us = wall_json_time(hq, "since");
    g_autofree char *age = wall_text_age((now_wall_us(self) - since_us) / G_USEC_PER_SEC);

    if (!hq) {
        wall_item_set(item, HQ, _("No headquarters"));
        wall_item_set(item, HQ_STYLE, "quiet");
    } else if (wall_json_is(hq, "online")) {
        wall_item_take(item, HQ, g_strdup_printf(_("HQ online · %s waiting"), waiting));
        wall_item_set(item, HQ_STYLE, "proven");
    } else {
        wall_item_take(item, HQ,
                       since_us ? g_strdup_printf(_("HQ offline %s · %s waiting"), age, waiting)
                                : g_strdup_printf(_("HQ offline · %s waiting"), waiting));
        wall_item_set(item, HQ_STYLE, "attention");
    }
}

static void take_guard(WallStation *self, JsonObject *status)
{
    gboolean only = wall_json_is(status, "guard_only"), books = wall_json_is(status, "books");

    wall_item_set(WALL_ITEM(self), GUARD,
                  only     ? _("Guarding only")
                  : !books ? _("On guard, without books")
                           : _("On guard"));
    wall_item_set(WALL_ITEM(self), GUARD_STYLE, only || !books ? "attention" : "proven");
}

void wall_station_take_status(WallStation *self, const char *json)
{
    g_autoptr(JsonNode) node = wall_json_parse(json, JSON_NODE_OBJECT);
    JsonObject *status = node ? json_node_get_object(node) : NULL;

    if (!status)
        return;
    take_timezone(self, status);
    take_names(self, status);
    take_hq(self, status);
    take_guard(self, status);
    self->heard_us = clock_boot_us();
    self->heard_wall_us = now_wall_us(self);
    self->lost = FALSE;
    wall_station_tick(self);
}

void wall_station_take_devices(WallStation *self, const char *json)
{
    g_autoptr(JsonNode) node = wall_json_parse(json, JSON_NODE_ARRAY);
    JsonArray *devices = node ? json_node_get_array(node) : NULL;
    guint n = devices ? MIN(json_array_get_length(devices), WALL_STATION_MOST) : 0, online = 0, known = 0;

    if (!devices)
        return;
    g_hash_table_remove_all(self->zone_of);
    for (guint i = 0; i < n; i++) {
        JsonObject *device = wall_json_element(devices, i);

        if (!device)
            continue;
        known++;
        online += wall_json_is(device, "online");
        if (wall_json_text(device, "zone")[0])
            g_hash_table_insert(self->zone_of, g_strdup(wall_json_text(device, "name")),
                                wall_json_dup_safe(device, "zone", 64));
    }
    wall_item_take(WALL_ITEM(self), DEVICES, g_strdup_printf(_("Devices %u/%u"), online, known));
    wall_item_set(WALL_ITEM(self), DEVICES_STYLE, online == known ? "proven" : "attention");
}

/* ---- connectors ---- */

WallConnectorItem *wall_station_find_connector(WallStation *self, const char *path)
{
    guint n = g_list_model_get_n_items(G_LIST_MODEL(self->connectors));

    for (guint i = 0; i < n; i++) {
        g_autoptr(WallConnectorItem) item = g_list_model_get_item(G_LIST_MODEL(self->connectors), i);

        if (g_str_equal(wall_connector_item_path(item), path))
            return item; /* the list keeps it */
    }
    return NULL;
}

static gboolean find_alarm(WallStation *self, const char *id, guint *ret_at)
{
    guint n = g_list_model_get_n_items(G_LIST_MODEL(self->alarms));

    for (guint i = 0; i < n; i++) {
        g_autoptr(WallAlarmItem) item = g_list_model_get_item(G_LIST_MODEL(self->alarms), i);

        if (g_str_equal(wall_alarm_item_id(item), id)) {
            *ret_at = i;
            return TRUE;
        }
    }
    return FALSE;
}

/* The title of the alarm that holds it. */
static char *dup_why(WallStation *self, JsonObject *connector)
{
    g_autoptr(WallAlarmItem) alarm = NULL;
    char *title = NULL;
    guint at;

    if (!find_alarm(self, wall_json_text(connector, "hold_alarm"), &at))
        return NULL;
    alarm = g_list_model_get_item(G_LIST_MODEL(self->alarms), at);
    g_object_get(alarm, "title", &title, NULL);
    return title;
}

/* In the order that they come in; an item stays with its place and takes what stands there now. */
void wall_station_take_connectors(WallStation *self, const char *json)
{
    g_autoptr(JsonNode) node = wall_json_parse(json, JSON_NODE_ARRAY);
    JsonArray *connectors = node ? json_node_get_array(node) : NULL;
    guint had = g_list_model_get_n_items(G_LIST_MODEL(self->connectors)), at = 0;
    guint n = connectors ? MIN(json_array_get_length(connectors), WALL_STATION_MOST) : 0;

    if (!connectors)
        return;
    for (guint i = 0; i < n; i++) {
        JsonObject *connector = wall_json_element(connectors, i);
        g_autoptr(WallConnectorItem) item = NULL;
        g_autofree char *why = NULL;

        if (!connector)
            continue;
        item =
            at < had ? g_list_model_get_item(G_LIST_MODEL(self->connectors), at) : wall_connector_item_new();
        why = dup_why(self, connector);
        wall_connector_item_take(item, connector, self->site, why);
        if (at >= had)
            g_list_store_append(self->connectors, item);
        at++;
    }
    if (at < had)
        g_list_store_splice(self->connectors, at, had - at, NULL, 0);
    wall_figures_item_count(self->figures, G_LIST_MODEL(self->connectors));
}

void wall_station_change_connectors(WallStation *self, GVariant *changes)
{
    GVariantIter iter;
    const char *path, *status, *disabled_by;
    double power_kw, current_a, soc;
    gboolean held;

    g_variant_iter_init(&iter, changes);
    while (g_variant_iter_next(&iter, "(&s&sdddb&s)", &path, &status, &power_kw, &current_a, &soc, &held,
                               &disabled_by)) {
        WallConnectorItem *item = wall_station_find_connector(self, path);

        if (item)
            wall_connector_item_change(item, status, power_kw, soc, held, disabled_by);
    }
    wall_figures_item_count(self->figures, G_LIST_MODEL(self->connectors));
}

/* ---- alarms ---- */

static int compare_alarms(gconstpointer a, gconstpointer b, gpointer user_data G_GNUC_UNUSED)
{
    WallAlarmItem *left = (WallAlarmItem *)a, *right = (WallAlarmItem *)b;
    gint64 at = wall_alarm_item_raised_us(left), other = wall_alarm_item_raised_us(right);

    if (wall_alarm_item_is_calling(left) != wall_alarm_item_is_calling(right))
        return wall_alarm_item_is_calling(left) ? -1 : 1;
    if (wall_alarm_item_rank(left) != wall_alarm_item_rank(right))
        return wall_alarm_item_rank(left) - wall_alarm_item_rank(right);
    if (at != other)
        return at > other ? -1 : 1;
    return strcmp(wall_alarm_item_id(left), wall_alarm_item_id(right));
}

/* Gives what stands in the list for ALARM, made anew where there is none yet. */
static WallAlarmItem *take_alarm(WallStation *self, JsonObject *alarm)
{
    g_autofree char *id = wall_json_dup_safe(alarm, "id", 80);
    WallAlarmItem *item;
    gboolean called;
    guint at;

    if (find_alarm(self, id, &at))
        item = g_list_model_get_item(G_LIST_MODEL(self->alarms), at);
    else
        item = wall_alarm_item_new();
    called = wall_alarm_item_is_calling(item);
    wall_alarm_item_take(item, alarm, self->timezone, self->site);
    wall_alarm_item_tick(item, now_wall_us(self));
    self->calls += !called && wall_alarm_item_is_calling(item);
    return item;
}

static int compare_pointers(gconstpointer a, gconstpointer b)
{
    return compare_alarms(*(gconstpointer const *)a, *(gconstpointer const *)b, NULL);
}

/* Replaces the list's content, if it is another one or in another order. */
static void set_alarms(WallStation *self, GPtrArray *items)
{
    guint had = g_list_model_get_n_items(G_LIST_MODEL(self->alarms));
    gboolean same = had == items->len;

    g_ptr_array_sort(items, compare_pointers);
    for (guint i = 0; same && i < had; i++) {
        g_autoptr(WallAlarmItem) item = g_list_model_get_item(G_LIST_MODEL(self->alarms), i);

        same = item == items->pdata[i];
    }
    if (!same)
        g_list_store_splice(self->alarms, 0, had, items->pdata, items->len);
}

void wall_station_take_alarms(WallStation *self, const char *json)
{
    g_autoptr(JsonNode) node = wall_json_parse(json, JSON_NODE_ARRAY);
    JsonArray *alarms = node ? json_node_get_array(node) : NULL;
    guint n = alarms ? MIN(json_array_get_length(alarms), WALL_STATION_MOST) : 0;
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_object_unref);

    if (!alarms)
        return;
    for (guint i = 0; i < n; i++) {
        JsonObject *alarm = wall_json_element(alarms, i);
        WallAlarmItem *item = alarm ? take_alarm(self, alarm) : NULL;

        if (item && !wall_alarm_item_is_over(item))
            g_ptr_array_add(items, item);
        else
            g_clear_object(&item);
    }
    set_alarms(self, items);
}

void wall_station_take_alarm(WallStation *self, const char *json)
{
    g_autoptr(JsonNode) node = wall_json_parse(json, JSON_NODE_OBJECT);
    g_autoptr(WallAlarmItem) item = node ? take_alarm(self, json_node_get_object(node)) : NULL;
    guint at;

    if (!item)
        return;
    if (find_alarm(self, wall_alarm_item_id(item), &at))
        g_list_store_remove(self->alarms, at);
    if (!wall_alarm_item_is_over(item) &&
        g_list_model_get_n_items(G_LIST_MODEL(self->alarms)) < WALL_STATION_MOST)
        g_list_store_insert_sorted(self->alarms, item, compare_alarms, NULL);
}

WallAlarmItem *wall_station_find_calling(WallStation *self, guint *ret_more)
{
    guint n = g_list_model_get_n_items(G_LIST_MODEL(self->alarms)), calling = 0;
    WallAlarmItem *first = NULL;

    for (guint i = 0; i < n; i++) {
        g_autoptr(WallAlarmItem) item = g_list_model_get_item(G_LIST_MODEL(self->alarms), i);

        if (!wall_alarm_item_is_calling(item))
            continue;
        calling++;
        if (!first || wall_alarm_item_raised_us(item) < wall_alarm_item_raised_us(first))
            first = item; /* the list keeps it */
    }
    *ret_more = calling ? calling - 1 : 0;
    return first;
}

gboolean wall_station_is_calling(WallStation *self, WallAlarmItem *alarm)
{
    guint at;

    return wall_alarm_item_is_calling(alarm) && find_alarm(self, wall_alarm_item_id(alarm), &at);
}

guint wall_station_count_calls(WallStation *self)
{
    return self->calls;
}

/* ---- environment ---- */

static WallZoneItem *find_zone(WallStation *self, const char *name)
{
    guint n = g_list_model_get_n_items(G_LIST_MODEL(self->zones));

    for (guint i = 0; i < n; i++) {
        g_autoptr(WallZoneItem) item = g_list_model_get_item(G_LIST_MODEL(self->zones), i);

        if (g_str_equal(wall_zone_item_name(item), name))
            return item; /* the list keeps it */
    }
    if (n >= WALL_STATION_MOST)
        return NULL;
    g_autofree char *title = wall_site_tell_zone(self->site, name);
    g_autoptr(WallZoneItem) made = wall_zone_item_new(name, title);

    wall_zone_item_begin(made);
    g_list_store_append(self->zones, made);
    return made;
}

static void begin_zones(WallStation *self)
{
    guint n = g_list_model_get_n_items(G_LIST_MODEL(self->zones));

    for (guint i = 0; i < n; i++) {
        g_autoptr(WallZoneItem) item = g_list_model_get_item(G_LIST_MODEL(self->zones), i);

        wall_zone_item_begin(item);
    }
}

/* A zone that nothing is in any more has gone with a reload. */
static void show_zones(WallStation *self)
{
    for (guint i = g_list_model_get_n_items(G_LIST_MODEL(self->zones)); i-- > 0;) {
        g_autoptr(WallZoneItem) item = g_list_model_get_item(G_LIST_MODEL(self->zones), i);

        if (!wall_zone_item_show(item))
            g_list_store_remove(self->zones, i);
    }
}

/* DEVICE/CONNECTOR/status: only its age is not in ListConnectors. */
static void take_status_age(WallStation *self, char **parts, const char *quality, gint64 age_ms)
{
    g_autofree char *path = g_strdup_printf("%s/%s", parts[0], parts[1]);
    WallConnectorItem *item = wall_station_find_connector(self, path);

    if (item)
        wall_connector_item_set_age(item, g_str_equal(quality, "good") ? -1 : age_ms);
}

static void take_point(WallStation *self, const char *path, double number, const char *text,
                       const char *quality, gint64 age_ms)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", 4);
    guint n = g_strv_length(parts);
    const char *zone = n == 2 ? g_hash_table_lookup(self->zone_of, parts[0]) : NULL;
    WallZoneItem *item = zone && wall_zone_item_knows(parts[1]) ? find_zone(self, zone) : NULL;

    if (item)
        wall_zone_item_add(item, parts[1], number, text, quality, age_ms);
    else if (n == 3 && g_str_equal(parts[2], "status"))
        take_status_age(self, parts, quality, age_ms);
}

void wall_station_take_points(WallStation *self, GVariant *points)
{
    GVariantIter iter;
    const char *path, *text, *unit, *quality;
    double number;
    gint64 time_us, age_ms;

    begin_zones(self);
    g_variant_iter_init(&iter, points);
    while (g_variant_iter_next(&iter, "(&sd&s&s&sxx)", &path, &number, &text, &unit, &quality, &time_us,
                               &age_ms))
        take_point(self, path, number, text, quality, age_ms);
    show_zones(self);
}

/* ---- announcements, time ---- */

void wall_station_take_announcements(WallStation *self, const char *json)
{
    g_autoptr(JsonNode) node = wall_json_parse(json, JSON_NODE_ARRAY);
    JsonArray *announcements = node ? json_node_get_array(node) : NULL;
    guint n = announcements ? MIN(json_array_get_length(announcements), 5) : 0;
    g_autoptr(GString) line = g_string_new(NULL);

    if (!announcements)
        return;
    for (guint i = 0; i < n; i++) {
        JsonObject *one = wall_json_element(announcements, i);
        g_autofree char *text = one ? wall_json_dup_safe(one, "text", 500) : NULL;
        g_autofree char *name = one ? wall_json_dup_safe(one, "zone", 64) : NULL;
        g_autofree char *zone = name && name[0] ? wall_site_tell_zone(self->site, name) : g_strdup("");

        if (text && text[0])
            g_string_append_printf(line, "%s%s%s%s", line->len ? "   ◆   " : "", zone, zone[0] ? ": " : "",
                                   text);
    }
    wall_item_set(WALL_ITEM(self), ANNOUNCEMENT, line->str);
}

gboolean wall_station_has_status(WallStation *self)
{
    return self->heard_us != 0;
}

gboolean wall_station_is_live(WallStation *self)
{
    return self->heard_us && !self->lost &&
           (self->frozen_us || clock_boot_us() - self->heard_us < WALL_STATION_SILENT_US);
}

void wall_station_lose(WallStation *self)
{
    self->lost = TRUE;
    wall_station_tick(self);
}

void wall_station_freeze(WallStation *self, gint64 wall_us)
{
    self->frozen_us = wall_us;
}

static char *tell_lost(WallStation *self)
{
    g_autofree char *at = wall_text_clock(self->heard_wall_us, self->timezone);
    g_autofree char *age = wall_text_duration((now_wall_us(self) - self->heard_wall_us) / G_USEC_PER_SEC);

    if (!self->heard_us)
        return g_strdup(_("No data yet: the station does not answer"));
    return g_strdup_printf(_("No data since %s (%s)"), at, age);
}

/* What the header says must not be taken for the present. */
static void doubt(WallStation *self)
{
    WallItem *item = WALL_ITEM(self);

    wall_item_set(item, GUARD, _("Guard unknown"));
    wall_item_set(item, GUARD_STYLE, "attention");
    wall_item_set(item, HQ, _("HQ unknown"));
    wall_item_set(item, HQ_STYLE, "quiet");
    wall_item_set(item, DEVICES, _("Devices unknown"));
    wall_item_set(item, DEVICES_STYLE, "quiet");
}

void wall_station_tick(WallStation *self)
{
    gint64 now_us = now_wall_us(self);
    guint n = g_list_model_get_n_items(G_LIST_MODEL(self->alarms));

    wall_item_take(WALL_ITEM(self), CLOCK, wall_text_clock(now_us, self->timezone));
    wall_item_take(WALL_ITEM(self), DATE, wall_text_date(now_us, self->timezone));
    wall_item_take(WALL_ITEM(self), LOST, wall_station_is_live(self) ? g_strdup("") : tell_lost(self));
    if (!wall_station_is_live(self))
        doubt(self);
    for (guint i = 0; i < n; i++) {
        g_autoptr(WallAlarmItem) item = g_list_model_get_item(G_LIST_MODEL(self->alarms), i);

        wall_alarm_item_tick(item, now_us);
    }
}

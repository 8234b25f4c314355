/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-site.h"

#include "edge/base/place.h"
#include "edge/config/config.h"
#include "ui/wall-text.h"

#include <glib/gi18n.h>
#include <string.h>

#define LONGEST_TITLE 20 /* characters that are shown */

static void free_title(gpointer data)
{
    WallSiteTitle *title = data;

    g_free(title->english);
    g_free(title->chinese);
    g_free(title);
}

static void free_camera(gpointer data)
{
    WallSiteCamera *camera = data;

    g_free(camera->name);
    g_free(camera->uri);
    g_free(camera->user);
    g_free(camera->password);
    g_free(camera->zone);
    g_free(camera);
}

/* The first line of FILE; "" where there is none or it cannot be read: the camera will say that it refuses.
 */
static char *read_password(const char *file)
{
    g_autofree char *text = NULL;

    if (!file[0] || !g_file_get_contents(file, &text, NULL, NULL))
        return g_strdup("");
    text[strcspn(text, "\r\n")] = '\0';
    return g_utf8_validate(text, -1, NULL) ? g_steal_pointer(&text) : g_strdup("");
}

/* Consumes PATH. */
static void take_title(WallSite *site, char *path, const SiteTitle *title)
{
    WallSiteTitle *taken;

    if (!title->title[0] && !title->title_zh[0]) {
        g_free(path);
        return;
    }
    taken = g_new(WallSiteTitle, 1);
    taken->english = wall_text_safe(title->title, LONGEST_TITLE);
    taken->chinese = wall_text_safe(title->title_zh, LONGEST_TITLE);
    g_hash_table_insert(site->titles, path, taken);
}

static void take_titles(WallSite *wall, const Site *site)
{
    for (guint i = 0; i < site->zones->len; i++) {
        const SiteZone *zone = site->zones->pdata[i];

        take_title(wall, g_strconcat("zone/", zone->name, NULL), &zone->title);
    }
    for (guint i = 0; i < site->devices->len; i++) {
        const SiteDevice *device = site->devices->pdata[i];

        take_title(wall, g_strdup(device->name), &device->title);
    }
    for (guint i = 0; i < site->cameras->len; i++) {
        const SiteCamera *camera = site->cameras->pdata[i];

        take_title(wall, g_strdup(camera->name), &camera->title);
    }
}

static void take_camera(WallSite *site, const SiteCamera *camera)
{
    WallSiteCamera *taken = g_new0(WallSiteCamera, 1);
    const char *uri = camera->rtsp_display[0] ? camera->rtsp_display : camera->rtsp;

    taken->name = g_strdup(camera->name);
    taken->title = g_hash_table_lookup(site->titles, camera->name);
    taken->uri = g_strdup(uri);
    taken->user = g_strdup(camera->username);
    taken->password = read_password(camera->password_file);
    taken->zone = g_strdup(camera->zone);
    g_ptr_array_add(site->cameras, taken);
}

WallSite *wall_site_load(const char *directory)
{
    WallSite *wall = g_new0(WallSite, 1);
    g_autofree char *assets = place_find_assets();
    g_autoptr(GPtrArray) faults = NULL;
    g_autoptr(Site) site = directory ? config_load_rest(directory, assets, &faults) : NULL;

    wall->language = g_strdup(site ? site->station.language : "");
    wall->silence_minutes = site ? site->policy.silence_minutes : 10;
    wall->cameras = g_ptr_array_new_with_free_func(free_camera);
    wall->titles = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_title);
    if (site)
        take_titles(wall, site);
    for (guint i = 0; site && i < site->cameras->len; i++)
        take_camera(wall, site->cameras->pdata[i]);
    return wall;
}

void wall_site_free(WallSite *site)
{
    g_free(site->language);
    g_ptr_array_unref(site->cameras);
    g_hash_table_unref(site->titles);
    g_free(site);
}

const WallSiteCamera *wall_site_find_camera(const WallSite *site, const char *zone)
{
    for (guint i = 0; i < site->cameras->len; i++) {
        const WallSiteCamera *camera = site->cameras->pdata[i];

        if (zone[0] && g_str_equal(camera->zone, zone))
            return camera;
    }
    return site->cameras->len ? site->cameras->pdata[0] : NULL;
}

/* NULL where there is none in the wall's language. */
static const char *choose(const WallSiteTitle *title)
{
    const char *text = title ? wall_text_is_chinese() ? title->chinese : title->english : "";

    return text[0] ? text : NULL;
}

static const char *find_title(const WallSite *site, const char *path)
{
    return site ? choose(g_hash_table_lookup(site->titles, path)) : NULL;
}

char *wall_site_tell_path(const WallSite *site, const char *path)
{
    const char *title = find_title(site, path), *slash = strrchr(path, '/');
    g_autofree char *device = slash ? g_strndup(path, (gsize)(slash - path)) : NULL;

    if (title)
        return g_strdup(title);
    if (g_str_equal(path, "station"))
        return g_strdup(_("Whole station"));
    if (g_str_has_prefix(path, "zone/"))
        return g_strdup(path + strlen("zone/"));
    title = slash ? find_title(site, device) : NULL;
    return title ? g_strdup_printf("%s-%s", title, slash + 1) : g_strdup(path); /* a connector's number */
}

char *wall_site_tell_zone(const WallSite *site, const char *zone)
{
    g_autofree char *path = g_strconcat("zone/", zone, NULL);

    return wall_site_tell_path(site, path);
}

char *wall_site_tell_camera(const WallSiteCamera *camera)
{
    const char *title = choose(camera->title);

    return g_strdup(title ? title : camera->name);
}

char *wall_site_tell_silence(const WallSite *site)
{
    return g_strdup_printf(_("Silence %u minutes"), site->silence_minutes);
}

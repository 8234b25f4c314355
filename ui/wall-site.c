/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-site.h"

#include "edge/base/place.h"
#include "edge/config/config.h"

#include <glib/gi18n.h>
#include <string.h>

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

static void take_camera(WallSite *site, const SiteCamera *camera)
{
    WallSiteCamera *taken = g_new0(WallSiteCamera, 1);
    const char *uri = camera->rtsp_display[0] ? camera->rtsp_display : camera->rtsp;

    taken->name = g_strdup(camera->name);
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
    for (guint i = 0; site && i < site->cameras->len; i++)
        take_camera(wall, site->cameras->pdata[i]);
    return wall;
}

void wall_site_free(WallSite *site)
{
    g_free(site->language);
    g_ptr_array_unref(site->cameras);
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

char *wall_site_tell_silence(const WallSite *site)
{
    return g_strdup_printf(_("Silence %u minutes"), site->silence_minutes);
}

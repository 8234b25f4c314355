/* SPDX-License-Identifier: Apache-2.0 */
/* What the wall takes from the configuration's folder: its language, its cameras, what people call things,
 * and how long a silence lasts. Main thread. */
#pragma once

#include <glib.h>

typedef struct {
    char *english, *chinese; /* either may be "" */
} WallSiteTitle;

typedef struct {
    char *name;
    const WallSiteTitle *title; /* the site's; NULL: it has none */
    char *uri;                  /* of the stream for displays; "": none */
    char *user, *password;      /* "": it asks for none. Never shown, logged or part of an address */
    char *zone;                 /* "": the whole station */
} WallSiteCamera;

typedef struct {
    char *language;     /* "": as the environment says */
    GPtrArray *cameras; /* WallSiteCamera */
    GHashTable *titles; /* path ("dc-03", "zone/bay-a") → WallSiteTitle, both owned */
    guint silence_minutes;
} WallSite;

/* Reads DIRECTORY (NULL: nothing); never NULL: a faulty configuration gives what could be read of it. */
WallSite *wall_site_load(const char *directory);
void wall_site_free(WallSite *site);
/* The camera of ZONE, else the first of all, borrowed; NULL where there is none. */
const WallSiteCamera *wall_site_find_camera(const WallSite *site, const char *zone);
/* What people call what stands at PATH ("dc-03/1", "smoke-01", "zone/bay-a", "station"), the zone ZONE ("":
 * none), and CAMERA, in the wall's language: by the title, else by the name. SITE may be NULL; the caller
 * owns it. */
char *wall_site_tell_path(const WallSite *site, const char *path);
char *wall_site_tell_zone(const WallSite *site, const char *zone);
char *wall_site_tell_camera(const WallSiteCamera *camera);
/* What the button says that silences; the caller owns it. */
char *wall_site_tell_silence(const WallSite *site);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WallSite, wall_site_free)

/* SPDX-License-Identifier: Apache-2.0 */
/* What the wall takes from the configuration's folder: its language, its cameras and how
 * long a silence lasts. Main thread. */
#pragma once

#include <glib.h>

typedef struct {
    char *name;
    char *uri;             /* of the stream for displays; "": none */
    char *user, *password; /* "": it asks for none. Never shown, logged or part of an address */
    char *zone;            /* "": the whole station */
} WallSiteCamera;

typedef struct {
    char *language;     /* "": as the environment says */
    GPtrArray *cameras; /* WallSiteCamera */
    guint silence_minutes;
} WallSite;

/* Reads DIRECTORY (NULL: nothing); never NULL: a faulty configuration gives what could be read of it. */
WallSite *wall_site_load(const char *directory);
void wall_site_free(WallSite *site);
/* The camera of ZONE, else the first of all, borrowed; NULL where there is none. */
const WallSiteCamera *wall_site_find_camera(const WallSite *site, const char *zone);
/* What the button says that silences; the caller owns it. */
char *wall_site_tell_silence(const WallSite *site);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WallSite, wall_site_free)

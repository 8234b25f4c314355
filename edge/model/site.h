/* SPDX-License-Identifier: Apache-2.0 */
/* The station as its configuration describes it: typed structs that edge/config fills and everybody else only
 * reads. Immutable once loaded; freed as a whole by site_unref(). Strings are never NULL unless said. */
#pragma once

#include "edge/model/profile.h"
#include "edge/model/site-tariff.h"

#include <glib.h>

typedef enum { SITE_RUNG_SOFT, SITE_RUNG_DISABLE, SITE_RUNG_FEEDER, SITE_RUNG_STATION } SiteRung;
#define SITE_RUNGS 4

typedef struct {
    char *id;
    char *name;
    char *name_zh; /* falls back to name */
    char *merchant;
    char *timezone_name;
    GTimeZone *timezone;
    char *data_dir; /* absolute, or relative to the working directory made absolute */
    char *language;
    double limit_kw; /* 0: none */
} SiteStation;

typedef struct {
    char **brokers; /* NULL-terminated, empty: no headquarters */
    char *ca_file, *cert_file, *key_file, *username, *password_file; /* paths made absolute, or "" */
    char **command_keys;
    char *upload;
} SiteHq;

typedef struct {
    guint stop_deadline_ms[SITE_RUNGS];
    double stop_current_a;
    SiteRung highest_rung; /* FEEDER or STATION */
    char *main_breaker;    /* "io-01/breaker-9" or "" */
    gboolean button_acknowledges;
    guint silence_minutes;
    double offline_energy_limit_kwh;
    gboolean shipped_rules;
    guint guard_only_after; /* crashes within a minute; 0: never */
} SitePolicy;

typedef struct {
    char *name;
    SitePlace *place;
    gboolean serial; /* RTU */
    char *host;      /* TCP */
    guint16 port;
    char *tty; /* RTU: device file */
    guint baud;
    char parity; /* 'N' 'E' 'O' */
    guint stop_bits;
    guint timeout_ms;
    guint gap_ms; /* silence kept between two requests */
} SiteBus;

typedef struct {
    char *name;
    SitePlace *place;
    char *host;
    guint16 port;
    char *protocol;
    guint heartbeat_ms;
    char **allow; /* CIDR ranges */
} SiteListener;

/* What people call a thing; "": its name alone. The Chinese falls back to the other. */
typedef struct {
    char *title, *title_zh;
} SiteTitle;

/* A zone that has something to be said of it; others are only named, by what stands in them. */
typedef struct {
    char *name;
    SiteTitle title;
} SiteZone;

typedef struct {
    char *name;
    SitePlace *place;
    SiteTitle title;
    const Profile *profile; /* borrowed from the site; NULL for a listener's device */
    char *bus;              /* name, "" for a listener's device */
    char *listener;         /* name, "" for a bus' device */
    char *number;           /* pile number on its listener */
    guint unit_id;
    guint period_ms;
    char *zone;         /* "" : none */
    guint connectors;   /* of the profile, or as written for a listener's device */
    double rated_kw;    /* 0: unknown */
    char *feeder;       /* "io-01/breaker-1" or "" */
    char *feeder_meter; /* device name or "" */
    char **cameras;
} SiteDevice;

typedef struct {
    char *name;
    SitePlace *place;
    SiteTitle title;
    char *rtsp, *rtsp_display, *control, *url, *username, *password_file, *zone;
} SiteCamera;

typedef enum {
    SITE_SEVERITY_CRITICAL,
    SITE_SEVERITY_HIGH,
    SITE_SEVERITY_MEDIUM,
    SITE_SEVERITY_LOW
} SiteSeverity;

typedef enum { SITE_ON_UNKNOWN_ALARM, SITE_ON_UNKNOWN_ACT, SITE_ON_UNKNOWN_IGNORE } SiteOnUnknown;

/* What a rule does (CONTRACT section 3, *do*). */
typedef enum {
    SITE_DO_STOP = 1 << 0,
    SITE_DO_DISABLE = 1 << 1,
    SITE_DO_FEEDER = 1 << 2,
    SITE_DO_STOP_ZONE = 1 << 3,
    SITE_DO_FEEDER_ZONE = 1 << 4,
    SITE_DO_STOP_STATION = 1 << 5,
    SITE_DO_FEEDER_STATION = 1 << 6,
    SITE_DO_MAIN_BREAKER = 1 << 7,
    SITE_DO_SIREN = 1 << 8,
    SITE_DO_STROBE = 1 << 9,
    SITE_DO_CAMERA = 1 << 10,
    SITE_DO_VIEW = 1 << 11,
    SITE_DO_EVIDENCE = 1 << 12,
    SITE_DO_SPEAK = 1 << 13,
    SITE_DO_WORK_ORDER = 1 << 14,
} SiteDo;
#define SITE_DO_LADDER 0xff /* the bits that climb the ladder: such a rule is a safety rule */

typedef struct {
    char *name;
    SitePlace *place;
    char *applies_to; /* "connector/" "*", "charger/dc-0" "*", "zone/bay-a" … as written */
    char *while_;     /* "" : always */
    char *when;
    char *clear; /* "" : when `when` is false */
    gint64 for_us;
    gint64 clear_for_us;
    SiteOnUnknown on_unknown;
    SiteSeverity severity;
    gboolean latch;
    guint actions;                               /* SiteDo */
    char *title, *title_zh, *advice, *advice_zh; /* zh falls back to the English */
} SiteRule;

typedef struct {
    SiteStation station;
    SiteHq hq;
    SitePolicy policy;
    GPtrArray *buses;     /* SiteBus */
    GPtrArray *listeners; /* SiteListener */
    GPtrArray *zones;     /* SiteZone */
    GPtrArray *devices;   /* SiteDevice */
    GPtrArray *cameras;   /* SiteCamera */
    GPtrArray *profiles;  /* Profile */
    GPtrArray *rules;     /* SiteRule */
    GPtrArray *tariffs;   /* SiteTariff */
    gatomicrefcount refs;
} Site;

/* An empty site with the defaults of CONTRACT section 3, one reference. */
Site *site_new(void);
Site *site_ref(Site *site);
void site_unref(Site *site);

/* The thing of that name, borrowed, or NULL. */
const SiteBus *site_find_bus(const Site *site, const char *name);
const SiteDevice *site_find_device(const Site *site, const char *name);
const SiteListener *site_find_listener(const Site *site, const char *name);
const Profile *site_find_profile(const Site *site, const char *name);

/* The words of CONTRACT for the enums; static. */
const char *site_rung_name(SiteRung rung);
const char *site_severity_name(SiteSeverity severity);
/* The words of the SiteDo bits, from the lowest, NULL-terminated. */
extern const char *const site_do_names[];

void site_bus_free(SiteBus *bus);
void site_listener_free(SiteListener *listener);
void site_zone_free(SiteZone *zone);
void site_device_free(SiteDevice *device);
void site_camera_free(SiteCamera *camera);
void site_rule_free(SiteRule *rule);
void site_tariff_free(SiteTariff *tariff);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Site, site_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SiteBus, site_bus_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SiteListener, site_listener_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SiteDevice, site_device_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SiteCamera, site_camera_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SiteRule, site_rule_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SiteTariff, site_tariff_free)

/* SPDX-License-Identifier: Apache-2.0 */
/* A tariff as its file describes it (CONTRACT section 3, tariffs.d): bands of a day, prices, occupancy.
 * Immutable once loaded; the site owns it. Prices are in 1e-5 yuan. */
#pragma once

#include <glib.h>

/* Where a thing was declared, for messages: "devices.d/yard.conf: [device dc-01]". */
typedef char SitePlace;

typedef enum { SITE_BAND_SHARP, SITE_BAND_PEAK, SITE_BAND_FLAT, SITE_BAND_VALLEY } SiteBand;
#define SITE_BANDS 4
#define SITE_SLOTS 48 /* half hours of a day */

typedef struct {
    gboolean given;
    gint64 energy_price_e5, service_price_e5; /* 1e-5 yuan per kWh */
    gint64 time_price_e5;                     /* 1e-5 yuan per minute */
    gint64 purchase_price_e5;                 /* 1e-5 yuan per kWh */
} SiteRate;

/* A day table: bands of 48 half hours, and when it holds. */
typedef enum { SITE_SLOTS_DEFAULT, SITE_SLOTS_WEEKEND, SITE_SLOTS_HOLIDAY, SITE_SLOTS_SEASON } SiteSlotsKind;
typedef struct {
    SiteSlotsKind kind;
    guint from_month, from_day, to_month, to_day; /* SEASON: inclusive, may wrap the year */
    guint8 band[SITE_SLOTS];                      /* SiteBand */
} SiteSlots;

typedef struct {
    char *name;
    SitePlace *place;
    gint64 version;
    GDate valid_from;
    char *currency;
    gboolean by_energy, by_time;
    char **applies_to; /* empty: all */
    GArray *slots;     /* SiteSlots */
    GArray *holidays;  /* GDate pairs: from, to */
    SiteRate rate[SITE_BANDS];
    gint64 occupancy_grace_minutes;
    gint64 occupancy_price_e5; /* 1e-5 yuan per started minute */
    gint64 occupancy_cap_fen;  /* 0: none */
} SiteTariff;

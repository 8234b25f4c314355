/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a tariff's day tables: 48 letters, a band for each half hour, and the days on which they hold. Pure,
 * any thread. */
#pragma once

#include "edge/model/site.h"

#define TARIFF_SLOTS_ERROR tariff_slots_error_quark()
GQuark tariff_slots_error_quark(void);
typedef enum { TARIFF_SLOTS_ERROR_DAYS, TARIFF_SLOTS_ERROR_BANDS } TariffSlotsError;

/* Reads what stands behind "slots": "" (every other day), ".weekend" (Saturday, Sunday), ".holiday", or a
 * season
 * ".MM-DD/MM-DD" with both days in it, which may run over the end of the year. Sets the kind and days of RET
 * only. */
gboolean tariff_slots_parse_days(const char *suffix, SiteSlots *ret, GError **error);

/* Reads 48 letters S (sharp), P (peak), F (flat), V (valley), from 00:00 on. Sets the bands of RET only. */
gboolean tariff_slots_parse_bands(const char *letters, SiteSlots *ret, GError **error);

/* Whether the season SLOTS holds on that day of any year. */
gboolean tariff_slots_has_day(const SiteSlots *slots, guint month, guint day);

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/charging/tariff-slots.h"

#include <string.h>

G_DEFINE_QUARK(tariff - slots - error - quark, tariff_slots_error)

/* "MM-DD": a day that some year has. */
static gboolean parse_day(const char *text, guint *ret_month, guint *ret_day)
{
    guint month, day;

    if (!g_ascii_isdigit(text[0]) || !g_ascii_isdigit(text[1]) || text[2] != '-' ||
        !g_ascii_isdigit(text[3]) || !g_ascii_isdigit(text[4]))
        return FALSE;
    month = (guint)(text[0] - '0') * 10 + (guint)(text[1] - '0');
    day = (guint)(text[3] - '0') * 10 + (guint)(text[4] - '0');
    if (month < 1 || month > 12 || day < 1 || day > g_date_get_days_in_month((GDateMonth)month, 2000))
        return FALSE;
    *ret_month = month;
    *ret_day = day;
    return TRUE;
}

gboolean tariff_slots_parse_days(const char *suffix, SiteSlots *ret, GError **error)
{
    static const char *const kinds[] = { "", ".weekend", ".holiday" };
    guint from_month, from_day, to_month, to_day;

    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (g_str_equal(suffix, kinds[i])) {
            ret->kind = (SiteSlotsKind)i;
            return TRUE;
        }
    }
    if (strlen(suffix) != strlen(".MM-DD/MM-DD") || suffix[0] != '.' || suffix[6] != '/' ||
        !parse_day(suffix + 1, &from_month, &from_day) || !parse_day(suffix + 7, &to_month, &to_day)) {
        g_set_error(error, TARIFF_SLOTS_ERROR, TARIFF_SLOTS_ERROR_DAYS,
                    "\"slots%.30s\" is none of slots, slots.weekend, slots.holiday and slots.MM-DD/MM-DD",
                    suffix);
        return FALSE;
    }
    ret->kind = SITE_SLOTS_SEASON;
    ret->from_month = from_month;
    ret->from_day = from_day;
    ret->to_month = to_month;
    ret->to_day = to_day;
    return TRUE;
}

gboolean tariff_slots_parse_bands(const char *letters, SiteSlots *ret, GError **error)
{
    static const char bands[] = "SPFV"; /* in the order of SiteBand */
    gsize right = strspn(letters, bands);

    if (letters[right]) {
        g_set_error(error, TARIFF_SLOTS_ERROR, TARIFF_SLOTS_ERROR_BANDS,
                    "letter %zu is none of S (sharp), P (peak), F (flat), V (valley)", right + 1);
        return FALSE;
    }
    if (right != SITE_SLOTS) {
        g_set_error(error, TARIFF_SLOTS_ERROR, TARIFF_SLOTS_ERROR_BANDS,
                    "has %zu letters; 48 are needed, one for each half hour from 00:00", right);
        return FALSE;
    }
    for (guint i = 0; i < SITE_SLOTS; i++)
        ret->band[i] = (guint8)(strchr(bands, letters[i]) - bands);
    return TRUE;
}

gboolean tariff_slots_has_day(const SiteSlots *slots, guint month, guint day)
{
    guint at = month * 32 + day;
    guint from = slots->from_month * 32 + slots->from_day;
    guint to = slots->to_month * 32 + slots->to_day;

    return from <= to ? at >= from && at <= to : at >= from || at <= to;
}

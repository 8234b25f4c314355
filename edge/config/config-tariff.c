/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/config/config-parts.h"

#include "edge/charging/tariff-slots.h"

#include <string.h>

#define MOST_PRICE_E5 100000000 /* 1000 yuan a kWh or a minute: a slip of the decimal point, not a price */
#define MOST_CAP_FEN 10000000   /* 100,000 yuan */

static const char *const band_names[] = { "sharp", "peak", "flat", "valley", NULL };

/* --- slots */

static void read_slot(KeyfileGroup *group, SiteTariff *tariff, const char *key)
{
    g_autoptr(GError) error = NULL;
    const char *letters = keyfile_read_value(group, key);
    SiteSlots slots = { 0 };

    if (!tariff_slots_parse_days(key + strlen("slots"), &slots, &error)) {
        keyfile_read_fault(group, key, "%s", error->message);
        return;
    }
    if (!letters)
        return;
    if (tariff_slots_parse_bands(letters, &slots, &error))
        g_array_append_val(tariff->slots, slots);
    else
        keyfile_read_fault(group, key, "%s", error->message);
}

/* Every day must have one table: two seasons may not share one. */
static void check_seasons(KeyfileGroup *group, const SiteTariff *tariff)
{
    for (guint month = 1; month <= 12; month++) {
        for (guint day = 1; day <= g_date_get_days_in_month((GDateMonth)month, 2000); day++) {
            guint n = 0;

            for (guint i = 0; i < tariff->slots->len; i++) {
                const SiteSlots *slots = &g_array_index(tariff->slots, SiteSlots, i);

                n += slots->kind == SITE_SLOTS_SEASON && tariff_slots_has_day(slots, month, day);
            }
            if (n > 1) {
                keyfile_read_fault(group, "slots", "two seasons hold on %02u-%02u; one may hold on a day",
                                   month, day);
                return;
            }
        }
    }
}

static void read_slots(KeyfileGroup *group, SiteTariff *tariff)
{
    keyfile_read_required(group, "slots");
    keyfile_read_value(group, "slots.weekend");
    keyfile_read_value(group, "slots.holiday");
    for (guint i = 0; i < group->entries->len; i++) {
        const char *key = ((KeyfileEntry *)group->entries->pdata[i])->key;

        if (g_str_equal(key, "slots") || g_str_has_prefix(key, "slots."))
            read_slot(group, tariff, key);
    }
    check_seasons(group, tariff);
}

/* --- other keys of [tariff] */

/* "2026-10-01" or "2026-10-01/2026-10-07". */
static gboolean add_holiday(SiteTariff *tariff, const char *part)
{
    g_auto(GStrv) days = g_strsplit(part, "/", 3);
    GDate pair[2];

    if (!days[0] || (days[1] && days[2]) || !keyfile_read_parse_date(days[0], &pair[0]) ||
        !keyfile_read_parse_date(days[1] ? days[1] : days[0], &pair[1]) ||
        g_date_compare(&pair[0], &pair[1]) > 0)
        return FALSE;
    g_array_append_vals(tariff->holidays, pair, 2);
    return TRUE;
}

static void read_holidays(KeyfileGroup *group, SiteTariff *tariff)
{
    g_auto(GStrv) parts = NULL;

    if (!keyfile_read_list(group, "holidays", 400, &parts))
        return;
    for (guint i = 0; parts[i]; i++) {
        if (!add_holiday(tariff, parts[i]))
            keyfile_read_fault(group, "holidays",
                               "\"%.60s\" is neither YYYY-MM-DD nor YYYY-MM-DD/YYYY-MM-DD, the "
                               "first not after the last",
                               parts[i]);
    }
}

static void read_currency(KeyfileGroup *group, SiteTariff *tariff)
{
    const char *value = keyfile_read_value(group, "currency");

    if (value && (strlen(value) != 3 || strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3))
        keyfile_read_fault(group, "currency", "\"%.60s\" is not a currency's three letters, such as CNY",
                           value);
    else
        keyfile_read_text(group, "currency", 3, &tariff->currency);
}

static void read_applies_to(KeyfileGroup *group, SiteTariff *tariff)
{
    if (!keyfile_read_list(group, "applies-to", 1000, &tariff->applies_to))
        return;
    for (guint i = 0; tariff->applies_to[i]; i++) {
        const char *part = tariff->applies_to[i];

        if ((!g_str_has_prefix(part, "zone/") || !part[5]) &&
            (!g_str_has_prefix(part, "connector/") || !part[10]))
            keyfile_read_fault(group, "applies-to",
                               "\"%.60s\" is neither zone/NAME nor connector/DEVICE/NUMBER", part);
    }
}

static void read_version(KeyfileGroup *group, SiteTariff *tariff)
{
    if (keyfile_read_required(group, "version"))
        keyfile_read_fixed(group, "version", 0, G_MAXINT32, &tariff->version);
}

static SiteTariff *read_tariff(ConfigLoad *load, KeyfileGroup *group)
{
    static const char *const charges[] = { "energy", "time", "energy+time", NULL };
    SiteTariff *tariff = g_new0(SiteTariff, 1);
    guint place = 0;

    config_claim(load, group, "tariff");
    tariff->name = g_strdup(group->name);
    tariff->place = config_place(group);
    tariff->currency = g_strdup("CNY");
    tariff->applies_to = g_new0(char *, 1);
    tariff->slots = g_array_new(FALSE, TRUE, sizeof(SiteSlots));
    tariff->holidays = g_array_new(FALSE, TRUE, sizeof(GDate));
    g_date_clear(&tariff->valid_from, 1);
    read_version(group, tariff);
    if (keyfile_read_required(group, "valid-from"))
        keyfile_read_date(group, "valid-from", &tariff->valid_from);
    read_currency(group, tariff);
    keyfile_read_word(group, "charge-by", charges, &place);
    tariff->by_energy = place != 1;
    tariff->by_time = place != 0;
    read_applies_to(group, tariff);
    read_slots(group, tariff);
    read_holidays(group, tariff);
    keyfile_read_end(group);
    return tariff;
}

/* --- [rate …] and [occupancy] */

static void read_rate(KeyfileGroup *group, SiteTariff *tariff)
{
    SiteRate *rate = NULL;

    for (guint i = 0; i < SITE_BANDS; i++) {
        if (g_str_equal(group->name, band_names[i]))
            rate = &tariff->rate[i];
    }
    if (!rate) {
        keyfile_read_fault(group, "", "\"%.60s\" is not a rate; allowed are sharp, peak, flat, valley",
                           group->name);
        return;
    }
    rate->given = TRUE;
    if (tariff->by_energy)
        keyfile_read_required(group, "energy-price");
    if (tariff->by_time)
        keyfile_read_required(group, "time-price");
    keyfile_read_fixed(group, "energy-price", 5, MOST_PRICE_E5, &rate->energy_price_e5);
    keyfile_read_fixed(group, "service-price", 5, MOST_PRICE_E5, &rate->service_price_e5);
    keyfile_read_fixed(group, "time-price", 5, MOST_PRICE_E5, &rate->time_price_e5);
    keyfile_read_fixed(group, "purchase-price", 5, MOST_PRICE_E5, &rate->purchase_price_e5);
    keyfile_read_end(group);
}

static void read_occupancy(KeyfileGroup *group, SiteTariff *tariff)
{
    config_refuse_name(group);
    keyfile_read_fixed(group, "grace-minutes", 0, 1440, &tariff->occupancy_grace_minutes);
    keyfile_read_fixed(group, "price-per-minute", 5, MOST_PRICE_E5, &tariff->occupancy_price_e5);
    keyfile_read_fixed(group, "cap", 2, MOST_CAP_FEN, &tariff->occupancy_cap_fen);
    keyfile_read_end(group);
}

static void check_rates(Keyfile *file, const SiteTariff *tariff)
{
    gboolean is_used[SITE_BANDS] = { FALSE };

    for (guint i = 0; i < tariff->slots->len; i++) {
        for (guint slot = 0; slot < SITE_SLOTS; slot++)
            is_used[g_array_index(tariff->slots, SiteSlots, i).band[slot]] = TRUE;
    }
    for (guint i = 0; i < SITE_BANDS; i++) {
        g_autofree char *head = g_strdup_printf("rate %s", band_names[i]);

        if (is_used[i] && !tariff->rate[i].given)
            keyfile_fault(file->faults, file->path, head, "",
                          "the group is missing, but slots= use the letter %c", "SPFV"[i]);
    }
}

/* --- the file */

static KeyfileGroup *find_tariff(Keyfile *file)
{
    KeyfileGroup *found = NULL;

    for (guint i = 0; i < file->groups->len; i++) {
        KeyfileGroup *group = file->groups->pdata[i];

        if (!g_str_equal(group->kind, "tariff"))
            continue;
        if (found)
            keyfile_read_fault(group, "",
                               "is the second tariff of this file, after [%s] in line %u; one is allowed",
                               found->head, found->line);
        else
            found = group;
    }
    if (!found)
        keyfile_fault(file->faults, file->path, "tariff", "", "the group [tariff NAME] is missing");
    return found;
}

static void read_file(ConfigLoad *load, Keyfile *file)
{
    static const char *const kinds[] = { "tariff", "rate", "occupancy", NULL };
    KeyfileGroup *head = find_tariff(file);
    SiteTariff *tariff = head ? read_tariff(load, head) : NULL;

    for (guint i = 0; i < file->groups->len; i++) {
        KeyfileGroup *group = file->groups->pdata[i];

        if (!g_strv_contains(kinds, group->kind))
            config_refuse_group(group, kinds);
        else if (tariff && g_str_equal(group->kind, "rate"))
            read_rate(group, tariff);
        else if (tariff && g_str_equal(group->kind, "occupancy"))
            read_occupancy(group, tariff);
    }
    if (!tariff)
        return;
    check_rates(file, tariff);
    g_ptr_array_add(load->site->tariffs, tariff);
    g_hash_table_insert(load->groups, tariff, head);
}

void config_tariff_read(ConfigLoad *load)
{
    g_autoptr(GPtrArray) files = config_list(load, load->directory, "tariffs.d", ".tariff");

    for (guint i = 0; i < files->len; i++) {
        Keyfile *file = config_open(load, load->directory, files->pdata[i]);

        if (file)
            read_file(load, file);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration from headquarters: none of it is served yet, and headquarters is told so by the event
 * config.refused. The broker keeps such a message and hands it over at each connection: it is told of once,
 * and of what nobody known has signed only so many times an hour, for events stay in the books. */
#include "edge/bus/view.h"
#include "edge/station/hq/station-hq-private.h"

#include <string.h>

#define VERB "config"
#define HOUR_US (3600 * (gint64)G_USEC_PER_SEC)
#define TOLD_EACH 12u
#define META "config-told/" /* and NAME: what the last event said of it, in the books */

static const char *const names[] = { "tariff", "vehicles", "accounts", "rules", NULL };

/* ISSUER NULL: nobody that is known. */
static char *describe(const char *name, const CommandConfig *config, const char *issuer, const char *fault)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    view_add_text(builder, "name", name);
    json_builder_set_member_name(builder, "version");
    if (config->sha256)
        json_builder_add_int_value(builder, config->version);
    else
        json_builder_add_null_value(builder);
    view_add_text(builder, "issuer", issuer);
    if (config->sha256)
        view_add_text(builder, "sha256", config->sha256);
    json_builder_set_member_name(builder, "faults");
    json_builder_begin_array(builder);
    json_builder_add_string_value(builder, fault);
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    return view_take_text(json_builder_get_root(builder));
}

static void on_noted(const GError *error, gint64 last_seq G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
    if (error)
        g_warning("what was told of a configuration is not in the books: %s", error->message);
}

static void note_told(Station *self, const char *name, const char *data)
{
    g_autofree char *meta = g_strconcat(META, name, NULL);
    StoreFact *fact = store_fact_new();

    store_fact_add(fact, "meta-set", "ss", meta, data);
    store_put(self->store, fact, on_noted, NULL);
}

/* What came before the books were open is newer. */
static void on_told(JsonArray *rows, const GError *error, gpointer user_data)
{
    Station *self = user_data;

    if (error) {
        g_warning("what was told of a configuration: %s", error->message);
        return;
    }
    for (guint i = 0; i < json_array_get_length(rows); i++) {
        JsonObject *row = json_array_get_object_element(rows, i);
        const char *name = json_object_get_string_member(row, "name") + strlen(META);

        if (!g_hash_table_contains(self->hq->configs_told, name))
            g_hash_table_insert(self->hq->configs_told, g_strdup(name),
                                g_strdup(json_object_get_string_member(row, "value")));
    }
}

void station_config_load(Station *self)
{
    for (guint i = 0; names[i]; i++) {
        g_autofree char *meta = g_strconcat(META, names[i], NULL);

        store_query(self->store, on_told, self, "meta-get", "s", meta);
    }
}

/* Whether DATA is news of NAME, and there is room for it in this hour. */
static gboolean may_tell(StationHq *hq, const char *name, const char *data, gboolean known)
{
    StationConfigHour *hour = &hq->config_hours[known];
    gint64 now_us = clock_boot_us();

    if (g_strcmp0(g_hash_table_lookup(hq->configs_told, name), data) == 0)
        return FALSE;
    if (now_us >= hour->ends_us)
        *hour = (StationConfigHour){ .ends_us = now_us + HOUR_US };
    if (hour->told >= TOLD_EACH)
        return FALSE;
    hour->told++;
    g_hash_table_replace(hq->configs_told, g_strdup(name), g_strdup(data));
    return TRUE;
}

/* What a known issuer has signed is no reason for an alarm: it is only too early. */
static void refuse(Station *self, const char *name, const CommandConfig *config, const char *issuer,
                   const GError *error)
{
    g_autofree char *data = describe(name, config, issuer, error->message);
    gboolean told = may_tell(self->hq, name, data, issuer != NULL);

    if (told) {
        station_records_event(self, "config.refused", "station", data);
        note_told(self, name, data);
    }
    if (!issuer) {
        station_refusal_add(self, NULL, VERB, name, error);
        return;
    }
    station_refusal_count(self, error);
    if (told) {
        g_autofree char *who = g_strdup_printf("hq:%s", issuer);

        station_records_audit(self, who, VERB, name, "refused", error->message);
    }
}

void station_config_take(Station *self, const char *topic, const char *name, const char *payload,
                         gsize length, const char *signature)
{
    g_auto(CommandConfig) config = { 0 };
    g_autoptr(GError) error = NULL;

    if (!g_strv_contains(names, name)) {
        g_set_error_literal(&error, COMMAND_ERROR, COMMAND_ERROR_TOPIC, "there is no such configuration");
        station_refusal_add(self, NULL, VERB, "", error);
        return;
    }
    gboolean known =
        command_parse_config(payload, length, &config, &error) &&
        command_keys_check(self->hq->keys, config.issuer, topic, payload, length, signature, &error);

    if (known)
        g_set_error_literal(&error, COMMAND_ERROR, COMMAND_ERROR_NOT_SERVED, "not served yet");
    refuse(self, name, &config, known ? config.issuer : NULL, error);
}

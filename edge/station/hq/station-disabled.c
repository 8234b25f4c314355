/* SPDX-License-Identifier: Apache-2.0 */
/* Connectors that headquarters has disabled. They stay so until headquarters enables them: the end of an
 * alarm does not, nor does a charger that began anew. */
#include "edge/station/hq/station-hq-private.h"

gboolean station_hq_has_disabled(const Station *self, guint connector)
{
    return g_hash_table_contains(self->hq->disabled, self->model->connectors[connector].path);
}

const char *station_hq_get_disabler(const Station *self, guint connector)
{
    return g_hash_table_lookup(self->hq->disabled, self->model->connectors[connector].path);
}

static void on_noted(const GError *error, gint64 last_seq G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
    if (error)
        g_warning("what headquarters has disabled or enabled is not in the books: %s", error->message);
}

/* The wall hears of it at once. */
static void tell_screens(const Station *self, const char *path)
{
    guint connector = model_find_connector(self->model, path);

    if (self->service && connector != G_MAXUINT)
        service_connector_changed(self->service, connector);
}

void station_disabled_add(Station *self, const char *connector, const char *who, const char *reason)
{
    StoreFact *fact = store_fact_new();

    g_hash_table_insert(self->hq->disabled, g_strdup(connector), g_strdup(who));
    tell_screens(self, connector);
    store_fact_add(fact, "disabled-save", "sssi", connector, who, reason, g_get_real_time());
    store_put(self->store, fact, on_noted, NULL);
}

void station_disabled_remove(Station *self, const char *connector)
{
    StoreFact *fact = store_fact_new();

    g_hash_table_remove(self->hq->disabled, connector);
    tell_screens(self, connector);
    store_fact_add(fact, "disabled-delete", "s", connector);
    store_put(self->store, fact, on_noted, NULL);
}

/* The books may come before the devices are open, and after. */
static void on_listed(JsonArray *rows, const GError *error, gpointer user_data)
{
    Station *self = user_data;

    if (error) {
        g_warning("what headquarters has disabled: %s", error->message);
        return;
    }
    for (guint i = 0; i < json_array_get_length(rows); i++) {
        JsonObject *row = json_array_get_object_element(rows, i);
        const char *path = json_object_get_string_member(row, "connector");
        guint connector = model_find_connector(self->model, path);

        g_hash_table_insert(self->hq->disabled, g_strdup(path),
                            g_strdup(json_object_get_string_member(row, "who")));
        tell_screens(self, path);
        if (self->lines && connector != G_MAXUINT)
            station_devices_disable(self, connector);
    }
}

void station_disabled_load(Station *self)
{
    store_query(self->store, on_listed, self, "disabled-list", "");
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-fixture.h"

#include "ui/wall-json.h"

static char *dup_member(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node ? json_to_string(node, FALSE) : NULL;
}

static GVariant *make_points(JsonArray *rows)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(sdsssxx)"));
    for (guint i = 0; rows && i < json_array_get_length(rows); i++) {
        JsonObject *row = wall_json_element(rows, i);

        if (row)
            g_variant_builder_add(&builder, "(sdsssxx)", wall_json_text(row, "path"),
                                  wall_json_number(row, "value"), wall_json_text(row, "text"), "",
                                  wall_json_text(row, "quality"), (gint64)0,
                                  (gint64)wall_json_number(row, "age_ms"));
    }
    return g_variant_ref_sink(g_variant_builder_end(&builder));
}

static void feed(JsonObject *object, WallStation *station)
{
    static const struct {
        const char *name;
        void (*take)(WallStation *, const char *);
    } parts[] = { { "status", wall_station_take_status },
                  { "devices", wall_station_take_devices },
                  { "alarms", wall_station_take_alarms }, /* before what they hold */
                  { "connectors", wall_station_take_connectors },
                  { "announcements", wall_station_take_announcements } };
    g_autoptr(GVariant) points = make_points(wall_json_array(object, "points"));

    for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *text = dup_member(object, parts[i].name);

        if (text)
            parts[i].take(station, text);
    }
    wall_station_take_points(station, points);
}

gboolean wall_fixture_load(const char *file, WallStation *station, char **ret_staff, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(JsonNode) node = NULL;
    gint64 now_us, silent_us;

    if (!g_file_get_contents(file, &text, NULL, error))
        return FALSE;
    node = wall_json_parse(text, JSON_NODE_OBJECT);
    if (!node) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: no JSON object", file);
        return FALSE;
    }
    JsonObject *object = json_node_get_object(node);

    now_us = wall_json_time(object, "now");
    silent_us = json_object_get_int_member_with_default(object, "silent_s", 0) * G_USEC_PER_SEC;
    wall_station_freeze(station, now_us - silent_us);
    feed(object, station);
    wall_station_freeze(station, now_us);
    if (silent_us)
        wall_station_lose(station);
    *ret_staff = dup_member(object, "staff");
    return TRUE;
}

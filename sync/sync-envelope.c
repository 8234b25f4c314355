/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sync-envelope.h"

#include "build-config.h"
#include "edge/base/clock.h"
#include "edge/base/json-guard.h"

#include <json-glib/json-glib.h>

#define STATUS_DEEPEST 32

/* A whole number that is written as one: 1e3 and 1.0 are none. */
static gboolean read_whole(JsonObject *object, const char *name, gint64 *ret)
{
    JsonNode *node = json_object_get_member(object, name);

    if (!node || !JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_INT64)
        return FALSE;
    *ret = json_node_get_int(node);
    return *ret >= 0;
}

gboolean sync_envelope_parse_ack(GBytes *payload, gint64 *ret_epoch, gint64 *ret_through)
{
    gsize size;
    const char *text = g_bytes_get_data(payload, &size);
    g_autoptr(JsonParser) parser = NULL;
    JsonNode *root;
    gint64 epoch, through;

    if (size == 0 || size > SYNC_ENVELOPE_ACK_MAX || !g_utf8_validate(text, (gssize)size, NULL) ||
        json_guard_check(text, size, 1) != JSON_GUARD_FINE)
        return FALSE;
    parser = json_parser_new();
    if (!json_parser_load_from_data(parser, text, (gssize)size, NULL))
        return FALSE;
    root = json_parser_get_root(parser);
    if (!root || !JSON_NODE_HOLDS_OBJECT(root) || json_object_get_size(json_node_get_object(root)) != 2 ||
        !read_whole(json_node_get_object(root), "epoch", &epoch) ||
        !read_whole(json_node_get_object(root), "through", &through))
        return FALSE;
    *ret_epoch = epoch;
    *ret_through = through;
    return TRUE;
}

char *sync_envelope_parse_station(const char *status)
{
    g_autoptr(JsonNode) root = NULL;
    JsonNode *id;

    if (json_guard_check(status, strlen(status), STATUS_DEEPEST) != JSON_GUARD_FINE)
        return NULL;
    root = json_from_string(status, NULL);
    id = root && JSON_NODE_HOLDS_OBJECT(root) ? json_object_get_member(json_node_get_object(root), "station")
                                              : NULL;
    return id && JSON_NODE_HOLDS_VALUE(id) ? json_node_dup_string(id) : NULL;
}

char *sync_envelope_format_status(const SyncStatus *status, GTimeZone *zone)
{
    g_autofree char *since = clock_format(status->since_us, zone);

    return g_strdup_printf("{\"online\":%s,\"since\":\"%s\",\"version\":\"%s\",\"epoch\":%" G_GINT64_FORMAT
                           ",\"last_seq\":%" G_GINT64_FORMAT ",\"backlog\":%" G_GINT64_FORMAT
                           ",\"clock\":\"%s\"}",
                           status->online ? "true" : "false", since, STATIONMASTER_VERSION, status->epoch,
                           status->last_seq, status->backlog, status->clock);
}

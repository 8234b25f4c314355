/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/hq/hq-json.h"

#include "edge/base/json-guard.h"
#include "sync/hq/hq-event.h"

#include <string.h>

JsonNode *hq_json_parse(const char *text)
{
    g_autoptr(JsonNode) node = NULL;

    if (json_guard_check(text, strlen(text), HQ_EVENT_DEEPEST) == JSON_GUARD_FINE)
        node = json_from_string(text, NULL);
    return node && JSON_NODE_HOLDS_OBJECT(node) ? g_steal_pointer(&node) : NULL;
}

const char *hq_json_get_text(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);
    const gboolean is_text =
        node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING;

    return is_text ? json_node_get_string(node) : "";
}

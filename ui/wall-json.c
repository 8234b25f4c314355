/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-json.h"

#include "edge/base/clock.h"
#include "edge/base/json-guard.h"
#include "ui/wall-text.h"

#include <math.h>
#include <string.h>

JsonNode *wall_json_parse(const char *text, JsonNodeType type)
{
    g_autoptr(JsonNode) node = NULL;

    if (!text || strlen(text) > WALL_JSON_MOST || !g_utf8_validate(text, -1, NULL) ||
        json_guard_check(text, strlen(text), WALL_JSON_DEEPEST) != JSON_GUARD_FINE)
        return NULL;
    node = json_from_string(text, NULL);
    return node && JSON_NODE_TYPE(node) == type ? g_steal_pointer(&node) : NULL;
}

JsonObject *wall_json_element(JsonArray *array, guint index)
{
    JsonNode *node = json_array_get_element(array, index);

    return JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

static JsonNode *find(JsonObject *object, const char *name, JsonNodeType type)
{
    JsonNode *node = object ? json_object_get_member(object, name) : NULL;

    return node && JSON_NODE_TYPE(node) == type ? node : NULL;
}

static JsonNode *find_value(JsonObject *object, const char *name, GType type)
{
    JsonNode *node = find(object, name, JSON_NODE_VALUE);

    return node && json_node_get_value_type(node) == type ? node : NULL;
}

const char *wall_json_text(JsonObject *object, const char *name)
{
    JsonNode *node = find_value(object, name, G_TYPE_STRING);

    return node ? json_node_get_string(node) : "";
}

char *wall_json_dup_safe(JsonObject *object, const char *name, guint most)
{
    return wall_text_safe(wall_json_text(object, name), most);
}

double wall_json_number(JsonObject *object, const char *name)
{
    JsonNode *node = find_value(object, name, G_TYPE_DOUBLE);

    if (!node)
        node = find_value(object, name, G_TYPE_INT64);
    return node ? json_node_get_double(node) : (double)NAN;
}

gboolean wall_json_is(JsonObject *object, const char *name)
{
    JsonNode *node = find_value(object, name, G_TYPE_BOOLEAN);

    return node && json_node_get_boolean(node);
}

JsonArray *wall_json_array(JsonObject *object, const char *name)
{
    JsonNode *node = find(object, name, JSON_NODE_ARRAY);

    return node ? json_node_get_array(node) : NULL;
}

JsonObject *wall_json_object(JsonObject *object, const char *name)
{
    JsonNode *node = find(object, name, JSON_NODE_OBJECT);

    return node ? json_node_get_object(node) : NULL;
}

gint64 wall_json_time(JsonObject *object, const char *name)
{
    gint64 wall_us = 0;

    clock_parse(wall_json_text(object, name), &wall_us);
    return wall_us;
}

char *wall_json_dup_local(JsonObject *object, const char *name, guint most)
{
    g_autofree char *chinese = g_strdup_printf("%s_zh_CN", name);

    if (wall_text_is_chinese() && wall_json_text(object, chinese)[0])
        return wall_json_dup_safe(object, chinese, most);
    return wall_json_dup_safe(object, name, most);
}

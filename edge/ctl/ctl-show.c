/* SPDX-License-Identifier: Apache-2.0 */
/* JSON objects whose shape is not the same everywhere, laid out as indented lines. */
#include "edge/base/safe-text.h"
#include "edge/ctl/ctl-command.h"
#include "edge/ctl/ctl-format.h"

#include <glib/gi18n.h>

#define DEPTH_MAX 8u

static void append_node(GString *out, JsonNode *node, guint depth);

static void append_member(GString *out, const char *name, JsonNode *node, guint depth)
{
    g_autofree char *safe = safe_text_dup(name);
    gboolean nested =
        (JSON_NODE_HOLDS_OBJECT(node) && json_object_get_size(json_node_get_object(node)) > 0) ||
        (JSON_NODE_HOLDS_ARRAY(node) && json_array_get_length(json_node_get_array(node)) > 0);

    g_string_append_printf(out, "%*s%s", (int)depth * 2, "", safe);
    if (nested && depth < DEPTH_MAX) {
        g_string_append_c(out, '\n');
        append_node(out, node, depth + 1);
    } else {
        g_autofree char *text = ctl_format_node(node);

        g_string_append_printf(out, "  %s\n", text);
    }
}

static void append_array(GString *out, JsonArray *array, guint depth)
{
    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonNode *element = json_array_get_element(array, i);

        if (JSON_NODE_HOLDS_OBJECT(element) && i > 0)
            g_string_append_c(out, '\n');
        append_node(out, element, depth);
    }
}

static void append_node(GString *out, JsonNode *node, guint depth)
{
    JsonObjectIter iter;
    const char *name;
    JsonNode *member;

    if (JSON_NODE_HOLDS_ARRAY(node)) {
        append_array(out, json_node_get_array(node), depth);
    } else if (JSON_NODE_HOLDS_OBJECT(node)) {
        json_object_iter_init_ordered(&iter, json_node_get_object(node));
        while (json_object_iter_next_ordered(&iter, &name, &member))
            append_member(out, name, member, depth);
    } else {
        g_autofree char *text = ctl_format_node(node);

        g_string_append_printf(out, "%*s%s\n", (int)depth * 2, "", text);
    }
}

static CtlExit show(Ctl *ctl, const char *text)
{
    g_autoptr(GError) error = NULL;

    if (ctl->options->json) {
        g_string_append_printf(ctl->out, "%s\n", text);
        return CTL_EXIT_DONE;
    }
    g_autoptr(JsonNode) node = ctl_client_parse(text, &error);

    if (!node)
        return ctl_client_fail(ctl, error);
    append_node(ctl->out, node, 0);
    return CTL_EXIT_DONE;
}

static CtlExit run_tariff(Ctl *ctl)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    if (!stationmaster_station1_call_get_tariff_sync(ctl->proxy, &text, NULL, &error))
        return ctl_client_fail(ctl, error);
    return show(ctl, text);
}

const CtlCommand ctl_show_commands[] = {
    { "tariff", "", N_("the tariffs in force"), 0, 0, 0, FALSE, run_tariff },
    { NULL },
};

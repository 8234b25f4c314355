/* SPDX-License-Identifier: Apache-2.0 */
/* What a device answered just now, point by point. */
#include "edge/ctl/ctl-command.h"
#include "edge/ctl/ctl-format.h"
#include "edge/ctl/ctl-list.h"

#include <glib/gi18n.h>

static JsonArray *get_points(JsonObject *report)
{
    JsonNode *node = ctl_format_find(report, "points");

    return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

static guint count_fresh(JsonArray *points)
{
    guint n = 0;

    for (guint i = 0; points && i < json_array_get_length(points); i++) {
        JsonNode *point = json_array_get_element(points, i);

        if (JSON_NODE_HOLDS_OBJECT(point) && ctl_format_is_true(json_node_get_object(point), "fresh"))
            n++;
    }
    return n;
}

static void add_line(CtlTable *table, const char *name, const char *text, CtlColour colour)
{
    ctl_table_add(table, name, CTL_COLOUR_BOLD);
    ctl_table_add(table, text, colour);
    ctl_table_end_row(table);
}

static void print_heading(Ctl *ctl, JsonObject *report, JsonArray *points)
{
    const char *online = ctl_format_is_true(report, "online") ? "online" : "offline";
    guint n = points ? json_array_get_length(points) : 0;
    guint fresh = count_fresh(points);
    g_autofree char *rtt = ctl_format_node(ctl_format_find(report, "rtt_p50_ms"));
    g_autofree char *answered = g_strdup_printf(_("%u of %u points"), fresh, n);
    g_autoptr(CtlTable) table = ctl_table_new();

    add_line(table, _("Device"), ctl_format_get_text(report, "device"), CTL_COLOUR_NONE);
    add_line(table, _("State"), ctl_format_word(online), ctl_list_colour(online));
    add_line(table, _("p50 ms"), rtt, CTL_COLOUR_NONE);
    add_line(table, _("Answered"), answered, fresh < n ? CTL_COLOUR_YELLOW : CTL_COLOUR_NONE);
    ctl_table_print(table, ctl->coloured, ctl->out);
}

static void print_report(Ctl *ctl, JsonObject *report)
{
    static const CtlListColumn columns[] = {
        { N_("Point"), "path", CTL_LIST_TEXT },
        { N_("Value"), "value", CTL_LIST_VALUE },
        { N_("Unit"), "unit", CTL_LIST_TEXT },
        { N_("Quality"), "quality", CTL_LIST_WORD },
    };
    JsonArray *points = get_points(report);

    print_heading(ctl, report, points);
    if (!points || json_array_get_length(points) == 0)
        return;
    g_string_append_c(ctl->out, '\n');
    ctl_list_print(ctl, points, columns, G_N_ELEMENTS(columns));
}

static CtlExit run(Ctl *ctl)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    if (!stationmaster_station1_call_probe_sync(ctl->proxy, ctl->arguments[0], &text, NULL, &error))
        return ctl_client_fail(ctl, error);
    if (ctl->options->json) {
        g_string_append_printf(ctl->out, "%s\n", text);
        return CTL_EXIT_DONE;
    }
    g_autoptr(JsonNode) node = ctl_client_parse(text, &error);

    if (!node)
        return ctl_client_fail(ctl, error);
    if (JSON_NODE_HOLDS_OBJECT(node))
        print_report(ctl, json_node_get_object(node));
    return CTL_EXIT_DONE;
}

const CtlCommand ctl_probe_commands[] = {
    { "probe", "DEVICE", N_("read every point of a device now"), 1, 1, 0, FALSE, run },
    { NULL },
};

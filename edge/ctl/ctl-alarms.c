/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/safe-text.h"
#include "edge/ctl/ctl-command.h"
#include "edge/ctl/ctl-format.h"
#include "edge/ctl/ctl-list.h"

#include <glib/gi18n.h>

static const char *local_text(JsonObject *alarm, const char *name)
{
    g_autofree char *chinese = g_strdup_printf("%s_zh_CN", name);
    const char *text = ctl_format_is_chinese() ? ctl_format_get_text(alarm, chinese) : NULL;

    return text ? text : ctl_format_get_text(alarm, name);
}

static void append_line(GString *out, const char *before, const char *text)
{
    g_autofree char *safe = safe_text_dup(text);

    g_string_append_printf(out, "    %s%s\n", before, safe);
}

/* With its unit, where it has one; the caller owns it. */
static char *make_value(JsonObject *alarm)
{
    g_autofree char *value = ctl_format_node(ctl_format_find(alarm, "value"));
    const char *unit = ctl_format_get_text(alarm, "unit");

    return unit ? g_strdup_printf("%s %s", value, unit) : g_steal_pointer(&value);
}

static void append_heading(Ctl *ctl, JsonObject *alarm)
{
    const char *severity = ctl_format_get_text(alarm, "severity");
    const char *state = ctl_format_get_text(alarm, "state");
    g_autofree char *value = make_value(alarm);
    g_autoptr(CtlTable) table = ctl_table_new();

    ctl_table_add(table, ctl_format_word(severity), ctl_list_colour(severity));
    ctl_table_add(table, local_text(alarm, "title"), CTL_COLOUR_BOLD);
    ctl_table_add(table, ctl_format_get_text(alarm, "subject"), CTL_COLOUR_NONE);
    ctl_table_add(table, value, CTL_COLOUR_NONE);
    ctl_table_add(table, ctl_format_word(state), ctl_list_colour(state));
    if (ctl_format_is_true(alarm, "silenced"))
        ctl_table_add(table, _("silenced"), CTL_COLOUR_NONE);
    ctl_table_end_row(table);
    ctl_table_print(table, ctl->coloured, ctl->out);
}

static void append_story(GString *out, JsonObject *alarm)
{
    const char *by = ctl_format_get_text(alarm, "acknowledged_by");
    g_autofree char *raised = ctl_format_time(ctl_format_get_text(alarm, "raised_at"));
    g_autofree char *cleared = ctl_format_time(ctl_format_get_text(alarm, "cleared_at"));
    g_autofree char *acknowledged = ctl_format_time(ctl_format_get_text(alarm, "acknowledged_at"));

    append_line(out, "", ctl_format_get_text(alarm, "id"));
    append_line(out, _("raised "), raised);
    if (by) {
        g_autofree char *line = g_strdup_printf(_("acknowledged %s by %s"), acknowledged, by);

        append_line(out, "", line);
    }
    if (ctl_format_get_text(alarm, "cleared_at"))
        append_line(out, _("back to normal "), cleared);
    if (local_text(alarm, "advice"))
        append_line(out, "→ ", local_text(alarm, "advice"));
}

static void append_step(GString *out, JsonNode *node)
{
    if (!JSON_NODE_HOLDS_OBJECT(node))
        return;
    JsonObject *step = json_node_get_object(node);
    const char *proof = ctl_format_get_text(step, "proof");
    g_autofree char *line = g_strdup_printf("%s  %s  %s%s%s", ctl_format_get_text(step, "connector"),
                                            ctl_format_word(ctl_format_get_text(step, "rung")),
                                            ctl_format_word(ctl_format_get_text(step, "result")),
                                            proof ? ": " : "", proof ? proof : "");

    append_line(out, "· ", line);
}

static void append_ladder(GString *out, JsonObject *alarm)
{
    JsonNode *ladder = ctl_format_find(alarm, "ladder");
    double command_ms = ctl_format_get_number(alarm, "latency_ms.command", -1);
    double proof_ms = ctl_format_get_number(alarm, "latency_ms.proof", -1);

    if (!ladder || !JSON_NODE_HOLDS_ARRAY(ladder))
        return;
    JsonArray *steps = json_node_get_array(ladder);

    for (guint i = 0; i < json_array_get_length(steps); i++)
        append_step(out, json_array_get_element(steps, i));
    if (command_ms >= 0)
        g_string_append_printf(out, _("    first command after %.1f ms"), command_ms);
    if (command_ms >= 0 && proof_ms >= 0)
        g_string_append_printf(out, _(", proof after %.1f ms"), proof_ms);
    if (command_ms >= 0)
        g_string_append_c(out, '\n');
}

static void append_alarm(Ctl *ctl, JsonObject *alarm)
{
    append_heading(ctl, alarm);
    append_story(ctl->out, alarm);
    append_ladder(ctl->out, alarm);
}

static CtlExit print_alarms(Ctl *ctl, JsonNode *node)
{
    JsonArray *array = JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
    guint n = array ? json_array_get_length(array) : 0;

    if (n == 0)
        g_string_append_printf(ctl->out, "%s\n", _("No alarms."));
    for (guint i = 0; i < n; i++) {
        JsonNode *alarm = json_array_get_element(array, i);

        if (JSON_NODE_HOLDS_OBJECT(alarm))
            append_alarm(ctl, json_node_get_object(alarm));
    }
    return CTL_EXIT_DONE;
}

static CtlExit run(Ctl *ctl)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    if (!stationmaster_station1_call_list_alarms_sync(ctl->proxy, ctl->options->all, &text, NULL, &error))
        return ctl_client_fail(ctl, error);
    if (ctl->options->json) {
        g_string_append_printf(ctl->out, "%s\n", text);
        return CTL_EXIT_DONE;
    }
    g_autoptr(JsonNode) node = ctl_client_parse(text, &error);

    return node ? print_alarms(ctl, node) : ctl_client_fail(ctl, error);
}

const CtlCommand ctl_alarms_commands[] = {
    { "alarms", "[--all]", N_("alarms that are open, or also the last that are over"), 0, 0, CTL_OPTION_ALL,
      FALSE, run },
    { NULL },
};

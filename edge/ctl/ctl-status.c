/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/ctl/ctl-command.h"
#include "edge/ctl/ctl-format.h"
#include "edge/ctl/ctl-list.h"

#include <glib/gi18n.h>

static void add_line(CtlTable *table, const char *name, const char *text, CtlColour colour)
{
    ctl_table_add(table, name, CTL_COLOUR_BOLD);
    ctl_table_add(table, text, colour);
    ctl_table_end_row(table);
}

/* A member that is a plain text here and an object with a `name`, `id` or `state` there. */
static char *find_name(JsonObject *status, const char *member)
{
    static const char *const inner[] = { "name", "id", "state" };
    const char *text = ctl_format_get_text(status, member);

    for (guint i = 0; !text && i < G_N_ELEMENTS(inner); i++) {
        g_autofree char *path = g_strdup_printf("%s.%s", member, inner[i]);

        text = ctl_format_get_text(status, path);
    }
    return g_strdup(text ? text : "–");
}

static void add_alarms(CtlTable *table, JsonObject *status)
{
    int critical = (int)ctl_format_get_number(status, "alarms.critical", 0);
    int high = (int)ctl_format_get_number(status, "alarms.high", 0);
    int medium = (int)ctl_format_get_number(status, "alarms.medium", 0);
    int low = (int)ctl_format_get_number(status, "alarms.low", 0);
    g_autofree char *text =
        g_strdup_printf(_("%d critical, %d high, %d medium, %d low"), critical, high, medium, low);

    add_line(table, _("Alarms"), text,
             critical > 0 ? CTL_COLOUR_RED
             : high > 0   ? CTL_COLOUR_YELLOW
                          : CTL_COLOUR_NONE);
}

static void add_hq(CtlTable *table, JsonObject *status)
{
    const char *word = ctl_format_is_true(status, "hq.online") ? "online" : "offline";
    const char *reason = ctl_format_get_text(status, "hq.reason");
    g_autofree char *last = ctl_format_node(ctl_format_find(status, "last_seq"));
    g_autofree char *acked = ctl_format_node(ctl_format_find(status, "acked_seq"));

    g_autofree char *text =
        g_strdup_printf(_("%s, %s of %s events acknowledged"), ctl_format_word(word), acked, last);

    add_line(table, _("Headquarters"), text, CTL_COLOUR_NONE);
    if (reason && reason[0])
        add_line(table, "", reason, CTL_COLOUR_NONE);
}

/* What a station does without, and a person should know of. */
static void add_lacks(CtlTable *table, JsonObject *status)
{
    if (ctl_format_find(status, "books") && !ctl_format_is_true(status, "books"))
        add_line(table, _("Books"), _("not available: nothing is recorded now"), CTL_COLOUR_RED);
    if (ctl_format_is_true(status, "last_good"))
        add_line(table, _("Configuration"), _("faulty: running on the last good one"), CTL_COLOUR_YELLOW);
    if (ctl_format_is_true(status, "guard_only"))
        add_line(table, _("Mode"), _("guard only, after repeated crashes"), CTL_COLOUR_RED);
}

static void add_processes(CtlTable *table, JsonObject *status)
{
    JsonNode *node = ctl_format_find(status, "processes");
    JsonArray *array = node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;

    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        JsonNode *element = json_array_get_element(array, i);
        g_autofree char *text = NULL;

        if (JSON_NODE_HOLDS_OBJECT(element)) {
            g_autofree char *name = find_name(json_node_get_object(element), "name");
            gboolean running = ctl_format_is_true(json_node_get_object(element), "running");

            text = g_strdup_printf("%s  %s", name, ctl_format_word(running ? "running" : "not running"));
        } else {
            text = ctl_format_node(element);
        }
        add_line(table, i == 0 ? _("Processes") : "", text, CTL_COLOUR_NONE);
    }
}

static void print_status(Ctl *ctl, JsonObject *status)
{
    g_autoptr(CtlTable) table = ctl_table_new();
    g_autofree char *id = find_name(status, "station");
    const char *name = ctl_format_get_text(status, ctl_format_is_chinese() ? "name_zh_CN" : "name");
    g_autofree char *station = name ? g_strdup_printf("%s  %s", id, name) : g_strdup(id);
    g_autofree char *version = find_name(status, "version");
    g_autofree char *clock = find_name(status, "clock");
    g_autofree char *up = ctl_format_age_ms((gint64)(ctl_format_get_number(status, "uptime_s", -1) * 1000));
    g_autofree char *running = g_strdup_printf(_("%s, running for %s"), version, up);

    add_line(table, _("Station"), station, CTL_COLOUR_NONE);
    add_line(table, _("Version"), running, CTL_COLOUR_NONE);
    add_line(table, _("Clock"), ctl_format_word(clock), ctl_list_colour(clock));
    add_alarms(table, status);
    add_hq(table, status);
    add_lacks(table, status);
    add_processes(table, status);
    ctl_table_print(table, ctl->coloured, ctl->out);
}

static void print_sync(Ctl *ctl, JsonObject *status)
{
    g_autoptr(CtlTable) table = ctl_table_new();
    g_autofree char *backlog = ctl_format_node(ctl_format_find(status, "hq.backlog"));
    g_autofree char *age =
        ctl_format_age_ms((gint64)(ctl_format_get_number(status, "hq.backlog_age_s", 0) * 1000));
    g_autofree char *waiting = g_strdup_printf(_("%s events, the oldest %s old"), backlog, age);

    add_hq(table, status);
    add_line(table, _("Waiting"), waiting, CTL_COLOUR_NONE);
    if (ctl_format_get_number(status, "hq.refusals.total", 0) > 0) {
        g_autofree char *total = ctl_format_node(ctl_format_find(status, "hq.refusals.total"));
        g_autofree char *refused = g_strdup_printf(_("%s messages of headquarters since the start"), total);

        add_line(table, _("Refused"), refused, CTL_COLOUR_YELLOW);
    }
    ctl_table_print(table, ctl->coloured, ctl->out);
}

/* The status as an object; the caller owns it. NULL: said already, RET_EXIT is how it ends. */
static JsonNode *ask(Ctl *ctl, char **ret_text, CtlExit *ret_exit)
{
    g_autoptr(GError) error = NULL;
    JsonNode *node = NULL;

    if (stationmaster_station1_call_get_status_sync(ctl->proxy, ret_text, NULL, &error))
        node = ctl_client_parse(*ret_text, &error);
    if (!node)
        *ret_exit = ctl_client_fail(ctl, error);
    return node;
}

static CtlExit run_sync(Ctl *ctl)
{
    g_autofree char *text = NULL;
    CtlExit end = CTL_EXIT_DONE;
    g_autoptr(JsonNode) node = ask(ctl, &text, &end);

    if (!node || !JSON_NODE_HOLDS_OBJECT(node))
        return end;
    if (ctl->options->json) {
        g_autofree char *hq = json_to_string(json_object_get_member(json_node_get_object(node), "hq"), FALSE);

        g_string_append_printf(ctl->out, "%s\n", hq);
    } else {
        print_sync(ctl, json_node_get_object(node));
    }
    return end;
}

static CtlExit run(Ctl *ctl)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    if (!stationmaster_station1_call_get_status_sync(ctl->proxy, &text, NULL, &error))
        return ctl_client_fail(ctl, error);
    if (ctl->options->json) {
        g_string_append_printf(ctl->out, "%s\n", text);
        return CTL_EXIT_DONE;
    }
    g_autoptr(JsonNode) node = ctl_client_parse(text, &error);

    if (!node)
        return ctl_client_fail(ctl, error);
    if (JSON_NODE_HOLDS_OBJECT(node))
        print_status(ctl, json_node_get_object(node));
    return CTL_EXIT_DONE;
}

const CtlCommand ctl_status_commands[] = {
    { "status", "", N_("the station at a glance"), 0, 0, 0, FALSE, run },
    { "sync", "", N_("the line to headquarters and what waits for it"), 0, 0, 0, FALSE, run_sync },
    { NULL },
};

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/ctl/ctl-list.h"

#include "edge/ctl/ctl-format.h"

#include <glib/gi18n.h>

CtlColour ctl_list_colour(const char *word)
{
    static const char *const red[] = { "critical", "faulted", "failed", "bad", "offline", NULL };
    static const char *const yellow[] = { "high", "stale", "unavailable", "latched", "pending", NULL };
    static const char *const green[] = { "charging", "proven", NULL };

    if (!word)
        return CTL_COLOUR_NONE;
    if (g_strv_contains(red, word))
        return CTL_COLOUR_RED;
    if (g_strv_contains(yellow, word))
        return CTL_COLOUR_YELLOW;
    return g_strv_contains(green, word) ? CTL_COLOUR_GREEN : CTL_COLOUR_NONE;
}

static void add_online(CtlTable *table, JsonNode *node)
{
    gboolean known = node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_BOOLEAN;
    const char *word = !known ? "" : json_node_get_boolean(node) ? "online" : "offline";

    ctl_table_add(table, ctl_format_word(word), ctl_list_colour(word));
}

/* BY: headquarters' issuer who has disabled it; NULL: nobody. */
static void add_hold(CtlTable *table, gboolean held, const char *by)
{
    g_autofree char *disabled = by ? g_strdup_printf(_("disabled by %s"), by) : NULL;
    g_autofree char *both = held && by ? g_strdup_printf("%s, %s", _("held"), disabled) : NULL;
    const char *one = held ? _("held") : disabled;

    ctl_table_add(table, both ? both : one ? one : "", held ? CTL_COLOUR_RED : CTL_COLOUR_YELLOW);
}

static void add_cell(CtlTable *table, JsonObject *row, const CtlListColumn *column)
{
    JsonNode *node = ctl_format_find(row, column->member);
    const char *text = ctl_format_get_text(row, column->member);
    g_autofree char *shown = NULL;

    if (column->kind == CTL_LIST_ONLINE) {
        add_online(table, node);
    } else if (column->kind == CTL_LIST_HELD) {
        add_hold(table, ctl_format_is_true(row, column->member), ctl_format_get_text(row, "disabled_by"));
    } else if ((column->kind == CTL_LIST_WORD || column->kind == CTL_LIST_VALUE) && text) {
        ctl_table_add(table, ctl_format_word(text), ctl_list_colour(text));
    } else {
        shown = column->kind == CTL_LIST_TIME ? ctl_format_time(text) : ctl_format_node(node);
        ctl_table_add(table, shown, CTL_COLOUR_NONE);
    }
}

void ctl_list_add_headers(CtlTable *table, const CtlListColumn *columns, guint n_columns)
{
    for (guint i = 0; i < n_columns; i++) {
        ctl_table_add(table, _(columns[i].header), CTL_COLOUR_BOLD);
        if (columns[i].kind == CTL_LIST_NUMBER || columns[i].kind == CTL_LIST_VALUE)
            ctl_table_align_right(table, i);
    }
    ctl_table_end_row(table);
}

void ctl_list_print(Ctl *ctl, JsonArray *array, const CtlListColumn *columns, guint n_columns)
{
    g_autoptr(CtlTable) table = ctl_table_new();

    ctl_list_add_headers(table, columns, n_columns);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonNode *row = json_array_get_element(array, i);

        if (!JSON_NODE_HOLDS_OBJECT(row))
            continue;
        for (guint column = 0; column < n_columns; column++)
            add_cell(table, json_node_get_object(row), &columns[column]);
        ctl_table_end_row(table);
    }
    ctl_table_print(table, ctl->coloured, ctl->out);
}

CtlExit ctl_list_show(Ctl *ctl, const char *text, const CtlListColumn *columns, guint n_columns,
                      const char *empty)
{
    g_autoptr(GError) error = NULL;

    if (ctl->options->json) {
        g_string_append_printf(ctl->out, "%s\n", text);
        return CTL_EXIT_DONE;
    }
    g_autoptr(JsonNode) node = ctl_client_parse(text, &error);

    if (!node)
        return ctl_client_fail(ctl, error);
    if (!JSON_NODE_HOLDS_ARRAY(node) || json_array_get_length(json_node_get_array(node)) == 0)
        g_string_append_printf(ctl->out, "%s\n", empty);
    else
        ctl_list_print(ctl, json_node_get_array(node), columns, n_columns);
    return CTL_EXIT_DONE;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/clock.h"
#include "edge/ctl/ctl-command.h"
#include "edge/ctl/ctl-format.h"
#include "edge/ctl/ctl-list.h"

#include <glib/gi18n.h>
#include <math.h>

/* One point as the bus gives it; texts borrowed. */
typedef struct {
    const char *path, *text, *unit, *quality;
    double number; /* NaN: no value */
    gint64 time_us, age_ms;
} Row;

static gboolean next_row(GVariantIter *iter, Row *ret_row)
{
    return g_variant_iter_next(iter, "(&sd&s&s&sxx)", &ret_row->path, &ret_row->number, &ret_row->text,
                               &ret_row->unit, &ret_row->quality, &ret_row->time_us, &ret_row->age_ms);
}

static void append_quoted(GString *out, const char *text)
{
    g_autoptr(JsonNode) node = json_node_init_string(json_node_alloc(), text);
    g_autofree char *quoted = json_to_string(node, FALSE);

    g_string_append(out, quoted);
}

/* The station's zone, as its status has it; UTC where that says none that is known here. NULL with an error.
 */
static GTimeZone *ask_zone(Ctl *ctl, GError **error)
{
    g_autofree char *text = NULL;

    if (!stationmaster_station1_call_get_status_sync(ctl->proxy, &text, NULL, error))
        return NULL;
    g_autoptr(JsonNode) status = ctl_client_parse(text, error);

    if (!status)
        return NULL;
    const char *name =
        JSON_NODE_HOLDS_OBJECT(status) ? ctl_format_get_text(json_node_get_object(status), "timezone") : "";
    GTimeZone *zone = name[0] ? g_time_zone_new_identifier(name) : NULL;

    return zone ? zone : g_time_zone_new_utc();
}

/* What is measured has no more than 12 digits that mean something. */
static void append_value(GString *out, const Row *row)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];

    if (row->text[0])
        append_quoted(out, row->text);
    else if (isfinite(row->number))
        g_string_append(out, g_ascii_formatd(digits, sizeof digits, "%.12g", row->number));
    else
        g_string_append(out, "null");
}

static void append_json(GString *out, const Row *row, GTimeZone *zone)
{
    g_autofree char *time = row->time_us > 0 ? clock_format(row->time_us, zone) : NULL;

    g_string_append(out, "{\"path\":");
    append_quoted(out, row->path);
    g_string_append(out, ",\"value\":");
    append_value(out, row);
    g_string_append(out, ",\"unit\":");
    append_quoted(out, row->unit);
    g_string_append_printf(out, ",\"quality\":\"%s\",\"time\":", row->quality);
    g_string_append_printf(out, time ? "\"%s\"" : "null", time);
    if (row->age_ms < 0)
        g_string_append(out, ",\"age_ms\":null}");
    else
        g_string_append_printf(out, ",\"age_ms\":%" G_GINT64_FORMAT "}", row->age_ms);
}

static CtlExit print_json(Ctl *ctl, GVariant *points)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GTimeZone) zone = ask_zone(ctl, &error);
    GVariantIter iter;
    Row row;

    if (!zone)
        return ctl_client_fail(ctl, error);
    g_variant_iter_init(&iter, points);
    g_string_append_c(ctl->out, '[');
    for (gboolean first = TRUE; next_row(&iter, &row); first = FALSE) {
        g_string_append(ctl->out, first ? "" : ",");
        append_json(ctl->out, &row, zone);
    }
    g_string_append(ctl->out, "]\n");
    return CTL_EXIT_DONE;
}

static void add_row(CtlTable *table, const Row *row)
{
    g_autofree char *number = ctl_format_number(row->number);
    g_autofree char *age = ctl_format_age_ms(row->age_ms);
    const char *value = row->text[0] ? ctl_format_word(row->text) : number;

    ctl_table_add(table, row->path, CTL_COLOUR_NONE);
    ctl_table_add(table, value, CTL_COLOUR_NONE);
    ctl_table_add(table, row->unit, CTL_COLOUR_NONE);
    ctl_table_add(table, ctl_format_word(row->quality), ctl_list_colour(row->quality));
    ctl_table_add(table, age, CTL_COLOUR_NONE);
    ctl_table_end_row(table);
}

static CtlExit print_table(Ctl *ctl, GVariant *points)
{
    static const CtlListColumn columns[] = {
        { N_("Point"), "", CTL_LIST_TEXT }, { N_("Value"), "", CTL_LIST_NUMBER },
        { N_("Unit"), "", CTL_LIST_TEXT },  { N_("Quality"), "", CTL_LIST_WORD },
        { N_("Age"), "", CTL_LIST_NUMBER },
    };
    g_autoptr(CtlTable) table = ctl_table_new();
    GVariantIter iter;
    Row row;

    if (g_variant_n_children(points) == 0) {
        g_string_append_printf(ctl->out, "%s\n", _("No such points."));
        return CTL_EXIT_DONE;
    }
    ctl_list_add_headers(table, columns, G_N_ELEMENTS(columns));
    g_variant_iter_init(&iter, points);
    while (next_row(&iter, &row))
        add_row(table, &row);
    ctl_table_print(table, ctl->coloured, ctl->out);
    return CTL_EXIT_DONE;
}

static CtlExit run(Ctl *ctl)
{
    const char *glob = ctl->arguments[0] ? ctl->arguments[0] : "";
    g_autoptr(GVariant) points = NULL;
    g_autoptr(GError) error = NULL;

    if (!stationmaster_station1_call_list_points_sync(ctl->proxy, glob, &points, NULL, &error))
        return ctl_client_fail(ctl, error);
    return ctl->options->json ? print_json(ctl, points) : print_table(ctl, points);
}

const CtlCommand ctl_points_commands[] = {
    { "points", "[GLOB]", N_("values with quality and age"), 0, 1, 0, FALSE, run },
    { NULL },
};

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/ctl/ctl-format.h"

#include "edge/base/safe-text.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* Words that come from the station, for the translators. */
G_GNUC_UNUSED static const char *const words[] = {
    N_("available"),
    N_("preparing"),
    N_("charging"),
    N_("suspended"),
    N_("finishing"),
    N_("reserved"),
    N_("unavailable"),
    N_("faulted"),
    N_("critical"),
    N_("high"),
    N_("medium"),
    N_("low"),
    N_("unacknowledged"),
    N_("acknowledged"),
    N_("returned-unacknowledged"),
    N_("latched"),
    N_("shelved"),
    N_("suppressed"),
    N_("normal"),
    N_("good"),
    N_("stale"),
    N_("bad"),
    N_("unknown"),
    N_("absent"),
    N_("soft"),
    N_("disable"),
    N_("feeder"),
    N_("station"),
    N_("pending"),
    N_("proven"),
    N_("failed"),
    N_("skipped"),
    N_("viewer"),
    N_("operator"),
    N_("engineer"),
    N_("synced"),
    N_("holdover"),
    N_("unset"),
    N_("charger"),
    N_("meter"),
    N_("sensor"),
    N_("io"),
    N_("online"),
    N_("offline"),
    N_("none"),
    N_("running"),
    N_("not running"),
    N_("closed"),
    N_("open"),
};

const char *ctl_format_word(const char *word)
{
    return word && word[0] ? _(word) : "–";
}

char *ctl_format_age_ms(gint64 age_ms)
{
    gint64 s = age_ms / 1000;

    if (age_ms < 0)
        return g_strdup("–");
    if (age_ms < 1000)
        return g_strdup_printf(_("%d ms"), (int)age_ms);
    if (s < 120)
        return g_strdup_printf(_("%d s"), (int)s);
    if (s < 120 * 60)
        return g_strdup_printf(_("%d min"), (int)(s / 60));
    if (s < 48 * 3600)
        return g_strdup_printf(_("%d h"), (int)(s / 3600));
    return g_strdup_printf(_("%d d"), (int)MIN(s / 86400, G_MAXINT));
}

char *ctl_format_time(const char *text)
{
    if (!text)
        return g_strdup("–");
    char *shown = g_strndup(text, strlen("2026-11-22T14:21:44"));

    return g_strdelimit(shown, "T", ' ');
}

char *ctl_format_number(double number)
{
    char digits[512]; /* %f writes out all 309 digits of the largest double */

    if (!isfinite(number))
        return g_strdup("–");
    if (number != 0 && fabs(number) < 0.001)
        return g_strdup(g_ascii_formatd(digits, sizeof digits, "%.3g", number));
    g_ascii_formatd(digits, sizeof digits, "%.3f", number);
    char *end = digits + strlen(digits);

    while (end[-1] == '0')
        *--end = '\0';
    if (end[-1] == '.')
        *--end = '\0';
    return g_strdup(digits);
}

static gboolean is_empty(JsonNode *node)
{
    return !node || JSON_NODE_HOLDS_NULL(node) ||
           (JSON_NODE_HOLDS_ARRAY(node) && json_array_get_length(json_node_get_array(node)) == 0) ||
           (JSON_NODE_HOLDS_OBJECT(node) && json_object_get_size(json_node_get_object(node)) == 0);
}

char *ctl_format_node(JsonNode *node)
{
    if (is_empty(node))
        return g_strdup("–");
    if (!JSON_NODE_HOLDS_VALUE(node)) {
        g_autofree char *json = json_to_string(node, FALSE);

        return safe_text_escape_json(json);
    }
    GType type = json_node_get_value_type(node);

    if (type == G_TYPE_STRING)
        return safe_text_dup(json_node_get_string(node));
    if (type == G_TYPE_BOOLEAN)
        return g_strdup(json_node_get_boolean(node) ? _("yes") : _("no"));
    if (type == G_TYPE_INT64)
        return g_strdup_printf("%" G_GINT64_FORMAT, json_node_get_int(node));
    return ctl_format_number(json_node_get_double(node));
}

gboolean ctl_format_is_chinese(void)
{
    return g_str_has_prefix(g_get_language_names()[0], "zh");
}

JsonNode *ctl_format_find(JsonObject *object, const char *path)
{
    const char *dot = strchr(path, '.');
    g_autofree char *name = dot ? g_strndup(path, (gsize)(dot - path)) : g_strdup(path);
    JsonNode *node = object ? json_object_get_member(object, name) : NULL;

    if (!dot || !node)
        return node;
    return JSON_NODE_HOLDS_OBJECT(node) ? ctl_format_find(json_node_get_object(node), dot + 1) : NULL;
}

const char *ctl_format_get_text(JsonObject *object, const char *path)
{
    JsonNode *node = ctl_format_find(object, path);
    gboolean text = node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING;

    return text ? json_node_get_string(node) : NULL;
}

double ctl_format_get_number(JsonObject *object, const char *path, double otherwise)
{
    JsonNode *node = ctl_format_find(object, path);
    GType type = node && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : G_TYPE_NONE;

    return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE ? json_node_get_double(node) : otherwise;
}

gboolean ctl_format_is_true(JsonObject *object, const char *path)
{
    JsonNode *node = ctl_format_find(object, path);

    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_BOOLEAN &&
           json_node_get_boolean(node);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-style.h"

static gboolean scale_match(const GMatchInfo *match, GString *result, gpointer factor)
{
    g_autofree char *number = g_match_info_fetch(match, 1);
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    g_ascii_formatd(text, sizeof text, "%.2f", g_ascii_strtod(number, NULL) * *(double *)factor);
    g_string_append_printf(result, "%spx", text);
    return FALSE;
}

char *wall_style_scale(const char *css, double factor)
{
    g_autoptr(GRegex) sizes = g_regex_new("\\b(\\d+(?:\\.\\d+)?)px\\b", G_REGEX_OPTIMIZE, 0, NULL);

    return g_regex_replace_eval(sizes, css, -1, 0, 0, scale_match, &factor, NULL);
}

double wall_style_get_factor(int width, int height)
{
    return MIN(width / 1920.0, height / 1080.0);
}

void wall_style_apply(GdkDisplay *display, int width, int height)
{
    static GtkCssProvider *provider;
    g_autoptr(GBytes) bytes =
        g_resources_lookup_data("/org/stationmaster/wall/style.css", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    g_autofree char *css =
        wall_style_scale(g_bytes_get_data(bytes, NULL), wall_style_get_factor(width, height));

    if (!provider) {
        provider = gtk_css_provider_new();
        gtk_style_context_add_provider_for_display(display, GTK_STYLE_PROVIDER(provider),
                                                   GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
    }
    gtk_css_provider_load_from_data(provider, css, -1);
}

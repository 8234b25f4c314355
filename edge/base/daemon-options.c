/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/daemon-options.h"

#include "edge/base/place.h"

#include <locale.h>

static const char *find_misuse(int argc, const DaemonOptions *options, const char *bus)
{
    if (argc > 1)
        return "takes no arguments but options";
    if (!options->config)
        return "--config DIR is needed";
    if (bus && !g_str_equal(bus, "system") && !g_str_equal(bus, "session"))
        return "--bus is system or session";
    return NULL;
}

gboolean daemon_options_parse(const char *what, const GOptionEntry *own, int argc, char **argv,
                              DaemonOptions *ret, GError **error)
{
    g_autofree char *bus = NULL;
    const GOptionEntry common[] = {
        { "config", 0, 0, G_OPTION_ARG_FILENAME, &ret->config, "The configuration's directory", "DIR" },
        { "bus", 0, 0, G_OPTION_ARG_STRING, &bus, "The station's D-Bus: system (default) or session", "BUS" },
        { "assets", 0, 0, G_OPTION_ARG_FILENAME, &ret->assets, "Where the shipped profiles and rules are",
          "DIR" },
        { "version", 0, 0, G_OPTION_ARG_NONE, &ret->version, "Print the version", NULL },
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new(what);
    const char *misuse = NULL;

    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    g_option_context_add_main_entries(context, common, NULL);
    g_option_context_add_main_entries(context, own, NULL);
    if (!g_option_context_parse(context, &argc, &argv, error))
        return FALSE;
    misuse = ret->version ? NULL : find_misuse(argc, ret, bus);
    if (misuse) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, misuse);
        return FALSE;
    }
    if (!ret->assets)
        ret->assets = place_find_assets();
    ret->session_bus = g_strcmp0(bus, "session") == 0;
    return TRUE;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/ctl/ctl-command.h"
#include "edge/ctl/ctl-list.h"

#include <glib/gi18n.h>

static CtlExit run(Ctl *ctl)
{
    static const CtlListColumn columns[] = {
        { N_("Device"), "name", CTL_LIST_TEXT },         { N_("Kind"), "kind", CTL_LIST_WORD },
        { N_("Profile"), "profile", CTL_LIST_TEXT },     { N_("Bus"), "bus", CTL_LIST_TEXT },
        { N_("State"), "online", CTL_LIST_ONLINE },      { N_("p50 ms"), "rtt_ms.p50", CTL_LIST_NUMBER },
        { N_("p95 ms"), "rtt_ms.p95", CTL_LIST_NUMBER }, { N_("Errors"), "errors", CTL_LIST_NUMBER },
        { N_("Last read"), "last_read", CTL_LIST_TIME },
    };
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    if (!stationmaster_station1_call_list_devices_sync(ctl->proxy, &text, NULL, &error))
        return ctl_client_fail(ctl, error);
    return ctl_list_show(ctl, text, columns, G_N_ELEMENTS(columns), _("No devices."));
}

static CtlExit run_buses(Ctl *ctl)
{
    static const CtlListColumn columns[] = {
        { N_("Bus"), "name", CTL_LIST_TEXT },        { N_("Address"), "address", CTL_LIST_TEXT },
        { N_("State"), "online", CTL_LIST_ONLINE },  { N_("Load %"), "load_percent", CTL_LIST_NUMBER },
        { N_("Errors"), "errors", CTL_LIST_NUMBER }, { N_("Devices"), "devices", CTL_LIST_NUMBER },
    };
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    if (!stationmaster_station1_call_list_buses_sync(ctl->proxy, &text, NULL, &error))
        return ctl_client_fail(ctl, error);
    return ctl_list_show(ctl, text, columns, G_N_ELEMENTS(columns), _("No buses."));
}

static CtlExit run_cameras(Ctl *ctl)
{
    static const CtlListColumn columns[] = {
        { N_("Camera"), "name", CTL_LIST_TEXT },
        { N_("Zone"), "zone", CTL_LIST_TEXT },
        { N_("State"), "online", CTL_LIST_ONLINE },
    };
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    if (!stationmaster_station1_call_list_cameras_sync(ctl->proxy, &text, NULL, &error))
        return ctl_client_fail(ctl, error);
    return ctl_list_show(ctl, text, columns, G_N_ELEMENTS(columns), _("No cameras."));
}

const CtlCommand ctl_devices_commands[] = {
    { "devices", "", N_("devices and how they answer"), 0, 0, 0, FALSE, run },
    { "buses", "", N_("field buses and their load"), 0, 0, 0, FALSE, run_buses },
    { "cameras", "", N_("cameras"), 0, 0, 0, FALSE, run_cameras },
    { NULL },
};

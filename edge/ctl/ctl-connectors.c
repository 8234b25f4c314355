/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/ctl/ctl-command.h"
#include "edge/ctl/ctl-list.h"

#include <glib/gi18n.h>

static CtlExit run(Ctl *ctl)
{
    static const CtlListColumn columns[] = {
        { N_("Connector"), "path", CTL_LIST_TEXT }, { N_("Status"), "status", CTL_LIST_WORD },
        { N_("kW"), "power", CTL_LIST_NUMBER },     { N_("A"), "current", CTL_LIST_NUMBER },
        { N_("Charge %"), "soc", CTL_LIST_NUMBER }, { N_("kWh"), "session_energy", CTL_LIST_NUMBER },
        { N_("Hold"), "held", CTL_LIST_HELD },      { N_("Alarm"), "hold_alarm", CTL_LIST_TEXT },
    };
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    if (!stationmaster_station1_call_list_connectors_sync(ctl->proxy, &text, NULL, &error))
        return ctl_client_fail(ctl, error);
    return ctl_list_show(ctl, text, columns, G_N_ELEMENTS(columns), _("No connectors."));
}

const CtlCommand ctl_connectors_commands[] = {
    { "connectors", "", N_("what each connector is doing"), 0, 0, 0, FALSE, run },
    { NULL },
};

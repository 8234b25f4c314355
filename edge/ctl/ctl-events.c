/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/ctl/ctl-command.h"
#include "edge/ctl/ctl-list.h"

#include <glib/gi18n.h>

#define LIMIT_DEFAULT 100

static CtlExit run(Ctl *ctl)
{
    static const CtlListColumn columns[] = {
        { N_("Number"), "seq", CTL_LIST_NUMBER },
        { N_("Time"), "time", CTL_LIST_TIME },
        { N_("Event"), "type", CTL_LIST_TEXT },
        { N_("Subject"), "subject", CTL_LIST_TEXT },
    };
    const CtlOptions *options = ctl->options;
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    if (!stationmaster_station1_call_list_events_sync(
            ctl->proxy, MAX(options->epoch, 0), MAX(options->after, 0),
            options->limit == CTL_OPTIONS_NONE ? LIMIT_DEFAULT : (guint)options->limit, &text, NULL, &error))
        return ctl_client_fail(ctl, error);
    return ctl_list_show(ctl, text, columns, G_N_ELEMENTS(columns), _("No events."));
}

const CtlCommand ctl_events_commands[] = {
    { "events", "[--after SEQ] [--limit N] [--epoch E]", N_("what has happened, by number"), 0, 0,
      CTL_OPTION_AFTER | CTL_OPTION_LIMIT | CTL_OPTION_EPOCH, FALSE, run },
    { NULL },
};

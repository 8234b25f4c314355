/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/ctl/ctl-command.h"
#include "edge/ctl/ctl-list.h"

#include <glib/gi18n.h>

static CtlExit run_list(Ctl *ctl)
{
    static const CtlListColumn columns[] = {
        { N_("Name"), "name", CTL_LIST_TEXT },
        { N_("Role"), "role", CTL_LIST_WORD },
        { N_("Disabled"), "disabled", CTL_LIST_TEXT },
        { N_("Locked until"), "locked_until", CTL_LIST_TIME },
    };
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    if (!stationmaster_station1_call_list_staff_sync(ctl->proxy, &text, NULL, &error))
        return ctl_client_fail(ctl, error);
    return ctl_list_show(ctl, text, columns, G_N_ELEMENTS(columns),
                         _("Nobody may act here yet: stationctl staff add"));
}

/* --pin-file is the new person's; who adds him has --staff-pin-file. */
static CtlExit run_add(Ctl *ctl)
{
    g_autoptr(GError) error = NULL;
    char *pin = ctl_client_read_pin(ctl->options->pin_file, &error);
    gboolean done =
        pin && ctl_client_identify(ctl, ctl->options->staff_pin_file, &error) &&
        stationmaster_station1_call_add_staff_sync(ctl->proxy, ctl->arguments[0], ctl->options->role, pin,
                                                   ctl->staff, ctl->pin, NULL, &error);

    ctl_client_free_pin(pin);
    return done ? ctl_client_done(ctl, _("Added.")) : ctl_client_fail(ctl, error);
}

static CtlExit run_disable(Ctl *ctl)
{
    const CtlOptions *options = ctl->options;
    g_autoptr(GError) error = NULL;

    if (!ctl_client_identify(ctl, options->staff_pin_file ? options->staff_pin_file : options->pin_file,
                             &error) ||
        !stationmaster_station1_call_disable_staff_sync(ctl->proxy, ctl->arguments[0], ctl->staff, ctl->pin,
                                                        NULL, &error))
        return ctl_client_fail(ctl, error);
    return ctl_client_done(ctl, _("Disabled."));
}

const CtlCommand ctl_staff_commands[] = {
    { "staff list", "", N_("who may act here"), 0, 0, 0, FALSE, run_list },
    { "staff add",
      "NAME --role viewer|operator|engineer --pin-file FILE [--staff NAME --staff-pin-file FILE]",
      N_("add a person, or give a new PIN"), 1, 1, CTL_COMMAND_MAY_ACT | CTL_OPTION_ROLE, FALSE, run_add },
    { "staff disable", "NAME", N_("take a person's right to act"), 1, 1, CTL_COMMAND_MAY_ACT, FALSE,
      run_disable },
    { NULL },
};

/* SPDX-License-Identifier: Apache-2.0 */
/* What people do about alarms and charges: each with a name and a PIN. */
#include "edge/base/safe-text.h"
#include "edge/ctl/ctl-command.h"

#include <glib/gi18n.h>

static CtlExit run_ack(Ctl *ctl)
{
    const char *note = ctl->options->note ? ctl->options->note : "";
    g_autoptr(GError) error = NULL;

    if (!ctl_client_identify(ctl, ctl->options->pin_file, &error) ||
        !stationmaster_station1_call_acknowledge_sync(ctl->proxy, ctl->arguments[0], note, ctl->staff,
                                                      ctl->pin, NULL, &error))
        return ctl_client_fail(ctl, error);
    return ctl_client_done(ctl, _("Acknowledged."));
}

static CtlExit run_reset(Ctl *ctl)
{
    g_autoptr(GError) error = NULL;

    if (!ctl_client_identify(ctl, ctl->options->pin_file, &error) ||
        !stationmaster_station1_call_reset_sync(ctl->proxy, ctl->arguments[0], ctl->staff, ctl->pin, NULL,
                                                &error))
        return ctl_client_fail(ctl, error);
    return ctl_client_done(ctl, _("Reset."));
}

static CtlExit run_silence(Ctl *ctl)
{
    g_autoptr(GError) error = NULL;
    guint count = 0;

    if (!ctl_client_identify(ctl, ctl->options->pin_file, &error) ||
        !stationmaster_station1_call_silence_sync(ctl->proxy, ctl->staff, ctl->pin, &count, NULL, &error))
        return ctl_client_fail(ctl, error);
    if (ctl->options->json)
        g_string_append_printf(ctl->out, "{\"done\":true,\"count\":%u}\n", count);
    else
        g_string_append_printf(
            ctl->out, g_dngettext(NULL, "%u alarm silenced.\n", "%u alarms silenced.\n", count), count);
    return CTL_EXIT_DONE;
}

static CtlExit run_stop(Ctl *ctl)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *proof = NULL;

    ctl_client_set_timeout(ctl, CTL_STOP_MS);
    if (!ctl_client_identify(ctl, ctl->options->pin_file, &error) ||
        !stationmaster_station1_call_stop_connector_sync(ctl->proxy, ctl->arguments[0], ctl->staff, ctl->pin,
                                                         &proof, NULL, &error))
        return ctl_client_fail(ctl, error);
    if (ctl->options->json) {
        g_autoptr(JsonNode) node = json_node_init_string(json_node_alloc(), proof);
        g_autofree char *quoted = json_to_string(node, FALSE);

        g_string_append_printf(ctl->out, "{\"done\":true,\"proof\":%s}\n", quoted);
    } else {
        g_autofree char *safe = safe_text_dup(proof);

        g_string_append_printf(ctl->out, _("Stopped, proven: %s\n"), safe);
    }
    return CTL_EXIT_DONE;
}

const CtlCommand ctl_act_commands[] = {
    { "ack", "ID [--note T]", N_("acknowledge an alarm"), 1, 1, CTL_COMMAND_ACTS | CTL_OPTION_NOTE, TRUE,
      run_ack },
    { "reset", "ID", N_("reset a latched alarm"), 1, 1, CTL_COMMAND_ACTS, TRUE, run_reset },
    { "silence", "", N_("silence the sirens for a while"), 0, 0, CTL_COMMAND_ACTS, TRUE, run_silence },
    { "stop", "CONNECTOR", N_("stop a charge and wait for the proof"), 1, 1, CTL_COMMAND_ACTS, TRUE,
      run_stop },
    { NULL },
};

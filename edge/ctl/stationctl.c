/* SPDX-License-Identifier: Apache-2.0 */
/* stationctl: the command line for staff and scripts. */
#include "build-config.h"
#include "edge/base/place.h"
#include "edge/base/safe-text.h"
#include "edge/ctl/ctl-command.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static CtlExit fail_usage(const CtlCommand *command, const GError *error)
{
    g_autofree char *message = safe_text_dup(error->message);
    g_autofree char *usage = ctl_command_usage(command);

    g_printerr("stationctl: %s\n%s", message, usage);
    return CTL_EXIT_USAGE;
}

static CtlExit run(const CtlCommand *command, const CtlOptions *options, guint n_name, GString *out)
{
    g_autoptr(GError) error = NULL;
    Ctl ctl = { .options = options,
                .arguments = (const char *const *)options->words + n_name,
                .out = out,
                .coloured = isatty(STDOUT_FILENO) && !g_getenv("NO_COLOR") };
    CtlExit code = ctl_client_connect(&ctl, &error) ? command->run(&ctl) : ctl_client_fail(&ctl, error);

    g_clear_object(&ctl.proxy);
    ctl_client_free_pin(ctl.pin);
    g_free(ctl.staff);
    return code;
}

static CtlExit print(const GString *out, gboolean json, CtlExit code)
{
    g_autofree char *text = json ? safe_text_escape_json(out->str) : g_strdup(out->str);

    if (fputs(text, stdout) >= 0 && fflush(stdout) == 0)
        return code;
    g_printerr("stationctl: %s\n", g_strerror(errno));
    return CTL_EXIT_REFUSED;
}

static CtlExit obey(const CtlOptions *options, GString *out)
{
    g_autoptr(GError) error = NULL;
    const CtlCommand *command = NULL;
    guint n_name = 0;

    if (options->version) {
        g_string_append(out, "stationctl " STATIONMASTER_VERSION "\n");
        return CTL_EXIT_DONE;
    }
    if (options->words[0] || !options->help)
        command = ctl_command_find((const char *const *)options->words, &n_name, &error);
    if (options->help && !error) {
        g_autofree char *usage = ctl_command_usage(command);

        g_string_append(out, usage);
        return CTL_EXIT_DONE;
    }
    if (!command || !ctl_command_check(command, options, &error))
        return fail_usage(command, error);
    return run(command, options, n_name, out);
}

int main(int argc G_GNUC_UNUSED, char **argv)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    place_set_language(NULL);
    g_autoptr(CtlOptions) options = ctl_options_parse((const char *const *)argv, &error);

    if (!options)
        return fail_usage(NULL, error);
    CtlExit code = obey(options, out);

    return print(out, options->json, code);
}

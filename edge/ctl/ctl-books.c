/* SPDX-License-Identifier: Apache-2.0 */
/* What root, stationd's own user or an engineer does to the station as a whole. */
#include "edge/base/safe-text.h"
#include "edge/ctl/ctl-command.h"

#include <glib/gi18n.h>

static gboolean identify(Ctl *ctl, GError **error)
{
    const CtlOptions *options = ctl->options;

    return ctl_client_identify(ctl, options->staff_pin_file ? options->staff_pin_file : options->pin_file,
                               error);
}

/* stationd has a working directory of its own. */
static char *find_file(Ctl *ctl)
{
    return g_canonicalize_filename(ctl->arguments[0], NULL);
}

static CtlExit run_backup(Ctl *ctl)
{
    g_autofree char *file = find_file(ctl);
    g_autoptr(GError) error = NULL;

    ctl_client_set_timeout(ctl, CTL_BOOKS_MS);
    if (!identify(ctl, &error) ||
        !stationmaster_station1_call_backup_sync(ctl->proxy, file, ctl->staff, ctl->pin, NULL, &error))
        return ctl_client_fail(ctl, error);
    if (!g_file_test(file, G_FILE_TEST_EXISTS)) {
        /* stationd's unit has a /tmp of its own, and no homes. */
        g_set_error(
            &error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
            "%s was written, but stationd does not see the same folders: choose one outside /tmp and /home",
            file);
        return ctl_client_fail(ctl, error);
    }
    return ctl_client_done(ctl, _("The books are copied."));
}

static CtlExit run_restore(Ctl *ctl)
{
    g_autofree char *file = find_file(ctl);
    g_autoptr(GError) error = NULL;

    ctl_client_set_timeout(ctl, CTL_BOOKS_MS);
    if (!identify(ctl, &error) ||
        !stationmaster_station1_call_restore_sync(ctl->proxy, file, ctl->staff, ctl->pin, NULL, &error))
        return ctl_client_fail(ctl, error);
    return ctl_client_done(ctl, _("The books are restored; a new epoch has begun."));
}

static void print_faults(Ctl *ctl, char **faults)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "error");
    json_builder_add_string_value(builder, "invalid");
    json_builder_set_member_name(builder, "reason");
    json_builder_add_string_value(builder, "the configuration is faulty; the old one stays");
    json_builder_set_member_name(builder, "faults");
    json_builder_begin_array(builder);
    for (guint i = 0; faults[i]; i++) {
        g_autofree char *safe = safe_text_dup(faults[i]);

        json_builder_add_string_value(builder, faults[i]);
        g_printerr("%s\n", safe);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    g_printerr("stationctl: %s\n", _("the configuration is faulty; the old one stays"));
    if (ctl->options->json) {
        g_autoptr(JsonNode) node = json_builder_get_root(builder);
        g_autofree char *text = json_to_string(node, FALSE);

        g_string_append_printf(ctl->out, "%s\n", text);
    }
}

static CtlExit run_reload(Ctl *ctl)
{
    g_auto(GStrv) faults = NULL;
    g_autoptr(GError) error = NULL;

    ctl_client_set_timeout(ctl, CTL_BOOKS_MS);
    if (!identify(ctl, &error) ||
        !stationmaster_station1_call_reload_sync(ctl->proxy, ctl->staff, ctl->pin, &faults, NULL, &error))
        return ctl_client_fail(ctl, error);
    if (!faults[0])
        return ctl_client_done(ctl, _("The new configuration is in force."));
    print_faults(ctl, faults);
    return CTL_EXIT_REFUSED;
}

const CtlCommand ctl_books_commands[] = {
    { "backup", "FILE", N_("copy the books into a new file"), 1, 1, CTL_COMMAND_MAY_ACT, FALSE, run_backup },
    { "restore", "FILE", N_("put a copy in place of the books"), 1, 1, CTL_COMMAND_MAY_ACT, FALSE,
      run_restore },
    { "reload", "", N_("take the configuration anew"), 0, 0, CTL_COMMAND_MAY_ACT, FALSE, run_reload },
    { NULL },
};

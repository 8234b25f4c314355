/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/ctl/ctl-command.h"

#include "edge/base/name.h"
#include "edge/ctl/ctl-run.h"
#include "edge/ctl/ctl-table.h"

#include <glib/gi18n.h>
#include <string.h>

#define ACTING (CTL_OPTION_STAFF | CTL_OPTION_PIN_FILE)
#define ACTING_ANY (ACTING | CTL_OPTION_STAFF_PIN_FILE)
#define EVENTS (CTL_OPTION_AFTER | CTL_OPTION_LIMIT | CTL_OPTION_EPOCH)

static const CtlCommand command_table[] = {
    { "status", "", N_("the station at a glance"), 0, 0, 0, FALSE, ctl_status_run },
    { "devices", "", N_("devices and how they answer"), 0, 0, 0, FALSE, ctl_devices_run },
    { "buses", "", N_("field buses and their load"), 0, 0, 0, FALSE, ctl_devices_run_buses },
    { "points", "[GLOB]", N_("values with quality and age"), 0, 1, 0, FALSE, ctl_points_run },
    { "connectors", "", N_("what each connector is doing"), 0, 0, 0, FALSE, ctl_connectors_run },
    { "cameras", "", N_("cameras"), 0, 0, 0, FALSE, ctl_devices_run_cameras },
    { "alarms", "[--all]", N_("alarms that are open, or also the last that are over"), 0, 0, CTL_OPTION_ALL,
      FALSE, ctl_alarms_run },
    { "ack", "ID [--note T]", N_("acknowledge an alarm"), 1, 1, ACTING | CTL_OPTION_NOTE, TRUE,
      ctl_act_run_ack },
    { "reset", "ID", N_("reset a latched alarm"), 1, 1, ACTING, TRUE, ctl_act_run_reset },
    { "silence", "", N_("silence the sirens for a while"), 0, 0, ACTING, TRUE, ctl_act_run_silence },
    { "stop", "CONNECTOR", N_("stop a charge and wait for the proof"), 1, 1, ACTING, TRUE, ctl_act_run_stop },
    { "events", "[--after SEQ] [--limit N] [--epoch E]", N_("what has happened, by number"), 0, 0, EVENTS,
      FALSE, ctl_events_run },
    { "staff list", "", N_("who may act here"), 0, 0, 0, FALSE, ctl_staff_run_list },
    { "staff add",
      "NAME --role viewer|operator|engineer --pin-file FILE [--staff NAME --staff-pin-file FILE]",
      N_("add a person, or give a new PIN"), 1, 1, ACTING_ANY | CTL_OPTION_ROLE, FALSE, ctl_staff_run_add },
    { "staff disable", "NAME", N_("take a person's right to act"), 1, 1, ACTING_ANY, FALSE,
      ctl_staff_run_disable },
    { "tariff", "", N_("the tariffs in force"), 0, 0, 0, FALSE, ctl_show_run_tariff },
    { "backup", "FILE", N_("copy the books into a new file"), 1, 1, ACTING_ANY, FALSE, ctl_books_run_backup },
    { "restore", "FILE", N_("put a copy in place of the books"), 1, 1, ACTING_ANY, FALSE,
      ctl_books_run_restore },
    { "reload", "", N_("take the configuration anew"), 0, 0, ACTING_ANY, FALSE, ctl_books_run_reload },
    { "probe", "DEVICE", N_("read every point of a device now"), 1, 1, 0, FALSE, ctl_show_run_probe },
};

/* How many of WORDS make up NAME, 0: they do not. */
static guint count_words(const char *name, const char *const *words)
{
    g_auto(GStrv) parts = g_strsplit(name, " ", -1);
    guint n = 0;

    while (parts[n]) {
        if (!words[n] || !g_str_equal(parts[n], words[n]))
            return 0;
        n++;
    }
    return n;
}

static void set_unknown(const char *const *words, GError **error)
{
    const char *names[G_N_ELEMENTS(command_table) + 1] = { NULL };
    g_autofree char *both = words[1] ? g_strjoin(" ", words[0], words[1], NULL) : NULL;

    for (guint i = 0; i < G_N_ELEMENTS(command_table); i++)
        names[i] = command_table[i].name;
    const char *nearest = name_nearest(names, words[0]);

    if (!nearest && both)
        nearest = name_nearest(names, both);
    if (nearest)
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION,
                    _("there is no command “%s”; did you mean “%s”?"), words[0], nearest);
    else
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION, _("there is no command “%s”"),
                    words[0]);
}

const CtlCommand *ctl_command_find(const char *const *words, guint *ret_n, GError **error)
{
    if (!words[0]) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("no command given"));
        return NULL;
    }
    for (guint i = 0; i < G_N_ELEMENTS(command_table); i++) {
        guint n = count_words(command_table[i].name, words);

        if (n > 0) {
            *ret_n = n;
            return &command_table[i];
        }
    }
    set_unknown(words, error);
    return NULL;
}

static gboolean fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean fail(GError **error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);

    va_end(arguments);
    g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, text);
    return FALSE;
}

static gboolean check_staff(const CtlCommand *command, const CtlOptions *options, GError **error)
{
    gboolean adds = (command->options & CTL_OPTION_ROLE) != 0;
    gboolean pin = options->staff_pin_file || (options->pin_file && !adds);

    if (command->acts && !(options->staff && options->pin_file))
        return fail(error, _("%s needs --staff NAME and --pin-file FILE"), command->name);
    if (adds && !(options->role && options->pin_file))
        return fail(error, _("%s needs --role and --pin-file"), command->name);
    if ((options->staff != NULL) != pin)
        return fail(error, _("--staff and the file with its PIN belong together"));
    return TRUE;
}

gboolean ctl_command_check(const CtlCommand *command, const CtlOptions *options, GError **error)
{
    guint n_name = count_words(command->name, (const char *const *)options->words);
    guint n = g_strv_length(options->words) - n_name;
    guint strange = options->given & ~command->options;

    if (strange)
        return fail(error, _("%s takes no %s"), command->name,
                    ctl_options_name((CtlOption)(strange & (~strange + 1u))));
    if (n < command->least)
        return fail(error, _("%s needs %s"), command->name, command->arguments);
    if (n > command->most)
        return fail(error, _("%s does not take “%s”"), command->name, options->words[n_name + command->most]);
    return check_staff(command, options, error);
}

static void append_commands(GString *text)
{
    g_autoptr(CtlTable) table = ctl_table_new();

    for (guint i = 0; i < G_N_ELEMENTS(command_table); i++) {
        const CtlCommand *command = &command_table[i];
        const char *arguments = strlen(command->arguments) <= 40 ? command->arguments : "…";

        ctl_table_add_format(table, CTL_COLOUR_NONE, "  %s%s%s", command->name, arguments[0] ? " " : "",
                             arguments);
        ctl_table_add(table, _(command->summary), CTL_COLOUR_NONE);
        ctl_table_end_row(table);
    }
    ctl_table_print(table, FALSE, text);
}

char *ctl_command_usage(const CtlCommand *command)
{
    GString *text = g_string_new(NULL);

    if (command) {
        g_string_append_printf(text, _("Usage: stationctl %s %s%s\n"), command->name, command->arguments,
                               command->acts ? " --staff NAME --pin-file FILE" : "");
        g_string_append_printf(text, "  %s\n", _(command->summary));
        return g_string_free(text, FALSE);
    }
    g_string_append(text, _("Usage: stationctl [OPTION…] COMMAND [ARGUMENT…]\n\nCommands:\n"));
    append_commands(text);
    g_string_append(
        text, _("\nOptions:\n"
                "  --bus session|system   where the station is (default: system)\n"
                "  --json                 the answer as JSON\n"
                "  --staff NAME --pin-file FILE\n"
                "                         who acts; FILE is readable by its owner alone\n"
                "  --config DIR           accepted as by the other programs\n"
                "  --help --version\n"
                "\nExit: 0 done, 1 refused or failed, 2 wrong usage, 3 the station cannot be reached\n"));
    return g_string_free(text, FALSE);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/ctl/ctl-command.h"

#include "edge/base/name.h"
#include "edge/ctl/ctl-table.h"

#include <glib/gi18n.h>
#include <string.h>

/* In the order of the usage. */
static const CtlCommand *const command_tables[] = {
    ctl_status_commands, ctl_devices_commands, ctl_points_commands, ctl_connectors_commands,
    ctl_alarms_commands, ctl_act_commands,     ctl_events_commands, ctl_staff_commands,
    ctl_show_commands,   ctl_probe_commands,   ctl_books_commands,
};

/* All commands in that order; the caller frees the array, whose commands are static. */
static GPtrArray *list_commands(void)
{
    GPtrArray *commands = g_ptr_array_new();

    for (guint i = 0; i < G_N_ELEMENTS(command_tables); i++) {
        for (const CtlCommand *command = command_tables[i]; command->name; command++)
            g_ptr_array_add(commands, (gpointer)command);
    }
    return commands;
}

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

/* The name of a command that was most likely meant, static, or NULL. */
static const char *find_nearest(const char *const *words)
{
    g_autoptr(GPtrArray) commands = list_commands();
    g_autofree const char **names = g_new0(const char *, commands->len + 1);
    g_autofree char *both = words[1] ? g_strjoin(" ", words[0], words[1], NULL) : g_strdup(words[0]);

    for (guint i = 0; i < commands->len; i++) {
        const char *name = ((const CtlCommand *)commands->pdata[i])->name;

        /* "staff" alone, or the like of it */
        if (!words[1] && g_str_has_prefix(name, words[0]))
            return name;
        names[i] = name;
    }
    const char *nearest = name_nearest(names, words[0]);

    return nearest ? nearest : name_nearest(names, both);
}

static void set_unknown(const char *const *words, GError **error)
{
    const char *nearest = find_nearest(words);

    if (nearest)
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION,
                    _("there is no command “%s”; did you mean “%s”?"), words[0], nearest);
    else
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION, _("there is no command “%s”"),
                    words[0]);
}

const CtlCommand *ctl_command_find(const char *const *words, guint *ret_n, GError **error)
{
    g_autoptr(GPtrArray) commands = list_commands();

    if (!words[0]) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("no command given"));
        return NULL;
    }
    for (guint i = 0; i < commands->len; i++) {
        const CtlCommand *command = commands->pdata[i];
        guint n = count_words(command->name, words);

        if (n > 0) {
            *ret_n = n;
            return command;
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
    g_autoptr(GPtrArray) commands = list_commands();
    g_autoptr(CtlTable) table = ctl_table_new();

    for (guint i = 0; i < commands->len; i++) {
        const CtlCommand *command = commands->pdata[i];
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

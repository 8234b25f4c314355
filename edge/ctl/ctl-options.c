/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/ctl/ctl-options.h"

static const char *const names[] = { "--all",  "--note",  "--after",    "--limit",         "--epoch",
                                     "--role", "--staff", "--pin-file", "--staff-pin-file" };

const char *ctl_options_name(CtlOption option)
{
    return names[g_bit_nth_lsf(option, -1)];
}

void ctl_options_free(CtlOptions *options)
{
    g_strfreev(options->words);
    g_free(options->bus);
    g_free(options->config);
    g_free(options->note);
    g_free(options->role);
    g_free(options->staff);
    g_free(options->pin_file);
    g_free(options->staff_pin_file);
    g_free(options);
}

static guint find_given(const CtlOptions *options)
{
    const gboolean there[] = { options->all,
                               options->note != NULL,
                               options->after != CTL_OPTIONS_NONE,
                               options->limit != CTL_OPTIONS_NONE,
                               options->epoch != CTL_OPTIONS_NONE,
                               options->role != NULL,
                               options->staff != NULL,
                               options->pin_file != NULL,
                               options->staff_pin_file != NULL };
    guint given = 0;

    for (guint i = 0; i < G_N_ELEMENTS(there); i++)
        given |= there[i] ? 1u << i : 0;
    return given;
}

static gboolean check(CtlOptions *options, GError **error)
{
    const char *bad = NULL;

    options->session = g_strcmp0(options->bus, "session") == 0;
    if (options->bus && !options->session && !g_str_equal(options->bus, "system"))
        bad = "--bus is session or system";
    else if (options->after != CTL_OPTIONS_NONE && options->after < 0)
        bad = "--after is a sequence number, 0 or more";
    else if (options->epoch != CTL_OPTIONS_NONE && options->epoch < 0)
        bad = "--epoch is a number, 0 or more";
    else if (options->limit != CTL_OPTIONS_NONE && (options->limit < 1 || options->limit > 1000))
        bad = "--limit is 1 to 1000";
    if (bad)
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, bad);
    return !bad;
}

static gboolean parse(CtlOptions *o, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        { "help", 'h', 0, G_OPTION_ARG_NONE, &o->help, NULL, NULL },
        { "version", 0, 0, G_OPTION_ARG_NONE, &o->version, NULL, NULL },
        { "json", 0, 0, G_OPTION_ARG_NONE, &o->json, NULL, NULL },
        { "bus", 0, 0, G_OPTION_ARG_STRING, &o->bus, NULL, NULL },
        { "config", 0, 0, G_OPTION_ARG_STRING, &o->config, NULL, NULL },
        { "all", 0, 0, G_OPTION_ARG_NONE, &o->all, NULL, NULL },
        { "note", 0, 0, G_OPTION_ARG_STRING, &o->note, NULL, NULL },
        { "after", 0, 0, G_OPTION_ARG_INT64, &o->after, NULL, NULL },
        { "limit", 0, 0, G_OPTION_ARG_INT, &o->limit, NULL, NULL },
        { "epoch", 0, 0, G_OPTION_ARG_INT64, &o->epoch, NULL, NULL },
        { "role", 0, 0, G_OPTION_ARG_STRING, &o->role, NULL, NULL },
        { "staff", 0, 0, G_OPTION_ARG_STRING, &o->staff, NULL, NULL },
        { "pin-file", 0, 0, G_OPTION_ARG_STRING, &o->pin_file, NULL, NULL },
        { "staff-pin-file", 0, 0, G_OPTION_ARG_STRING, &o->staff_pin_file, NULL, NULL },
        { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->words, NULL, NULL },
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_add_main_entries(context, entries, NULL);
    return g_option_context_parse_strv(context, argv, error);
}

CtlOptions *ctl_options_parse(const char *const *argv, GError **error)
{
    g_autoptr(CtlOptions) options = g_new0(CtlOptions, 1);
    g_auto(GStrv) rest = g_strdupv((char **)argv);

    options->after = options->epoch = options->limit = CTL_OPTIONS_NONE;
    if (!parse(options, &rest, error) || !check(options, error))
        return NULL;
    if (!options->words)
        options->words = g_new0(char *, 1);
    options->given = find_given(options);
    return g_steal_pointer(&options);
}

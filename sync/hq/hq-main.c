/* SPDX-License-Identifier: Apache-2.0 */
/* station-hq: headquarters' ear. Options and verbs. */
#include "build-config.h"
#include "edge/base/place.h"
#include "sync/hq/hq-collect.h"
#include "sync/hq/hq-command.h"
#include "sync/hq/hq-event.h"
#include "sync/hq/hq-watch.h"

#include <sodium.h>

#define LONGEST_TIMEOUT_S 300
#define DEFAULT_TIMEOUT_S 30

static char *directory;
static gboolean json, show_version;
static int timeout_s = DEFAULT_TIMEOUT_S;
static char **words;

static const GOptionEntry entries[] = {
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &directory, "Where hq.conf is", "DIR" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "watch, command: print JSON, an object a line", NULL },
    { "timeout", 0, 0, G_OPTION_ARG_INT, &timeout_s,
      "command: seconds to wait for the answer (30, at most 300)", "S" },
    { "version", 0, 0, G_OPTION_ARG_NONE, &show_version, "Print the version", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &words, NULL, NULL },
    G_OPTION_ENTRY_NULL,
};

static int fail_usage(const char *text)
{
    g_printerr("station-hq: %s\nTry station-hq --help.\n", text);
    return 2;
}

static int run_command(const HqConfig *config, guint n)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) args = NULL;
    g_autofree char *topic = n >= 2 ? g_strdup_printf(HQ_EVENT_ROOT "%s/command", words[1]) : NULL;
    g_autofree char *station = topic ? hq_event_dup_station(topic, NULL) : NULL;

    if (n < 3)
        return fail_usage("command needs STATION and VERB");
    if (g_strcmp0(station, words[1]) != 0)
        return fail_usage("STATION is letters, digits, and . _ -");
    if (timeout_s < 1 || timeout_s > LONGEST_TIMEOUT_S)
        return fail_usage("--timeout is 1 to 300");
    if (!config->has_seed || !config->database)
        return fail_usage("hq.conf must name database, issuer and command-key-file");
    args = hq_command_parse_args((const char *const *)words + 3, &error);
    if (!args)
        return fail_usage(error->message);
    return hq_command_run(config, &(HqCommand){ .station = station,
                                                .verb = words[2],
                                                .args = args,
                                                .timeout_s = (guint)timeout_s,
                                                .json = json });
}

static int run(void)
{
    g_autofree char *faults = NULL;
    const char *verb = words && words[0] ? words[0] : "";
    const guint n = words ? g_strv_length(words) : 0;

    if (g_str_equal(verb, "report") || g_str_equal(verb, "account"))
        return fail_usage("this verb is not served yet");
    if (!g_str_equal(verb, "collect") && !g_str_equal(verb, "watch") && !g_str_equal(verb, "command"))
        return fail_usage("the verb is collect, watch or command");
    if (!g_str_equal(verb, "command") && n > 1)
        return fail_usage("takes no arguments but options");
    if (!directory)
        return fail_usage("--config DIR is needed");
    g_autoptr(HqConfig) config = hq_config_load(directory, &faults);

    if (!config) {
        g_printerr("%s\n", faults);
        return 2;
    }
    if (g_str_equal(verb, "command"))
        return run_command(config, n);
    if (g_str_equal(verb, "watch"))
        return hq_watch_run(config, json);
    return config->database ? hq_collect_run(config) : fail_usage("hq.conf names no database");
}

int main(int argc, char **argv)
{
    g_autoptr(GOptionContext) context =
        g_option_context_new("collect | watch | command STATION VERB [KEY=VALUE...]");
    g_autoptr(GError) error = NULL;
    int status = 0;

    place_set_language(NULL);
    g_option_context_set_summary(context,
                                 "Takes in what stations tell, shows it, and sends them signed commands.");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error))
        return fail_usage(error->message);
    if (show_version) {
        g_print("station-hq %s\n", STATIONMASTER_VERSION);
        return 0;
    }
    if (sodium_init() < 0)
        return 1;
    status = run();
    g_strfreev(words);
    g_free(directory);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/sim-scenario.h"

#include "drivers/sim/sim-site.h"

#include <math.h>
#include <string.h>

#define WORDS_MAX 24
#define LINE_BYTES_MAX 400
#define FILE_MAX (256 * 1024)
#define ACTIONS_MAX 10000
#define TIME_MAX_MS (7 * 24 * 3600 * 1000.0)

/* Patterns: lower-case words as they are; NUMBER, LENGTH ("12.5m"), TIME ("20s"), WORD are taken; BREAKER is
 * "breaker-N"; BUTTON a small number. `holds`: "for TIME" may follow. */
static const struct {
    const char *pattern;
    SimVerb verb;
    guint way;
    gboolean holds;
} verbs[] = {
    { "arrive", SIM_VERB_ARRIVE, 0, FALSE },
    { "leave", SIM_VERB_LEAVE, 0, FALSE },
    { "overheat", SIM_VERB_OVERHEAT, 0, FALSE },
    { "runaway", SIM_VERB_RUNAWAY, 0, FALSE },
    { "gun-hot", SIM_VERB_GUN_HOT, 0, FALSE },
    { "cell-high", SIM_VERB_CELL_HIGH, 0, FALSE },
    { "recovers", SIM_VERB_RECOVER, 0, FALSE },
    { "insulation NUMBER", SIM_VERB_INSULATION, 0, FALSE },
    { "fault NUMBER", SIM_VERB_FAULT, 0, FALSE },
    { "ignores stop", SIM_VERB_IGNORE, SIM_COMMAND_STOP, FALSE },
    { "ignores disable", SIM_VERB_IGNORE, SIM_COMMAND_DISABLE, FALSE },
    { "ignores enable", SIM_VERB_IGNORE, SIM_COMMAND_ENABLE, FALSE },
    { "ignores start", SIM_VERB_IGNORE, SIM_COMMAND_START, FALSE },
    { "ignores limit", SIM_VERB_IGNORE, SIM_COMMAND_LIMIT, FALSE },
    { "obeys", SIM_VERB_OBEY, 0, FALSE },
    { "resumes after TIME", SIM_VERB_RESUME, 0, FALSE },
    { "confirms but charges", SIM_VERB_PRETEND, 0, FALSE },
    { "frozen values", SIM_VERB_FREEZE, 0, FALSE },
    { "living values", SIM_VERB_THAW, 0, FALSE },
    { "set WORD NUMBER", SIM_VERB_SET, 0, FALSE },
    { "unset WORD", SIM_VERB_UNSET, 0, FALSE },
    { "normal", SIM_VERB_LINE, SIM_LINE_NORMAL, FALSE },
    { "silent", SIM_VERB_LINE, SIM_LINE_SILENT, TRUE },
    { "garbage", SIM_VERB_LINE, SIM_LINE_GARBAGE, TRUE },
    { "slow TIME", SIM_VERB_LINE, SIM_LINE_SLOW, TRUE },
    { "exceptions", SIM_VERB_LINE, SIM_LINE_EXCEPTIONS, TRUE },
    { "short", SIM_VERB_LINE, SIM_LINE_SHORT, TRUE },
    { "wrong-id", SIM_VERB_LINE, SIM_LINE_WRONG_ID, TRUE },
    { "drip", SIM_VERB_LINE, SIM_LINE_DRIP, TRUE },
    { "closes", SIM_VERB_LINE, SIM_LINE_CLOSES, TRUE },
    { "off", SIM_VERB_LINE, SIM_LINE_CLOSES, TRUE },
    { "gateway silent", SIM_VERB_GATEWAY, TRUE, FALSE },
    { "gateway exception", SIM_VERB_GATEWAY, FALSE, FALSE },
    { "smoke", SIM_VERB_SMOKE, 0, TRUE },
    { "heat", SIM_VERB_HEAT, 0, TRUE },
    { "leak LENGTH", SIM_VERB_LEAK, 0, TRUE },
    { "open", SIM_VERB_OPEN, 0, TRUE },
    { "tamper", SIM_VERB_TAMPER, 0, TRUE },
    { "temperature NUMBER", SIM_VERB_TEMPERATURE, 0, TRUE },
    { "humidity NUMBER", SIM_VERB_HUMIDITY, 0, TRUE },
    { "clear", SIM_VERB_CLEAR, 0, FALSE },
    { "close", SIM_VERB_CLEAR, 0, FALSE },
    { "BREAKER normal", SIM_VERB_BREAKER, SIM_BREAKER_NORMAL, FALSE },
    { "BREAKER stuck", SIM_VERB_BREAKER, SIM_BREAKER_STUCK, FALSE },
    { "BREAKER lies", SIM_VERB_BREAKER, SIM_BREAKER_LIES, FALSE },
    { "BREAKER contact-stuck", SIM_VERB_BREAKER, SIM_BREAKER_CONTACT_STUCK, FALSE },
    { "BREAKER trips", SIM_VERB_BREAKER, SIM_BREAKER_TRIPS, FALSE },
    { "BUTTON press", SIM_VERB_PRESS, 0, TRUE },
};

/* Whole lines about the site. */
static const struct {
    const char *pattern;
    SimVerb verb;
    guint way;
} site_verbs[] = {
    { "seed NUMBER", SIM_VERB_SEED, 0 },
    { "speed NUMBER", SIM_VERB_SPEED, 0 },
    { "cars auto", SIM_VERB_CARS, TRUE },
    { "cars none", SIM_VERB_CARS, FALSE },
};

void sim_scenario_action_free(SimAction *action)
{
    if (!action)
        return;
    g_free(action->target);
    g_free(action->text);
    g_free(action->place);
    g_free(action);
}

static gboolean read_number(const char *word, const char *unit, double *ret_value)
{
    char *end = NULL;
    double value = g_ascii_strtod(word, &end);
    if (end == word || !isfinite(value) || (end[0] && !g_str_equal(end, unit)))
        return FALSE;
    *ret_value = value;
    return TRUE;
}

static gboolean read_time(const char *word, gint64 *ret_ms)
{
    static const struct {
        const char *unit;
        double ms;
    } units[] = { { "ms", 1.0 }, { "s", 1e3 }, { "m", 6e4 }, { "h", 3.6e6 } };
    char *end = NULL;
    double value = g_ascii_strtod(word, &end);

    if (end == word || !(value >= 0.0))
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(units); i++)
        if (g_str_equal(end, units[i].unit) && value * units[i].ms <= TIME_MAX_MS) {
            *ret_ms = (gint64)llround(value * units[i].ms);
            return TRUE;
        }
    return FALSE;
}

static gboolean read_small(const char *word, guint most, guint *ret_number)
{
    guint64 number;
    if (!g_ascii_string_to_unsigned(word, 10, 1, most, &number, NULL))
        return FALSE;
    *ret_number = (guint)number;
    return TRUE;
}

static gboolean take_word(SimAction *action, const char *pattern, const char *word)
{
    if (g_str_equal(pattern, "NUMBER"))
        return read_number(word, "", &action->value);
    if (g_str_equal(pattern, "LENGTH"))
        return read_number(word, "m", &action->value);
    if (g_str_equal(pattern, "TIME"))
        return read_time(word, &action->time_ms);
    if (g_str_equal(pattern, "BUTTON"))
        return read_small(word, SIM_BUTTONS, &action->number);
    if (g_str_equal(pattern, "BREAKER"))
        return g_str_has_prefix(word, "breaker-") &&
               read_small(word + strlen("breaker-"), SIM_BREAKERS, &action->number);
    if (g_str_equal(pattern, "WORD")) {
        g_free(action->text);
        action->text = g_strdup(word);
        return TRUE;
    }
    return g_str_equal(pattern, word);
}

/* How many of WORDS the pattern takes; 0: it does not fit. */
static guint match(SimAction *action, const char *pattern, char **words)
{
    g_auto(GStrv) parts = g_strsplit(pattern, " ", 0);
    guint n = g_strv_length(parts);
    if (g_strv_length(words) < n)
        return 0;
    for (guint i = 0; i < n; i++)
        if (!take_word(action, parts[i], words[i]))
            return 0;
    return n;
}

/* "vin V", "soc N" (percent), "kwh N" in any order. */
static gboolean take_car(SimAction *action, char **words)
{
    for (; words[0]; words += 2) {
        if (!words[1])
            return FALSE;
        if (g_str_equal(words[0], "vin") && strlen(words[1]) < SIM_VIN_SIZE && g_str_is_ascii(words[1])) {
            g_free(action->text);
            action->text = g_strdup(words[1]);
        } else if (g_str_equal(words[0], "soc") && read_number(words[1], "%", &action->value)) {
            if (action->value < 0.0 || action->value > 100.0)
                return FALSE;
            action->soc = action->value / 100.0;
        } else if (!g_str_equal(words[0], "kwh") || !read_number(words[1], "", &action->energy_kwh) ||
                   action->energy_kwh < 5.0 || action->energy_kwh > 600.0) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean take_rest(SimAction *action, gboolean holds, char **words)
{
    if (action->verb == SIM_VERB_ARRIVE)
        return take_car(action, words);
    if (!words[0])
        return TRUE;
    return holds && g_str_equal(words[0], "for") && words[1] && !words[2] &&
           read_time(words[1], &action->for_ms) && action->for_ms > 0;
}

static gboolean take_verb(SimAction *action, char **words)
{
    for (guint i = 0; i < G_N_ELEMENTS(verbs); i++) {
        guint n = match(action, verbs[i].pattern, words);
        if (n == 0)
            continue;
        action->verb = verbs[i].verb;
        action->way = verbs[i].way;
        return take_rest(action, verbs[i].holds, words + n);
    }
    return FALSE;
}

static gboolean take_site_verb(SimAction *action, char **words)
{
    for (guint i = 0; i < G_N_ELEMENTS(site_verbs); i++)
        if (match(action, site_verbs[i].pattern, words) == g_strv_length(words)) {
            action->verb = site_verbs[i].verb;
            action->way = site_verbs[i].way;
            return action->verb != SIM_VERB_SPEED || (action->value >= 0.1 && action->value <= SIM_SPEED_MAX);
        }
    return FALSE;
}

static char **split(const char *line)
{
    g_auto(GStrv) rough = g_strsplit_set(line, " \t\r\n", WORDS_MAX * 2);
    GStrvBuilder *words = g_strv_builder_new();
    char **result;
    for (guint i = 0; rough[i]; i++)
        if (rough[i][0])
            g_strv_builder_add(words, rough[i]);
    result = g_strv_builder_end(words);
    g_strv_builder_unref(words);
    return result;
}

static gboolean is_site_word(const char *word)
{
    return g_str_equal(word, "seed") || g_str_equal(word, "speed") || g_str_equal(word, "cars");
}

static gboolean take_line(SimAction *action, char **words)
{
    if (g_str_equal(words[0], "at")) {
        if (!words[1] || !words[2] || !read_time(words[1], &action->at_ms))
            return FALSE;
        words += 2;
    }
    if (is_site_word(words[0])) {
        action->target = g_strdup("");
        return take_site_verb(action, words);
    }
    action->on_bus = g_str_equal(words[0], "bus");
    action->on_camera = g_str_equal(words[0], "camera");
    if (action->on_bus || action->on_camera || g_str_equal(words[0], "button"))
        words++;
    if (!words[0] || !words[1])
        return FALSE;
    action->target = g_strdup(words[0]);
    return take_verb(action, words + 1);
}

SimAction *sim_scenario_parse_line(const char *line, const char *place, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(line, "#", 2);
    g_auto(GStrv) words = parts[0] ? split(parts[0]) : NULL;
    g_autoptr(SimAction) action = g_new0(SimAction, 1);

    if (!words || !words[0])
        return NULL;
    action->at_ms = -1;
    action->soc = -1.0;
    action->place = g_strdup(place);
    if (strlen(line) > LINE_BYTES_MAX || !g_utf8_validate(line, -1, NULL) ||
        g_strv_length(words) > WORDS_MAX || !take_line(action, words)) {
        g_autofree char *shown = g_strndup(g_strstrip(parts[0]), 80);
        g_autofree char *valid = g_utf8_make_valid(shown, -1);
        g_set_error(error, SIM_ERROR, SIM_ERROR_SCENARIO, "%s%snot understood: “%s”", place,
                    place[0] ? ": " : "", valid);
        return NULL;
    }
    return g_steal_pointer(&action);
}

static gint by_time(gconstpointer a, gconstpointer b)
{
    const SimAction *left = *(SimAction *const *)a, *right = *(SimAction *const *)b;
    return (left->at_ms > right->at_ms) - (left->at_ms < right->at_ms);
}

GPtrArray *sim_scenario_parse(const char *text, const char *name, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", 0);
    g_autoptr(GPtrArray) actions = g_ptr_array_new_with_free_func((GDestroyNotify)sim_scenario_action_free);

    for (guint i = 0; lines[i]; i++) {
        g_autofree char *place = g_strdup_printf("%s:%u", name, i + 1);
        GError *fault = NULL;
        SimAction *action = sim_scenario_parse_line(lines[i], place, &fault);
        if (fault) {
            g_propagate_error(error, fault);
            return NULL;
        }
        if (action)
            g_ptr_array_add(actions, action);
        if (actions->len > ACTIONS_MAX) {
            g_set_error(error, SIM_ERROR, SIM_ERROR_SCENARIO, "%s: more than %d lines that act", place,
                        ACTIONS_MAX);
            return NULL;
        }
    }
    g_ptr_array_sort(actions, by_time); /* GLib's sort of pointer arrays is stable */
    return g_steal_pointer(&actions);
}

GPtrArray *sim_scenario_load(const char *file, GError **error)
{
    g_autofree char *text = NULL;
    g_autofree char *name = g_path_get_basename(file);
    gsize length = 0;

    if (!g_file_get_contents(file, &text, &length, error))
        return NULL;
    if (length > FILE_MAX || strlen(text) != length) {
        g_set_error(error, SIM_ERROR, SIM_ERROR_SCENARIO, "%s: not a scenario: %s", name,
                    length > FILE_MAX ? "larger than 256 KiB" : "holds a NUL byte");
        return NULL;
    }
    return sim_scenario_parse(text, name, error);
}

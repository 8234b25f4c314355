/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/sim-run.h"

#include "drivers/sim/sim-act.h"
#include "drivers/sim/sim-registers.h"
#include "edge/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES_MAX 1024
#define BEHIND_MAX_MS 5000 /* a suspended machine goes on where it was, it does not race after */
#define WAITING_MAX 10000

struct SimRun {
    SimSite *site;
    GPtrArray *waiting; /* SimAction, borrowed or of `own`, by time */
    GPtrArray *own;     /* SimAction that came by control */
    gint64 begun_us;    /* boot time of the site's zero */
    guint timer, watch;
    GString *line;
};

void sim_run_log(gint64 at_ms, const char *path, const char *text, gpointer user_data)
{
    const gboolean *quiet = user_data;
    if (*quiet)
        return;
    printf("%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT "s %s %s\n", at_ms / 1000, at_ms % 1000 / 100, path,
           text);
    fflush(stdout);
}

SimRun *sim_run_new(SimSite *site, GPtrArray *actions, GError **error)
{
    g_autoptr(SimRun) run = g_new0(SimRun, 1);

    run->site = site;
    run->waiting = g_ptr_array_new();
    run->own = g_ptr_array_new_with_free_func((GDestroyNotify)sim_scenario_action_free);
    run->line = g_string_new(NULL);
    for (guint i = 0; actions && i < actions->len; i++) {
        SimAction *action = g_ptr_array_index(actions, i);
        if (!sim_act_check(site, action, error))
            return NULL;
        if (action->verb == SIM_VERB_SEED && action->at_ms < 0)
            continue; /* taken when the site was made */
        if (action->at_ms >= 0)
            g_ptr_array_add(run->waiting, action);
        else if (!sim_act_do(site, action, error))
            return NULL;
    }
    return g_steal_pointer(&run);
}

void sim_run_free(SimRun *run)
{
    if (!run)
        return;
    if (run->timer)
        g_source_remove(run->timer);
    if (run->watch)
        g_source_remove(run->watch);
    g_ptr_array_unref(run->waiting);
    g_ptr_array_unref(run->own);
    g_string_free(run->line, TRUE);
    g_free(run);
}

static void do_due(SimRun *run)
{
    while (run->waiting->len > 0) {
        const SimAction *action = g_ptr_array_index(run->waiting, 0);
        g_autoptr(GError) error = NULL;
        if (action->at_ms > run->site->now_ms)
            return;
        /* What was possible when it was written need not be so now: a car may have left. */
        if (!sim_act_do(run->site, action, &error) && run->site->log)
            run->site->log(run->site->now_ms, action->target, error->message, run->site->log_data);
        g_ptr_array_remove_index(run->waiting, 0);
    }
}

void sim_run_until(SimRun *run, gint64 now_ms)
{
    while (run->site->now_ms + SIM_STEP_MS <= now_ms) {
        do_due(run);
        sim_site_step(run->site);
    }
}

static gboolean on_tick(gpointer user_data)
{
    SimRun *run = user_data;
    gint64 now_ms = (clock_boot_us() - run->begun_us) / 1000;

    if (now_ms - run->site->now_ms > BEHIND_MAX_MS) {
        gint64 lost_ms = now_ms - run->site->now_ms - SIM_STEP_MS;
        run->begun_us += lost_ms * 1000;
        now_ms -= lost_ms;
    }
    sim_run_until(run, now_ms);
    return G_SOURCE_CONTINUE;
}

void sim_run_start(SimRun *run)
{
    run->begun_us = clock_boot_us() - run->site->now_ms * 1000;
    run->timer = g_timeout_add(SIM_STEP_MS / 2, on_tick, run);
}

/* After the actions of the same time, as in a file. */
static void wait_for(SimRun *run, SimAction *action)
{
    guint place = run->waiting->len;
    while (place > 0 && ((SimAction *)g_ptr_array_index(run->waiting, place - 1))->at_ms > action->at_ms)
        place--;
    g_ptr_array_insert(run->waiting, (gint)place, action);
}

static char *answer_get(SimRun *run, const char *path, const char *point)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", 2);
    const SimDevice *device = parts[0] ? sim_site_find(run->site, parts[0]) : NULL;
    g_autofree char *full =
        parts[0] && parts[1] ? g_strdup_printf("%s/%s", parts[1], point) : g_strdup(point);
    double value = 0.0;

    if (!device || !sim_registers_has(device, full))
        return g_strdup_printf("error: %s has no %s", path, point);
    if (!sim_registers_find_truth(device, full, &value))
        return g_strdup("ok absent");
    return g_strdup_printf("ok %.4f", value);
}

static char *answer_action(SimRun *run, SimAction *action)
{
    g_autoptr(GError) error = NULL;
    gboolean later = action->at_ms > run->site->now_ms;
    gboolean done;

    if (run->own->len >= WAITING_MAX) {
        sim_scenario_action_free(action);
        return g_strdup("error: too many lines");
    }
    done = later ? sim_act_check(run->site, action, &error) : sim_act_do(run->site, action, &error);
    if (done && later) {
        wait_for(run, action);
        g_ptr_array_add(run->own, action);
    } else {
        sim_scenario_action_free(action);
    }
    return done ? g_strdup("ok") : g_strdup_printf("error: %s", error->message);
}

char *sim_run_answer(SimRun *run, const char *line)
{
    g_autofree char *clean = g_strstrip(g_strdup(line));
    g_auto(GStrv) words = g_strsplit(clean, " ", 4);
    g_autoptr(GError) error = NULL;
    SimAction *action;

    if (g_strv_length(words) == 3 && g_str_equal(words[0], "get"))
        return answer_get(run, words[1], words[2]);
    if (g_str_equal(clean, "time"))
        return g_strdup_printf("ok %.3f", (double)run->site->now_ms / 1000.0);
    action = sim_scenario_parse_line(clean, "", &error);
    if (!action)
        return error ? g_strdup_printf("error: %s", error->message) : g_strdup("ok");
    return answer_action(run, action);
}

static void answer_lines(SimRun *run)
{
    char *end;
    while ((end = strchr(run->line->str, '\n'))) {
        g_autofree char *line = g_strndup(run->line->str, (gsize)(end - run->line->str));
        g_autofree char *answer = sim_run_answer(run, line);
        printf("%s\n", answer);
        fflush(stdout);
        g_string_erase(run->line, 0, end - run->line->str + 1);
    }
    if (run->line->len > LINE_BYTES_MAX)
        g_string_truncate(run->line, 0);
}

static gboolean on_input(int fd, GIOCondition condition, gpointer user_data)
{
    SimRun *run = user_data;
    char bytes[512];
    ssize_t n = read(fd, bytes, sizeof bytes);

    (void)condition;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;
    if (n <= 0) {
        run->watch = 0;
        return G_SOURCE_REMOVE;
    }
    for (ssize_t i = 0; i < n; i++)
        if (bytes[i] != '\0')
            g_string_append_c(run->line, bytes[i]);
    answer_lines(run);
    return G_SOURCE_CONTINUE;
}

void sim_run_control(SimRun *run, int fd)
{
    run->watch = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_input, run);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <string.h>

const Alarm *world_find_alarm(const World *world, const char *rule, const char *subject)
{
    const GPtrArray *alarms = guard_get_alarms(world->guard);

    for (guint i = 0; i < alarms->len; i++) {
        const Alarm *alarm = alarms->pdata[i];

        if (g_str_equal(alarm->rule, rule) && (!subject || g_str_equal(alarm->subject, subject)))
            return alarm;
    }
    return NULL;
}

const char *world_outcome(const World *world, guint connector)
{
    static char text[64];
    const Alarm *alarm = guard_get_hold(world->guard, connector, NULL);
    const char *path = world->model->connectors[connector].path;
    const Alarm *person = world_find_alarm(world, "stop-unproven", path);

    if (!alarm)
        return "idle";
    if (person && person->active)
        return "person";
    text[0] = '\0';
    for (guint i = 0; i < alarm->ladder->len; i++) {
        const AlarmStep *step = &g_array_index(alarm->ladder, AlarmStep, i);

        if (!g_str_equal(step->connector, path))
            continue;
        if (step->result == ALARM_STEP_PENDING)
            return "open";
        if (step->result == ALARM_STEP_PROVEN)
            g_snprintf(text, sizeof text, "proven %s", site_rung_name(step->rung));
    }
    return text[0] ? text : "open";
}

static int compare_lines(gconstpointer a, gconstpointer b, gpointer user_data)
{
    (void)user_data;
    return g_strcmp0(*(char *const *)a, *(char *const *)b);
}

char *world_summary(const World *world)
{
    GString *text = g_string_new(NULL);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    const GPtrArray *alarms = guard_get_alarms(world->guard);

    for (guint i = 0; i < alarms->len; i++) {
        const Alarm *alarm = alarms->pdata[i];

        g_ptr_array_add(lines, g_strdup_printf("%s %s %s %s %s by=%s note=%s", alarm->rule, alarm->subject,
                                               alarm_state_name(alarm_get_state(alarm)), alarm->title_zh,
                                               alarm->unit, alarm->acknowledged_by, alarm->note));
    }
    g_ptr_array_sort_with_data(lines, compare_lines, NULL);
    for (guint i = 0; i < lines->len; i++) {
        const char *a = lines->pdata[i];
        g_string_append_printf(text, "%s\n", a);
    }
    for (guint i = 0; i < WORLD_CHARGERS; i++) {
        const char *cause = "";

        guard_get_hold(world->guard, i, &cause);
        g_string_append_printf(text, "%u: %s%s%s\n", i, world_outcome(world, i), cause[0] ? " " : "", cause);
    }
    return g_string_free(text, FALSE);
}

guint world_count_urged(const World *world)
{
    guint n = 0;

    for (guint i = 0; i < world->model->n_points; i++)
        n += g_array_index(world->urged, gint, i) ? 1 : 0;
    return n;
}

guint world_count_commands(const World *world, const char *text)
{
    g_autofree char *wanted = g_strdup_printf("\t%s\n", text);
    guint n = 0;

    for (const char *at = world->log->str; (at = strstr(at, wanted)); at++)
        n++;
    return n;
}

gint64 world_find_command_ms(const World *world, const char *text)
{
    g_autofree char *wanted = g_strdup_printf("\t%s\n", text);
    const char *at = g_strrstr(world->log->str, wanted);

    while (at && at > world->log->str && at[-1] != '\n')
        at--;
    return at ? g_ascii_strtoll(at, NULL, 10) : -1;
}

gboolean world_has_resumed(const World *world, guint connector)
{
    const Alarm *alarm = guard_get_hold(world->guard, connector, NULL);

    for (guint i = 0; alarm && i < alarm->ladder->len; i++) {
        const AlarmStep *step = &g_array_index(alarm->ladder, AlarmStep, i);

        if (g_str_equal(step->connector, world->model->connectors[connector].path) &&
            g_str_has_prefix(step->proof, "resumed"))
            return TRUE;
    }
    return FALSE;
}

const AlarmStep *world_find_step(const Alarm *alarm, const char *connector, SiteRung rung)
{
    for (guint i = 0; i < alarm->ladder->len; i++) {
        const AlarmStep *step = &g_array_index(alarm->ladder, AlarmStep, i);

        if (step->rung == rung && g_str_equal(step->connector, connector))
            return step;
    }
    return NULL;
}

World *world_new_charging(const WorldSetup *setup)
{
    World *world = world_new(setup);

    for (guint i = 0; i < WORLD_CHARGERS; i++) {
        world->chargers[i].status = "charging";
        world->chargers[i].flowing = TRUE;
    }
    world_run(world, G_USEC_PER_SEC);
    return world;
}

void world_acknowledge(World *world, const char *rule, const char *subject)
{
    const Alarm *alarm = world_find_alarm(world, rule, subject);
    g_autoptr(GError) error = NULL;

    guard_acknowledge(world->guard, alarm->id, "staff:li", "saw it", world->now, &error);
    g_assert_no_error(error);
    world_drain(world);
}

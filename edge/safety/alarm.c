/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/safety/alarm.h"

#include <string.h>

G_DEFINE_QUARK(alarm - error - quark, alarm_error)

Alarm *alarm_new(const char *id, const SiteRule *rule, const char *subject, const char *zone, Moment now)
{
    Alarm *alarm = g_new0(Alarm, 1);

    alarm_copy_text(alarm->id, sizeof alarm->id, id);
    alarm->rule = g_strdup(rule->name);
    alarm->subject = g_strdup(subject);
    alarm->zone = g_strdup(zone ? zone : "");
    alarm->severity = rule->severity;
    alarm->actions = rule->actions;
    alarm->latch = rule->latch;
    alarm->title = g_strdup(rule->title ? rule->title : "");
    alarm->title_zh = g_strdup(rule->title_zh ? rule->title_zh : alarm->title);
    alarm->advice = g_strdup(rule->advice ? rule->advice : "");
    alarm->advice_zh = g_strdup(rule->advice_zh ? rule->advice_zh : alarm->advice);
    alarm->active = TRUE;
    alarm->occurrence_count = 1;
    alarm->raised_at = now;
    alarm->latency_command_us = -1;
    alarm->latency_proof_us = -1;
    alarm->ladder = g_array_new(FALSE, TRUE, sizeof(AlarmStep));
    return alarm;
}

void alarm_free(Alarm *alarm)
{
    g_free(alarm->rule);
    g_free(alarm->subject);
    g_free(alarm->zone);
    g_free(alarm->title);
    g_free(alarm->title_zh);
    g_free(alarm->advice);
    g_free(alarm->advice_zh);
    g_array_unref(alarm->ladder);
    g_free(alarm);
}

void alarm_copy_text(char *target, gsize size, const char *text)
{
    const char *end = NULL;

    g_strlcpy(target, text ? text : "", size);
    if (!g_utf8_validate(target, -1, &end))
        target[end - target] = '\0';
}

AlarmState alarm_get_state(const Alarm *alarm)
{
    if (alarm->over)
        return ALARM_STATE_NORMAL;
    if (!alarm->acknowledged)
        return alarm->active ? ALARM_STATE_UNACKNOWLEDGED : ALARM_STATE_RETURNED_UNACKNOWLEDGED;
    return alarm->active ? ALARM_STATE_ACKNOWLEDGED : ALARM_STATE_LATCHED;
}

const char *alarm_state_name(AlarmState state)
{
    static const char *const names[] = { "unacknowledged", "acknowledged", "returned-unacknowledged",
                                         "latched",        "shelved",      "suppressed",
                                         "normal" };

    return names[state];
}

const char *alarm_step_result_name(AlarmStepResult result)
{
    static const char *const names[] = { "pending", "proven", "failed", "skipped" };

    return names[result];
}

gboolean alarm_wants_siren(const Alarm *alarm, gint64 now_us)
{
    return (alarm->actions & SITE_DO_SIREN) && !alarm->over && !alarm->acknowledged &&
           now_us >= alarm->silenced_until_us;
}

gboolean alarm_wants_strobe(const Alarm *alarm)
{
    return (alarm->actions & SITE_DO_STROBE) && !alarm->over;
}

void alarm_renew(Alarm *alarm)
{
    g_return_if_fail(!alarm->over);
    alarm->acknowledged = FALSE;
    alarm->silenced_until_us = 0;
    alarm->acknowledged_at = (Moment){ 0 };
    alarm->acknowledged_by[0] = '\0';
}

void alarm_return_active(Alarm *alarm)
{
    g_return_if_fail(!alarm->over);
    if (alarm->active)
        return;
    alarm_renew(alarm);
    alarm->active = TRUE;
    alarm->occurrence_count++;
    alarm->cleared_at = (Moment){ 0 };
}

void alarm_return_normal(Alarm *alarm, Moment now)
{
    if (alarm->over || !alarm->active)
        return;
    alarm->active = FALSE;
    alarm->cleared_at = now;
    alarm->over = alarm->acknowledged && !alarm->latch;
}

gboolean alarm_acknowledge(Alarm *alarm, const char *by, const char *note, Moment now, GError **error)
{
    if (alarm->over) {
        g_set_error(error, ALARM_ERROR, ALARM_ERROR_STATE, "alarm %s is over", alarm->id);
        return FALSE;
    }
    if (alarm->acknowledged) {
        g_set_error(error, ALARM_ERROR, ALARM_ERROR_STATE, "alarm %s was acknowledged already by %s",
                    alarm->id, alarm->acknowledged_by);
        return FALSE;
    }
    alarm->acknowledged = TRUE;
    alarm->acknowledged_at = now;
    alarm_copy_text(alarm->acknowledged_by, sizeof alarm->acknowledged_by, by);
    alarm_copy_text(alarm->note, sizeof alarm->note, note);
    alarm->over = !alarm->active && !alarm->latch;
    return TRUE;
}

gboolean alarm_reset(Alarm *alarm, const char *by, Moment now, GError **error)
{
    const char *missing = NULL;

    (void)by;
    (void)now;
    if (alarm->over)
        missing = "it is over";
    else if (!alarm->latch)
        missing = "its rule does not latch: it ends by itself once normal and acknowledged";
    else if (alarm->active)
        missing = "its condition still stands";
    else if (!alarm->acknowledged)
        missing = "it must be acknowledged first";
    if (missing) {
        g_set_error(error, ALARM_ERROR, ALARM_ERROR_STATE, "alarm %s cannot be reset: %s", alarm->id,
                    missing);
        return FALSE;
    }
    alarm->over = TRUE;
    return TRUE;
}

void alarm_silence(Alarm *alarm, gint64 until_us)
{
    alarm->silenced_until_us = until_us;
}

guint alarm_add_step(Alarm *alarm, const char *connector, SiteRung rung, const char *cause)
{
    AlarmStep step = { .rung = rung };

    for (guint i = 0; i < alarm->ladder->len; i++) {
        const AlarmStep *known = &g_array_index(alarm->ladder, AlarmStep, i);

        if (known->rung == rung && g_str_equal(known->connector, connector))
            return i;
    }
    alarm_copy_text(step.connector, sizeof step.connector, connector);
    alarm_copy_text(step.cause, sizeof step.cause, cause);
    g_array_append_val(alarm->ladder, step);
    return alarm->ladder->len - 1;
}

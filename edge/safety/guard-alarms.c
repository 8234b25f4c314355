/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/name.h"
#include "edge/safety/guard-state.h"

#include <string.h>

const char *const guard_builtin_names[] = { "configuration-fault",
                                            "books-unavailable",
                                            "stop-unproven",
                                            "guard-only",
                                            "hq-ack-beyond-sent",
                                            "command-refused",
                                            "process-down",
                                            "thread-stalled",
                                            "output-unproven",
                                            "journal-unwritable",
                                            NULL };

#define COMMAND_REFUSED "command-refused"
#define OUTPUT_UNPROVEN "output-unproven"

#define CALL (SITE_DO_SIREN | SITE_DO_STROBE | SITE_DO_VIEW | SITE_DO_CAMERA | SITE_DO_EVIDENCE)
#define BUILTIN(severity_, latch_, actions_, title_, title_zh_, advice_, advice_zh_)                         \
    {                                                                                                        \
        .severity = SITE_SEVERITY_##severity_, .latch = latch_, .actions = actions_,                         \
        .title = (char *)(gpointer)title_, .title_zh = (char *)(gpointer)title_zh_,                          \
        .advice = (char *)(gpointer)advice_, .advice_zh = (char *)(gpointer)advice_zh_                       \
    }

/* In the order of guard_builtin_names. */
static const SiteRule builtins[] = {
    BUILTIN(HIGH, FALSE, SITE_DO_VIEW, "Configuration faulty", "配置有误",
            "Run stationd --check and correct what it prints; a device that is held must stay until it is "
            "released. Until then the station may run on its last good configuration.",
            "请运行 stationd --check "
            "并修正所列错误;被锁定的设备须保留至释放。此前站点可能按最近一次有效配置运行。"),
    BUILTIN(HIGH, FALSE, SITE_DO_VIEW, "Books unavailable", "账本不可用",
            "The database cannot be used: no new orders, records wait in memory. Check disk and station.db.",
            "数据库不可用:不接新订单,记录暂存内存;请检查磁盘与 station.db。"),
    BUILTIN(CRITICAL, TRUE, CALL, "Stop not proven", "停机未能证实",
            "The station could not prove that this connector is without current. Keep away from it. Open its "
            "feeder breaker by hand, see that the current is gone, then acknowledge and reset.",
            "系统无法证实该枪已断电。请远离,手动断开其馈线断路器,确认无电流后再确认并复位。"),
    BUILTIN(HIGH, FALSE, SITE_DO_VIEW, "Guard only", "仅保护运行",
            "stationd has crashed repeatedly and only guards for now. Collect its log and report it.",
            "stationd 多次崩溃,目前仅执行保护;请收集日志并上报。"),
    BUILTIN(MEDIUM, FALSE, SITE_DO_VIEW, "HQ acknowledged what was never sent", "总部确认了未发送的事件",
            "Database or headquarters were restored. A new epoch has begun; compare the records.",
            "数据库或总部曾被恢复;已开始新纪元,请核对记录。"),
    BUILTIN(MEDIUM, FALSE, SITE_DO_VIEW, "Command refused", "命令被拒绝",
            "A device refused a command: check its remote-control setting and its profile. On the station "
            "itself: a message from headquarters was not accepted; see the audit, and ask headquarters.",
            "设备拒绝了命令:请检查其远程控制设置与设备配置文件。若对象为站点本身:总部下发的消息未被接受,"
            "请查看审计记录并联系总部。"),
    BUILTIN(HIGH, FALSE, SITE_DO_VIEW, "Process down", "进程停止",
            "A program of the station is not running and is being restarted. If it stays, look into its log.",
            "站点的一个程序未运行,正在重启;若持续出现,请查看其日志。"),
    BUILTIN(HIGH, FALSE, SITE_DO_VIEW, "Thread stalled", "线程停滞",
            "A part of stationd stopped working and was replaced. Check the bus or the disk it serves.",
            "stationd 的一个部分停止工作并已被替换;请检查其所服务的总线或磁盘。"),
    BUILTIN(HIGH, FALSE, SITE_DO_VIEW, "Siren or light does not follow", "声光报警未动作",
            "The module confirms the command, and its output reads otherwise: check the output, its fuse and "
            "its wiring at once. Until then warn people by other means.",
            "模块已确认命令,但输出回读不符;请立即检查输出、保险与接线。修复前请以其他方式示警。"),
    BUILTIN(HIGH, FALSE, SITE_DO_VIEW, "Ladder journal not written", "停机日志无法写入",
            "Open ladders and holds would not survive a crash of stationd. Make room in its run directory.",
            "若 stationd 崩溃,进行中的停机与锁定将丢失;请清理其运行目录的空间。"),
};
G_STATIC_ASSERT(G_N_ELEMENTS(builtins) + 1 == G_N_ELEMENTS(guard_builtin_names));

static int find_builtin(const char *name)
{
    return name_find(guard_builtin_names, G_N_ELEMENTS(builtins), name);
}

gboolean guard_alarms_is_builtin(const char *rule)
{
    return find_builtin(rule) >= 0;
}

gboolean guard_find_builtin(const char *name, SiteRule *ret_rule)
{
    int place = find_builtin(name);

    if (place < 0)
        return FALSE;
    *ret_rule = builtins[place];
    ret_rule->name = (char *)(gpointer)guard_builtin_names[place];
    return TRUE;
}

/* ---- Making an alarm ---- */

static void make_id(Guard *self, Moment now, char id[ALARM_ID_SIZE])
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(now.wall_us / G_USEC_PER_SEC);
    g_autofree char *stamp = time ? g_date_time_format(time, "%Y%m%dT%H%M%S") : g_strdup("0");

    do {
        self->alarm_serial = (self->alarm_serial + 1) % 1000000;
        g_snprintf(id, ALARM_ID_SIZE, "%.15s-%08x-%u", stamp, self->seed, self->alarm_serial);
    } while (g_hash_table_contains(self->by_id, id));
}

void guard_alarms_note_skipped(const Guard *self, Alarm *alarm)
{
    guint done = self->executors;

    if (!annunciator_has_output(self->annunciator, TRUE, alarm))
        done &= ~(guint)SITE_DO_SIREN;
    if (!annunciator_has_output(self->annunciator, FALSE, alarm))
        done &= ~(guint)SITE_DO_STROBE;
    alarm->skipped_actions = alarm->actions & ~done;
}

void guard_set_executors(Guard *self, guint mask)
{
    self->executors = mask;
    for (guint i = 0; i < self->alarms->len; i++)
        guard_alarms_note_skipped(self, self->alarms->pdata[i]);
}

void guard_alarms_add(Guard *self, Alarm *alarm)
{
    g_ptr_array_add(self->alarms, alarm);
    g_hash_table_insert(self->by_id, alarm->id, alarm);
}

static Alarm *raise_new(Guard *self, const SiteRule *rule, const char *subject, const char *zone, Moment now)
{
    char id[ALARM_ID_SIZE];
    Alarm *alarm;

    make_id(self, now, id);
    alarm = alarm_new(id, rule, subject, zone, now);
    guard_alarms_note_skipped(self, alarm);
    guard_alarms_add(self, alarm);
    g_hash_table_add(self->raised, alarm);
    return alarm;
}

static void note_value(const Guard *self, const GuardWatch *watch, Alarm *alarm, guint point, Moment now)
{
    guint shown = rule_instance_get_value_point(watch->instance);

    /* Where a delay has run out, the moment that counts is the end of the delay. */
    alarm->reading_at_us = point == POINT_NONE ? now.boot_us : self->model->points[point].read_at_us;
    if (shown != POINT_NONE) {
        const Point *value = &self->model->points[shown];
        gboolean good = value->quality == POINT_QUALITY_GOOD;
        g_autofree char *text =
            good ? point_value_format(&value->value) : g_strdup(point_quality_name(value->quality));

        alarm_copy_text(alarm->value, sizeof alarm->value, text);
        alarm_copy_text(alarm->unit, sizeof alarm->unit, good && !value->value.text[0] ? value->unit : "");
    }
}

/* ---- Whom it condemns ---- */

/* The rung at which ACTIONS of SUBJECT begin for CONNECTOR, or −1. No zone means the whole station. */
static int find_start(const Model *model, guint actions, const RuleSubject *subject, guint connector)
{
    guint device = model->connectors[connector].device;
    gboolean own = subject->kind == RULE_SUBJECT_CONNECTOR ? subject->index == connector
                   : subject->kind == RULE_SUBJECT_DEVICE  ? subject->index == device
                                                           : FALSE;
    gboolean in_zone = !subject->zone[0] || g_str_equal(subject->zone, model->devices[device].zone);

    if (actions & SITE_DO_MAIN_BREAKER)
        return SITE_RUNG_STATION;
    if ((actions & SITE_DO_FEEDER_STATION) || ((actions & SITE_DO_FEEDER_ZONE) && in_zone) ||
        ((actions & SITE_DO_FEEDER) && own))
        return SITE_RUNG_FEEDER;
    if ((actions & SITE_DO_DISABLE) && own)
        return SITE_RUNG_DISABLE;
    if ((actions & SITE_DO_STOP_STATION) || ((actions & SITE_DO_STOP_ZONE) && in_zone) ||
        ((actions & SITE_DO_STOP) && own))
        return SITE_RUNG_SOFT;
    return -1;
}

void guard_alarms_act(Guard *self, Alarm *alarm, const RuleSubject *subject, Moment now)
{
    if (!(alarm->actions & SITE_DO_LADDER))
        return;
    for (guint i = 0; i < self->model->n_connectors; i++) {
        int start = find_start(self->model, alarm->actions, subject, i);

        if (start >= 0)
            interlock_condemn(self->interlock, i, alarm, (SiteRung)start, FALSE, now);
    }
}

gboolean guard_alarms_find_subject(const Guard *self, const char *path, const char *zone, RuleSubject *ret)
{
    guint connector = model_find_connector(self->model, path);
    guint device = model_find_device(self->model, path);

    *ret = (RuleSubject){ .kind = RULE_SUBJECT_ZONE, .path = path, .zone = zone };
    if (connector != G_MAXUINT) {
        ret->kind = RULE_SUBJECT_CONNECTOR;
        ret->index = connector;
    } else if (device != G_MAXUINT) {
        ret->kind = RULE_SUBJECT_DEVICE;
        ret->index = device;
    } else if (!g_str_has_prefix(path, "zone/")) {
        return FALSE;
    }
    return TRUE;
}

/* ---- Following the rules ---- */

static gboolean is_full(const Guard *self, const SiteRule *rule)
{
    return self->alarms->len >= GUARD_STATE_ALARMS_MAX && !(rule->actions & SITE_DO_LADDER);
}

static void owe(Guard *self, GuardWatch *watch, RuleVerdict verdict)
{
    if (watch->owed == RULE_VERDICT_NONE && verdict != RULE_VERDICT_NONE)
        self->n_owed++;
    else if (watch->owed != RULE_VERDICT_NONE && verdict == RULE_VERDICT_NONE)
        self->n_owed--;
    watch->owed = verdict;
}

static void raise_alarm(Guard *self, GuardWatch *watch, gboolean unknown, guint point, Moment now)
{
    gboolean acts = !unknown || watch->rule->on_unknown == SITE_ON_UNKNOWN_ACT;
    Alarm *alarm = watch->alarm;

    /* Standing already, and nothing new is known. */
    if (alarm && alarm->active && !(alarm->by_unknown && acts))
        return;
    if (!alarm)
        alarm = watch->alarm = raise_new(self, watch->rule, watch->subject->path, watch->subject->zone, now);
    else if (!alarm->active)
        alarm_return_active(alarm);
    else /* a person has seen that nothing is known; that it is true, nobody has */
        alarm_renew(alarm);
    alarm->by_unknown = !acts;
    note_value(self, watch, alarm, point, now);
    guard_record(self, alarm, GUARD_TRANSITION_RAISED, "", now);
    if (acts)
        guard_alarms_act(self, alarm, watch->subject, now);
}

static void clear_alarm(Guard *self, Alarm *alarm, Moment now)
{
    if (!alarm->active)
        return;
    alarm_return_normal(alarm, now);
    guard_record(self, alarm, GUARD_TRANSITION_CLEARED, "", now);
}

void guard_alarms_follow(Guard *self, GuardWatch *watch, RuleVerdict verdict, guint point, Moment now)
{
    owe(self, watch, RULE_VERDICT_NONE);
    switch (verdict) {
    case RULE_VERDICT_NONE:
        break;
    case RULE_VERDICT_RAISE:
    case RULE_VERDICT_RAISE_UNKNOWN:
        if (!watch->alarm && is_full(self, watch->rule))
            owe(self, watch, verdict);
        else
            raise_alarm(self, watch, verdict == RULE_VERDICT_RAISE_UNKNOWN, point, now);
        break;
    case RULE_VERDICT_CLEAR:
        if (watch->alarm)
            clear_alarm(self, watch->alarm, now);
        break;
    }
}

void guard_alarms_settle_owed(Guard *self, Moment now)
{
    for (guint i = 0; self->n_owed && i < self->watches->len; i++) {
        GuardWatch *watch = &g_array_index(self->watches, GuardWatch, i);

        if (watch->owed == RULE_VERDICT_NONE)
            continue;
        if (is_full(self, watch->rule))
            return;
        guard_alarms_follow(self, watch, watch->owed, POINT_NONE, now);
    }
}

/* ---- Built-in alarms ---- */

Alarm *guard_alarms_find(const Guard *self, const char *rule, const char *subject)
{
    for (guint i = 0; i < self->alarms->len; i++) {
        Alarm *alarm = self->alarms->pdata[i];

        if (g_str_equal(alarm->rule, rule) && g_str_equal(alarm->subject, subject))
            return alarm;
    }
    return NULL;
}

static const char *find_zone(const Guard *self, const char *subject)
{
    guint connector = model_find_connector(self->model, subject);
    guint device = connector == G_MAXUINT ? model_find_device(self->model, subject)
                                          : self->model->connectors[connector].device;

    return device == G_MAXUINT ? "" : self->model->devices[device].zone;
}

static void raise_builtin(Guard *self, const char *name, const char *subject, const char *value,
                          const char *cause, gint64 reading_at_us, Moment now)
{
    int place = find_builtin(name);
    Alarm *alarm = guard_alarms_find(self, name, subject);

    g_return_if_fail(place >= 0);
    if (alarm && alarm->active)
        return;
    if (alarm) {
        alarm_return_active(alarm);
    } else {
        SiteRule rule = builtins[place];

        rule.name = (char *)(gpointer)name;
        alarm = raise_new(self, &rule, subject, find_zone(self, subject), now);
    }
    alarm->reading_at_us = reading_at_us;
    alarm_copy_text(alarm->value, sizeof alarm->value, value);
    alarm_copy_text(alarm->cause, sizeof alarm->cause, cause);
    guard_record(self, alarm, GUARD_TRANSITION_RAISED, "", now);
}

void guard_raise_builtin(Guard *self, const char *name, const char *subject, const char *value, Moment now)
{
    guard_begin_turn(self);
    raise_builtin(self, name, subject, value, "", now.boot_us, now);
    guard_end_turn(self, now);
}

void guard_clear_builtin(Guard *self, const char *name, const char *subject, Moment now)
{
    Alarm *alarm = guard_alarms_find(self, name, subject);

    guard_begin_turn(self);
    if (alarm)
        clear_alarm(self, alarm, now);
    guard_end_turn(self, now);
}

void guard_alarms_call_person(Guard *self, guint connector, const Alarm *owner, gboolean standing, Moment now)
{
    const char *path = self->model->connectors[connector].path;
    const InterlockLadder *ladder = interlock_find_ladder(self->interlock, connector);
    Alarm *alarm = guard_alarms_find(self, INTERLOCK_CALL, path);
    char cause[ALARM_ID_SIZE];
    const char *why = "";

    if (!standing) {
        if (alarm)
            clear_alarm(self, alarm, now);
        return;
    }
    for (guint rung = 0; ladder && rung < SITE_RUNGS; rung++) {
        if (ladder->rungs[rung].result == ALARM_STEP_FAILED)
            why = ladder->rungs[rung].proof;
    }
    g_strlcpy(cause, g_str_equal(owner->rule, INTERLOCK_CALL) ? owner->cause : owner->id, sizeof cause);
    /* No reading: the time from reading to proof is that of the alarm behind it. */
    raise_builtin(self, INTERLOCK_CALL, path, why, cause, 0, now);
    interlock_condemn(self->interlock, connector, guard_alarms_find(self, INTERLOCK_CALL, path),
                      SITE_RUNG_SOFT, FALSE, now);
}

/* ---- Commands that are refused: one alarm per target, whatever its verbs ---- */

static gboolean is_any_refused(const Guard *self, const char *subject)
{
    GHashTableIter iter;
    gpointer key;

    g_hash_table_iter_init(&iter, self->refused);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        if (g_str_has_prefix(key, subject) && ((char *)key)[strlen(subject)] == ' ')
            return TRUE;
    }
    return FALSE;
}

void guard_alarms_note_refusal(Guard *self, const char *subject, const char *verb, const char *reason,
                               Moment now)
{
    g_autofree char *key = g_strdup_printf("%s %s", subject, verb);
    Alarm *alarm;

    if (reason) {
        g_autofree char *value = g_strdup_printf("%s: %s", verb, reason);

        g_hash_table_add(self->refused, g_steal_pointer(&key));
        raise_builtin(self, COMMAND_REFUSED, subject, value, "", now.boot_us, now);
        return;
    }
    if (!g_hash_table_remove(self->refused, key) || is_any_refused(self, subject))
        return;
    alarm = guard_alarms_find(self, COMMAND_REFUSED, subject);
    if (alarm)
        clear_alarm(self, alarm, now);
}

void guard_alarms_note_output(Guard *self, const char *subject, const char *seen, Moment now)
{
    Alarm *alarm = guard_alarms_find(self, OUTPUT_UNPROVEN, subject);

    if (seen)
        raise_builtin(self, OUTPUT_UNPROVEN, subject, seen, "", now.boot_us, now);
    else if (alarm)
        clear_alarm(self, alarm, now);
}

void guard_alarms_take_refusal(Guard *self, const Alarm *alarm)
{
    const char *end = strchr(alarm->value, ':');

    if (end && alarm->active && g_str_equal(alarm->rule, COMMAND_REFUSED))
        g_hash_table_add(self->refused,
                         g_strdup_printf("%s %.*s", alarm->subject, (int)(end - alarm->value), alarm->value));
}

/* ---- People ---- */

static Alarm *find_for_person(const Guard *self, const char *id, GError **error)
{
    Alarm *alarm = g_hash_table_lookup(self->by_id, id);

    if (!alarm)
        g_set_error(error, GUARD_ERROR, GUARD_ERROR_UNKNOWN, "no alarm %.40s that is not over", id);
    return alarm;
}

/* The alarm's own error in the terms of this room's door. */
static gboolean refuse(GError **error, GError *why)
{
    g_set_error_literal(error, GUARD_ERROR, GUARD_ERROR_STATE, why->message);
    g_error_free(why);
    return FALSE;
}

gboolean guard_acknowledge(Guard *self, const char *id, const char *by, const char *note, Moment now,
                           GError **error)
{
    Alarm *alarm = find_for_person(self, id, error);
    GError *why = NULL;

    if (!alarm)
        return FALSE;
    guard_begin_turn(self);
    if (!alarm_acknowledge(alarm, by, note, now, &why))
        return refuse(error, why);
    guard_record(self, alarm, GUARD_TRANSITION_ACKNOWLEDGED, by, now);
    guard_end_turn(self, now);
    return TRUE;
}

gboolean guard_reset(Guard *self, const char *id, const char *by, Moment now, GError **error)
{
    Alarm *alarm = find_for_person(self, id, error);
    GError *why = NULL;

    if (!alarm)
        return FALSE;
    guard_begin_turn(self);
    if (!alarm_reset(alarm, by, now, &why))
        return refuse(error, why);
    guard_record(self, alarm, GUARD_TRANSITION_RESET, by, now);
    guard_end_turn(self, now);
    return TRUE;
}

/* What sounds in ZONE is silenced, or acknowledged. */
static guint quieten(Guard *self, const char *zone, const char *by, gboolean acknowledge, Moment now)
{
    gint64 until_us = now.boot_us + (gint64)self->model->site->policy.silence_minutes * 60 * G_USEC_PER_SEC;
    guint n = 0;

    /* Backwards, because an alarm may end by it. */
    for (guint i = self->alarms->len; i-- > 0;) {
        Alarm *alarm = i < self->alarms->len ? self->alarms->pdata[i] : NULL;

        if (!alarm || !alarm_wants_siren(alarm, now.boot_us) || !annunciator_serves(zone, alarm))
            continue;
        n++;
        if (acknowledge) {
            alarm_acknowledge(alarm, by, "", now, NULL);
            guard_record(self, alarm, GUARD_TRANSITION_ACKNOWLEDGED, by, now);
        } else {
            alarm_silence(alarm, until_us);
            guard_record(self, alarm, GUARD_TRANSITION_SILENCED, by, now);
        }
    }
    return n;
}

guint guard_silence(Guard *self, const char *by, Moment now)
{
    guint n;

    guard_begin_turn(self);
    n = quieten(self, "", by, FALSE, now);
    guard_end_turn(self, now);
    return n;
}

void guard_alarms_press(Guard *self, guint point, const char *zone, Moment now)
{
    g_autofree char *by = g_strdup_printf("button:%s", self->model->points[point].path);

    quieten(self, zone, by, self->model->site->policy.button_acknowledges, now);
}

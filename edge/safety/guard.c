/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/safety/guard-state.h"

#include <string.h>

#define SWEEP_US (2 * G_USEC_PER_SEC)

G_DEFINE_QUARK(guard - error - quark, guard_error)

/* ---- Decisions ---- */

void guard_decision_free(GuardDecision *decision)
{
    g_free(decision->text);
    g_free(decision);
}

GuardDecision *guard_take_decision(Guard *self)
{
    return g_queue_pop_head(&self->decisions);
}

void guard_push(Guard *self, GuardDecision *decision)
{
    g_queue_push_tail(&self->decisions, decision);
}

static guint64 on_send(const GuardCommand *command, gpointer user_data)
{
    Guard *self = user_data;
    GuardDecision *decision = g_new0(GuardDecision, 1);

    decision->kind = GUARD_DECISION_COMMAND;
    decision->command = *command;
    decision->command.id |= ++self->command_serial << 20;
    g_ptr_array_add(self->actions, decision);
    return decision->command.id;
}

static void on_urge(guint point, gboolean on, gpointer user_data)
{
    Guard *self = user_data;
    GuardDecision *decision = g_new0(GuardDecision, 1);

    decision->kind = GUARD_DECISION_URGE;
    decision->point = point;
    decision->on = on;
    g_ptr_array_add(self->actions, decision);
}

static void on_changed(Alarm *alarm, GuardTransition transition, Moment now, gpointer user_data)
{
    guard_record(user_data, alarm, transition, "", now);
}

static void on_unproven(guint connector, const Alarm *owner, gboolean standing, Moment now,
                        gpointer user_data)
{
    guard_alarms_call_person(user_data, connector, owner, standing, now);
}

static void on_release(guint connector, const char *alarm, Moment now, gpointer user_data)
{
    Guard *self = user_data;
    GuardDecision *decision = g_new0(GuardDecision, 1);

    decision->kind = GUARD_DECISION_RELEASE;
    decision->connector = connector;
    decision->text = g_strdup(alarm);
    decision->at = now;
    g_ptr_array_add(self->releases, decision);
}

static void on_refused(const GuardCommand *command, const char *reason, Moment now, gpointer user_data)
{
    Guard *self = user_data;
    const ModelDevice *device = &self->model->devices[command->device];
    const char *subject = command->connector
                              ? self->model->connectors[device->first_connector + command->connector - 1].path
                              : device->path;

    guard_alarms_note_refusal(self, subject, command->verb, reason, now);
}

static void on_strays(guint device, const char *seen, Moment now, gpointer user_data)
{
    Guard *self = user_data;

    guard_alarms_note_output(self, self->model->devices[device].path, seen, now);
}

/* ---- A turn ---- */

void guard_begin_turn(Guard *self)
{
    /* What the last decisions borrowed may be looked at until they are all taken. */
    if (g_queue_is_empty(&self->decisions))
        g_ptr_array_set_size(self->graveyard, 0);
}

void guard_bury(Guard *self, Alarm *alarm)
{
    guint place;

    if (!g_ptr_array_find(self->alarms, alarm, &place))
        return;
    for (guint i = 0; i < self->watches->len; i++) {
        GuardWatch *watch = &g_array_index(self->watches, GuardWatch, i);

        if (watch->alarm == alarm)
            watch->alarm = NULL;
    }
    g_hash_table_remove(self->by_id, alarm->id);
    g_ptr_array_add(self->graveyard, g_ptr_array_steal_index_fast(self->alarms, place));
    g_queue_push_tail(&self->ended_order, g_strdup(alarm->id));
    g_hash_table_add(self->ended, self->ended_order.tail->data);
    if (self->ended_order.length > GUARD_STATE_ENDED_MAX)
        g_hash_table_remove(self->ended, g_queue_pop_head(&self->ended_order));
}

void guard_record(Guard *self, Alarm *alarm, GuardTransition transition, const char *by, Moment now)
{
    GuardRecord record = { .alarm = alarm, .transition = transition, .at = now };

    if (transition == GUARD_TRANSITION_CHANGED) {
        g_hash_table_add(self->changed, alarm);
        return;
    }
    record.number = ++alarm->transitions;
    alarm_copy_text(record.by, sizeof record.by, by);
    g_array_append_val(self->records, record);
    self->announce = TRUE;
    if (!alarm->over)
        return;
    guard_bury(self, alarm);
    interlock_forgive(self->interlock, alarm, now);
    guard_alarms_settle_owed(self, now);
}

/* Steps and latencies that no other record of the turn shows already. */
static void record_changes(Guard *self, Moment now)
{
    GHashTableIter iter;
    gpointer alarm;

    if (!g_hash_table_size(self->changed))
        return;
    for (guint i = 0; i < self->records->len; i++)
        g_hash_table_remove(self->changed, g_array_index(self->records, GuardRecord, i).alarm);
    g_hash_table_iter_init(&iter, self->changed);
    while (g_hash_table_iter_next(&iter, &alarm, NULL)) {
        GuardRecord record = { .alarm = alarm, .transition = GUARD_TRANSITION_CHANGED, .at = now };

        record.number = ++((Alarm *)alarm)->transitions;
        g_array_append_val(self->records, record);
    }
    g_hash_table_remove_all(self->changed);
}

static void push_all(Guard *self, GPtrArray *decisions)
{
    for (guint i = 0; i < decisions->len; i++)
        guard_push(self, decisions->pdata[i]);
    g_ptr_array_set_size(decisions, 0);
}

static void push_record(Guard *self, const GuardRecord *record)
{
    GuardDecision *decision = g_new0(GuardDecision, 1);

    decision->kind = GUARD_DECISION_ALARM;
    decision->alarm = record->alarm;
    decision->transition = record->transition;
    decision->number = record->number;
    decision->at = record->at;
    memcpy(decision->by, record->by, sizeof decision->by);
    guard_push(self, decision);
}

void guard_end_turn(Guard *self, Moment now)
{
    if (self->announce || now.boot_us >= annunciator_get_next_us(self->annunciator))
        annunciator_update(self->annunciator, self->alarms, now);
    self->announce = FALSE;
    record_changes(self, now);
    guard_journal_write_turn(self);
    push_all(self, self->actions);
    for (guint i = 0; i < self->records->len; i++)
        push_record(self, &g_array_index(self->records, GuardRecord, i));
    g_array_set_size(self->records, 0);
    self->n_journaled = 0;
    push_all(self, self->releases);
}

/* ---- Making one ---- */

static void add_rule(Guard *self, const SiteRule *site)
{
    Rule *rule = rule_new(site, NULL);
    GPtrArray *instances;

    if (!rule)
        return;
    instances = rule_instantiate(rule, self->model);
    g_ptr_array_add(self->rules, rule);
    g_ptr_array_add(self->instances, instances);
    for (guint i = 0; i < instances->len; i++) {
        GuardWatch watch = { .instance = instances->pdata[i],
                             .rule = site,
                             .subject = rule_instance_get_subject(instances->pdata[i]) };

        g_array_append_val(self->watches, watch);
    }
}

static void build_watch_lists(Guard *self)
{
    guint n_points = self->model->n_points, n;
    g_autofree guint *fill = g_new0(guint, n_points + 1);

    self->watch_start = g_new0(guint, n_points + 1);
    for (guint w = 0; w < self->watches->len; w++) {
        const guint *points =
            rule_instance_get_points(g_array_index(self->watches, GuardWatch, w).instance, &n);

        for (guint i = 0; i < n; i++)
            self->watch_start[points[i] + 1]++;
    }
    for (guint p = 0; p < n_points; p++) {
        self->watch_start[p + 1] += self->watch_start[p];
        fill[p] = self->watch_start[p];
    }
    self->watch_list = g_new0(guint, MAX(1, self->watch_start[n_points]));
    for (guint w = 0; w < self->watches->len; w++) {
        const guint *points =
            rule_instance_get_points(g_array_index(self->watches, GuardWatch, w).instance, &n);

        for (guint i = 0; i < n; i++) {
            guint at = fill[points[i]]++;

            self->watch_list[at] = w;
        }
    }
}

Guard *guard_new(Model *model, guint32 seed, Moment now)
{
    Guard *self = g_new0(Guard, 1);
    InterlockSink interlock = { on_send, on_urge, on_changed, on_unproven, on_release, on_refused, self };
    AnnunciatorSink annunciator = { on_send, on_refused, on_strays, self };

    self->model = model;
    self->seed = seed;
    self->executors = SITE_DO_LADDER | SITE_DO_SIREN | SITE_DO_STROBE;
    self->rules = g_ptr_array_new_with_free_func((GDestroyNotify)rule_free);
    self->instances = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    self->watches = g_array_new(FALSE, TRUE, sizeof(GuardWatch));
    self->alarms = g_ptr_array_new_with_free_func((GDestroyNotify)alarm_free);
    self->graveyard = g_ptr_array_new_with_free_func((GDestroyNotify)alarm_free);
    self->by_id = g_hash_table_new(g_str_hash, g_str_equal);
    self->ended = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_queue_init(&self->ended_order);
    g_queue_init(&self->decisions);
    self->records = g_array_new(FALSE, TRUE, sizeof(GuardRecord));
    self->actions = g_ptr_array_new();
    self->releases = g_ptr_array_new();
    self->refused = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->changed = g_hash_table_new(NULL, NULL);
    self->raised = g_hash_table_new(NULL, NULL);
    self->interlock = interlock_new(model, &interlock);
    self->annunciator = annunciator_new(model, &annunciator);
    self->announce = TRUE; /* what an earlier run left switched on goes out at the first turn */
    for (guint i = 0; i < model->site->rules->len; i++)
        add_rule(self, model->site->rules->pdata[i]);
    build_watch_lists(self);
    self->rules_next_us = now.boot_us;
    return self;
}

void guard_free(Guard *self)
{
    g_queue_clear_full(&self->decisions, (GDestroyNotify)guard_decision_free);
    g_ptr_array_set_free_func(self->actions, (GDestroyNotify)guard_decision_free);
    g_ptr_array_set_free_func(self->releases, (GDestroyNotify)guard_decision_free);
    g_ptr_array_unref(self->actions);
    g_ptr_array_unref(self->releases);
    g_clear_pointer(&self->restore, guard_restore_free);
    interlock_free(self->interlock);
    annunciator_free(self->annunciator);
    g_ptr_array_unref(self->instances);
    g_ptr_array_unref(self->rules);
    g_array_unref(self->watches);
    g_free(self->watch_start);
    g_free(self->watch_list);
    g_hash_table_unref(self->by_id);
    g_hash_table_unref(self->ended);
    g_queue_clear(&self->ended_order);
    g_hash_table_unref(self->refused);
    g_hash_table_unref(self->changed);
    g_hash_table_unref(self->raised);
    g_array_unref(self->records);
    g_ptr_array_unref(self->alarms);
    g_ptr_array_unref(self->graveyard);
    g_free(self);
}

/* ---- What happens ---- */

static void step_watch(Guard *self, GuardWatch *watch, guint point, Moment now)
{
    RuleVerdict verdict = rule_instance_step(watch->instance, self->model, now.boot_us);

    if (verdict != RULE_VERDICT_NONE)
        guard_alarms_follow(self, watch, verdict, point, now);
    watch->next_us = rule_instance_next_us(watch->instance, self->model, now.boot_us);
    self->rules_next_us = MIN(self->rules_next_us, watch->next_us);
}

void guard_on_point(Guard *self, guint point, Moment now)
{
    gboolean pressed;
    const char *zone;

    g_return_if_fail(point < self->model->n_points);
    guard_begin_turn(self);
    for (guint i = self->watch_start[point]; i < self->watch_start[point + 1]; i++) {
        GuardWatch *watch = &g_array_index(self->watches, GuardWatch, self->watch_list[i]);

        rule_instance_observe(watch->instance, self->model, point);
        step_watch(self, watch, point, now);
    }
    interlock_on_point(self->interlock, point, now);
    if (annunciator_on_point(self->annunciator, point, &pressed, &zone, now))
        self->announce = TRUE;
    if (pressed)
        guard_alarms_press(self, point, zone, now);
    guard_end_turn(self, now);
}

void guard_on_silence(Guard *self, guint device, guint unit, gint64 asked_at_us, Moment now)
{
    g_return_if_fail(device < self->model->n_devices);
    guard_begin_turn(self);
    interlock_on_silence(self->interlock, device, unit, asked_at_us, now);
    if (annunciator_on_silence(self->annunciator, device, unit))
        self->announce = TRUE;
    guard_end_turn(self, now);
}

/* A point that begins to be watched tells nobody, and its silence must be noticed all the same. */
static void sweep_rules(Guard *self, Moment now)
{
    if (now.boot_us < self->sweep_us)
        return;
    self->sweep_us = now.boot_us + SWEEP_US;
    for (guint i = 0; i < self->watches->len; i++) {
        GuardWatch *watch = &g_array_index(self->watches, GuardWatch, i);

        watch->next_us =
            MIN(watch->next_us, rule_instance_next_us(watch->instance, self->model, now.boot_us));
        self->rules_next_us = MIN(self->rules_next_us, watch->next_us);
    }
}

/* rules_next_us is a lower bound: what has been put off since costs one look. */
static void tick_rules(Guard *self, Moment now)
{
    gint64 next_us = CLOCK_NEVER;

    sweep_rules(self, now);
    if (now.boot_us < self->rules_next_us)
        return;
    for (guint i = 0; i < self->watches->len; i++) {
        GuardWatch *watch = &g_array_index(self->watches, GuardWatch, i);

        if (watch->next_us <= now.boot_us)
            step_watch(self, watch, POINT_NONE, now);
        next_us = MIN(next_us, watch->next_us);
    }
    self->rules_next_us = next_us;
}

void guard_tick(Guard *self, Moment now)
{
    guard_begin_turn(self);
    tick_rules(self, now);
    interlock_tick(self->interlock, now);
    guard_end_turn(self, now);
}

gint64 guard_get_next_us(const Guard *self)
{
    gint64 next_us = MIN(self->rules_next_us, interlock_get_next_us(self->interlock));

    if (self->watches->len)
        next_us = MIN(next_us, self->sweep_us);
    return MIN(next_us, annunciator_get_next_us(self->annunciator));
}

void guard_on_command_result(Guard *self, const GuardCommandResult *result, Moment now)
{
    /* A command of the guard before a reload is no business of this one. */
    if (result->id >> 20 <= self->first_command_serial)
        return;
    guard_begin_turn(self);
    if (result->id & INTERLOCK_ID_TARGETS) {
        interlock_on_result(self->interlock, result, now);
    } else if (result->id & ANNUNCIATOR_ID_OUTPUTS) {
        annunciator_on_result(self->annunciator, result, now);
        self->announce = TRUE;
    }
    guard_end_turn(self, now);
}

void guard_on_released(Guard *self, guint connector, Moment now)
{
    guard_begin_turn(self);
    interlock_on_released(self->interlock, connector, now);
    guard_end_turn(self, now);
}

/* ---- What others may know ---- */

gboolean guard_permits(const Guard *self, guint connector, const char *verb, gboolean has_argument,
                       double argument, const char **ret_alarm)
{
    const InterlockLadder *ladder = interlock_find_ladder(self->interlock, connector);

    if (!ladder || g_str_equal(verb, "stop") || g_str_equal(verb, "disable") ||
        (g_str_equal(verb, "limit") && has_argument && argument == 0))
        return TRUE;
    if (ret_alarm) {
        const Alarm *alarm = guard_get_hold(self, connector, NULL);

        *ret_alarm = alarm ? alarm->id : ladder->last_alarm;
    }
    return FALSE;
}

const Alarm *guard_get_hold(const Guard *self, guint connector, const char **ret_cause)
{
    const InterlockLadder *ladder = interlock_find_ladder(self->interlock, connector);
    const InterlockHolder *holder;

    if (!ladder || !ladder->holders->len)
        return NULL;
    holder = &g_array_index(ladder->holders, InterlockHolder, 0);
    /* An alarm of its own says more than a neighbour's, and both say more than the call for a person. */
    for (guint i = 1; i < ladder->holders->len && holder->shared; i++) {
        const InterlockHolder *next = &g_array_index(ladder->holders, InterlockHolder, i);

        if (next->call)
            break;
        holder = next;
    }
    if (ret_cause)
        *ret_cause = holder->shared ? "shared-feeder" : "";
    return holder->alarm;
}

const GPtrArray *guard_get_alarms(const Guard *self)
{
    return self->alarms;
}

const Alarm *guard_find_alarm(const Guard *self, const char *id)
{
    return g_hash_table_lookup(self->by_id, id);
}

/* ---- Reload ---- */

static char *watch_key(const GuardWatch *watch)
{
    return g_strdup_printf("%s %s", watch->rule->name, watch->subject->path);
}

/* Delays that run and windows that fill go on: a reload makes no alarm late. */
static void adopt_delays(Guard *self, const Guard *old)
{
    g_autoptr(GHashTable) before = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < old->watches->len; i++) {
        const GuardWatch *watch = &g_array_index(old->watches, GuardWatch, i);

        g_hash_table_insert(before, watch_key(watch), watch->instance);
    }
    for (guint i = 0; i < self->watches->len; i++) {
        const GuardWatch *watch = &g_array_index(self->watches, GuardWatch, i);
        g_autofree char *key = watch_key(watch);
        const RuleInstance *instance = g_hash_table_lookup(before, key);

        if (instance)
            rule_instance_adopt(watch->instance, instance);
    }
}

/* Books that are read after the reload may still hold as open what has ended before it. */
static void adopt_ended(Guard *self, Guard *old)
{
    char *id;

    g_hash_table_steal_all(old->ended);
    while ((id = g_queue_pop_head(&old->ended_order))) {
        g_queue_push_tail(&self->ended_order, id);
        g_hash_table_add(self->ended, id);
    }
}

gboolean guard_adopt(Guard *self, Guard *old, Moment now, GError **error)
{
    const GArray *active = interlock_get_active(old->interlock);
    g_autofree char *journal = NULL;

    for (guint i = 0; i < active->len; i++) {
        guint connector = g_array_index(active, guint, i);
        const char *path = old->model->connectors[connector].path;

        if (!interlock_find_ladder(old->interlock, connector) ||
            model_find_connector(self->model, path) != G_MAXUINT)
            continue;
        g_set_error(error, GUARD_ERROR, GUARD_ERROR_HELD, "%s is held by an alarm and must stay", path);
        return FALSE;
    }
    adopt_delays(self, old);
    adopt_ended(self, old);
    self->executors = old->executors;
    g_hash_table_unref(self->refused);
    self->refused = g_hash_table_ref(old->refused);
    journal = guard_dump_journal(old, "reload");
    self->command_serial = self->first_command_serial = old->command_serial;
    self->alarm_serial = MAX(self->alarm_serial, old->alarm_serial);
    self->turn_serial = MAX(self->turn_serial, old->turn_serial);
    while (old->alarms->len) {
        Alarm *alarm = g_ptr_array_steal_index(old->alarms, old->alarms->len - 1);
        gint64 reading_us = alarm->reading_at_us, silenced_us = alarm->silenced_until_us;

        g_hash_table_remove(old->by_id, alarm->id);
        guard_restore_alarm(self, alarm);
        alarm->reading_at_us = reading_us;
        alarm->silenced_until_us = silenced_us;
    }
    guard_restore_journal(self, journal, "reload", now, NULL);
    guard_finish_restore(self, now);
    return TRUE;
}

char **guard_list_lost(const Guard *self, const Model *model)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GStrvBuilder) lost = g_strv_builder_new();

    for (guint i = 0; i < self->alarms->len; i++) {
        const Alarm *alarm = self->alarms->pdata[i];

        for (guint s = 0; s < alarm->ladder->len; s++) {
            char *path = g_array_index(alarm->ladder, AlarmStep, s).connector;

            if (model_find_connector(model, path) == G_MAXUINT && g_hash_table_add(seen, path))
                g_strv_builder_add(lost, path);
        }
    }
    return g_strv_builder_end(lost);
}

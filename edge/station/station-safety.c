/* SPDX-License-Identifier: Apache-2.0 */
/* The guard's decisions carried out, in their order: journal, command, record. */
#include "edge/station/hq/station-headquarters.h"
#include "edge/station/station-private.h"

/* The end of a hold enables what the hold had disabled, and not what headquarters has. */
static gboolean is_needless(const Station *self, const GuardCommand *command)
{
    guint connector = self->model->devices[command->device].first_connector + command->connector - 1;

    return command->connector > 0 && g_str_equal(command->verb, "enable") &&
           station_hq_has_disabled(self, connector);
}

static void send_guard_command(Station *self, const GuardCommand *command)
{
    StationLine *line = self->line_of[command->device];
    DriverCommand order = { .id = command->id,
                            .device = command->device,
                            .connector = command->connector,
                            .has_argument = command->has_argument,
                            .argument = command->argument,
                            .deadline_us = command->deadline_us };

    if (is_needless(self, command)) {
        g_array_append_val(self->needless, order.id);
        return;
    }
    if (!line || !line->instance) {
        g_array_append_val(self->refused, order.id);
        return;
    }
    g_strlcpy(order.verb, command->verb, sizeof order.verb);
    g_hash_table_insert(self->in_flight, g_memdup2(&order.id, sizeof order.id), line);
    line->driver->command(line->instance, &order);
}

static void tell_alarm(Station *self, const GuardDecision *decision)
{
    static const char *const words[] = { "raised",   "acknowledged", "returned to normal", "reset",
                                         "silenced", "stop proven",  "rung failed",        NULL };
    const Alarm *alarm = decision->alarm;

    if (words[decision->transition])
        g_message("alarm %s %s on %s: %s%s%s%s%s", alarm->id, alarm->rule, alarm->subject,
                  words[decision->transition], alarm->value[0] ? ", " : "", alarm->value,
                  decision->by[0] ? ", by " : "", decision->by);
    if (self->service)
        service_alarm_changed(self->service, alarm);
}

static void carry_out(Station *self, const GuardDecision *decision)
{
    switch (decision->kind) {
    case GUARD_DECISION_JOURNAL:
        station_journal_append(self, decision->text);
        break;
    case GUARD_DECISION_COMMAND:
        send_guard_command(self, &decision->command);
        break;
    case GUARD_DECISION_URGE:
        station_devices_urge(self, decision->point, decision->on);
        break;
    case GUARD_DECISION_ALARM:
        station_records_alarm(self, decision);
        tell_alarm(self, decision);
        break;
    case GUARD_DECISION_RELEASE:
        station_records_release(self, decision);
        break;
    }
}

static void arm_tick(Station *self)
{
    gint64 next_us = guard_get_next_us(self->guard);

    if (!self->tick)
        return;
    if (next_us == CLOCK_NEVER)
        g_source_set_ready_time(self->tick, -1);
    else /* the source counts on CLOCK_MONOTONIC, the guard on CLOCK_BOOTTIME */
        g_source_set_ready_time(self->tick, g_get_monotonic_time() + MAX(0, next_us - clock_boot_us()));
}

static guint connector_of(const Station *self, guint point)
{
    const Point *at = &self->model->points[point];

    return self->model->devices[at->device].first_connector + at->connector - 1;
}

/* Readings are in the model as whole batches before the guard looks at any of them. */
static void look_at_readings(Station *self)
{
    Moment now = clock_now();

    for (guint i = 0; i < self->read_points->len; i++) {
        guint point = g_array_index(self->read_points, guint, i);

        guard_on_point(self->guard, point, now);
        if (self->service && self->model->points[point].connector > 0)
            service_connector_changed(self->service, connector_of(self, point));
    }
    g_array_set_size(self->read_points, 0);
}

/* The guard hears of what could not be sent when its turn is carried out. Tells whether it has more to say
 * then. */
static gboolean answer_refused(Station *self)
{
    g_autoptr(GArray) needless = g_steal_pointer(&self->needless);
    g_autoptr(GArray) ids = g_steal_pointer(&self->refused);

    self->refused = g_array_new(FALSE, FALSE, sizeof(guint64));
    self->needless = g_array_new(FALSE, FALSE, sizeof(guint64));
    for (guint i = 0; i < needless->len; i++) {
        GuardCommandResult left_out = { .id = g_array_index(needless, guint64, i),
                                        .outcome = GUARD_COMMAND_CONFIRMED };

        guard_on_command_result(self->guard, &left_out, clock_now());
    }
    for (guint i = 0; i < ids->len; i++) {
        GuardCommandResult refused = { .id = g_array_index(ids, guint64, i),
                                       .outcome = GUARD_COMMAND_REFUSED,
                                       .reason = "nothing can carry it" };

        guard_on_command_result(self->guard, &refused, clock_now());
    }
    return ids->len + needless->len > 0;
}

void station_safety_drain(Station *self)
{
    GuardDecision *decision;

    if (!self->lines)
        return; /* what is decided before the drivers are open waits for them */
    look_at_readings(self);
    do {
        while ((decision = guard_take_decision(self->guard))) {
            carry_out(self, decision);
            guard_decision_free(decision);
        }
    } while (answer_refused(self));
    arm_tick(self);
}

typedef struct {
    GSource base;
    Station *station;
} TickSource;

static gboolean on_tick(GSource *source, GSourceFunc callback G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
    Station *self = ((TickSource *)source)->station;

    g_source_set_ready_time(source, -1);
    guard_tick(self->guard, clock_now());
    station_safety_drain(self);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs tick_functions = { .dispatch = on_tick };

static void on_model(guint point, Moment now G_GNUC_UNUSED, gpointer user_data)
{
    Station *self = user_data;

    g_array_append_val(self->read_points, point);
}

void station_safety_start(Station *self)
{
    if (!self->tick) {
        self->tick = g_source_new(&tick_functions, sizeof(TickSource));
        ((TickSource *)self->tick)->station = self;
        g_source_set_priority(self->tick, G_PRIORITY_HIGH);
        g_source_set_static_name(self->tick, "guard");
        g_source_attach(self->tick, NULL);
    }
    if (!self->refused) {
        self->refused = g_array_new(FALSE, FALSE, sizeof(guint64));
        self->needless = g_array_new(FALSE, FALSE, sizeof(guint64));
    }
    if (!self->read_points)
        self->read_points = g_array_new(FALSE, FALSE, sizeof(guint));
    g_array_set_size(self->read_points, 0);
    model_set_watch(self->model, on_model, self);
}

void station_safety_stop(Station *self)
{
    if (self->tick) {
        g_source_destroy(self->tick);
        g_clear_pointer(&self->tick, g_source_unref);
    }
    g_clear_pointer(&self->read_points, g_array_unref);
    g_clear_pointer(&self->refused, g_array_unref);
    g_clear_pointer(&self->needless, g_array_unref);
}

void station_safety_raise(Station *self, const char *builtin, const char *subject, const char *value)
{
    guard_raise_builtin(self->guard, builtin, subject, value, clock_now());
}

void station_safety_clear(Station *self, const char *builtin, const char *subject)
{
    guard_clear_builtin(self->guard, builtin, subject, clock_now());
}

static void restore_alarms(Station *self, JsonArray *alarms)
{
    for (guint i = 0; alarms && i < json_array_get_length(alarms); i++) {
        Alarm *alarm = station_remember_alarm(self, json_array_get_object_element(alarms, i));

        if (alarm)
            guard_restore_alarm(self->guard, alarm);
    }
}

/* A built-in alarm tells of its very process: what is still true of this one is raised anew. Only the call
 * for a person stays until its connector is proven. RESTORED are ids of alarms of an earlier run: that they
 * came from outside says so, whatever the clock said then. */
static void clear_builtins(Station *self, const GPtrArray *restored)
{
    for (guint i = 0; i < restored->len; i++) {
        const Alarm *alarm = guard_find_alarm(self->guard, restored->pdata[i]);
        SiteRule rule;

        if (alarm && alarm->active && guard_find_builtin(alarm->rule, &rule) &&
            !g_str_equal(alarm->rule, "stop-unproven"))
            guard_clear_builtin(self->guard, alarm->rule, alarm->subject, clock_now());
    }
}

static void clear_all_builtins(Station *self)
{
    const GPtrArray *alarms = guard_get_alarms(self->guard);
    g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < alarms->len; i++)
        g_ptr_array_add(ids, g_strdup(((Alarm *)alarms->pdata[i])->id));
    clear_builtins(self, ids);
}

static void restore(Station *self, JsonArray *alarms, const char *journal)
{
    g_autoptr(GError) error = NULL;

    restore_alarms(self, alarms);
    if (journal && !guard_restore_journal(self->guard, journal, self->boot_id, clock_now(), &error))
        g_warning("ladder journal: %s", error->message);
    guard_finish_restore(self->guard, clock_now());
}

/* What stood before the restart: the database's alarms (NULL: the books are not there yet), then the
 * journal's, which knows more. */
void station_safety_restore(Station *self, JsonArray *alarms)
{
    g_autofree char *journal = station_journal_load(self);

    restore(self, alarms, journal);
    if (station_fall_back(self))
        restore(self, alarms, journal);
    self->restored = TRUE;
    clear_all_builtins(self); /* nothing has been raised by this run yet */
    station_journal_begin(self);
}

/* The books came later than the guard could wait: alarms that it does not know by now are taken over. */
void station_safety_merge(Station *self, JsonArray *alarms)
{
    g_autoptr(GPtrArray) restored = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < json_array_get_length(alarms); i++) {
        Alarm *alarm = station_remember_alarm(self, json_array_get_object_element(alarms, i));

        if (alarm && guard_find_alarm(self->guard, alarm->id)) {
            alarm_free(alarm);
        } else if (alarm) {
            g_ptr_array_add(restored, g_strdup(alarm->id));
            guard_restore_alarm(self->guard, alarm);
        }
    }
    guard_finish_restore(self->guard, clock_now());
    clear_builtins(self, restored);
    station_tell_configuration(self);
    station_safety_drain(self);
}

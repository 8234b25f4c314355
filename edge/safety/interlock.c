/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/safety/interlock.h"

#include "edge/safety/interlock-climb.h"

#include <string.h>

#define LONGEST_PULSE_US (60 * G_USEC_PER_SEC) /* a trip that was sent longer ago has had its pulse */
#define ENABLE_RETRY_US                                                                                      \
    G_USEC_PER_SEC /* at first; then ever more seldom, while its feeder is being closed again */
#define ENABLE_SELDOM_US (30 * G_USEC_PER_SEC)
#define ENABLE_FOR_US (30 * 60 * G_USEC_PER_SEC) /* then it stays disabled until somebody enables it */

Interlock *interlock_new(const Model *model, const InterlockSink *sink)
{
    Interlock *self = g_new0(Interlock, 1);
    const SitePolicy *policy = &model->site->policy;

    self->model = model;
    self->sink = *sink;
    self->reach = interlock_reach_new(model);
    self->silent_at_us = g_new0(gint64, MAX(1, model->n_points));
    self->ladders = g_new0(InterlockLadder *, MAX(1, model->n_connectors));
    self->active = g_array_new(FALSE, FALSE, sizeof(guint));
    self->urged = g_new0(guint, MAX(1, model->n_points));
    self->proof.model = model;
    self->proof.silent_at_us = self->silent_at_us;
    self->proof.main_contact = policy->highest_rung == SITE_RUNG_STATION
                                   ? model_find_point(model, policy->main_breaker)
                                   : POINT_NONE;
    return self;
}

void interlock_free(Interlock *self)
{
    for (guint i = 0; i < self->model->n_connectors; i++) {
        if (!self->ladders[i])
            continue;
        g_array_unref(self->ladders[i]->holders);
        g_free(self->ladders[i]);
    }
    g_free(self->ladders);
    g_free(self->silent_at_us);
    interlock_reach_free(self->reach);
    g_array_unref(self->active);
    g_free(self->urged);
    g_free(self);
}

const InterlockLadder *interlock_find_ladder(const Interlock *self, guint connector)
{
    if (connector >= self->model->n_connectors || !self->ladders[connector] ||
        self->ladders[connector]->state == INTERLOCK_STATE_IDLE)
        return NULL;
    return self->ladders[connector];
}

const GArray *interlock_get_active(const Interlock *self)
{
    return self->active;
}

gboolean interlock_is_holder(const InterlockLadder *ladder, const Alarm *alarm)
{
    for (guint i = 0; i < ladder->holders->len; i++) {
        if (interlock_climb_holder(ladder, i)->alarm == alarm)
            return TRUE;
    }
    return FALSE;
}

gboolean interlock_is_enabling(const InterlockLadder *ladder)
{
    return ladder->state == INTERLOCK_STATE_IDLE && ladder->enable_until_us;
}

static InterlockLadder *get_ladder(Interlock *self, guint connector)
{
    InterlockLadder *ladder = self->ladders[connector];

    if (!ladder) {
        ladder = self->ladders[connector] = g_new0(InterlockLadder, 1);
        ladder->connector = connector;
        ladder->holders = g_array_new(FALSE, TRUE, sizeof(InterlockHolder));
        ladder->enable_at_us = CLOCK_NEVER;
    }
    return ladder;
}

static void deactivate(Interlock *self, guint connector)
{
    for (guint i = 0; i < self->active->len; i++) {
        if (g_array_index(self->active, guint, i) == connector) {
            g_array_remove_index(self->active, i);
            return;
        }
    }
}

/* ---- Condemning, forgiving ---- */

InterlockHolder *interlock_hold(InterlockLadder *ladder, Alarm *alarm, gboolean shared)
{
    InterlockHolder holder = { .alarm = alarm,
                               .shared = shared,
                               .call = g_str_equal(alarm->rule, INTERLOCK_CALL) };
    guint place = ladder->holders->len;

    for (guint i = 0; i < SITE_RUNGS; i++)
        holder.steps[i] = POINT_NONE;
    while (place && !holder.call && interlock_climb_holder(ladder, place - 1)->call)
        place--;
    g_array_insert_val(ladder->holders, place, holder);
    alarm_copy_text(ladder->last_alarm, sizeof ladder->last_alarm, alarm->id);
    ladder->dirty = TRUE;
    return interlock_climb_holder(ladder, place);
}

static void raise_start(InterlockLadder *ladder, SiteRung start)
{
    ladder->start = start;
    ladder->floor = MAX(ladder->floor, start);
    ladder->dirty = TRUE;
}

/* A breaker had condemned the connector for this alarm, and now the alarm does so itself. */
static void own_up(InterlockLadder *ladder, const Alarm *alarm)
{
    for (guint i = 0; i < ladder->holders->len; i++) {
        InterlockHolder *holder = interlock_climb_holder(ladder, i);

        if (holder->alarm != alarm || !holder->shared)
            continue;
        holder->shared = FALSE;
        ladder->dirty = TRUE;
        for (guint rung = 0; rung < SITE_RUNGS; rung++) {
            if (holder->steps[rung] != POINT_NONE)
                g_array_index(holder->alarm->ladder, AlarmStep, holder->steps[rung]).cause[0] = '\0';
        }
        ladder->dirty_rungs = (1u << SITE_RUNGS) - 1;
    }
}

static void reset_ladder(InterlockLadder *ladder)
{
    memset(ladder->rungs, 0, sizeof ladder->rungs);
    ladder->proven_at = (Moment){ 0 };
    ladder->has_broken = FALSE;
    ladder->holding_since_us = 0;
    ladder->enable_at_us = CLOCK_NEVER;
    ladder->enable_until_us = 0;
}

void interlock_condemn(Interlock *self, guint connector, Alarm *alarm, SiteRung start, gboolean shared,
                       Moment now)
{
    InterlockLadder *ladder = get_ladder(self, connector);
    gboolean fresh = ladder->state == INTERLOCK_STATE_IDLE || ladder->state == INTERLOCK_STATE_RELEASING;
    SiteRung own = fresh ? SITE_RUNG_SOFT : ladder->start;

    if (fresh)
        reset_ladder(ladder);
    if (!interlock_is_holder(ladder, alarm)) {
        InterlockHolder *holder = interlock_hold(ladder, alarm, shared);

        for (guint rung = 0; rung < SITE_RUNGS; rung++) {
            if (ladder->rungs[rung].reached)
                interlock_climb_mirror(self, ladder, holder, rung);
        }
        ladder->dirty_rungs = (1u << SITE_RUNGS) - 1;
    } else if (!shared) {
        own_up(ladder, alarm);
    }
    if (fresh)
        interlock_climb_begin(self, ladder, start, now);
    else if (ladder->state != INTERLOCK_STATE_UNPROVEN && ladder->rung < start)
        interlock_climb_begin(self, ladder, start, now);
    else if (start > ladder->start && !shared)
        raise_start(ladder, start);
    /* Its breaker goes for another's sake: if that is stuck, what this charger itself shows will do. */
    if (shared)
        ladder->start = ladder->floor = own;
}

/* ---- Refusals: what a person must know of even where another rung succeeds ---- */

static gboolean is_any_held(const Interlock *self, const InterlockTarget *target)
{
    for (guint i = 0; i < target->users->len; i++) {
        const InterlockLadder *ladder = self->ladders[g_array_index(target->users, guint, i)];

        if (ladder && ladder->holders->len)
            return TRUE;
    }
    return FALSE;
}

static void tell_refusal(Interlock *self, const InterlockTarget *target, const char *reason, Moment now)
{
    GuardCommand command = { .device = target->device, .connector = target->number };

    g_strlcpy(command.verb, target->verb, sizeof command.verb);
    self->sink.refused(&command, reason, now, self->sink.user_data);
}

static void note_refusal(Interlock *self, const InterlockTarget *target, const GuardCommandResult *result,
                         Moment now)
{
    if (result->outcome == GUARD_COMMAND_CONFIRMED)
        tell_refusal(self, target, NULL, now);
    /* What comes once the hold is over would not end any more. */
    else if (result->outcome == GUARD_COMMAND_REFUSED &&
             (target->rung == SITE_RUNGS || is_any_held(self, target)))
        tell_refusal(self, target, result->reason, now);
}

/* The hold of LADDER has ended: its commands are wanted no more, but for a breaker that others hold. */
static void settle_refusals(Interlock *self, const InterlockLadder *ladder, Moment now)
{
    for (guint rung = 0; rung < SITE_RUNGS; rung++) {
        guint target = interlock_reach_find(self->reach, ladder->connector, rung);

        if (target != INTERLOCK_REACH_NONE && !is_any_held(self, interlock_reach_get(self->reach, target)))
            tell_refusal(self, interlock_reach_get(self->reach, target), NULL, now);
    }
}

static void release(Interlock *self, InterlockLadder *ladder, Moment now)
{
    ladder->state = INTERLOCK_STATE_RELEASING;
    ladder->releases++;
    ladder->dirty = TRUE;
    interlock_climb_urge(self, ladder);
    self->sink.release(ladder->connector, ladder->last_alarm, now, self->sink.user_data);
    settle_refusals(self, ladder, now);
}

/* One holder less. Nobody asks for a breaker any more where the call for a person is all that is left. */
static void pass_on(Interlock *self, InterlockLadder *ladder, Moment now)
{
    InterlockHolder *first = interlock_climb_holder(ladder, 0);

    if (first->call)
        ladder->start = SITE_RUNG_SOFT;
    if (ladder->state == INTERLOCK_STATE_UNPROVEN)
        ladder->floor = ladder->start;
    self->sink.changed(first->alarm, GUARD_TRANSITION_CHANGED, now, self->sink.user_data);
}

/* What was under way when the last alarm ended is not waited for any more. */
static void close_rungs(Interlock *self, InterlockLadder *ladder, Moment now)
{
    for (guint rung = 0; rung < SITE_RUNGS; rung++) {
        InterlockRung *step = &ladder->rungs[rung];

        if (!step->reached || step->result != ALARM_STEP_PENDING)
            continue;
        step->result = ALARM_STEP_SKIPPED;
        g_strlcpy(step->proof, "the hold ended first", sizeof step->proof);
        interlock_climb_publish(self, ladder, rung, GUARD_TRANSITION_CHANGED, now);
    }
}

void interlock_forgive(Interlock *self, const Alarm *alarm, Moment now)
{
    for (guint i = 0; i < self->active->len; i++) {
        InterlockLadder *ladder = self->ladders[g_array_index(self->active, guint, i)];
        guint before = ladder->holders->len;

        if (before == 1 && interlock_is_holder(ladder, alarm))
            close_rungs(self, ladder, now);
        for (guint h = ladder->holders->len; h-- > 0;) {
            if (interlock_climb_holder(ladder, h)->alarm == alarm)
                g_array_remove_index(ladder->holders, h);
        }
        if (before == ladder->holders->len)
            continue;
        ladder->dirty = TRUE;
        if (!ladder->holders->len) {
            alarm_copy_text(ladder->last_alarm, sizeof ladder->last_alarm, alarm->id);
            release(self, ladder, now);
        } else {
            pass_on(self, ladder, now);
        }
    }
}

/* ---- What happens ---- */

void interlock_on_point(Interlock *self, guint point, Moment now)
{
    guint n;
    const guint *connectors = interlock_reach_list(self->reach, point, &n);

    if (point == self->proof.main_contact) {
        for (guint i = 0; i < self->active->len; i++)
            interlock_climb_evaluate(self, self->ladders[g_array_index(self->active, guint, i)], now);
    }
    for (guint i = 0; i < n; i++) {
        if (self->ladders[connectors[i]])
            interlock_climb_evaluate(self, self->ladders[connectors[i]], now);
    }
}

void interlock_on_silence(Interlock *self, guint device, guint unit, gint64 asked_at_us, Moment now)
{
    guint first = self->model->devices[device].first_point;

    for (guint i = first; i < self->model->n_points && self->model->points[i].device == device; i++) {
        if (model_is_at_unit(self->model, i, unit))
            self->silent_at_us[i] = MAX(self->silent_at_us[i], asked_at_us);
    }
    for (guint i = 0; i < self->active->len; i++)
        interlock_climb_evaluate(self, self->ladders[g_array_index(self->active, guint, i)], now);
}

static void note_result(Interlock *self, InterlockLadder *ladder, SiteRung rung,
                        const GuardCommandResult *result, gboolean current, Moment now)
{
    InterlockRung *step = &ladder->rungs[rung];
    gint64 sent_before = step->sent_at_us, confirmed_before = step->confirmed_at_us;
    char why[160];

    if (ladder->state == INTERLOCK_STATE_IDLE || ladder->state == INTERLOCK_STATE_RELEASING ||
        !step->commanded_at.boot_us || (result->sent_at_us && result->sent_at_us < step->valid_from_us))
        return;
    if (result->sent_at_us) {
        interlock_climb_note_command(ladder, result->sent_at_us);
        if (!step->sent_at_us)
            step->sent_at_us = result->sent_at_us;
    }
    if (result->outcome == GUARD_COMMAND_CONFIRMED && !step->confirmed_at_us)
        step->confirmed_at_us = result->confirmed_at_us;
    if (step->sent_at_us != sent_before || step->confirmed_at_us != confirmed_before)
        interlock_climb_publish(self, ladder, rung, GUARD_TRANSITION_CHANGED, now);
    if (current && result->outcome == GUARD_COMMAND_REFUSED && step->result == ALARM_STEP_PENDING &&
        ladder->state == INTERLOCK_STATE_OPEN) {
        g_snprintf(why, sizeof why, "refused: %s", result->reason);
        if (rung == ladder->rung) {
            interlock_climb_fail(self, ladder, why, now);
        } else {
            step->result = ALARM_STEP_FAILED;
            alarm_copy_text(step->proof, sizeof step->proof, why);
            interlock_climb_publish(self, ladder, rung, GUARD_TRANSITION_CHANGED, now);
        }
    }
    interlock_climb_evaluate(self, ladder, now);
}

/* It is not sent any more. WHY it was not taken, NULL where it was (or the refusal is told already): nobody
 * else would notice that the charger is still disabled. */
static void end_enable(Interlock *self, InterlockLadder *ladder, const char *why, Moment now)
{
    guint target = interlock_reach_find(self->reach, ladder->connector, SITE_RUNGS);

    ladder->enable_until_us = 0;
    ladder->dirty = TRUE;
    if (why)
        tell_refusal(self, interlock_reach_get(self->reach, target), why, now);
}

static void note_enable(Interlock *self, InterlockLadder *ladder, const GuardCommandResult *result,
                        Moment now)
{
    if (!interlock_is_enabling(ladder))
        return;
    ladder->enable_at_us = CLOCK_NEVER;
    if (result->outcome == GUARD_COMMAND_FAILED &&
        now.boot_us + ladder->enable_wait_us < ladder->enable_until_us) {
        ladder->enable_at_us = now.boot_us + ladder->enable_wait_us;
        ladder->enable_wait_us = MIN(2 * ladder->enable_wait_us, ENABLE_SELDOM_US);
        return;
    }
    end_enable(self, ladder, result->outcome == GUARD_COMMAND_FAILED ? result->reason : NULL, now);
}

void interlock_on_result(Interlock *self, const GuardCommandResult *result, Moment now)
{
    guint index = (guint)(result->id & (INTERLOCK_ID_TARGETS - 1));
    gboolean wanted = FALSE;
    InterlockTarget *target;
    gboolean current;

    if (index >= self->reach->targets->len)
        return;
    target = interlock_reach_get(self->reach, index);
    current = target->id == result->id;
    if (current)
        target->in_flight = FALSE;
    for (guint i = 0; i < target->users->len; i++) {
        guint connector = g_array_index(target->users, guint, i);
        InterlockLadder *ladder = self->ladders[connector];

        if (!ladder)
            continue;
        if (target->rung == SITE_RUNGS) {
            note_enable(self, ladder, result, now);
            continue;
        }
        note_result(self, ladder, target->rung, result, current, now);
        wanted = wanted || interlock_climb_wants_retry(self, connector, target->rung, now);
    }
    note_refusal(self, target, result, now);
    if (wanted && !target->in_flight && result->outcome == GUARD_COMMAND_FAILED)
        target->retry_at_us = MAX(now.boot_us, target->issued_at_us + INTERLOCK_CLIMB_RETRY_US);
}

static void send_enable(Interlock *self, InterlockLadder *ladder, Moment now)
{
    ladder->enable_at_us = now.boot_us + 5 * ENABLE_RETRY_US; /* in case no result ever comes */
    interlock_climb_send(self, interlock_reach_find(self->reach, ladder->connector, SITE_RUNGS),
                         now.boot_us + 5 * ENABLE_RETRY_US, now);
}

void interlock_on_released(Interlock *self, guint connector, Moment now)
{
    InterlockLadder *ladder = connector < self->model->n_connectors ? self->ladders[connector] : NULL;

    if (!ladder || !ladder->releases || --ladder->releases)
        return;
    if (ladder->state != INTERLOCK_STATE_RELEASING)
        return;
    ladder->state = INTERLOCK_STATE_IDLE;
    reset_ladder(ladder);
    /* For the journal it is releasing until the enable is done with: a restart then begins at the release. */
    ladder->dirty = interlock_reach_find(self->reach, connector, SITE_RUNGS) == INTERLOCK_REACH_NONE;
    if (interlock_reach_find(self->reach, connector, SITE_RUNGS) != INTERLOCK_REACH_NONE) {
        ladder->enable_until_us = now.boot_us + ENABLE_FOR_US;
        ladder->enable_wait_us = ENABLE_RETRY_US;
        send_enable(self, ladder, now);
    }
}

static void tick_target(Interlock *self, guint index, Moment now)
{
    InterlockTarget *target = interlock_reach_get(self->reach, index);
    gint64 deadline_us = 0;

    if (now.boot_us < target->retry_at_us)
        return;
    target->retry_at_us = CLOCK_NEVER;
    for (guint i = 0; i < target->users->len; i++) {
        guint connector = g_array_index(target->users, guint, i);

        if (interlock_climb_wants_retry(self, connector, target->rung, now))
            deadline_us = MAX(deadline_us, self->ladders[connector]->rungs[target->rung].deadline_us);
    }
    if (deadline_us)
        interlock_climb_send(self, index, deadline_us, now);
}

static void resend_all(Interlock *self, InterlockLadder *ladder, Moment now)
{
    ladder->resend_at_us = now.boot_us + INTERLOCK_CLIMB_RESEND_US;
    for (guint rung = 0; rung < SITE_RUNGS; rung++) {
        guint target = interlock_reach_find(self->reach, ladder->connector, rung);

        if (target != INTERLOCK_REACH_NONE && ladder->rungs[rung].commanded_at.boot_us)
            interlock_climb_send(self, target, ladder->resend_at_us, now);
    }
}

/* It leaves the list once the journal knows. */
static void tick_idle(Interlock *self, InterlockLadder *ladder, Moment now)
{
    if (!ladder->enable_until_us && !ladder->dirty) {
        deactivate(self, ladder->connector);
    } else if (now.boot_us >= ladder->enable_until_us) {
        end_enable(self, ladder, ladder->enable_until_us ? "no answer" : NULL, now);
    } else if (now.boot_us >= ladder->enable_at_us) {
        send_enable(self, ladder, now);
    }
}

static void tick_ladder(Interlock *self, InterlockLadder *ladder, Moment now)
{
    for (guint rung = 0; rung < SITE_RUNGS; rung++) {
        if (interlock_reach_find(self->reach, ladder->connector, rung) != INTERLOCK_REACH_NONE)
            tick_target(self, interlock_reach_find(self->reach, ladder->connector, rung), now);
    }
    if (ladder->state == INTERLOCK_STATE_OPEN && now.boot_us >= interlock_climb_get_end_us(ladder))
        interlock_climb_evaluate(self, ladder, now);
    else if (ladder->state == INTERLOCK_STATE_UNPROVEN && now.boot_us >= ladder->resend_at_us)
        resend_all(self, ladder, now);
    else if (ladder->state == INTERLOCK_STATE_IDLE)
        tick_idle(self, ladder, now);
}

void interlock_tick(Interlock *self, Moment now)
{
    /* Backwards, because a ladder may leave the list. */
    for (guint i = self->active->len; i-- > 0;)
        tick_ladder(self, self->ladders[g_array_index(self->active, guint, i)], now);
}

static gint64 next_of(const Interlock *self, const InterlockLadder *ladder)
{
    gint64 next_us = CLOCK_NEVER;

    if (ladder->state == INTERLOCK_STATE_OPEN)
        next_us = interlock_climb_get_end_us(ladder);
    else if (ladder->state == INTERLOCK_STATE_UNPROVEN)
        next_us = ladder->resend_at_us;
    else if (ladder->state == INTERLOCK_STATE_IDLE)
        next_us = MIN(ladder->enable_at_us, ladder->enable_until_us);
    for (guint rung = 0; rung < SITE_RUNGS; rung++) {
        guint target = interlock_reach_find(self->reach, ladder->connector, rung);

        if (target != INTERLOCK_REACH_NONE)
            next_us = MIN(next_us, interlock_reach_get(self->reach, target)->retry_at_us);
    }
    return next_us;
}

gint64 interlock_get_next_us(const Interlock *self)
{
    gint64 next_us = CLOCK_NEVER;

    for (guint i = 0; i < self->active->len; i++)
        next_us = MIN(next_us, next_of(self, self->ladders[g_array_index(self->active, guint, i)]));
    return next_us;
}

/* ---- After a restart ---- */

InterlockLadder *interlock_restore(Interlock *self, guint connector)
{
    interlock_climb_activate(self, connector);
    return get_ladder(self, connector);
}

/* What was tripped and read before is not what feeds it now, and proves nothing: the rung begins anew. */
static void renew_rungs(Interlock *self, InterlockLadder *ladder, Moment now)
{
    guint changed = 0, first = SITE_RUNGS;

    for (guint rung = SITE_RUNGS; rung-- > SITE_RUNG_FEEDER;) {
        InterlockRung *step = &ladder->rungs[rung];

        if (!step->breaker || step->breaker == interlock_climb_name_breaker(self, ladder->connector, rung))
            continue;
        memset(step, 0, sizeof *step);
        changed |= 1u << rung;
        first = rung;
    }
    if (!changed)
        return;
    ladder->dirty = TRUE;
    /* A proof by something else stands, and a rung below it is gone on with. */
    if (ladder->state == INTERLOCK_STATE_PROVEN
            ? !(changed >> ladder->rung & 1)
            : ladder->state == INTERLOCK_STATE_OPEN && ladder->rung < first)
        return;
    ladder->floor = MIN(ladder->floor, first);
    interlock_climb_go_on(self, ladder, first, now);
}

void interlock_resume(Interlock *self, InterlockLadder *ladder, Moment now)
{
    for (guint i = 0; i < ladder->holders->len; i++) {
        for (guint rung = 0; rung < SITE_RUNGS; rung++) {
            if (ladder->rungs[rung].reached)
                interlock_climb_mirror(self, ladder, interlock_climb_holder(ladder, i), rung);
        }
    }
    if (ladder->state == INTERLOCK_STATE_RELEASING) {
        ladder->releases = 1;
        self->sink.release(ladder->connector, ladder->last_alarm, now, self->sink.user_data);
        return;
    }
    renew_rungs(self, ladder, now);
    for (guint rung = 0; rung < SITE_RUNGS; rung++) {
        guint target = interlock_reach_find(self->reach, ladder->connector, rung);
        gboolean open = ladder->state == INTERLOCK_STATE_OPEN && ladder->rungs[rung].commanded_at.boot_us &&
                        (rung == ladder->rung || (ladder->rungs[rung].result == ALARM_STEP_PENDING &&
                                                  !ladder->rungs[rung].confirmed_at_us));
        gint64 since_us = now.boot_us - ladder->rungs[rung].commanded_at.boot_us;
        /* The end may have come while the coil of a shunt trip was on: tripped again, its pulse has an end.
         */
        gboolean pulsing = rung >= SITE_RUNG_FEEDER && ladder->rungs[rung].commanded_at.boot_us &&
                           since_us >= 0 && since_us < LONGEST_PULSE_US;

        gboolean disabled = rung == SITE_RUNG_DISABLE && ladder->rungs[rung].commanded_at.boot_us;

        /* The stop of whatever is held, the disable of what was disabled, and what had not been answered. */
        if (target != INTERLOCK_REACH_NONE && (rung == SITE_RUNG_SOFT || disabled || open || pulsing))
            interlock_climb_send(self, target, now.boot_us + INTERLOCK_CLIMB_RESEND_US, now);
    }
    interlock_climb_urge(self, ladder);
    /* The call for a person and its end stand in another line of the journal, which may have been lost. */
    if (ladder->state == INTERLOCK_STATE_UNPROVEN || ladder->state == INTERLOCK_STATE_PROVEN)
        self->sink.unproven(ladder->connector, interlock_climb_holder(ladder, 0)->alarm,
                            ladder->state == INTERLOCK_STATE_UNPROVEN, now, self->sink.user_data);
}

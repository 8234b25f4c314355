/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/safety/interlock.h"

#include "edge/safety/interlock-proof.h"
#include "edge/safety/interlock-reach.h"

#include <string.h>

#define SHORTEST_RETRY_US (250 * 1000)          /* between two sendings of an unanswered command */
#define UNPROVEN_RESEND_US (5 * G_USEC_PER_SEC) /* while a person is called */
#define ENABLE_RETRY_US G_USEC_PER_SEC
#define ENABLE_FOR_US (60 * G_USEC_PER_SEC) /* then the charger stays disabled until somebody enables it */

struct Interlock {
    const Model *model;
    InterlockSink sink;
    InterlockProof proof;
    InterlockReach *reach;
    gint64 *silent_at_us;
    InterlockLadder **ladders; /* of each connector, NULL until it was condemned once */
    GArray *active;            /* guint: connectors whose ladder is not idle, or that wait for their enable */
    guint *urged;              /* of each point: ladders that urge it */
};

const char *interlock_state_name(InterlockState state)
{
    static const char *const names[] = { "idle", "open", "proven", "unproven", "releasing" };

    return names[state];
}

Interlock *interlock_new(const Model *model, const InterlockSink *sink)
{
    Interlock *self = g_new0(Interlock, 1);
    const SitePolicy *policy = &model->site->policy;

    self->model = model;
    self->sink = *sink;
    self->reach = interlock_reach_new(model);
    self->silent_at_us = g_new0(gint64, MAX(1, model->n_devices));
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

static InterlockHolder *holder_at(const InterlockLadder *ladder, guint i)
{
    return &g_array_index(ladder->holders, InterlockHolder, i);
}

gboolean interlock_is_holder(const InterlockLadder *ladder, const Alarm *alarm)
{
    for (guint i = 0; i < ladder->holders->len; i++) {
        if (holder_at(ladder, i)->alarm == alarm)
            return TRUE;
    }
    return FALSE;
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

static void activate(Interlock *self, guint connector)
{
    for (guint i = 0; i < self->active->len; i++) {
        if (g_array_index(self->active, guint, i) == connector)
            return;
    }
    g_array_append_val(self->active, connector);
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

/* ---- Steps: what the holders' alarms show ---- */

static void copy_step(const InterlockRung *rung, AlarmStep *step)
{
    step->result = rung->result;
    step->commanded_at = rung->commanded_at;
    step->confirmed_at_us = rung->confirmed_at_us;
    step->proven_at = rung->proven_at;
    alarm_copy_text(step->proof, sizeof step->proof, rung->proof);
}

static void mirror(Interlock *self, InterlockLadder *ladder, InterlockHolder *holder, SiteRung rung)
{
    if (holder->steps[rung] == POINT_NONE)
        holder->steps[rung] = alarm_add_step(holder->alarm, self->model->connectors[ladder->connector].path,
                                             rung, holder->shared ? "shared-feeder" : "");
    copy_step(&ladder->rungs[rung], &g_array_index(holder->alarm->ladder, AlarmStep, holder->steps[rung]));
}

/* RUNG has changed: the owner's alarm makes TRANSITION of it, the others merely show it. */
static void publish(Interlock *self, InterlockLadder *ladder, SiteRung rung, GuardTransition transition,
                    Moment now)
{
    ladder->dirty = TRUE;
    ladder->dirty_rungs |= 1u << rung;
    for (guint i = 0; i < ladder->holders->len; i++) {
        mirror(self, ladder, holder_at(ladder, i), rung);
        self->sink.changed(holder_at(ladder, i)->alarm, i == 0 ? transition : GUARD_TRANSITION_CHANGED, now,
                           self->sink.user_data);
    }
}

/* ---- Urging: proof points read back to back ---- */

static void urge_point(Interlock *self, guint point, gboolean on)
{
    if (point == POINT_NONE)
        return;
    if (on ? self->urged[point]++ == 0 : --self->urged[point] == 0)
        self->sink.urge(point, on, self->sink.user_data);
}

/* The charger's points from the first rung on, those of the feeder once a breaker is in question. */
static void update_urges(Interlock *self, InterlockLadder *ladder)
{
    const ModelConnector *connector = &self->model->connectors[ladder->connector];
    gboolean climbs = ladder->state == INTERLOCK_STATE_OPEN || ladder->state == INTERLOCK_STATE_UNPROVEN;
    gboolean feeder = climbs && (ladder->rungs[SITE_RUNG_FEEDER].commanded_at.boot_us ||
                                 ladder->rungs[SITE_RUNG_STATION].commanded_at.boot_us);

    if (climbs != ladder->urges_charger) {
        ladder->urges_charger = climbs;
        urge_point(self, connector->status, climbs);
        for (guint i = 0; i < connector->n_current; i++)
            urge_point(self, connector->current[i], climbs);
    }
    if (feeder != ladder->urges_feeder) {
        ladder->urges_feeder = feeder;
        urge_point(self, connector->feeder_contact, feeder);
        urge_point(self, self->proof.main_contact, feeder);
        for (guint i = 0; i < connector->n_feeder_meter_current; i++)
            urge_point(self, connector->feeder_meter_current[i], feeder);
    }
}

/* ---- Sending ---- */

/* Sends TARGET's command, or joins one of a shared breaker that is on its way. Gives the time since which it
 * has been on its way. */
static gint64 send_target(Interlock *self, guint index, gint64 deadline_us, Moment now)
{
    InterlockTarget *target = interlock_reach_get(self->reach, index);
    gint64 patience_us = target->number == 0 ? SHORTEST_RETRY_US : 0;
    GuardCommand command = { .device = target->device,
                             .connector = target->number,
                             .deadline_us = deadline_us };

    if (target->in_flight && now.boot_us - target->issued_at_us <= patience_us)
        return target->issued_at_us;
    g_strlcpy(command.verb, target->verb, sizeof command.verb);
    command.id = INTERLOCK_ID_TARGETS | index;
    target->id = self->sink.send(&command, self->sink.user_data);
    target->in_flight = TRUE;
    target->issued_at_us = now.boot_us;
    target->retry_at_us = CLOCK_NEVER;
    return now.boot_us;
}

static gboolean wants_retry(const Interlock *self, guint connector, SiteRung rung, Moment now)
{
    const InterlockLadder *ladder = self->ladders[connector];

    return ladder && ladder->state == INTERLOCK_STATE_OPEN && ladder->rungs[rung].commanded_at.boot_us &&
           rung <= ladder->rung && ladder->rungs[rung].result == ALARM_STEP_PENDING &&
           !ladder->rungs[rung].confirmed_at_us && now.boot_us < ladder->rungs[rung].deadline_us;
}

/* ---- Climbing ---- */

static void condemn_neighbours(Interlock *self, InterlockLadder *ladder, SiteRung rung, Moment now);

/* Begins RUNG anew: its command goes out, and only what follows it counts. */
static void command_rung(Interlock *self, InterlockLadder *ladder, SiteRung rung, Moment now)
{
    InterlockRung *step = &ladder->rungs[rung];
    gint64 allowed_us = (gint64)self->model->site->policy.stop_deadline_ms[rung] * 1000;

    memset(step, 0, sizeof *step);
    step->reached = TRUE;
    step->result = ALARM_STEP_PENDING;
    step->commanded_at = now;
    step->deadline_us = now.boot_us + allowed_us;
    step->valid_from_us =
        send_target(self, interlock_reach_find(self->reach, ladder->connector, rung), step->deadline_us, now);
    publish(self, ladder, rung, GUARD_TRANSITION_CHANGED, now);
    if (rung >= SITE_RUNG_FEEDER)
        condemn_neighbours(self, ladder, rung, now);
}

static void skip_rung(Interlock *self, InterlockLadder *ladder, SiteRung rung, Moment now)
{
    static const char *const why[] = { "the charger has no stop command",
                                       "the charger has no disable command",
                                       "no feeder breaker that can be tripped",
                                       "no main breaker, or policy forbids it" };
    InterlockRung *step = &ladder->rungs[rung];

    if (step->reached)
        return;
    step->reached = TRUE;
    step->result = ALARM_STEP_SKIPPED;
    g_strlcpy(step->proof, why[rung], sizeof step->proof);
    publish(self, ladder, rung, GUARD_TRANSITION_CHANGED, now);
}

static void exhaust(Interlock *self, InterlockLadder *ladder, Moment now)
{
    ladder->state = INTERLOCK_STATE_UNPROVEN;
    ladder->floor = ladder->start;
    ladder->resend_at_us = now.boot_us + UNPROVEN_RESEND_US;
    ladder->dirty = TRUE;
    self->sink.unproven(ladder->connector, holder_at(ladder, 0)->alarm, TRUE, now, self->sink.user_data);
}

/* Goes on at the first rung that exists from FROM on. */
static void climb(Interlock *self, InterlockLadder *ladder, guint from, Moment now)
{
    guint rung = from;

    while (rung < SITE_RUNGS &&
           interlock_reach_find(self->reach, ladder->connector, rung) == INTERLOCK_REACH_NONE)
        skip_rung(self, ladder, rung++, now);
    if (rung == SITE_RUNGS) {
        exhaust(self, ladder, now);
    } else {
        ladder->state = INTERLOCK_STATE_OPEN;
        ladder->rung = rung;
        command_rung(self, ladder, rung, now);
    }
    update_urges(self, ladder);
}

/* Begins, or goes up, at START: what lies below is sent in the same turn and not waited for. */
static void ascend(Interlock *self, InterlockLadder *ladder, SiteRung start, Moment now)
{
    ladder->start = start;
    ladder->floor = start;
    ladder->state = INTERLOCK_STATE_OPEN;
    ladder->rung = start;
    activate(self, ladder->connector);
    for (guint rung = 0; rung < start; rung++) {
        if (ladder->rungs[rung].reached)
            continue;
        if (interlock_reach_find(self->reach, ladder->connector, rung) == INTERLOCK_REACH_NONE)
            skip_rung(self, ladder, rung, now);
        else
            command_rung(self, ladder, rung, now);
    }
    climb(self, ladder, start, now);
}

static void fail_rung(Interlock *self, InterlockLadder *ladder, const char *why, Moment now)
{
    InterlockRung *step = &ladder->rungs[ladder->rung];

    step->result = ALARM_STEP_FAILED;
    alarm_copy_text(step->proof, sizeof step->proof, why);
    publish(self, ladder, ladder->rung, GUARD_TRANSITION_FAILED, now);
    climb(self, ladder, ladder->rung + 1, now);
}

static void note_latency(const InterlockLadder *ladder, gint64 at_us, gboolean proof)
{
    for (guint i = 0; i < ladder->holders->len; i++) {
        Alarm *alarm = holder_at(ladder, i)->alarm;

        if (!alarm->reading_at_us || at_us < alarm->reading_at_us)
            continue;
        if (proof)
            alarm->latency_proof_us = at_us - alarm->reading_at_us;
        else if (alarm->latency_command_us < 0)
            alarm->latency_command_us = at_us - alarm->reading_at_us;
    }
}

static void prove(Interlock *self, InterlockLadder *ladder, SiteRung rung, Moment now)
{
    gboolean was_unproven = ladder->state == INTERLOCK_STATE_UNPROVEN;

    ladder->state = INTERLOCK_STATE_PROVEN;
    ladder->rung = rung;
    ladder->proven_at = now;
    ladder->rungs[rung].result = ALARM_STEP_PROVEN;
    ladder->rungs[rung].proven_at = now;
    for (guint other = 0; other < SITE_RUNGS; other++) {
        InterlockRung *step = &ladder->rungs[other];

        if (!step->reached || step->result != ALARM_STEP_PENDING)
            continue;
        step->result = ALARM_STEP_SKIPPED;
        g_strlcpy(step->proof, step->confirmed_at_us ? "confirmed, not waited for" : "sent, not waited for",
                  sizeof step->proof);
        publish(self, ladder, other, GUARD_TRANSITION_CHANGED, now);
    }
    note_latency(ladder, now.boot_us, TRUE);
    publish(self, ladder, rung, GUARD_TRANSITION_PROVEN, now);
    update_urges(self, ladder);
    if (was_unproven)
        self->sink.unproven(ladder->connector, holder_at(ladder, 0)->alarm, FALSE, now, self->sink.user_data);
}

/* It runs again by itself: what proved it is worth nothing any more; the next rung, and the lower commands
 * once more. */
static void resume(Interlock *self, InterlockLadder *ladder, const char *seen, Moment now)
{
    SiteRung broken = ladder->rung;
    InterlockRung *step = &ladder->rungs[broken];

    step->result = ALARM_STEP_FAILED;
    step->proven_at = (Moment){ 0 };
    g_snprintf(step->proof, sizeof step->proof, "resumed: %s", seen);
    publish(self, ladder, broken, GUARD_TRANSITION_FAILED, now);
    for (guint rung = 0; rung <= SITE_RUNG_DISABLE && rung <= broken; rung++) {
        InterlockRung *lower = &ladder->rungs[rung];
        guint target = interlock_reach_find(self->reach, ladder->connector, rung);

        if (target == INTERLOCK_REACH_NONE)
            continue;
        lower->sent_at_us = lower->confirmed_at_us = 0;
        lower->valid_from_us = send_target(self, target, now.boot_us + UNPROVEN_RESEND_US, now);
    }
    climb(self, ladder, broken + 1, now);
    if (ladder->state == INTERLOCK_STATE_OPEN)
        ladder->floor = MAX(ladder->start, ladder->rung);
}

/* Once a trip is on its way, what the charger shows may be the breaker's doing: until its deadline it is the
 * breaker that must prove it; after that late obedience counts again. */
static gboolean is_breakers_turn(const InterlockLadder *ladder, SiteRung rung, Moment now)
{
    return rung <= SITE_RUNG_DISABLE && ladder->state == INTERLOCK_STATE_OPEN &&
           ladder->rung >= SITE_RUNG_FEEDER && ladder->rungs[ladder->rung].sent_at_us &&
           now.boot_us < ladder->rungs[ladder->rung].deadline_us;
}

/* Looks at the readings that there are, and goes where they lead. */
static void evaluate(Interlock *self, InterlockLadder *ladder, Moment now)
{
    char text[120];

    if (ladder->state == INTERLOCK_STATE_PROVEN) {
        if (interlock_proof_is_broken(&self->proof, ladder, text, sizeof text))
            resume(self, ladder, text, now);
        return;
    }
    while (ladder->state == INTERLOCK_STATE_OPEN || ladder->state == INTERLOCK_STATE_UNPROVEN) {
        guint top = ladder->state == INTERLOCK_STATE_OPEN ? ladder->rung : SITE_RUNGS - 1;

        for (guint rung = top + 1; rung-- > ladder->floor;) {
            if (!is_breakers_turn(ladder, rung, now) &&
                interlock_proof_holds(&self->proof, ladder, rung, now)) {
                prove(self, ladder, rung, now);
                return;
            }
        }
        if (ladder->state == INTERLOCK_STATE_UNPROVEN ||
            now.boot_us < ladder->rungs[ladder->rung].deadline_us)
            return;
        interlock_proof_explain(&self->proof, ladder, ladder->rung, text, sizeof text);
        fail_rung(self, ladder, text, now);
    }
}

/* ---- Condemning, forgiving ---- */

void interlock_hold(Interlock *self, InterlockLadder *ladder, Alarm *alarm, gboolean shared)
{
    InterlockHolder holder = { .alarm = alarm, .shared = shared };

    (void)self;
    for (guint i = 0; i < SITE_RUNGS; i++)
        holder.steps[i] = POINT_NONE;
    g_array_append_val(ladder->holders, holder);
    alarm_copy_text(ladder->last_alarm, sizeof ladder->last_alarm, alarm->id);
    ladder->dirty = TRUE;
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
        InterlockHolder *holder = holder_at(ladder, i);

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
    ladder->enable_at_us = CLOCK_NEVER;
    ladder->enable_until_us = 0;
}

void interlock_condemn(Interlock *self, guint connector, Alarm *alarm, SiteRung start, gboolean shared,
                       Moment now)
{
    InterlockLadder *ladder = get_ladder(self, connector);
    gboolean fresh = ladder->state == INTERLOCK_STATE_IDLE || ladder->state == INTERLOCK_STATE_RELEASING;

    if (fresh)
        reset_ladder(ladder);
    if (!interlock_is_holder(ladder, alarm)) {
        interlock_hold(self, ladder, alarm, shared);
        for (guint rung = 0; rung < SITE_RUNGS; rung++) {
            if (ladder->rungs[rung].reached)
                mirror(self, ladder, holder_at(ladder, ladder->holders->len - 1), rung);
        }
        ladder->dirty_rungs = (1u << SITE_RUNGS) - 1;
    } else if (!shared) {
        own_up(ladder, alarm);
    }
    if (fresh)
        ascend(self, ladder, start, now);
    else if (ladder->state != INTERLOCK_STATE_UNPROVEN && ladder->rung < start)
        ascend(self, ladder, start, now);
    else if (start > ladder->start && !shared)
        raise_start(ladder, start);
}

/* A breaker takes its neighbours with it: they are held by the same alarms. */
static void condemn_neighbours(Interlock *self, InterlockLadder *ladder, SiteRung rung, Moment now)
{
    const InterlockTarget *target =
        interlock_reach_get(self->reach, interlock_reach_find(self->reach, ladder->connector, rung));
    guint n = rung == SITE_RUNG_STATION ? self->model->n_connectors : target->users->len;

    for (guint i = 0; i < n; i++) {
        guint other = rung == SITE_RUNG_STATION ? i : g_array_index(target->users, guint, i);

        for (guint h = 0; other != ladder->connector && h < ladder->holders->len; h++)
            interlock_condemn(self, other, holder_at(ladder, h)->alarm, rung, TRUE, now);
    }
}

static void release(Interlock *self, InterlockLadder *ladder, Moment now)
{
    gboolean was_unproven = ladder->state == INTERLOCK_STATE_UNPROVEN;

    ladder->state = INTERLOCK_STATE_RELEASING;
    ladder->releases++;
    ladder->dirty = TRUE;
    update_urges(self, ladder);
    self->sink.release(ladder->connector, ladder->last_alarm, now, self->sink.user_data);
    if (was_unproven)
        self->sink.unproven(ladder->connector, NULL, FALSE, now, self->sink.user_data);
}

void interlock_forgive(Interlock *self, const Alarm *alarm, Moment now)
{
    for (guint i = 0; i < self->active->len; i++) {
        InterlockLadder *ladder = self->ladders[g_array_index(self->active, guint, i)];
        guint before = ladder->holders->len;

        for (guint h = ladder->holders->len; h-- > 0;) {
            if (holder_at(ladder, h)->alarm == alarm)
                g_array_remove_index(ladder->holders, h);
        }
        if (before == ladder->holders->len)
            continue;
        ladder->dirty = TRUE;
        if (!ladder->holders->len) {
            alarm_copy_text(ladder->last_alarm, sizeof ladder->last_alarm, alarm->id);
            release(self, ladder, now);
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
            evaluate(self, self->ladders[g_array_index(self->active, guint, i)], now);
    }
    for (guint i = 0; i < n; i++) {
        if (self->ladders[connectors[i]])
            evaluate(self, self->ladders[connectors[i]], now);
    }
}

void interlock_on_silence(Interlock *self, guint device, gint64 asked_at_us, Moment now)
{
    if (asked_at_us <= self->silent_at_us[device])
        return;
    self->silent_at_us[device] = asked_at_us;
    for (guint i = 0; i < self->active->len; i++)
        evaluate(self, self->ladders[g_array_index(self->active, guint, i)], now);
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
        note_latency(ladder, result->sent_at_us, FALSE);
        if (!step->sent_at_us)
            step->sent_at_us = result->sent_at_us;
    }
    if (result->outcome == GUARD_COMMAND_CONFIRMED && !step->confirmed_at_us)
        step->confirmed_at_us = result->confirmed_at_us;
    if (step->sent_at_us != sent_before || step->confirmed_at_us != confirmed_before)
        publish(self, ladder, rung, GUARD_TRANSITION_CHANGED, now);
    if (current && result->outcome == GUARD_COMMAND_REFUSED && step->result == ALARM_STEP_PENDING &&
        ladder->state == INTERLOCK_STATE_OPEN) {
        g_snprintf(why, sizeof why, "refused: %s", result->reason);
        if (rung == ladder->rung) {
            fail_rung(self, ladder, why, now);
        } else {
            step->result = ALARM_STEP_FAILED;
            alarm_copy_text(step->proof, sizeof step->proof, why);
            publish(self, ladder, rung, GUARD_TRANSITION_CHANGED, now);
        }
    }
    evaluate(self, ladder, now);
}

static void note_enable(InterlockLadder *ladder, const GuardCommandResult *result, Moment now)
{
    if (ladder->state != INTERLOCK_STATE_IDLE || !ladder->enable_until_us)
        return;
    ladder->enable_at_us = CLOCK_NEVER;
    if (result->outcome == GUARD_COMMAND_FAILED && now.boot_us + ENABLE_RETRY_US < ladder->enable_until_us) {
        ladder->enable_at_us = now.boot_us + ENABLE_RETRY_US;
        return;
    }
    ladder->enable_until_us = 0;
    ladder->dirty = TRUE;
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
            note_enable(ladder, result, now);
            continue;
        }
        note_result(self, ladder, target->rung, result, current, now);
        wanted = wanted || wants_retry(self, connector, target->rung, now);
    }
    if (wanted && !target->in_flight && result->outcome == GUARD_COMMAND_FAILED)
        target->retry_at_us = MAX(now.boot_us, target->issued_at_us + SHORTEST_RETRY_US);
}

static void send_enable(Interlock *self, InterlockLadder *ladder, Moment now)
{
    ladder->enable_at_us = now.boot_us + 5 * ENABLE_RETRY_US; /* in case no result ever comes */
    send_target(self, interlock_reach_find(self->reach, ladder->connector, SITE_RUNGS),
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

        if (wants_retry(self, connector, target->rung, now))
            deadline_us = MAX(deadline_us, self->ladders[connector]->rungs[target->rung].deadline_us);
    }
    if (deadline_us)
        send_target(self, index, deadline_us, now);
}

static void resend_all(Interlock *self, InterlockLadder *ladder, Moment now)
{
    ladder->resend_at_us = now.boot_us + UNPROVEN_RESEND_US;
    for (guint rung = 0; rung < SITE_RUNGS; rung++) {
        guint target = interlock_reach_find(self->reach, ladder->connector, rung);

        if (target != INTERLOCK_REACH_NONE && ladder->rungs[rung].commanded_at.boot_us)
            send_target(self, target, ladder->resend_at_us, now);
    }
}

/* It leaves the list once the journal knows. */
static void tick_idle(Interlock *self, InterlockLadder *ladder, Moment now)
{
    if (!ladder->enable_until_us && !ladder->dirty) {
        deactivate(self, ladder->connector);
    } else if (now.boot_us >= ladder->enable_until_us) {
        ladder->enable_until_us = 0;
        ladder->dirty = TRUE;
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
    if (ladder->state == INTERLOCK_STATE_OPEN && now.boot_us >= ladder->rungs[ladder->rung].deadline_us)
        evaluate(self, ladder, now);
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
        next_us = ladder->rungs[ladder->rung].deadline_us;
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
    activate(self, connector);
    return get_ladder(self, connector);
}

void interlock_resume(Interlock *self, InterlockLadder *ladder, Moment now)
{
    for (guint i = 0; i < ladder->holders->len; i++) {
        for (guint rung = 0; rung < SITE_RUNGS; rung++) {
            if (ladder->rungs[rung].reached)
                mirror(self, ladder, holder_at(ladder, i), rung);
        }
    }
    if (ladder->state == INTERLOCK_STATE_RELEASING) {
        ladder->releases = 1;
        self->sink.release(ladder->connector, ladder->last_alarm, now, self->sink.user_data);
        return;
    }
    for (guint rung = 0; rung < SITE_RUNGS; rung++) {
        guint target = interlock_reach_find(self->reach, ladder->connector, rung);
        gboolean open = ladder->state == INTERLOCK_STATE_OPEN && ladder->rungs[rung].commanded_at.boot_us &&
                        (rung == ladder->rung || (ladder->rungs[rung].result == ALARM_STEP_PENDING &&
                                                  !ladder->rungs[rung].confirmed_at_us));

        /* The stop of whatever is held, and what had not been answered. */
        if (target != INTERLOCK_REACH_NONE && (rung == SITE_RUNG_SOFT || open))
            send_target(self, target, now.boot_us + UNPROVEN_RESEND_US, now);
    }
    update_urges(self, ladder);
    /* The call for a person and its end stand in another line of the journal, which may have been lost. */
    if (ladder->state == INTERLOCK_STATE_UNPROVEN || ladder->state == INTERLOCK_STATE_PROVEN)
        self->sink.unproven(ladder->connector, holder_at(ladder, 0)->alarm,
                            ladder->state == INTERLOCK_STATE_UNPROVEN, now, self->sink.user_data);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/safety/interlock-climb.h"

#include <string.h>

InterlockHolder *interlock_climb_holder(const InterlockLadder *ladder, guint i)
{
    return &g_array_index(ladder->holders, InterlockHolder, i);
}

void interlock_climb_activate(Interlock *self, guint connector)
{
    for (guint i = 0; i < self->active->len; i++) {
        if (g_array_index(self->active, guint, i) == connector)
            return;
    }
    g_array_append_val(self->active, connector);
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

void interlock_climb_mirror(Interlock *self, InterlockLadder *ladder, InterlockHolder *holder, SiteRung rung)
{
    if (holder->steps[rung] == POINT_NONE)
        holder->steps[rung] = alarm_add_step(holder->alarm, self->model->connectors[ladder->connector].path,
                                             rung, holder->shared ? "shared-feeder" : "");
    copy_step(&ladder->rungs[rung], &g_array_index(holder->alarm->ladder, AlarmStep, holder->steps[rung]));
}

/* RUNG has changed: the owner's alarm makes TRANSITION of it, the others merely show it. */
void interlock_climb_publish(Interlock *self, InterlockLadder *ladder, SiteRung rung,
                             GuardTransition transition, Moment now)
{
    ladder->dirty = TRUE;
    ladder->dirty_rungs |= 1u << rung;
    for (guint i = 0; i < ladder->holders->len; i++) {
        interlock_climb_mirror(self, ladder, interlock_climb_holder(ladder, i), rung);
        self->sink.changed(interlock_climb_holder(ladder, i)->alarm,
                           i == 0 ? transition : GUARD_TRANSITION_CHANGED, now, self->sink.user_data);
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
void interlock_climb_urge(Interlock *self, InterlockLadder *ladder)
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
gint64 interlock_climb_send(Interlock *self, guint index, gint64 deadline_us, Moment now)
{
    InterlockTarget *target = interlock_reach_get(self->reach, index);
    gint64 patience_us = target->number == 0 ? INTERLOCK_CLIMB_RETRY_US : 0;
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

gboolean interlock_climb_wants_retry(const Interlock *self, guint connector, SiteRung rung, Moment now)
{
    const InterlockLadder *ladder = self->ladders[connector];

    return ladder && ladder->state == INTERLOCK_STATE_OPEN && ladder->rungs[rung].commanded_at.boot_us &&
           rung <= ladder->rung && ladder->rungs[rung].result == ALARM_STEP_PENDING &&
           !ladder->rungs[rung].confirmed_at_us && now.boot_us < ladder->rungs[rung].deadline_us;
}

/* ---- Climbing ---- */

/* A breaker takes its neighbours with it: they are held by the same alarms. */
static void condemn_neighbours(Interlock *self, InterlockLadder *ladder, SiteRung rung, Moment now)
{
    const InterlockTarget *target =
        interlock_reach_get(self->reach, interlock_reach_find(self->reach, ladder->connector, rung));
    guint n = rung == SITE_RUNG_STATION ? self->model->n_connectors : target->users->len;

    for (guint i = 0; i < n; i++) {
        guint other = rung == SITE_RUNG_STATION ? i : g_array_index(target->users, guint, i);

        for (guint h = 0; other != ladder->connector && h < ladder->holders->len; h++) {
            const InterlockHolder *holder = interlock_climb_holder(ladder, h);

            /* The call is about one connector, unless nobody else can say why the others were cut. */
            if (h == 0 || !holder->call)
                interlock_condemn(self, other, holder->alarm, rung, TRUE, now);
        }
    }
}

guint interlock_climb_name_breaker(const Interlock *self, guint connector, SiteRung rung)
{
    const Model *model = self->model;
    const ModelConnector *at = &model->connectors[connector];
    guint index = interlock_reach_find(self->reach, connector, rung);
    const InterlockTarget *target =
        index == INTERLOCK_REACH_NONE ? NULL : interlock_reach_get(self->reach, index);
    guint contact = rung == SITE_RUNG_STATION ? self->proof.main_contact : at->feeder_contact;
    gboolean metered = rung == SITE_RUNG_FEEDER && at->n_feeder_meter_current;
    g_autofree char *text = NULL;

    if (rung < SITE_RUNG_FEEDER)
        return 0;
    text =
        g_strdup_printf("%s %s %s %s", target ? model->devices[target->device].path : "",
                        target ? target->verb : "", contact == POINT_NONE ? "" : model->points[contact].path,
                        metered ? model->points[at->feeder_meter_current[0]].path : "");
    return g_str_hash(text);
}

/* Begins RUNG anew: its command goes out, and only what follows it counts. */
static void command_rung(Interlock *self, InterlockLadder *ladder, SiteRung rung, Moment now)
{
    InterlockRung *step = &ladder->rungs[rung];
    gint64 allowed_us = (gint64)self->model->site->policy.stop_deadline_ms[rung] * 1000;

    memset(step, 0, sizeof *step);
    step->reached = TRUE;
    step->breaker = interlock_climb_name_breaker(self, ladder->connector, rung);
    step->result = ALARM_STEP_PENDING;
    step->commanded_at = now;
    step->deadline_us = now.boot_us + allowed_us;
    step->valid_from_us = interlock_climb_send(
        self, interlock_reach_find(self->reach, ladder->connector, rung), step->deadline_us, now);
    interlock_climb_publish(self, ladder, rung, GUARD_TRANSITION_CHANGED, now);
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
    step->breaker = interlock_climb_name_breaker(self, ladder->connector, rung);
    step->result = ALARM_STEP_SKIPPED;
    g_strlcpy(step->proof, why[rung], sizeof step->proof);
    interlock_climb_publish(self, ladder, rung, GUARD_TRANSITION_CHANGED, now);
}

static void exhaust(Interlock *self, InterlockLadder *ladder, Moment now)
{
    for (guint rung = 0; rung < SITE_RUNGS; rung++) {
        InterlockRung *step = &ladder->rungs[rung];

        if (!step->reached || step->result != ALARM_STEP_PENDING)
            continue;
        step->result = ALARM_STEP_FAILED;
        interlock_proof_explain(&self->proof, ladder, rung, step->proof, sizeof step->proof);
        interlock_climb_publish(self, ladder, rung, GUARD_TRANSITION_CHANGED, now);
    }
    ladder->state = INTERLOCK_STATE_UNPROVEN;
    ladder->floor = ladder->start;
    ladder->resend_at_us = now.boot_us + INTERLOCK_CLIMB_RESEND_US;
    ladder->dirty = TRUE;
    self->sink.unproven(ladder->connector, interlock_climb_holder(ladder, 0)->alarm, TRUE, now,
                        self->sink.user_data);
}

/* Goes on at the first rung that exists from FROM on. */
void interlock_climb_go_on(Interlock *self, InterlockLadder *ladder, guint from, Moment now)
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
    interlock_climb_urge(self, ladder);
}

/* Begins, or goes up, at START: what lies below is sent in the same turn and not waited for. */
void interlock_climb_begin(Interlock *self, InterlockLadder *ladder, SiteRung start, Moment now)
{
    ladder->start = start;
    ladder->floor = start;
    ladder->state = INTERLOCK_STATE_OPEN;
    ladder->rung = start;
    interlock_climb_activate(self, ladder->connector);
    for (guint rung = 0; rung < start; rung++) {
        if (ladder->rungs[rung].reached)
            continue;
        if (interlock_reach_find(self->reach, ladder->connector, rung) == INTERLOCK_REACH_NONE)
            skip_rung(self, ladder, rung, now);
        else
            command_rung(self, ladder, rung, now);
    }
    interlock_climb_go_on(self, ladder, start, now);
}

void interlock_climb_fail(Interlock *self, InterlockLadder *ladder, const char *why, Moment now)
{
    InterlockRung *step = &ladder->rungs[ladder->rung];

    step->result = ALARM_STEP_FAILED;
    alarm_copy_text(step->proof, sizeof step->proof, why);
    interlock_climb_publish(self, ladder, ladder->rung, GUARD_TRANSITION_FAILED, now);
    interlock_climb_go_on(self, ladder, ladder->rung + 1, now);
}

void interlock_climb_note_command(const InterlockLadder *ladder, gint64 sent_at_us)
{
    for (guint i = 0; i < ladder->holders->len; i++) {
        Alarm *alarm = interlock_climb_holder(ladder, i)->alarm;

        if (alarm->reading_at_us && sent_at_us >= alarm->reading_at_us && alarm->latency_command_us < 0)
            alarm->latency_command_us = sent_at_us - alarm->reading_at_us;
    }
}

static gboolean is_all_proven(const Interlock *self, const Alarm *alarm)
{
    for (guint i = 0; i < self->active->len; i++) {
        const InterlockLadder *ladder = self->ladders[g_array_index(self->active, guint, i)];

        if (ladder->state != INTERLOCK_STATE_PROVEN && interlock_is_holder(ladder, alarm))
            return FALSE;
    }
    return TRUE;
}

/* How long it took until the last of an alarm's connectors was proven: told while all of them are, and not
 * before. */
static void note_proof(const Interlock *self, const InterlockLadder *ladder, Moment now)
{
    for (guint i = 0; i < ladder->holders->len; i++) {
        Alarm *alarm = interlock_climb_holder(ladder, i)->alarm;
        gboolean known = alarm->reading_at_us && now.boot_us >= alarm->reading_at_us;

        alarm->latency_proof_us =
            known && is_all_proven(self, alarm) ? now.boot_us - alarm->reading_at_us : -1;
    }
}

static void prove(Interlock *self, InterlockLadder *ladder, SiteRung rung, Moment now)
{
    ladder->state = INTERLOCK_STATE_PROVEN;
    ladder->rung = rung;
    ladder->holding_since_us = 0;
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
        interlock_climb_publish(self, ladder, other, GUARD_TRANSITION_CHANGED, now);
    }
    note_proof(self, ladder, now);
    interlock_climb_publish(self, ladder, rung, GUARD_TRANSITION_PROVEN, now);
    interlock_climb_urge(self, ladder);
    /* Also a call that stems from before a restart is answered now. */
    self->sink.unproven(ladder->connector, interlock_climb_holder(ladder, 0)->alarm, FALSE, now,
                        self->sink.user_data);
}

/* It runs again by itself: what proved it is worth nothing any more; the next rung, and the lower commands
 * once more. */
static void resume(Interlock *self, InterlockLadder *ladder, const char *seen, Moment now)
{
    SiteRung broken = ladder->rung;
    InterlockRung *step = &ladder->rungs[broken];
    InterlockHolder *last;

    ladder->has_broken = TRUE;
    step->result = ALARM_STEP_FAILED;
    step->proven_at = (Moment){ 0 };
    g_snprintf(step->proof, sizeof step->proof, "resumed: %s", seen);
    for (guint i = 0; i < ladder->holders->len; i++)
        interlock_climb_holder(ladder, i)->alarm->latency_proof_us = -1;
    interlock_climb_publish(self, ladder, broken, GUARD_TRANSITION_FAILED, now);
    for (guint rung = 0; rung <= broken; rung++) {
        InterlockRung *lower = &ladder->rungs[rung];
        guint target = interlock_reach_find(self->reach, ladder->connector, rung);

        if (target == INTERLOCK_REACH_NONE)
            continue;
        lower->sent_at_us = lower->confirmed_at_us = lower->open_at_us = 0;
        lower->valid_from_us =
            interlock_climb_send(self, target, now.boot_us + INTERLOCK_CLIMB_RESEND_US, now);
    }
    interlock_climb_go_on(self, ladder, broken + 1, now);
    if (ladder->state != INTERLOCK_STATE_OPEN)
        return;
    ladder->floor = MAX(ladder->start, ladder->rung);
    last = interlock_climb_holder(ladder, ladder->holders->len - 1);
    /* What the call was about has not ended after all: it must not be reset. */
    if (last->call && !last->shared)
        self->sink.unproven(ladder->connector, interlock_climb_holder(ladder, 0)->alarm, TRUE, now,
                            self->sink.user_data);
}

/* Once a trip is commanded, what the charger shows may be the breaker's doing, even before its answer is
 * here: until its deadline it is the breaker that must prove it; after that late obedience counts again. */
static gboolean is_breakers_turn(const InterlockLadder *ladder, SiteRung rung, Moment now)
{
    return rung <= SITE_RUNG_DISABLE && ladder->state == INTERLOCK_STATE_OPEN &&
           ladder->rung >= SITE_RUNG_FEEDER && now.boot_us < ladder->rungs[ladder->rung].deadline_us;
}

/* The highest rung that the readings would prove; FALSE: none. */
static gboolean find_proven(Interlock *self, InterlockLadder *ladder, SiteRung *ret_rung, Moment now)
{
    guint top = ladder->state == INTERLOCK_STATE_OPEN ? ladder->rung : SITE_RUNGS - 1;

    for (guint rung = top + 1; rung-- > ladder->floor;) {
        if (is_breakers_turn(ladder, rung, now) || !interlock_proof_holds(&self->proof, ladder, rung, now))
            continue;
        *ret_rung = rung;
        return TRUE;
    }
    return FALSE;
}

typedef enum { STEADINESS_NONE, STEADINESS_AWAITED, STEADINESS_PROVEN } Steadiness;

/* Once a proof has broken, one look is not enough: it must last, and be read again at the end of that.
 * Silence in between is not waited for without end. */
static Steadiness look_for_proof(Interlock *self, InterlockLadder *ladder, SiteRung *ret_rung, Moment now)
{
    gboolean holds = find_proven(self, ladder, ret_rung, now);
    gint64 steady_us;

    if (!holds || !ladder->has_broken) {
        ladder->holding_since_us = 0;
        return holds ? STEADINESS_PROVEN : STEADINESS_NONE;
    }
    if (!ladder->holding_since_us)
        ladder->holding_since_us = now.boot_us;
    steady_us = ladder->holding_since_us + INTERLOCK_CLIMB_STEADY_US;
    if (interlock_proof_is_newer(&self->proof, ladder, *ret_rung, steady_us))
        return STEADINESS_PROVEN;
    if (now.boot_us < steady_us + INTERLOCK_CLIMB_FRESH_US)
        return STEADINESS_AWAITED;
    ladder->holding_since_us = 0;
    return STEADINESS_NONE;
}

gint64 interlock_climb_get_end_us(const InterlockLadder *ladder)
{
    if (ladder->holding_since_us)
        return ladder->holding_since_us + INTERLOCK_CLIMB_STEADY_US + INTERLOCK_CLIMB_FRESH_US;
    return ladder->rungs[ladder->rung].deadline_us;
}

/* Looks at the readings that there are, and goes where they lead. */
void interlock_climb_evaluate(Interlock *self, InterlockLadder *ladder, Moment now)
{
    SiteRung rung = ladder->rung;
    char text[120];

    if (ladder->state == INTERLOCK_STATE_PROVEN) {
        if (interlock_proof_is_broken(&self->proof, ladder, text, sizeof text))
            resume(self, ladder, text, now);
        return;
    }
    while (ladder->state == INTERLOCK_STATE_OPEN || ladder->state == INTERLOCK_STATE_UNPROVEN) {
        switch (look_for_proof(self, ladder, &rung, now)) {
        case STEADINESS_PROVEN:
            prove(self, ladder, rung, now);
            return;
        case STEADINESS_AWAITED:
            return;
        case STEADINESS_NONE:
            break;
        }
        if (ladder->state == INTERLOCK_STATE_UNPROVEN ||
            now.boot_us < ladder->rungs[ladder->rung].deadline_us)
            return;
        interlock_proof_explain(&self->proof, ladder, ladder->rung, text, sizeof text);
        interlock_climb_fail(self, ladder, text, now);
    }
}

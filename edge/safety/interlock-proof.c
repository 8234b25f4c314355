/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/safety/interlock-proof.h"

#include <math.h>

static const ModelConnector *connector_of(const InterlockProof *proof, const InterlockLadder *ladder)
{
    return &proof->model->connectors[ladder->connector];
}

static gboolean is_good_after(const Point *point, gint64 after_us)
{
    return point->quality == POINT_QUALITY_GOOD && point->asked_at_us > after_us;
}

static gboolean is_charging(const Point *status)
{
    return g_str_equal(status->value.text, "charging");
}

/* Written so that a value that is no number at all counts as a current. */
static gboolean is_flowing(const InterlockProof *proof, const Point *current)
{
    return !(fabs(current->value.number) < proof->model->site->policy.stop_current_a);
}

static gboolean is_open(const Point *contact)
{
    if (contact->value.text[0])
        return g_str_equal(contact->value.text, "open");
    return contact->value.number == 0;
}

/* What has not been answered since it gave its value can no longer be asked. Whatever the device says of
 * itself, or is called: a point that is read is a witness. */
static gboolean is_silent(const InterlockProof *proof, guint index)
{
    return proof->silent_at_us[index] > proof->model->points[index].asked_at_us;
}

static void describe(const Point *point, char *text, gsize size)
{
    g_autofree char *value = point_value_format(&point->value);

    if (point->quality == POINT_QUALITY_GOOD)
        g_snprintf(text, size, "%s %s%s%s", point->name, value, point->unit[0] ? " " : "", point->unit);
    else
        g_snprintf(text, size, "%s %s", point->name, point_quality_name(point->quality));
}

/* Rungs 0 and 1: the charger itself, asked after it confirmed the command. */
static gboolean holds_charger(const InterlockProof *proof, InterlockLadder *ladder, SiteRung rung)
{
    const ModelConnector *connector = connector_of(proof, ladder);
    const Point *points = proof->model->points;
    gint64 after_us = ladder->rungs[rung].confirmed_at_us;
    char status[64], current[64];

    if (!after_us || connector->status == POINT_NONE || !connector->n_current)
        return FALSE;
    if (!is_good_after(&points[connector->status], after_us) || is_charging(&points[connector->status]))
        return FALSE;
    for (guint i = 0; i < connector->n_current; i++) {
        const Point *point = &points[connector->current[i]];

        if (!is_good_after(point, after_us) || is_flowing(proof, point))
            return FALSE;
    }
    describe(&points[connector->status], status, sizeof status);
    describe(&points[connector->current[0]], current, sizeof current);
    g_snprintf(ladder->rungs[rung].proof, sizeof ladder->rungs[rung].proof, "%s, %s", status, current);
    return TRUE;
}

typedef enum { WITNESS_AGREES, WITNESS_AWAITED, WITNESS_CONTRADICTS } Witness;

/* What one witness says about a breaker that was sent its trip at AFTER_US and has been read open since
 * OPEN_US. */
static Witness hear(const InterlockProof *proof, guint index, gboolean status, gint64 after_us,
                    gint64 open_us)
{
    const Point *point = &proof->model->points[index];

    if (is_silent(proof, index))
        return WITNESS_AGREES;
    if (is_good_after(point, after_us) && (status ? is_charging(point) : is_flowing(proof, point)))
        return WITNESS_CONTRADICTS;
    return point->quality == POINT_QUALITY_GOOD && point->asked_at_us >= open_us ? WITNESS_AGREES
                                                                                 : WITNESS_AWAITED;
}

/* The worst that any witness says; RET_POINT: who. */
static Witness hear_all(const InterlockProof *proof, const InterlockLadder *ladder, gint64 after_us,
                        gint64 open_us, guint *ret_point)
{
    const ModelConnector *connector = connector_of(proof, ladder);
    Witness worst = WITNESS_AGREES;
    guint points[7], n = 0, n_own;

    if (connector->status != POINT_NONE)
        points[n++] = connector->status;
    for (guint i = 0; i < connector->n_current; i++)
        points[n++] = connector->current[i];
    n_own = n;
    for (guint i = 0; i < connector->n_feeder_meter_current; i++)
        points[n++] = connector->feeder_meter_current[i];
    for (guint i = 0; i < n; i++) {
        gboolean status = i < n_own && points[i] == connector->status;
        Witness said = hear(proof, points[i], status, after_us, open_us);

        if (said <= worst)
            continue;
        worst = said;
        *ret_point = points[i];
    }
    return worst;
}

/* Since when the power has been seen cut: the contact read open, or, without one, the feeder's meter dead. 0:
 * it has not. */
static gint64 cut_since(const InterlockProof *proof, const InterlockLadder *ladder, SiteRung rung)
{
    const ModelConnector *connector = connector_of(proof, ladder);
    const InterlockRung *step = &ladder->rungs[rung];
    guint contact = rung == SITE_RUNG_STATION ? proof->main_contact : connector->feeder_contact;
    gint64 since_us = 0;

    if (contact != POINT_NONE) {
        const Point *point = &proof->model->points[contact];

        if (point->quality != POINT_QUALITY_GOOD || !is_open(point) ||
            point->asked_at_us < MAX(step->sent_at_us, step->commanded_at.boot_us))
            return 0;
        return step->open_at_us ? step->open_at_us : MAX(point->read_at_us, 1);
    }
    if (rung == SITE_RUNG_STATION)
        return 0;
    for (guint i = 0; i < connector->n_feeder_meter_current; i++) {
        const Point *point = &proof->model->points[connector->feeder_meter_current[i]];

        if (!is_good_after(point, step->sent_at_us) || is_silent(proof, connector->feeder_meter_current[i]) ||
            is_flowing(proof, point))
            return 0;
        /* The meter agrees with itself; the others must have been asked no earlier than the first of it. */
        since_us = since_us ? MIN(since_us, point->asked_at_us) : point->asked_at_us;
    }
    return since_us && step->open_at_us ? step->open_at_us : since_us;
}

/* Rungs 2 and 3: the breaker, and those that would see a current if it lied. */
static gboolean holds_breaker(const InterlockProof *proof, InterlockLadder *ladder, SiteRung rung, Moment now)
{
    const ModelConnector *connector = connector_of(proof, ladder);
    InterlockRung *step = &ladder->rungs[rung];
    guint contact = rung == SITE_RUNG_STATION ? proof->main_contact : connector->feeder_contact;
    guint witness = POINT_NONE;
    char text[64];

    if (!step->sent_at_us)
        return FALSE;
    step->open_at_us = cut_since(proof, ladder, rung);
    if (!step->open_at_us)
        return FALSE;
    switch (hear_all(proof, ladder, step->sent_at_us, step->open_at_us, &witness)) {
    case WITNESS_CONTRADICTS:
        return FALSE;
    case WITNESS_AWAITED:
        if (now.boot_us < step->deadline_us)
            return FALSE;
        break;
    case WITNESS_AGREES:
        break;
    }
    if (contact != POINT_NONE) {
        g_snprintf(step->proof, sizeof step->proof, "contact %s open%s", proof->model->points[contact].path,
                   witness == POINT_NONE ? "" : ", no newer reading shows a current");
    } else {
        describe(&proof->model->points[connector->feeder_meter_current[0]], text, sizeof text);
        g_snprintf(step->proof, sizeof step->proof, "feeder meter %s", text);
    }
    return TRUE;
}

gboolean interlock_proof_holds(const InterlockProof *proof, InterlockLadder *ladder, SiteRung rung,
                               Moment now)
{
    if (!ladder->rungs[rung].commanded_at.boot_us)
        return FALSE;
    return rung <= SITE_RUNG_DISABLE ? holds_charger(proof, ladder, rung)
                                     : holds_breaker(proof, ladder, rung, now);
}

gboolean interlock_proof_is_newer(const InterlockProof *proof, const InterlockLadder *ladder, SiteRung rung,
                                  gint64 after_us)
{
    const ModelConnector *connector = connector_of(proof, ladder);
    const Point *points = proof->model->points;
    guint contact = rung == SITE_RUNG_STATION ? proof->main_contact : connector->feeder_contact;
    const guint *currents = rung <= SITE_RUNG_DISABLE ? connector->current : connector->feeder_meter_current;
    guint n = rung <= SITE_RUNG_DISABLE ? connector->n_current : connector->n_feeder_meter_current;

    if (rung >= SITE_RUNG_FEEDER && contact != POINT_NONE)
        return points[contact].asked_at_us > after_us;
    if (rung <= SITE_RUNG_DISABLE && points[connector->status].asked_at_us <= after_us)
        return FALSE;
    for (guint i = 0; i < n; i++) {
        if (points[currents[i]].asked_at_us <= after_us)
            return FALSE;
    }
    return TRUE;
}

static void explain_charger(const InterlockProof *proof, const InterlockLadder *ladder, SiteRung rung,
                            char *text, gsize size)
{
    const ModelConnector *connector = connector_of(proof, ladder);
    const Point *points = proof->model->points;
    gint64 after_us = ladder->rungs[rung].confirmed_at_us;
    char status[64] = "no status", current[64] = "no current";

    if (!after_us) {
        g_strlcpy(text, "command not confirmed in time", size);
        return;
    }
    if (connector->status != POINT_NONE)
        describe(&points[connector->status], status, sizeof status);
    for (guint i = 0; i < connector->n_current; i++) {
        const Point *point = &points[connector->current[i]];

        describe(point, current, sizeof current);
        if (!is_good_after(point, after_us) || is_flowing(proof, point))
            break;
    }
    g_snprintf(text, size, "confirmed, not proven in time: %s, %s", status, current);
}

static void explain_breaker(const InterlockProof *proof, const InterlockLadder *ladder, SiteRung rung,
                            char *text, gsize size)
{
    const ModelConnector *connector = connector_of(proof, ladder);
    const InterlockRung *step = &ladder->rungs[rung];
    guint contact = rung == SITE_RUNG_STATION ? proof->main_contact : connector->feeder_contact;
    guint witness = POINT_NONE;
    char seen[64];

    if (!step->sent_at_us) {
        g_strlcpy(text, "trip not sent in time", size);
    } else if (step->open_at_us) {
        if (hear_all(proof, ladder, step->sent_at_us, step->open_at_us, &witness) == WITNESS_CONTRADICTS)
            describe(&proof->model->points[witness], seen, sizeof seen);
        else
            g_strlcpy(seen, "not confirmed", sizeof seen);
        g_snprintf(text, size, "open, but %s", seen);
    } else if (contact != POINT_NONE) {
        describe(&proof->model->points[contact], seen, sizeof seen);
        g_snprintf(text, size, "not read open in time: %s", seen);
    } else {
        g_strlcpy(text,
                  connector->n_feeder_meter_current ? "feeder meter did not show it dead in time"
                                                    : "no contact and no meter to prove it",
                  size);
    }
}

void interlock_proof_explain(const InterlockProof *proof, const InterlockLadder *ladder, SiteRung rung,
                             char *text, gsize size)
{
    if (rung <= SITE_RUNG_DISABLE)
        explain_charger(proof, ladder, rung, text, size);
    else
        explain_breaker(proof, ladder, rung, text, size);
}

gboolean interlock_proof_is_broken(const InterlockProof *proof, const InterlockLadder *ladder, char *text,
                                   gsize size)
{
    const ModelConnector *connector = connector_of(proof, ladder);
    const Point *points = proof->model->points;
    gint64 after_us = ladder->proven_at.boot_us;

    if (connector->status != POINT_NONE && is_good_after(&points[connector->status], after_us) &&
        is_charging(&points[connector->status])) {
        describe(&points[connector->status], text, size);
        return TRUE;
    }
    for (guint i = 0; i < connector->n_current; i++) {
        const Point *point = &points[connector->current[i]];

        if (is_good_after(point, after_us) && is_flowing(proof, point)) {
            describe(point, text, size);
            return TRUE;
        }
    }
    /* The feeder's meter also sees the others behind it: it speaks only when they are cut as well. */
    for (guint i = 0; ladder->rung >= SITE_RUNG_FEEDER && i < connector->n_feeder_meter_current; i++) {
        const Point *point = &points[connector->feeder_meter_current[i]];

        if (is_good_after(point, after_us) && is_flowing(proof, point)) {
            describe(point, text, size);
            return TRUE;
        }
    }
    return FALSE;
}

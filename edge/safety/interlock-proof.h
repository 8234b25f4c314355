/* SPDX-License-Identifier: Apache-2.0 */
/* What counts as proof of a stop, and what breaks it. Reads the model, changes nothing but the time since
 * which a contact has been open. Main thread; boot time in microseconds. */
#pragma once

#include "edge/safety/interlock.h"

typedef struct {
    const Model *model;
    const gint64
        *silent_at_us;  /* of each point: when the newest request for it that failed was sent, 0: none */
    guint main_contact; /* of the main breaker, or POINT_NONE */
} InterlockProof;

/* Whether RUNG of LADDER is proven at NOW; then its `proof` says by what. Else `proof` is untouched. */
gboolean interlock_proof_holds(const InterlockProof *proof, InterlockLadder *ladder, SiteRung rung,
                               Moment now);

/* Whether what proves RUNG of LADDER, which holds, was asked for after AFTER_US. */
gboolean interlock_proof_is_newer(const InterlockProof *proof, const InterlockLadder *ladder, SiteRung rung,
                                  gint64 after_us);

/* Why RUNG is not proven, as text for people. */
void interlock_proof_explain(const InterlockProof *proof, const InterlockLadder *ladder, SiteRung rung,
                             char *text, gsize size);

/* Whether a good reading asked for after the proof of LADDER shows charging or current; TEXT says which. */
gboolean interlock_proof_is_broken(const InterlockProof *proof, const InterlockLadder *ladder, char *text,
                                   gsize size);

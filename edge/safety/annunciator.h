/* SPDX-License-Identifier: Apache-2.0 */
/* Siren, strobe and button: the outputs follow the set of alarms of their zone, not their edges. Decides what
 * to switch, sends again what is not confirmed, and tells presses of buttons. Pure; main thread; boot time in
 * microseconds.
 *
 * A confirmation is believed only while the read-back, where there is one, does not say otherwise for more
 * than 2 s; then a person is told, and the command repeated every 5 s.
 *
 * An io device with a zone serves the alarms of that zone and those without a zone; one without a zone serves
 * all. An output exists where the profile has both NAME/on and NAME/off, NAME being `siren` or `strobe`. */
#pragma once

#include "edge/safety/guard.h"

typedef struct Annunciator Annunciator;

#define ANNUNCIATOR_ID_OUTPUTS (1u << 18) /* the class bit of its command ids */

typedef struct {
    guint64 (*send)(const GuardCommand *command, gpointer user_data); /* gives the command's id */
    /* COMMAND (device, verb) was refused because of REASON; NULL: that is settled */
    void (*refused)(const GuardCommand *command, const char *reason, Moment now, gpointer user_data);
    /* An output of DEVICE confirms and does not follow: SEEN says which, and what is read; NULL: all follow
     */
    void (*strays)(guint device, const char *seen, Moment now, gpointer user_data);
    gpointer user_data;
} AnnunciatorSink;

/* All outputs and buttons of MODEL (borrowed). SINK is copied. */
Annunciator *annunciator_new(const Model *model, const AnnunciatorSink *sink);
void annunciator_free(Annunciator *annunciator);

/* The set of ALARMS (Alarm *) may have changed, or time has passed: switches what must be switched. */
void annunciator_update(Annunciator *annunciator, const GPtrArray *alarms, Moment now);
/* When update() has something to do without any event, or CLOCK_NEVER. */
gint64 annunciator_get_next_us(const Annunciator *annunciator);

/* A reading of POINT. RET_BUTTON: whether it is a button that has just been pressed, and RET_ZONE the zone it
 * serves ("" : all; borrowed). Gives whether update() should be called. */
gboolean annunciator_on_point(Annunciator *annunciator, guint point, gboolean *ret_button,
                              const char **ret_zone, Moment now);
/* UNIT of DEVICE has fallen silent: what it has not to read back may be lost, and is switched again until it
 * answers. Tells whether that changes anything. */
gboolean annunciator_on_silence(Annunciator *annunciator, guint device, guint unit);

void annunciator_on_result(Annunciator *annunciator, const GuardCommandResult *result, Moment now);

/* Whether an output or button of ZONE serves ALARM. */
gboolean annunciator_serves(const char *zone, const Alarm *alarm);

/* Whether there is a siren (else a strobe) that serves ALARM. */
gboolean annunciator_has_output(const Annunciator *annunciator, gboolean siren, const Alarm *alarm);

/* For tests: how many sirens and strobes it drives. */
guint annunciator_get_n_outputs(const Annunciator *annunciator);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Annunciator, annunciator_free)

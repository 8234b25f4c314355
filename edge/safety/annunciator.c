/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/safety/annunciator.h"

#include <string.h>

#define RETRY_US G_USEC_PER_SEC
#define PATIENCE_US (3 * G_USEC_PER_SEC) /* a result that has not come by then will not be waited for */
#define COMMAND_US (2 * G_USEC_PER_SEC)
#define STRAYS_US (2 * G_USEC_PER_SEC)  /* how long a read-back may say otherwise */
#define STRAYED_US (5 * G_USEC_PER_SEC) /* between two commands to an output that does not follow */

typedef enum { SWITCH_UNKNOWN, SWITCH_OFF, SWITCH_ON } Switch;
typedef enum { READ_BACK_UNKNOWN, READ_BACK_FOLLOWS, READ_BACK_STRAYS } ReadBack;

typedef struct {
    guint device;
    guint unit;     /* that is commanded */
    gboolean siren; /* else a strobe */
    guint read_back;
    const char *zone;
    Switch desired, confirmed, asked;
    gint64 confirmed_at_us;
    Switch took;           /* what it has confirmed last; UNKNOWN: it did not take the last command */
    ReadBack verdict;      /* what has been told of it */
    gint64 strays_from_us; /* since when it has been read otherwise than it took, 0: it has not */
    gboolean in_flight;
    guint64 id;
    gint64 retry_at_us; /* not before */
} Output;

typedef struct {
    guint point;
    const char *zone;
    gboolean released; /* a good 0 has been seen: the next 1 is a press */
} Button;

struct Annunciator {
    const Model *model;
    AnnunciatorSink sink;
    GArray *outputs; /* Output */
    GArray *buttons; /* Button */
    guint *by_point; /* of each point: 0 none, i + 1 output, n_outputs + i + 1 button */
    gint64 next_us;
};

static void add_output(Annunciator *self, guint device, const char *name)
{
    const ModelDevice *owner = &self->model->devices[device];
    g_autofree char *on = g_strdup_printf("%s/on", name);
    g_autofree char *off = g_strdup_printf("%s/off", name);
    g_autofree char *path = g_strdup_printf("%s/%s", owner->path, name);
    Output output = { .device = device, .siren = g_str_equal(name, "siren"), .zone = owner->zone };

    const ProfileCommand *command =
        owner->site->profile ? profile_find_command(owner->site->profile, 0, on) : NULL;

    if (!command || !profile_find_command(owner->site->profile, 0, off))
        return;
    output.unit = command->unit_id == PROFILE_DEFAULT ? owner->site->unit_id : command->unit_id;
    output.read_back = model_find_point(self->model, path);
    g_array_append_val(self->outputs, output);
    if (output.read_back != POINT_NONE)
        self->by_point[output.read_back] = self->outputs->len;
}

static void add_buttons(Annunciator *self)
{
    const Model *model = self->model;

    for (guint i = 0; i < model->n_points; i++) {
        const ModelDevice *owner = &model->devices[model->points[i].device];
        Button button = { .point = i, .zone = owner->zone };

        if (owner->kind != MODEL_KIND_IO || !g_str_has_prefix(model->points[i].name, "button-"))
            continue;
        g_array_append_val(self->buttons, button);
        self->by_point[i] = self->outputs->len + self->buttons->len;
    }
}

Annunciator *annunciator_new(const Model *model, const AnnunciatorSink *sink)
{
    Annunciator *self = g_new0(Annunciator, 1);

    self->model = model;
    self->sink = *sink;
    self->outputs = g_array_new(FALSE, TRUE, sizeof(Output));
    self->buttons = g_array_new(FALSE, TRUE, sizeof(Button));
    self->by_point = g_new0(guint, MAX(1, model->n_points));
    self->next_us = CLOCK_NEVER;
    for (guint i = 0; i < model->n_devices; i++) {
        if (model->devices[i].kind != MODEL_KIND_IO)
            continue;
        add_output(self, i, "siren");
        add_output(self, i, "strobe");
    }
    add_buttons(self);
    return self;
}

void annunciator_free(Annunciator *self)
{
    g_array_unref(self->outputs);
    g_array_unref(self->buttons);
    g_free(self->by_point);
    g_free(self);
}

gboolean annunciator_serves(const char *zone, const Alarm *alarm)
{
    return !zone[0] || !alarm->zone[0] || g_str_equal(zone, alarm->zone);
}

static Switch wish(const Output *output, const GPtrArray *alarms, gint64 now_us)
{
    for (guint i = 0; i < alarms->len; i++) {
        const Alarm *alarm = alarms->pdata[i];

        if ((output->siren ? alarm_wants_siren(alarm, now_us) : alarm_wants_strobe(alarm)) &&
            annunciator_serves(output->zone, alarm))
            return SWITCH_ON;
    }
    return SWITCH_OFF;
}

static void name_verb(const Output *output, Switch wanted, char *verb, gsize size)
{
    g_snprintf(verb, size, "%s/%s", output->siren ? "siren" : "strobe", wanted == SWITCH_ON ? "on" : "off");
}

static void command(Annunciator *self, guint index, Moment now)
{
    Output *output = &g_array_index(self->outputs, Output, index);
    GuardCommand order = { .id = ANNUNCIATOR_ID_OUTPUTS | index,
                           .device = output->device,
                           .deadline_us = now.boot_us + COMMAND_US };

    name_verb(output, output->desired, order.verb, sizeof order.verb);
    output->asked = output->desired;
    output->in_flight = TRUE;
    output->retry_at_us = now.boot_us + PATIENCE_US;
    output->id = self->sink.send(&order, self->sink.user_data);
}

/* A reading made after the switching knows better. Before the first switching an "off" is taken as it is; an
 * "on" never is: a read-back is no proof. */
static void believe_read_back(const Annunciator *self, Output *output)
{
    const Point *point;
    Switch seen;

    if (output->read_back == POINT_NONE || output->in_flight)
        return;
    point = &self->model->points[output->read_back];
    if (point->quality != POINT_QUALITY_GOOD || point->asked_at_us <= output->confirmed_at_us)
        return;
    seen = point->value.number != 0 ? SWITCH_ON : SWITCH_OFF;
    if (output->confirmed == seen)
        return;
    output->confirmed = seen == SWITCH_OFF && !output->confirmed_at_us ? SWITCH_OFF : SWITCH_UNKNOWN;
}

/* An order of the other kind that is on its way is overtaken at once. */
static void settle(Annunciator *self, guint index, Moment now)
{
    Output *output = &g_array_index(self->outputs, Output, index);
    gboolean changed = output->in_flight && output->asked != output->desired;

    believe_read_back(self, output);
    if (!output->in_flight && output->confirmed == output->desired)
        return;
    if (!changed && now.boot_us < output->retry_at_us) {
        self->next_us = MIN(self->next_us, output->retry_at_us);
        return;
    }
    command(self, index, now);
    self->next_us = MIN(self->next_us, output->retry_at_us);
}

void annunciator_update(Annunciator *self, const GPtrArray *alarms, Moment now)
{
    self->next_us = CLOCK_NEVER;
    for (guint i = 0; i < self->outputs->len; i++) {
        Output *output = &g_array_index(self->outputs, Output, i);
        Switch wished = wish(output, alarms, now.boot_us);

        if (wished != output->desired)
            output->strays_from_us = 0;
        if (wished != output->desired && !output->in_flight)
            output->retry_at_us = 0;
        output->desired = wished;
        settle(self, i, now);
    }
    for (guint i = 0; i < alarms->len; i++) {
        const Alarm *alarm = alarms->pdata[i];

        if (alarm->silenced_until_us > now.boot_us)
            self->next_us = MIN(self->next_us, alarm->silenced_until_us);
    }
}

gint64 annunciator_get_next_us(const Annunciator *self)
{
    return self->next_us;
}

gboolean annunciator_on_silence(Annunciator *self, guint device, guint unit)
{
    gboolean changed = FALSE;

    for (guint i = 0; i < self->outputs->len; i++) {
        Output *output = &g_array_index(self->outputs, Output, i);

        if (output->device != device || (unit != MODEL_ANY_UNIT && unit != output->unit) ||
            output->read_back != POINT_NONE || output->confirmed == SWITCH_UNKNOWN)
            continue;
        output->confirmed = SWITCH_UNKNOWN;
        changed = TRUE;
    }
    return changed;
}

static gboolean is_pressed(Button *button, const Point *point)
{
    gboolean down = point->value.number != 0, pressed = FALSE;

    if (point->quality != POINT_QUALITY_GOOD)
        return FALSE;
    pressed = down && button->released;
    button->released = !down;
    return pressed;
}

static void tell_strays(Annunciator *self, const Output *output, Moment now)
{
    const char *name = output->siren ? "siren" : "strobe";
    g_autofree char *seen =
        g_strdup_printf("%s: switched %s, read %s", name, output->desired == SWITCH_ON ? "on" : "off",
                        output->desired == SWITCH_ON ? "off" : "on");

    self->sink.strays(output->device, seen, now, self->sink.user_data);
}

static void tell_follows(Annunciator *self, guint device, Moment now)
{
    for (guint i = 0; i < self->outputs->len; i++) {
        const Output *output = &g_array_index(self->outputs, Output, i);

        if (output->device == device && output->read_back != POINT_NONE &&
            output->verdict != READ_BACK_FOLLOWS)
            return;
    }
    self->sink.strays(device, NULL, now, self->sink.user_data);
}

/* A siren that confirms and never sounds must not go unnoticed. */
static void judge_read_back(Annunciator *self, Output *output, Moment now)
{
    const Point *point = &self->model->points[output->read_back];
    Switch seen = point->value.number != 0 ? SWITCH_ON : SWITCH_OFF;

    if (point->quality != POINT_QUALITY_GOOD || output->in_flight)
        return;
    if (seen == output->desired) {
        output->strays_from_us = 0;
        if (output->verdict == READ_BACK_FOLLOWS)
            return;
        output->verdict = READ_BACK_FOLLOWS;
        tell_follows(self, output->device, now);
        return;
    }
    if (output->took != output->desired || point->asked_at_us <= output->confirmed_at_us)
        return;
    if (!output->strays_from_us)
        output->strays_from_us = now.boot_us;
    if (now.boot_us - output->strays_from_us <= STRAYS_US || output->verdict == READ_BACK_STRAYS)
        return;
    output->verdict = READ_BACK_STRAYS;
    tell_strays(self, output, now);
}

gboolean annunciator_on_point(Annunciator *self, guint point, gboolean *ret_button, const char **ret_zone,
                              Moment now)
{
    guint place = self->by_point[point];
    Output *output;
    Switch before;

    *ret_button = FALSE;
    if (!place)
        return FALSE;
    if (place > self->outputs->len) {
        Button *button = &g_array_index(self->buttons, Button, place - self->outputs->len - 1);

        *ret_button = is_pressed(button, &self->model->points[point]);
        *ret_zone = button->zone;
        return FALSE;
    }
    output = &g_array_index(self->outputs, Output, place - 1);
    before = output->confirmed;
    judge_read_back(self, output, now);
    believe_read_back(self, output);
    return output->confirmed != before;
}

static void note_refusal(Annunciator *self, const Output *output, const GuardCommandResult *result,
                         Moment now)
{
    GuardCommand order = { .device = output->device };

    name_verb(output, output->asked, order.verb, sizeof order.verb);
    if (result->outcome != GUARD_COMMAND_FAILED)
        self->sink.refused(&order, result->outcome == GUARD_COMMAND_REFUSED ? result->reason : NULL, now,
                           self->sink.user_data);
}

void annunciator_on_result(Annunciator *self, const GuardCommandResult *result, Moment now)
{
    guint index = (guint)(result->id & (ANNUNCIATOR_ID_OUTPUTS - 1));
    Output *output;

    if (index >= self->outputs->len)
        return;
    output = &g_array_index(self->outputs, Output, index);
    if (output->id != result->id || !output->in_flight)
        return;
    output->in_flight = FALSE;
    note_refusal(self, output, result, now);
    if (result->outcome == GUARD_COMMAND_CONFIRMED) {
        output->confirmed = output->took = output->asked;
        output->confirmed_at_us = result->confirmed_at_us;
        output->retry_at_us = now.boot_us + (output->verdict == READ_BACK_STRAYS ? STRAYED_US : RETRY_US);
    } else {
        output->confirmed = output->took = SWITCH_UNKNOWN;
        output->retry_at_us = now.boot_us + RETRY_US;
    }
}

gboolean annunciator_has_output(const Annunciator *self, gboolean siren, const Alarm *alarm)
{
    for (guint i = 0; i < self->outputs->len; i++) {
        const Output *output = &g_array_index(self->outputs, Output, i);

        if (output->siren == siren && annunciator_serves(output->zone, alarm))
            return TRUE;
    }
    return FALSE;
}

guint annunciator_get_n_outputs(const Annunciator *self)
{
    return self->outputs->len;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of headquarters that were taken: carried out, audited, answered. */
#include "edge/station/hq/station-hq-private.h"
#include "edge/station/station-stop.h"

#define RESEND_MOST 10000
#define MINUTES_DEFAULT 5

/* The end of COMMAND, about OBJECT. TEXT is the proof where it is done, else the reason. */
static void finish(Station *self, const Command *command, const char *object, const char *status,
                   const char *text)
{
    g_autofree char *who = g_strdup_printf("hq:%s", command->issuer);
    g_autofree char *detail = text[0] ? g_strdup_printf("%s: %s", command->id, text) : g_strdup(command->id);
    gboolean done = g_str_equal(status, "done");

    station_records_audit(self, who, command->verb_name, object, status, detail);
    station_command_answer(self, command, status, done ? "" : text, done ? text : "");
}

static void finish_now(Station *self, const Command *command, const char *object, const GError *error)
{
    finish(self, command, object, error ? "refused" : "done", error ? error->message : "");
}

static void acknowledge(Station *self, const Command *command)
{
    const char *alarm = command_get_text(command, "alarm");
    g_autofree char *who = g_strdup_printf("hq:%s", command->issuer);
    g_autoptr(GError) error = NULL;

    guard_acknowledge(self->guard, alarm, who, command_get_text(command, "note"), clock_now(), &error);
    station_safety_drain(self);
    finish_now(self, command, alarm, error);
}

static void announce(Station *self, const Command *command)
{
    const char *zone = command_get_text(command, "zone");

    station_announce_add(self, command_get_text(command, "text"), zone,
                         command_get_integer(command, "repeat", MINUTES_DEFAULT));
    finish_now(self, command, zone, NULL);
}

static void resend(Station *self, const Command *command)
{
    gint64 epoch = command_get_integer(command, "epoch", 0);
    gint64 from = command_get_integer(command, "from", 0), to = command_get_integer(command, "to", 0);
    g_autofree char *object =
        g_strdup_printf("%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT "–%" G_GINT64_FORMAT, epoch, from, to);
    g_autoptr(GError) error = NULL;

    if (to < from || to - from >= RESEND_MOST)
        g_set_error(&error, COMMAND_ERROR, COMMAND_ERROR_FORM, "from 1 to %d events can be asked for",
                    RESEND_MOST);
    else if (self->service)
        service_sync_resend(self->service, epoch, from, to);
    finish_now(self, command, object, error);
}

/* ---- what a device does ---- */

/* A command that waits for its proof. */
typedef struct {
    Station *station;
    Command *command;
    char *object;
} Order;

static void on_ended(StationAskEnd how, const char *text, gpointer user_data)
{
    static const char *const statuses[] = { "done", "refused", "failed", "failed" };
    Order *order = user_data;

    finish(order->station, order->command, order->object, statuses[how], text);
    command_free(order->command);
    g_free(order->object);
    g_free(order);
}

/* Asks WHAT of PLACE, an index of the model that belongs to OBJECT; G_MAXUINT: there is none. */
static void ask(Station *self, Command *command, StationAsk what, const char *object, guint place)
{
    g_autoptr(Command) taken = command;
    Order *order;

    if (place == G_MAXUINT) {
        g_autofree char *reason =
            g_strdup_printf("no %s %s", what == STATION_ASK_RESET ? "device" : "connector", object);

        finish(self, command, object, "refused", reason);
        return;
    }
    order = g_new0(Order, 1);
    *order = (Order){ .station = self, .command = g_steal_pointer(&taken), .object = g_strdup(object) };
    station_stop_ask(self, what, place, on_ended, order);
}

/* What headquarters wants of CONNECTOR from now on, whenever the charger takes it. */
static void note_wish(Station *self, const Command *command, StationAsk what, guint connector)
{
    const char *path = self->model->connectors[connector].path;
    g_autofree char *who = g_strdup_printf("hq:%s", command->issuer);

    if (what == STATION_ASK_DISABLE)
        station_disabled_add(self, path, who, command_get_text(command, "reason"));
    else if (what == STATION_ASK_ENABLE && !guard_get_hold(self->guard, connector, NULL))
        station_disabled_remove(self, path);
}

static void ask_connector(Station *self, Command *command, StationAsk what)
{
    const char *path = command_get_text(command, "connector");
    guint connector = model_find_connector(self->model, path);

    if (connector != G_MAXUINT)
        note_wish(self, command, what, connector);
    ask(self, command, what, path, connector);
}

static void reset(Station *self, Command *command)
{
    const char *path = command_get_text(command, "device");
    guint device = model_find_device(self->model, path);
    gboolean is_device = device != G_MAXUINT && self->model->devices[device].site;

    ask(self, command, STATION_ASK_RESET, path, is_device ? device : G_MAXUINT);
}

void station_verb_do(Station *self, Command *command)
{
    switch (command->verb) {
    case COMMAND_VERB_CHARGE_STOP:
        ask_connector(self, command, STATION_ASK_STOP);
        return;
    case COMMAND_VERB_CONNECTOR_DISABLE:
        ask_connector(self, command, STATION_ASK_DISABLE);
        return;
    case COMMAND_VERB_CONNECTOR_ENABLE:
        ask_connector(self, command, STATION_ASK_ENABLE);
        return;
    case COMMAND_VERB_DEVICE_RESET:
        reset(self, command);
        return;
    case COMMAND_VERB_ALARM_ACKNOWLEDGE:
        acknowledge(self, command);
        break;
    case COMMAND_VERB_ANNOUNCE:
        announce(self, command);
        break;
    case COMMAND_VERB_EVENTS_RESEND:
        resend(self, command);
        break;
    case COMMAND_VERB_NOT_SERVED: /* the gate lets none of them in */
    default:
        finish(self, command, "", "refused", "not served yet");
    }
    command_free(command);
}

void station_verb_fail(Station *self, Command *command, const char *reason)
{
    finish(self, command, "", "failed", reason);
    command_free(command);
}

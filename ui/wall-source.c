/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-source.h"

#include "ui/wall-text.h"

#include <glib/gi18n.h>
#include <string.h>

#define BUS_NAME "org.stationmaster.Station1"
#define OBJECT_PATH "/org/stationmaster/Station1"
#define INTERFACE "org.stationmaster.Station1"
#define RETRY_MS 1000
#define TURN_MS 500 /* turns of asking; each question has its own count of them */

typedef struct {
    const char *method;
    const char *reply;
    guint every; /* turns */
    void (*take)(WallStation *station, GVariant *answer);
    const char *glob; /* of ListPoints; NULL: no argument */
} Question;

#define QUESTIONS 6

struct WallSource {
    WallStation *station; /* borrowed */
    gboolean session;
    GDBusConnection *connection;
    GCancellable *cancel;
    gulong closed;
    guint watch, turn, retry, signals;
    guint turns;
    gboolean owned;
    gboolean asked[QUESTIONS]; /* one call of each kind at a time */
};

static void connect_bus(WallSource *source);

/* ---- what is asked ---- */

static const char *get_text(GVariant *answer)
{
    const char *text = "";

    g_variant_get(answer, "(&s)", &text);
    return text;
}

static void take_status(WallStation *station, GVariant *answer)
{
    wall_station_take_status(station, get_text(answer));
}

static void take_devices(WallStation *station, GVariant *answer)
{
    wall_station_take_devices(station, get_text(answer));
}

static void take_connectors(WallStation *station, GVariant *answer)
{
    wall_station_take_connectors(station, get_text(answer));
}

static void take_alarms(WallStation *station, GVariant *answer)
{
    wall_station_take_alarms(station, get_text(answer));
}

static void take_announcements(WallStation *station, GVariant *answer)
{
    wall_station_take_announcements(station, get_text(answer));
}

static void take_points(WallStation *station, GVariant *answer)
{
    g_autoptr(GVariant) points = g_variant_get_child_value(answer, 0);

    wall_station_take_points(station, points);
}

/* All points in one answer: 435 of them cost stationd 1.7 ms, and six narrower questions would cost more. */
static const Question questions[QUESTIONS] = {
    { "GetStatus", "(s)", 2, take_status, NULL },
    { "ListDevices", "(s)", 4, take_devices, NULL },
    { "ListConnectors", "(s)", 4, take_connectors, NULL },
    { "ListAlarms", "(s)", 4, take_alarms, NULL },
    { "ListPoints", "(a(sdsssxx))", 4, take_points, "" },
    { "ListAnnouncements", "(s)", 20, take_announcements, NULL },
};

typedef struct {
    WallSource *source;
    guint number;
} Asked;

static void on_answered(GObject *object, GAsyncResult *result, gpointer user_data)
{
    g_autofree Asked *asked = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer = g_dbus_connection_call_finish(G_DBUS_CONNECTION(object), result, &error);

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return; /* the source may be gone */
    asked->source->asked[asked->number] = FALSE;
    if (answer)
        questions[asked->number].take(asked->source->station, answer);
}

static GVariant *arguments_of(const Question *question)
{
    if (question->glob)
        return g_variant_new("(s)", question->glob);
    return g_str_equal(question->method, "ListAlarms") ? g_variant_new("(b)", FALSE) : NULL;
}

static void ask(WallSource *source, guint number)
{
    const Question *question = &questions[number];
    Asked *asked;

    if (source->asked[number])
        return;
    source->asked[number] = TRUE;
    asked = g_new(Asked, 1);
    *asked = (Asked){ source, number };
    g_dbus_connection_call(source->connection, BUS_NAME, OBJECT_PATH, INTERFACE, question->method,
                           arguments_of(question), G_VARIANT_TYPE(question->reply),
                           G_DBUS_CALL_FLAGS_NO_AUTO_START, WALL_SOURCE_CALL_MS, source->cancel, on_answered,
                           asked);
}

static gboolean on_turn(gpointer user_data)
{
    WallSource *source = user_data;

    for (guint i = 0; source->owned && i < QUESTIONS; i++) {
        if (source->turns % questions[i].every == 0)
            ask(source, i);
    }
    source->turns++;
    return G_SOURCE_CONTINUE;
}

/* ---- what is heard ---- */

static void on_signalled(GDBusConnection *connection G_GNUC_UNUSED, const char *sender G_GNUC_UNUSED,
                         const char *path G_GNUC_UNUSED, const char *interface G_GNUC_UNUSED,
                         const char *name, GVariant *arguments, gpointer user_data)
{
    WallSource *source = user_data;

    if (g_str_equal(name, "ConnectorsChanged") &&
        g_variant_is_of_type(arguments, G_VARIANT_TYPE("(a(ssdddbs))"))) {
        g_autoptr(GVariant) changes = g_variant_get_child_value(arguments, 0);

        wall_station_change_connectors(source->station, changes);
    } else if (g_variant_is_of_type(arguments, G_VARIANT_TYPE("(s)"))) {
        if (g_str_equal(name, "AlarmChanged"))
            wall_station_take_alarm(source->station, get_text(arguments));
        else if (g_str_equal(name, "AnnouncementsChanged"))
            wall_station_take_announcements(source->station, get_text(arguments));
    }
}

static void on_appeared(GDBusConnection *connection G_GNUC_UNUSED, const char *name G_GNUC_UNUSED,
                        const char *owner G_GNUC_UNUSED, gpointer user_data)
{
    WallSource *source = user_data;

    source->owned = TRUE;
    source->turns = 0;
    on_turn(source);
}

static void on_vanished(GDBusConnection *connection G_GNUC_UNUSED, const char *name G_GNUC_UNUSED,
                        gpointer user_data)
{
    WallSource *source = user_data;

    source->owned = FALSE;
    wall_station_lose(source->station);
}

/* ---- the bus ---- */

static void drop_bus(WallSource *source)
{
    g_cancellable_cancel(source->cancel);
    g_clear_object(&source->cancel);
    g_clear_handle_id(&source->watch, g_bus_unwatch_name);
    if (source->connection && source->signals)
        g_dbus_connection_signal_unsubscribe(source->connection, source->signals);
    source->signals = 0;
    if (source->connection)
        g_clear_signal_handler(&source->closed, source->connection);
    g_clear_object(&source->connection);
    source->owned = FALSE;
    memset(source->asked, 0, sizeof source->asked);
}

static gboolean on_retry(gpointer user_data)
{
    WallSource *source = user_data;

    source->retry = 0;
    connect_bus(source);
    return G_SOURCE_REMOVE;
}

static void on_closed(GDBusConnection *connection G_GNUC_UNUSED, gboolean vanished G_GNUC_UNUSED,
                      GError *error G_GNUC_UNUSED, gpointer user_data)
{
    WallSource *source = user_data;

    drop_bus(source);
    wall_station_lose(source->station);
    source->retry = g_timeout_add(RETRY_MS, on_retry, source);
}

static void on_connected(GObject *object G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GError) error = NULL;
    GDBusConnection *connection = g_dbus_connection_new_for_address_finish(result, &error);
    WallSource *source = user_data;

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    if (!connection) {
        source->retry = g_timeout_add(RETRY_MS, on_retry, source);
        return;
    }
    source->connection = connection;
    g_dbus_connection_set_exit_on_close(connection, FALSE);
    source->closed = g_signal_connect(connection, "closed", G_CALLBACK(on_closed), source);
    source->signals =
        g_dbus_connection_signal_subscribe(connection, BUS_NAME, INTERFACE, NULL, OBJECT_PATH, NULL,
                                           G_DBUS_SIGNAL_FLAGS_NONE, on_signalled, source, NULL);
    source->watch = g_bus_watch_name_on_connection(connection, BUS_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                   on_appeared, on_vanished, source, NULL);
}

/* Without an address in the environment GLib would start a session bus of its own. */
static char *find_address(gboolean session)
{
    const char *given = g_getenv("DBUS_SESSION_BUS_ADDRESS");

    if (!session)
        return g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SYSTEM, NULL, NULL);
    if (given && given[0])
        return g_strdup(given);
    return g_strdup_printf("unix:path=%s/bus", g_get_user_runtime_dir());
}

static void connect_bus(WallSource *source)
{
    g_autofree char *address = find_address(source->session);

    g_clear_object(&source->cancel);
    source->cancel = g_cancellable_new();
    g_dbus_connection_new_for_address(address,
                                      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                          G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                      NULL, source->cancel, on_connected, source);
}

WallSource *wall_source_new(WallStation *station, gboolean session)
{
    WallSource *source = g_new0(WallSource, 1);

    source->station = station;
    source->session = session;
    source->turn = g_timeout_add(TURN_MS, on_turn, source);
    connect_bus(source);
    return source;
}

void wall_source_free(WallSource *source)
{
    drop_bus(source);
    g_clear_handle_id(&source->turn, g_source_remove);
    g_clear_handle_id(&source->retry, g_source_remove);
    g_free(source);
}

/* ---- what a person does ---- */

typedef struct {
    WallSourceDone done;
    gpointer user_data;
} Act;

/* In the wall's language. */
static char *tell_refusal(const GError *error)
{
    g_autoptr(GError) plain = g_error_copy(error);
    g_autofree char *name = g_dbus_error_get_remote_error(error);

    /* What did not come from the bus is the way to it. */
    if (!name)
        return g_strdup(_("The station does not answer. Try again."));
    g_dbus_error_strip_remote_error(plain);
    return wall_text_refusal(name, plain->message);
}

static void on_acted(GObject *object, GAsyncResult *result, gpointer user_data)
{
    g_autofree Act *act = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer = g_dbus_connection_call_finish(G_DBUS_CONNECTION(object), result, &error);
    g_autofree char *refusal = NULL;

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    if (error)
        refusal = tell_refusal(error);
    act->done(answer && g_variant_is_of_type(answer, G_VARIANT_TYPE("(s)")) ? get_text(answer) : "",
              refusal ? refusal : "", act->user_data);
}

static void act(WallSource *source, const char *method, GVariant *arguments, GCancellable *cancel,
                WallSourceDone done, gpointer user_data)
{
    g_autoptr(GVariant) sunk = arguments ? g_variant_ref_sink(arguments) : NULL;
    Act *started;

    if (!source || !source->owned) {
        done("", _("The station does not answer. Try again."), user_data);
        return;
    }
    started = g_new(Act, 1);
    *started = (Act){ done, user_data };
    g_dbus_connection_call(source->connection, BUS_NAME, OBJECT_PATH, INTERFACE, method, sunk, NULL,
                           G_DBUS_CALL_FLAGS_NO_AUTO_START, WALL_SOURCE_ACT_MS, cancel, on_acted, started);
}

void wall_source_list_staff(WallSource *source, GCancellable *cancel, WallSourceDone done, gpointer user_data)
{
    act(source, "ListStaff", NULL, cancel, done, user_data);
}

void wall_source_acknowledge(WallSource *source, const char *alarm, const char *staff, const char *pin,
                             GCancellable *cancel, WallSourceDone done, gpointer user_data)
{
    act(source, "Acknowledge", g_variant_new("(ssss)", alarm, "", staff, pin), cancel, done, user_data);
}

void wall_source_silence(WallSource *source, const char *staff, const char *pin, GCancellable *cancel,
                         WallSourceDone done, gpointer user_data)
{
    act(source, "Silence", g_variant_new("(ss)", staff, pin), cancel, done, user_data);
}

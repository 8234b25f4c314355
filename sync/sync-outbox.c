/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sync-outbox.h"

#include "edge/bus/station-bus.h"
#include "sync/sync-envelope.h"

#define BUS_NAME "org.stationmaster.Station1"
#define OBJECT_PATH "/org/stationmaster/Station1"
#define STATION_INTERFACE "org.stationmaster.Station1"
#define RETRY_S 1
#define CALL_MS 30000
#define EPOCHS_MAX 1000
#define ACKS_MAX 16

struct SyncOutbox {
    char *station;
    gboolean session_bus;
    SyncOutboxHandlers handlers;
    gpointer user_data;

    GDBusConnection *connection;
    StationmasterSync1 *proxy;
    char *found;            /* owner of the name, which is asked whose it is */
    char *owner;            /* the same, where it is ours; NULL: stationd is not there */
    GCancellable *life;     /* of this object */
    GCancellable *presence; /* of this stationd: ends all its calls */
    guint retry_source;     /* to find the bus */
    guint identify_source;  /* to ask whose it is */
    guint ask_source;       /* to ask for the epochs */
    guint tell_source;      /* to tell how the line stands */

    gboolean refreshing, refresh_again;
    gboolean reading[SYNC_OUTBOX_TAGS];
    gboolean acking;
    gboolean ack_failed; /* what was believed acknowledged may not be */
    gboolean ack_judged; /* stationd's verdict is asked for: the outbox must be read anew behind it */
    GArray *acks;        /* Ack, that wait; one an epoch */

    gboolean online;
    char *reason;
};

typedef struct {
    SyncOutbox *outbox;
    guint tag;
} Question;

typedef struct {
    SyncOutbox *outbox;
    gpointer tag; /* the caller's */
} Order;

typedef struct {
    gint64 epoch, through, sent;
} Ack;

static void connect_bus(SyncOutbox *outbox);
static void send_ack(SyncOutbox *outbox);

/* A cancelled call belongs to what is no more: neither OUTBOX nor its state may be touched for it. */
static gboolean is_over(const GError *error)
{
    return g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* --- stationd comes and goes */

static void tell_line(SyncOutbox *outbox);

static gboolean tell_line_again(gpointer user_data)
{
    SyncOutbox *outbox = user_data;

    outbox->tell_source = 0;
    tell_line(outbox);
    return G_SOURCE_REMOVE;
}

/* Refused while another program speaks of the line: the one before, most likely, whose end is on its way. */
static void on_line_told(GObject *proxy, GAsyncResult *result, gpointer user_data)
{
    SyncOutbox *outbox = user_data;
    g_autoptr(GError) error = NULL;

    stationmaster_sync1_call_set_line_finish(STATIONMASTER_SYNC1(proxy), result, &error);
    if (error && !is_over(error) && !outbox->tell_source)
        outbox->tell_source = g_timeout_add_seconds(RETRY_S, tell_line_again, outbox);
}

static void tell_line(SyncOutbox *outbox)
{
    if (outbox->owner)
        stationmaster_sync1_call_set_line(outbox->proxy, outbox->online, outbox->reason, outbox->presence,
                                          on_line_told, outbox);
}

static void leave(SyncOutbox *outbox)
{
    if (!outbox->found)
        return;
    g_clear_pointer(&outbox->found, g_free);
    g_clear_handle_id(&outbox->identify_source, g_source_remove);
    g_cancellable_cancel(outbox->presence);
    g_clear_object(&outbox->presence);
    if (!outbox->owner)
        return;
    g_clear_pointer(&outbox->owner, g_free);
    outbox->refreshing = outbox->refresh_again = outbox->acking = FALSE;
    outbox->ack_failed = outbox->ack_judged = FALSE;
    g_array_set_size(outbox->acks, 0);
    for (guint i = 0; i < SYNC_OUTBOX_TAGS; i++)
        outbox->reading[i] = FALSE;
    outbox->handlers.present(FALSE, outbox->user_data);
}

static void identify(SyncOutbox *outbox);

static gboolean identify_again(gpointer user_data)
{
    SyncOutbox *outbox = user_data;

    outbox->identify_source = 0;
    identify(outbox);
    return G_SOURCE_REMOVE;
}

static void enter(SyncOutbox *outbox)
{
    outbox->owner = g_strdup(outbox->found);
    outbox->handlers.present(TRUE, outbox->user_data);
    tell_line(outbox);
    sync_outbox_refresh(outbox);
}

/* Another station's events would be published as ours, and its stationd be told of our line. */
static void on_identified(GObject *connection, GAsyncResult *result, gpointer user_data)
{
    SyncOutbox *outbox = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer = g_dbus_connection_call_finish(G_DBUS_CONNECTION(connection), result, &error);
    g_autofree char *station = NULL;
    const char *status = NULL;

    if (is_over(error))
        return;
    if (answer) {
        g_variant_get(answer, "(&s)", &status);
        station = sync_envelope_parse_station(status);
    }
    if (!station)
        outbox->identify_source = g_timeout_add_seconds(RETRY_S, identify_again, outbox);
    else if (g_str_equal(station, outbox->station))
        enter(outbox);
    else
        outbox->handlers.stranger(station, outbox->user_data);
}

static void identify(SyncOutbox *outbox)
{
    g_dbus_connection_call(outbox->connection, outbox->found, OBJECT_PATH, STATION_INTERFACE, "GetStatus",
                           NULL, G_VARIANT_TYPE("(s)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_MS,
                           outbox->presence, on_identified, outbox);
}

static void follow_owner(SyncOutbox *outbox)
{
    g_autofree char *owner = g_dbus_proxy_get_name_owner(G_DBUS_PROXY(outbox->proxy));

    if (g_strcmp0(owner, outbox->found) == 0)
        return;
    leave(outbox);
    if (!owner)
        return;
    outbox->found = g_steal_pointer(&owner);
    outbox->presence = g_cancellable_new();
    identify(outbox);
}

static void on_owner(GObject *proxy G_GNUC_UNUSED, GParamSpec *what G_GNUC_UNUSED, gpointer user_data)
{
    follow_owner(user_data);
}

static void on_appended(StationmasterSync1 *proxy G_GNUC_UNUSED, gint64 epoch, gint64 last,
                        gpointer user_data)
{
    SyncOutbox *outbox = user_data;

    if (outbox->owner)
        outbox->handlers.appended(epoch, last, outbox->user_data);
}

static void on_reply(StationmasterSync1 *proxy G_GNUC_UNUSED, const char *reply, gpointer user_data)
{
    SyncOutbox *outbox = user_data;

    if (outbox->owner)
        outbox->handlers.reply(reply, outbox->user_data);
}

static void on_resend(StationmasterSync1 *proxy G_GNUC_UNUSED, gint64 epoch, gint64 from, gint64 to,
                      gpointer user_data)
{
    SyncOutbox *outbox = user_data;

    if (outbox->owner)
        outbox->handlers.resend(epoch, from, to, outbox->user_data);
}

/* --- the bus comes and goes */

static gboolean on_retry(gpointer user_data)
{
    SyncOutbox *outbox = user_data;

    outbox->retry_source = 0;
    connect_bus(outbox);
    return G_SOURCE_REMOVE;
}

static void retry_later(SyncOutbox *outbox)
{
    if (!outbox->retry_source)
        outbox->retry_source = g_timeout_add_seconds(RETRY_S, on_retry, outbox);
}

static void drop_bus(SyncOutbox *outbox)
{
    leave(outbox);
    if (outbox->proxy)
        g_signal_handlers_disconnect_by_data(outbox->proxy, outbox);
    g_clear_object(&outbox->proxy);
    if (outbox->connection)
        g_signal_handlers_disconnect_by_data(outbox->connection, outbox);
    g_clear_object(&outbox->connection);
}

static void on_closed(GDBusConnection *connection G_GNUC_UNUSED, gboolean vanished G_GNUC_UNUSED,
                      GError *error G_GNUC_UNUSED, gpointer user_data)
{
    drop_bus(user_data);
    retry_later(user_data);
}

static void on_proxy(GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
    SyncOutbox *outbox = user_data;
    g_autoptr(GError) error = NULL;
    StationmasterSync1 *proxy = stationmaster_sync1_proxy_new_finish(result, &error);

    if (is_over(error))
        return;
    if (!proxy || !outbox->connection) {
        g_clear_object(&proxy);
        drop_bus(outbox);
        retry_later(outbox);
        return;
    }
    outbox->proxy = proxy;
    g_dbus_proxy_set_default_timeout(G_DBUS_PROXY(proxy), CALL_MS);
    g_signal_connect(proxy, "notify::g-name-owner", G_CALLBACK(on_owner), outbox);
    g_signal_connect(proxy, "appended", G_CALLBACK(on_appended), outbox);
    g_signal_connect(proxy, "reply", G_CALLBACK(on_reply), outbox);
    g_signal_connect(proxy, "resend", G_CALLBACK(on_resend), outbox);
    follow_owner(outbox);
}

static void on_connection(GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
    SyncOutbox *outbox = user_data;
    g_autoptr(GError) error = NULL;
    GDBusConnection *connection = g_dbus_connection_new_for_address_finish(result, &error);

    if (is_over(error))
        return;
    if (!connection) {
        retry_later(outbox);
        return;
    }
    outbox->connection = connection;
    g_dbus_connection_set_exit_on_close(connection, FALSE);
    g_signal_connect(connection, "closed", G_CALLBACK(on_closed), outbox);
    stationmaster_sync1_proxy_new(
        connection, G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES | G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START,
        BUS_NAME, OBJECT_PATH, outbox->life, on_proxy, outbox);
}

/* Without an address in the environment GLib would start a session bus of its own. */
static char *find_address(gboolean session)
{
    const char *given = g_getenv("DBUS_SESSION_BUS_ADDRESS");

    if (!session)
        return g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SYSTEM, NULL, NULL);
    return given && given[0] ? g_strdup(given)
                             : g_strdup_printf("unix:path=%s/bus", g_get_user_runtime_dir());
}

static void connect_bus(SyncOutbox *outbox)
{
    g_autofree char *address = find_address(outbox->session_bus);

    if (address)
        g_dbus_connection_new_for_address(address,
                                          G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                              G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                          NULL, outbox->life, on_connection, outbox);
    else
        retry_later(outbox);
}

SyncOutbox *sync_outbox_new(const char *station, gboolean session_bus, const SyncOutboxHandlers *handlers,
                            gpointer user_data)
{
    SyncOutbox *outbox = g_new0(SyncOutbox, 1);

    outbox->station = g_strdup(station);
    outbox->session_bus = session_bus;
    outbox->handlers = *handlers;
    outbox->user_data = user_data;
    outbox->life = g_cancellable_new();
    outbox->acks = g_array_new(FALSE, FALSE, sizeof(Ack));
    outbox->reason = g_strdup("connecting");
    connect_bus(outbox);
    return outbox;
}

void sync_outbox_free(SyncOutbox *outbox)
{
    g_cancellable_cancel(outbox->life);
    if (outbox->presence)
        g_cancellable_cancel(outbox->presence);
    g_clear_object(&outbox->presence);
    g_clear_pointer(&outbox->found, g_free);
    g_clear_pointer(&outbox->owner, g_free);
    g_clear_handle_id(&outbox->identify_source, g_source_remove);
    drop_bus(outbox);
    if (outbox->retry_source)
        g_source_remove(outbox->retry_source);
    g_clear_handle_id(&outbox->ask_source, g_source_remove);
    g_clear_handle_id(&outbox->tell_source, g_source_remove);
    g_array_unref(outbox->acks);
    g_object_unref(outbox->life);
    g_free(outbox->reason);
    g_free(outbox->station);
    g_free(outbox);
}

gboolean sync_outbox_is_present(const SyncOutbox *outbox)
{
    return outbox->owner != NULL;
}

/* --- epochs */

static gboolean on_ask_again(gpointer user_data)
{
    SyncOutbox *outbox = user_data;

    outbox->ask_source = 0;
    sync_outbox_refresh(outbox);
    return G_SOURCE_REMOVE;
}

/* stationd was busy, is without books or has refused: not at once again. */
static void ask_later(SyncOutbox *outbox)
{
    if (!outbox->ask_source)
        outbox->ask_source = g_timeout_add_seconds(RETRY_S, on_ask_again, outbox);
}

static void hand_epochs(SyncOutbox *outbox, GVariant *list)
{
    gsize n = MIN(g_variant_n_children(list), EPOCHS_MAX);
    gboolean anew = outbox->ack_failed;
    g_autofree SyncEpoch *epochs = g_new0(SyncEpoch, n + 1);

    for (gsize i = 0; i < n; i++)
        g_variant_get_child(list, i, "(xxx)", &epochs[i].epoch, &epochs[i].acked, &epochs[i].last);
    outbox->ack_failed = FALSE;
    outbox->handlers.epochs(epochs, n, anew, outbox->user_data);
}

static void on_epochs(GObject *proxy, GAsyncResult *result, gpointer user_data)
{
    SyncOutbox *outbox = user_data;
    g_autoptr(GVariant) list = NULL;
    g_autoptr(GError) error = NULL;

    stationmaster_sync1_call_get_outbox_finish(STATIONMASTER_SYNC1(proxy), &list, result, &error);
    if (is_over(error))
        return;
    outbox->refreshing = FALSE;
    if (list)
        hand_epochs(outbox, list);
    else
        ask_later(outbox);
    if (list && outbox->refresh_again)
        sync_outbox_refresh(outbox);
}

void sync_outbox_refresh(SyncOutbox *outbox)
{
    if (!outbox->owner)
        return;
    outbox->refresh_again = outbox->refreshing;
    if (outbox->refreshing)
        return;
    outbox->refreshing = TRUE;
    stationmaster_sync1_call_get_outbox(outbox->proxy, outbox->presence, on_epochs, outbox);
}

/* --- events */

static void on_page(GObject *proxy, GAsyncResult *result, gpointer user_data)
{
    g_autofree Question *question = user_data;
    SyncOutbox *outbox = question->outbox;
    g_autoptr(GVariant) events = NULL;
    g_autoptr(GError) error = NULL;

    stationmaster_sync1_call_read_outbox_finish(STATIONMASTER_SYNC1(proxy), &events, result, &error);
    if (is_over(error))
        return;
    outbox->reading[question->tag] = FALSE;
    outbox->handlers.page(question->tag, events, outbox->user_data);
}

gboolean sync_outbox_read(SyncOutbox *outbox, guint tag, gint64 epoch, gint64 after, guint limit)
{
    Question *question;

    if (!outbox->owner || outbox->reading[tag])
        return FALSE;
    question = g_new0(Question, 1);
    *question = (Question){ outbox, tag };
    outbox->reading[tag] = TRUE;
    stationmaster_sync1_call_read_outbox(outbox->proxy, epoch, after, limit, outbox->presence, on_page,
                                         question);
    return TRUE;
}

/* --- acknowledgements */

static void on_acked(GObject *proxy, GAsyncResult *result, gpointer user_data)
{
    SyncOutbox *outbox = user_data;
    g_autoptr(GError) error = NULL;
    gboolean taken = stationmaster_sync1_call_take_ack_finish(STATIONMASTER_SYNC1(proxy), result, &error);

    if (is_over(error))
        return;
    outbox->acking = FALSE;
    if (!taken) {
        outbox->ack_failed = TRUE;
        ask_later(outbox);
    }
    if (outbox->acks->len > 0) {
        send_ack(outbox);
    } else if (taken && outbox->ack_judged) {
        outbox->ack_judged = FALSE;
        sync_outbox_refresh(outbox);
    }
}

static void send_ack(SyncOutbox *outbox)
{
    Ack ack = g_array_index(outbox->acks, Ack, 0);

    g_array_remove_index(outbox->acks, 0);
    outbox->acking = TRUE;
    stationmaster_sync1_call_take_ack(outbox->proxy, ack.epoch, ack.through, ack.sent, outbox->presence,
                                      on_acked, outbox);
}

void sync_outbox_take_ack(SyncOutbox *outbox, gint64 epoch, gint64 through, gint64 sent, gboolean judge)
{
    Ack ack = { epoch, through, sent };
    guint i = 0;

    if (!outbox->owner)
        return;
    outbox->ack_judged |= judge;
    while (i < outbox->acks->len && g_array_index(outbox->acks, Ack, i).epoch != epoch)
        i++;
    if (i < outbox->acks->len) {
        Ack *known = &g_array_index(outbox->acks, Ack, i);

        known->through = MAX(known->through, through);
        known->sent = MAX(known->sent, sent);
    } else if (outbox->acks->len < ACKS_MAX) {
        g_array_append_val(outbox->acks, ack);
    }
    if (!outbox->acking)
        send_ack(outbox);
}

/* --- line and commands */

void sync_outbox_set_line(SyncOutbox *outbox, gboolean online, const char *reason)
{
    if (outbox->online == online && g_str_equal(outbox->reason, reason))
        return;
    outbox->online = online;
    g_free(outbox->reason);
    outbox->reason = g_strdup(reason);
    tell_line(outbox);
}

/* The bus answers for a stationd that has gone, and may say so before it says that the name has no owner. */
static gboolean is_gone(const GError *error)
{
    return is_over(error) || g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) ||
           g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
           g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER) ||
           g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_DISCONNECTED) ||
           g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

/* stationd has turned the call away before anybody looked at it. */
static gboolean is_busy(const GError *error)
{
    g_autofree char *name = error ? g_dbus_error_get_remote_error(error) : NULL;

    return g_strcmp0(name, "org.stationmaster.Error.Busy") == 0;
}

static void on_command(GObject *proxy, GAsyncResult *result, gpointer user_data)
{
    g_autofree Order *order = user_data;
    g_autoptr(GError) error = NULL;

    stationmaster_sync1_call_take_command_finish(STATIONMASTER_SYNC1(proxy), result, &error);
    if (is_gone(error))
        return;
    order->outbox->handlers.answered(order->tag, is_busy(error), order->outbox->user_data);
}

gboolean sync_outbox_take_command(SyncOutbox *outbox, const char *topic, const SyncMessage *message,
                                  gpointer tag)
{
    GVariant *payload;
    Order *order;

    if (!outbox->owner)
        return FALSE;
    order = g_new0(Order, 1);
    *order = (Order){ outbox, tag };
    payload = g_variant_new_from_bytes(G_VARIANT_TYPE_BYTESTRING, message->payload, TRUE);
    stationmaster_sync1_call_take_command(outbox->proxy, topic, payload, message->signature,
                                          message->retained, outbox->presence, on_command, order);
    return TRUE;
}

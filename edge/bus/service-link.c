/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bus/service-link.h"

#include "edge/bus/service-gate.h"

#define CONNECT_TIMEOUT_MS 10000u /* a daemon that takes the connection and says nothing */
#define CHECK_PERIOD_S 10u
#define CHECK_TIMEOUT_MS 10000
#define NAME_DO_NOT_QUEUE 4u /* of RequestName, D-Bus specification */
#define NAME_IS_OURS 1u

struct ServiceLink {
    GBusType type;
    char *name;
    ServiceLinkHandlers handlers;
    GCancellable *attempt; /* of the connecting or the check under way */
    GDBusConnection *connection;
    gulong closed;
    guint filter;
    guint deadline, retry, check; /* sources */
    guint backoff_ms;
    gboolean owned, told_lost;
};

static void connect_soon(ServiceLink *link);

/* Without an address in the environment GLib would start a session bus of its own, and wait for it. */
static char *find_address(GBusType type, GError **error)
{
    const char *given = g_getenv("DBUS_SESSION_BUS_ADDRESS");

    if (type == G_BUS_TYPE_SYSTEM)
        return g_dbus_address_get_for_bus_sync(type, NULL, error);
    if (given && given[0])
        return g_strdup(given);
    return g_strdup_printf("unix:path=%s/bus", g_get_user_runtime_dir());
}

static void drop_connection(ServiceLink *link)
{
    link->owned = FALSE;
    g_clear_handle_id(&link->check, g_source_remove);
    if (!link->connection)
        return;
    g_clear_signal_handler(&link->closed, link->connection);
    link->handlers.unexport(link->connection, link->handlers.user_data);
    g_dbus_connection_remove_filter(link->connection, link->filter);
    g_dbus_connection_close(link->connection, NULL, NULL, NULL);
    g_clear_object(&link->connection);
}

static void lose(ServiceLink *link, const char *why)
{
    g_cancellable_cancel(link->attempt);
    g_clear_handle_id(&link->deadline, g_source_remove);
    drop_connection(link);
    if (!link->told_lost && link->handlers.lost)
        link->handlers.lost(why, link->handlers.user_data);
    link->told_lost = TRUE;
    connect_soon(link);
}

/* GLib's error tells of streams and bytes, and nothing of the bus. */
static void on_closed(GDBusConnection *connection G_GNUC_UNUSED, gboolean remote G_GNUC_UNUSED,
                      GError *error G_GNUC_UNUSED, ServiceLink *link)
{
    lose(link, "the bus has closed the connection");
}

static void on_checked(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);

    if (!answer && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        lose(user_data, "the bus does not answer");
}

/* A daemon may stop to read from us without closing (one that hangs; or because a client that never reads has
 * used up what it allows us to have in its queues). A new connection is heard again. */
static gboolean on_check_due(gpointer user_data)
{
    ServiceLink *link = user_data;

    g_dbus_connection_call(link->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                           "org.freedesktop.DBus", "GetId", NULL, NULL, G_DBUS_CALL_FLAGS_NONE,
                           CHECK_TIMEOUT_MS, link->attempt, on_checked, link);
    return G_SOURCE_CONTINUE;
}

static void note_owned(ServiceLink *link)
{
    link->owned = TRUE;
    link->told_lost = FALSE;
    link->backoff_ms = SERVICE_LINK_BACKOFF_FIRST_MS;
    link->handlers.owned(link->handlers.user_data);
}

static void on_name_answered(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
    ServiceLink *link = user_data;
    guint verdict = 0;

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    if (answer)
        g_variant_get(answer, "(u)", &verdict);
    if (verdict == NAME_IS_OURS) {
        note_owned(link);
        return;
    }
    link->backoff_ms = SERVICE_LINK_BACKOFF_LONGEST_MS;
    lose(link, error ? error->message : "another process owns the name");
}

/* Not g_bus_own_name(): giving up a name, it waits for the daemon's answer, and one that hangs would hold the
 * main loop for 25 s. A connection that is closed gives up its name by itself. */
static void request_name(ServiceLink *link)
{
    g_dbus_connection_call(link->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                           "org.freedesktop.DBus", "RequestName",
                           g_variant_new("(su)", link->name, NAME_DO_NOT_QUEUE), G_VARIANT_TYPE("(u)"),
                           G_DBUS_CALL_FLAGS_NONE, CHECK_TIMEOUT_MS, link->attempt, on_name_answered, link);
}

static void take_connection(ServiceLink *link, GDBusConnection *connection)
{
    link->connection = connection;
    g_dbus_connection_set_exit_on_close(connection, FALSE);
    link->closed = g_signal_connect(connection, "closed", G_CALLBACK(on_closed), link);
    link->filter = g_dbus_connection_add_filter(connection, service_gate_filter, service_gate_new(),
                                                (GDestroyNotify)service_gate_free);
    link->handlers.export(connection, link->handlers.user_data);
    request_name(link);
    link->check = g_timeout_add_seconds(CHECK_PERIOD_S, on_check_due, link);
    if (g_dbus_connection_is_closed(connection))
        lose(link, "the bus has closed the connection");
}

static void on_connected(GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GError) error = NULL;
    GDBusConnection *connection = g_dbus_connection_new_for_address_finish(result, &error);
    ServiceLink *link = user_data;

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return; /* LINK may be gone; whoever cancelled has seen to what follows */
    g_clear_handle_id(&link->deadline, g_source_remove);
    if (connection)
        take_connection(link, connection);
    else
        lose(link, error->message);
}

static gboolean on_connect_timeout(gpointer user_data)
{
    ServiceLink *link = user_data;

    link->deadline = 0;
    lose(link, "the bus does not answer");
    return G_SOURCE_REMOVE;
}

static gboolean on_retry_due(gpointer user_data)
{
    ServiceLink *link = user_data;
    g_autoptr(GError) error = NULL;
    g_autofree char *address = find_address(link->type, &error);

    link->retry = 0;
    link->backoff_ms = MIN(link->backoff_ms * 2, SERVICE_LINK_BACKOFF_LONGEST_MS);
    g_clear_object(&link->attempt);
    link->attempt = g_cancellable_new();
    if (!address) {
        lose(link, error->message);
        return G_SOURCE_REMOVE;
    }
    link->deadline = g_timeout_add(CONNECT_TIMEOUT_MS, on_connect_timeout, link);
    g_dbus_connection_new_for_address(address,
                                      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                          G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                      NULL, link->attempt, on_connected, link);
    return G_SOURCE_REMOVE;
}

static void connect_soon(ServiceLink *link)
{
    if (link->retry == 0)
        link->retry = g_timeout_add(link->backoff_ms, on_retry_due, link);
}

ServiceLink *service_link_new(GBusType type, const char *name, const ServiceLinkHandlers *handlers)
{
    ServiceLink *link = g_new0(ServiceLink, 1);

    link->type = type;
    link->name = g_strdup(name);
    link->handlers = *handlers;
    link->backoff_ms = SERVICE_LINK_BACKOFF_FIRST_MS;
    link->attempt = g_cancellable_new();
    link->retry = g_idle_add_full(G_PRIORITY_DEFAULT, on_retry_due, link, NULL);
    return link;
}

void service_link_free(ServiceLink *link)
{
    g_cancellable_cancel(link->attempt);
    g_clear_handle_id(&link->deadline, g_source_remove);
    g_clear_handle_id(&link->retry, g_source_remove);
    drop_connection(link);
    g_object_unref(link->attempt);
    g_free(link->name);
    g_free(link);
}

GDBusConnection *service_link_get_connection(const ServiceLink *link)
{
    return link->owned ? link->connection : NULL;
}

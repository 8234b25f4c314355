/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bus/service-sync.h"

#include "edge/bus/service-call.h"

#include <string.h>

#define INTERFACE "org.stationmaster.Sync1"
#define READ_MOST 1000u
#define TOPIC_MAX 1024u     /* bytes; a longer one is nobody's */
#define SIGNATURE_MAX 1024u /* bytes; Ed25519's has 88 */
#define REASON_MAX 200u     /* characters that are kept */

struct ServiceSync {
    const ServiceBackend *backend;
    char *peer;  /* who speaks of the line; NULL: nobody, or it is gone */
    guint watch; /* over PEER */
};

typedef void (*Handler)(ServiceSync *sync, GVariant *arguments, ServiceCall *call);

static const char *sender_of(ServiceCall *call)
{
    return g_dbus_method_invocation_get_sender(service_call_get_invocation(call));
}

static void get_outbox(ServiceSync *sync, GVariant *arguments G_GNUC_UNUSED, ServiceCall *call)
{
    sync->backend->sync.get_outbox(call, sync->backend->user_data);
}

static void read_outbox(ServiceSync *sync, GVariant *arguments, ServiceCall *call)
{
    gint64 epoch = 0, after = 0;
    guint limit = 0;

    g_variant_get(arguments, "(xxu)", &epoch, &after, &limit);
    if (epoch < 1 || after < 0)
        service_call_refuse(call, SERVICE_INVALID, "an epoch is positive, and seq not negative");
    else
        sync->backend->sync.read_outbox(epoch, after, CLAMP(limit, 1, READ_MOST), call,
                                        sync->backend->user_data);
}

static void take_ack(ServiceSync *sync, GVariant *arguments, ServiceCall *call)
{
    gint64 epoch = 0, through = 0, sent = 0;

    g_variant_get(arguments, "(xxx)", &epoch, &through, &sent);
    if (epoch < 0 || through < 0 || sent < 0)
        service_call_refuse(call, SERVICE_INVALID, "epoch and seq are not negative");
    else
        sync->backend->sync.take_ack(epoch, through, sent, call, sync->backend->user_data);
}

static void forget_peer(ServiceSync *sync)
{
    if (sync->watch)
        g_bus_unwatch_name(sync->watch);
    sync->watch = 0;
    g_clear_pointer(&sync->peer, g_free);
}

static void on_peer_vanished(GDBusConnection *connection G_GNUC_UNUSED, const char *name G_GNUC_UNUSED,
                             gpointer user_data)
{
    ServiceSync *sync = user_data;

    forget_peer(sync);
    sync->backend->sync.lose_line(sync->backend->user_data);
}

static void watch_peer(ServiceSync *sync, ServiceCall *call)
{
    GDBusConnection *connection = g_dbus_method_invocation_get_connection(service_call_get_invocation(call));

    if (sync->peer)
        return;
    sync->peer = g_strdup(sender_of(call));
    sync->watch = g_bus_watch_name_on_connection(connection, sync->peer, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                                 on_peer_vanished, sync, NULL);
}

static void set_line(ServiceSync *sync, GVariant *arguments, ServiceCall *call)
{
    gboolean online = FALSE;
    const char *reason = NULL;

    g_variant_get(arguments, "(b&s)", &online, &reason);
    if (sync->peer && !g_str_equal(sync->peer, sender_of(call))) {
        service_call_refuse(call, SERVICE_REFUSED, "another program on the bus speaks of the line");
        return;
    }
    g_autofree char *brief = g_utf8_substring(reason, 0, MIN(g_utf8_strlen(reason, -1), REASON_MAX));

    watch_peer(sync, call);
    sync->backend->sync.set_line(online, brief, sync->backend->user_data);
    service_call_done(call);
}

static void take_command(ServiceSync *sync, GVariant *arguments, ServiceCall *call)
{
    const char *topic = NULL, *signature = NULL;
    g_autoptr(GVariant) payload = NULL;
    gboolean retained = FALSE;
    gsize length = 0;

    g_variant_get(arguments, "(&s@ay&sb)", &topic, &payload, &signature, &retained);
    const char *bytes = g_variant_get_fixed_array(payload, &length, 1);

    if (strlen(topic) > TOPIC_MAX || strlen(signature) > SIGNATURE_MAX) {
        service_call_refuse(call, SERVICE_INVALID, "topic or signature is too long");
        return;
    }
    if (sync->backend->sync.take_command(topic, bytes, MIN(length, SERVICE_SYNC_PAYLOAD_MAX), signature,
                                         retained, sync->backend->user_data))
        service_call_done(call);
    else
        service_call_refuse(call, SERVICE_BUSY, "the books are being opened");
}

static const struct {
    const char *name;
    Handler handler;
} methods[] = {
    { "GetOutbox", get_outbox }, { "ReadOutbox", read_outbox },   { "TakeAck", take_ack },
    { "SetLine", set_line },     { "TakeCommand", take_command },
};

ServiceSync *service_sync_new(const ServiceBackend *backend)
{
    ServiceSync *sync = g_new0(ServiceSync, 1);

    sync->backend = backend;
    return sync;
}

void service_sync_free(ServiceSync *sync)
{
    forget_peer(sync);
    g_free(sync);
}

void service_sync_clear(ServiceSync *sync)
{
    if (!sync->peer)
        return;
    forget_peer(sync);
    sync->backend->sync.lose_line(sync->backend->user_data);
}

gboolean service_sync_is(GDBusMethodInvocation *invocation)
{
    return g_strcmp0(g_dbus_method_invocation_get_interface_name(invocation), INTERFACE) == 0;
}

void service_sync_handle(ServiceSync *sync, ServiceCall *call)
{
    GDBusMethodInvocation *invocation = service_call_get_invocation(call);
    const char *name = g_dbus_method_invocation_get_method_name(invocation);
    GVariant *arguments = g_variant_ref(g_dbus_method_invocation_get_parameters(invocation));

    for (guint i = 0; i < G_N_ELEMENTS(methods); i++) {
        if (g_str_equal(methods[i].name, name)) {
            methods[i].handler(sync, arguments, call);
            g_variant_unref(arguments);
            return;
        }
    }
    g_variant_unref(arguments);
    service_call_refuse(call, SERVICE_INVALID, "there is no such method");
}

/* ---- answers ---- */

void service_call_epochs(ServiceCall *call, const ServiceEpoch *epochs, guint n)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(xxx)"));
    for (guint i = 0; i < n; i++)
        g_variant_builder_add(&builder, "(xxx)", epochs[i].epoch, epochs[i].acked, epochs[i].last_seq);
    service_call_value(call, g_variant_builder_end(&builder));
}

void service_call_events(ServiceCall *call, JsonArray *rows)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(xs)"));
    for (guint i = 0; i < json_array_get_length(rows); i++) {
        JsonObject *row = json_array_get_object_element(rows, i);

        g_variant_builder_add(&builder, "(xs)", json_object_get_int_member(row, "seq"),
                              json_object_get_string_member(row, "event"));
    }
    service_call_value(call, g_variant_builder_end(&builder));
}

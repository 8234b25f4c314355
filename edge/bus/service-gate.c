/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bus/service-gate.h"

typedef struct {
    char *sender;
    guint32 serial;
    gboolean silent;
} Call;

struct ServiceGate {
    GMutex lock;
    GHashTable *calls;   /* Call, as a set */
    GHashTable *senders; /* char * → how many */
};

static guint call_hash(gconstpointer key)
{
    const Call *call = key;

    return g_str_hash(call->sender) ^ (call->serial * 2654435761u);
}

static gboolean call_equal(gconstpointer a, gconstpointer b)
{
    const Call *left = a, *right = b;

    return left->serial == right->serial && g_str_equal(left->sender, right->sender);
}

static void call_free(gpointer data)
{
    Call *call = data;

    g_free(call->sender);
    g_free(call);
}

ServiceGate *service_gate_new(void)
{
    ServiceGate *gate = g_new0(ServiceGate, 1);

    g_mutex_init(&gate->lock);
    gate->calls = g_hash_table_new_full(call_hash, call_equal, call_free, NULL);
    gate->senders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return gate;
}

void service_gate_free(ServiceGate *gate)
{
    g_hash_table_unref(gate->calls);
    g_hash_table_unref(gate->senders);
    g_mutex_clear(&gate->lock);
    g_free(gate);
}

static guint count_of(ServiceGate *gate, const char *sender)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(gate->senders, sender));
}

static gboolean enter_locked(ServiceGate *gate, const char *sender, guint32 serial, gboolean silent)
{
    guint count = count_of(gate, sender);

    if (count >= SERVICE_GATE_SENDER || g_hash_table_size(gate->calls) >= SERVICE_GATE_CALLS)
        return FALSE;
    Call *call = g_new0(Call, 1);

    call->sender = g_strdup(sender);
    call->serial = serial;
    call->silent = silent;
    if (g_hash_table_add(gate->calls, call)) /* a bus numbers the calls of a sender, so it is always new */
        g_hash_table_insert(gate->senders, g_strdup(sender), GUINT_TO_POINTER(count + 1));
    return TRUE;
}

gboolean service_gate_enter(ServiceGate *gate, const char *sender, guint32 serial, gboolean silent)
{
    g_mutex_lock(&gate->lock);
    gboolean entered = enter_locked(gate, sender, serial, silent);
    g_mutex_unlock(&gate->lock);
    return entered;
}

static gboolean leave_locked(ServiceGate *gate, const char *sender, guint32 serial)
{
    const Call key = { .sender = (char *)sender, .serial = serial };
    Call *call = NULL;

    if (!g_hash_table_steal_extended(gate->calls, &key, (gpointer *)&call, NULL))
        return TRUE;
    guint count = count_of(gate, sender);
    gboolean wanted = !call->silent;

    call_free(call);
    if (count > 1)
        g_hash_table_insert(gate->senders, g_strdup(sender), GUINT_TO_POINTER(count - 1));
    else
        g_hash_table_remove(gate->senders, sender);
    return wanted;
}

gboolean service_gate_leave(ServiceGate *gate, const char *sender, guint32 serial)
{
    g_mutex_lock(&gate->lock);
    gboolean wanted = leave_locked(gate, sender, serial);
    g_mutex_unlock(&gate->lock);
    return wanted;
}

guint service_gate_get_calls(ServiceGate *gate)
{
    g_mutex_lock(&gate->lock);
    guint calls = g_hash_table_size(gate->calls);
    g_mutex_unlock(&gate->lock);
    return calls;
}

static void turn_away(GDBusConnection *connection, GDBusMessage *message, const char *name, const char *text)
{
    if (g_dbus_message_get_flags(message) & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED)
        return;
    g_autoptr(GDBusMessage) reply = g_dbus_message_new_method_error_literal(message, name, text);

    g_dbus_connection_send_message(connection, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
}

/* GDBus answers each call exactly once, but not those that want no answer: such a call would hold its place
 * for ever. So it is handled as one that does, and its answer is dropped at the gate. */
static GDBusMessage *take_silent(GDBusMessage *message)
{
    GDBusMessage *copy = g_dbus_message_copy(message, NULL);

    if (copy)
        g_dbus_message_set_flags(copy,
                                 g_dbus_message_get_flags(copy) & ~G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED);
    g_object_unref(message);
    return copy;
}

static GDBusMessage *take_call(GDBusConnection *connection, GDBusMessage *message, ServiceGate *gate)
{
    GVariant *body = g_dbus_message_get_body(message);
    gboolean silent = (g_dbus_message_get_flags(message) & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED) != 0;
    const char *sender = g_dbus_message_get_sender(message);

    if (body && g_variant_get_size(body) > SERVICE_GATE_BODY_MAX) {
        turn_away(connection, message, "org.stationmaster.Error.Invalid", "the arguments are too long");
        g_object_unref(message);
        return NULL;
    }
    if (!service_gate_enter(gate, sender ? sender : "", g_dbus_message_get_serial(message), silent)) {
        turn_away(connection, message, "org.stationmaster.Error.Busy", "too many calls at once");
        g_object_unref(message);
        return NULL;
    }
    if (!silent)
        return message;
    guint32 serial = g_dbus_message_get_serial(message);
    g_autofree char *caller = g_strdup(sender ? sender : "");
    GDBusMessage *copy = take_silent(message);

    if (!copy)
        service_gate_leave(gate, caller, serial);
    return copy;
}

GDBusMessage *service_gate_filter(GDBusConnection *connection, GDBusMessage *message, gboolean incoming,
                                  gpointer gate)
{
    GDBusMessageType type = g_dbus_message_get_message_type(message);
    gboolean answer = type == G_DBUS_MESSAGE_TYPE_METHOD_RETURN || type == G_DBUS_MESSAGE_TYPE_ERROR;
    const char *destination = g_dbus_message_get_destination(message);

    if (incoming && type == G_DBUS_MESSAGE_TYPE_METHOD_CALL)
        return take_call(connection, message, gate);
    if (!incoming && answer &&
        !service_gate_leave(gate, destination ? destination : "", g_dbus_message_get_reply_serial(message))) {
        g_object_unref(message);
        return NULL;
    }
    return message;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bus/service-caller.h"

#define REMEMBERED_LIMIT 256
#define ANSWER_TIMEOUT_MS 5000

struct ServiceCaller {
    GHashTable *uids; /* unique name → uid; a bus never gives out a name twice */
    GCancellable *life;
    guint asked; /* questions to the bus that are not answered */
};

typedef struct {
    ServiceCaller *caller;
    GCancellable *life;
    char *sender;
    ServiceCallerFound done;
    gpointer user_data;
} Question;

ServiceCaller *service_caller_new(void)
{
    ServiceCaller *caller = g_new0(ServiceCaller, 1);

    caller->uids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    caller->life = g_cancellable_new();
    return caller;
}

/* Whoever waits for an answer hears that there is none. */
void service_caller_free(ServiceCaller *caller)
{
    g_cancellable_cancel(caller->life);
    while (caller->asked > 0)
        g_main_context_iteration(NULL, TRUE);
    g_object_unref(caller->life);
    g_hash_table_unref(caller->uids);
    g_free(caller);
}

void service_caller_clear(ServiceCaller *caller)
{
    g_cancellable_cancel(caller->life);
    g_object_unref(caller->life);
    caller->life = g_cancellable_new();
    g_hash_table_remove_all(caller->uids);
}

static void remember(ServiceCaller *caller, const char *sender, guint uid)
{
    if (g_hash_table_size(caller->uids) >= REMEMBERED_LIMIT)
        g_hash_table_remove_all(caller->uids);
    g_hash_table_insert(caller->uids, g_strdup(sender), GUINT_TO_POINTER(uid));
}

static void on_answered(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GVariant) answer = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, NULL);
    Question *question = user_data;
    guint uid = SERVICE_CALLER_UNKNOWN;

    question->caller->asked--;
    /* once `life` has ended the bus may be another one */
    if (answer && !g_cancellable_is_cancelled(question->life)) {
        g_variant_get(answer, "(u)", &uid);
        remember(question->caller, question->sender, uid);
    }
    question->done(uid, question->user_data);
    g_object_unref(question->life);
    g_free(question->sender);
    g_free(question);
}

void service_caller_find(ServiceCaller *caller, GDBusConnection *connection, const char *sender,
                         ServiceCallerFound done, gpointer user_data)
{
    gpointer uid = NULL;

    if (g_hash_table_lookup_extended(caller->uids, sender, NULL, &uid)) {
        done(GPOINTER_TO_UINT(uid), user_data);
        return;
    }
    Question *question = g_new0(Question, 1);

    question->caller = caller;
    caller->asked++;
    question->life = g_object_ref(caller->life);
    question->sender = g_strdup(sender);
    question->done = done;
    question->user_data = user_data;
    g_dbus_connection_call(connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                           "org.freedesktop.DBus", "GetConnectionUnixUser", g_variant_new("(s)", sender),
                           G_VARIANT_TYPE("(u)"), G_DBUS_CALL_FLAGS_NONE, ANSWER_TIMEOUT_MS, caller->life,
                           on_answered, question);
}

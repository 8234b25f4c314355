/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bus/service-methods.h"

#include "edge/bus/pin.h"
#include "edge/bus/service-call.h"
#include "edge/bus/view.h"

#include <string.h>

/* A person is recorded as "staff:NAME" in a field of the alarm. */
#define STAFF_NAME_MAX (ALARM_BY_SIZE - sizeof "staff:")

typedef void (*Handler)(const ServiceMethods *methods, GVariant *arguments, const ServiceWho *who,
                        ServiceCall *call);

typedef char *(*Getter)(gpointer user_data);

typedef struct {
    const char *name;
    Handler handler; /* NULL: what the backend's getter gives is the answer */
    gboolean acts;   /* its last two arguments are staff and pin, and it wants to know the caller's user */
    gsize getter;    /* where the backend has its Getter */
} Method;

static const char *text_at(GVariant *arguments, gsize index)
{
    const char *text = NULL;

    g_variant_get_child(arguments, index, "&s", &text);
    return text;
}

static void take_text(ServiceCall *call, char *text)
{
    service_call_text(call, text);
    g_free(text);
}

static void answer_by_getter(const ServiceBackend *backend, const Method *method, ServiceCall *call)
{
    Getter getter = G_STRUCT_MEMBER(Getter, backend, method->getter);

    take_text(call, getter(backend->user_data));
}

static void list_connectors(const ServiceMethods *methods, GVariant *arguments G_GNUC_UNUSED,
                            const ServiceWho *who G_GNUC_UNUSED, ServiceCall *call)
{
    const ServiceBackend *backend = &methods->backend;

    take_text(call, view_take_text(view_connectors(backend->get_model(backend->user_data),
                                                   backend->get_guard(backend->user_data),
                                                   backend->get_disabler, backend->user_data)));
}

static void list_points(const ServiceMethods *methods, GVariant *arguments,
                        const ServiceWho *who G_GNUC_UNUSED, ServiceCall *call)
{
    const char *glob = text_at(arguments, 0);

    if (strlen(glob) > SERVICE_METHODS_NAME_MAX * 2)
        service_call_refuse(call, SERVICE_INVALID, "the pattern is too long");
    else
        service_lists_points(methods->lists, call, glob);
}

static void list_alarms(const ServiceMethods *methods, GVariant *arguments,
                        const ServiceWho *who G_GNUC_UNUSED, ServiceCall *call)
{
    gboolean all = FALSE;

    g_variant_get(arguments, "(b)", &all);
    if (all)
        methods->backend.list_old_alarms(call, methods->backend.user_data);
    else
        service_lists_alarms(methods->lists, call);
}

static void list_events(const ServiceMethods *methods, GVariant *arguments,
                        const ServiceWho *who G_GNUC_UNUSED, ServiceCall *call)
{
    const ServiceBackend *backend = &methods->backend;
    gint64 epoch = 0, after = 0;
    guint limit = 0;

    g_variant_get(arguments, "(xxu)", &epoch, &after, &limit);
    if (epoch < 0 || after < 0)
        service_call_refuse(call, SERVICE_INVALID, "epoch and seq are not negative");
    else
        backend->list_events(epoch, after, CLAMP(limit, 1, SERVICE_METHODS_EVENTS_MAX), call,
                             backend->user_data);
}

/* Whether ALARM is open; answers CALL where it is not. */
static gboolean check_alarm(const ServiceBackend *backend, const char *alarm, ServiceCall *call)
{
    if (strlen(alarm) < ALARM_ID_SIZE && guard_find_alarm(backend->get_guard(backend->user_data), alarm))
        return TRUE;
    service_call_refuse(call, SERVICE_NOT_FOUND, "there is no open alarm %s", alarm);
    return FALSE;
}

static void acknowledge(const ServiceMethods *methods, GVariant *arguments, const ServiceWho *who,
                        ServiceCall *call)
{
    const ServiceBackend *backend = &methods->backend;
    const char *alarm = text_at(arguments, 0);

    if (check_alarm(backend, alarm, call))
        backend->acknowledge(alarm, text_at(arguments, 1), who, call, backend->user_data);
}

static void reset(const ServiceMethods *methods, GVariant *arguments, const ServiceWho *who,
                  ServiceCall *call)
{
    const ServiceBackend *backend = &methods->backend;
    const char *alarm = text_at(arguments, 0);

    if (check_alarm(backend, alarm, call))
        backend->reset(alarm, who, call, backend->user_data);
}

static void silence(const ServiceMethods *methods, GVariant *arguments G_GNUC_UNUSED, const ServiceWho *who,
                    ServiceCall *call)
{
    const ServiceBackend *backend = &methods->backend;

    backend->silence(who, call, backend->user_data);
}

static void stop_connector(const ServiceMethods *methods, GVariant *arguments, const ServiceWho *who,
                           ServiceCall *call)
{
    const ServiceBackend *backend = &methods->backend;
    const char *path = text_at(arguments, 0);
    guint connector = model_find_connector(backend->get_model(backend->user_data), path);

    if (connector == G_MAXUINT)
        service_call_refuse(call, SERVICE_NOT_FOUND, "there is no connector %.128s", path);
    else
        backend->stop_connector(connector, who, call, backend->user_data);
}

static void list_staff(const ServiceMethods *methods, GVariant *arguments G_GNUC_UNUSED,
                       const ServiceWho *who G_GNUC_UNUSED, ServiceCall *call)
{
    const ServiceBackend *backend = &methods->backend;

    backend->list_staff(call, backend->user_data);
}

static gboolean is_staff_name(const char *name)
{
    if (!name[0] || strlen(name) > STAFF_NAME_MAX)
        return FALSE;
    for (const char *at = name; *at; at = g_utf8_next_char(at)) {
        if (!g_unichar_isprint(g_utf8_get_char(at)) || *at == '/')
            return FALSE;
    }
    return !g_ascii_isspace(name[0]) && !g_ascii_isspace(name[strlen(name) - 1]);
}

static void add_staff(const ServiceMethods *methods, GVariant *arguments, const ServiceWho *who,
                      ServiceCall *call)
{
    const ServiceBackend *backend = &methods->backend;
    static const char *const roles[] = { "viewer", "operator", "engineer", NULL };
    const char *name = text_at(arguments, 0);
    const char *role = text_at(arguments, 1);
    gsize pin_length = strlen(text_at(arguments, 2));

    if (!is_staff_name(name))
        service_call_refuse(call, SERVICE_INVALID,
                            "a name is 1 to %d bytes of printable text without / and without blanks around",
                            (int)STAFF_NAME_MAX);
    else if (!g_strv_contains(roles, role))
        service_call_refuse(call, SERVICE_INVALID, "a role is viewer, operator or engineer");
    else if (pin_length < PIN_SHORTEST || pin_length > PIN_LONGEST)
        service_call_refuse(call, SERVICE_INVALID, "a PIN has %d to %d characters", PIN_SHORTEST,
                            PIN_LONGEST);
    else
        backend->add_staff(name, role, text_at(arguments, 2), who, call, backend->user_data);
}

static void disable_staff(const ServiceMethods *methods, GVariant *arguments, const ServiceWho *who,
                          ServiceCall *call)
{
    const ServiceBackend *backend = &methods->backend;

    backend->disable_staff(text_at(arguments, 0), who, call, backend->user_data);
}

static gboolean check_file(const char *file, ServiceCall *call)
{
    if (g_path_is_absolute(file) && !g_str_has_suffix(file, "/"))
        return TRUE;
    service_call_refuse(call, SERVICE_INVALID, "the file must be named by its absolute path");
    return FALSE;
}

static void backup(const ServiceMethods *methods, GVariant *arguments, const ServiceWho *who,
                   ServiceCall *call)
{
    const ServiceBackend *backend = &methods->backend;
    const char *file = text_at(arguments, 0);

    if (check_file(file, call))
        backend->backup(file, who, call, backend->user_data);
}

static void restore(const ServiceMethods *methods, GVariant *arguments, const ServiceWho *who,
                    ServiceCall *call)
{
    const ServiceBackend *backend = &methods->backend;
    const char *file = text_at(arguments, 0);

    if (check_file(file, call))
        backend->restore(file, who, call, backend->user_data);
}

static void reload(const ServiceMethods *methods, GVariant *arguments G_GNUC_UNUSED, const ServiceWho *who,
                   ServiceCall *call)
{
    const ServiceBackend *backend = &methods->backend;

    backend->reload(who, call, backend->user_data);
}

static void probe(const ServiceMethods *methods, GVariant *arguments, const ServiceWho *who G_GNUC_UNUSED,
                  ServiceCall *call)
{
    const ServiceBackend *backend = &methods->backend;
    const Model *model = backend->get_model(backend->user_data);
    const char *path = text_at(arguments, 0);
    guint device = model_find_device(model, path);

    if (device == G_MAXUINT || !model->devices[device].site)
        service_call_refuse(call, SERVICE_NOT_FOUND, "there is no device %.128s", path);
    else
        backend->probe(device, call, backend->user_data);
}

static const Method method_table[] = {
    { "GetStatus", .getter = G_STRUCT_OFFSET(ServiceBackend, get_status) },
    { "ListDevices", .getter = G_STRUCT_OFFSET(ServiceBackend, list_devices) },
    { "ListBuses", .getter = G_STRUCT_OFFSET(ServiceBackend, list_buses) },
    { "ListConnectors", .handler = list_connectors },
    { "ListCameras", .getter = G_STRUCT_OFFSET(ServiceBackend, list_cameras) },
    { "GetTariff", .getter = G_STRUCT_OFFSET(ServiceBackend, get_tariff) },
    { "ListAnnouncements", .getter = G_STRUCT_OFFSET(ServiceBackend, list_announcements) },
    { "ListPoints", .handler = list_points },
    { "ListAlarms", .handler = list_alarms },
    { "ListEvents", .handler = list_events },
    { "Acknowledge", .handler = acknowledge, .acts = TRUE },
    { "Reset", .handler = reset, .acts = TRUE },
    { "Silence", .handler = silence, .acts = TRUE },
    { "StopConnector", .handler = stop_connector, .acts = TRUE },
    { "ListStaff", .handler = list_staff },
    { "AddStaff", .handler = add_staff, .acts = TRUE },
    { "DisableStaff", .handler = disable_staff, .acts = TRUE },
    { "Backup", .handler = backup, .acts = TRUE },
    { "Restore", .handler = restore, .acts = TRUE },
    { "Reload", .handler = reload, .acts = TRUE },
    { "Probe", .handler = probe },
};

static const Method *find_method(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(method_table); i++) {
        if (g_str_equal(method_table[i].name, name))
            return &method_table[i];
    }
    return NULL;
}

/* No text of any method is longer; staff and pin are names. Answers CALL where one is. */
static gboolean check_lengths(const Method *method, GVariant *arguments, ServiceCall *call)
{
    gsize n = g_variant_n_children(arguments);

    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) argument = g_variant_get_child_value(arguments, i);
        gboolean name = method->acts && i + 2 >= n;
        gsize length = 0;

        if (!g_variant_is_of_type(argument, G_VARIANT_TYPE_STRING))
            continue;
        g_variant_get_string(argument, &length);
        if (length > (name ? SERVICE_METHODS_NAME_MAX : SERVICE_METHODS_TEXT_MAX)) {
            service_call_refuse(call, SERVICE_INVALID, "argument %u is too long", (guint)i + 1);
            return FALSE;
        }
    }
    return TRUE;
}

typedef struct {
    const ServiceMethods *methods;
    const Method *method;
    ServiceCall *call;
} Question;

/* UID is unknown too where the service has ended meanwhile: METHODS is gone then, and not looked at. */
static void on_caller_found(guint uid, gpointer user_data)
{
    Question *question = user_data;
    GDBusMethodInvocation *invocation = service_call_get_invocation(question->call);
    GVariant *arguments = g_variant_ref(g_dbus_method_invocation_get_parameters(invocation));
    gsize n = g_variant_n_children(arguments);
    ServiceWho who = { .uid = uid, .staff = text_at(arguments, n - 2), .pin = text_at(arguments, n - 1) };

    if (uid == SERVICE_CALLER_UNKNOWN)
        service_call_refuse(question->call, SERVICE_REFUSED, "the bus does not say who is calling");
    else
        question->method->handler(question->methods, arguments, &who, question->call);
    g_variant_unref(arguments);
    g_free(question);
}

static void ask_caller(const ServiceMethods *methods, const Method *method, ServiceCall *call)
{
    GDBusMethodInvocation *invocation = service_call_get_invocation(call);
    Question *question = g_new0(Question, 1);

    question->methods = methods;
    question->method = method;
    question->call = call;
    service_caller_find(methods->caller, g_dbus_method_invocation_get_connection(invocation),
                        g_dbus_method_invocation_get_sender(invocation), on_caller_found, question);
}

void service_methods_handle(const ServiceMethods *methods, GDBusMethodInvocation *invocation)
{
    static const ServiceWho nobody = { .uid = SERVICE_CALLER_UNKNOWN, .staff = "", .pin = "" };
    const Method *method = find_method(g_dbus_method_invocation_get_method_name(invocation));
    GVariant *arguments = g_dbus_method_invocation_get_parameters(invocation);
    ServiceCall *call = service_call_new(invocation);

    if (service_sync_is(invocation)) {
        service_sync_handle(methods->sync, call);
        return;
    }
    if (!method) {
        service_call_refuse(call, SERVICE_INVALID, "there is no such method");
        return;
    }
    if (!check_lengths(method, arguments, call))
        return;
    if (method->acts) {
        ask_caller(methods, method, call);
        return;
    }
    if (!method->handler) {
        answer_by_getter(&methods->backend, method, call);
        return;
    }
    g_variant_ref(arguments); /* the call may be answered, and gone, before its arguments are done with */
    method->handler(methods, arguments, &nobody, call);
    g_variant_unref(arguments);
}

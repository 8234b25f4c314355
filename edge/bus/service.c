/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bus/service.h"

#include "edge/bus/service-link.h"
#include "edge/bus/service-methods.h"
#include "edge/bus/station-bus.h"
#include "edge/bus/view.h"

#define BUS_NAME "org.stationmaster.Station1"
#define OBJECT_PATH "/org/stationmaster/Station1"
#define STATION_INTERFACE BUS_NAME
#define SYNC_INTERFACE "org.stationmaster.Sync1"
#define N_INTERFACES 2
#define CHANGES_PERIOD_MS 250u /* ConnectorsChanged: at most four times a second */
#define REST_FACTOR 3          /* the loop rests from calls three times as long as one took … */
#define REST_MOST_US (50 * G_TIME_SPAN_MILLISECOND) /* … but no longer than this */

struct Service {
    ServiceMethods methods;
    ServiceLink *link;
    guint registrations[N_INTERFACES];
    GQueue waiting;       /* GDBusMethodInvocation; as many as the gate lets in */
    GSource *turn;        /* handles one of them, writes one slice of a list */
    gint64 rest_until_us; /* monotonic time before which no call is handled */
    GHashTable *changed;  /* connector indices since the last ConnectorsChanged, as a set */
    GHashTable *told;     /* path → GVariant, as view_connector_change(): what was last said of it */
    guint changes_due;    /* source */
};

static void on_method_call(GDBusConnection *connection G_GNUC_UNUSED, const char *sender G_GNUC_UNUSED,
                           const char *path G_GNUC_UNUSED, const char *interface G_GNUC_UNUSED,
                           const char *method G_GNUC_UNUSED, GVariant *parameters G_GNUC_UNUSED,
                           GDBusMethodInvocation *invocation, gpointer user_data)
{
    Service *service = user_data;

    g_queue_push_tail(&service->waiting, invocation);
    g_source_set_ready_time(service->turn, service->rest_until_us);
}

/* GDBus has an idle source for each call, and the main loop runs all of one priority that are ready in one
 * go: dozens of lists before it looks at a bus result again. So calls wait here, and in each turn of the loop
 * one is handled and one slice of a list is written, with a rest after it: clients that ask without end get a
 * quarter of the loop at most. */
static gboolean take_turn(GSource *source, GSourceFunc callback G_GNUC_UNUSED, gpointer user_data)
{
    Service *service = user_data;
    GDBusMethodInvocation *invocation = g_queue_pop_head(&service->waiting);
    gint64 began_us = g_get_monotonic_time();

    g_source_set_ready_time(source, -1);
    if (invocation)
        service_methods_handle(&service->methods, invocation);
    gboolean more = service_lists_go_on(service->methods.lists);
    gint64 took_us = g_get_monotonic_time() - began_us;

    service->rest_until_us = began_us + took_us + MIN(REST_FACTOR * took_us, REST_MOST_US);
    if (more || !g_queue_is_empty(&service->waiting))
        g_source_set_ready_time(source, service->rest_until_us);
    return G_SOURCE_CONTINUE;
}

static void begin_turns(Service *service)
{
    static GSourceFuncs functions = { .dispatch = take_turn };

    g_queue_init(&service->waiting);
    service->turn = g_source_new(&functions, sizeof(GSource));
    g_source_set_callback(service->turn, NULL, service, NULL);
    g_source_set_static_name(service->turn, "dbus-call");
    g_source_attach(service->turn, NULL);
}

/* What waits came over a connection that is no more. */
static void drop_waiting(Service *service)
{
    g_queue_clear_full(&service->waiting, g_object_unref);
    g_source_set_ready_time(service->turn, -1);
}

static void on_export(GDBusConnection *connection, gpointer user_data)
{
    static const GDBusInterfaceVTable table = { .method_call = on_method_call };
    GDBusInterfaceInfo *const interfaces[N_INTERFACES] = { stationmaster_station1_interface_info(),
                                                           stationmaster_sync1_interface_info() };
    Service *service = user_data;

    drop_waiting(service);
    service_caller_clear(service->methods.caller);
    service_sync_clear(service->methods.sync);
    g_hash_table_remove_all(service->told); /* whoever listens on the new bus has heard nothing yet */
    for (guint i = 0; i < N_INTERFACES; i++)
        service->registrations[i] = g_dbus_connection_register_object(connection, OBJECT_PATH, interfaces[i],
                                                                      &table, service, NULL, NULL);
}

static void on_unexport(GDBusConnection *connection, gpointer user_data)
{
    Service *service = user_data;

    for (guint i = 0; i < N_INTERFACES; i++)
        g_dbus_connection_unregister_object(connection, service->registrations[i]);
}

static void on_owned(gpointer user_data)
{
    const ServiceBackend *backend = &((Service *)user_data)->methods.backend;

    if (backend->ready)
        backend->ready(backend->user_data);
}

static void on_lost(const char *why, gpointer user_data)
{
    const ServiceBackend *backend = &((Service *)user_data)->methods.backend;

    if (backend->lost)
        backend->lost(why, backend->user_data);
}

Service *service_new(ServiceBus bus, const ServiceBackend *backend)
{
    Service *service = g_new0(Service, 1);
    ServiceLinkHandlers handlers = {
        .export = on_export, .unexport = on_unexport, .owned = on_owned, .lost = on_lost, .user_data = service
    };

    service->methods.backend = *backend;
    service->methods.caller = service_caller_new();
    service->methods.lists = service_lists_new(&service->methods.backend);
    service->methods.sync = service_sync_new(&service->methods.backend);
    begin_turns(service);
    service->changed = g_hash_table_new(NULL, NULL);
    service->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_variant_unref);
    service->link = service_link_new(bus == SERVICE_BUS_SESSION ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM,
                                     BUS_NAME, &handlers);
    return service;
}

void service_free(Service *service)
{
    g_clear_handle_id(&service->changes_due, g_source_remove);
    service_link_free(service->link);
    drop_waiting(service);
    g_source_destroy(service->turn);
    g_source_unref(service->turn);
    service_caller_free(service->methods.caller);
    service_lists_free(service->methods.lists);
    service_sync_free(service->methods.sync);
    g_hash_table_unref(service->changed);
    g_hash_table_unref(service->told);
    g_free(service);
}

/* Consumes a floating ARGUMENTS. */
static void emit_from(Service *service, const char *interface, const char *signal, GVariant *arguments)
{
    GDBusConnection *connection = service_link_get_connection(service->link);
    g_autoptr(GVariant) owned = g_variant_ref_sink(arguments);

    if (connection)
        g_dbus_connection_emit_signal(connection, NULL, OBJECT_PATH, interface, signal, owned, NULL);
}

static void emit(Service *service, const char *signal, GVariant *value)
{
    emit_from(service, STATION_INTERFACE, signal, g_variant_new_tuple(&value, 1));
}

void service_alarm_changed(Service *service, const Alarm *alarm)
{
    const ServiceBackend *backend = &service->methods.backend;
    const Site *site = backend->get_model(backend->user_data)->site;

    if (service_link_get_connection(service->link))
        emit(service, "AlarmChanged",
             g_variant_new_take_string(view_take_text(view_alarm(alarm, site->station.timezone))));
}

/* Adds connector INDEX to BUILDER unless it was said like this already. */
static void add_change(Service *service, const Model *model, const Guard *guard, guint index,
                       GVariantBuilder *builder)
{
    const ServiceBackend *backend = &service->methods.backend;
    const char *disabled_by = backend->get_disabler(index, backend->user_data);
    g_autoptr(GVariant) change = g_variant_ref_sink(view_connector_change(model, guard, index, disabled_by));
    const char *path = model->connectors[index].path;
    GVariant *told = g_hash_table_lookup(service->told, path);

    if (told && g_variant_equal(told, change))
        return;
    g_hash_table_insert(service->told, g_strdup(path), g_variant_ref(change));
    g_variant_builder_add_value(builder, change);
}

static gboolean on_changes_due(gpointer user_data)
{
    Service *service = user_data;
    const ServiceBackend *backend = &service->methods.backend;
    const Model *model = backend->get_model(backend->user_data);
    const Guard *guard = backend->get_guard(backend->user_data);
    g_autoptr(GVariant) changes = NULL;
    GVariantBuilder builder;
    GHashTableIter iter;
    gpointer index;

    service->changes_due = 0;
    if (g_hash_table_size(service->told) > model->n_connectors) /* a reload has taken some away */
        g_hash_table_remove_all(service->told);
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a" VIEW_CHANGE_TYPE));
    g_hash_table_iter_init(&iter, service->changed);
    while (g_hash_table_iter_next(&iter, &index, NULL)) {
        if (GPOINTER_TO_UINT(index) < model->n_connectors)
            add_change(service, model, guard, GPOINTER_TO_UINT(index), &builder);
    }
    g_hash_table_remove_all(service->changed);
    changes = g_variant_ref_sink(g_variant_builder_end(&builder));
    if (g_variant_n_children(changes) > 0)
        emit(service, "ConnectorsChanged", changes);
    return G_SOURCE_REMOVE;
}

void service_connector_changed(Service *service, guint connector)
{
    if (!service_link_get_connection(service->link))
        return; /* nobody listens; a screen that connects later asks for all */
    g_hash_table_add(service->changed, GUINT_TO_POINTER(connector));
    if (service->changes_due == 0)
        service->changes_due = g_timeout_add(CHANGES_PERIOD_MS, on_changes_due, service);
}

void service_announcements_changed(Service *service, const char *announcements)
{
    emit(service, "AnnouncementsChanged", g_variant_new_string(announcements));
}

void service_sync_appended(Service *service, gint64 epoch, gint64 last_seq)
{
    emit_from(service, SYNC_INTERFACE, "Appended", g_variant_new("(xx)", epoch, last_seq));
}

void service_sync_reply(Service *service, const char *reply)
{
    emit_from(service, SYNC_INTERFACE, "Reply", g_variant_new("(s)", reply));
}

void service_sync_resend(Service *service, gint64 epoch, gint64 from, gint64 to)
{
    emit_from(service, SYNC_INTERFACE, "Resend", g_variant_new("(xxx)", epoch, from, to));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The interface over a bus of its own: one connection has the object, the others call it. */
#include "edge/bus/service-sync.h"

#include "edge/bus/service-call.h"
#include "edge/bus/station-bus.h"

#include <string.h>

#define PATH "/org/stationmaster/Station1"
#define INTERFACE "org.stationmaster.Sync1"

static GTestDBus *bus;

typedef struct {
    GDBusConnection *server, *client;
    guint registration;
    ServiceBackend backend;
    ServiceSync *sync;
    /* what the backend was told last */
    guint asked, told, lost;
    gint64 epoch, number, sent;
    guint limit;
    gboolean flag;
    char *text, *signature;
    GBytes *payload;
    /* the answer to the last call */
    gboolean answered;
    GVariant *answer;
    char *error; /* its last part */
} Fixture;

static void get_outbox(ServiceCall *call, gpointer user_data)
{
    const ServiceEpoch epochs[] = { { .epoch = 7, .acked = 1, .last_seq = 3 }, { .epoch = 9 } };

    ((Fixture *)user_data)->asked++;
    service_call_epochs(call, epochs, G_N_ELEMENTS(epochs));
}

static void read_outbox(gint64 epoch, gint64 after, guint limit, ServiceCall *call, gpointer user_data)
{
    Fixture *fixture = user_data;
    g_autoptr(JsonNode) rows = json_from_string("[{\"seq\":8,\"event\":\"{}\"}]", NULL);

    fixture->asked++;
    fixture->epoch = epoch;
    fixture->number = after;
    fixture->limit = limit;
    service_call_events(call, json_node_get_array(rows));
}

static void take_ack(gint64 epoch, gint64 through, gint64 sent, ServiceCall *call, gpointer user_data)
{
    Fixture *fixture = user_data;

    fixture->asked++;
    fixture->epoch = epoch;
    fixture->number = through;
    fixture->sent = sent;
    service_call_done(call);
}

static void note(char **text, const char *now)
{
    g_free(*text);
    *text = g_strdup(now);
}

static void set_line(gboolean online, const char *reason, gpointer user_data)
{
    Fixture *fixture = user_data;

    fixture->told++;
    fixture->flag = online;
    note(&fixture->text, reason);
}

static void lose_line(gpointer user_data)
{
    ((Fixture *)user_data)->lost++;
}

static gboolean take_command(const char *topic, const char *payload, gsize length, const char *signature,
                             gboolean retained, gpointer user_data)
{
    Fixture *fixture = user_data;

    fixture->told++;
    fixture->flag = retained;
    note(&fixture->text, topic);
    note(&fixture->signature, signature);
    g_clear_pointer(&fixture->payload, g_bytes_unref);
    fixture->payload = g_bytes_new(payload, length);
    return TRUE;
}

static void on_method_call(GDBusConnection *connection G_GNUC_UNUSED, const char *sender G_GNUC_UNUSED,
                           const char *path G_GNUC_UNUSED, const char *interface G_GNUC_UNUSED,
                           const char *method G_GNUC_UNUSED, GVariant *parameters G_GNUC_UNUSED,
                           GDBusMethodInvocation *invocation, gpointer user_data)
{
    g_assert_true(service_sync_is(invocation));
    service_sync_handle(((Fixture *)user_data)->sync, service_call_new(invocation));
}

static GDBusConnection *connect_to_bus(void)
{
    g_autoptr(GError) error = NULL;
    GDBusConnection *connection = g_dbus_connection_new_for_address_sync(
        g_test_dbus_get_bus_address(bus),
        G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL,
        NULL, &error);

    g_assert_no_error(error);
    return connection;
}

static void disconnect(GDBusConnection *connection)
{
    g_assert_true(g_dbus_connection_close_sync(connection, NULL, NULL));
    g_object_unref(connection);
}

static void set_up(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const GDBusInterfaceVTable table = { .method_call = on_method_call };

    fixture->server = connect_to_bus();
    fixture->client = connect_to_bus();
    fixture->backend = (ServiceBackend){ .user_data = fixture,
                                         .sync = { .get_outbox = get_outbox,
                                                   .read_outbox = read_outbox,
                                                   .take_ack = take_ack,
                                                   .set_line = set_line,
                                                   .lose_line = lose_line,
                                                   .take_command = take_command } };
    fixture->sync = service_sync_new(&fixture->backend);
    fixture->registration = g_dbus_connection_register_object(
        fixture->server, PATH, stationmaster_sync1_interface_info(), &table, fixture, NULL, NULL);
}

static void tear_down(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    service_sync_free(fixture->sync);
    g_dbus_connection_unregister_object(fixture->server, fixture->registration);
    disconnect(fixture->client);
    disconnect(fixture->server);
    g_clear_pointer(&fixture->answer, g_variant_unref);
    g_clear_pointer(&fixture->payload, g_bytes_unref);
    g_free(fixture->error);
    g_free(fixture->text);
    g_free(fixture->signature);
}

static void on_answer(GObject *source, GAsyncResult *result, gpointer user_data)
{
    Fixture *fixture = user_data;
    g_autoptr(GError) error = NULL;

    fixture->answer = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
    fixture->answered = TRUE;
    if (error) {
        g_autofree char *name = g_dbus_error_get_remote_error(error);

        g_assert_true(g_str_has_prefix(name, "org.stationmaster.Error."));
        fixture->error = g_strdup(strrchr(name, '.') + 1);
    }
}

/* Consumes a floating ARGUMENTS; what came is in the fixture. */
static void call_from(Fixture *fixture, GDBusConnection *client, const char *method, GVariant *arguments)
{
    g_clear_pointer(&fixture->answer, g_variant_unref);
    g_clear_pointer(&fixture->error, g_free);
    fixture->answered = FALSE;
    g_dbus_connection_call(client, g_dbus_connection_get_unique_name(fixture->server), PATH, INTERFACE,
                           method, arguments, NULL, G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL, on_answer,
                           fixture);
    while (!fixture->answered)
        g_main_context_iteration(NULL, TRUE);
}

static void call(Fixture *fixture, const char *method, GVariant *arguments)
{
    call_from(fixture, fixture->client, method, arguments);
}

static void assert_answer(Fixture *fixture, const char *text)
{
    g_assert_cmpstr(fixture->error, ==, NULL);
    g_autofree char *answer = g_variant_print(fixture->answer, FALSE);

    g_assert_cmpstr(answer, ==, text);
}

static void test_outbox(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    call(fixture, "GetOutbox", NULL);
    assert_answer(fixture, "([(7, 1, 3), (9, 0, 0)],)");
    call(fixture, "ReadOutbox", g_variant_new("(xxu)", (gint64)7, (gint64)0, 5u));
    assert_answer(fixture, "([(8, '{}')],)");
    g_assert_cmpint(fixture->epoch, ==, 7);
    g_assert_cmpint(fixture->number, ==, 0);
    g_assert_cmpuint(fixture->limit, ==, 5);
    call(fixture, "TakeAck", g_variant_new("(xxx)", (gint64)9, (gint64)4, (gint64)5));
    assert_answer(fixture, "()");
    g_assert_cmpint(fixture->epoch, ==, 9);
    g_assert_cmpint(fixture->number, ==, 4);
    g_assert_cmpint(fixture->sent, ==, 5);
}

/* However many are asked for, some and not too many are read. */
static void test_limits(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const guint cases[][2] = {
        { 0, 1 }, { 1, 1 }, { 1000, 1000 }, { 1001, 1000 }, { G_MAXUINT, 1000 }
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        call(fixture, "ReadOutbox", g_variant_new("(xxu)", (gint64)1, (gint64)0, cases[i][0]));
        g_assert_cmpuint(fixture->limit, ==, cases[i][1]);
    }
}

/* Numbers that no epoch has never reach the station. */
static void test_wrong_numbers(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const gint64 reads[][2] = { { 0, 0 }, { -1, 0 }, { G_MININT64, 0 }, { 1, -1 } };
    static const gint64 acks[][3] = { { -1, 0, 0 }, { 1, -1, 0 }, { 1, G_MININT64, 0 }, { 1, 0, -1 } };

    for (guint i = 0; i < G_N_ELEMENTS(reads); i++) {
        call(fixture, "ReadOutbox", g_variant_new("(xxu)", reads[i][0], reads[i][1], 1u));
        g_assert_cmpstr(fixture->error, ==, "Invalid");
    }
    for (guint i = 0; i < G_N_ELEMENTS(acks); i++) {
        call(fixture, "TakeAck", g_variant_new("(xxx)", acks[i][0], acks[i][1], acks[i][2]));
        g_assert_cmpstr(fixture->error, ==, "Invalid");
    }
    g_assert_cmpuint(fixture->asked, ==, 0);
}

static GVariant *new_command(const char *topic, gsize length, const char *signature)
{
    g_autofree char *payload = g_malloc0(length + 1);

    memset(payload, 'x', length);
    return g_variant_new("(s@aysb)", topic,
                         g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, payload, length, 1), signature, TRUE);
}

/* A payload that is too long stays so, and no more of it is looked at. */
static void test_command(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *just = g_strnfill(1024, 'a'), *over = g_strnfill(1025, 'a');

    call(fixture, "TakeCommand", new_command("a/command", 0, ""));
    assert_answer(fixture, "()");
    g_assert_cmpstr(fixture->text, ==, "a/command");
    g_assert_true(fixture->flag);
    g_assert_cmpuint(g_bytes_get_size(fixture->payload), ==, 0);
    call(fixture, "TakeCommand", new_command(just, 16384, just));
    g_assert_cmpuint(g_bytes_get_size(fixture->payload), ==, 16384);
    g_assert_cmpstr(fixture->signature, ==, just);
    call(fixture, "TakeCommand", new_command("a", 60000, ""));
    g_assert_cmpuint(g_bytes_get_size(fixture->payload), ==, SERVICE_SYNC_PAYLOAD_MAX);
    g_assert_cmpuint(fixture->told, ==, 3);
    call(fixture, "TakeCommand", new_command(over, 1, ""));
    g_assert_cmpstr(fixture->error, ==, "Invalid");
    call(fixture, "TakeCommand", new_command("a", 1, over));
    g_assert_cmpstr(fixture->error, ==, "Invalid");
    g_assert_cmpuint(fixture->told, ==, 3);
}

static void wait_lost(Fixture *fixture, guint least)
{
    while (fixture->lost < least)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpuint(fixture->lost, ==, least);
}

static GVariant *new_line(gboolean online, const char *reason)
{
    return g_variant_new("(bs)", online, reason);
}

/* Whoever speaks of the line is the only one, for as long as it is on the bus; the line is lost with it. */
static void test_line(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    GDBusConnection *first = connect_to_bus(), *second = connect_to_bus();
    g_autoptr(GString) reason = g_string_new(NULL);

    for (guint i = 0; i < 300; i++)
        g_string_append(reason, "线");
    call_from(fixture, first, "SetLine", new_line(FALSE, reason->str));
    g_assert_cmpint(g_utf8_strlen(fixture->text, -1), ==, 200);
    call_from(fixture, first, "SetLine", new_line(TRUE, ""));
    g_assert_true(fixture->flag);
    g_assert_cmpstr(fixture->text, ==, "");
    call_from(fixture, second, "SetLine", new_line(FALSE, "no"));
    g_assert_cmpstr(fixture->error, ==, "Refused");
    g_assert_true(fixture->flag);
    disconnect(second);
    call(fixture, "GetOutbox", NULL);
    g_assert_cmpuint(fixture->lost, ==, 0);
    disconnect(first);
    wait_lost(fixture, 1);
    call(fixture, "SetLine", new_line(TRUE, ""));
    service_sync_clear(fixture->sync);
    g_assert_cmpuint(fixture->lost, ==, 2);
    service_sync_clear(fixture->sync);
    g_assert_cmpuint(fixture->lost, ==, 2);
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/service-sync/outbox", test_outbox);
    ADD("/service-sync/limits", test_limits);
    ADD("/service-sync/wrong-numbers", test_wrong_numbers);
    ADD("/service-sync/command", test_command);
    ADD("/service-sync/line", test_line);
    bus = g_test_dbus_new(G_TEST_DBUS_NONE);
    g_test_dbus_up(bus);
    int status = g_test_run();

    g_test_dbus_down(bus);
    g_object_unref(bus);
    return status;
}

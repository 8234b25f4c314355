/* SPDX-License-Identifier: Apache-2.0 */
/* The floor of `./station bench sync`: publish, subscribe, batched INSERT, and nothing else.
 *
 * bench-sync BROKER DATABASE FILE: publishes each line of FILE (QoS 1, MQTT 5), subscribes to it with another
 * client, inserts what has come as (station, epoch, seq, payload) in one statement, and acknowledges by a
 * message how far it is; at most 100 are unacknowledged. Prints the seconds from the first publication to the
 * last acknowledgement, and the number of statements. Main thread: publisher; one thread more: the database.
 */
#include "edge/base/nodelay.h"

#include <MQTTAsync.h>
#include <glib.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW 100
#define EVENTS "bench/event"
#define ACKS "bench/ack"

static struct {
    GMutex lock;
    GCond changed;
    GPtrArray *come;
    gint64 acked, stored;
    guint ready, statements;
    MQTTAsync publisher, subscriber;
} bench;

static void fail(const char *what)
{
    g_printerr("bench-sync: %s\n", what);
    exit(1);
}

static void on_failed(void *context, MQTTAsync_failureData5 *data)
{
    fail(data->message ? data->message : (const char *)context);
}

static void on_subscribed(void *context G_GNUC_UNUSED, MQTTAsync_successData5 *data G_GNUC_UNUSED)
{
    g_mutex_lock(&bench.lock);
    bench.ready++;
    g_cond_broadcast(&bench.changed);
    g_mutex_unlock(&bench.lock);
}

static void on_connected(void *context, MQTTAsync_successData5 *data G_GNUC_UNUSED)
{
    const gboolean is_publisher = context == &bench.publisher;
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;

    nodelay_set_all();
    options.onSuccess5 = on_subscribed;
    options.onFailure5 = on_failed;
    if (MQTTAsync_subscribe(*(MQTTAsync *)context, is_publisher ? ACKS : EVENTS, 1, &options) !=
        MQTTASYNC_SUCCESS)
        fail("cannot subscribe");
}

static int on_event(void *context G_GNUC_UNUSED, char *topic, int length G_GNUC_UNUSED,
                    MQTTAsync_message *message)
{
    g_mutex_lock(&bench.lock);
    g_ptr_array_add(bench.come, g_strndup(message->payload, (gsize)message->payloadlen));
    g_cond_broadcast(&bench.changed);
    g_mutex_unlock(&bench.lock);
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

static int on_ack(void *context G_GNUC_UNUSED, char *topic, int length G_GNUC_UNUSED,
                  MQTTAsync_message *message)
{
    g_autofree char *text = g_strndup(message->payload, (gsize)message->payloadlen);

    g_mutex_lock(&bench.lock);
    bench.acked = g_ascii_strtoll(text, NULL, 10);
    g_cond_broadcast(&bench.changed);
    g_mutex_unlock(&bench.lock);
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

static void start_client(MQTTAsync *client, const char *broker, const char *id,
                         MQTTAsync_messageArrived *arrived)
{
    MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer5;
    MQTTAsync_connectOptions connect = MQTTAsync_connectOptions_initializer5;

    connect.onSuccess5 = on_connected;
    connect.onFailure5 = on_failed;
    connect.context = client;
    if (MQTTAsync_createWithOptions(client, broker, id, MQTTCLIENT_PERSISTENCE_NONE, NULL, &create) !=
            MQTTASYNC_SUCCESS ||
        MQTTAsync_setCallbacks(*client, NULL, NULL, arrived, NULL) != MQTTASYNC_SUCCESS ||
        MQTTAsync_connect(*client, &connect) != MQTTASYNC_SUCCESS)
        fail("no client");
}

static void publish(MQTTAsync client, const char *topic, const char *text, gsize size)
{
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;

    if (MQTTAsync_send(client, topic, (int)size, text, 1, 0, &options) != MQTTASYNC_SUCCESS)
        fail("cannot publish");
}

static void add_quoted(GString *array, const char *text)
{
    g_string_append(array, array->len > 1 ? ",\"" : "\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            g_string_append_c(array, '\\');
        g_string_append_c(array, *text);
    }
    g_string_append_c(array, '"');
}

static void insert(PGconn *database, GPtrArray *batch)
{
    g_autoptr(GString) seqs = g_string_new("{"), payloads = g_string_new("{");

    for (guint i = 0; i < batch->len; i++) {
        g_string_append_printf(seqs, "%s%" G_GINT64_FORMAT, i ? "," : "", ++bench.stored);
        add_quoted(payloads, batch->pdata[i]);
    }
    g_string_append_c(seqs, '}');
    g_string_append_c(payloads, '}');
    const char *const values[] = { seqs->str, payloads->str };
    PGresult *result = PQexecPrepared(database, "insert", 2, values, NULL, NULL, 0);

    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        fail(PQerrorMessage(database));
    PQclear(result);
    bench.statements++;
}

static void must(PGconn *database, PGresult *result)
{
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        fail(PQerrorMessage(database));
    PQclear(result);
}

static PGconn *open_database(const char *uri)
{
    PGconn *database = PQconnectdb(uri);

    must(database, PQexec(database, "SET client_min_messages = warning; DROP TABLE IF EXISTS bare; CREATE "
                                    "TABLE bare (station text NOT NULL, epoch "
                                    "bigint NOT NULL, seq bigint NOT NULL, payload text NOT NULL, "
                                    "PRIMARY KEY (station, epoch, seq))"));
    must(database, PQprepare(database, "insert",
                             "INSERT INTO bare SELECT 'BENCH', 1, u.seq, u.payload "
                             "FROM unnest($1::bigint[], $2::text[]) AS u (seq, payload)",
                             0, NULL));
    return database;
}

static gpointer store(gpointer uri)
{
    PGconn *database = open_database(uri);

    on_subscribed(NULL, NULL);
    for (;;) {
        g_autoptr(GPtrArray) batch = NULL;
        g_autofree char *ack = NULL;

        g_mutex_lock(&bench.lock);
        while (bench.come->len == 0)
            g_cond_wait(&bench.changed, &bench.lock);
        batch = g_steal_pointer(&bench.come);
        bench.come = g_ptr_array_new_with_free_func(g_free);
        g_mutex_unlock(&bench.lock);
        insert(database, batch);
        ack = g_strdup_printf("%" G_GINT64_FORMAT, bench.stored);
        publish(bench.subscriber, ACKS, ack, strlen(ack));
    }
    return NULL;
}

int main(int argc, char **argv)
{
    g_autofree char *text = NULL;
    gint64 sent = 0, began_us = 0;

    if (argc != 4 || !g_file_get_contents(argv[3], &text, NULL, NULL))
        fail("BROKER DATABASE FILE");
    bench.come = g_ptr_array_new_with_free_func(g_free);
    start_client(&bench.publisher, argv[1], "bench-publisher", on_ack);
    start_client(&bench.subscriber, argv[1], "bench-subscriber", on_event);
    g_thread_unref(g_thread_new("store", store, argv[2]));
    g_mutex_lock(&bench.lock);
    while (bench.ready < 3)
        g_cond_wait(&bench.changed, &bench.lock);
    began_us = g_get_monotonic_time();
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        while (sent - bench.acked >= WINDOW)
            g_cond_wait(&bench.changed, &bench.lock);
        g_mutex_unlock(&bench.lock);
        publish(bench.publisher, EVENTS, line, (gsize)(end - line));
        sent++;
        g_mutex_lock(&bench.lock);
    }
    while (bench.acked < sent)
        g_cond_wait(&bench.changed, &bench.lock);
    g_print("%.6f %u\n", (double)(g_get_monotonic_time() - began_us) / 1e6, bench.statements);
    g_mutex_unlock(&bench.lock);
    return 0;
}

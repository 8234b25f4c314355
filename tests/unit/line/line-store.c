/* SPDX-License-Identifier: Apache-2.0 */
/* The store by its methods, and with Paho: what is queued in a client that is destroyed. */
#include "sync/line/line-store.h"

#include <string.h>

static void put(MQTTClient_persistence *methods, const char *key, const char *one, const char *two)
{
    char *buffers[] = { (char *)one, (char *)two };
    int sizes[] = { (int)strlen(one), (int)strlen(two) };

    g_assert_cmpint(methods->pput(methods->context, (char *)key, 2, buffers, sizes), ==, 0);
}

static void test_methods(void)
{
    LineStore *store = line_store_new();
    MQTTClient_persistence *methods = line_store_get_methods(store);
    char *buffer = NULL, **keys = NULL;
    void *handle = NULL;
    MQTTAsync client = NULL; /* Paho's memory has books, which begin and end with its clients */
    int size = 0, n = 7;

    g_assert_cmpint(MQTTAsync_create(&client, "tcp://127.0.0.1:1", "c", MQTTCLIENT_PERSISTENCE_NONE, NULL),
                    ==, MQTTASYNC_SUCCESS);
    g_assert_cmpint(methods->popen(&handle, "client", "server", methods->context), ==, 0);
    g_assert_true(handle == store);
    put(methods, "c5-1", "over", "heated");
    put(methods, "c5-2", "", "");
    put(methods, "s5-1", "sent", "already");
    g_assert_cmpuint(line_store_get_count(store), ==, 2);
    g_assert_cmpint(methods->pkeys(handle, &keys, &n), ==, 0);
    g_assert_cmpint(n, ==, 0);
    g_assert_cmpint(methods->pcontainskey(handle, (char *)"c5-1"), ==, 0);
    g_assert_cmpint(methods->pget(handle, (char *)"c5-1", &buffer, &size), ==, 0);
    g_assert_cmpmem(buffer, size, "overheated", 10);
    MQTTAsync_free(buffer);
    g_assert_cmpint(methods->premove(handle, (char *)"c5-1"), ==, 0);
    g_assert_cmpint(methods->premove(handle, (char *)"s5-1"), ==, 0);
    g_assert_cmpint(methods->pget(handle, (char *)"c5-1", &buffer, &size), ==, MQTTCLIENT_PERSISTENCE_ERROR);
    g_assert_null(buffer);
    g_assert_cmpint(methods->pcontainskey(handle, (char *)"c5-1"), ==, MQTTCLIENT_PERSISTENCE_ERROR);
    g_assert_cmpint(methods->pclose(handle), ==, 0);
    g_assert_cmpuint(line_store_get_count(store), ==, 0);
    line_store_free(store);
    MQTTAsync_destroy(&client);
}

/* Not connected, so that everything stays queued. */
static void test_client(void)
{
    LineStore *store = line_store_new();
    MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer5;
    MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
    MQTTAsync client = NULL;

    options.sendWhileDisconnected = 1;
    options.allowDisconnectedSendAtAnyTime = 1;
    options.maxBufferedMessages = 100;
    g_assert_cmpint(MQTTAsync_createWithOptions(&client, "tcp://127.0.0.1:1", "client",
                                                MQTTCLIENT_PERSISTENCE_USER, line_store_get_methods(store),
                                                &options),
                    ==, MQTTASYNC_SUCCESS);
    for (guint i = 1; i <= 50; i++) {
        g_assert_cmpint(MQTTAsync_send(client, "topic", 2, "{}", 1, 0, &response), ==, MQTTASYNC_SUCCESS);
        g_assert_cmpuint(line_store_get_count(store), ==, i);
    }
    MQTTAsync_destroy(&client);
    g_assert_cmpuint(line_store_get_count(store), ==, 0);
    line_store_free(store);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/line/store/methods", test_methods);
    g_test_add_func("/line/store/client", test_client);
    return g_test_run();
}

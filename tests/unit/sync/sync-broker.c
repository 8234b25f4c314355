/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sync-broker.h"

#include <glib/gstdio.h>

static void test_addresses(void)
{
    static const struct {
        const char *address, *uri;
        gboolean tls;
    } rows[] = {
        { "mqtt://hq.example.com", "tcp://hq.example.com:1883", FALSE },
        { "mqtts://hq.example.com:8884", "ssl://hq.example.com:8884", TRUE },
        { "mqtts://[::1]", "ssl://[::1]:8883", TRUE },
        { "wss://hq.example.com/mqtt", "wss://hq.example.com:443/mqtt", TRUE },
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(SyncBroker) broker = sync_broker_new(rows[i].address, "", &error);

        g_assert_no_error(error);
        g_assert_cmpstr(broker->uri, ==, rows[i].uri);
        g_assert_cmpint(broker->tls, ==, rows[i].tls);
        g_assert_null(broker->password);
    }
    g_assert_null(sync_broker_new("http://hq.example.com", "", NULL));
    g_assert_null(sync_broker_new("mqtt://", "", NULL));
}

static void test_password(void)
{
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "sync-broker-XXXXXX", NULL);
    int fd = g_mkstemp(path);
    g_autoptr(SyncBroker) broker = NULL;

    g_assert_cmpint(fd, >=, 0);
    g_close(fd, NULL);
    g_assert_true(g_file_set_contents(path, "secret word\r\nmore\n", -1, NULL));
    broker = sync_broker_new("mqtt://localhost", path, NULL);
    g_assert_cmpstr(broker->password, ==, "secret word");
    g_unlink(path);
    g_assert_null(sync_broker_new("mqtt://localhost", path, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sync-broker/addresses", test_addresses);
    g_test_add_func("/sync-broker/password", test_password);
    return g_test_run();
}

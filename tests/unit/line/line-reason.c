/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/line/line-reason.h"

#include <MQTTAsync.h>
#include <string.h>

static char *read_line(const char *text)
{
    return line_reason_read_tls(text, strlen(text));
}

/* Another thread and another file of OpenSSL: the same words. */
static void test_read(void)
{
    g_autofree char *one =
        read_line("C0C61F39F77F0000:error:0A000086:SSL routines:tls_post_process:certificate "
                  "verify failed:../ssl/statem/statem_clnt.c:1889:\n");
    g_autofree char *two = read_line("40C7:error:0A000086:SSL routines::certificate verify failed:x.c:1:");
    g_autofree char *other = read_line("40C7:error:0A000102:SSL routines::unsupported protocol:x.c:1:");
    g_autofree char *none = read_line("garbage");
    g_autofree char *empty = line_reason_read_tls("", 0);
    g_autofree char *cut = line_reason_read_tls("40C7:error:0A000086:SSL", 12);
    g_autofree char *file = read_line("40C7:error:80000002:system library:file_open:No such file:x.c:1:");
    g_autofree char *unknown = read_line("40C7:error:0A0FFFFF:SSL");

    g_assert_cmpstr(one, ==, two);
    g_assert_nonnull(strstr(one, "not signed by the authority of ca-file"));
    g_assert_cmpstr(other, ==, "TLS: unsupported protocol");
    g_assert_cmpstr(none, ==, empty);
    g_assert_nonnull(cut);
    g_assert_cmpstr(file, ==, "TLS: No such file or directory");
    g_assert_cmpstr(unknown, ==, "TLS: error A0FFFFF");
}

/* Whether the broker's alert is read is chance: it has no words of its own. */
static void test_alert(void)
{
    g_assert_null(read_line("40C7:error:0A00045C:SSL routines::tlsv13 alert certificate required:x.c:1:"));
    g_assert_null(read_line("40C7:error:0A000418:SSL routines::tlsv1 alert unknown ca:x.c:1:"));
}

static void test_explain(void)
{
    g_assert_cmpstr(line_reason_explain(NULL, TRUE, TRUE), ==, "the broker cannot be reached");
    g_assert_cmpstr(line_reason_explain("something else", TRUE, TRUE), ==, "something else");
    g_assert_nonnull(
        strstr(line_reason_explain("TCP/TLS connect failure", TRUE, FALSE), "client certificate"));
    g_assert_cmpstr(line_reason_explain("TCP/TLS connect failure", TRUE, TRUE), ==,
                    line_reason_explain("TCP connect completion failure", TRUE, TRUE));
    g_assert_null(strstr(line_reason_explain("TCP/TLS connect failure", FALSE, FALSE), "certificate"));
}

/* OpenSSL's words are loaded by Paho's first client. */
static void load_words(void)
{
    MQTTAsync_init_options init = MQTTAsync_init_options_initializer;
    MQTTAsync client = NULL;

    init.do_openssl_init = 1;
    MQTTAsync_global_init(&init);
    g_assert_cmpint(
        MQTTAsync_create(&client, "ssl://127.0.0.1:1", "client", MQTTCLIENT_PERSISTENCE_NONE, NULL), ==,
        MQTTASYNC_SUCCESS);
    MQTTAsync_destroy(&client);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    load_words();
    g_test_add_func("/line/reason/read", test_read);
    g_test_add_func("/line/reason/alert", test_alert);
    g_test_add_func("/line/reason/explain", test_explain);
    return g_test_run();
}

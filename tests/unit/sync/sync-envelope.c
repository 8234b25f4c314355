/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sync-envelope.h"

#include "build-config.h"

#include <string.h>

static gboolean parse(const char *text, gint64 *epoch, gint64 *through)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));

    return sync_envelope_parse_ack(bytes, epoch, through);
}

static void test_ack(void)
{
    static const char *const bad[] = { "",
                                       "{}",
                                       "[]",
                                       "null",
                                       "{\"epoch\":1}",
                                       "{\"epoch\":1.0,\"through\":2}",
                                       "{\"epoch\":1,\"through\":-2}",
                                       "{\"epoch\":1,\"through\":\"2\"}",
                                       "{\"epoch\":1,\"through\":2,\"x\":3}",
                                       "{\"epoch\":1,\"through\":2",
                                       "{\"epoch\":1,\"through\":2}// both",
                                       "{'epoch':1,'through':2}",
                                       "[{\"epoch\":1,\"through\":2}]",
                                       "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
                                       "\xff\xfe" };
    g_autofree char *large = g_strnfill(SYNC_ENVELOPE_ACK_MAX + 1, ' ');
    gint64 epoch = 5, through = 6;

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(parse(bad[i], &epoch, &through));
    g_assert_false(parse(large, &epoch, &through));
    g_assert_cmpint(epoch, ==, 5);
    g_assert_cmpint(through, ==, 6);
    g_assert_true(parse(" {\"through\": 12, \"epoch\": 1795328504}", &epoch, &through));
    g_assert_cmpint(epoch, ==, 1795328504);
    g_assert_cmpint(through, ==, 12);
}

static void test_status(void)
{
    SyncStatus status = { TRUE, G_GINT64_CONSTANT(1795328504318000), 1795328504, 12, 3, "synced" };
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier("Asia/Shanghai");
    g_autofree char *text = sync_envelope_format_status(&status, zone);

    g_assert_cmpstr(
        text, ==,
        "{\"online\":true,\"since\":\"2026-11-22T14:21:44.318+08:00\",\"version\":\"" STATIONMASTER_VERSION
        "\",\"epoch\":1795328504,\"last_seq\":12,\"backlog\":3,\"clock\":\"synced\"}");
}

static void test_station(void)
{
    g_autofree char *id = sync_envelope_parse_station("{\"version\":\"1\",\"station\":\"CS-1\",\"hq\":{}}");
    g_autofree char *deep = g_strnfill(100000, '[');
    const char *const bad[] = {
        "", "{}", "[]", "{\"station\":7}", "{\"station\":null}", "{\"station\":{}}", "{\"station\"", deep
    };

    g_assert_cmpstr(id, ==, "CS-1");
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_null(sync_envelope_parse_station(bad[i]));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sync-envelope/an acknowledgement and nothing else", test_ack);
    g_test_add_func("/sync-envelope/status", test_status);
    g_test_add_func("/sync-envelope/whose stationd", test_station);
    return g_test_run();
}

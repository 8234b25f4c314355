/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/hq/hq-event.h"

#include <string.h>

#define TOPIC "stationmaster/v1/CS-1/event"
#define HEAD                                                                                                 \
    "{\"specversion\":\"1.0\",\"id\":\"7.12\",\"source\":\"/stations/CS-1\",\"type\":\"alarm.raised\","
#define TAIL "\"time\":\"2026-11-22T14:21:44.318+08:00\",\"epoch\":7,\"seq\":12,\"data\":{}}"

static HqEvent *read_text(const char *topic, const char *text)
{
    return hq_event_new(topic, text, strlen(text));
}

static void test_good(void)
{
    g_autoptr(HqEvent) event = read_text(TOPIC, HEAD TAIL);

    g_assert_cmpstr(event->reason, ==, NULL);
    g_assert_cmpstr(event->station, ==, "CS-1");
    g_assert_cmpint(event->epoch, ==, 7);
    g_assert_cmpint(event->seq, ==, 12);
    g_assert_cmpstr(event->payload, ==, HEAD TAIL);
    g_assert_cmpuint(event->size, ==, strlen(HEAD TAIL));
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, HEAD TAIL, -1);
    g_assert_cmpstr(event->hash, ==, hash);
}

typedef struct {
    const char *topic, *text, *reason;
    gint64 epoch, seq;
} Bad;

static void test_bad(void)
{
    static const Bad bads[] = {
        { "stationmaster/v1/CS-2/event", HEAD TAIL, "source is not the station of the topic", 7, 12 },
        { "stationmaster/v1//event", HEAD TAIL, "the topic names no station", 7, 12 },
        { "stationmaster/v1/../event", HEAD TAIL, "the topic names no station", 7, 12 },
        { "elsewhere", HEAD TAIL, "the topic names no station", 7, 12 },
        { TOPIC, "", NULL, 0, 0 },
        { TOPIC, "[]", "no JSON object", 0, 0 },
        { TOPIC, "{}", "epoch or seq is no whole number above 0", 0, 0 },
        { TOPIC, "{\"epoch\":7.0,\"seq\":12}", "epoch or seq is no whole number above 0", 0, 12 },
        { TOPIC, "{\"epoch\":7,\"seq\":9007199254740992}", "epoch or seq is no whole number above 0", 7, 0 },
        { TOPIC, "{\"epoch\":7,\"seq\":-1}", "epoch or seq is no whole number above 0", 7, 0 },
        { TOPIC, "{\"epoch\":7,\"seq\":12}", "specversion is not 1.0", 7, 12 },
        { TOPIC, HEAD "\"subject\":1," TAIL, "subject is no text", 7, 12 },
        { TOPIC, HEAD "\"epoch\":7,\"seq\":12,\"time\":\"noon\",\"data\":{}}", "time is not RFC 3339", 7,
          12 },
        { TOPIC, HEAD "\"epoch\":7,\"seq\":12,\"time\":\"2026-11-22T14:21:44Z\",\"data\":[]}",
          "data is no object", 7, 12 },
        { TOPIC, "{\"a\":\"\xff\"}", "not UTF-8", 0, 0 },
        /* Its number is readable though it is no JSON; a number in an inner object or in a text is not its
           own. */
        { TOPIC, "{\"epoch\":7,\"seq\" : 12,\"data\":", NULL, 7, 12 },
        { TOPIC, "{\"a\":{\"epoch\":7},\"b\":\"\\\"seq\\\":12,\",", NULL, 0, 0 },
        { TOPIC, "{\"epoch\":7,\"seq\":12", NULL, 7, 0 },
    };

    for (guint i = 0; i < G_N_ELEMENTS(bads); i++) {
        g_autoptr(HqEvent) event = read_text(bads[i].topic, bads[i].text);

        g_assert_nonnull(event->reason);
        if (bads[i].reason)
            g_assert_cmpstr(event->reason, ==, bads[i].reason);
        g_assert_cmpint(event->epoch, ==, bads[i].epoch);
        g_assert_cmpint(event->seq, ==, bads[i].seq);
    }
}

static void test_bounds(void)
{
    g_autofree char *large = g_strnfill(HQ_EVENT_LARGEST + 1, ' ');
    g_autofree char *deep = g_strnfill(HQ_EVENT_DEEPEST + 1, '[');
    g_autoptr(HqEvent) one = read_text(TOPIC, large), other = read_text(TOPIC, deep);

    g_assert_cmpstr(one->reason, ==, "larger than 256 KiB");
    g_assert_cmpuint(one->size, ==, HQ_EVENT_LARGEST + 1);
    g_assert_cmpuint(strlen(one->payload), ==, HQ_EVENT_LARGEST);
    g_assert_cmpstr(other->reason, ==, "nested more than 64 deep");

    /* Brackets that json-glib would see and others not: a million levels must not come near the stack. */
    static const char *const hiding[] = { "/*\"*/", "['\"',", "[\"\\u12\",\"," };
    g_autofree char *million = g_strnfill(1000000, '[');

    for (guint i = 0; i < G_N_ELEMENTS(hiding); i++) {
        g_autofree char *text = g_strconcat(hiding[i], million, NULL);
        g_autoptr(HqEvent) hidden = read_text(TOPIC, text);

        g_assert_nonnull(hidden->reason);
    }
}

static void test_order(void)
{
    g_autoptr(GPtrArray) events = g_ptr_array_new_with_free_func((GDestroyNotify)hq_event_free);

    g_ptr_array_add(events, read_text("stationmaster/v1/B/event", "{\"epoch\":1,\"seq\":1}"));
    g_ptr_array_add(events, read_text("stationmaster/v1/A/event", "{\"epoch\":2,\"seq\":1}"));
    g_ptr_array_add(events, read_text("stationmaster/v1/A/event", "{\"epoch\":1,\"seq\":9}"));
    g_ptr_array_add(events, read_text("stationmaster/v1/A/event", "{\"epoch\":1,\"seq\":2}"));
    g_ptr_array_add(events, read_text("nowhere", "{}"));
    g_ptr_array_sort(events, hq_event_compare);
    g_autoptr(GString) order = g_string_new(NULL);

    for (guint i = 0; i < events->len; i++) {
        const HqEvent *event = events->pdata[i];

        g_string_append_printf(order, "%s%d.%d ", event->station ? event->station : "-", (int)event->epoch,
                               (int)event->seq);
    }
    g_assert_cmpstr(order->str, ==, "-0.0 A1.2 A1.9 A2.1 B1.1 ");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hq-event/an event", test_good);
    g_test_add_func("/hq-event/what is none, and its place", test_bad);
    g_test_add_func("/hq-event/bounds", test_bounds);
    g_test_add_func("/hq-event/order", test_order);
    return g_test_run();
}

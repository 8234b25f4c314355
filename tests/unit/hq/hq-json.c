/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/hq/hq-json.h"

#include "sync/hq/hq-event.h"

static gboolean is_taken(const char *text)
{
    g_autoptr(JsonNode) node = hq_json_parse(text);

    return node != NULL;
}

static char *nest(guint depth)
{
    g_autofree char *begin = g_strnfill(depth - 1, '[');
    g_autofree char *end = g_strnfill(depth - 1, ']');

    return g_strconcat("{\"a\":", begin, end, "}", NULL);
}

static void takes_objects(void)
{
    static const char *const none[] = { "", " ", "[]", "null", "7", "{", "{\"a\":1", "'a'" };
    g_autofree char *deep = nest(HQ_EVENT_DEEPEST), *deeper = nest(HQ_EVENT_DEEPEST + 1);

    g_assert_true(is_taken("{}"));
    g_assert_true(is_taken("{\"a\":[\"[[\\\"[[\",{}]}"));
    g_assert_true(is_taken(deep));
    g_assert_false(is_taken(deeper));
    for (guint i = 0; i < G_N_ELEMENTS(none); i++)
        g_assert_false(is_taken(none[i]));
}

/* Brackets that json-glib would see and others not: a million levels must not come near the stack. */
static void stays_shallow(void)
{
    static const char *const hiding[] = { "", "/*\"*/", "['\"',", "[\"\\u12\",\"," };
    g_autofree char *million = g_strnfill(1000000, '[');

    for (guint i = 0; i < G_N_ELEMENTS(hiding); i++) {
        g_autofree char *text = g_strconcat(hiding[i], million, NULL);

        g_assert_false(is_taken(text));
    }
}

static void gives_texts(void)
{
    static const char *const others[] = { "number", "fraction", "yes", "null", "list", "object", "absent" };
    g_autoptr(JsonNode) node = hq_json_parse("{\"text\":\"过温\",\"number\":5,\"fraction\":0.5,\"yes\":true,"
                                             "\"null\":null,\"list\":[\"x\"],\"object\":{}}");
    JsonObject *object = json_node_get_object(node);

    g_assert_cmpstr(hq_json_get_text(object, "text"), ==, "过温");
    for (guint i = 0; i < G_N_ELEMENTS(others); i++)
        g_assert_cmpstr(hq_json_get_text(object, others[i]), ==, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hq-json/objects", takes_objects);
    g_test_add_func("/hq-json/shallow", stays_shallow);
    g_test_add_func("/hq-json/texts", gives_texts);
    return g_test_run();
}

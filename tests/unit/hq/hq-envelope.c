/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/hq/hq-envelope.h"

#include <string.h>

static char *read_text(const char *text, HqEnvelope *ret)
{
    return hq_envelope_read(text, strlen(text), ret);
}

static void test_members(void)
{
    g_auto(HqEnvelope) envelope = { 0 };
    g_autofree char *reason =
        read_text(" {\"id\":\"7.\\u0031\\\"\",\"type\":null,\"subject\":[\"x\"],\"time\":true,"
                  "\"data\":{\"seq\":3,\"id\":\"inner\",\"deep\":[{\"epoch\":4}]},\"more\":{\"seq\":9},"
                  "\"\\u0065poch\":7,\"seq\":12}\n",
                  &envelope);

    g_assert_cmpstr(reason, ==, NULL);
    g_assert_cmpint(envelope.kinds[HQ_ENVELOPE_SPECVERSION], ==, HQ_ENVELOPE_ABSENT);
    g_assert_cmpstr(envelope.texts[HQ_ENVELOPE_ID], ==, "7.1\"");
    g_assert_cmpint(envelope.kinds[HQ_ENVELOPE_TYPE], ==, HQ_ENVELOPE_OTHER);
    g_assert_cmpint(envelope.kinds[HQ_ENVELOPE_SUBJECT], ==, HQ_ENVELOPE_OTHER);
    g_assert_cmpint(envelope.kinds[HQ_ENVELOPE_TIME], ==, HQ_ENVELOPE_OTHER);
    g_assert_cmpint(envelope.kinds[HQ_ENVELOPE_DATA], ==, HQ_ENVELOPE_OBJECT);
    g_assert_cmpint(envelope.kinds[HQ_ENVELOPE_EPOCH], ==, HQ_ENVELOPE_NUMBER);
    g_assert_cmpint(envelope.numbers[HQ_ENVELOPE_EPOCH], ==, 7);
    g_assert_cmpint(envelope.numbers[HQ_ENVELOPE_SEQ], ==, 12);
}

/* As the database reads it: the last one counts, whatever it is. */
static void test_twice(void)
{
    g_auto(HqEnvelope) envelope = { 0 };
    g_autofree char *reason =
        read_text("{\"seq\":1,\"seq\":2,\"id\":\"a\",\"id\":3,\"type\":\"a\",\"type\":\"b\","
                  "\"epoch\":5,\"epoch\":\"5\"}",
                  &envelope);

    g_assert_cmpstr(reason, ==, NULL);
    g_assert_cmpint(envelope.numbers[HQ_ENVELOPE_SEQ], ==, 2);
    g_assert_cmpstr(envelope.texts[HQ_ENVELOPE_ID], ==, NULL);
    g_assert_cmpint(envelope.numbers[HQ_ENVELOPE_ID], ==, 3);
    g_assert_cmpstr(envelope.texts[HQ_ENVELOPE_TYPE], ==, "b");
    g_assert_cmpint(envelope.kinds[HQ_ENVELOPE_EPOCH], ==, HQ_ENVELOPE_TEXT);
    g_assert_cmpint(envelope.numbers[HQ_ENVELOPE_EPOCH], ==, 0);
}

static void test_numbers(void)
{
    static const struct {
        const char *text;
        gint64 number;
    } cases[] = {
        { "{\"seq\":9007199254740991}", 9007199254740991 },
        { "{\"seq\":-9007199254740991}", -9007199254740991 },
        { "{\"seq\":9007199254740992}", 0 },
        { "{\"seq\":9223372036854775808}", 0 },
        { "{\"seq\":123456789012345678901234567890}", 0 },
        { "{\"seq\":7.0}", 0 },
        { "{\"seq\":7e0}", 0 },
        { "{\"seq\":\"7\"}", 0 },
        { "{\"data\":{\"seq\":7}}", 0 },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(HqEnvelope) envelope = { 0 };
        g_autofree char *reason = read_text(cases[i].text, &envelope);

        g_assert_cmpstr(reason, ==, NULL);
        g_assert_cmpint(envelope.numbers[HQ_ENVELOPE_SEQ], ==, cases[i].number);
    }
}

/* Strict: what PostgreSQL would refuse is not handed to it as an event. */
static void test_refused(void)
{
    static const char *const texts[] = {
        "",
        " ",
        "1",
        "null",
        "[]",
        "[{\"seq\":1}]",
        "{",
        "}",
        "{\"seq\":1",
        "{\"seq\":1}}",
        "{\"seq\":1}{}",
        "{\"seq\":1} x",
        "{\"seq\":1,}",
        "{\"seq\":01}",
        "{\"seq\":+1}",
        "{\"seq\":.5}",
        "{\"seq\":NaN}",
        "{seq:1}",
        "{'seq':1}",
        "{\"seq\" 1}",
        "{\"seq\":1 /* one */}",
        "{\"id\":\"\t\"}",
        "{\"id\":\"\\x\"}",
        "{\"id\":\"\\u12g4\"}",
        "{\"data\":{\"a\":[1,]}}",
        "{\"data\":{\"a\":[}}",
        "{\"data\":{\"a\":tru}}",
    };

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_auto(HqEnvelope) envelope = { 0 };
        g_autofree char *reason = read_text(texts[i], &envelope);

        g_test_message("%s: %s", texts[i], reason);
        g_assert_nonnull(reason);
        g_assert_cmpint(envelope.kinds[HQ_ENVELOPE_SEQ], ==, HQ_ENVELOPE_ABSENT);
        g_assert_cmpint(envelope.numbers[HQ_ENVELOPE_SEQ], ==, 0);
    }
}

/* {"data":{"a":[[[…]]]}}, DEPTH braces and brackets within one another. */
static char *nest(guint depth)
{
    GString *text = g_string_new("{\"data\":{\"a\":");

    for (guint i = 2; i < depth; i++)
        g_string_append_c(text, '[');
    g_string_append(text, "\"[[[{\\\"{\"");
    for (guint i = 2; i < depth; i++)
        g_string_append_c(text, ']');
    g_string_append(text, "},\"seq\":5}");
    return g_string_free(text, FALSE);
}

static void test_depth(void)
{
    g_autofree char *deepest = nest(HQ_ENVELOPE_DEEPEST), *deeper = nest(HQ_ENVELOPE_DEEPEST + 1);
    g_auto(HqEnvelope) one = { 0 }, other = { 0 };
    g_autofree char *none = read_text(deepest, &one), *reason = read_text(deeper, &other);

    g_assert_cmpstr(none, ==, NULL);
    g_assert_cmpint(one.numbers[HQ_ENVELOPE_SEQ], ==, 5);
    g_assert_cmpstr(reason, ==, "nested more than 64 deep");
}

/* A zero that is written as an escape does not end a text early. */
static void test_zero(void)
{
    g_auto(HqEnvelope) envelope = { 0 };
    g_autofree char *reason = read_text("{\"specversion\":\"1.0\\u0000\",\"seq\":1}", &envelope);

    g_assert_cmpstr(reason, ==, NULL);
    g_assert_cmpint(envelope.kinds[HQ_ENVELOPE_SPECVERSION], ==, HQ_ENVELOPE_OTHER);
    g_assert_cmpstr(envelope.texts[HQ_ENVELOPE_SPECVERSION], ==, NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hq-envelope/members", test_members);
    g_test_add_func("/hq-envelope/a member that is there twice", test_twice);
    g_test_add_func("/hq-envelope/numbers", test_numbers);
    g_test_add_func("/hq-envelope/what is no object", test_refused);
    g_test_add_func("/hq-envelope/depth", test_depth);
    g_test_add_func("/hq-envelope/a zero in a text", test_zero);
    return g_test_run();
}

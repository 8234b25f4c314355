/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever stands in a message of headquarters: a command is read or refused with a short reason, one that is
 * read is as the contract says, and no change of a signed one passes the check of its signature. */
#include "edge/command/command.h"
#include "edge/command/command-json.h"
#include "edge/command/command-keys.h"

#include "tests/fuzz/mutation.h"

#include <sodium.h>
#include <string.h>

#define LONGEST 20000
#define TOPIC "stationmaster/v1/CS-1/command"
#define HEAD                                                                                                 \
    "{\"id\":\"c-1\",\"seq\":7,\"issued\":\"2026-11-22T14:00:00Z\",\"expires\":\"2026-11-22T22:05:00.5+08:"  \
    "00\","                                                                                                  \
    "\"issuer\":\"hq\",\"verb\":"

static const char *const corpus[] = {
    HEAD "\"charge.stop\",\"args\":{\"connector\":\"dc-03/1\"}}",
    HEAD "\"connector.disable\",\"args\":{\"connector\":\"dc-03/1\",\"reason\":\"检修\"}}",
    HEAD "\"connector.enable\",\"args\":{\"connector\":\"dc-03/1\",\"reason\":\"\"}}",
    HEAD "\"alarm.acknowledge\",\"args\":{\"alarm\":\"20261122T062144-5f3a09c1-7\",\"note\":\"\\u5df2\"}}",
    HEAD "\"announce\",\"args\":{\"text\":\"今晚停电\",\"zone\":\"bay-a\",\"repeat\":60}}",
    HEAD "\"events.resend\",\"args\":{\"epoch\":1795328504,\"from\":1,\"to\":10000}}",
    HEAD "\"device.reset\",\"args\":{\"device\":\"dc-03\"}}",
    HEAD "\"charge.start\",\"args\":{\"connector\":\"dc-03/1\",\"deep\":[[[[{\"a\":[]}]]]]}}",
    "{\"version\":8,\"issued\":\"2026-11-22T14:00:00Z\",\"issuer\":\"hq\",\"format\":\"keyfile\",\"text\":\"["
    "a]\\nb=1\\n\"}",
};

static const char *const pieces[] = { "{",
                                      "}",
                                      "[",
                                      "]",
                                      "\"",
                                      "\\",
                                      ",",
                                      ":",
                                      "null",
                                      "true",
                                      "1e400",
                                      "-0",
                                      "\\u0000",
                                      "\\ud800",
                                      "\xff",
                                      "\xe6",
                                      "\n",
                                      "/*",
                                      "*/",
                                      "//",
                                      "NaN",
                                      "\"id\"",
                                      "9223372036854775808",
                                      "9007199254740992",
                                      "\"seq\":8",
                                      "{\"a\":",
                                      "[[[[[[[[",
                                      "]]]]]]]]",
                                      "\t",
                                      "\"args\":{}",
                                      "0x10",
                                      "'" };

static void nest(GString *text, gssize at)
{
    for (guint n = (guint)g_test_rand_int_range(0, 2000); n > 0 && text->len < LONGEST; n--)
        g_string_insert(text, at, g_test_rand_bit() ? "[" : "{\"a\":");
}

static const Mutation mutation = { pieces, G_N_ELEMENTS(pieces), 0, nest };

/* One of the corpus, as it is where CHANGES is 0. */
static GString *invent(int changes)
{
    GString *text = g_string_new(corpus[g_test_rand_int_range(0, G_N_ELEMENTS(corpus))]);

    for (; changes > 0; changes--)
        mutation_apply(&mutation, text);
    g_string_truncate(text, MIN(text->len, LONGEST));
    return text;
}

static void check_error(const GError *error)
{
    g_assert_error(error, COMMAND_ERROR, COMMAND_ERROR_FORM);
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
    g_assert_cmpuint(strlen(error->message), <, 200);
}

static void check_command(const Command *command)
{
    g_assert_cmpint(command->seq, >=, 1);
    g_assert_cmpint(command->seq, <=, COMMAND_SEQ_MAX);
    g_assert_cmpint(g_utf8_strlen(command->issuer, -1), <=, 64);
    g_assert_cmpint(g_utf8_strlen(command->id, -1), <=, 64);
    g_assert_true(command->verb == COMMAND_VERB_NOT_SERVED || command->args);
    if (command->args)
        g_assert_cmpint(command_get_integer(command, "repeat", 1), <=, 60);
}

static gboolean read_as_command(const GString *text)
{
    g_autofree char *id = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Command) command = command_parse(text->str, text->len, &id, &error);

    if (command) {
        check_command(command);
        g_assert_cmpstr(id, ==, command->id);
        return TRUE;
    }
    check_error(error);
    g_assert_true(!id || g_utf8_strlen(id, -1) <= 64);
    return FALSE;
}

static gboolean read_as_config(const GString *text)
{
    g_auto(CommandConfig) config = { 0 };
    g_autoptr(GError) error = NULL;

    if (!command_parse_config(text->str, text->len, &config, &error)) {
        check_error(error);
        g_assert_null(config.issuer);
        return FALSE;
    }
    g_assert_cmpuint(strlen(config.sha256), ==, 64);
    return TRUE;
}

static guint count(guint plain, guint full)
{
    return g_strcmp0(g_getenv("STATIONMASTER_FULL"), "1") == 0 ? full : plain;
}

static void test_parse(void)
{
    guint n = count(20000, 1000000), accepted = 0;

    for (guint i = 0; i < n; i++) {
        g_autoptr(GString) text = invent(g_test_rand_int_range(0, 5));

        accepted += read_as_command(text) + read_as_config(text);
    }
    g_test_message("%u of %u accepted", accepted, n);
    g_assert_cmpuint(accepted, >, n / 20);
    g_assert_cmpuint(accepted, <, n - n / 20);
}

static void test_signature(void)
{
    unsigned char public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES],
        bytes[crypto_sign_BYTES];
    char key[64], signature[128];
    g_autoptr(CommandKeys) keys = command_keys_new();
    guint n = count(500, 20000);

    g_assert_cmpint(sodium_init(), >=, 0);
    crypto_sign_keypair(public, secret);
    sodium_bin2base64(key, sizeof key, public, sizeof public, sodium_base64_VARIANT_ORIGINAL);
    g_autofree char *line = g_strdup_printf("hq %s\n", key);
    command_keys_add(keys, line);
    for (guint i = 0; i < n; i++) {
        g_autoptr(GString) text = invent(0), changed = g_string_new_len(text->str, (gssize)text->len);
        g_autofree char *whole = g_strdup_printf(TOPIC "\n%s", text->str);

        crypto_sign_detached(bytes, NULL, (const unsigned char *)whole, strlen(whole), secret);
        sodium_bin2base64(signature, sizeof signature, bytes, sizeof bytes, sodium_base64_VARIANT_ORIGINAL);
        g_assert_true(command_keys_check(keys, "hq", TOPIC, text->str, text->len, signature, NULL));
        mutation_apply(&mutation, changed);
        g_assert_cmpint(command_keys_check(keys, "hq", TOPIC, changed->str, changed->len, signature, NULL),
                        ==, g_string_equal(text, changed));
        signature[g_test_rand_int_range(0, 86)] ^= 1;
        g_assert_false(command_keys_check(keys, "hq", TOPIC, text->str, text->len, signature, NULL));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fuzz/command", test_parse);
    g_test_add_func("/fuzz/command/signature", test_signature);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/command/command.h"

#include <string.h>

#define HEAD                                                                                                 \
    "\"id\":\"c-1\",\"seq\":7,\"issued\":\"2026-11-22T14:00:00Z\",\"expires\":\"2026-11-22T14:05:00Z\","     \
    "\"issuer\":\"hq\""
#define COMMAND(verb, args) "{" HEAD ",\"verb\":\"" verb "\",\"args\":" args "}"

static Command *parse(const char *text, char **ret_id)
{
    g_autoptr(GError) error = NULL;
    Command *command = command_parse(text, strlen(text), ret_id, &error);

    if (!command)
        g_assert_error(error, COMMAND_ERROR, COMMAND_ERROR_FORM);
    return command;
}

static void test_reads(void)
{
    g_autofree char *id = NULL;
    g_autoptr(Command) command =
        parse(COMMAND("connector.disable", "{\"connector\":\"dc-01/1\",\"reason\":\"检修\"}"), &id);

    g_assert_nonnull(command);
    g_assert_cmpstr(id, ==, "c-1");
    g_assert_cmpstr(command->id, ==, "c-1");
    g_assert_cmpstr(command->issuer, ==, "hq");
    g_assert_cmpint(command->verb, ==, COMMAND_VERB_CONNECTOR_DISABLE);
    g_assert_cmpint(command->seq, ==, 7);
    g_assert_cmpint(command->expires_us - command->issued_us, ==, 300 * G_USEC_PER_SEC);
    g_assert_true(command_is_stop(command));
    g_assert_cmpstr(command_get_text(command, "connector"), ==, "dc-01/1");
    g_assert_cmpstr(command_get_text(command, "reason"), ==, "检修");
}

static void test_optional(void)
{
    g_autofree char *id = NULL;
    g_autoptr(Command) command = parse(COMMAND("announce", "{\"text\":\"x\"}"), &id);

    g_assert_nonnull(command);
    g_assert_false(command_is_stop(command));
    g_assert_cmpstr(command_get_text(command, "zone"), ==, "");
    g_assert_cmpint(command_get_integer(command, "repeat", 5), ==, 5);
}

static void test_not_served(void)
{
    g_autofree char *id = NULL;
    g_autoptr(Command) command =
        parse(COMMAND("charge.start", "{\"connector\":\"dc-01/1\",\"card\":\"1\"}"), &id);

    g_assert_nonnull(command);
    g_assert_cmpint(command->verb, ==, COMMAND_VERB_NOT_SERVED);
}

/* Each differs from a good one in one thing; the id can be told of all. */
static void test_refuses(void)
{
    static const char *const texts[] = {
        "{" HEAD ",\"verb\":\"charge.stop\"}",
        "{" HEAD ",\"verb\":\"charge.stop\",\"args\":[]}",
        "{" HEAD ",\"args\":{}}",
        "{" HEAD ",\"verb\":\"charge.stop\",\"args\":{\"connector\":\"a\"},\"more\":1}",
        COMMAND("charge.explode", "{}"),
        COMMAND("charge.stop", "{}"),
        COMMAND("charge.stop", "{\"connector\":1}"),
        COMMAND("charge.stop", "{\"connector\":\"\"}"),
        COMMAND("charge.stop", "{\"connector\":null}"),
        COMMAND("charge.stop", "{\"connector\":[\"a\"]}"),
        COMMAND("charge.stop", "{\"connector\":\"a\",\"force\":true}"),
        COMMAND("charge.stop", "{\"connector\":\"a\\nb\"}"),
        COMMAND("charge.stop", "{\"connector\":\"a\\u0085b\"}"),
        COMMAND("announce", "{\"text\":\"\"}"),
        COMMAND("announce", "{\"text\":\"x\",\"repeat\":0}"),
        COMMAND("announce", "{\"text\":\"x\",\"repeat\":61}"),
        COMMAND("announce", "{\"text\":\"x\",\"repeat\":1.0}"),
        COMMAND("announce", "{\"text\":\"x\",\"repeat\":\"1\"}"),
        COMMAND("events.resend", "{\"epoch\":1,\"from\":0,\"to\":1}"),
        COMMAND("events.resend", "{\"epoch\":1,\"from\":1,\"to\":9007199254740993}"),
        "{\"id\":\"c-1\",\"seq\":0,\"issued\":\"2026-11-22T14:00:00Z\",\"expires\":\"2026-11-22T14:05:00Z\","
        "\"issuer\":\"hq\",\"verb\":\"charge.stop\",\"args\":{\"connector\":\"a\"}}",
        "{\"id\":\"c-1\",\"seq\":1,\"issued\":\"2026-11-22 14:00 "
        "tomorrow\",\"expires\":\"2026-11-22T14:05:00Z\","
        "\"issuer\":\"hq\",\"verb\":\"charge.stop\",\"args\":{\"connector\":\"a\"}}",
        "{\"id\":\"c-1\",\"seq\":1,\"issued\":\"2026-11-22T14:00:00Z\",\"expires\":\"2026-11-22T14:05:00Z\","
        "\"issuer\":7,\"verb\":\"charge.stop\",\"args\":{\"connector\":\"a\"}}",
    };

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *id = NULL;

        g_test_message("%s", texts[i]);
        g_assert_null(parse(texts[i], &id));
        g_assert_cmpstr(id, ==, "c-1");
    }
}

static void test_size(void)
{
    g_autofree char *blanks = g_strnfill(COMMAND_PAYLOAD_MAX, ' ');
    g_autofree char *text = g_strconcat(COMMAND("charge.stop", "{\"connector\":\"a\"}"), blanks, NULL);
    g_autofree char *id = NULL;

    g_assert_null(parse(text, &id));
    g_assert_null(id);
    text[COMMAND_PAYLOAD_MAX] = '\0';
    g_autoptr(Command) command = parse(text, &id);
    g_assert_nonnull(command);
    g_clear_pointer(&id, g_free);
    g_assert_null(command_parse(NULL, 0, &id, NULL));
}

/* A configuration is a whole file; what is wrong in its form leaves nothing behind. */
static void test_config(void)
{
    static const char *const bad[] = {
        "{}",
        "{\"version\":-1,\"issued\":\"2026-11-22T14:00:00Z\",\"issuer\":\"hq\",\"format\":\"csv\",\"text\":"
        "\"\"}",
        "{\"version\":1,\"issued\":\"yesterday, at noon or "
        "so\",\"issuer\":\"hq\",\"format\":\"csv\",\"text\":\"\"}",
        "{\"version\":1,\"issued\":\"2026-11-22T14:00:00Z\",\"issuer\":\"h\\nq\",\"format\":\"csv\",\"text\":"
        "\"\"}",
        "{\"version\":1,\"issued\":\"2026-11-22T14:00:00Z\",\"issuer\":\"hq\",\"format\":\"csv\",\"text\":7}",
        "{\"version\":1,\"issued\":\"2026-11-22T14:00:00Z\",\"issuer\":\"hq\",\"format\":\"csv\",\"text\":"
        "\"\",\"a\":1}",
    };
    static const char good[] =
        "{\"version\":8,\"issued\":\"2026-11-22T14:00:00Z\",\"issuer\":\"hq\",\"format\":\"keyfile\","
        "\"text\":\"abc\"}";
    g_auto(CommandConfig) config = { 0 };

    g_assert_true(command_parse_config(good, strlen(good), &config, NULL));
    g_assert_cmpint(config.version, ==, 8);
    g_assert_cmpstr(config.issuer, ==, "hq");
    g_assert_cmpstr(config.sha256, ==, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_auto(CommandConfig) none = { 0 };
        g_autoptr(GError) error = NULL;

        g_test_message("%s", bad[i]);
        g_assert_false(command_parse_config(bad[i], strlen(bad[i]), &none, &error));
        g_assert_error(error, COMMAND_ERROR, COMMAND_ERROR_FORM);
        g_assert_null(none.issuer);
    }
}

/* Each reason has a name of its own. */
static void test_error_names(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (int i = 0; i < COMMAND_N_ERRORS; i++)
        g_assert_true(g_hash_table_add(seen, (gpointer)command_error_name(i)));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/command/reads", test_reads);
    g_test_add_func("/command/optional", test_optional);
    g_test_add_func("/command/not-served", test_not_served);
    g_test_add_func("/command/refuses", test_refuses);
    g_test_add_func("/command/size", test_size);
    g_test_add_func("/command/config", test_config);
    g_test_add_func("/command/error-names", test_error_names);
    return g_test_run();
}

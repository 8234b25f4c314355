/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/command/command-keys.h"

#include "edge/command/command.h"

#include <sodium.h>
#include <string.h>

#define TOPIC "stationmaster/v1/CS-1/command"
#define PAYLOAD "{\"id\":\"c-1\"}"

typedef struct {
    unsigned char public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
} Pair;

static char *line_of(const char *issuer, const Pair *pair)
{
    g_autofree char *key = g_base64_encode(pair->public, sizeof pair->public);

    return g_strdup_printf("%s  %s\n", issuer, key);
}

static char *sign(const Pair *pair, const char *text)
{
    unsigned char bytes[crypto_sign_BYTES];

    crypto_sign_detached(bytes, NULL, (const unsigned char *)text, strlen(text), pair->secret);
    return g_base64_encode(bytes, sizeof bytes);
}

static gboolean check(const CommandKeys *keys, const char *issuer, const char *topic, const char *payload,
                      const char *signature)
{
    g_autoptr(GError) error = NULL;
    gboolean good = command_keys_check(keys, issuer, topic, payload, strlen(payload), signature, &error);

    if (!good)
        g_assert_error(error, COMMAND_ERROR, COMMAND_ERROR_SIGNATURE);
    return good;
}

static void test_check(void)
{
    Pair first, second, other;
    g_autoptr(CommandKeys) keys = command_keys_new();

    crypto_sign_keypair(first.public, first.secret);
    crypto_sign_keypair(second.public, second.secret);
    crypto_sign_keypair(other.public, other.secret);
    g_autofree char *one = line_of("hq", &first);
    g_autofree char *two = line_of("hq", &second);
    g_autofree char *three = line_of("region", &other);
    g_autofree char *text = g_strconcat("# ours\n\nnonsense\nhq short\n", one, two, three, NULL);
    g_autofree char *good = sign(&first, TOPIC "\n" PAYLOAD);
    g_autofree char *next = sign(&second, TOPIC "\n" PAYLOAD);
    g_autofree char *others = sign(&other, TOPIC "\n" PAYLOAD);
    g_autofree char *bare = sign(&first, PAYLOAD);
    g_autofree char *longer = g_strconcat(good, "AAAA", NULL);

    g_assert_false(check(keys, "hq", TOPIC, PAYLOAD, good));
    command_keys_add(keys, text);
    g_assert_true(check(keys, "hq", TOPIC, PAYLOAD, good));
    g_assert_true(check(keys, "hq", TOPIC, PAYLOAD, next));
    g_assert_true(check(keys, "region", TOPIC, PAYLOAD, others));
    g_assert_false(check(keys, "hq", TOPIC, PAYLOAD, others));
    g_assert_false(check(keys, "region", TOPIC, PAYLOAD, good));
    g_assert_false(check(keys, "nobody", TOPIC, PAYLOAD, good));
    g_assert_false(check(keys, "hq", TOPIC "s", PAYLOAD, good));
    g_assert_false(check(keys, "hq", TOPIC, PAYLOAD " ", good));
    g_assert_false(check(keys, "hq", TOPIC, PAYLOAD, bare));
    g_assert_false(check(keys, "hq", TOPIC, PAYLOAD, ""));
    g_assert_false(check(keys, "hq", TOPIC, PAYLOAD, "AAAA"));
    g_assert_false(check(keys, "hq", TOPIC, PAYLOAD, longer));
    good[5] = good[5] == 'A' ? 'B' : 'A';
    g_assert_false(check(keys, "hq", TOPIC, PAYLOAD, good));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(sodium_init(), >=, 0);
    g_test_add_func("/command-keys/check", test_check);
    return g_test_run();
}

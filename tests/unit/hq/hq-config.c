/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/hq/hq-config.h"

#include <string.h>

/* RFC 8410, section 10.3: the example's private key, and its seed. */
#define BODY "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC"
#define MARK(word)                                                                                           \
    "-----" word " PRIVATE "                                                                                 \
    "KEY-----"
#define BEGIN MARK("BEGIN")
#define END MARK("END")
#define PEM BEGIN "\n" BODY "\n" END "\n"

static const guint8 seed[HQ_CONFIG_SEED] = { 0xd4, 0xee, 0x72, 0xdb, 0xf9, 0x13, 0x58, 0x4a, 0xd5, 0xb6, 0xd8,
                                             0xf1, 0xf7, 0x69, 0xf8, 0xad, 0x3a, 0xfe, 0x7c, 0x28, 0xcb, 0xf1,
                                             0xd4, 0xfb, 0xe0, 0x97, 0xa8, 0x8f, 0x44, 0x75, 0x58, 0x42 };

static void test_good_keys(void)
{
    g_autofree char *raw = g_base64_encode(seed, sizeof seed);
    g_autofree char *line = g_strconcat("  ", raw, "\n", NULL);
    const char *const texts[] = { PEM, "a comment\n" PEM, raw, line };

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        guint8 read[HQ_CONFIG_SEED] = { 0 };

        g_assert_true(hq_config_parse_key(texts[i], read));
        g_assert_cmpmem(read, sizeof read, seed, sizeof seed);
    }
}

static void test_bad_keys(void)
{
    static const char *const texts[] = { "", "\n", "c2hvcnQ=", BODY, BEGIN "\n" BODY, BEGIN "\n" END "\n",
                                         /* another kind of key: 1.3.101.111 is X448's */
                                         BEGIN "\nMC4CAQAwBQYDK2VvBCIEINTuctv5E1hK1bbY8fdp"
                                               "+K06/nwoy/HU++CXqI9EdVhC\n" END "\n" };
    guint8 read[HQ_CONFIG_SEED] = { 1 };

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        g_assert_false(hq_config_parse_key(texts[i], read));
    g_assert_cmpint(read[0], ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hq-config/keys", test_good_keys);
    g_test_add_func("/hq-config/what is no key", test_bad_keys);
    return g_test_run();
}

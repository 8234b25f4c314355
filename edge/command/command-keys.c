/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/command/command-keys.h"

#include "edge/command/command.h"

#include <sodium.h>
#include <string.h>

#define SIGNATURE_TEXT 88 /* base64 of 64 bytes */

typedef struct {
    char *issuer;
    unsigned char key[crypto_sign_PUBLICKEYBYTES];
} Key;

struct CommandKeys {
    GArray *keys; /* Key */
};

static void clear_key(gpointer data)
{
    g_free(((Key *)data)->issuer);
}

CommandKeys *command_keys_new(void)
{
    CommandKeys *keys = g_new0(CommandKeys, 1);

    keys->keys = g_array_new(FALSE, TRUE, sizeof(Key));
    g_array_set_clear_func(keys->keys, clear_key);
    return keys;
}

void command_keys_free(CommandKeys *keys)
{
    if (!keys)
        return;
    g_array_unref(keys->keys);
    g_free(keys);
}

/* Exactly LENGTH bytes from the base64 TEXT. */
static gboolean decode(const char *text, unsigned char *ret_bytes, gsize length)
{
    size_t found = 0;

    return sodium_base642bin(ret_bytes, length, text, strlen(text), NULL, &found, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           found == length;
}

void command_keys_add(CommandKeys *keys, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", 0);

    for (guint i = 0; lines[i]; i++) {
        char *line = g_strstrip(lines[i]);
        char *gap = strpbrk(line, " \t");
        Key key = { 0 };

        if (line[0] == '#' || !gap || !decode(gap + strspn(gap, " \t"), key.key, sizeof key.key))
            continue;
        key.issuer = g_strndup(line, (gsize)(gap - line));
        g_array_append_val(keys->keys, key);
    }
}

static gboolean fail(GError **error, const char *reason)
{
    g_set_error_literal(error, COMMAND_ERROR, COMMAND_ERROR_SIGNATURE, reason);
    return FALSE;
}

gboolean command_keys_check(const CommandKeys *keys, const char *issuer, const char *topic,
                            const char *payload, gsize length, const char *signature, GError **error)
{
    unsigned char bytes[crypto_sign_BYTES];
    g_autoptr(GByteArray) signed_bytes = g_byte_array_new();
    gboolean known = FALSE;

    if (!signature[0])
        return fail(error, "not signed");
    if (strlen(signature) != SIGNATURE_TEXT || !decode(signature, bytes, sizeof bytes))
        return fail(error, "the signature is not the base64 of 64 bytes");
    g_byte_array_append(signed_bytes, (const guint8 *)topic, (guint)strlen(topic));
    g_byte_array_append(signed_bytes, (const guint8 *)"\n", 1);
    g_byte_array_append(signed_bytes, (const guint8 *)payload, (guint)length);
    for (guint i = 0; i < keys->keys->len; i++) {
        const Key *key = &g_array_index(keys->keys, Key, i);

        if (!g_str_equal(key->issuer, issuer))
            continue;
        known = TRUE;
        if (crypto_sign_verify_detached(bytes, signed_bytes->data, signed_bytes->len, key->key) == 0)
            return TRUE;
    }
    return fail(error, known ? "the signature is wrong" : "the issuer is not known");
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/hq/hq-config.h"

#include "edge/config/keyfile-read.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define MOST_BROKERS 8u
#define LONGEST_VALUE 1024u
#define LARGEST_SECRET 4096
#define PEM_KIND "PRIVATE KEY-----"

/* RFC 8410: what stands before the seed in an Ed25519 private key. */
static const guint8 pkcs8_head[] = { 0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                     0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20 };

gboolean hq_config_parse_key(const char *text, guint8 seed[HQ_CONFIG_SEED])
{
    const char *begin = "-----BEGIN " PEM_KIND, *end = "-----END " PEM_KIND;
    const char *from = strstr(text, begin), *to = from ? strstr(from, end) : NULL;
    const gsize head = from ? sizeof pkcs8_head : 0;
    g_autofree char *body = NULL;
    g_autofree guint8 *bytes = NULL;
    gsize size = 0;

    if (from && !to)
        return FALSE;
    body = from ? g_strndup(from + strlen(begin), (gsize)(to - from) - strlen(begin)) : g_strdup(text);
    g_strstrip(body);
    if (!body[0])
        return FALSE;
    bytes = g_base64_decode(body, &size);
    if (size != head + HQ_CONFIG_SEED || memcmp(bytes, pkcs8_head, head) != 0)
        return FALSE;
    memcpy(seed, bytes + head, HQ_CONFIG_SEED);
    return TRUE;
}

static char *resolve(const char *directory, const char *path)
{
    return g_path_is_absolute(path) ? g_strdup(path) : g_build_filename(directory, path, NULL);
}

/* The path of a file that must be there; SECRET: and that only its owner can read. */
static gboolean read_path(KeyfileGroup *group, const char *directory, const char *key, gboolean secret,
                          char **ret)
{
    const char *value = keyfile_read_value(group, key);
    g_autofree char *path = value ? resolve(directory, value) : NULL;
    GStatBuf status;

    if (!path)
        return FALSE;
    if (g_stat(path, &status) != 0)
        keyfile_read_fault(group, key, "%s: %s", path, g_strerror(errno));
    else if (!S_ISREG(status.st_mode))
        keyfile_read_fault(group, key, "%s is no file", path);
    else if (secret && (status.st_mode & 077))
        keyfile_read_fault(group, key, "%s can be read by group or others; chmod 600", path);
    else {
        *ret = g_steal_pointer(&path);
        return TRUE;
    }
    return FALSE;
}

static char *read_secret(KeyfileGroup *group, const char *directory, const char *key)
{
    g_autofree char *path = NULL, *text = NULL;
    g_autoptr(GError) error = NULL;
    gsize size = 0;

    if (!read_path(group, directory, key, TRUE, &path))
        return NULL;
    if (!g_file_get_contents(path, &text, &size, &error))
        keyfile_read_fault(group, key, "%s", error->message);
    else if (size > LARGEST_SECRET || strlen(text) != size)
        keyfile_read_fault(group, key, "%s holds no text of at most %d bytes", path, LARGEST_SECRET);
    else
        return g_steal_pointer(&text);
    return NULL;
}

static void read_key(KeyfileGroup *group, const char *directory, HqConfig *config)
{
    g_autofree char *text = read_secret(group, directory, "command-key-file");

    if (!text)
        return;
    config->has_seed = hq_config_parse_key(text, config->seed);
    if (!config->has_seed)
        keyfile_read_fault(group, "command-key-file",
                           "no Ed25519 key: PEM (openssl genpkey -algorithm ed25519), or 32 bytes in base64");
    memset(text, 0, strlen(text));
}

static void check_brokers(KeyfileGroup *group, char **brokers)
{
    static const char *const schemes[] = { "mqtt://", "mqtts://", "ws://", "wss://", NULL };

    for (guint i = 0; brokers && brokers[i]; i++) {
        gboolean is_known = FALSE;

        for (guint k = 0; schemes[k]; k++)
            is_known |= g_str_has_prefix(brokers[i], schemes[k]) && brokers[i][strlen(schemes[k])] != '\0';
        if (!is_known)
            keyfile_read_fault(group, "broker", "%s: begins with mqtt:// mqtts:// ws:// or wss://",
                               brokers[i]);
    }
}

static void read_group(KeyfileGroup *group, const char *directory, HqConfig *config)
{
    if (keyfile_read_required(group, "broker"))
        keyfile_read_list(group, "broker", MOST_BROKERS, &config->brokers);
    check_brokers(group, config->brokers);
    read_path(group, directory, "ca-file", FALSE, &config->ca_file);
    read_path(group, directory, "cert-file", FALSE, &config->cert_file);
    read_path(group, directory, "key-file", TRUE, &config->key_file);
    keyfile_read_text(group, "username", LONGEST_VALUE, &config->username);
    config->password = read_secret(group, directory, "password-file");
    if (config->password)
        g_strchomp(config->password);
    keyfile_read_text(group, "database", LONGEST_VALUE, &config->database);
    keyfile_read_name(group, "issuer", &config->issuer);
    read_key(group, directory, config);
    if (config->has_seed && !config->issuer)
        keyfile_read_fault(group, "issuer", "is needed with command-key-file");
    keyfile_read_end(group);
}

static void read_file(Keyfile *file, const char *directory, HqConfig *config)
{
    gboolean found = FALSE;

    for (guint i = 0; i < file->groups->len; i++) {
        KeyfileGroup *group = file->groups->pdata[i];

        if (g_str_equal(group->head, "hq")) {
            read_group(group, directory, config);
            found = TRUE;
        } else {
            keyfile_fault(file->faults, file->path, group->head, "", "unknown group; allowed is [hq]");
        }
    }
    if (!found)
        keyfile_fault(file->faults, file->path, "hq", "", "is missing");
}

static char *format_faults(GPtrArray *faults)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < faults->len; i++) {
        g_autofree char *line = config_fault_format(faults->pdata[i]);

        g_string_append_printf(text, "%s%s", i ? "\n" : "", line);
    }
    return g_string_free(text, FALSE);
}

HqConfig *hq_config_load(const char *directory, char **ret_faults)
{
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func((GDestroyNotify)config_fault_free);
    g_autofree char *path = g_build_filename(directory, "hq.conf", NULL);
    g_autoptr(HqConfig) config = g_new0(HqConfig, 1);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    gsize size = 0;

    if (!g_file_get_contents(path, &text, &size, &error)) {
        *ret_faults = g_strdup(error->message);
        return NULL;
    }
    g_autoptr(Keyfile) file = keyfile_parse("hq.conf", text, size, faults);

    read_file(file, directory, config);
    if (faults->len == 0)
        return g_steal_pointer(&config);
    *ret_faults = format_faults(faults);
    return NULL;
}

void hq_config_free(HqConfig *config)
{
    g_strfreev(config->brokers);
    g_free(config->ca_file);
    g_free(config->cert_file);
    g_free(config->key_file);
    g_free(config->username);
    g_free(config->password);
    g_free(config->database);
    g_free(config->issuer);
    memset(config->seed, 0, sizeof config->seed);
    g_free(config);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sync-broker.h"

#include <gio/gio.h>
#include <string.h>

#define PASSWORD_MAX 4096 /* bytes */

static const struct {
    const char *scheme, *paho;
    int port; /* where the address names none */
    gboolean tls;
} schemes[] = {
    { "mqtt", "tcp", 1883, FALSE },
    { "mqtts", "ssl", 8883, TRUE },
    { "wss", "wss", 443, TRUE },
};

static char *read_password(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    gsize size;

    if (!g_file_get_contents(path, &text, &size, error))
        return NULL;
    if (size > PASSWORD_MAX) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: too long for a password", path);
        return NULL;
    }
    text[strcspn(text, "\r\n")] = '\0';
    return g_steal_pointer(&text);
}

static gboolean read_address(const char *text, SyncBroker *broker, GError **error)
{
    g_autoptr(GUri) uri = g_uri_parse(text, G_URI_FLAGS_NONE, error);

    if (!uri)
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(schemes); i++) {
        const char *host = g_uri_get_host(uri);
        int port = g_uri_get_port(uri);

        if (!g_str_equal(g_uri_get_scheme(uri), schemes[i].scheme) || !host || !host[0])
            continue;
        broker->tls = schemes[i].tls;
        broker->uri = g_strdup_printf(strchr(host, ':') ? "%s://[%s]:%d%s" : "%s://%s:%d%s", schemes[i].paho,
                                      host, port > 0 ? port : schemes[i].port,
                                      g_str_equal(schemes[i].scheme, "wss") ? g_uri_get_path(uri) : "");
        return TRUE;
    }
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s is no address of a broker", text);
    return FALSE;
}

SyncBroker *sync_broker_new(const char *text, const char *password_file, GError **error)
{
    g_autoptr(SyncBroker) broker = g_new0(SyncBroker, 1);

    if (!read_address(text, broker, error))
        return NULL;
    if (password_file[0]) {
        broker->password = read_password(password_file, error);
        if (!broker->password)
            return NULL;
    }
    return g_steal_pointer(&broker);
}

void sync_broker_free(SyncBroker *broker)
{
    if (broker->password)
        explicit_bzero(broker->password, strlen(broker->password));
    g_free(broker->password);
    g_free(broker->uri);
    g_free(broker);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/line/line-store.h"

#include <string.h>

struct LineStore {
    MQTTClient_persistence methods;
    GMutex mutex;       /* Paho calls from its threads and from ours */
    GHashTable *queued; /* key → GBytes */
};

/* Paho also stores what it has sent until it is acknowledged, to send it again in another life. There is no
 * other life, and that copy it frees by itself. */
static gboolean is_queued(const char *key)
{
    return key[0] == 'c';
}

static int on_open(void **handle, const char *client G_GNUC_UNUSED, const char *server G_GNUC_UNUSED,
                   void *context)
{
    *handle = context;
    return 0;
}

static int on_clear(void *handle)
{
    LineStore *store = handle;

    g_mutex_lock(&store->mutex);
    g_hash_table_remove_all(store->queued);
    g_mutex_unlock(&store->mutex);
    return 0;
}

static int on_put(void *handle, char *key, int n, char *buffers[], int sizes[])
{
    LineStore *store = handle;
    GByteArray *whole;

    if (!is_queued(key))
        return 0;
    whole = g_byte_array_new();
    for (int i = 0; i < n; i++)
        g_byte_array_append(whole, (const guint8 *)buffers[i], (guint)sizes[i]);
    g_mutex_lock(&store->mutex);
    g_hash_table_replace(store->queued, g_strdup(key), g_byte_array_free_to_bytes(whole));
    g_mutex_unlock(&store->mutex);
    return 0;
}

/* Paho frees the copy, by its own books. */
static int on_get(void *handle, char *key, char **ret_buffer, int *ret_size)
{
    LineStore *store = handle;
    gsize size = 0;
    GBytes *bytes;

    *ret_buffer = NULL;
    *ret_size = 0;
    g_mutex_lock(&store->mutex);
    bytes = g_hash_table_lookup(store->queued, key);
    if (bytes) {
        const void *data = g_bytes_get_data(bytes, &size);

        *ret_buffer = MQTTAsync_malloc(size);
        memcpy(*ret_buffer, data, size);
        *ret_size = (int)size;
    }
    g_mutex_unlock(&store->mutex);
    return bytes ? 0 : MQTTCLIENT_PERSISTENCE_ERROR;
}

static int on_remove(void *handle, char *key)
{
    LineStore *store = handle;

    g_mutex_lock(&store->mutex);
    g_hash_table_remove(store->queued, key);
    g_mutex_unlock(&store->mutex);
    return 0;
}

/* Nothing of another life. */
static int on_keys(void *handle G_GNUC_UNUSED, char ***ret_keys, int *ret_n)
{
    *ret_keys = NULL;
    *ret_n = 0;
    return 0;
}

static int on_contains(void *handle, char *key)
{
    LineStore *store = handle;
    gboolean contains;

    g_mutex_lock(&store->mutex);
    contains = g_hash_table_contains(store->queued, key);
    g_mutex_unlock(&store->mutex);
    return contains ? 0 : MQTTCLIENT_PERSISTENCE_ERROR;
}

LineStore *line_store_new(void)
{
    LineStore *store = g_new0(LineStore, 1);

    g_mutex_init(&store->mutex);
    store->queued = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
    store->methods = (MQTTClient_persistence){ .context = store,
                                               .popen = on_open,
                                               .pclose = on_clear,
                                               .pput = on_put,
                                               .pget = on_get,
                                               .premove = on_remove,
                                               .pkeys = on_keys,
                                               .pclear = on_clear,
                                               .pcontainskey = on_contains };
    return store;
}

void line_store_free(LineStore *store)
{
    g_hash_table_unref(store->queued);
    g_mutex_clear(&store->mutex);
    g_free(store);
}

MQTTClient_persistence *line_store_get_methods(LineStore *store)
{
    return &store->methods;
}

guint line_store_get_count(LineStore *store)
{
    guint count;

    g_mutex_lock(&store->mutex);
    count = g_hash_table_size(store->queued);
    g_mutex_unlock(&store->mutex);
    return count;
}

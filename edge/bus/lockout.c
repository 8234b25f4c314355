/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bus/lockout.h"

typedef struct {
    guint wrong;         /* since the last lock or the last right one */
    gint64 until_us;     /* of the last lock; 0: never locked */
    gint64 lock_us;      /* length of the next lock */
    gint64 last_seen_us; /* of the last wrong one */
} Entry;

struct Lockout {
    GHashTable *entries; /* key, char * → Entry */
    guint limit;
};

Lockout *lockout_new(guint limit)
{
    Lockout *lockout = g_new0(Lockout, 1);

    lockout->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    lockout->limit = limit;
    return lockout;
}

void lockout_free(Lockout *lockout)
{
    g_hash_table_unref(lockout->entries);
    g_free(lockout);
}

gint64 lockout_get_until_us(const Lockout *lockout, const char *key, gint64 now_us)
{
    const Entry *entry = g_hash_table_lookup(lockout->entries, key);

    return entry && entry->until_us > now_us ? entry->until_us : 0;
}

gint64 lockout_get_longest_us(const Lockout *lockout, const char *prefix, gint64 now_us)
{
    GHashTableIter iter;
    gpointer key;
    gint64 longest_us = 0;

    g_hash_table_iter_init(&iter, lockout->entries);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        if (g_str_has_prefix(key, prefix))
            longest_us = MAX(longest_us, lockout_get_until_us(lockout, key, now_us));
    }
    return longest_us;
}

static void forget_oldest(Lockout *lockout)
{
    GHashTableIter iter;
    gpointer key, value, oldest = NULL;
    gint64 oldest_us = G_MAXINT64;

    g_hash_table_iter_init(&iter, lockout->entries);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        const Entry *entry = value;
        gint64 quiet_since_us = MAX(entry->last_seen_us, entry->until_us);

        if (quiet_since_us < oldest_us) {
            oldest_us = quiet_since_us;
            oldest = key;
        }
    }
    if (oldest)
        g_hash_table_remove(lockout->entries, oldest);
}

static Entry *obtain(Lockout *lockout, const char *key)
{
    Entry *entry = g_hash_table_lookup(lockout->entries, key);

    if (entry)
        return entry;
    if (g_hash_table_size(lockout->entries) >= lockout->limit)
        forget_oldest(lockout);
    entry = g_new0(Entry, 1);
    entry->lock_us = LOCKOUT_FIRST_US;
    g_hash_table_insert(lockout->entries, g_strdup(key), entry);
    return entry;
}

gboolean lockout_note_wrong(Lockout *lockout, const char *key, gint64 now_us)
{
    Entry *entry = obtain(lockout, key);

    entry->last_seen_us = now_us;
    if (++entry->wrong < LOCKOUT_TRIES)
        return FALSE;
    entry->wrong = 0;
    entry->until_us = now_us + entry->lock_us;
    entry->lock_us = MIN(entry->lock_us * 2, LOCKOUT_LONGEST_US);
    return TRUE;
}

void lockout_note_right(Lockout *lockout, const char *key)
{
    g_hash_table_remove(lockout->entries, key);
}

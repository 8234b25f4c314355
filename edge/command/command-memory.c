/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/command/command-memory.h"

typedef struct {
    char *id;
    gint64 seq;
    char *sha256; /* of the payload */
    char *reply;
    gboolean over;
} Known;

struct CommandMemory {
    GHashTable *issuers; /* char * → GQueue of Known, the oldest first */
};

static void free_known(gpointer data)
{
    Known *known = data;

    g_free(known->id);
    g_free(known->sha256);
    g_free(known->reply);
    g_free(known);
}

static void free_queue(gpointer data)
{
    g_queue_free_full(data, free_known);
}

CommandMemory *command_memory_new(void)
{
    CommandMemory *memory = g_new0(CommandMemory, 1);

    memory->issuers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_queue);
    return memory;
}

void command_memory_free(CommandMemory *memory)
{
    if (!memory)
        return;
    g_hash_table_unref(memory->issuers);
    g_free(memory);
}

static char *hash(const char *payload, gsize length)
{
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)payload, length);
}

const char *command_memory_find(CommandMemory *memory, const Command *command, const char *payload,
                                gsize length, gboolean *ret_over)
{
    GQueue *queue = g_hash_table_lookup(memory->issuers, command->issuer);
    g_autofree char *sha256 = hash(payload, length);

    for (GList *node = queue ? queue->tail : NULL; node; node = node->prev) {
        const Known *known = node->data;

        if (known->seq != command->seq || !g_str_equal(known->sha256, sha256))
            continue;
        *ret_over = known->over;
        return known->reply;
    }
    return NULL;
}

static GQueue *get_queue(CommandMemory *memory, const char *issuer)
{
    GQueue *queue = g_hash_table_lookup(memory->issuers, issuer);

    if (!queue) {
        queue = g_queue_new();
        g_hash_table_insert(memory->issuers, g_strdup(issuer), queue);
    }
    return queue;
}

static void forget_one(GQueue *queue)
{
    GList *node = queue->head;

    while (node && !((Known *)node->data)->over)
        node = node->next;
    if (!node)
        node = queue->head;
    free_known(node->data);
    g_queue_delete_link(queue, node);
}

void command_memory_add(CommandMemory *memory, const Command *command, const char *payload, gsize length)
{
    GQueue *queue = get_queue(memory, command->issuer);
    Known *known = g_new0(Known, 1);

    if (queue->length >= COMMAND_MEMORY_EACH)
        forget_one(queue);
    *known = (Known){ .id = g_strdup(command->id),
                      .seq = command->seq,
                      .sha256 = hash(payload, length),
                      .reply = g_strdup("") };
    g_queue_push_tail(queue, known);
}

void command_memory_answer(CommandMemory *memory, const Command *command, const char *reply, gboolean over)
{
    GQueue *queue = g_hash_table_lookup(memory->issuers, command->issuer);

    for (GList *node = queue ? queue->tail : NULL; node; node = node->prev) {
        Known *known = node->data;

        if (known->seq != command->seq || known->over)
            continue;
        g_free(known->reply);
        known->reply = g_strdup(reply);
        known->over = over;
        return;
    }
}

gboolean command_memory_has_id(const CommandMemory *memory, const char *id)
{
    GHashTableIter iter;
    gpointer queue;

    g_hash_table_iter_init(&iter, memory->issuers);
    while (g_hash_table_iter_next(&iter, NULL, &queue)) {
        for (GList *node = ((GQueue *)queue)->head; node; node = node->next) {
            if (g_str_equal(((Known *)node->data)->id, id))
                return TRUE;
        }
    }
    return FALSE;
}

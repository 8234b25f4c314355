/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/hq/hq-issue.h"

#include "edge/base/clock.h"
#include "sync/hq/hq-event.h"

#include <sodium.h>

static char *sign(const HqConfig *config, const char *topic, const char *payload)
{
    g_autofree char *text = g_strdup_printf("%s\n%s", topic, payload);
    guint8 public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES],
        signature[crypto_sign_BYTES];

    crypto_sign_seed_keypair(public, secret, config->seed);
    crypto_sign_detached(signature, NULL, (const guint8 *)text, strlen(text), secret);
    sodium_memzero(secret, sizeof secret);
    return g_base64_encode(signature, sizeof signature);
}

static void add_time(JsonBuilder *builder, const char *name, gint64 wall_us)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_local();
    g_autofree char *text = clock_format(wall_us, zone);

    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, text);
}

static char *write_payload(const HqConfig *config, const char *id, gint64 seq, const char *verb,
                           JsonNode *args, guint valid_s)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    const gint64 now_us = clock_now().wall_us;

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "id");
    json_builder_add_string_value(builder, id);
    json_builder_set_member_name(builder, "seq");
    json_builder_add_int_value(builder, seq);
    add_time(builder, "issued", now_us);
    add_time(builder, "expires", now_us + (gint64)valid_s * G_USEC_PER_SEC);
    json_builder_set_member_name(builder, "issuer");
    json_builder_add_string_value(builder, config->issuer);
    json_builder_set_member_name(builder, "verb");
    json_builder_add_string_value(builder, verb);
    json_builder_set_member_name(builder, "args");
    json_builder_add_value(builder, json_node_copy(args));
    json_builder_end_object(builder);
    g_autoptr(JsonNode) root = json_builder_get_root(builder);

    return json_to_string(root, FALSE);
}

static char *issue(const HqConfig *config, HqDatabase *database, HqLink *link, const char *station,
                   const char *verb, JsonNode *args, guint valid_s, GError **error)
{
    g_autoptr(GPtrArray) messages = g_ptr_array_new_with_free_func((GDestroyNotify)hq_link_message_free);
    g_autoptr(PGresult) row =
        hq_database_query(database, "issuer-next", 1, (const char *const[]){ config->issuer }, error);
    g_autofree char *id = g_uuid_string_random();
    HqLinkMessage *message = NULL;

    if (!row)
        return NULL;
    message = g_new0(HqLinkMessage, 1);
    message->topic = g_strdup_printf(HQ_EVENT_ROOT "%s/command", station);
    message->payload =
        write_payload(config, id, g_ascii_strtoll(PQgetvalue(row, 0, 0), NULL, 10), verb, args, valid_s);
    message->signature = sign(config, message->topic, message->payload);
    g_ptr_array_add(messages, message);
    if (hq_link_publish(link, messages))
        return g_steal_pointer(&id);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "the broker has not taken the command");
    return NULL;
}

char *hq_issue_command(const HqConfig *config, HqDatabase *database, HqLink *link, const char *station,
                       const char *verb, JsonNode *args, guint valid_s, GError **error)
{
    const char *const issuer[] = { config->issuer };
    g_autoptr(PGresult) locked = NULL, unlocked = NULL;
    char *id = NULL;

    if (!config->has_seed || !config->issuer) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "hq.conf names no issuer and command-key-file");
        return NULL;
    }
    locked = hq_database_query(database, "issuer-lock", 1, issuer, error);
    if (!locked)
        return NULL;
    id = issue(config, database, link, station, verb, args, valid_s, error);
    unlocked = hq_database_query(database, "issuer-unlock", 1, issuer, NULL);
    return id;
}

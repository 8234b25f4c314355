/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/hq/hq-command.h"

#include "edge/base/name.h"
#include "edge/base/safe-text.h"
#include "sync/hq/hq-event.h"
#include "sync/hq/hq-issue.h"
#include "sync/hq/hq-json.h"

#include <string.h>

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_NO_ANSWER = 3 };

#define LONGEST_VALID_S 300u
#define MOST_REPLIES 100u

typedef struct {
    const HqConfig *config;
    const HqCommand *command;
    HqLink *link;
    GMainLoop *loop;
    GThread *sender;
    guint timer;
    int status;
    gboolean received; /* the station has taken the command */

    GMutex lock; /* of what follows */
    char *id;    /* NULL: not sent yet */
    GQueue replies;
    char *problem;
    guint source;
} Sender;

JsonNode *hq_command_parse_args(const char *const *words, GError **error)
{
    g_autoptr(JsonObject) object = json_object_new();
    JsonNode *node = json_node_new(JSON_NODE_OBJECT);

    for (guint i = 0; words[i]; i++) {
        const char *equals = strchr(words[i], '=');
        g_autofree char *key = equals ? g_strndup(words[i], (gsize)(equals - words[i])) : NULL;
        const char *value = equals ? equals + 1 : "";
        const gsize length = strlen(value);
        gint64 number = 0;

        if (!key || !key[0] || json_object_has_member(object, key) || !g_utf8_validate(words[i], -1, NULL)) {
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                        "%s: wanted is KEY=VALUE, each key once", words[i]);
            json_node_free(node);
            return NULL;
        }
        if (length >= 2 && value[0] == '"' && value[length - 1] == '"') {
            g_autofree char *text = g_strndup(value + 1, length - 2);

            json_object_set_string_member(object, key, text);
        } else if (g_str_equal(value, "true") || g_str_equal(value, "false"))
            json_object_set_boolean_member(object, key, value[0] == 't');
        else if (g_ascii_string_to_signed(value, 10, -(G_GINT64_CONSTANT(1) << 53),
                                          G_GINT64_CONSTANT(1) << 53, &number, NULL))
            json_object_set_int_member(object, key, number);
        else
            json_object_set_string_member(object, key, value);
    }
    json_node_set_object(node, object);
    return node;
}

static void end(Sender *self, int status)
{
    self->status = status;
    g_main_loop_quit(self->loop);
}

static void print_reply(const Sender *self, JsonNode *node)
{
    JsonObject *reply = json_node_get_object(node);
    g_autofree char *json = json_to_string(node, FALSE);
    g_autofree char *line = safe_text_escape_json(json);
    g_autofree char *status = safe_text_dup(hq_json_get_text(reply, "status"));
    g_autofree char *reason = safe_text_dup(hq_json_get_text(reply, "reason"));

    if (self->command->json)
        g_print("%s\n", line);
    else
        g_print("%s%s%s\n", status, reason[0] ? ": " : "", reason);
}

/* Why the station would not take a message that bears the command's id. Of a command that it took this is
 * said no more: then it means another message, or one that came twice to a station that was started anew. */
static gboolean has_fault(JsonObject *reply)
{
    JsonNode *data = json_object_get_member(reply, "data");

    return data && JSON_NODE_HOLDS_OBJECT(data) &&
           json_object_has_member(json_node_get_object(data), "fault");
}

/* A reply to somebody else's command is none. */
static void read_reply(Sender *self, const char *text)
{
    static const char *const finals[] = { "done", "refused", "failed", "expired" };
    g_autoptr(JsonNode) node = hq_json_parse(text);
    JsonObject *reply = node ? json_node_get_object(node) : NULL;
    const char *status;
    int final = 0;

    if (!reply || !g_str_equal(hq_json_get_text(reply, "id"), self->id))
        return;
    if (self->received && has_fault(reply))
        return;
    print_reply(self, node);
    status = hq_json_get_text(reply, "status");
    self->received |= g_str_equal(status, "received");
    final = name_find(finals, G_N_ELEMENTS(finals), status);
    if (final >= 0)
        end(self, final == 0 ? EXIT_DONE : EXIT_REFUSED);
}

static gboolean on_news(gpointer user_data)
{
    Sender *self = user_data;

    g_mutex_lock(&self->lock);
    self->source = 0;
    while (self->id && self->replies.length > 0 && !self->problem) {
        g_autofree char *text = g_queue_pop_head(&self->replies);

        read_reply(self, text);
    }
    if (self->problem) {
        g_printerr("station-hq: %s\n", self->problem);
        end(self, EXIT_NO_ANSWER);
    }
    g_mutex_unlock(&self->lock);
    return G_SOURCE_REMOVE;
}

static void wake(Sender *self)
{
    if (!self->source)
        self->source = g_idle_add_full(G_PRIORITY_DEFAULT, on_news, self, NULL);
}

/* The reply may come before the sender knows that the command is out. */
static void on_arrived(const char *topic G_GNUC_UNUSED, const char *payload, gsize size, gpointer user_data)
{
    Sender *self = user_data;

    if (size > HQ_EVENT_LARGEST || !g_utf8_validate_len(payload, size, NULL))
        return;
    g_mutex_lock(&self->lock);
    if (self->replies.length < MOST_REPLIES)
        g_queue_push_tail(&self->replies, g_strndup(payload, size));
    if (self->id)
        wake(self);
    g_mutex_unlock(&self->lock);
}

static gpointer send_command(gpointer user_data)
{
    Sender *self = user_data;
    const HqCommand *command = self->command;
    g_autoptr(GError) error = NULL;
    g_autoptr(HqDatabase) database = hq_database_open(self->config->database, &error);
    char *id = database
                   ? hq_issue_command(self->config, database, self->link, command->station, command->verb,
                                      command->args, MIN(command->timeout_s, LONGEST_VALID_S), &error)
                   : NULL;

    g_mutex_lock(&self->lock);
    self->id = id;
    if (!id)
        self->problem = g_strdup(error->message);
    wake(self);
    g_mutex_unlock(&self->lock);
    return NULL;
}

static void on_changed(gboolean is_online, const char *reason, gpointer user_data)
{
    Sender *self = user_data;

    if (!is_online)
        g_printerr("station-hq: no line to the broker: %s\n", reason);
    else if (!self->sender)
        self->sender = g_thread_new("hq-sender", send_command, self);
}

static gboolean on_timeout(gpointer user_data)
{
    Sender *self = user_data;

    self->timer = 0;
    g_printerr("station-hq: no answer within %u s\n", self->command->timeout_s);
    end(self, EXIT_NO_ANSWER);
    return G_SOURCE_REMOVE;
}

int hq_command_run(const HqConfig *config, const HqCommand *command)
{
    g_autofree char *topic = g_strdup_printf(HQ_EVENT_ROOT "%s/reply", command->station);
    const char *const topics[] = { topic, NULL };
    Sender self = { .config = config, .command = command, .status = EXIT_NO_ANSWER };
    const HqLinkSetup setup = { .config = config,
                                .name = "station-hq-command",
                                .topics = topics,
                                .arrived = on_arrived,
                                .changed = on_changed,
                                .user_data = &self };

    g_mutex_init(&self.lock);
    g_queue_init(&self.replies);
    self.loop = g_main_loop_new(NULL, FALSE);
    self.timer = g_timeout_add_seconds(command->timeout_s, on_timeout, &self);
    self.link = hq_link_new(&setup);
    hq_link_want(self.link, TRUE);
    g_main_loop_run(self.loop);
    g_clear_pointer(&self.sender, g_thread_join);
    hq_link_free(self.link);
    g_clear_handle_id(&self.timer, g_source_remove);
    g_clear_handle_id(&self.source, g_source_remove);
    g_queue_clear_full(&self.replies, g_free);
    g_main_loop_unref(self.loop);
    g_free(self.id);
    g_free(self.problem);
    g_mutex_clear(&self.lock);
    return self.status;
}

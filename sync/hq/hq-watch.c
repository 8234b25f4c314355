/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/hq/hq-watch.h"

#include "edge/base/mailbox.h"
#include "edge/base/safe-text.h"
#include "sync/hq/hq-database.h"
#include "sync/hq/hq-event.h"
#include "sync/hq/hq-json.h"
#include "sync/hq/hq-link.h"

#include <glib-unix.h>
#include <libintl.h>
#include <stdlib.h>

#define _(text) gettext(text)
#define MOST_WAITING 10000u
#define DATABASE_PERIOD_S 10u

typedef struct {
    const HqConfig *config;
    gboolean json;
    GMainLoop *loop;
    Mailbox *box;
    HqDatabase *database; /* NULL: away, or none */
    guint news, retry;
} Watcher;

typedef struct {
    char *topic;
    char *payload;
} Heard;

static void heard_free(gpointer item)
{
    Heard *heard = item;

    g_free(heard->topic);
    g_free(heard->payload);
    g_free(heard);
}

static void on_arrived(const char *topic, const char *payload, gsize size, gpointer user_data)
{
    Watcher *self = user_data;
    Heard *heard = NULL;

    if (size > HQ_EVENT_LARGEST || !g_utf8_validate_len(payload, size, NULL))
        return;
    heard = g_new0(Heard, 1);
    heard->topic = g_strdup(topic);
    heard->payload = g_strndup(payload, size);
    mailbox_post(self->box, heard);
}

static char *dup_text(JsonObject *object, const char *name)
{
    return safe_text_dup(hq_json_get_text(object, name));
}

static gint64 take_number(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_int(node) : 0;
}

static void print_event(const char *station, JsonObject *event)
{
    JsonNode *node = json_object_get_member(event, "data");
    JsonObject *data = node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    g_autofree char *time = dup_text(event, "time"), *type = dup_text(event, "type");
    g_autofree char *id = dup_text(event, "id"), *subject = dup_text(event, "subject");
    g_autofree char *title = data ? dup_text(data, "title") : g_strdup("");

    g_print("%s  %s  %s  %s  %s  %s\n", time, station, id, type, subject, title);
}

static void print_status(const char *station, JsonObject *status)
{
    JsonNode *node = json_object_get_member(status, "online");
    const gboolean is_online = node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_boolean(node);
    g_autofree char *since = dup_text(status, "since"), *version = dup_text(status, "version");

    g_print(_("%s  %s  %s, version %s, epoch %lld, last event %lld, waiting %lld\n"), since, station,
            is_online ? _("online") : _("offline"), version, (long long)take_number(status, "epoch"),
            (long long)take_number(status, "last_seq"), (long long)take_number(status, "backlog"));
}

static void print_json(const char *station, const char *kind, JsonNode *node)
{
    g_autoptr(JsonObject) object = json_object_new();
    g_autoptr(JsonNode) root = json_node_new(JSON_NODE_OBJECT);
    g_autofree char *text = NULL, *safe = NULL;

    json_object_set_string_member(object, "station", station);
    json_object_set_member(object, kind, json_node_copy(node));
    json_node_set_object(root, object);
    text = json_to_string(root, FALSE);
    safe = safe_text_escape_json(text);
    g_print("%s\n", safe);
}

static void on_heard(gpointer item, gpointer user_data)
{
    const Watcher *self = user_data;
    const Heard *heard = item;
    const char *name = NULL;
    g_autofree char *station = hq_event_dup_station(heard->topic, &name);
    g_autoptr(JsonNode) node = hq_json_parse(heard->payload);

    if (station && node) {
        if (self->json)
            print_json(station, g_str_equal(name, "event") ? "event" : "status", node);
        else if (g_str_equal(name, "event"))
            print_event(station, json_node_get_object(node));
        else
            print_status(station, json_node_get_object(node));
    }
    heard_free(item);
}

static void print_trouble(const Watcher *self, const char *text)
{
    g_autofree char *safe = safe_text_dup(text);
    g_autoptr(JsonNode) node = json_node_init_string(json_node_alloc(), safe);

    if (self->json)
        print_json("", "trouble", node);
    else
        g_print(_("TROUBLE  %s\n"), safe);
}

static gboolean on_database(int socket G_GNUC_UNUSED, GIOCondition condition, gpointer user_data)
{
    Watcher *self = user_data;
    char *text = NULL;

    while ((text = hq_database_take_news(self->database)) != NULL) {
        print_trouble(self, text);
        g_free(text);
    }
    if (!(condition & (G_IO_HUP | G_IO_ERR)) && hq_database_get_socket(self->database) >= 0)
        return G_SOURCE_CONTINUE;
    g_clear_pointer(&self->database, hq_database_free);
    self->news = 0;
    return G_SOURCE_REMOVE;
}

/* Conflicts and what was set aside are known to the database alone. Without it the rest is shown all the
 * same. */
static gboolean on_retry(gpointer user_data)
{
    Watcher *self = user_data;
    g_autoptr(GError) error = NULL;

    if (self->database || !self->config->database)
        return G_SOURCE_CONTINUE;
    self->database = hq_database_open(self->config->database, &error);
    if (self->database && hq_database_listen(self->database, &error))
        self->news = g_unix_fd_add(hq_database_get_socket(self->database), G_IO_IN | G_IO_HUP | G_IO_ERR,
                                   on_database, self);
    if (!self->news) {
        g_printerr("station-hq: %s\n", error->message);
        g_clear_pointer(&self->database, hq_database_free);
    }
    return G_SOURCE_CONTINUE;
}

static void on_changed(gboolean is_online, const char *reason, gpointer user_data G_GNUC_UNUSED)
{
    if (is_online)
        g_printerr("station-hq: watching\n");
    else
        g_printerr("station-hq: no line to the broker: %s\n", reason);
}

static gboolean on_signal(gpointer user_data)
{
    g_main_loop_quit(((Watcher *)user_data)->loop);
    return G_SOURCE_CONTINUE;
}

int hq_watch_run(const HqConfig *config, gboolean json)
{
    const char *const topics[] = { HQ_EVENT_ROOT "+/event", HQ_EVENT_ROOT "+/status", NULL };
    Watcher self = { .config = config, .json = json };
    const HqLinkSetup setup = { .config = config,
                                .name = "station-hq-watch",
                                .topics = topics,
                                .arrived = on_arrived,
                                .changed = on_changed,
                                .user_data = &self };
    HqLink *link = NULL;

    self.loop = g_main_loop_new(NULL, FALSE);
    self.box = mailbox_new(NULL, G_PRIORITY_DEFAULT, MOST_WAITING, on_heard, heard_free, &self);
    g_unix_signal_add(SIGTERM, on_signal, &self);
    g_unix_signal_add(SIGINT, on_signal, &self);
    link = hq_link_new(&setup);
    hq_link_want(link, TRUE);
    on_retry(&self);
    self.retry = g_timeout_add_seconds(DATABASE_PERIOD_S, on_retry, &self);
    g_main_loop_run(self.loop);
    hq_link_free(link);
    g_clear_handle_id(&self.retry, g_source_remove);
    g_clear_handle_id(&self.news, g_source_remove);
    g_clear_pointer(&self.database, hq_database_free);
    mailbox_free(self.box);
    g_main_loop_unref(self.loop);
    return EXIT_SUCCESS;
}

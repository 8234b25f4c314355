/* SPDX-License-Identifier: Apache-2.0 */
/* The line with a real broker: what Paho's threads leave is taken in the main thread, over one connection and
 * over many. Whatever is published on `command` comes back, for the line listens to it itself. */
#include "sync/sync-link.h"
#include "tests/lib/local-broker.h"

#include <malloc.h>
#include <string.h>

#define BROKERS 400 /* times the same one: the next in the list is tried at once */
#define WARM_UP 10  /* connections until everything that stays is there */
#define GROWTH 250  /* bytes a connection: one forgotten publication is more … */
#define SLACK 40000 /* … and the heap's own ups and downs */
#define LONGEST_S 60u
#define AT_ONCE 20u /* publications that the broker takes before it answers */

#if defined __SANITIZE_ADDRESS__
size_t __sanitizer_get_current_allocated_bytes(void);
#endif

typedef struct {
    LocalBroker *broker;
    Site *site;
    SyncLink *link;
    guint connections, losses, messages, taken, rooms, alarm;
    int token;   /* of the latest that was taken */
    char *text;  /* of the latest message */
    char *event; /* what is published as one */
} Scene;

static gsize live_bytes(void)
{
#if defined __SANITIZE_ADDRESS__
    return __sanitizer_get_current_allocated_bytes();
#else
    return mallinfo2().uordblks;
#endif
}

/* --- what the line tells */

static char *get_will(gpointer user_data G_GNUC_UNUSED)
{
    return g_strdup("{\"online\":false}");
}

static void on_connected(gpointer user_data)
{
    ((Scene *)user_data)->connections++;
}

static void on_lost(const char *reason, gpointer user_data)
{
    g_assert_cmpstr(reason, !=, "");
    ((Scene *)user_data)->losses++;
}

static void on_message(const SyncMessage *message, gpointer user_data)
{
    Scene *scene = user_data;

    g_assert_cmpstr(message->topic, ==, "command");
    scene->messages++;
    g_free(scene->text);
    scene->text = g_strndup(g_bytes_get_data(message->payload, NULL), g_bytes_get_size(message->payload));
}

static void on_taken(int token, gpointer user_data)
{
    ((Scene *)user_data)->taken++;
    ((Scene *)user_data)->token = token;
}

static void on_room(gpointer user_data)
{
    ((Scene *)user_data)->rooms++;
}

static gboolean on_late(gpointer user_data G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

/* Runs the main loop until *COUNT is at least WANTED. */
static void wait_for(Scene *scene, const guint *count, guint wanted)
{
    scene->alarm = g_timeout_add_seconds(LONGEST_S, on_late, NULL);
    while (*count < wanted)
        g_main_context_iteration(NULL, TRUE);
    g_source_remove(scene->alarm);
}

static void replace(char **text, const char *with)
{
    g_free(*text);
    *text = g_strdup(with);
}

static Site *make_site(int port)
{
    Site *site = site_new();

    replace(&site->station.id, "CS-1");
    g_strfreev(site->hq.brokers);
    site->hq.brokers = g_new0(char *, BROKERS + 1);
    for (guint i = 0; i < BROKERS; i++)
        site->hq.brokers[i] = g_strdup_printf("mqtt://127.0.0.1:%d", port);
    replace(&site->hq.ca_file, "");
    replace(&site->hq.cert_file, "");
    replace(&site->hq.key_file, "");
    replace(&site->hq.username, "");
    replace(&site->hq.password_file, "");
    return site;
}

static void set_up(Scene *scene, gconstpointer data G_GNUC_UNUSED)
{
    static const SyncLinkHandlers handlers = {
        get_will, on_connected, on_lost, on_message, on_taken, on_room
    };

    scene->event = g_strnfill(600, 'x');
    scene->broker = local_broker_new(AT_ONCE);
    scene->site = make_site(scene->broker->port);
    scene->link = sync_link_new(scene->site, &handlers, scene);
    sync_link_start(scene->link);
    wait_for(scene, &scene->connections, 1);
}

static void tear_down(Scene *scene, gconstpointer data G_GNUC_UNUSED)
{
    sync_link_free(scene->link, "{\"online\":false}");
    local_broker_free(scene->broker);
    site_unref(scene->site);
    g_free(scene->text);
    g_free(scene->event);
}

/* --- the tests */

/* Waits until the broker has taken all that was published so far. */
static void settle(Scene *scene)
{
    g_assert_cmpint(sync_link_publish(scene->link, "reply", "{}", FALSE), >, 0);
    wait_for(scene, &scene->taken, scene->taken + 1);
}

static guint fill(Scene *scene)
{
    guint n = 0;

    while (sync_link_has_room(scene->link) && sync_link_publish_event(scene->link, scene->event))
        n++;
    return n;
}

/* More than the broker takes at once would lie in Paho until its next look, a second later. */
static void test_events(Scene *scene, gconstpointer data G_GNUC_UNUSED)
{
    gint64 taken_us;

    g_assert_cmpuint(sync_link_get_outstanding(scene->link, &taken_us), ==, 0);
    g_assert_cmpint(taken_us, ==, 0);
    for (guint rounds = 1; rounds <= 20; rounds++) {
        local_broker_freeze(scene->broker);
        fill(scene);
        g_assert_cmpuint(sync_link_get_outstanding(scene->link, &taken_us), ==, AT_ONCE - 4);
        local_broker_thaw(scene->broker);
        sync_link_want_room(scene->link);
        wait_for(scene, &scene->rooms, rounds);
        g_assert_cmpuint(sync_link_get_outstanding(scene->link, &taken_us), <=, AT_ONCE / 2);
        g_assert_true(sync_link_has_room(scene->link));
    }
    settle(scene);
    g_assert_cmpuint(sync_link_get_outstanding(scene->link, &taken_us), ==, 0);
    g_assert_cmpint(taken_us, >, 0);
    sync_link_want_room(scene->link); /* there is room already */
    wait_for(scene, &scene->rooms, 21);
}

/* Few are under way where they are large. */
static void test_large_events(Scene *scene, gconstpointer data G_GNUC_UNUSED)
{
    g_free(scene->event);
    scene->event = g_strnfill(30000, 'x');
    local_broker_freeze(scene->broker);
    g_assert_cmpuint(fill(scene), ==, 3);
    local_broker_thaw(scene->broker);
    sync_link_want_room(scene->link);
    wait_for(scene, &scene->rooms, 1);
    g_free(scene->event);
    scene->event = g_strnfill(200000, 'x');
    settle(scene);
    g_assert_true(sync_link_publish_event(scene->link, scene->event)); /* one always goes */
    settle(scene);
    g_assert_true(sync_link_has_room(scene->link));
}

static void test_messages(Scene *scene, gconstpointer data G_GNUC_UNUSED)
{
    int token = sync_link_publish(scene->link, "command", "过温", FALSE);

    g_assert_cmpint(token, >, 0);
    wait_for(scene, &scene->taken, 1);
    g_assert_cmpint(scene->token, ==, token);
    wait_for(scene, &scene->messages, 1);
    g_assert_cmpstr(scene->text, ==, "过温");
    for (guint i = 0; i < AT_ONCE - 1; i++)
        g_assert_cmpint(sync_link_publish(scene->link, "command", "{}", FALSE), >, 0);
    wait_for(scene, &scene->messages, AT_ONCE);
}

static void test_broker_dies(Scene *scene, gconstpointer data G_GNUC_UNUSED)
{
    guint losses = scene->losses;
    gint64 taken_us;

    fill(scene);
    local_broker_kill(scene->broker);
    wait_for(scene, &scene->losses, losses + 1);
    g_assert_false(sync_link_is_connected(scene->link));
    g_assert_false(sync_link_has_room(scene->link));
    g_assert_false(sync_link_publish_event(scene->link, "{}"));
    g_assert_cmpint(sync_link_publish(scene->link, "reply", "{}", FALSE), ==, 0);
    local_broker_start(scene->broker);
    wait_for(scene, &scene->connections, 2);
    g_assert_cmpuint(sync_link_get_outstanding(scene->link, &taken_us), ==, 0);
    g_assert_cmpint(taken_us, ==, 0);
    g_assert_cmpuint(fill(scene), >, 0);
}

/* One connection's life: events under way, messages that come in, and an end in the middle of it, by the
 * broker's death or ours. */
static void live_once(Scene *scene)
{
    const guint connections = scene->connections;

    for (guint i = 0; i < 3; i++) {
        fill(scene);
        sync_link_want_room(scene->link);
        wait_for(scene, &scene->rooms, scene->rooms + 1);
    }
    settle(scene);
    for (guint i = 0; i < 4; i++)
        sync_link_publish(scene->link, "command", "{}", FALSE);
    if (connections % 2 == 0) {
        local_broker_kill(scene->broker);
        fill(scene);
        wait_for(scene, &scene->losses, scene->losses + 1);
        local_broker_start(scene->broker);
    } else {
        sync_link_drop(scene->link, "for a test");
    }
    wait_for(scene, &scene->connections, connections + 1);
}

static void test_many_connections(Scene *scene, gconstpointer data G_GNUC_UNUSED)
{
    guint wanted = g_getenv("STATIONMASTER_FULL") ? BROKERS / 2 : 3 * WARM_UP;
    gsize before = 0, after;

    while (scene->connections < wanted) {
        if (scene->connections == WARM_UP)
            before = live_bytes();
        live_once(scene);
    }
    after = live_bytes();
    g_test_message("%u connections: %" G_GSIZE_FORMAT " bytes after %u, %" G_GSIZE_FORMAT " at the end",
                   wanted, before, WARM_UP, after);
    g_assert_cmpuint(after, <, before + SLACK + GROWTH * (wanted - WARM_UP));
    g_assert_cmpuint(scene->losses, >=, wanted - 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/sync/link/events", Scene, NULL, set_up, test_events, tear_down);
    g_test_add("/sync/link/large-events", Scene, NULL, set_up, test_large_events, tear_down);
    g_test_add("/sync/link/messages", Scene, NULL, set_up, test_messages, tear_down);
    g_test_add("/sync/link/broker-dies", Scene, NULL, set_up, test_broker_dies, tear_down);
    g_test_add("/sync/link/many-connections", Scene, NULL, set_up, test_many_connections, tear_down);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The line of headquarters with a real broker that takes few publications at once. */
#include "sync/hq/hq-link.h"
#include "tests/lib/local-broker.h"

#define AT_ONCE 20u
#define MANY 200u /* publications: 20 a second would take longer than they may */
#define LONGEST_S 60u

typedef struct {
    LocalBroker *broker;
    HqConfig config;
    char *brokers[2];
    HqLink *link;
    guint connections, losses, published;
    gint arrived; /* by Paho's thread */
    gboolean ok;
} Scene;

static void on_arrived(const char *topic, const char *payload G_GNUC_UNUSED, gsize size, gpointer user_data)
{
    Scene *scene = user_data;

    g_assert_cmpstr(topic, ==, "test/ack");
    g_assert_cmpuint(size, ==, 2);
    g_atomic_int_inc(&scene->arrived);
}

static void on_changed(gboolean is_online, const char *reason, gpointer user_data)
{
    Scene *scene = user_data;

    if (is_online)
        scene->connections++;
    else
        scene->losses++;
    g_assert_cmpint(reason[0] == '\0', ==, is_online);
}

static gboolean on_late(gpointer user_data G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

static void wait_for(const guint *count, guint wanted)
{
    guint alarm = g_timeout_add_seconds(LONGEST_S, on_late, NULL);

    while (*count < wanted)
        g_main_context_iteration(NULL, TRUE);
    g_source_remove(alarm);
}

static void set_up(Scene *scene, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const topics[] = { "test/ack", NULL };
    HqLinkSetup setup = { .config = &scene->config,
                          .name = "test",
                          .topics = topics,
                          .arrived = on_arrived,
                          .changed = on_changed,
                          .user_data = scene };

    scene->broker = local_broker_new(AT_ONCE);
    scene->brokers[0] = g_strdup_printf("mqtt://127.0.0.1:%d", scene->broker->port);
    scene->config.brokers = scene->brokers;
    scene->link = hq_link_new(&setup);
    hq_link_want(scene->link, TRUE);
    wait_for(&scene->connections, 1);
    scene->losses = 0; /* the broker was not there at once */
}

static void tear_down(Scene *scene, gconstpointer data G_GNUC_UNUSED)
{
    hq_link_free(scene->link);
    local_broker_free(scene->broker);
    g_free(scene->brokers[0]);
}

static gboolean on_published(gpointer user_data)
{
    ((Scene *)user_data)->published++;
    return G_SOURCE_REMOVE;
}

static gpointer publish(gpointer user_data)
{
    Scene *scene = user_data;
    g_autoptr(GPtrArray) messages = g_ptr_array_new_with_free_func((GDestroyNotify)hq_link_message_free);

    for (guint i = 0; i < MANY; i++) {
        HqLinkMessage *message = g_new0(HqLinkMessage, 1);

        message->topic = g_strdup("test/ack");
        message->payload = g_strdup("{}");
        g_ptr_array_add(messages, message);
    }
    scene->ok = hq_link_publish(scene->link, messages);
    g_idle_add(on_published, scene);
    return NULL;
}

static void test_many(Scene *scene, gconstpointer data G_GNUC_UNUSED)
{
    GThread *thread = g_thread_new("publish", publish, scene);

    wait_for(&scene->published, 1);
    g_thread_join(thread);
    g_assert_true(scene->ok);
    g_assert_cmpuint(scene->losses, ==, 0);
    while (g_atomic_int_get(&scene->arrived) < (gint)MANY)
        g_usleep(1000); /* what comes back is on its way */
    g_assert_cmpint(g_atomic_int_get(&scene->arrived), ==, MANY);
}

/* Whoever waits is told so when the broker dies. */
static void test_broker_dies(Scene *scene, gconstpointer data G_GNUC_UNUSED)
{
    GThread *thread;

    local_broker_freeze(scene->broker);
    thread = g_thread_new("publish", publish, scene);
    local_broker_kill(scene->broker);
    wait_for(&scene->published, 1);
    g_thread_join(thread);
    g_assert_false(scene->ok);
    wait_for(&scene->losses, 1);
    local_broker_start(scene->broker);
    wait_for(&scene->connections, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/hq/link/many", Scene, NULL, set_up, test_many, tear_down);
    g_test_add("/hq/link/broker-dies", Scene, NULL, set_up, test_broker_dies, tear_down);
    return g_test_run();
}

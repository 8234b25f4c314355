/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/hq/hq-link.h"

#include "edge/base/nodelay.h"
#include "sync/line/line-reason.h"
#include "sync/line/line-store.h"

#include <MQTTAsync.h>
#include <string.h>
#include <unistd.h>

#define KEEP_ALIVE_S 15
#define CONNECT_TIMEOUT_S 10
#define PUBLISH_TIMEOUT_US (3 * G_USEC_PER_SEC) /* less than a transaction of the database may idle */
#define SHORTEST_BACK_OFF_MS 1000u
#define LONGEST_BACK_OFF_MS 30000u
#define MOST_UNDER_WAY 64u /* publications that the broker has not acknowledged */

struct HqLink {
    HqLinkSetup setup;
    char *client_id;
    guint n_broker;    /* of the list, the one that is tried */
    guint back_off_ms; /* before the next attempt */
    guint timer;       /* of the next attempt; main loop */
    guint order;       /* idle source of hq_link_want(); under the lock */
    gboolean is_wanted;
    gboolean tls;     /* this attempt */
    char *tls_reason; /* what OpenSSL said first of this attempt; under the lock */

    GMutex client_lock; /* whoever uses the client holds it; callbacks do not take it */
    MQTTAsync client;
    LineStore *store; /* the client's */

    GMutex lock; /* of what follows */
    GCond changed;
    gboolean is_online;
    guint pending; /* messages that the broker has not acknowledged */
    guint most;    /* so many of them it takes */
    char *news;    /* why the line is not up; NULL: it is */
    gboolean has_news;
    guint news_source;
    GMainContext *context;
};

void hq_link_message_free(HqLinkMessage *message)
{
    g_free(message->topic);
    g_free(message->payload);
    g_free(message->signature);
    g_free(message);
}

/* --- on Paho's threads */

static gboolean on_news(gpointer user_data);

/* The line is up (REASON NULL), or it is not, and why. */
static void tell(HqLink *link, const char *reason)
{
    g_mutex_lock(&link->lock);
    link->is_online = reason == NULL;
    link->has_news = TRUE;
    g_free(link->news);
    link->news = g_strdup(reason);
    if (!link->news_source)
        link->news_source = g_idle_add_full(G_PRIORITY_DEFAULT, on_news, link, NULL);
    g_cond_broadcast(&link->changed);
    g_mutex_unlock(&link->lock);
}

static void on_subscribed(void *context, MQTTAsync_successData5 *data)
{
    const int n = data->alt.sub.reasonCodeCount;

    for (int i = 0; i < n; i++) {
        const int code = n == 1 ? (int)data->reasonCode : (int)data->alt.sub.reasonCodes[i];

        if (code >= 0x80) {
            tell(context, "the broker refuses the subscription");
            return;
        }
    }
    tell(context, NULL);
}

static void on_failed(void *context, MQTTAsync_failureData5 *data)
{
    HqLink *link = context;
    const char *name = data && data->reasonCode >= 0x80 ? MQTTReasonCode_toString(data->reasonCode) : NULL;
    g_autofree char *text = NULL;

    g_mutex_lock(&link->lock);
    text = g_strdup(link->tls_reason);
    g_mutex_unlock(&link->lock);
    if (!text && name)
        text = g_strdup_printf("the broker refuses: %s", name);
    tell(link, text ? text
                    : line_reason_explain(data ? data->message : NULL, link->tls,
                                          link->setup.config->cert_file != NULL));
}

static void on_lost(void *context, char *cause)
{
    tell(context, cause ? cause : "the connection is lost");
}

/* What Paho may not send yet it keeps back, and looks again after a second. So it is given nothing that it
 * may not send. */
static void note_receive_maximum(HqLink *link, MQTTProperties *properties)
{
    guint most = MOST_UNDER_WAY;

    if (MQTTProperties_hasProperty(properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM))
        most = (guint)MQTTProperties_getNumericValue(properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM);
    g_mutex_lock(&link->lock);
    link->most = CLAMP(most, 1, MOST_UNDER_WAY);
    g_mutex_unlock(&link->lock);
}

static void on_connected(void *context, MQTTAsync_successData5 *data)
{
    HqLink *link = context;
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    const int n = (int)g_strv_length((char **)link->setup.topics);
    g_autofree int *qos = g_new(int, n + 1);
    g_autofree MQTTSubscribe_options *details = g_new(MQTTSubscribe_options, n + 1);

    nodelay_set_all();
    note_receive_maximum(link, &data->properties);
    for (int i = 0; i < n; i++) {
        qos[i] = 1;
        details[i] = (MQTTSubscribe_options)MQTTSubscribe_options_initializer;
    }
    options.context = link;
    options.onSuccess5 = on_subscribed;
    options.onFailure5 = on_failed;
    options.subscribeOptions = details[0];
    options.subscribeOptionsList = details;
    options.subscribeOptionsCount = n;
    if (MQTTAsync_subscribeMany(link->client, n, (char *const *)link->setup.topics, qos, &options) !=
        MQTTASYNC_SUCCESS)
        tell(link, "cannot subscribe");
}

static int on_arrived(void *context, char *topic, int length, MQTTAsync_message *message)
{
    HqLink *link = context;

    /* A topic with a zero in it is nobody's. */
    if ((length == 0 || strlen(topic) == (size_t)length) && message->payloadlen >= 0)
        link->setup.arrived(topic, message->payload, (gsize)message->payloadlen, link->setup.user_data);
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

/* The first of several is the cause. */
static int on_tls_error(const char *text, size_t length, void *context)
{
    HqLink *link = context;

    g_mutex_lock(&link->lock);
    if (!link->tls_reason)
        link->tls_reason = line_reason_read_tls(text, length);
    g_mutex_unlock(&link->lock);
    return 1;
}

static void settle(HqLink *link)
{
    g_mutex_lock(&link->lock);
    if (link->pending > 0)
        link->pending--;
    g_cond_broadcast(&link->changed);
    g_mutex_unlock(&link->lock);
}

static void on_published(void *context, MQTTAsync_successData5 *data)
{
    if ((int)data->reasonCode >= 0x80)
        tell(context, "the broker refuses what is published");
    settle(context);
}

static void on_unpublished(void *context, MQTTAsync_failureData5 *data G_GNUC_UNUSED)
{
    tell(context, "cannot publish");
    settle(context);
}

/* --- in the main loop */

static void drop_client(HqLink *link)
{
    g_mutex_lock(&link->client_lock);
    if (link->client) {
        MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer5;

        options.timeout = 0;
        MQTTAsync_setCallbacks(link->client, link, NULL, on_arrived, NULL);
        MQTTAsync_disconnect(link->client, &options);
        MQTTAsync_destroy(&link->client);
        link->client = NULL;
    }
    g_clear_pointer(&link->store, line_store_free);
    g_mutex_unlock(&link->client_lock);
    g_mutex_lock(&link->lock);
    link->is_online = FALSE;
    link->pending = 0;
    g_clear_pointer(&link->tls_reason, g_free);
    g_cond_broadcast(&link->changed);
    g_mutex_unlock(&link->lock);
}

static int connect_client(HqLink *link)
{
    const HqConfig *config = link->setup.config;
    MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer5;
    MQTTAsync_connectOptions web = MQTTAsync_connectOptions_initializer5_ws;
    MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;

    if (g_str_has_prefix(config->brokers[link->n_broker], "ws"))
        options = web;
    options.keepAliveInterval = KEEP_ALIVE_S;
    options.connectTimeout = CONNECT_TIMEOUT_S;
    options.maxInflight = (int)MOST_UNDER_WAY;
    options.username = config->username;
    options.password = config->password;
    options.context = link;
    options.onSuccess5 = on_connected;
    options.onFailure5 = on_failed;
    tls.trustStore = config->ca_file;
    tls.keyStore = config->cert_file;
    tls.privateKey = config->key_file;
    tls.enableServerCertAuth = 1;
    tls.verify = 1;
    tls.ssl_error_cb = on_tls_error;
    tls.ssl_error_context = link;
    if (link->tls)
        options.ssl = &tls;
    return MQTTAsync_connect(link->client, &options);
}

static gboolean on_attempt(gpointer user_data)
{
    HqLink *link = user_data;
    const char *broker = link->setup.config->brokers[link->n_broker];
    MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer5;
    int status = 0;

    link->timer = 0;
    drop_client(link);
    if (!link->is_wanted)
        return G_SOURCE_REMOVE;
    link->tls = g_str_has_prefix(broker, "mqtts:") || g_str_has_prefix(broker, "wss:");
    g_mutex_lock(&link->client_lock);
    link->store = line_store_new();
    status = MQTTAsync_createWithOptions(&link->client, broker, link->client_id, MQTTCLIENT_PERSISTENCE_USER,
                                         line_store_get_methods(link->store), &options);
    if (status == MQTTASYNC_SUCCESS)
        status = MQTTAsync_setCallbacks(link->client, link, on_lost, on_arrived, NULL);
    if (status == MQTTASYNC_SUCCESS)
        status = connect_client(link);
    g_mutex_unlock(&link->client_lock);
    if (status != MQTTASYNC_SUCCESS)
        tell(link, MQTTAsync_strerror(status) ? MQTTAsync_strerror(status) : "cannot connect");
    return G_SOURCE_REMOVE;
}

/* After the back-off, with the next broker of the list. */
static void try_again(HqLink *link)
{
    const guint half = link->back_off_ms / 2;

    if (link->timer || !link->is_wanted)
        return;
    link->n_broker = (link->n_broker + 1) % g_strv_length(link->setup.config->brokers);
    link->timer = g_timeout_add(half + (guint)g_random_int_range(0, (int)half + 1), on_attempt, link);
    link->back_off_ms = MIN(link->back_off_ms * 2, LONGEST_BACK_OFF_MS);
}

static gboolean on_news(gpointer user_data)
{
    HqLink *link = user_data;
    g_autofree char *reason = NULL;
    gboolean has_news = FALSE;

    g_mutex_lock(&link->lock);
    link->news_source = 0;
    has_news = link->has_news;
    link->has_news = FALSE;
    reason = g_steal_pointer(&link->news);
    g_mutex_unlock(&link->lock);
    if (!has_news || !link->is_wanted)
        return G_SOURCE_REMOVE;
    if (reason)
        try_again(link);
    else
        link->back_off_ms = SHORTEST_BACK_OFF_MS;
    if (link->setup.changed)
        link->setup.changed(reason == NULL, reason ? reason : "", link->setup.user_data);
    return G_SOURCE_REMOVE;
}

typedef struct {
    HqLink *link;
    gboolean is_wanted;
} Order;

static gboolean on_order(gpointer user_data)
{
    const Order *order = user_data;
    HqLink *link = order->link;

    if (link->is_wanted == order->is_wanted)
        return G_SOURCE_REMOVE;
    link->is_wanted = order->is_wanted;
    link->back_off_ms = SHORTEST_BACK_OFF_MS;
    g_clear_handle_id(&link->timer, g_source_remove);
    on_attempt(link);
    return G_SOURCE_REMOVE;
}

void hq_link_want(HqLink *link, gboolean is_wanted)
{
    Order *order = g_new(Order, 1);

    *order = (Order){ .link = link, .is_wanted = is_wanted };
    g_main_context_invoke_full(NULL, G_PRIORITY_DEFAULT, on_order, order, g_free);
}

HqLink *hq_link_new(const HqLinkSetup *setup)
{
    HqLink *link = g_new0(HqLink, 1);
    MQTTAsync_init_options options = MQTTAsync_init_options_initializer;
    g_autofree char *random = g_uuid_string_random();

    options.do_openssl_init = 1;
    MQTTAsync_global_init(&options);
    link->setup = *setup;
    link->client_id = g_strdup_printf("%s-%.8s", setup->name, random);
    link->back_off_ms = SHORTEST_BACK_OFF_MS;
    g_mutex_init(&link->client_lock);
    g_mutex_init(&link->lock);
    g_cond_init(&link->changed);
    return link;
}

void hq_link_free(HqLink *link)
{
    link->is_wanted = FALSE;
    drop_client(link);
    g_clear_handle_id(&link->timer, g_source_remove);
    g_clear_handle_id(&link->news_source, g_source_remove);
    g_free(link->news);
    g_free(link->tls_reason);
    g_free(link->client_id);
    g_mutex_clear(&link->client_lock);
    g_mutex_clear(&link->lock);
    g_cond_clear(&link->changed);
    g_free(link);
}

/* --- on the publisher's thread */

static int send_one(HqLink *link, const HqLinkMessage *one)
{
    MQTTAsync_message message = MQTTAsync_message_initializer;
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    int status = MQTTASYNC_DISCONNECTED;

    message.payload = one->payload;
    message.payloadlen = (int)strlen(one->payload);
    message.qos = 1;
    if (one->signature) {
        MQTTProperty property = { .identifier = MQTTPROPERTY_CODE_USER_PROPERTY };

        property.value.data = (MQTTLenString){ .len = 3, .data = (char *)"sig" };
        property.value.value = (MQTTLenString){ .len = (int)strlen(one->signature), .data = one->signature };
        MQTTProperties_add(&message.properties, &property);
    }
    options.context = link;
    options.onSuccess5 = on_published;
    options.onFailure5 = on_unpublished;
    g_mutex_lock(&link->client_lock);
    if (link->client)
        status = MQTTAsync_sendMessage(link->client, one->topic, &message, &options);
    g_mutex_unlock(&link->client_lock);
    MQTTProperties_free(&message.properties);
    return status;
}

/* Until fewer than LIMIT are under way. False where the line goes down meanwhile, or it is UNTIL. */
static gboolean wait_for_fewer(HqLink *link, guint limit, gint64 until)
{
    while (link->is_online && link->pending >= limit && g_cond_wait_until(&link->changed, &link->lock, until))
        ;
    return link->is_online && link->pending < limit;
}

static gboolean begin_one(HqLink *link, gint64 until)
{
    gboolean may = FALSE;

    g_mutex_lock(&link->lock);
    may = wait_for_fewer(link, link->most, until);
    if (may)
        link->pending++;
    g_mutex_unlock(&link->lock);
    return may;
}

gboolean hq_link_publish(HqLink *link, GPtrArray *messages)
{
    const gint64 until = g_get_monotonic_time() + PUBLISH_TIMEOUT_US;
    gboolean all = FALSE;
    guint n = 0;

    g_mutex_lock(&link->lock);
    all = link->is_online;
    g_mutex_unlock(&link->lock);
    if (!all)
        return FALSE;
    while (n < messages->len && begin_one(link, until)) {
        if (send_one(link, messages->pdata[n++]) == MQTTASYNC_SUCCESS)
            continue;
        tell(link, "cannot publish");
        return FALSE;
    }
    g_mutex_lock(&link->lock);
    all = wait_for_fewer(link, 1, until) && n == messages->len;
    g_mutex_unlock(&link->lock);
    if (!all) /* what the old client may still say must not be taken for a later message's */
        tell(link, "the broker does not acknowledge");
    return all;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sync-session.h"

#include "edge/base/clock.h"
#include "edge/base/mailbox.h"
#include "edge/base/nodelay.h"
#include "sync/line/line-reason.h"
#include "sync/line/line-store.h"
#include "sync/sync-broker.h"
#include "sync/sync-window.h"

#include <MQTTAsync.h>
#include <gio/gio.h>
#include <string.h>

#define KEEPALIVE_S 20
#define CONNECT_S 10
#define QUEUED_MAX 1000   /* publications that Paho may hold; the window keeps them far below */
#define RESERVED 4        /* of what the broker takes at once: for replies and the status */
#define BYTES_MAX 65536   /* of events under way, but for the last one of them */
#define STATES_MAX 4096   /* one per reply and status that is under way, and a few */
#define MESSAGES_MAX 1000 /* that the main loop has not taken yet */
/* Bytes of a packet beside topic and payload: header, lengths, number, no properties. */
#define FRAME_MAX 32
#define PACKET_MAX (SYNC_SESSION_PAYLOAD_MAX + 4096)

typedef enum { NEWS_CONNECTED, NEWS_LOST, NEWS_TAKEN } NewsKind;

typedef struct {
    NewsKind kind;
    int token; /* 0: room */
    char *text;
} News;

struct SyncSession {
    MQTTAsync client;
    LineStore *store;
    SyncSessionHandlers handlers;
    gpointer user_data;
    char *root; /* "stationmaster/v1/ID/" */
    Mailbox *news, *messages;
    gboolean tls, certificate; /* whether it is over TLS, and with one of ours */

    GMutex mutex;    /* for all below: Paho's threads write it */
    GQueue sizes;    /* of the events under way, the first one first: the broker takes them in their order */
    gsize bytes;     /* all of them together */
    guint most;      /* events under way that Paho sends at once */
    gsize largest;   /* packet that the broker takes; 0: it names none */
    gboolean wanted; /* somebody waits for room */
    gint64 taken_us;
    char *tls_reason;
    char *complaint;
    guint complaints;
};

/* --- what Paho's threads leave behind */

static void free_news(gpointer data)
{
    News *news = data;

    g_free(news->text);
    g_free(news);
}

static void free_message(gpointer data)
{
    SyncMessage *message = data;

    g_free(message->topic);
    g_bytes_unref(message->payload);
    g_free(message->signature);
    g_free(message);
}

static void post(SyncSession *session, NewsKind kind, int token, const char *text)
{
    News *news = g_new0(News, 1);

    *news = (News){ kind, token, g_strdup(text) };
    mailbox_post(session->news, news);
}

static void complain(SyncSession *session, const char *text)
{
    g_mutex_lock(&session->mutex);
    if (session->complaints++ == 0)
        session->complaint = g_strdup(text);
    g_mutex_unlock(&session->mutex);
}

static void on_connection_lost(void *context, char *cause)
{
    post(context, NEWS_LOST, 0, cause ? cause : "the connection broke");
}

static void on_disconnected(void *context, MQTTProperties *properties G_GNUC_UNUSED,
                            enum MQTTReasonCodes code)
{
    const char *name = MQTTReasonCode_toString(code);
    g_autofree char *text = g_strdup_printf("the broker ended the connection: %s", name ? name : "no reason");

    post(context, NEWS_LOST, 0, text);
}

/* Half of what may be under way, so that events are read and handed over by the dozen. */
static gboolean is_half_empty(const SyncSession *session)
{
    return session->sizes.length <= session->most / 2 && session->bytes <= BYTES_MAX / 2;
}

/* The broker has one event more, or has refused it: either way it is no longer under way. */
static void count_taken(SyncSession *session)
{
    gboolean room;

    g_mutex_lock(&session->mutex);
    session->bytes -= GPOINTER_TO_SIZE(g_queue_pop_head(&session->sizes));
    session->taken_us = clock_boot_us();
    room = session->wanted && is_half_empty(session);
    if (room)
        session->wanted = FALSE;
    g_mutex_unlock(&session->mutex);
    if (room)
        post(session, NEWS_TAKEN, 0, NULL);
}

static void on_event_taken(void *context, MQTTAsync_successData5 *data G_GNUC_UNUSED)
{
    count_taken(context);
}

static void on_event_refused(void *context, MQTTAsync_failureData5 *data)
{
    const char *name = data && data->reasonCode >= 0x80 ? MQTTReasonCode_toString(data->reasonCode) : NULL;
    g_autofree char *text = name ? g_strdup_printf("the broker refuses an event: %s", name) : NULL;

    if (text)
        complain(context, text);
    count_taken(context);
}

static void on_taken(void *context, MQTTAsync_successData5 *data)
{
    post(context, NEWS_TAKEN, data->token, NULL);
}

static void on_refused(void *context, MQTTAsync_failureData5 *data)
{
    if (data && data->reasonCode >= 0x80) {
        complain(context, "the broker refuses a status or a reply");
        post(context, NEWS_TAKEN, data->token, NULL);
    }
}

/* --- connecting */

static void on_subscribed(void *context, MQTTAsync_successData5 *data)
{
    SyncSession *session = context;

    for (int i = 0; i < data->alt.sub.reasonCodeCount; i++) {
        if (data->alt.sub.reasonCodes[i] >= 0x80) {
            post(session, NEWS_LOST, 0, "the broker refuses the subscription to command, config or ack");
            return;
        }
    }
    post(session, NEWS_CONNECTED, 0, NULL);
}

static void on_not_subscribed(void *context, MQTTAsync_failureData5 *data G_GNUC_UNUSED)
{
    post(context, NEWS_LOST, 0, "the broker refuses the subscriptions");
}

/* What Paho may not send yet it keeps back, and looks again after a second, or when it is given the next one.
 * So nothing is given to it that it may not send. */
static void note_limits(SyncSession *session, MQTTProperties *properties)
{
    guint most = SYNC_WINDOW_SIZE;
    gsize largest = 0;

    if (MQTTProperties_hasProperty(properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM))
        most = (guint)MQTTProperties_getNumericValue(properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM);
    if (most > 2 * RESERVED)
        most -= RESERVED;
    if (MQTTProperties_hasProperty(properties, MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE))
        largest = (gsize)MQTTProperties_getNumericValue(properties, MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE);
    g_mutex_lock(&session->mutex);
    session->most = CLAMP(most, 1, SYNC_WINDOW_SIZE);
    session->largest = largest;
    g_mutex_unlock(&session->mutex);
}

/* Subscribes before anything is published, so that no `ack` is missed. */
static void on_connected(void *context, MQTTAsync_successData5 *data)
{
    SyncSession *session = context;
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    g_autofree char *ack = g_strconcat(session->root, "ack", NULL);
    g_autofree char *command = g_strconcat(session->root, "command", NULL);
    g_autofree char *config = g_strconcat(session->root, "config/+", NULL);
    char *topics[] = { ack, command, config };
    int qos[] = { 1, 1, 1 };
    MQTTSubscribe_options each[] = { MQTTSubscribe_options_initializer, MQTTSubscribe_options_initializer,
                                     MQTTSubscribe_options_initializer };

    nodelay_set_all();
    note_limits(session, &data->properties);
    each[1].retainAsPublished = 1; /* a retained command is refused, whenever it was published */
    each[2].retainAsPublished = 1;
    options.onSuccess5 = on_subscribed;
    options.onFailure5 = on_not_subscribed;
    options.context = session;
    options.subscribeOptionsCount = G_N_ELEMENTS(each);
    options.subscribeOptionsList = each;
    if (MQTTAsync_subscribeMany(session->client, G_N_ELEMENTS(topics), topics, qos, &options) !=
        MQTTASYNC_SUCCESS)
        post(session, NEWS_LOST, 0, "the subscriptions cannot be sent");
}

static void on_not_connected(void *context, MQTTAsync_failureData5 *data)
{
    SyncSession *session = context;
    const char *name = data && data->reasonCode >= 0x80 ? MQTTReasonCode_toString(data->reasonCode) : NULL;
    g_autofree char *text = NULL;

    g_mutex_lock(&session->mutex);
    text = g_strdup(session->tls_reason);
    g_mutex_unlock(&session->mutex);
    if (!text && name)
        text = g_strdup_printf("the broker refuses the connection: %s", name);
    if (!text)
        text = g_strdup(line_reason_explain(data ? data->message : NULL, session->tls, session->certificate));
    post(session, NEWS_LOST, 0, text);
}

/* The first of several is the cause. */
static int on_tls_error(const char *text, size_t length, void *context)
{
    SyncSession *session = context;

    g_mutex_lock(&session->mutex);
    if (!session->tls_reason)
        session->tls_reason = line_reason_read_tls(text, length);
    g_mutex_unlock(&session->mutex);
    return 1;
}

/* --- messages */

static char *find_signature(const MQTTAsync_message *message)
{
    MQTTProperties *properties = (MQTTProperties *)&message->properties;
    int n = MQTTProperties_propertyCount(properties, MQTTPROPERTY_CODE_USER_PROPERTY);

    for (int i = 0; i < n; i++) {
        const MQTTProperty *property =
            MQTTProperties_getPropertyAt(properties, MQTTPROPERTY_CODE_USER_PROPERTY, i);

        if (property && property->value.data.len == 3 && memcmp(property->value.data.data, "sig", 3) == 0 &&
            property->value.value.len <= 200 &&
            g_utf8_validate(property->value.value.data, property->value.value.len, NULL))
            return g_strndup(property->value.value.data, (gsize)property->value.value.len);
    }
    return g_strdup("");
}

static void keep_message(SyncSession *session, const char *topic, const MQTTAsync_message *message)
{
    SyncMessage *copy;

    if (!g_str_has_prefix(topic, session->root) || !g_utf8_validate(topic, -1, NULL))
        return;
    if (message->payloadlen < 0 || message->payloadlen > SYNC_SESSION_PAYLOAD_MAX) {
        complain(session, "a message that is too large was dropped");
        return;
    }
    copy = g_new0(SyncMessage, 1);
    copy->topic = g_strdup(topic + strlen(session->root));
    copy->payload = g_bytes_new(message->payload, MIN((gsize)message->payloadlen, SYNC_SESSION_PAYLOAD_KEPT));
    copy->signature = find_signature(message);
    copy->retained = message->retained != 0;
    if (!mailbox_post(session->messages, copy))
        complain(session, "a message was dropped, for too many wait");
}

static int on_arrived(void *context, char *topic, int topic_length, MQTTAsync_message *message)
{
    /* a longer length than the text says that it holds a NUL, which no topic of ours does */
    if (topic_length <= 0 || strlen(topic) == (gsize)topic_length)
        keep_message(context, topic, message);
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

/* --- main thread */

static void on_news(gpointer item, gpointer user_data)
{
    SyncSession *session = user_data;
    News *news = item;

    if (news->kind == NEWS_TAKEN)
        session->handlers.taken(session, news->token, session->user_data);
    else
        session->handlers.state(session,
                                news->kind == NEWS_CONNECTED ? SYNC_SESSION_CONNECTED : SYNC_SESSION_LOST,
                                news->text, session->user_data);
    free_news(news);
}

static void on_message(gpointer item, gpointer user_data)
{
    SyncSession *session = user_data;

    session->handlers.message(session, item, session->user_data);
    free_message(item);
}

static void add_number(MQTTProperties *properties, enum MQTTPropertyCodes code, guint value)
{
    MQTTProperty property = { .identifier = code };

    if (code == MQTTPROPERTY_CODE_RECEIVE_MAXIMUM)
        property.value.integer2 = (unsigned short)value;
    else
        property.value.integer4 = value;
    MQTTProperties_add(properties, &property);
}

static gboolean connect_client(SyncSession *session, const Site *site, const SyncBroker *broker,
                               const char *will, GError **error)
{
    MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer5;
    MQTTAsync_willOptions last = MQTTAsync_willOptions_initializer;
    MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
    MQTTProperties properties = MQTTProperties_initializer;
    g_autofree char *topic = g_strconcat(session->root, "status", NULL);
    int rc;

    last.topicName = topic;
    last.message = will;
    last.retained = 1;
    last.qos = 1;
    tls.trustStore = site->hq.ca_file[0] ? site->hq.ca_file : NULL;
    tls.keyStore = site->hq.cert_file[0] ? site->hq.cert_file : NULL;
    tls.privateKey = site->hq.key_file[0] ? site->hq.key_file : NULL;
    tls.verify = 1;
    tls.ssl_error_cb = on_tls_error;
    tls.ssl_error_context = session;
    add_number(&properties, MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE, PACKET_MAX);
    add_number(&properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM, MESSAGES_MAX / 2);
    options.keepAliveInterval = KEEPALIVE_S;
    options.connectTimeout = CONNECT_S;
    options.will = &last;
    options.ssl = broker->tls ? &tls : NULL;
    options.username = site->hq.username[0] ? site->hq.username : NULL;
    options.binarypwd.data = broker->password;
    options.binarypwd.len = broker->password ? (int)strlen(broker->password) : 0;
    options.connectProperties = &properties;
    options.onSuccess5 = on_connected;
    options.onFailure5 = on_not_connected;
    options.context = session;
    rc = MQTTAsync_connect(session->client, &options);
    MQTTProperties_free(&properties);
    if (rc != MQTTASYNC_SUCCESS)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "the MQTT library refuses to connect (%d)", rc);
    return rc == MQTTASYNC_SUCCESS;
}

static gboolean create_client(SyncSession *session, const Site *site, const SyncBroker *broker,
                              GError **error)
{
    static gsize ready;
    MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer5;
    g_autofree char *id = g_strconcat("station-", site->station.id, NULL);
    int rc;

    if (g_once_init_enter(&ready)) {
        MQTTAsync_init_options init = MQTTAsync_init_options_initializer;

        init.do_openssl_init = 1;
        MQTTAsync_global_init(&init);
        g_once_init_leave(&ready, 1);
    }
    options.maxBufferedMessages = QUEUED_MAX;
    rc = MQTTAsync_createWithOptions(&session->client, broker->uri, id, MQTTCLIENT_PERSISTENCE_USER,
                                     line_store_get_methods(session->store), &options);
    if (rc == MQTTASYNC_SUCCESS)
        rc = MQTTAsync_setCallbacks(session->client, session, on_connection_lost, on_arrived, NULL);
    if (rc == MQTTASYNC_SUCCESS)
        rc = MQTTAsync_setDisconnected(session->client, session, on_disconnected);
    if (rc != MQTTASYNC_SUCCESS)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "the MQTT library makes no client (%d)", rc);
    return rc == MQTTASYNC_SUCCESS;
}

SyncSession *sync_session_new(const Site *site, const char *broker, const char *will,
                              const SyncSessionHandlers *handlers, gpointer user_data, GError **error)
{
    g_autoptr(SyncBroker) parsed = sync_broker_new(broker, site->hq.password_file, error);
    SyncSession *session;

    if (!parsed)
        return NULL;
    session = g_new0(SyncSession, 1);
    session->handlers = *handlers;
    session->user_data = user_data;
    session->tls = parsed->tls;
    session->certificate = site->hq.cert_file[0] != '\0';
    session->root = g_strdup_printf("stationmaster/v1/%s/", site->station.id);
    g_mutex_init(&session->mutex);
    session->store = line_store_new();
    session->news = mailbox_new(NULL, G_PRIORITY_DEFAULT, STATES_MAX, on_news, free_news, session);
    session->messages =
        mailbox_new(NULL, G_PRIORITY_DEFAULT, MESSAGES_MAX, on_message, free_message, session);
    if (create_client(session, site, parsed, error) && connect_client(session, site, parsed, will, error))
        return session;
    sync_session_close(session);
    sync_session_free(session);
    return NULL;
}

void sync_session_close(SyncSession *session)
{
    mailbox_close(session->news);
    mailbox_close(session->messages);
    if (session->client)
        MQTTAsync_destroy(&session->client);
}

void sync_session_free(SyncSession *session)
{
    mailbox_free(session->news);
    mailbox_free(session->messages);
    line_store_free(session->store);
    g_mutex_clear(&session->mutex);
    g_queue_clear(&session->sizes);
    g_free(session->root);
    g_free(session->tls_reason);
    g_free(session->complaint);
    g_free(session);
}

void sync_session_leave(SyncSession *session, const char *farewell, guint limit_ms)
{
    MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer5;
    gint64 end_us = clock_boot_us() + (gint64)limit_ms * 1000;
    int token = sync_session_publish(session, "status", farewell, TRUE, FALSE);

    if (!token || MQTTAsync_waitForCompletion(session->client, token, limit_ms) != MQTTASYNC_SUCCESS)
        return;
    MQTTAsync_disconnect(session->client, &options);
    while (MQTTAsync_isConnected(session->client) && clock_boot_us() < end_us)
        g_usleep(5000); /* Paho has nothing to wait on; the program is ending */
}

/* Before Paho has it, for the broker may take it before Paho has returned. */
static void count_event(SyncSession *session, gsize size)
{
    g_mutex_lock(&session->mutex);
    g_queue_push_tail(&session->sizes, GSIZE_TO_POINTER(size));
    session->bytes += size;
    g_mutex_unlock(&session->mutex);
}

/* The last one, which Paho has not taken. */
static void uncount_event(SyncSession *session)
{
    g_mutex_lock(&session->mutex);
    session->bytes -= GPOINTER_TO_SIZE(g_queue_pop_tail(&session->sizes));
    g_mutex_unlock(&session->mutex);
}

int sync_session_publish(SyncSession *session, const char *topic, const char *text, gboolean retained,
                         gboolean event)
{
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    g_autofree char *full = g_strconcat(session->root, topic, NULL);
    const gsize size = strlen(text);

    options.onSuccess5 = event ? on_event_taken : on_taken;
    options.onFailure5 = event ? on_event_refused : on_refused;
    options.context = session;
    if (event)
        count_event(session, size);
    if (MQTTAsync_send(session->client, full, (int)size, text, 1, retained, &options) == MQTTASYNC_SUCCESS)
        return options.token;
    if (event)
        uncount_event(session);
    return 0;
}

guint sync_session_get_outstanding(SyncSession *session, gint64 *ret_taken_us)
{
    guint outstanding;

    g_mutex_lock(&session->mutex);
    outstanding = session->sizes.length;
    *ret_taken_us = session->taken_us;
    g_mutex_unlock(&session->mutex);
    return outstanding;
}

gsize sync_session_get_largest(SyncSession *session)
{
    const gsize frame = FRAME_MAX + strlen(session->root) + strlen("event");
    gsize largest;

    g_mutex_lock(&session->mutex);
    largest = session->largest;
    g_mutex_unlock(&session->mutex);
    if (largest == 0)
        return G_MAXSIZE;
    return largest > frame ? largest - frame : 0;
}

gboolean sync_session_has_room(SyncSession *session)
{
    gboolean room;

    g_mutex_lock(&session->mutex);
    room = session->sizes.length < session->most && session->bytes < BYTES_MAX;
    g_mutex_unlock(&session->mutex);
    return room;
}

void sync_session_want_room(SyncSession *session)
{
    gboolean room;

    g_mutex_lock(&session->mutex);
    room = is_half_empty(session);
    session->wanted = !room;
    g_mutex_unlock(&session->mutex);
    if (room)
        post(session, NEWS_TAKEN, 0, NULL);
}

char *sync_session_dup_complaint(SyncSession *session)
{
    char *text = NULL;

    g_mutex_lock(&session->mutex);
    if (session->complaints > 1)
        text = g_strdup_printf("%s (and %u more)", session->complaint, session->complaints - 1);
    else if (session->complaints == 1)
        text = g_strdup(session->complaint);
    session->complaints = 0;
    g_clear_pointer(&session->complaint, g_free);
    g_mutex_unlock(&session->mutex);
    return text;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sync-run.h"

#include "edge/base/clock.h"
#include "sync/sync-envelope.h"
#include "sync/sync-inbox.h"
#include "sync/sync-link.h"
#include "sync/sync-outbox.h"
#include "sync/sync-pages.h"
#include "sync/sync-window.h"

#include <string.h>

#define PAGE_EVENTS 500
#define PAGE_BYTES (2 * 1024 * 1024) /* larger pages are asked for with fewer events */
#define AHEAD_EVENTS 500             /* read before they may be published */
#define AHEAD_BYTES (16 * 1024 * 1024)
#define REPLIES_MAX 256
#define STRANGE_ACK_US G_USEC_PER_SEC /* stationd judges at most one a second */
#define START_US                                                                                             \
    (10 * G_USEC_PER_SEC) /* how long the first connection waits for them, whose will tells of them */
#define READY_US (2 * G_USEC_PER_SEC) /* how long messages for stationd wait for its books */

enum { TAG_STREAM, TAG_AGAIN };

typedef struct {
    char *text;
    int token; /* 0: not sent on this connection */
} Reply;

typedef struct {
    gint64 epoch, after;
} Asked;

struct SyncRun {
    const Site *site;
    SyncWindow *window;
    SyncPages *pages[SYNC_OUTBOX_TAGS];
    Asked asked[SYNC_OUTBOX_TAGS];
    guint page_events;
    gint64 pause_us; /* a page was not what it should be: no other one before */
    SyncOutbox *outbox;
    SyncLink *link;
    GQueue replies; /* Reply, that the broker has not taken */
    SyncInbox *inbox;
    gint64 began_us;   /* boot time */
    gint64 present_us; /* boot time since which stationd is there; 0: it is not */
    SyncStatus status; /* as it was last known */
    char *told;        /* the status that was published */
    char *reason;      /* why there is no line; for one message each */
    gint64 strange_us;
    guint tick_source;
};

static void say(const char *format, ...) G_GNUC_PRINTF(1, 2);

static void say(const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_printerr("station-sync: %s\n", text);
}

/* --- events */

static void ask_page(SyncRun *run, guint tag)
{
    SyncPages *pages = run->pages[tag];
    Asked asked = { sync_pages_get_epoch(pages), sync_pages_get_last(pages) };

    if (clock_boot_us() < run->pause_us)
        return;
    if (sync_outbox_read(run->outbox, tag, asked.epoch, asked.after, run->page_events))
        run->asked[tag] = asked;
}

/* The pages begin no later than what may have to be published again, and have no hole before what comes next.
 */
static void align_pages(SyncRun *run, const SyncEpoch *epoch)
{
    SyncPages *pages = run->pages[TAG_STREAM];

    if (sync_pages_get_epoch(pages) != epoch->epoch || sync_pages_get_before(pages) > epoch->acked ||
        sync_pages_get_last(pages) < epoch->acked)
        sync_pages_begin(pages, epoch->epoch, epoch->acked);
    sync_pages_drop(pages, epoch->acked);
}

static void read_ahead(SyncRun *run)
{
    const SyncEpoch *epoch = sync_window_get_draining(run->window);
    SyncPages *pages = run->pages[TAG_STREAM];

    if (!epoch || !sync_link_is_connected(run->link))
        return;
    align_pages(run, epoch);
    if (sync_pages_get_last(pages) < epoch->last && sync_pages_get_size(pages) < AHEAD_BYTES &&
        sync_pages_get_last(pages) - sync_window_get_cursor(run->window) < AHEAD_EVENTS)
        ask_page(run, TAG_STREAM);
}

static const char *find_again(SyncRun *run, const SyncEvent *event)
{
    SyncPages *pages = run->pages[TAG_AGAIN];
    const char *text = sync_pages_find(pages, event->epoch, event->seq);

    if (text)
        return text;
    if (sync_pages_get_epoch(pages) != event->epoch || sync_pages_get_last(pages) != event->seq - 1)
        sync_pages_begin(pages, event->epoch, event->seq - 1);
    sync_pages_drop(pages, event->seq - 1);
    ask_page(run, TAG_AGAIN);
    return NULL;
}

/* Nothing is published before EVENT is: headquarters must miss nothing, and the broker would end the line. */
static void tell_too_large(SyncRun *run, const SyncEvent *event, gsize size)
{
    g_autofree char *reason =
        g_strdup_printf("event %" G_GINT64_FORMAT ".%" G_GINT64_FORMAT " has %" G_GSIZE_FORMAT
                        " bytes and the broker takes %" G_GSIZE_FORMAT ": raise its limit",
                        event->epoch, event->seq, size, sync_link_get_largest(run->link));

    if (g_strcmp0(reason, run->reason) != 0)
        say("%s", reason);
    g_free(run->reason);
    run->reason = g_strdup(reason);
    if (!event->again)
        sync_outbox_set_line(run->outbox, TRUE, reason);
}

/* Publishes all that may be published and is here, then reads on. */
static void pump(SyncRun *run)
{
    gint64 now_us = clock_boot_us(), taken_us;
    guint outstanding = sync_link_get_outstanding(run->link, &taken_us);
    SyncEvent event;

    while (sync_link_has_room(run->link) && sync_window_find_next(run->window, outstanding, &event)) {
        const char *text = event.again ? find_again(run, &event)
                                       : sync_pages_find(run->pages[TAG_STREAM], event.epoch, event.seq);

        if (text && strlen(text) > sync_link_get_largest(run->link)) {
            tell_too_large(run, &event, strlen(text));
            if (!event.again)
                break;
            sync_window_publish(run->window, &event, outstanding,
                                now_us); /* HQ has had it, from a larger broker */
            continue;
        }
        if (!text || !sync_link_publish_event(run->link, text))
            break;
        sync_window_publish(run->window, &event, outstanding, now_us);
        outstanding = sync_link_get_outstanding(run->link, &taken_us);
    }
    if (!sync_link_has_room(run->link))
        sync_link_want_room(run->link);
    read_ahead(run);
}

static void fit_page_size(SyncRun *run, GVariant *events)
{
    gsize size = g_variant_get_size(events);

    if (size > PAGE_BYTES)
        run->page_events = MAX(run->page_events / 2, 1);
    else if (size < PAGE_BYTES / 4)
        run->page_events = MIN(run->page_events * 2, PAGE_EVENTS);
}

static void on_page(guint tag, GVariant *events, gpointer user_data)
{
    SyncRun *run = user_data;
    SyncPages *pages = run->pages[tag];
    const Asked *asked = &run->asked[tag];

    if (asked->epoch != sync_pages_get_epoch(pages) || asked->after != sync_pages_get_last(pages)) {
        pump(run); /* what was wanted has changed meanwhile */
        return;
    }
    if (events && sync_pages_add(pages, events)) {
        fit_page_size(run, events);
        pump(run);
        return;
    }
    if (tag == TAG_AGAIN) { /* too old, most likely; the stream must not wait for it */
        sync_window_give_up(run->window);
        sync_pages_begin(pages, 0, 0);
    }
    run->pause_us = clock_boot_us() + G_USEC_PER_SEC;
    sync_outbox_refresh(run->outbox);
}

/* --- status */

static void look_at_status(SyncRun *run)
{
    const SyncEpoch *newest = sync_window_get_newest(run->window);
    gboolean online = sync_outbox_is_present(run->outbox) && newest;

    if (online != run->status.online || run->status.since_us == 0) {
        run->status.online = online;
        run->status.since_us = clock_now().wall_us;
    }
    run->status.clock = clock_quality_name();
    if (newest) {
        run->status.epoch = newest->epoch;
        run->status.last_seq = newest->last;
        run->status.backlog = sync_window_get_backlog(run->window);
    }
}

static void tell_status(SyncRun *run)
{
    g_autofree char *text = NULL;

    look_at_status(run);
    text = sync_envelope_format_status(&run->status, run->site->station.timezone);
    if (!sync_link_is_connected(run->link) || g_strcmp0(text, run->told) == 0)
        return;
    if (!sync_link_publish(run->link, "status", text, TRUE))
        return;
    g_free(run->told);
    run->told = g_steal_pointer(&text);
}

/* What the broker says of us when we are gone; `since` is then the time of the connection. */
static char *format_farewell(SyncRun *run)
{
    SyncStatus status;

    look_at_status(run);
    status = run->status;
    status.online = FALSE;
    status.since_us = clock_now().wall_us;
    return sync_envelope_format_status(&status, run->site->station.timezone);
}

static char *get_will(gpointer user_data)
{
    return format_farewell(user_data);
}

/* --- replies */

static void free_reply(gpointer data)
{
    Reply *reply = data;

    g_free(reply->text);
    g_free(reply);
}

static void send_replies(SyncRun *run)
{
    for (GList *node = run->replies.head; node; node = node->next) {
        Reply *reply = node->data;

        if (!reply->token && strlen(reply->text) <= sync_link_get_largest(run->link))
            reply->token = sync_link_publish(run->link, "reply", reply->text, FALSE);
    }
}

static void on_reply(const char *text, gpointer user_data)
{
    SyncRun *run = user_data;
    Reply *reply = g_new0(Reply, 1);

    if (run->replies.length >= REPLIES_MAX)
        free_reply(g_queue_pop_head(&run->replies));
    reply->text = g_strdup(text);
    g_queue_push_tail(&run->replies, reply);
    send_replies(run);
}

static void on_taken(int token, gpointer user_data)
{
    SyncRun *run = user_data;

    for (GList *node = run->replies.head; node; node = node->next) {
        if (((Reply *)node->data)->token != token)
            continue;
        free_reply(node->data);
        g_queue_delete_link(&run->replies, node);
        return;
    }
}

/* --- commands and configuration */

static void on_answered(gpointer tag, gboolean busy, gpointer user_data)
{
    sync_inbox_answered(((SyncRun *)user_data)->inbox, tag, busy);
}

static void on_dropped(const char *topic, const char *why)
{
    say("a message on %s was dropped: %s", topic, why);
}

/* --- the line */

static void on_connected(gpointer user_data)
{
    SyncRun *run = user_data;

    say("connected");
    g_clear_pointer(&run->reason, g_free);
    g_clear_pointer(&run->told, g_free);
    sync_window_connect(run->window, clock_boot_us());
    sync_outbox_set_line(run->outbox, TRUE, "");
    tell_status(run);
    send_replies(run);
    pump(run);
}

static void on_lost(const char *reason, gpointer user_data)
{
    SyncRun *run = user_data;

    if (g_strcmp0(reason, run->reason) != 0)
        say("no line: %s", reason);
    g_free(run->reason);
    run->reason = g_strdup(reason);
    for (GList *node = run->replies.head; node; node = node->next)
        ((Reply *)node->data)->token = 0;
    sync_outbox_set_line(run->outbox, FALSE, reason);
}

static void on_ack(SyncRun *run, const SyncMessage *message)
{
    gint64 epoch, through, now_us = clock_boot_us();

    if (message->retained || !sync_envelope_parse_ack(message->payload, &epoch, &through))
        return;
    switch (sync_window_take_ack(run->window, epoch, &through, now_us)) {
    case SYNC_ACK_OLD:
        break;
    case SYNC_ACK_NEW:
        sync_link_settle(run->link);
        sync_outbox_take_ack(run->outbox, epoch, through, through, FALSE);
        pump(run);
        break;
    case SYNC_ACK_STRANGE:
        if (run->strange_us != 0 && now_us - run->strange_us < STRANGE_ACK_US)
            break;
        run->strange_us = now_us;
        sync_outbox_take_ack(run->outbox, epoch, through, sync_window_get_sent(run->window, epoch), TRUE);
        break;
    }
}

static void on_message(const SyncMessage *message, gpointer user_data)
{
    SyncRun *run = user_data;
    g_autofree char *topic = NULL;

    if (g_str_equal(message->topic, "ack")) {
        on_ack(run, message);
        return;
    }
    topic = g_strdup_printf("stationmaster/v1/%s/%s", run->site->station.id, message->topic);
    sync_inbox_add(run->inbox, topic, message);
}

static void on_room(gpointer user_data)
{
    pump(user_data);
}

/* --- stationd */

static void on_present(gboolean present, gpointer user_data)
{
    SyncRun *run = user_data;

    run->present_us = present ? clock_boot_us() : 0;
    sync_inbox_set_ready(run->inbox, FALSE);
    if (present)
        return;
    sync_window_clear(run->window);
    for (guint i = 0; i < SYNC_OUTBOX_TAGS; i++)
        sync_pages_begin(run->pages[i], 0, 0);
}

static void on_stranger(const char *station, gpointer user_data)
{
    SyncRun *run = user_data;

    say("stationd on this bus is of station %s, and [station] id is %s: nothing is published", station,
        run->site->station.id);
}

static void on_epochs(const SyncEpoch *epochs, gsize n, gboolean anew, gpointer user_data)
{
    SyncRun *run = user_data;

    if (anew) {
        sync_window_clear(run->window);
        sync_window_connect(run->window, clock_boot_us());
    }
    sync_window_set_epochs(run->window, epochs, n);
    sync_inbox_set_ready(run->inbox, TRUE); /* its books are open */
    sync_link_start(run->link);             /* with a will that knows them */
    tell_status(run);
    pump(run);
}

static void on_appended(gint64 epoch, gint64 last, gpointer user_data)
{
    SyncRun *run = user_data;

    if (sync_window_append(run->window, epoch, last))
        pump(run);
    else
        sync_outbox_refresh(run->outbox);
}

static void on_resend(gint64 epoch, gint64 from, gint64 to, gpointer user_data)
{
    SyncRun *run = user_data;

    if (sync_window_ask(run->window, epoch, from, to))
        pump(run);
}

/* --- the whole */

static gboolean on_tick(gpointer user_data)
{
    SyncRun *run = user_data;
    gint64 taken_us;
    guint outstanding = sync_link_get_outstanding(run->link, &taken_us);
    g_autofree char *complaint = sync_link_dup_complaint(run->link);

    if (complaint)
        say("%s", complaint);
    if (!sync_inbox_is_ready(run->inbox) && run->present_us != 0 &&
        clock_boot_us() - run->present_us >= READY_US)
        sync_inbox_set_ready(run->inbox, TRUE);
    if (clock_boot_us() - run->began_us >= START_US)
        sync_link_start(run->link);
    if (!sync_link_is_connected(run->link))
        return G_SOURCE_CONTINUE;
    switch (sync_window_turn(run->window, outstanding, taken_us, clock_boot_us())) {
    case SYNC_TURN_WAIT:
        break;
    case SYNC_TURN_AGAIN:
        say("headquarters acknowledges nothing: again from the last acknowledged event");
        break;
    case SYNC_TURN_DEAD:
        sync_link_drop(run->link, "the broker takes nothing");
        return G_SOURCE_CONTINUE;
    }
    tell_status(run);
    pump(run);
    return G_SOURCE_CONTINUE;
}

SyncRun *sync_run_new(const Site *site, gboolean session_bus, guint patience_s)
{
    static const SyncOutboxHandlers outbox = { .present = on_present,
                                               .stranger = on_stranger,
                                               .epochs = on_epochs,
                                               .page = on_page,
                                               .appended = on_appended,
                                               .reply = on_reply,
                                               .resend = on_resend,
                                               .answered = on_answered };
    static const SyncLinkHandlers link = { get_will, on_connected, on_lost, on_message, on_taken, on_room };
    SyncRun *run = g_new0(SyncRun, 1);

    run->site = site;
    run->began_us = clock_boot_us();
    run->window = sync_window_new((gint64)patience_s * G_USEC_PER_SEC);
    run->page_events = PAGE_EVENTS;
    for (guint i = 0; i < SYNC_OUTBOX_TAGS; i++)
        run->pages[i] = sync_pages_new();
    g_queue_init(&run->replies);
    run->outbox = sync_outbox_new(site->station.id, session_bus, &outbox, run);
    run->inbox = sync_inbox_new(run->outbox, on_dropped);
    run->link = sync_link_new(site, &link, run);
    run->tick_source = g_timeout_add_seconds(1, on_tick, run);
    return run;
}

void sync_run_free(SyncRun *run)
{
    g_autofree char *farewell = format_farewell(run);

    g_source_remove(run->tick_source);
    sync_link_free(run->link, farewell);
    sync_outbox_free(run->outbox);
    sync_inbox_free(run->inbox);
    sync_window_free(run->window);
    for (guint i = 0; i < SYNC_OUTBOX_TAGS; i++)
        sync_pages_free(run->pages[i]);
    g_queue_clear_full(&run->replies, free_reply);
    g_free(run->told);
    g_free(run->reason);
    g_free(run);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/hq/hq-collect.h"

#include "edge/base/safe-text.h"
#include "sync/hq/hq-books.h"
#include "sync/hq/hq-issue.h"
#include "sync/hq/hq-link.h"

#include <glib-unix.h>
#include <stdlib.h>
#include <unistd.h>

#define MOST_BATCH 1000u                      /* events in a transaction */
#define ENOUGH 50u                            /* not to wait for more: half of a station's window */
#define MOST_BATCH_BYTES (8u * 1024u * 1024u) /* and their bytes */
#define MOST_WAITING 20000u                   /* events in memory */
#define MOST_WAITING_BYTES (64u * 1024u * 1024u)
#define LONGEST_HOLD_US                                                                                      \
    (1 * G_USEC_PER_SEC)              /* how long a full queue holds the broker back before it drops         \
                                       */
#define LONGEST_GATHER_US (50 * 1000) /* how long a batch may take to gather */
#define QUIET_US 500                  /* without a new event: the batch is whole */
#define GAP_PERIOD_US (2 * G_USEC_PER_SEC)
#define LONGEST_BACK_OFF_US (30 * G_USEC_PER_SEC)
#define LONGEST_END_US (5 * G_USEC_PER_SEC)
#define MOST_TOLD 64u /* epochs of stations at a time, while their rows are locked */
#define RESEND_VALID_S 60u
#define MOST_ASKED 10000 /* events that a station gives again for one command */

typedef struct {
    const HqConfig *config;
    HqLink *link;
    GMainLoop *loop;
    char *reason; /* why there is no line, as it was told */

    GMutex lock; /* of what follows */
    GCond changed;
    GQueue waiting; /* HqEvent */
    gsize bytes;
    guint64 dropped;
    gboolean is_over, is_done;

    HqDatabase *database; /* the worker's own; NULL: away */
    gint64 back_off_us, next_gap_us;
    gboolean is_away; /* and that was said */
    guint64 taken;    /* messages that were committed */
} Collector;

static const char topic_events[] = "$share/hq/" HQ_EVENT_ROOT "+/event";

/* --- Paho's thread: in */

static void on_arrived(const char *topic, const char *payload, gsize size, gpointer user_data)
{
    Collector *self = user_data;
    HqEvent *event = hq_event_new(topic, payload, size);
    const gint64 until = g_get_monotonic_time() + LONGEST_HOLD_US;

    g_mutex_lock(&self->lock);
    while ((self->waiting.length >= MOST_WAITING || self->bytes >= MOST_WAITING_BYTES) && !self->is_over &&
           g_cond_wait_until(&self->changed, &self->lock, until))
        ;
    if (self->waiting.length < MOST_WAITING && self->bytes < MOST_WAITING_BYTES) {
        self->bytes += event->size;
        g_queue_push_tail(&self->waiting, g_steal_pointer(&event));
        if (self->waiting.length == 1 || self->waiting.length == ENOUGH)
            g_cond_broadcast(&self->changed);
    } else if (self->dropped++ == 0) {
        g_printerr("station-hq: more comes than can be stored; what is dropped will be sent again\n");
    }
    g_mutex_unlock(&self->lock);
    g_clear_pointer(&event, hq_event_free);
}

/* --- the worker's thread: into the database, and back */

/* Waits until UNTIL_US for the first event, and then for those that follow closely. */
static GPtrArray *take_batch(Collector *self, gint64 until_us)
{
    GPtrArray *batch = g_ptr_array_new_with_free_func((GDestroyNotify)hq_event_free);
    gsize bytes = 0;
    guint before = 0;

    g_mutex_lock(&self->lock);
    while (self->waiting.length == 0 && !self->is_over &&
           g_cond_wait_until(&self->changed, &self->lock, until_us))
        ;
    until_us = g_get_monotonic_time() + LONGEST_GATHER_US;
    while (self->waiting.length != before && self->waiting.length < ENOUGH && !self->is_over &&
           g_get_monotonic_time() < until_us) {
        before = self->waiting.length;
        g_cond_wait_until(&self->changed, &self->lock, g_get_monotonic_time() + QUIET_US);
    }
    while (self->waiting.length > 0 && batch->len < MOST_BATCH && bytes < MOST_BATCH_BYTES) {
        HqEvent *event = g_queue_pop_head(&self->waiting);

        bytes += event->size;
        g_ptr_array_add(batch, event);
    }
    self->bytes -= bytes;
    g_cond_broadcast(&self->changed);
    g_mutex_unlock(&self->lock);
    return batch;
}

static gboolean is_over(Collector *self)
{
    gboolean over = FALSE;

    g_mutex_lock(&self->lock);
    over = self->is_over;
    g_mutex_unlock(&self->lock);
    return over;
}

/* Lets the broker give to others what this collector cannot store now. */
static void lose_database(Collector *self, const GError *reason)
{
    g_clear_pointer(&self->database, hq_database_free);
    if (!self->is_away)
        g_printerr("station-hq: nothing is acknowledged until the database is back: %s\n", reason->message);
    self->is_away = TRUE;
    hq_link_want(self->link, FALSE);
}

static void wait_back_off(Collector *self)
{
    const gint64 until = g_get_monotonic_time() + self->back_off_us;

    self->back_off_us = MIN(self->back_off_us * 2, LONGEST_BACK_OFF_US);
    g_mutex_lock(&self->lock);
    while (!self->is_over && g_cond_wait_until(&self->changed, &self->lock, until))
        ;
    g_mutex_unlock(&self->lock);
}

/* False at the end of the program alone. */
static gboolean ensure_database(Collector *self)
{
    while (!self->database && !is_over(self)) {
        g_autoptr(GError) error = NULL;

        self->database = hq_database_open(self->config->database, &error);
        if (!self->database) {
            lose_database(self, error);
            wait_back_off(self);
            continue;
        }
        if (self->is_away)
            g_printerr("station-hq: the database is back\n");
        self->is_away = FALSE;
        hq_link_want(self->link, TRUE);
    }
    return self->database != NULL;
}

static void add_ack(GPtrArray *messages, const HqBooksPlace *place)
{
    HqLinkMessage *message = NULL;

    if (place->through == 0)
        return;
    message = g_new0(HqLinkMessage, 1);
    message->topic = g_strdup_printf(HQ_EVENT_ROOT "%s/ack", place->station);
    message->payload = g_strdup_printf("{\"epoch\":%" G_GINT64_FORMAT ",\"through\":%" G_GINT64_FORMAT "}",
                                       place->epoch, place->through);
    g_ptr_array_add(messages, message);
}

static gboolean acknowledge_some(Collector *self, GPtrArray *places, GError **error)
{
    g_autoptr(GPtrArray) messages = g_ptr_array_new_with_free_func((GDestroyNotify)hq_link_message_free);
    gboolean is_told = FALSE;

    if (!hq_books_begin_ack(self->database, places, error))
        return FALSE;
    for (guint i = 0; i < places->len; i++)
        add_ack(messages, places->pdata[i]);
    is_told = messages->len == 0 || hq_link_publish(self->link, messages);
    return hq_books_end_ack(self->database, places, is_told, error);
}

/* What is lost here is no loss: a station that is told nothing sends again, and is then answered. */
static gboolean acknowledge(Collector *self, GPtrArray *places, GError **error)
{
    gboolean done = TRUE;

    for (guint first = 0; done && first < places->len; first += MOST_TOLD) {
        g_autoptr(GPtrArray) some = g_ptr_array_new();

        for (guint i = first; i < MIN(first + MOST_TOLD, places->len); i++)
            g_ptr_array_add(some, places->pdata[i]);
        done = acknowledge_some(self, some, error);
    }
    return done;
}

static gboolean tell_trouble(Collector *self, const char *trouble, GError **error)
{
    g_autofree char *safe = safe_text_dup(trouble); /* whose topic is anybody's */
    g_autoptr(PGresult) told = NULL;

    g_printerr("station-hq: %s\n", safe);
    told = hq_database_query(self->database, "trouble-tell", 1, &trouble, error);
    return told != NULL;
}

static gboolean tell_troubles(Collector *self, GPtrArray *troubles, GError **error)
{
    gboolean done = TRUE;

    for (guint i = 0; done && i < troubles->len; i++)
        done = tell_trouble(self, troubles->pdata[i], error);
    return done;
}

static gboolean store(Collector *self, GPtrArray *batch, gboolean *ret_is_stored, GError **error)
{
    GPtrArray *places = NULL, *troubles = NULL;
    gboolean done = FALSE;

    if (!hq_books_take(self->database, batch, &places, &troubles, error))
        return FALSE;
    *ret_is_stored = TRUE;
    self->taken += batch->len;
    self->back_off_us = G_USEC_PER_SEC;
    done = acknowledge(self, places, error) && tell_troubles(self, troubles, error);
    g_ptr_array_unref(places);
    g_ptr_array_unref(troubles);
    return done;
}

static gboolean tell_gap(Collector *self, const HqBooksPlace *gap, GError **error)
{
    g_autofree char *text = g_strdup_printf("%s, epoch %" G_GINT64_FORMAT ": %" G_GINT64_FORMAT
                                            " to %" G_GINT64_FORMAT " are missing, asked for %u time%s%s",
                                            gap->station, gap->epoch, gap->through + 1, gap->last, gap->asked,
                                            gap->asked == 1 ? "" : "s", gap->is_last ? " and no more" : "");

    return tell_trouble(self, text, error);
}

/* By a command where there is a key to sign it with, else by the acknowledgement that the station had last.
 */
static gboolean ask_again(Collector *self, const HqBooksPlace *gap, GError **error)
{
    g_autoptr(GPtrArray) place = g_ptr_array_new();
    g_autoptr(GError) reason = NULL;
    g_autofree char *text = NULL, *id = NULL;

    if (!tell_gap(self, gap, error))
        return FALSE;
    if (!self->config->has_seed) {
        g_ptr_array_add(place, (gpointer)gap);
        return acknowledge(self, place, error);
    }
    text = g_strdup_printf("{\"epoch\":%" G_GINT64_FORMAT ",\"from\":%" G_GINT64_FORMAT
                           ",\"to\":%" G_GINT64_FORMAT "}",
                           gap->epoch, gap->through + 1, MIN(gap->last, gap->through + MOST_ASKED));
    g_autoptr(JsonNode) args = json_from_string(text, NULL);

    id = hq_issue_command(self->config, self->database, self->link, gap->station, "events.resend", args,
                          RESEND_VALID_S, &reason);
    if (!id && reason->domain == HQ_DATABASE_ERROR) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return FALSE;
    }
    return TRUE;
}

/* What could not be told when it was committed, by whichever collector. */
static gboolean tell_untold(Collector *self, GError **error)
{
    g_autoptr(GPtrArray) places = hq_books_find_untold(self->database, error);

    return places && acknowledge(self, places, error);
}

static gboolean ask_for_gaps(Collector *self, GError **error)
{
    g_autoptr(GPtrArray) gaps = NULL;
    gboolean done = TRUE;

    if (g_get_monotonic_time() < self->next_gap_us)
        return TRUE;
    self->next_gap_us = g_get_monotonic_time() + GAP_PERIOD_US;
    if (!tell_untold(self, error))
        return FALSE;
    gaps = hq_books_take_gaps(self->database, error);
    for (guint i = 0; gaps && done && i < gaps->len; i++)
        done = ask_again(self, gaps->pdata[i], error);
    return gaps && done;
}

static gpointer work(gpointer user_data)
{
    Collector *self = user_data;
    GPtrArray *batch = NULL;

    while (ensure_database(self) && !is_over(self)) {
        g_autoptr(GError) error = NULL;
        gboolean is_stored = FALSE;

        if (!batch)
            batch = take_batch(self, self->next_gap_us);
        if ((batch->len > 0 && !store(self, batch, &is_stored, &error)) || !ask_for_gaps(self, &error)) {
            lose_database(self, error);
            wait_back_off(self);
        }
        if (batch->len == 0 || is_stored)
            g_clear_pointer(&batch, g_ptr_array_unref);
    }
    g_clear_pointer(&batch, g_ptr_array_unref);
    g_clear_pointer(&self->database, hq_database_free);
    g_mutex_lock(&self->lock);
    self->is_done = TRUE;
    g_cond_broadcast(&self->changed);
    g_mutex_unlock(&self->lock);
    return NULL;
}

/* --- the main loop */

/* One message for each reason, not for each attempt. */
static void on_changed(gboolean is_online, const char *reason, gpointer user_data)
{
    Collector *self = user_data;

    if (is_online)
        g_print("station-hq: collecting\n");
    else if (g_strcmp0(reason, self->reason) != 0)
        g_printerr("station-hq: no line to the broker: %s\n", reason);
    g_free(self->reason);
    self->reason = is_online ? NULL : g_strdup(reason);
}

static gboolean on_signal(gpointer user_data)
{
    g_main_loop_quit(((Collector *)user_data)->loop);
    return G_SOURCE_CONTINUE;
}

/* Waits for the worker, but not for a database that does not answer: what is not acknowledged is sent again.
 */
static void finish(Collector *self, GThread *worker)
{
    const gint64 until = g_get_monotonic_time() + LONGEST_END_US;

    g_mutex_lock(&self->lock);
    self->is_over = TRUE;
    g_cond_broadcast(&self->changed);
    while (!self->is_done && g_cond_wait_until(&self->changed, &self->lock, until))
        ;
    if (!self->is_done)
        _exit(EXIT_SUCCESS);
    g_mutex_unlock(&self->lock);
    g_thread_join(worker);
    g_print("station-hq: %" G_GUINT64_FORMAT " events taken in\n", self->taken);
}

int hq_collect_run(const HqConfig *config)
{
    const char *const topics[] = { topic_events, NULL };
    Collector self = { .config = config, .back_off_us = G_USEC_PER_SEC };
    const HqLinkSetup setup = { .config = config,
                                .name = "station-hq-collect",
                                .topics = topics,
                                .arrived = on_arrived,
                                .changed = on_changed,
                                .user_data = &self };
    GThread *worker = NULL;

    g_mutex_init(&self.lock);
    g_cond_init(&self.changed);
    g_queue_init(&self.waiting);
    self.loop = g_main_loop_new(NULL, FALSE);
    g_unix_signal_add(SIGTERM, on_signal, &self);
    g_unix_signal_add(SIGINT, on_signal, &self);
    self.link = hq_link_new(&setup);
    worker = g_thread_new("hq-worker", work, &self);
    g_main_loop_run(self.loop);
    finish(&self, worker);
    hq_link_free(self.link);
    g_queue_clear_full(&self.waiting, (GDestroyNotify)hq_event_free);
    g_main_loop_unref(self.loop);
    g_free(self.reason);
    g_mutex_clear(&self.lock);
    g_cond_clear(&self.changed);
    return EXIT_SUCCESS;
}

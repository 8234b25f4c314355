/* SPDX-License-Identifier: Apache-2.0 */
/* What may be published now: strictly by seq, older epochs before newer ones, at most SYNC_WINDOW_SIZE events
 * that HQ has not acknowledged, again from acked + 1 where HQ shows no progress, and ranges that HQ asks for
 * once more. Pure: time comes in (boot time, microseconds). Main thread. */
#pragma once

#include <glib.h>

#define SYNC_WINDOW_SIZE 100                          /* CONTRACT section 6 */
#define SYNC_WINDOW_PATIENCE_US (30 * G_USEC_PER_SEC) /* without progress of `ack`; ibid. */
#define SYNC_WINDOW_RANGES 16                         /* that HQ may have asked for and that wait */

typedef struct SyncWindow SyncWindow;

typedef struct {
    gint64 epoch;
    gint64 acked; /* all up to it is committed at HQ */
    gint64 last;  /* seq of the newest event */
    gint64 begun; /* the window's own: `last` when it first heard of the epoch */
} SyncEpoch;

/* An event by its name. AGAIN: out of turn, because HQ asked for it. */
typedef struct {
    gint64 epoch, seq;
    gboolean again;
} SyncEvent;

typedef enum {
    SYNC_ACK_OLD,    /* known already, or not to be judged yet: HQ will say it again */
    SYNC_ACK_NEW,    /* progress; stationd must hear of it */
    SYNC_ACK_STRANGE /* of another epoch, or beyond what can have been published: stationd judges */
} SyncAck;

typedef enum {
    SYNC_TURN_WAIT,
    SYNC_TURN_AGAIN, /* HQ has been silent for too long: from acked + 1 again */
    SYNC_TURN_DEAD   /* the broker has not taken anything for too long: the line is no line */
} SyncTurn;

/* HQ, and the broker, may show no progress for PATIENCE_US. */
SyncWindow *sync_window_new(gint64 patience_us);
void sync_window_free(SyncWindow *window);

/* Forgets everything: stationd is gone. */
void sync_window_clear(SyncWindow *window);

/* The outbox as stationd tells it, N epochs, the oldest first. What was published and acknowledged here of an
 * epoch that is still in it stays known. */
void sync_window_set_epochs(SyncWindow *window, const SyncEpoch *epochs, gsize n);

/* LAST is the newest event of EPOCH. False where that is not the newest epoch known: the outbox must be read
 * anew. */
gboolean sync_window_append(SyncWindow *window, gint64 epoch, gint64 last);

/* A new connection stands, on which nothing has been published: from acked + 1. */
void sync_window_connect(SyncWindow *window, gint64 now_us);

/* The event to publish next, while OUTSTANDING wait for the broker's own acknowledgement; false: none may be.
 */
gboolean sync_window_find_next(const SyncWindow *window, guint outstanding, SyncEvent *ret);

/* EVENT, which find_next() gave, has been handed to the line. */
void sync_window_publish(SyncWindow *window, const SyncEvent *event, guint outstanding, gint64 now_us);

/* HQ says that all of EPOCH up to THROUGH is committed. With SYNC_ACK_NEW, THROUGH becomes what may be
 * believed of it: what was published here. HQ may truly have more, from a run before this one, or from a
 * station that an older backup has taken the place of; but what it has may be something else, so that all is
 * published. */
SyncAck sync_window_take_ack(SyncWindow *window, gint64 epoch, gint64 *through, gint64 now_us);

/* To be called each second while connected; the broker took the latest publication at TAKEN_US (0: none yet).
 */
SyncTurn sync_window_turn(SyncWindow *window, guint outstanding, gint64 taken_us, gint64 now_us);

/* Publishes FROM … TO of EPOCH once more, before all else. False where too many ranges wait or it is no
 * range; of it, what has never been published comes in its turn instead. */
gboolean sync_window_ask(SyncWindow *window, gint64 epoch, gint64 from, gint64 to);

/* Gives up the range that find_next() would take from: the station has it no more. */
void sync_window_give_up(SyncWindow *window);

/* The epoch that is being drained, borrowed until the next change; NULL while nothing is known. */
const SyncEpoch *sync_window_get_draining(const SyncWindow *window);
/* The newest epoch; the same. */
const SyncEpoch *sync_window_get_newest(const SyncWindow *window);
/* The last event of the draining epoch that was published on this connection. */
gint64 sync_window_get_cursor(const SyncWindow *window);
/* The last event of EPOCH that was published here; 0 where it is not being drained. */
gint64 sync_window_get_sent(const SyncWindow *window, gint64 epoch);
/* Events that HQ has not acknowledged, of all epochs. */
gint64 sync_window_get_backlog(const SyncWindow *window);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SyncWindow, sync_window_free)

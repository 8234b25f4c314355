/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sync-window.h"

typedef struct {
    gint64 epoch, from, to;
} Range;

struct SyncWindow {
    GArray *epochs; /* SyncEpoch, the oldest first */
    GArray *ranges; /* Range, the first asked first */
    guint draining; /* index of the epoch that is drained */
    gint64 cursor;  /* of it: published on this connection; at least acked */
    gint64 sent;    /* of it: ever published; at least cursor */
    gint64 patience_us;
    gint64 progress_us;
    gint64 waiting_us; /* since when the broker has something to take */
};

static SyncEpoch *epoch_at(const SyncWindow *window, guint i)
{
    return &g_array_index(window->epochs, SyncEpoch, i);
}

static SyncEpoch *draining(const SyncWindow *window)
{
    return window->epochs->len > 0 ? epoch_at(window, window->draining) : NULL;
}

SyncWindow *sync_window_new(gint64 patience_us)
{
    SyncWindow *window = g_new0(SyncWindow, 1);

    window->patience_us = patience_us;
    window->epochs = g_array_new(FALSE, FALSE, sizeof(SyncEpoch));
    window->ranges = g_array_new(FALSE, FALSE, sizeof(Range));
    return window;
}

void sync_window_free(SyncWindow *window)
{
    g_array_unref(window->epochs);
    g_array_unref(window->ranges);
    g_free(window);
}

void sync_window_clear(SyncWindow *window)
{
    g_array_set_size(window->epochs, 0);
    g_array_set_size(window->ranges, 0);
    window->draining = 0;
    window->cursor = window->sent = 0;
}

/* The first epoch that is not empty, else the newest. */
static void choose(SyncWindow *window)
{
    const SyncEpoch *epoch;
    guint i = 0;

    while (i + 1 < window->epochs->len && epoch_at(window, i)->acked >= epoch_at(window, i)->last)
        i++;
    window->draining = i;
    epoch = draining(window);
    window->cursor = window->sent = epoch ? epoch->acked : 0;
}

/* What EPOCH was when it was told the last time; NULL: it is new. */
static const SyncEpoch *find_old(const GArray *old, gint64 epoch)
{
    for (guint i = 0; i < old->len; i++) {
        if (g_array_index(old, SyncEpoch, i).epoch == epoch)
            return &g_array_index(old, SyncEpoch, i);
    }
    return NULL;
}

void sync_window_set_epochs(SyncWindow *window, const SyncEpoch *epochs, gsize n)
{
    g_autoptr(GArray) old = window->epochs;
    const SyncEpoch *before = draining(window);
    gint64 cursor = window->cursor, sent = window->sent;

    window->epochs = g_array_new(FALSE, FALSE, sizeof(SyncEpoch));
    for (gsize i = 0; i < n; i++) {
        const SyncEpoch *known = find_old(old, epochs[i].epoch);
        SyncEpoch epoch = epochs[i];

        if (known && i + 1 < n && epoch.last < known->last)
            known = NULL; /* an older backup has taken its place */
        epoch.acked = known ? MAX(epoch.acked, MIN(known->acked, epoch.last)) : epoch.acked;
        epoch.last = known ? MAX(epoch.last, known->last) : epoch.last;
        epoch.begun = known ? known->begun : epoch.last;
        g_array_append_val(window->epochs, epoch);
    }
    choose(window);
    if (before && n > 0 && draining(window)->epoch == before->epoch &&
        draining(window)->last >= before->last) {
        window->cursor = MAX(cursor, draining(window)->acked);
        window->sent = MAX(sent, draining(window)->acked);
    }
}

gboolean sync_window_append(SyncWindow *window, gint64 epoch, gint64 last)
{
    SyncEpoch *newest = window->epochs->len > 0 ? epoch_at(window, window->epochs->len - 1) : NULL;

    if (!newest || newest->epoch != epoch)
        return FALSE;
    newest->last = MAX(newest->last, last);
    return TRUE;
}

void sync_window_connect(SyncWindow *window, gint64 now_us)
{
    const SyncEpoch *epoch = draining(window);

    window->cursor = epoch ? epoch->acked : 0;
    window->progress_us = window->waiting_us = now_us;
}

gboolean sync_window_find_next(const SyncWindow *window, guint outstanding, SyncEvent *ret)
{
    const SyncEpoch *epoch = draining(window);

    if (!epoch || outstanding >= SYNC_WINDOW_SIZE)
        return FALSE;
    if (window->ranges->len > 0) {
        const Range *range = &g_array_index(window->ranges, Range, 0);

        *ret = (SyncEvent){ range->epoch, range->from, TRUE };
        return TRUE;
    }
    if (window->cursor >= epoch->last || window->cursor - epoch->acked >= SYNC_WINDOW_SIZE)
        return FALSE;
    *ret = (SyncEvent){ epoch->epoch, window->cursor + 1, FALSE };
    return TRUE;
}

static void advance_range(SyncWindow *window)
{
    Range *range = &g_array_index(window->ranges, Range, 0);

    if (range->from++ >= range->to)
        g_array_remove_index(window->ranges, 0);
}

void sync_window_publish(SyncWindow *window, const SyncEvent *event, guint outstanding, gint64 now_us)
{
    const SyncEpoch *epoch = draining(window);

    if (outstanding == 0)
        window->waiting_us = now_us;
    if (event->again) {
        advance_range(window);
        return;
    }
    if (window->cursor <= epoch->acked)
        window->progress_us = now_us;
    window->cursor = event->seq;
    window->sent = MAX(window->sent, event->seq);
}

/* What HQ may rightly acknowledge of the epoch that is drained: what was published here, or by a run before
 * this one. Of an older epoch HQ has whatever it has. */
static gint64 find_most(const SyncWindow *window)
{
    const SyncEpoch *epoch = draining(window);

    return window->draining + 1 < window->epochs->len ? G_MAXINT64 : MAX(window->sent, epoch->begun);
}

SyncAck sync_window_take_ack(SyncWindow *window, gint64 epoch, gint64 *through, gint64 now_us)
{
    SyncEpoch *current = draining(window);

    for (guint i = 0; i < window->epochs->len; i++) {
        const SyncEpoch *known = epoch_at(window, i);

        if (known->epoch == epoch && *through <= (known == current ? known->acked : known->last))
            return SYNC_ACK_OLD; /* of one that is not its turn HQ says it again when it is */
    }
    if (!current) /* stationd has just come and not said what it has: HQ will say it again */
        return SYNC_ACK_OLD;
    if (current->epoch != epoch || *through > find_most(window))
        return SYNC_ACK_STRANGE;
    *through = MIN(*through, window->sent);
    if (*through <= current->acked)
        return SYNC_ACK_OLD;
    current->acked = *through;
    window->cursor = MAX(window->cursor, *through);
    window->progress_us = now_us;
    if (current->acked >= current->last && window->draining + 1 < window->epochs->len)
        choose(window);
    return SYNC_ACK_NEW;
}

SyncTurn sync_window_turn(SyncWindow *window, guint outstanding, gint64 taken_us, gint64 now_us)
{
    const SyncEpoch *epoch = draining(window);
    gint64 line_us = MAX(window->waiting_us, taken_us);

    if (outstanding > 0) /* a copy is under way: another one would only lengthen the queue */
        return now_us - line_us >= window->patience_us ? SYNC_TURN_DEAD : SYNC_TURN_WAIT;
    if (!epoch || window->cursor <= epoch->acked)
        return SYNC_TURN_WAIT;
    if (now_us - MAX(window->progress_us, taken_us) < window->patience_us)
        return SYNC_TURN_WAIT;
    window->cursor = epoch->acked;
    window->progress_us = now_us;
    return SYNC_TURN_AGAIN;
}

gboolean sync_window_ask(SyncWindow *window, gint64 epoch, gint64 from, gint64 to)
{
    const SyncEpoch *current = draining(window);
    Range range = { epoch, from, to };

    if (from < 1 || to < from || window->ranges->len >= SYNC_WINDOW_RANGES || !current)
        return FALSE;
    if (epoch == current->epoch)
        range.to = MIN(to, window->cursor);
    if (range.to >= range.from)
        g_array_append_val(window->ranges, range);
    return TRUE;
}

void sync_window_give_up(SyncWindow *window)
{
    if (window->ranges->len > 0)
        g_array_remove_index(window->ranges, 0);
}

const SyncEpoch *sync_window_get_draining(const SyncWindow *window)
{
    return draining(window);
}

const SyncEpoch *sync_window_get_newest(const SyncWindow *window)
{
    return window->epochs->len > 0 ? epoch_at(window, window->epochs->len - 1) : NULL;
}

gint64 sync_window_get_cursor(const SyncWindow *window)
{
    return window->cursor;
}

gint64 sync_window_get_sent(const SyncWindow *window, gint64 epoch)
{
    const SyncEpoch *current = draining(window);

    return current && current->epoch == epoch ? window->sent : 0;
}

gint64 sync_window_get_backlog(const SyncWindow *window)
{
    gint64 backlog = 0;

    for (guint i = 0; i < window->epochs->len; i++)
        backlog += epoch_at(window, i)->last - epoch_at(window, i)->acked;
    return backlog;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sync-window.h"

#define SECOND G_USEC_PER_SEC

static gint64 publish_all(SyncWindow *window, guint outstanding, gint64 now_us, gboolean again)
{
    SyncEvent event;
    gint64 last = 0;

    while (sync_window_find_next(window, outstanding, &event)) {
        if (last)
            g_assert_cmpint(event.seq, ==, last + 1);
        g_assert_cmpint(event.again, ==, again);
        last = event.seq;
        sync_window_publish(window, &event, outstanding, now_us);
    }
    return last;
}

static SyncWindow *new_window(gint64 acked, gint64 last)
{
    SyncWindow *window = sync_window_new(30 * SECOND);
    SyncEpoch epoch = { .epoch = 7, .acked = acked, .last = last };

    sync_window_set_epochs(window, &epoch, 1);
    sync_window_connect(window, 0);
    return window;
}

static SyncAck take(SyncWindow *window, gint64 epoch, gint64 through, gint64 now_us)
{
    return sync_window_take_ack(window, epoch, &through, now_us);
}

static void test_window(void)
{
    g_autoptr(SyncWindow) window = new_window(10, 11);

    g_assert_true(sync_window_append(window, 7, 500));
    g_assert_cmpint(publish_all(window, 0, SECOND, FALSE), ==, 110);
    g_assert_cmpint(take(window, 7, 50, SECOND), ==, SYNC_ACK_NEW);
    g_assert_cmpint(publish_all(window, 0, SECOND, FALSE), ==, 150);
    g_assert_cmpint(take(window, 7, 50, SECOND), ==, SYNC_ACK_OLD);
    g_assert_cmpint(take(window, 7, 151, SECOND), ==, SYNC_ACK_STRANGE);
    g_assert_cmpint(take(window, 8, 1, SECOND), ==, SYNC_ACK_STRANGE);
    g_assert_cmpint(sync_window_get_backlog(window), ==, 450);
    g_assert_cmpint(publish_all(window, SYNC_WINDOW_SIZE, SECOND, FALSE), ==, 0);
}

/* What HQ has from others than this run is published all the same: it may be something else there. */
static void test_known_before(void)
{
    g_autoptr(SyncWindow) window = new_window(10, 300);
    SyncEpoch epochs[] = { { .epoch = 7, .acked = 10, .last = 400 }, { .epoch = 8, .last = 5 } };
    gint64 through = 250;

    publish_all(window, 0, SECOND, FALSE);
    g_assert_cmpint(sync_window_take_ack(window, 7, &through, SECOND), ==, SYNC_ACK_NEW);
    g_assert_cmpint(through, ==, 110);
    g_assert_cmpint(sync_window_get_sent(window, 7), ==, 110);
    g_assert_cmpint(take(window, 7, 250, SECOND), ==, SYNC_ACK_OLD);
    g_assert_true(sync_window_append(window, 7, 400));
    g_assert_cmpint(take(window, 7, 301, SECOND), ==, SYNC_ACK_STRANGE);
    g_assert_cmpint(publish_all(window, 0, SECOND, FALSE), ==, 210);
    sync_window_set_epochs(window, epochs, 2); /* an older one: HQ may have more of it than there is */
    g_assert_cmpint(take(window, 8, 5, SECOND), ==, SYNC_ACK_OLD);
    g_assert_cmpint(take(window, 8, 6, SECOND), ==, SYNC_ACK_STRANGE);
    g_assert_cmpint(sync_window_get_sent(window, 8), ==, 0);
    through = 1000;
    g_assert_cmpint(sync_window_take_ack(window, 7, &through, SECOND), ==, SYNC_ACK_NEW);
    g_assert_cmpint(through, ==, 210);
}

static void test_patience(void)
{
    g_autoptr(SyncWindow) window = new_window(0, 5);

    g_assert_cmpint(publish_all(window, 0, SECOND, FALSE), ==, 5);
    g_assert_cmpint(sync_window_turn(window, 0, 2 * SECOND, 31 * SECOND), ==, SYNC_TURN_WAIT);
    g_assert_cmpint(take(window, 7, 2, 20 * SECOND), ==, SYNC_ACK_NEW);
    g_assert_cmpint(sync_window_turn(window, 0, 2 * SECOND, 49 * SECOND), ==, SYNC_TURN_WAIT);
    g_assert_cmpint(sync_window_turn(window, 0, 2 * SECOND, 50 * SECOND), ==, SYNC_TURN_AGAIN);
    g_assert_cmpint(sync_window_get_cursor(window), ==, 2);
    g_assert_cmpint(publish_all(window, 0, 50 * SECOND, FALSE), ==, 5);
    g_assert_cmpint(take(window, 7, 5, 51 * SECOND), ==, SYNC_ACK_NEW);
    g_assert_cmpint(sync_window_turn(window, 0, 2 * SECOND, 500 * SECOND), ==, SYNC_TURN_WAIT);
}

/* While a copy is under way another one would only lengthen the queue; a broker that takes nothing is none.
 */
static void test_dead(void)
{
    g_autoptr(SyncWindow) window = new_window(0, 5);

    g_assert_cmpint(publish_all(window, 0, SECOND, FALSE), ==, 5);
    g_assert_cmpint(sync_window_turn(window, 3, 10 * SECOND, 39 * SECOND), ==, SYNC_TURN_WAIT);
    g_assert_cmpint(sync_window_turn(window, 3, 10 * SECOND, 40 * SECOND), ==, SYNC_TURN_DEAD);
    sync_window_connect(window, 41 * SECOND);
    g_assert_cmpint(publish_all(window, 0, 41 * SECOND, FALSE), ==, 5);
    g_assert_cmpint(sync_window_turn(window, 5, 0, 70 * SECOND), ==, SYNC_TURN_WAIT);
}

static void test_epochs(void)
{
    SyncEpoch epochs[] = { { .epoch = 7, .acked = 1, .last = 3 }, { .epoch = 9, .last = 2 } };
    g_autoptr(SyncWindow) window = sync_window_new(30 * SECOND);
    SyncEvent event;

    sync_window_set_epochs(window, epochs, 2);
    sync_window_connect(window, 0);
    g_assert_cmpint(sync_window_get_backlog(window), ==, 4);
    g_assert_cmpint(publish_all(window, 0, 0, FALSE), ==, 3);
    g_assert_true(sync_window_append(window, 9, 4));
    g_assert_false(sync_window_append(window, 7, 9));
    g_assert_false(sync_window_append(window, 11, 1));
    g_assert_false(sync_window_find_next(window, 0, &event));
    g_assert_cmpint(take(window, 7, 3, 0), ==, SYNC_ACK_NEW);
    g_assert_true(sync_window_find_next(window, 0, &event));
    g_assert_cmpint(event.epoch, ==, 9);
    g_assert_cmpint(publish_all(window, 0, 0, FALSE), ==, 4);
    g_assert_cmpint(take(window, 7, 3, 0), ==, SYNC_ACK_OLD);
}

/* stationd says again what it knows, which may be less than what was acknowledged here. */
static void test_refresh(void)
{
    g_autoptr(SyncWindow) window = new_window(0, 50);
    SyncEpoch same = { .epoch = 7, .acked = 10, .last = 60 };
    SyncEpoch other = { .epoch = 8, .last = 5 };

    publish_all(window, 0, 0, FALSE);
    take(window, 7, 20, 0);
    sync_window_set_epochs(window, &same, 1);
    g_assert_cmpint(sync_window_get_draining(window)->acked, ==, 20);
    g_assert_cmpint(sync_window_get_cursor(window), ==, 50);
    sync_window_clear(window);
    g_assert_null(sync_window_get_draining(window));
    g_assert_cmpint(take(window, 7, 30, 0), ==, SYNC_ACK_OLD); /* nobody can judge it now */
    sync_window_set_epochs(window, &same, 1);
    g_assert_cmpint(sync_window_get_cursor(window), ==, 10);
    sync_window_set_epochs(window, &other, 1);
    g_assert_cmpint(publish_all(window, 0, 0, FALSE), ==, 5);
}

/* A backup is restored: the epoch becomes an older one, shorter than it was, and drains once more. */
static void test_restored(void)
{
    g_autoptr(SyncWindow) window = new_window(0, 100);
    SyncEpoch epochs[] = { { .epoch = 7, .acked = 40, .last = 50 }, { .epoch = 8, .last = 1 } };
    SyncEvent event;
    gint64 through = 100;

    publish_all(window, 0, 0, FALSE);
    g_assert_cmpint(take(window, 7, 100, 0), ==, SYNC_ACK_NEW);
    sync_window_set_epochs(window, epochs, 2);
    g_assert_cmpint(publish_all(window, 0, 0, FALSE), ==, 50);
    g_assert_cmpint(sync_window_take_ack(window, 7, &through, 0), ==, SYNC_ACK_NEW);
    g_assert_cmpint(through, ==, 50);
    g_assert_true(sync_window_find_next(window, 0, &event));
    g_assert_cmpint(event.epoch, ==, 8);
}

static void test_ranges(void)
{
    g_autoptr(SyncWindow) window = new_window(20, 20);
    SyncEvent event;

    g_assert_false(sync_window_ask(window, 7, 0, 5));
    g_assert_false(sync_window_ask(window, 7, 6, 5));
    g_assert_true(sync_window_ask(window, 7, 21, 30)); /* never published: comes in its turn */
    g_assert_false(sync_window_find_next(window, 0, &event));
    g_assert_true(sync_window_ask(window, 7, 5, 9));
    g_assert_cmpint(publish_all(window, 0, 0, TRUE), ==, 9);
    for (guint i = 0; i < SYNC_WINDOW_RANGES; i++)
        g_assert_true(sync_window_ask(window, 3, 1, G_MAXINT64));
    g_assert_false(sync_window_ask(window, 3, 1, 2));
    sync_window_give_up(window);
    g_assert_true(sync_window_ask(window, 3, 1, 2));
    g_assert_cmpint(sync_window_get_cursor(window), ==, 20);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sync-window/at most a hundred unacknowledged", test_window);
    g_test_add_func("/sync-window/known to headquarters before", test_known_before);
    g_test_add_func("/sync-window/no progress: again from the acknowledged", test_patience);
    g_test_add_func("/sync-window/a broker that takes nothing", test_dead);
    g_test_add_func("/sync-window/older epochs first", test_epochs);
    g_test_add_func("/sync-window/the outbox told anew", test_refresh);
    g_test_add_func("/sync-window/a backup restored", test_restored);
    g_test_add_func("/sync-window/ranges asked for again", test_ranges);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/modbus/modbus-schedule.h"

#define SECOND G_USEC_PER_SEC
#define BACK_OFF_US (2 * (gint64)SECOND)
#define LONGEST_BACK_OFF_US (30 * (gint64)SECOND)
#define FIRST_ROUND_US ((gint64)SECOND)
#define URGED_GAP_US                                                                                         \
    2000 /* against a device in memory speed: urged reads must not take the whole machine                    \
          */

typedef struct {
    guint peer;
    gint64 period_us;
    gint64 due_us;  /* on the grid, but for the first time */
    gint64 grid_us; /* a time of its grid */
    gint64 last_us; /* when its last turn began */
    guint urged;
} Item;

typedef struct {
    guint n_items;        /* 0: only written to; neither dead nor living */
    guint failures;       /* in a row; 0: alive */
    gboolean by_line;     /* dead only because the line was down */
    gint64 not_before_us; /* of the next probe */
    guint urged;
} Peer;

struct ModbusSchedule {
    GArray *items;          /* Item */
    GArray *peers;          /* Peer */
    guint n_dead, n_polled; /* peers; polled: those with items */
    gint64 timeout_us;
    gint64 next_probe_us;
    gint64 now_us;       /* the latest that was told */
    gboolean last_urged; /* the last turn went to an urged item */
};

static Item *get_item(const ModbusSchedule *schedule, guint index)
{
    return &g_array_index(schedule->items, Item, index);
}

static Peer *get_peer(const ModbusSchedule *schedule, guint index)
{
    return &g_array_index(schedule->peers, Peer, index);
}

ModbusSchedule *modbus_schedule_new(gint64 timeout_us)
{
    ModbusSchedule *schedule = g_new0(ModbusSchedule, 1);

    schedule->items = g_array_new(FALSE, TRUE, sizeof(Item));
    schedule->peers = g_array_new(FALSE, TRUE, sizeof(Peer));
    schedule->timeout_us = timeout_us;
    return schedule;
}

void modbus_schedule_free(ModbusSchedule *schedule)
{
    g_array_unref(schedule->items);
    g_array_unref(schedule->peers);
    g_free(schedule);
}

guint modbus_schedule_add_peer(ModbusSchedule *schedule)
{
    g_array_set_size(schedule->peers, schedule->peers->len + 1);
    return schedule->peers->len - 1;
}

guint modbus_schedule_add(ModbusSchedule *schedule, guint peer, gint64 period_us)
{
    Item item = { .peer = peer, .period_us = MAX(period_us, 1), .due_us = schedule->now_us };

    item.grid_us = item.due_us;

    if (get_peer(schedule, peer)->n_items++ == 0)
        schedule->n_polled++;
    g_array_append_val(schedule->items, item);
    return schedule->items->len - 1;
}

void modbus_schedule_begin(ModbusSchedule *schedule, gint64 now_us)
{
    for (guint i = 0; i < schedule->items->len; i++) {
        Item *item = get_item(schedule, i);

        item->due_us = now_us + MIN(item->period_us, FIRST_ROUND_US) * i / schedule->items->len;
        item->grid_us = now_us + item->period_us * i / schedule->items->len;
    }
    schedule->now_us = now_us;
}

void modbus_schedule_set_period(ModbusSchedule *schedule, guint item, gint64 period_us)
{
    get_item(schedule, item)->period_us = MAX(period_us, 1);
}

void modbus_schedule_urge(ModbusSchedule *schedule, guint index, gboolean on)
{
    Item *item = get_item(schedule, index);
    Peer *peer = get_peer(schedule, item->peer);

    if (!on && item->urged == 0)
        return;
    item->urged += on ? 1 : -1u;
    peer->urged += on ? 1 : -1u;
    /* A long back-off from before the incident must not outlive its beginning. */
    if (on && peer->failures)
        peer->not_before_us = MIN(peer->not_before_us, schedule->now_us + SECOND);
}

gboolean modbus_schedule_is_urged(const ModbusSchedule *schedule, guint peer)
{
    return get_peer(schedule, peer)->urged > 0;
}

gboolean modbus_schedule_is_dead(const ModbusSchedule *schedule, guint peer)
{
    return get_peer(schedule, peer)->failures > 0;
}

static gboolean has_living(const ModbusSchedule *schedule)
{
    return schedule->n_dead < schedule->n_polled;
}

typedef struct {
    guint due, urged, probe; /* the best item of each kind, or NONE */
    gint64 due_us, urged_us, probe_us;
    gint64 wake_us;
} Choice;

static void consider_living(Choice *choice, guint i, const Item *item, gint64 now_us)
{
    gint64 repeat_us = item->last_us + URGED_GAP_US;

    if (item->urged && repeat_us <= now_us && item->last_us < choice->urged_us) {
        choice->urged = i;
        choice->urged_us = item->last_us;
    }
    if (item->due_us <= now_us && item->due_us < choice->due_us) {
        choice->due = i;
        choice->due_us = item->due_us;
    }
    choice->wake_us = MIN(choice->wake_us, item->urged ? MIN(repeat_us, item->due_us) : item->due_us);
}

/* A dead peer is probed by the item it has gone without longest; by an urged one where it has any. */
static void consider_dead(const ModbusSchedule *schedule, Choice *choice, guint i, const Item *item,
                          gint64 now_us)
{
    const Peer *peer = get_peer(schedule, item->peer);
    gint64 at_us =
        has_living(schedule) ? MAX(peer->not_before_us, schedule->next_probe_us) : peer->not_before_us;
    const Item *best = choice->probe == MODBUS_SCHEDULE_NONE ? NULL : get_item(schedule, choice->probe);

    choice->wake_us = MIN(choice->wake_us, at_us);
    if (at_us > now_us || peer->not_before_us > choice->probe_us)
        return;
    if (best && best->peer == item->peer &&
        (best->urged ? !item->urged || item->last_us >= best->last_us
                     : !item->urged && item->last_us >= best->last_us))
        return;
    choice->probe = i;
    choice->probe_us = peer->not_before_us;
}

guint modbus_schedule_pick(ModbusSchedule *schedule, gint64 now_us, gint64 *ret_wake_us)
{
    Choice choice = { .due = MODBUS_SCHEDULE_NONE,
                      .urged = MODBUS_SCHEDULE_NONE,
                      .probe = MODBUS_SCHEDULE_NONE,
                      .due_us = G_MAXINT64,
                      .urged_us = G_MAXINT64,
                      .probe_us = G_MAXINT64,
                      .wake_us = G_MAXINT64 };

    schedule->now_us = now_us;
    for (guint i = 0; i < schedule->items->len; i++) {
        const Item *item = get_item(schedule, i);

        if (get_peer(schedule, item->peer)->failures)
            consider_dead(schedule, &choice, i, item, now_us);
        else
            consider_living(&choice, i, item, now_us);
    }
    *ret_wake_us = choice.wake_us;
    /* The living go first; but on a line that is never idle a probe would wait for ever. */
    gboolean probe_late = choice.probe != MODBUS_SCHEDULE_NONE && choice.probe_us + SECOND <= now_us;
    gboolean living = choice.due != MODBUS_SCHEDULE_NONE || choice.urged != MODBUS_SCHEDULE_NONE;

    if (choice.probe != MODBUS_SCHEDULE_NONE && (probe_late || !living))
        return choice.probe;
    if (choice.urged != MODBUS_SCHEDULE_NONE && (choice.due == MODBUS_SCHEDULE_NONE || !schedule->last_urged))
        return choice.urged;
    return choice.due;
}

void modbus_schedule_done(ModbusSchedule *schedule, guint index, gint64 started_us)
{
    Item *item = get_item(schedule, index);

    item->last_us = started_us;
    schedule->last_urged = item->urged > 0;
    if (get_peer(schedule, item->peer)->failures)
        schedule->next_probe_us = started_us + MAX((gint64)SECOND, 2 * schedule->timeout_us);
    if (item->due_us > started_us)
        return;
    if (item->grid_us <= started_us)
        item->grid_us += ((started_us - item->grid_us) / item->period_us + 1) * item->period_us;
    item->due_us = item->grid_us;
}

void modbus_schedule_heard(ModbusSchedule *schedule, guint index)
{
    Peer *peer = get_peer(schedule, index);

    if (peer->failures)
        schedule->n_dead--; /* it has items: others never fail */
    peer->failures = 0;
    peer->by_line = FALSE;
}

static gint64 back_off(const ModbusSchedule *schedule, const Peer *peer)
{
    gint64 cap_us = has_living(schedule) && !peer->urged
                        ? MIN(schedule->n_dead * (gint64)SECOND, LONGEST_BACK_OFF_US)
                        : (gint64)SECOND;

    return MIN(BACK_OFF_US * peer->failures, cap_us);
}

static void fail(ModbusSchedule *schedule, Peer *peer, gboolean by_line)
{
    if (peer->n_items == 0)
        return;
    if (peer->failures == 0)
        schedule->n_dead++;
    peer->by_line = by_line && (peer->failures == 0 || peer->by_line);
    peer->failures = MIN(peer->failures + 1, 1000);
}

void modbus_schedule_failed(ModbusSchedule *schedule, guint index, gint64 now_us)
{
    Peer *peer = get_peer(schedule, index);

    fail(schedule, peer, FALSE);
    peer->not_before_us = now_us + back_off(schedule, peer);
}

void modbus_schedule_line_down(ModbusSchedule *schedule, gint64 now_us)
{
    for (guint i = 0; i < schedule->peers->len; i++)
        fail(schedule, get_peer(schedule, i), TRUE);
    for (guint i = 0; i < schedule->peers->len; i++)
        get_peer(schedule, i)->not_before_us = now_us + back_off(schedule, get_peer(schedule, i));
}

void modbus_schedule_line_up(ModbusSchedule *schedule)
{
    for (guint i = 0; i < schedule->peers->len; i++) {
        if (get_peer(schedule, i)->by_line)
            modbus_schedule_heard(schedule, i);
    }
}

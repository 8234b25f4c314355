/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/driver-outlet.h"

#include "edge/base/mailbox.h"

#include <string.h>

#define WAITING_MAX 256 /* readings and link states; at 10 requests a second a main loop stalled for 25 s */

typedef enum { ITEM_READINGS, ITEM_LINK, ITEM_RESULT } ItemKind;

typedef struct {
    ItemKind kind;
    DriverOutlet *outlet; /* a reference */
    union {
        DriverReadings readings;
        DriverLink link;
        DriverCommandResult result;
    };
    DriverReading values[];
} Item;

struct DriverOutlet {
    gatomicrefcount refs;
    GMutex lock;
    gboolean open; /* written by the main thread, with the lock held */
    DriverSink sink;
    int waiting; /* readings and link states, atomic */
};

/* One for all outlets: a main loop looks at each of its sources on each wake-up, and a station has a hundred
 * buses that each wake it ten times a second. It stands while any outlet is open; only the main thread makes
 * and frees it, and who posts holds the lock of an open outlet. */
static Mailbox *mailbox;
static guint n_open;

static void free_item(gpointer data)
{
    Item *item = data;

    driver_outlet_unref(item->outlet);
    g_free(item);
}

/* A callback may close the driver: the item's reference holds the outlet meanwhile. */
static void deliver(gpointer data, gpointer user_data G_GNUC_UNUSED)
{
    Item *item = data;
    DriverOutlet *outlet = item->outlet;
    const DriverSink *sink = &outlet->sink;

    if (item->kind != ITEM_RESULT)
        g_atomic_int_add(&outlet->waiting, -1);
    if (outlet->open && item->kind == ITEM_READINGS)
        sink->readings(&item->readings, sink->user_data);
    else if (outlet->open && item->kind == ITEM_LINK)
        sink->link(&item->link, sink->user_data);
    else if (outlet->open)
        sink->command_done(&item->result, sink->user_data);
    free_item(item);
}

DriverOutlet *driver_outlet_new(const DriverSink *sink)
{
    DriverOutlet *outlet = g_new0(DriverOutlet, 1);

    g_atomic_ref_count_init(&outlet->refs);
    g_mutex_init(&outlet->lock);
    outlet->sink = *sink;
    outlet->open = TRUE;
    if (n_open++ == 0)
        mailbox = mailbox_new(NULL, G_PRIORITY_HIGH, G_MAXUINT, deliver, free_item, NULL);
    return outlet;
}

DriverOutlet *driver_outlet_ref(DriverOutlet *outlet)
{
    g_atomic_ref_count_inc(&outlet->refs);
    return outlet;
}

void driver_outlet_unref(DriverOutlet *outlet)
{
    if (!g_atomic_ref_count_dec(&outlet->refs))
        return;
    g_mutex_clear(&outlet->lock);
    g_free(outlet);
}

static gboolean post(DriverOutlet *outlet, Item *item)
{
    gboolean counted = item->kind != ITEM_RESULT;
    gboolean posted = FALSE;

    item->outlet = driver_outlet_ref(outlet);
    if (counted && g_atomic_int_add(&outlet->waiting, 1) >= WAITING_MAX) {
        g_atomic_int_add(&outlet->waiting, -1);
        free_item(item);
        return FALSE;
    }
    g_mutex_lock(&outlet->lock);
    gboolean open = outlet->open;

    if (open)
        posted = mailbox_post(mailbox, item);
    g_mutex_unlock(&outlet->lock);
    if (!open)
        free_item(item);
    return posted;
}

gboolean driver_outlet_post_readings(DriverOutlet *outlet, const DriverReadings *readings)
{
    gsize size = readings->n_readings * sizeof(DriverReading);
    Item *item = g_malloc(sizeof *item + size);

    item->kind = ITEM_READINGS;
    item->readings = *readings;
    if (size > 0)
        memcpy(item->values, readings->readings, size);
    item->readings.readings = item->values;
    return post(outlet, item);
}

gboolean driver_outlet_post_link(DriverOutlet *outlet, const DriverLink *link)
{
    Item *item = g_new(Item, 1);

    item->kind = ITEM_LINK;
    item->link = *link;
    return post(outlet, item);
}

gboolean driver_outlet_post_result(DriverOutlet *outlet, const DriverCommandResult *result)
{
    Item *item = g_new(Item, 1);

    item->kind = ITEM_RESULT;
    item->result = *result;
    return post(outlet, item);
}

void driver_outlet_close(DriverOutlet *outlet)
{
    g_mutex_lock(&outlet->lock);
    gboolean was_open = outlet->open;

    outlet->open = FALSE;
    g_mutex_unlock(&outlet->lock);
    if (was_open && --n_open == 0)
        g_clear_pointer(&mailbox, mailbox_free);
}

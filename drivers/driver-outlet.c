/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/driver-outlet.h"

#include "edge/base/mailbox.h"

#include <string.h>

#define WAITING_MAX 256 /* readings and link states; at 10 requests a second a main loop stalled for 25 s */

typedef enum { ITEM_READINGS, ITEM_LINK, ITEM_RESULT } ItemKind;

typedef struct {
    ItemKind kind;
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
    Mailbox *mailbox; /* NULL once closed */
    DriverSink sink;
    int waiting; /* readings and link states, atomic */
};

/* A callback may close the driver, and the outlet with it: a reference is held meanwhile. */
static void deliver(gpointer data, gpointer user_data)
{
    DriverOutlet *outlet = user_data;
    g_autofree Item *item = data;
    const DriverSink *sink = &outlet->sink;

    if (item->kind != ITEM_RESULT)
        g_atomic_int_add(&outlet->waiting, -1);
    driver_outlet_ref(outlet);
    if (item->kind == ITEM_READINGS)
        sink->readings(&item->readings, sink->user_data);
    else if (item->kind == ITEM_LINK)
        sink->link(&item->link, sink->user_data);
    else
        sink->command_done(&item->result, sink->user_data);
    driver_outlet_unref(outlet);
}

DriverOutlet *driver_outlet_new(const DriverSink *sink)
{
    DriverOutlet *outlet = g_new0(DriverOutlet, 1);

    g_atomic_ref_count_init(&outlet->refs);
    g_mutex_init(&outlet->lock);
    outlet->sink = *sink;
    outlet->mailbox = mailbox_new(NULL, G_PRIORITY_HIGH, G_MAXUINT, deliver, g_free, outlet);
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
    g_clear_pointer(&outlet->mailbox, mailbox_free);
    g_mutex_clear(&outlet->lock);
    g_free(outlet);
}

static gboolean post(DriverOutlet *outlet, Item *item)
{
    gboolean counted = item->kind != ITEM_RESULT;
    gboolean posted = FALSE;

    if (counted && g_atomic_int_add(&outlet->waiting, 1) >= WAITING_MAX) {
        g_atomic_int_add(&outlet->waiting, -1);
        g_free(item);
        return FALSE;
    }
    g_mutex_lock(&outlet->lock);
    if (outlet->mailbox)
        posted = mailbox_post(outlet->mailbox, item);
    else
        g_free(item);
    g_mutex_unlock(&outlet->lock);
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
    Mailbox *mailbox = g_steal_pointer(&outlet->mailbox);
    g_mutex_unlock(&outlet->lock);
    if (mailbox)
        mailbox_free(mailbox);
}

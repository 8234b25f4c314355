/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/modbus/modbus-bus.h"

#include "drivers/driver-halt.h"
#include "drivers/modbus/modbus-line.h"

#define IDLE_US G_USEC_PER_SEC /* the longest sleep, so that an idle thread shows that it lives */
#define SLACK_US (2 * (gint64)G_USEC_PER_SEC)

typedef struct {
    DriverCommand command;
    gint64 queued_at_us;
    gboolean is_release; /* no command: the end of a hold of the connector that `command` names */
} Waiting;

struct ModbusBus {
    gatomicrefcount refs; /* the main thread's and the thread's own: the last one frees */
    ModbusLine *line;     /* the thread's own once it runs */
    Site *site;
    DriverOutlet *outlet;
    DriverGauge *gauge;
    DriverHalt *halt;
    GThread *thread;
    GMutex lock; /* of all below */
    GCond wake, ended;
    GQueue lane;       /* Waiting */
    GHashTable *urges; /* point → change that the thread has not seen yet */
    gboolean stopping;
    gboolean running;
};

/* The longest that the thread of BUS stays without a sign of life: a connect, a request and its repetition on
 * a fresh connection, a silence before and after, a short sleep. */
static gint64 bound_us(const SiteBus *bus)
{
    return 5 * (gint64)bus->timeout_ms * 1000 + 2 * (gint64)bus->gap_ms * 1000 + IDLE_US + SLACK_US;
}

static void unref_bus(ModbusBus *bus)
{
    if (!g_atomic_ref_count_dec(&bus->refs))
        return;
    g_clear_pointer(&bus->line, modbus_line_free);
    g_clear_pointer(&bus->gauge, driver_gauge_free);
    g_clear_pointer(&bus->halt, driver_halt_free);
    g_clear_pointer(&bus->outlet, driver_outlet_unref);
    g_clear_pointer(&bus->site, site_unref);
    g_queue_clear_full(&bus->lane, g_free);
    g_hash_table_unref(bus->urges);
    g_mutex_clear(&bus->lock);
    g_cond_clear(&bus->wake);
    g_cond_clear(&bus->ended);
    g_free(bus);
}

ModbusBus *modbus_bus_new(const DriverSetup *setup, DriverOutlet *outlet, GError **error)
{
    ModbusBus *bus = g_new0(ModbusBus, 1);

    g_atomic_ref_count_init(&bus->refs);
    bus->site = site_ref(setup->model->site);
    bus->outlet = driver_outlet_ref(outlet);
    bus->gauge = driver_gauge_new(setup->n_devices, bound_us(setup->bus));
    bus->halt = driver_halt_new();
    g_mutex_init(&bus->lock);
    g_cond_init(&bus->wake);
    g_cond_init(&bus->ended);
    g_queue_init(&bus->lane);
    bus->urges = g_hash_table_new(NULL, NULL);
    bus->line = modbus_line_new(setup, outlet, bus->gauge, bus->halt, error);
    if (bus->line)
        return bus;
    unref_bus(bus);
    return NULL;
}

DriverGauge *modbus_bus_get_gauge(const ModbusBus *bus)
{
    return bus->gauge;
}

static void post_end(ModbusBus *bus, const DriverCommand *command, DriverResult result, const char *reason)
{
    DriverCommandResult done = { .id = command->id, .result = result };

    g_strlcpy(done.reason, reason, sizeof done.reason);
    driver_outlet_post_result(bus->outlet, &done);
}

/* ---- the thread ---- */

/* With the lock held: ends what is too late, and takes the command whose turn it is. */
static Waiting *take_command(ModbusBus *bus, gint64 now_us)
{
    GList *best = NULL;

    for (GList *link = bus->lane.head, *next; link; link = next) {
        Waiting *waiting = link->data;

        next = link->next;
        if (waiting->command.deadline_us <= now_us) {
            post_end(bus, &waiting->command, DRIVER_RESULT_EXPIRED,
                     "deadline passed before it could be sent");
            g_queue_delete_link(&bus->lane, link);
            g_free(waiting);
        } else if (!best && !modbus_line_is_dead(bus->line, waiting->command.device)) {
            best = link;
        }
    }
    if (!best)
        best = bus->lane.head;
    if (!best)
        return NULL;
    Waiting *taken = best->data;

    g_queue_delete_link(&bus->lane, best);
    return taken;
}

/* With the lock held. */
static void take_urges(ModbusBus *bus)
{
    GHashTableIter iter;
    gpointer point, change;

    g_hash_table_iter_init(&iter, bus->urges);
    while (g_hash_table_iter_next(&iter, &point, &change)) {
        modbus_line_urge(bus->line, GPOINTER_TO_UINT(point), GPOINTER_TO_INT(change));
        g_hash_table_iter_remove(&iter);
    }
}

static gboolean has_news(const ModbusBus *bus)
{
    return bus->stopping || bus->lane.length > 0 || g_hash_table_size(bus->urges) > 0;
}

/* Sleeps until WAKE_US or until there is something new. Deadlines of the condition count on another clock
 * than ours; the two differ only while the machine sleeps. */
static void wait_for_news(ModbusBus *bus, gint64 wake_us)
{
    gint64 left_us = CLAMP(wake_us - clock_boot_us(), 0, IDLE_US);
    gint64 until = g_get_monotonic_time() + left_us;

    g_mutex_lock(&bus->lock);
    while (!has_news(bus) && g_cond_wait_until(&bus->wake, &bus->lock, until))
        ;
    g_mutex_unlock(&bus->lock);
}

/* One step: a command, or one transaction of a poll, or a sleep. FALSE: the end. */
static gboolean step(ModbusBus *bus)
{
    gint64 now_us = clock_boot_us(), wake_us = 0;

    g_mutex_lock(&bus->lock);
    gboolean stopping = bus->stopping;
    g_autofree Waiting *waiting = NULL;

    if (!stopping) {
        take_urges(bus);
        waiting = take_command(bus, now_us);
    }
    g_mutex_unlock(&bus->lock);

    if (stopping)
        return FALSE;
    if (waiting && waiting->is_release) {
        modbus_line_release(bus->line, waiting->command.device, waiting->command.connector);
    } else if (waiting) {
        modbus_line_command(bus->line, &waiting->command, waiting->queued_at_us);
    } else if (!modbus_line_turn(bus->line, now_us, &wake_us)) {
        driver_gauge_touch(bus->gauge, now_us);
        wait_for_news(bus, wake_us);
    }
    return TRUE;
}

static gpointer run(gpointer data)
{
    ModbusBus *bus = data;

    modbus_line_begin(bus->line, clock_boot_us());
    while (step(bus))
        ;
    modbus_line_finish(bus->line);
    g_mutex_lock(&bus->lock);
    bus->running = FALSE;
    g_cond_signal(&bus->ended);
    g_mutex_unlock(&bus->lock);
    unref_bus(bus);
    return NULL;
}

/* ---- the main thread ---- */

void modbus_bus_start(ModbusBus *bus)
{
    g_return_if_fail(!bus->thread);
    bus->running = TRUE;
    g_atomic_ref_count_inc(&bus->refs);
    bus->thread = g_thread_new("modbus", run, bus);
}

void modbus_bus_command(ModbusBus *bus, const DriverCommand *command)
{
    Waiting *waiting = g_new0(Waiting, 1);

    waiting->command = *command;
    waiting->queued_at_us = clock_boot_us();
    g_mutex_lock(&bus->lock);
    gboolean full = bus->lane.length >= MODBUS_BUS_LANE;

    if (!full)
        g_queue_push_tail(&bus->lane, waiting);
    g_cond_signal(&bus->wake);
    g_mutex_unlock(&bus->lock);
    if (full) {
        post_end(bus, command, DRIVER_RESULT_FAILED, "too many commands wait for this bus");
        g_free(waiting);
    }
}

/* With the lock held: one that still waits is as good as the one that comes now. So there are never more of
 * them than connectors, and none is turned away. */
static void drop_release(ModbusBus *bus, guint device, guint connector)
{
    for (GList *link = bus->lane.head, *next; link; link = next) {
        Waiting *waiting = link->data;

        next = link->next;
        if (!waiting->is_release || waiting->command.device != device ||
            waiting->command.connector != connector)
            continue;
        g_queue_delete_link(&bus->lane, link);
        g_free(waiting);
    }
}

void modbus_bus_release(ModbusBus *bus, guint device, guint connector)
{
    Waiting *waiting = g_new0(Waiting, 1);

    waiting->is_release = TRUE;
    waiting->command.device = device;
    waiting->command.connector = connector;
    waiting->command.deadline_us = CLOCK_NEVER;
    g_mutex_lock(&bus->lock);
    drop_release(bus, device, connector);
    g_queue_push_tail(&bus->lane, waiting);
    g_cond_signal(&bus->wake);
    g_mutex_unlock(&bus->lock);
}

void modbus_bus_urge(ModbusBus *bus, guint point, gboolean on)
{
    gpointer key = GUINT_TO_POINTER(point);

    g_mutex_lock(&bus->lock);
    int change = GPOINTER_TO_INT(g_hash_table_lookup(bus->urges, key)) + (on ? 1 : -1);

    if (change)
        g_hash_table_insert(bus->urges, key, GINT_TO_POINTER(change));
    else
        g_hash_table_remove(bus->urges, key);
    g_cond_signal(&bus->wake);
    g_mutex_unlock(&bus->lock);
}

void modbus_bus_stop(ModbusBus *bus)
{
    driver_halt_begin(bus->halt);
    g_mutex_lock(&bus->lock);
    bus->stopping = TRUE;
    g_cond_signal(&bus->wake);
    g_mutex_unlock(&bus->lock);
}

void modbus_bus_close(ModbusBus *bus)
{
    modbus_bus_stop(bus);
    gint64 left_us = driver_halt_get_at(bus->halt) + DRIVER_HALT_CLOSE_US - clock_boot_us();
    gint64 until = g_get_monotonic_time() + left_us;
    gboolean in_time = TRUE;

    g_mutex_lock(&bus->lock);
    while (bus->running && in_time)
        in_time = g_cond_wait_until(&bus->ended, &bus->lock, until);
    gboolean stuck = bus->running;
    g_mutex_unlock(&bus->lock);
    /* It looks at the clock before it sends, but may hang between the two: a late `enable` would let a
     * charger go that is held again by then. */
    if (stuck)
        modbus_line_cut(bus->line);
    if (stuck)
        g_thread_unref(bus->thread);
    else if (bus->thread)
        g_thread_join(bus->thread);
    unref_bus(bus);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* How fast the books are, beside what the disk alone can do: bench-store DIRECTORY. */
#include "edge/store/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define QUIET 500
#define GROUP 40000
#define IN_FLIGHT 4000

typedef struct {
    Store *store;
    guint put, done, most;
    gboolean usable;
    char *object;
} Bench;

static int compare(gconstpointer a, gconstpointer b)
{
    gint64 left = *(const gint64 *)a, right = *(const gint64 *)b;

    return (left > right) - (left < right);
}

static void print(const char *what, gint64 *times_us, guint n)
{
    qsort(times_us, n, sizeof *times_us, compare);
    printf("%-44s median %6.2f ms   99 %% %6.2f ms   most %6.2f ms\n", what, (double)times_us[n / 2] / 1000,
           (double)times_us[n * 99 / 100] / 1000, (double)times_us[n - 1] / 1000);
}

/* The floor: 4 KiB appended and made durable. */
static void measure_disk(const char *directory)
{
    g_autofree char *path = g_build_filename(directory, "floor", NULL);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    gint64 times_us[QUIET];
    char page[4096] = { 1 };

    for (guint i = 0; i < QUIET; i++) {
        times_us[i] = -clock_boot_us();
        if (pwrite(file, page, sizeof page, (off_t)(i % 1000 * sizeof page)) < 0 || fdatasync(file) != 0)
            exit(1);
        times_us[i] += clock_boot_us();
    }
    close(file);
    unlink(path);
    print("floor: one page written and synced", times_us, QUIET);
}

/* An alarm that is raised: the alarm, its transition, its event. */
static StoreFact *make_fact(Bench *bench, guint number)
{
    char id[32];
    StoreFact *fact = store_fact_new();
    StoreEvent event = { "alarm.raised", "dc-01/1", "2026-11-22T14:21:44.318+08:00", "synced",
                         bench->object };

    g_snprintf(id, sizeof id, "a-%08u", number);
    store_fact_add(fact, "alarm-save", "sssssiiiss", id, "battery-over-temperature", "dc-01/1", "critical",
                   "unacknowledged", g_get_real_time(), G_GINT64_CONSTANT(1), G_GINT64_CONSTANT(1),
                   bench->object, NULL);
    store_fact_add(fact, "alarm-transition-add", "sisis", id, G_GINT64_CONSTANT(1), "raised",
                   g_get_real_time(), "");
    store_fact_add_event(fact, &event, TRUE);
    return fact;
}

static void on_done(const GError *error, gint64 last_seq G_GNUC_UNUSED, gpointer user_data)
{
    if (error)
        exit(1);
    ((Bench *)user_data)->done++;
}

static void on_state(gboolean usable, const GError *error G_GNUC_UNUSED, gpointer user_data)
{
    ((Bench *)user_data)->usable = usable;
}

static void measure_quiet(Bench *bench)
{
    gint64 times_us[QUIET];

    for (guint i = 0; i < QUIET; i++) {
        times_us[i] = -clock_boot_us();
        store_put(bench->store, make_fact(bench, bench->put++), on_done, bench);
        while (bench->done < bench->put)
            g_main_context_iteration(NULL, TRUE);
        times_us[i] += clock_boot_us();
    }
    print("a single alarm, until it is told durable", times_us, QUIET);
}

static void measure_group(Bench *bench)
{
    gint64 begin_us = clock_boot_us();
    guint end = bench->put + GROUP;

    while (bench->done < end) {
        while (bench->put < end && bench->put - bench->done < IN_FLIGHT)
            store_put(bench->store, make_fact(bench, bench->put++), on_done, bench);
        g_main_context_iteration(NULL, TRUE);
        bench->most = MAX(bench->most, (guint)(store_get_log_bytes(bench->store) / 1024));
    }
    double seconds = (double)(clock_boot_us() - begin_us) / G_USEC_PER_SEC;
    printf("%-44s %.0f alarms a second; log at most %u KiB\n", "many at once", GROUP / seconds, bench->most);
}

int main(int argc, char **argv)
{
    Bench bench = { 0 };

    if (argc != 2)
        return 2;
    g_autofree char *filler = g_strnfill(1200, 'x');
    bench.object = g_strdup_printf("{\"id\":\"a\",\"advice\":\"%s\"}", filler);
    bench.store = store_new(
        &(StoreSetup){ .directory = argv[1], .station = "CS-BENCH", .state = on_state, .user_data = &bench });
    while (!bench.usable)
        g_main_context_iteration(NULL, TRUE);
    measure_disk(argv[1]);
    measure_quiet(&bench);
    measure_group(&bench);
    store_free(bench.store);
    g_free(bench.object);
    return 0;
}

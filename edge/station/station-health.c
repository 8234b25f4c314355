/* SPDX-License-Identifier: Apache-2.0 */
/* The machine under the station: disk, memory and clock as points, and small files that no loop waits for. */
#include "edge/config/config.h"
#include "edge/station/station-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PERIOD_US (10 * G_USEC_PER_SEC)

static void set_point(Station *self, const char *path, double number, const char *text, Moment now)
{
    model_set(self->model, model_find_point(self->model, path), number, text, now);
}

static void note_disk(Station *self, Moment now)
{
    struct statvfs disk;

    if (statvfs(self->site->station.data_dir, &disk) == 0 && disk.f_blocks > 0)
        set_point(self, "station/disk_free_percent", 100.0 * (double)disk.f_bavail / (double)disk.f_blocks,
                  NULL, now);
}

/* The number behind NAME ("MemAvailable:") in /proc/meminfo's text, in kB; 0: not there. */
static double find_kb(const char *text, const char *name)
{
    const char *at = strstr(text, name);

    return at ? g_ascii_strtod(at + strlen(name), NULL) : 0;
}

static void note_memory(Station *self, Moment now)
{
    g_autofree char *text = NULL;

    if (!g_file_get_contents("/proc/meminfo", &text, NULL, NULL))
        return;
    double total_kb = find_kb(text, "MemTotal:");

    if (total_kb > 0)
        set_point(self, "station/memory_free_percent", 100 * find_kb(text, "MemAvailable:") / total_kb, NULL,
                  now);
}

void station_health_beat(Station *self, Moment now)
{
    if (now.boot_us < self->health_due_us)
        return;
    self->health_due_us = now.boot_us + PERIOD_US;
    note_disk(self, now);
    note_memory(self, now);
    set_point(self, "station/books_log_mib", (double)store_get_log_bytes(self->store) / (1024 * 1024), NULL,
              now);
    set_point(self, "station/clock", 0, clock_quality_name(), now);
}

gboolean station_health_write(const char *path, const char *text, guint mode)
{
    g_autofree char *part = g_strconcat(path, ".part", NULL);
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    gsize length = strlen(text);
    gboolean written = fd >= 0 && write(fd, text, length) == (gssize)length;

    if (fd >= 0)
        close(fd);
    if (written && rename(part, path) == 0)
        return TRUE;
    g_warning("%s: %s", path, g_strerror(errno));
    unlink(part); /* where the disk is full it would only take what room is left */
    return FALSE;
}

typedef struct {
    char *directory, *data_dir;
} Keep;

static gpointer keep_last_good(gpointer data)
{
    Keep *keep = data;
    g_autoptr(GError) error = NULL;

    if (!config_save_last_good(keep->directory, keep->data_dir, &error))
        g_warning("last good configuration: %s", error->message);
    g_free(keep->directory);
    g_free(keep->data_dir);
    g_free(keep);
    return NULL;
}

void station_health_keep(Station *self)
{
    Keep *keep = g_new0(Keep, 1);

    if (self->keeper)
        g_thread_join(
            self->keeper); /* one at a time; the one before is long done unless reloads come thick */
    keep->directory = g_strdup(self->config_directory);
    keep->data_dir = g_strdup(self->site->station.data_dir);
    self->keeper = g_thread_new("last-good", keep_last_good, keep);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The ladder journal: one file in the run directory, appended before each command, so that a killed stationd
 * goes on where it was. It lives in memory (tmpfs) on a real station: it must outlive the process, not the
 * machine, whose breakers and chargers the books and a fresh look describe better. */
#include "edge/station/station-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define ALARM "journal-unwritable"
#define LONGEST (256 * 1024 * 1024)
#define RENEW_TURNS 5000    /* then the file is made anew, once nothing in it waits for the books */
#define LONGEST_TURNS 50000 /* then in any case */

static char *journal_path(const Station *self)
{
    return g_build_filename(self->run_directory, "ladder.journal", NULL);
}

char *station_journal_load(Station *self)
{
    g_autofree char *path = journal_path(self);
    char *text = NULL;
    gsize length = 0;

    if (!g_file_get_contents(path, &text, &length, NULL))
        return NULL;
    if (length > LONGEST)
        g_clear_pointer(&text, g_free);
    return text;
}

/* Said once, until the file is whole again. */
static void note_failure(Station *self, int code)
{
    if (!self->journal_errno)
        g_warning("ladder journal: %s: open ladders will not survive a crash", g_strerror(code));
    self->journal_errno = code;
}

static void open_journal(Station *self)
{
    g_autofree char *path = journal_path(self);

    self->journal_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (self->journal_fd < 0)
        note_failure(self, errno);
}

/* A line is in the file whole or not at all: what a full disk took of it would only fill it further. */
void station_journal_append(Station *self, const char *line)
{
    g_autofree char *text = g_strconcat(line, "\n", NULL);
    gssize length = (gssize)strlen(text);
    off_t end = self->journal_fd < 0 ? -1 : lseek(self->journal_fd, 0, SEEK_END);

    if (self->journal_fd < 0)
        return;
    errno = ENOSPC; /* what a write that was cut short means */
    gssize written = write(self->journal_fd, text, (gsize)length);

    if (written != length) {
        note_failure(self, errno);
        if (written > 0 && end >= 0 && ftruncate(self->journal_fd, end) != 0)
            note_failure(self, errno);
    }
    self->journal_turns++;
}

/* A new file with what stands now, in place of the old one. On failure that stays and goes on being appended
 * to. */
static void renew(Station *self)
{
    g_autofree char *path = journal_path(self);
    g_autofree char *text = guard_dump_journal(self->guard, self->boot_id);

    self->journal_turns = 0;
    self->journal_has_old = FALSE;
    if (!station_health_write(path, text, 0640))
        return;
    station_journal_close(self);
    open_journal(self);
}

/* The old file's turns stay until the records that a restart gives again are durable. */
void station_journal_begin(Station *self)
{
    g_autofree char *text = guard_dump_journal(self->guard, self->boot_id);

    if (self->journal_fd < 0)
        open_journal(self);
    station_journal_append(self, text);
    self->journal_has_old = TRUE;
}

/* What the file lacks stands in a dump at its end. */
static void repair(Station *self)
{
    int code = self->journal_errno;

    station_safety_raise(self, ALARM, "station", g_strerror(code));
    self->journal_errno = 0;
    station_journal_begin(self);
    if (self->journal_errno == 0)
        g_message("ladder journal: it is written again");
}

void station_journal_tend(Station *self)
{
    gboolean recorded = store_get_waiting(self->store) == 0;

    if (self->journal_errno) {
        repair(self);
        return;
    }
    station_safety_clear(self, ALARM, "station");
    if ((recorded && (self->journal_has_old || self->journal_turns > RENEW_TURNS)) ||
        self->journal_turns > LONGEST_TURNS)
        renew(self);
}

void station_journal_close(Station *self)
{
    if (self->journal_fd >= 0)
        close(self->journal_fd);
    self->journal_fd = -1;
}

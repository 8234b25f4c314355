/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/epoch.h"

#include "edge/store/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LONGEST_MARK 48 /* two 64-bit numbers, a space and a line feed are 41 */

struct EpochMark {
    char *path;
    int file;
    gint64 epoch;
    gboolean dirty;
};

gboolean epoch_read(const char *directory, EpochPosition *ret_position)
{
    g_autofree char *path = g_build_filename(directory, "epoch", NULL);
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char text[LONGEST_MARK + 1];
    gint64 epoch, seq;

    *ret_position = (EpochPosition){ 0 };
    if (file < 0)
        return FALSE;
    ssize_t length = read(file, text, LONGEST_MARK);
    close(file);
    if (length < 4 || text[length - 1] != '\n')
        return FALSE;
    text[length - 1] = '\0';
    g_auto(GStrv) parts = g_strsplit(text, " ", 3);
    if (g_strv_length(parts) != 2 || !g_ascii_string_to_signed(parts[0], 10, 1, G_MAXINT64, &epoch, NULL) ||
        !g_ascii_string_to_signed(parts[1], 10, 0, G_MAXINT64, &seq, NULL))
        return FALSE;
    *ret_position = (EpochPosition){ .epoch = epoch, .seq = seq };
    return TRUE;
}

EpochMark *epoch_mark_open(const char *directory, EpochPosition position, GError **error)
{
    g_autofree char *path = g_build_filename(directory, "epoch", NULL);
    g_autofree char *fresh = g_strconcat(path, ".part", NULL);
    int file = open(fresh, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (file < 0) {
        database_fail_errno(error, errno, "cannot open", fresh);
        return NULL;
    }
    EpochMark *mark = g_new0(EpochMark, 1);
    *mark = (EpochMark){ .path = g_strdup(fresh), .file = file, .epoch = position.epoch };
    gboolean done = epoch_mark_move(mark, position.seq, error) && epoch_mark_sync(mark, error);
    if (done && rename(fresh, path) != 0)
        done = database_fail_errno(error, errno, "cannot rename", fresh);
    if (!done || !database_sync_directory(directory, error)) {
        epoch_mark_close(mark);
        return NULL;
    }
    g_free(mark->path);
    mark->path = g_steal_pointer(&path);
    return mark;
}

void epoch_mark_close(EpochMark *mark)
{
    if (!mark)
        return;
    close(mark->file);
    g_free(mark->path);
    g_free(mark);
}

/* Within an epoch the text only grows, so one small write in place replaces it; the kernel copies it whole,
 * and a disk writes a sector whole. */
gboolean epoch_mark_move(EpochMark *mark, gint64 seq, GError **error)
{
    char text[LONGEST_MARK + 1];
    int length =
        g_snprintf(text, sizeof text, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", mark->epoch, seq);
    ssize_t written = pwrite(mark->file, text, (size_t)length, 0);

    if (written != length)
        return database_fail_errno(error, written < 0 ? errno : ENOSPC, "cannot write", mark->path);
    mark->dirty = TRUE;
    return TRUE;
}

gboolean epoch_mark_sync(EpochMark *mark, GError **error)
{
    if (!mark->dirty)
        return TRUE;
    if (fdatasync(mark->file) != 0)
        return database_fail_errno(error, errno, "cannot sync", mark->path);
    mark->dirty = FALSE;
    return TRUE;
}

gboolean epoch_mark_is_dirty(const EpochMark *mark)
{
    return mark->dirty;
}

gboolean epoch_is_behind(EpochPosition position, EpochPosition mark)
{
    return position.epoch < mark.epoch || (position.epoch == mark.epoch && position.seq < mark.seq);
}

gint64 epoch_next(gint64 wall_us, gint64 above)
{
    return MAX(wall_us / G_USEC_PER_SEC, above + 1);
}

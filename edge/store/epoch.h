/* SPDX-License-Identifier: Apache-2.0 */
/* The high-water mark of the stream of events, kept outside the database in `data-dir/epoch` as text
 * "EPOCH SEQ". The writer's thread.
 *
 * It keeps a restored older database from giving (epoch, seq) a second time. The order of things:
 *  - a new epoch is marked, durably, before the database takes it: a crash in between costs one more epoch;
 *  - a commit is marked before anybody is told of it. The mark is then in the kernel's hands, so that it
 *    outlives the process; it reaches the disk at most a second later, and at once when the books close.
 * So the mark is never ahead of what is committed but for a new epoch not yet taken, and never behind what
 * was told, but for the last second before a power cut. A mark that is missing or unreadable proves nothing:
 * the database then begins a new epoch. */
#pragma once

#include <glib.h>

typedef struct {
    gint64 epoch; /* Unix seconds of its making, above any earlier one; 0: none */
    gint64 seq;   /* the newest event's number; 0: none in this epoch */
} EpochPosition;

typedef struct EpochMark EpochMark;

/* Reads DIRECTORY/epoch; false, RET_POSITION {0, 0}, where it is missing or not to be understood. */
gboolean epoch_read(const char *directory, EpochPosition *ret_position);

/* Writes POSITION into DIRECTORY/epoch, durably and whole or not at all, and keeps the file open. */
EpochMark *epoch_mark_open(const char *directory, EpochPosition position, GError **error);
/* Closes without writing; NULL allowed. */
void epoch_mark_close(EpochMark *mark);

/* Moves the mark within its epoch to SEQ; not yet durable. */
gboolean epoch_mark_move(EpochMark *mark, gint64 seq, GError **error);
/* Makes the last move durable, if there is any. */
gboolean epoch_mark_sync(EpochMark *mark, GError **error);
/* Whether a move waits to be made durable. */
gboolean epoch_mark_is_dirty(const EpochMark *mark);

/* Whether a database that stands at POSITION is behind MARK. */
gboolean epoch_is_behind(EpochPosition position, EpochPosition mark);

/* The number of a new epoch begun at WALL_US: above ABOVE, whatever the clock says. */
gint64 epoch_next(gint64 wall_us, gint64 above);

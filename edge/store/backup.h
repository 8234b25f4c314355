/* SPDX-License-Identifier: Apache-2.0 */
/* Whole copies of a station's database: made in steps from one consistent moment, believed only after
 * quick_check, put in place by renaming. One thread at a time. */
#pragma once

#include "edge/store/database.h"

typedef struct Backup Backup;
typedef enum { BACKUP_MORE, BACKUP_DONE, BACKUP_FAILED } BackupProgress;

/* Begins a copy of the database SOURCE (version at most NEWEST) into FILE, which must not exist; it grows as
 * FILE.part (one left over from earlier is removed). INTERRUPT (may be NULL) ends the final check early. */
Backup *backup_begin(const char *source, const char *file, guint newest, DatabaseInterrupt *interrupt,
                     GError **error);

/* Copies another megabyte; after the last one checks the copy, makes it durable and gives it its name. */
BackupProgress backup_step(Backup *backup, GError **error);

/* Ends it; an unfinished copy is removed. NULL allowed. */
void backup_free(Backup *backup);

/* Removes the database FILE with what SQLite keeps beside it: a stale log would be taken for that of the next
 * file of its name. */
void backup_remove(const char *file);

/* Puts DIRECTORY/COPY in the place of DIRECTORY/FILE, which nobody may have open, and keeps the old one
 * beside it, with its log, as FILE.before-restore-TIME. At every moment there is a database at FILE. */
gboolean backup_swap(const char *directory, const char *copy, const char *file, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Backup, backup_free)

/* SPDX-License-Identifier: Apache-2.0 */
/* The station's data-dir from outside: who has it, and whether the books in it have changed. Any thread. */
#pragma once

#include <glib.h>

/* Makes DIRECTORY where it is missing and takes it for this process, until data_dir_unlock() or the process'
 * end. STORE_ERROR_BUSY where another stationd has it. */
gboolean data_dir_lock(const char *directory, int *ret_lock, GError **error);
/* Gives it back; −1 is allowed. */
void data_dir_unlock(int lock);

/* What the database and its log look like from outside. As long as that stays the same, a damaged database is
 * damaged, and need not be read again. */
typedef struct {
    guint64 inode[2];
    gint64 size[2];
    gint64 changed_ns[2];
} DataDirMark;

DataDirMark data_dir_mark(const char *directory);
gboolean data_dir_mark_equal(const DataDirMark *a, const DataDirMark *b);

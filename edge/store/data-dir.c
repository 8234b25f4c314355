/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/data-dir.h"

#include "edge/store/books.h"
#include "edge/store/database.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

gboolean data_dir_lock(const char *directory, int *ret_lock, GError **error)
{
    g_autofree char *path = g_build_filename(directory, "lock", NULL);

    if (g_mkdir_with_parents(directory, 0750) != 0)
        return database_fail_errno(error, errno, "cannot make", directory);
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0)
        return database_fail_errno(error, errno, "cannot open", path);
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_BUSY, "%s: another stationd uses it", directory);
        close(lock);
        return FALSE;
    }
    *ret_lock = lock;
    return TRUE;
}

void data_dir_unlock(int lock)
{
    if (lock >= 0)
        close(lock);
}

DataDirMark data_dir_mark(const char *directory)
{
    static const char *const files[] = { BOOKS_FILE, BOOKS_FILE "-wal" };
    DataDirMark mark = { 0 };

    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(directory, files[i], NULL);
        struct stat status;

        if (stat(path, &status) != 0)
            continue;
        mark.inode[i] = status.st_ino;
        mark.size[i] = status.st_size;
        mark.changed_ns[i] = (gint64)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
    }
    return mark;
}

gboolean data_dir_mark_equal(const DataDirMark *a, const DataDirMark *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* renameat2 */
#include "edge/store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PAGES_PER_STEP 256
#define INTERRUPT_INSTRUCTIONS 10000

struct Backup {
    char *file;
    char *part;
    sqlite3 *source;
    sqlite3 *target;
    sqlite3_backup *copy;
    guint newest;
    DatabaseInterrupt *interrupt;
};

void backup_remove(const char *file)
{
    static const char *const suffixes[] = { "", "-journal", "-wal", "-shm" };

    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *path = g_strconcat(file, suffixes[i], NULL);
        unlink(path);
    }
}

static int is_interrupted(void *data)
{
    return database_interrupt_is_raised(((Backup *)data)->interrupt);
}

/* Opens SOURCE and holds one moment of it, or else every commit in between would begin the copy anew. */
static gboolean open_source(Backup *backup, const char *source, GError **error)
{
    guint version;
    gint64 tables;

    backup->source = database_open(source, DATABASE_READ, error);
    if (!backup->source || !database_identify(backup->source, backup->newest, &version, error))
        return FALSE;
    if (version == 0) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_CORRUPT, "it is empty");
        return FALSE;
    }
    return database_run(backup->source, "BEGIN", error) &&
           database_read_integer(backup->source, "SELECT count(*) FROM sqlite_schema", &tables, error);
}

static gboolean open_target(Backup *backup, GError **error)
{
    backup_remove(backup->part);
    backup->target = database_open(backup->part, DATABASE_WRITE, error);
    if (!backup->target)
        return FALSE;
    sqlite3_progress_handler(backup->target, INTERRUPT_INSTRUCTIONS, is_interrupted, backup);
    backup->copy = sqlite3_backup_init(backup->target, "main", backup->source, "main");
    return backup->copy || database_fail(backup->target, error, backup->part);
}

Backup *backup_begin(const char *source, const char *file, guint newest, DatabaseInterrupt *interrupt,
                     GError **error)
{
    g_autoptr(Backup) backup = g_new0(Backup, 1);

    backup->newest = newest;
    backup->interrupt = interrupt;
    backup->file = g_strdup(file);
    if (g_file_test(file, G_FILE_TEST_EXISTS) || g_file_test(file, G_FILE_TEST_IS_SYMLINK)) {
        database_fail_errno(error, EEXIST, "cannot make", file);
        return NULL;
    }
    if (!open_source(backup, source, error)) {
        g_prefix_error(error, "%s: ", source);
        return NULL;
    }
    backup->part = g_strconcat(file, ".part", NULL);
    return open_target(backup, error) ? g_steal_pointer(&backup) : NULL;
}

static gboolean sync_file(const char *path, GError **error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);

    if (file < 0)
        return database_fail_errno(error, errno, "cannot open", path);
    int result = fsync(file);
    int code = errno;
    close(file);
    return result == 0 || database_fail_errno(error, code, "cannot sync", path);
}

/* Never over another file, even one that came into being meanwhile. Some file systems know no such rename. */
static gboolean give_name(Backup *backup, GError **error)
{
    int result = renameat2(AT_FDCWD, backup->part, AT_FDCWD, backup->file, RENAME_NOREPLACE);

    if (result != 0 && (errno == EINVAL || errno == ENOSYS) && access(backup->file, F_OK) != 0)
        result = rename(backup->part, backup->file);
    if (result != 0)
        return database_fail_errno(error, errno, "cannot make", backup->file);
    g_clear_pointer(&backup->part, g_free);
    g_autofree char *directory = g_path_get_dirname(backup->file);
    return database_sync_directory(directory, error);
}

/* One file without a log beside it, sound, durable, under its name. */
static gboolean finish(Backup *backup, GError **error)
{
    guint version;

    sqlite3_backup_finish(backup->copy);
    backup->copy = NULL;
    g_clear_pointer(&backup->source, database_close);
    gboolean is_sound = database_run(backup->target, "PRAGMA journal_mode = DELETE", error) &&
                        database_identify(backup->target, backup->newest, &version, error) &&
                        database_check(backup->target, backup->interrupt, error);
    g_clear_pointer(&backup->target, database_close);
    return is_sound && sync_file(backup->part, error) && give_name(backup, error);
}

BackupProgress backup_step(Backup *backup, GError **error)
{
    int result = sqlite3_backup_step(backup->copy, PAGES_PER_STEP);

    if (result == SQLITE_OK)
        return BACKUP_MORE;
    if (result == SQLITE_DONE)
        return finish(backup, error) ? BACKUP_DONE : BACKUP_FAILED;
    /* The code stands with the copy; its end hands it to the target. */
    sqlite3_backup_finish(backup->copy);
    backup->copy = NULL;
    database_fail(backup->target, error, backup->part);
    return BACKUP_FAILED;
}

void backup_free(Backup *backup)
{
    if (!backup)
        return;
    sqlite3_backup_finish(backup->copy);
    database_close(backup->source);
    database_close(backup->target);
    if (backup->part)
        backup_remove(backup->part);
    g_free(backup->part);
    g_free(backup->file);
    g_free(backup);
}

/* A name that is free, for the old database. */
static char *find_kept(const char *path)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *time = g_date_time_format(now, "%Y%m%dT%H%M%SZ");
    char *kept = g_strdup_printf("%s.before-restore-%s", path, time);

    for (guint i = 2; g_file_test(kept, G_FILE_TEST_EXISTS); i++) {
        g_free(kept);
        kept = g_strdup_printf("%s.before-restore-%s-%u", path, time, i);
    }
    return kept;
}

gboolean backup_swap(const char *directory, const char *copy, const char *file, GError **error)
{
    g_autofree char *from = g_build_filename(directory, copy, NULL);
    g_autofree char *path = g_build_filename(directory, file, NULL);
    g_autofree char *kept = find_kept(path);
    g_autofree char *log = g_strconcat(path, "-wal", NULL);
    g_autofree char *kept_log = g_strconcat(kept, "-wal", NULL);
    g_autofree char *index = g_strconcat(path, "-shm", NULL);

    if (link(path, kept) != 0 && errno != ENOENT)
        return database_fail_errno(error, errno, "cannot keep", path);
    /* A log left beside the new database would be taken for its own. */
    if (rename(log, kept_log) != 0 && errno != ENOENT)
        return database_fail_errno(error, errno, "cannot keep", log);
    unlink(index);
    if (rename(from, path) != 0)
        return database_fail_errno(error, errno, "cannot put in place", from);
    return database_sync_directory(directory, error);
}

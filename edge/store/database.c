/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/database.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The longest value: far above any alarm object, far below what could exhaust the memory. */
#define LONGEST_VALUE (4 * 1024 * 1024)
/* After a checkpoint the log's file is cut down to this. */
#define LOG_LIMIT "8388608"

G_DEFINE_QUARK(store - error, store_error)

static gboolean is_full(int code)
{
    return code == ENOSPC || code == EDQUOT || code == EFBIG;
}

/* The system's reason for a failed read or write: SQLite keeps it with the connection or with the file. */
static int find_errno(sqlite3 *database)
{
    static const int files[] = { SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER };
    int code = sqlite3_system_errno(database);

    for (guint i = 0; i < G_N_ELEMENTS(files) && code == 0; i++) {
        sqlite3_file *file = NULL;

        if (sqlite3_file_control(database, "main", files[i], &file) == SQLITE_OK && file && file->pMethods)
            file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &code);
    }
    return code;
}

static StoreError classify(int result, int system_code)
{
    switch (result) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return STORE_ERROR_CORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return STORE_ERROR_BUSY;
    case SQLITE_FULL:
        return STORE_ERROR_FULL;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return is_full(system_code) ? STORE_ERROR_FULL : STORE_ERROR_IO;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
    case SQLITE_ERROR:
        return STORE_ERROR_FACT;
    case SQLITE_INTERRUPT:
        return STORE_ERROR_QUERY;
    default:
        return STORE_ERROR_IO;
    }
}

gboolean database_fail_statement(sqlite3 *database, GError **error, const char *what)
{
    int result = database ? sqlite3_errcode(database) & 0xff : SQLITE_NOMEM;
    /* A damaged schema is quoted as it is; messages go on to D-Bus. */
    g_autofree char *text = g_utf8_make_valid(database ? sqlite3_errmsg(database) : "out of memory", -1);
    gboolean is_system = result == SQLITE_IOERR || result == SQLITE_CANTOPEN;
    int system_code = is_system ? find_errno(database) : 0;
    gboolean has_cause = system_code != 0;

    g_set_error(error, STORE_ERROR, classify(result, system_code), "%s%s%s%s%s", what ? what : "",
                what ? ": " : "", text, has_cause ? ": " : "", has_cause ? g_strerror(system_code) : "");
    return FALSE;
}

gboolean database_blame_file(GError **error)
{
    if (error && *error && (*error)->code == STORE_ERROR_FACT)
        (*error)->code = STORE_ERROR_CORRUPT;
    return FALSE;
}

gboolean database_fail(sqlite3 *database, GError **error, const char *what)
{
    database_fail_statement(database, error, what);
    return database_blame_file(error);
}

gboolean database_fail_errno(GError **error, int code, const char *what, const char *path)
{
    g_set_error(error, STORE_ERROR, is_full(code) ? STORE_ERROR_FULL : STORE_ERROR_IO, "%s %s: %s", what,
                path, g_strerror(code));
    return FALSE;
}

/* SQLite would make the file readable by everybody; the log and its index take over the file's mode. */
static gboolean make_private(const char *path, GError **error)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (file < 0)
        return database_fail_errno(error, errno, "cannot open", path);
    close(file);
    return TRUE;
}

/* A FIFO or a device would hold whoever opens it for as long as it likes; so would one that SQLite looks for
 * beside the database. What is not there at all is said by the opening itself. */
static gboolean are_files(const char *path, GError **error)
{
    static const char *const suffixes[] = { "", "-journal", "-wal", "-shm" };

    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *one = g_strconcat(path, suffixes[i], NULL);
        struct stat status;

        if (stat(one, &status) != 0 || S_ISREG(status.st_mode))
            continue;
        g_set_error(error, STORE_ERROR, STORE_ERROR_IO, "%s: it is not a regular file", one);
        return FALSE;
    }
    return TRUE;
}

sqlite3 *database_open(const char *path, DatabaseMode mode, GError **error)
{
    sqlite3 *database = NULL;
    int flags = mode == DATABASE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;

    if (!are_files(path, error))
        return NULL;
    if (mode == DATABASE_WRITE && !make_private(path, error))
        return NULL;
    if (sqlite3_open_v2(path, &database, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL) !=
        SQLITE_OK) {
        database_fail(database, error, path);
        sqlite3_close(database);
        return NULL;
    }
    sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_limit(database, SQLITE_LIMIT_LENGTH, LONGEST_VALUE);
    sqlite3_busy_timeout(database, DATABASE_BUSY_MS);
    return database;
}

void database_close(sqlite3 *database)
{
    sqlite3_close_v2(database);
}

void database_settle(sqlite3 *database)
{
    sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
}

gboolean database_run(sqlite3 *database, const char *sql, GError **error)
{
    if (sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK)
        return TRUE;
    return database_fail(database, error, NULL);
}

gboolean database_read_integer(sqlite3 *database, const char *sql, gint64 *ret_value, GError **error)
{
    sqlite3_stmt *statement = NULL;
    gint64 value = 0;

    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
        return database_fail(database, error, NULL);
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    else if (result != SQLITE_DONE)
        database_fail(database, error, NULL);
    sqlite3_finalize(statement);
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        return FALSE;
    *ret_value = value;
    return TRUE;
}

gboolean database_identify(sqlite3 *database, guint newest, guint *ret_version, GError **error)
{
    gint64 application, version, tables;

    if (!database_read_integer(database, "PRAGMA application_id", &application, error) ||
        !database_read_integer(database, "PRAGMA user_version", &version, error) ||
        !database_read_integer(database, "SELECT count(*) FROM sqlite_schema", &tables, error))
        return FALSE;
    if (application == 0 && version == 0 && tables == 0) {
        *ret_version = 0;
        return TRUE;
    }
    if (version > newest && (application == DATABASE_APPLICATION_ID || application == 0)) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_NEWER,
                    "made by a newer program: version %" G_GINT64_FORMAT ", this one knows up to %u", version,
                    newest);
        return FALSE;
    }
    if (application != DATABASE_APPLICATION_ID || version < 1) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_CORRUPT, "not a database of a station");
        return FALSE;
    }
    *ret_version = (guint)version;
    return TRUE;
}

gboolean database_configure(sqlite3 *database, GError **error)
{
    gint64 is_wal = 0;

    if (!database_run(database,
                      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                      "PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = " LOG_LIMIT ";"
                      "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON",
                      error) ||
        !database_read_integer(database, "SELECT journal_mode = 'wal' FROM pragma_journal_mode", &is_wal,
                               error))
        return FALSE;
    if (is_wal)
        return TRUE;
    g_set_error(error, STORE_ERROR, STORE_ERROR_IO, "the file system bears no write-ahead log");
    return FALSE;
}

void database_interrupt_init(DatabaseInterrupt *interrupt)
{
    *interrupt = (DatabaseInterrupt){ 0 };
    g_mutex_init(&interrupt->lock);
}

void database_interrupt_clear(DatabaseInterrupt *interrupt)
{
    g_mutex_clear(&interrupt->lock);
}

void database_interrupt_raise(DatabaseInterrupt *interrupt)
{
    g_mutex_lock(&interrupt->lock);
    g_atomic_int_set(&interrupt->is_raised, TRUE);
    if (interrupt->checked)
        sqlite3_interrupt(interrupt->checked);
    g_mutex_unlock(&interrupt->lock);
}

gboolean database_interrupt_is_raised(DatabaseInterrupt *interrupt)
{
    return interrupt && g_atomic_int_get(&interrupt->is_raised);
}

static gboolean run_check(sqlite3 *database, GError **error)
{
    sqlite3_stmt *statement = NULL;
    gboolean is_sound = FALSE;

    if (sqlite3_prepare_v2(database, "PRAGMA quick_check(1)", -1, &statement, NULL) != SQLITE_OK)
        return database_fail(database, error, "quick_check");
    if (sqlite3_step(statement) == SQLITE_ROW) {
        const char *column = (const char *)sqlite3_column_text(statement, 0);
        g_autofree char *finding = g_utf8_make_valid(column ? column : "", -1);

        is_sound = strcmp(finding, "ok") == 0;
        if (!is_sound)
            g_set_error(error, STORE_ERROR, STORE_ERROR_CORRUPT, "quick_check: %s", finding);
    } else {
        database_fail(database, error, "quick_check");
    }
    sqlite3_finalize(statement);
    return is_sound;
}

static void note_checked(DatabaseInterrupt *interrupt, sqlite3 *database)
{
    if (!interrupt)
        return;
    g_mutex_lock(&interrupt->lock);
    interrupt->checked = database;
    g_mutex_unlock(&interrupt->lock);
}

gboolean database_check(sqlite3 *database, DatabaseInterrupt *interrupt, GError **error)
{
    g_autoptr(GError) fault = NULL;

    note_checked(interrupt, database);
    gboolean is_sound = run_check(database, &fault);
    note_checked(interrupt, NULL);
    if (is_sound)
        return TRUE;
    /* Pages that an interrupted check has not come to look to it like pages that nobody uses. */
    if (database_interrupt_is_raised(interrupt))
        g_set_error(error, STORE_ERROR, STORE_ERROR_QUERY, "quick_check: interrupted");
    else
        g_propagate_error(error, g_steal_pointer(&fault));
    return FALSE;
}

gboolean database_sync_directory(const char *directory, GError **error)
{
    int file = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (file < 0)
        return database_fail_errno(error, errno, "cannot open", directory);
    int result = fsync(file);
    int code = errno;
    close(file);
    return result == 0 || database_fail_errno(error, code, "cannot sync", directory);
}

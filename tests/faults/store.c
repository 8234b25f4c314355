/* SPDX-License-Identifier: Apache-2.0 */
/* What befalls a database in the field: locked by another process, damaged, newer, on a full disk, and its
 * writer killed. Each ends in a clear state; no fact is lost, no number is given twice. */
#include "edge/store/store.h"

#include "edge/store/station-sql.h"
#include "tests/unit/store/fixture.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *program;

static guint count_rounds(guint plain, guint full)
{
    return g_strcmp0(g_getenv("STATIONMASTER_FULL"), "1") == 0 ? full : plain;
}

/* ---- other processes ---- */

typedef struct {
    GPid pid;
    int in;  /* ends what it does when closed */
    int out; /* what it says */
} Child;

static Child spawn(const char *mode, const char *path, const char *argument)
{
    const char *arguments[] = { program, mode, path, argument, NULL };
    g_autoptr(GError) error = NULL;
    Child child;

    g_spawn_async_with_pipes(NULL, (char **)arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                             &child.pid, &child.in, &child.out, NULL, &error);
    g_assert_no_error(error);
    return child;
}

/* All that CHILD still says, until it ends. */
static char *finish(Child *child)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char part[4096];
    ssize_t length;

    close(child->in);
    while ((length = read(child->out, part, sizeof part)) > 0)
        g_string_append_len(text, part, length);
    close(child->out);
    g_assert_cmpint(waitpid(child->pid, NULL, 0), ==, child->pid);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* Child: holds PATH locked until its input ends. */
static int hold_lock(const char *path)
{
    sqlite3 *database = database_open(path, DATABASE_WRITE, NULL);
    char byte;

    if (!database || !database_run(database, "BEGIN EXCLUSIVE", NULL))
        return 1;
    if (write(STDOUT_FILENO, "L", 1) != 1)
        return 1;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    database_close(database);
    return 0;
}

static Child spawn_lock(Fixture *fixture)
{
    g_autofree char *path = fixture_path(fixture, "station.db");
    Child child = spawn("--lock", path, NULL);
    char byte = 0;

    g_assert_cmpint(read(child.out, &byte, 1), ==, 1);
    return child;
}

/* ---- locked ---- */

static void test_locked_at_start(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Answer answer = { 0 };

    fixture_open_usable(fixture);
    fixture_put(fixture, "a", "1");
    fixture_close(fixture);
    Child child = spawn_lock(fixture);
    fixture_open(fixture);
    store_put(fixture->store, fixture_fact("b", "2"), answer_done, &answer);
    fixture_wait(&fixture->states, 1);
    g_assert_false(fixture->usable);
    g_assert_cmpint(fixture->code, ==, STORE_ERROR_BUSY);
    /* Who may acknowledge must be known even now. */
    Answer staff = fixture_query(fixture, "staff-list");
    g_assert_cmpint(staff.code, ==, -1);
    answer_clear(&staff);
    g_assert_cmpuint(answer.count, ==, 0);
    g_free(finish(&child));
    fixture_wait_usable(fixture, TRUE);
    fixture_wait(&answer.count, 1);
    g_assert_cmpint(answer.code, ==, -1);
    g_assert_cmpint(answer.last_seq, ==, 2);
    answer_clear(&answer);
}

static void test_locked_later(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Answer answer = { 0 };

    fixture_open_usable(fixture);
    fixture_put(fixture, "a", "1");
    Child child = spawn_lock(fixture);
    for (guint i = 0; i < 300; i++)
        store_put(fixture->store, fixture_fact("b", "2"), answer_done, &answer);
    fixture_wait_usable(fixture, FALSE);
    g_assert_cmpint(fixture->code, ==, STORE_ERROR_BUSY);
    g_free(finish(&child));
    fixture_wait_usable(fixture, TRUE);
    fixture_wait(&answer.count, 300);
    g_assert_cmpint(answer.last_seq, ==, 301);
    answer_clear(&answer);
}

/* ---- newer ---- */

static void test_newer(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(fixture, "station.db");
    g_autofree char *newer =
        g_strdup_printf("PRAGMA user_version = %u; CREATE TABLE later (x)", station_sql_n_migrations + 1);
    g_autofree char *older =
        g_strdup_printf("DROP TABLE later; PRAGMA user_version = %u", station_sql_n_migrations);
    Answer answer = { 0 };

    fixture_open_usable(fixture);
    fixture_put(fixture, "a", "1");
    fixture_close(fixture);
    fixture_run(path, newer);
    g_autoptr(GBytes) before = fixture_bytes(path);
    fixture_open(fixture);
    store_put(fixture->store, fixture_fact("b", "2"), answer_done, &answer);
    fixture_wait(&fixture->states, 1);
    g_assert_cmpint(fixture->code, ==, STORE_ERROR_NEWER);
    Answer rows = fixture_query(fixture, "staff-list");
    g_assert_cmpint(rows.code, ==, STORE_ERROR_NEWER);
    answer_clear(&rows);
    fixture_close(fixture);
    g_autoptr(GBytes) after = fixture_bytes(path);
    g_assert_true(g_bytes_equal(before, after));
    g_assert_cmpuint(answer.count, ==, 1); /* at the end, that it was not put */
    g_assert_cmpint(answer.code, ==, STORE_ERROR_BUSY);
    answer_clear(&answer);

    fixture_open(fixture);
    store_put(fixture->store, fixture_fact("b", "2"), answer_done, &answer);
    fixture_wait(&fixture->states, 1);
    fixture_run(path, older);
    fixture_wait_usable(fixture, TRUE);
    fixture_wait(&answer.count, 1);
    g_assert_cmpint(answer.last_seq, ==, 2);
    answer_clear(&answer);
}

/* ---- damaged ---- */

static void make_books(Fixture *fixture)
{
    g_autofree char *text = g_strnfill(3000, 'x');

    fixture_open_usable(fixture);
    for (guint i = 0; i < 40; i++) {
        g_autofree char *name = g_strdup_printf("n-%u", i);
        fixture_put(fixture, name, text);
    }
    fixture_close(fixture);
}

/* Writes COUNT random bytes over PATH between FROM and TO. */
static void damage(const char *path, GRand *random, guint count, long from, long to)
{
    FILE *file = g_fopen(path, "r+");

    for (guint i = 0; i < count; i++) {
        fseek(file, g_rand_int_range(random, (gint32)from, (gint32)to), SEEK_SET);
        fputc(g_rand_int_range(random, 0, 256), file);
    }
    fclose(file);
}

static void copy(const char *from, const char *to)
{
    g_autoptr(GBytes) bytes = fixture_bytes(from);
    gsize length;
    const char *content = g_bytes_get_data(bytes, &length);

    g_assert_true(g_file_set_contents(to, content, (gssize)length, NULL));
}

/* With damage anywhere the store opens and works, or says why it does not; it never crashes, and what it
 * has refused it does not touch. */
static void run_damaged(Fixture *fixture, const char *path)
{
    g_autoptr(GBytes) before = fixture_bytes(path);
    Answer fact = { 0 }, check = { 0 };

    fixture_open(fixture);
    store_put(fixture->store, fixture_fact("more", "x"), answer_done, &fact);
    store_check(fixture->store, answer_done, &check);
    fixture_wait(&check.count, 1);
    if (check.code == -1) {
        fixture_wait(&fact.count, 1);
        g_assert_cmpint(fact.code, ==, -1);
    } else {
        /* A damaged header may also say "newer" or "read-only". */
        fixture_wait_usable(fixture, FALSE);
        g_assert_cmpint(check.code, !=, STORE_ERROR_FACT);
    }
    gboolean was_refused = !fixture->usable && fixture->states == 1;
    fixture_close(fixture);
    g_autoptr(GBytes) after = fixture_bytes(path);
    if (was_refused)
        g_assert_true(g_bytes_equal(before, after));
    answer_clear(&fact);
    answer_clear(&check);
}

static void test_damaged(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(fixture, "station.db");
    g_autofree char *log = fixture_path(fixture, "station.db-wal");
    g_autofree char *sound = fixture_path(fixture, "sound.db");
    g_autoptr(GRand) random = g_rand_new_with_seed((guint32)g_test_rand_int());
    struct stat status;

    make_books(fixture);
    copy(path, sound);
    g_assert_cmpint(g_stat(path, &status), ==, 0);
    for (guint round = 0; round < count_rounds(40, 1000); round++) {
        g_remove(log);
        copy(sound, path);
        damage(path, random, 1u << (round % 10), 0, round % 4 == 0 ? 100 : status.st_size);
        run_damaged(fixture, path);
    }
}

/* A damaged header is told at once, and a sound file in its place ends the trouble. */
static void test_damaged_header(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(fixture, "station.db");
    g_autofree char *sound = fixture_path(fixture, "sound.db");
    Answer answer = { 0 };

    make_books(fixture);
    copy(path, sound);
    FILE *file = g_fopen(path, "r+");
    fputs("Not SQLite", file);
    fclose(file);
    g_autoptr(GBytes) before = fixture_bytes(path);
    fixture_open(fixture);
    store_put(fixture->store, fixture_fact("more", "x"), answer_done, &answer);
    fixture_wait(&fixture->states, 1);
    g_assert_cmpint(fixture->code, ==, STORE_ERROR_CORRUPT);
    g_autoptr(GBytes) after = fixture_bytes(path);
    g_assert_true(g_bytes_equal(before, after));
    copy(sound, path);
    fixture_wait_usable(fixture, TRUE);
    fixture_wait(&answer.count, 1);
    g_assert_cmpint(answer.last_seq, ==, 41);
    answer_clear(&answer);
}

/* A corrupt database is cured by restoring a backup, and is kept. */
static void test_restore_over_damage(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(fixture, "station.db");
    g_autofree char *backup = fixture_path(fixture, "backup.db");
    Answer answer = { 0 };

    make_books(fixture);
    copy(path, backup);
    g_assert_true(g_file_set_contents(path, "rubbish", -1, NULL));
    fixture_open(fixture);
    fixture_wait(&fixture->states, 1);
    g_assert_cmpint(fixture->code, ==, STORE_ERROR_CORRUPT);
    store_restore(fixture->store, backup, answer_done, &answer);
    fixture_wait(&answer.count, 1);
    g_assert_cmpint(answer.code, ==, -1);
    fixture_wait_usable(fixture, TRUE);
    fixture_put(fixture, "a", "1");
    fixture_close(fixture);
    g_assert_cmpint(fixture_read(path, "SELECT count(DISTINCT epoch) FROM event"), ==, 2);
    g_autoptr(GDir) directory = g_dir_open(fixture->directory, 0, NULL);
    const char *name;
    guint kept = 0;
    while ((name = g_dir_read_name(directory)))
        kept += g_str_has_prefix(name, "station.db.before-restore-");
    g_assert_cmpuint(kept, ==, 1);
    answer_clear(&answer);
}

/* ---- full disk ---- */

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    limit.rlim_cur = MIN(bytes, limit.rlim_max);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
}

static void test_full_at_start(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Answer answer = { 0 };

    limit_files(8192);
    fixture_open(fixture);
    store_put(fixture->store, fixture_fact("a", "1"), answer_done, &answer);
    fixture_wait(&fixture->states, 1);
    g_assert_false(fixture->usable);
    g_assert_cmpint(fixture->code, ==, STORE_ERROR_FULL);
    limit_files(RLIM_INFINITY);
    fixture_wait_usable(fixture, TRUE);
    fixture_wait(&answer.count, 1);
    g_assert_cmpint(answer.code, ==, -1);
    answer_clear(&answer);
}

static void test_full_later(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(fixture, "station.db");
    g_autofree char *text = g_strnfill(3000, 'x');
    Answer answer = { 0 };
    guint put = 0;

    fixture_open_usable(fixture);
    fixture_put(fixture, "a", "1");
    limit_files(300000);
    while (fixture->usable) {
        g_autofree char *name = g_strdup_printf("n-%u", put);
        store_put(fixture->store, fixture_fact(name, text), answer_done, &answer);
        put++;
        g_main_context_iteration(NULL, FALSE);
    }
    g_assert_cmpint(fixture->code, ==, STORE_ERROR_FULL);
    /* It can still be read. */
    Answer rows = fixture_query(fixture, "staff-list");
    g_assert_cmpint(rows.code, ==, -1);
    answer_clear(&rows);
    limit_files(RLIM_INFINITY);
    fixture_wait_usable(fixture, TRUE);
    fixture_wait(&answer.count, put);
    g_assert_cmpint(answer.code, ==, -1);
    fixture_close(fixture);
    g_assert_cmpint(fixture_read(path, "SELECT count(*) FROM event"), ==, put + 1);
    g_assert_cmpint(fixture_read(path, "SELECT count(DISTINCT subject) FROM event"), ==, put + 1);
    g_assert_cmpint(fixture_read(path, "SELECT max(seq) FROM event"), ==, put + 1);
    answer_clear(&answer);
}

/* ---- killed ---- */

typedef struct {
    Store *store;
    guint64 number;
    GRand *random;
    char *text;
} Scribe;

typedef struct {
    Scribe *scribe;
    guint64 number;
} Line;

static void write_down(Scribe *scribe);

/* One whole line for each durable fact; the parent reads what was said before the kill. */
static void on_written(const GError *error, gint64 last_seq, gpointer user_data)
{
    Line *line = user_data;
    char text[64];
    int length =
        g_snprintf(text, sizeof text, "%" G_GUINT64_FORMAT " %" G_GINT64_FORMAT "\n", line->number, last_seq);

    if (error || write(STDOUT_FILENO, text, (size_t)length) != length)
        exit(1);
    write_down(line->scribe);
    g_free(line);
}

static void write_down(Scribe *scribe)
{
    g_autofree char *name = g_strdup_printf("%" G_GUINT64_FORMAT, scribe->number);
    Line line = { .scribe = scribe, .number = scribe->number++ };

    scribe->text[g_rand_int_range(scribe->random, 0, 12000)] = '\0';
    store_put(scribe->store, fixture_fact(name, scribe->text), on_written, g_memdup2(&line, sizeof line));
    memset(scribe->text, 'x', 12000);
}

/* Child: writes for ever, up to 40 facts at a time. */
static int write_for_ever(const char *directory, const char *first)
{
    Scribe scribe = { .number = g_ascii_strtoull(first, NULL, 10),
                      .random = g_rand_new(),
                      .text = g_strnfill(12000, 'x') };

    scribe.store = store_new(&(StoreSetup){ .directory = directory, .station = "CS-KILL" });
    for (int i = g_rand_int_range(scribe.random, 1, 41); i > 0; i--)
        write_down(&scribe);
    while (scribe.store)
        g_main_context_iteration(NULL, TRUE);
    return 0;
}

/* Every line that was said is in the books under its number. */
static guint compare(const char *path, const char *said)
{
    g_autoptr(GError) error = NULL;
    sqlite3 *database = database_open(path, DATABASE_READ, &error);
    g_auto(GStrv) lines = g_strsplit(said, "\n", -1);
    guint checked = 0;

    g_assert_no_error(error);
    for (guint i = 0; lines[i] && lines[i + 1]; i++) { /* the last one is empty or cut */
        g_auto(GStrv) parts = g_strsplit(lines[i], " ", 2);
        g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM event WHERE seq = %s AND subject = '%s'",
                                               parts[1], parts[0]);
        gint64 found = 0;
        g_assert_true(database_read_integer(database, sql, &found, &error));
        g_assert_cmpint(found, ==, 1);
        checked++;
    }
    database_close(database);
    return checked;
}

static void test_killed(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = fixture_path(fixture, "station.db");
    guint durable = 0;

    for (guint round = 0; round < count_rounds(20, 200); round++) {
        g_autofree char *first = g_strdup_printf("%u", round * 1000000);
        Child child = spawn("--write", fixture->directory, first);
        char byte;

        g_assert_cmpint(read(child.out, &byte, 1), ==, 1);
        /* A random moment is what is tested here. */
        g_usleep((gulong)g_test_rand_int_range(0, 120000));
        kill(child.pid, SIGKILL);
        g_autofree char *rest = finish(&child);
        g_autofree char *said = g_strdup_printf("%c%s", byte, rest);
        durable += compare(path, said);
        g_assert_cmpint(fixture_read(path, "SELECT count(*) FROM event"), ==,
                        fixture_read(path, "SELECT max(seq) FROM event"));
        g_assert_cmpint(fixture_read(path, "SELECT min(seq) FROM event"), ==, 1);
        g_assert_cmpint(fixture_read(path, "SELECT count(DISTINCT epoch) FROM event"), ==, 1);
        g_assert_cmpint(fixture_read(path, "SELECT count(*) - count(DISTINCT subject) FROM event"), ==, 0);
        g_assert_cmpint(fixture_read(path, "SELECT (SELECT seq FROM position) - max(seq) FROM event"), ==, 0);
    }
    g_test_message("%u facts reported durable, all found", durable);
    g_assert_cmpuint(durable, >, 0);
    fixture_open_usable(fixture);
    Answer check = { 0 };
    store_check(fixture->store, answer_done, &check);
    fixture_wait(&check.count, 1);
    g_assert_cmpint(check.code, ==, -1);
    answer_clear(&check);
}

int main(int argc, char **argv)
{
    program = argv[0];
    if (argc == 3 && strcmp(argv[1], "--lock") == 0)
        return hold_lock(argv[2]);
    if (argc == 4 && strcmp(argv[1], "--write") == 0)
        return write_for_ever(argv[2], argv[3]);
    signal(SIGXFSZ, SIG_IGN);
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/store/locked-at-start", test_locked_at_start);
    FIXTURE_ADD("/store/locked-later", test_locked_later);
    FIXTURE_ADD("/store/newer", test_newer);
    FIXTURE_ADD("/store/damaged", test_damaged);
    FIXTURE_ADD("/store/damaged-header", test_damaged_header);
    FIXTURE_ADD("/store/restore-over-damage", test_restore_over_damage);
    FIXTURE_ADD("/store/full-at-start", test_full_at_start);
    FIXTURE_ADD("/store/full-later", test_full_later);
    FIXTURE_ADD("/store/killed", test_killed);
    return g_test_run();
}

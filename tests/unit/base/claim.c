/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/claim.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    char *directory, *path;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    fixture->directory = g_dir_make_tmp("claim-XXXXXX", NULL);
    fixture->path = g_build_filename(fixture->directory, "claim", NULL);
}

static void tear_down(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_unlink(fixture->path);
    g_rmdir(fixture->directory);
    g_free(fixture->path);
    g_free(fixture->directory);
}

/* What another process, which ends with it, is told: 0: it has the claim, 1: the parent has, 2: else. */
static int ask_other(const char *path)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        int holder;
        int claim = claim_take(path, &holder);

        _exit(claim >= 0 ? 0 : holder == getppid() ? 1 : 2);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_one_at_a_time(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    int holder = -1;
    int claim = claim_take(fixture->path, &holder);

    g_assert_cmpint(claim, >=, 0);
    g_assert_cmpint(holder, ==, 0);
    g_assert_cmpint(ask_other(fixture->path), ==, 1);
    claim_drop(claim);
    g_assert_cmpint(ask_other(fixture->path), ==, 0);
}

static void test_ends_with_its_process(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    int holder;

    g_assert_cmpint(ask_other(fixture->path), ==, 0);
    int claim = claim_take(fixture->path, &holder);

    g_assert_cmpint(claim, >=, 0);
    claim_drop(claim);
}

/* A holder that has died and is not yet waited for. */
static void test_zombie(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    pid_t child = fork();
    siginfo_t info;
    int holder;

    if (child == 0)
        _exit(claim_take(fixture->path, &holder) < 0);
    g_assert_cmpint(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), ==, 0);
    int claim = claim_take(fixture->path, &holder);

    g_assert_cmpint(claim, >=, 0);
    claim_drop(claim);
    g_assert_cmpint(waitpid(child, NULL, 0), ==, child);
}

static void test_no_place(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = g_build_filename(fixture->directory, "missing", "claim", NULL);
    int holder = -1;

    g_assert_cmpint(claim_take(path, &holder), ==, -1);
    g_assert_cmpint(errno, ==, ENOENT);
    g_assert_cmpint(holder, ==, 0);
    claim_drop(-1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/claim/one-at-a-time", Fixture, NULL, set_up, test_one_at_a_time, tear_down);
    g_test_add("/claim/ends-with-its-process", Fixture, NULL, set_up, test_ends_with_its_process, tear_down);
    g_test_add("/claim/zombie", Fixture, NULL, set_up, test_zombie, tear_down);
    g_test_add("/claim/no-place", Fixture, NULL, set_up, test_no_place, tear_down);
    return g_test_run();
}

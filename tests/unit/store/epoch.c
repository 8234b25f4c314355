/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/store/epoch.h"

#include "tests/unit/store/fixture.h"

#include <glib/gstdio.h>

static void test_mark(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    EpochPosition position = { 7, 7 };
    g_autoptr(GError) error = NULL;

    g_assert_false(epoch_read(fixture->directory, &position));
    g_assert_cmpint(position.epoch, ==, 0);
    EpochMark *mark = epoch_mark_open(fixture->directory, (EpochPosition){ 1795000000, 9 }, &error);
    g_assert_no_error(error);
    g_assert_false(epoch_mark_is_dirty(mark));
    g_assert_true(epoch_read(fixture->directory, &position));
    g_assert_cmpint(position.epoch, ==, 1795000000);
    g_assert_cmpint(position.seq, ==, 9);
    g_assert_true(epoch_mark_move(mark, 10, &error));
    g_assert_true(epoch_mark_is_dirty(mark));
    g_assert_true(epoch_read(fixture->directory, &position));
    g_assert_cmpint(position.seq, ==, 10);
    g_assert_true(epoch_mark_sync(mark, &error));
    g_assert_false(epoch_mark_is_dirty(mark));
    epoch_mark_close(mark);

    g_autofree char *path = fixture_path(fixture, "epoch");
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "1795000000 10\n");
    /* A new epoch's text may be shorter. */
    epoch_mark_close(epoch_mark_open(fixture->directory, (EpochPosition){ 1795000001, 0 }, &error));
    g_assert_true(epoch_read(fixture->directory, &position));
    g_assert_cmpint(position.epoch, ==, 1795000001);
    g_assert_cmpint(position.seq, ==, 0);
}

static void test_unreadable(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const texts[] = { "",        "1",       "1 \n",      " 1\n",
                                         "1 2",     "0 1\n",   "-1 5\n",    "1 -1\n",
                                         "1 2 3\n", "1  2\n",  "a b\n",     "99999999999999999999 1\n",
                                         "\n",      "1 2\n\n", "1 2\n3 4\n" };
    g_autofree char *path = fixture_path(fixture, "epoch");
    g_autofree char *large = g_strnfill(100000, '9');
    EpochPosition position;

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_assert_true(g_file_set_contents(path, texts[i], -1, NULL));
        g_assert_false(epoch_read(fixture->directory, &position));
    }
    g_assert_true(g_file_set_contents(path, large, -1, NULL));
    g_assert_false(epoch_read(fixture->directory, &position));
    g_remove(path);
    g_mkdir(path, 0700);
    g_assert_false(epoch_read(fixture->directory, &position));
    g_autoptr(GError) error = NULL;
    g_assert_null(epoch_mark_open(fixture->directory, (EpochPosition){ 1, 0 }, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_IO);
}

static void test_behind(void)
{
    g_assert_true(epoch_is_behind((EpochPosition){ 5, 3 }, (EpochPosition){ 5, 4 }));
    g_assert_true(epoch_is_behind((EpochPosition){ 4, 9 }, (EpochPosition){ 5, 0 }));
    g_assert_false(epoch_is_behind((EpochPosition){ 5, 4 }, (EpochPosition){ 5, 4 }));
    g_assert_false(epoch_is_behind((EpochPosition){ 5, 5 }, (EpochPosition){ 5, 4 }));
    g_assert_false(epoch_is_behind((EpochPosition){ 6, 0 }, (EpochPosition){ 5, 4 }));
}

static void test_next(void)
{
    g_assert_cmpint(epoch_next(G_GINT64_CONSTANT(1795000000) * G_USEC_PER_SEC + 999999, 0), ==, 1795000000);
    g_assert_cmpint(epoch_next(G_GINT64_CONSTANT(1795000000) * G_USEC_PER_SEC, 1795000000), ==, 1795000001);
    /* The clock of a box whose battery is empty. */
    g_assert_cmpint(epoch_next(12 * G_USEC_PER_SEC, 1795000000), ==, 1795000001);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    FIXTURE_ADD("/epoch/mark", test_mark);
    FIXTURE_ADD("/epoch/unreadable", test_unreadable);
    g_test_add_func("/epoch/behind", test_behind);
    g_test_add_func("/epoch/next", test_next);
    return g_test_run();
}

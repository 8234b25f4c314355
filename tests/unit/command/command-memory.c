/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/command/command-memory.h"

#include <string.h>

typedef struct {
    CommandMemory *memory;
    char *id;
    Command command;
} Case;

static void set_up(Case *self, gconstpointer data G_GNUC_UNUSED)
{
    self->memory = command_memory_new();
    self->command.issuer = (char *)(gpointer) "hq";
}

static void tear_down(Case *self, gconstpointer data G_GNUC_UNUSED)
{
    command_memory_free(self->memory);
    g_free(self->id);
}

/* The command SEQ of the issuer, whose id is its number. */
static const Command *number(Case *self, gint64 seq)
{
    g_free(self->id);
    self->id = g_strdup_printf("c-%" G_GINT64_FORMAT, seq);
    self->command.id = self->id;
    self->command.seq = seq;
    return &self->command;
}

static void add(Case *self, gint64 seq, const char *payload)
{
    command_memory_add(self->memory, number(self, seq), payload, strlen(payload));
    command_memory_answer(self->memory, &self->command, "received", FALSE);
}

/* What is known of it; OVER wants the last word. */
static void assert_known(Case *self, gint64 seq, const char *payload, const char *reply, gboolean over)
{
    gboolean is_over = FALSE;

    g_assert_cmpstr(command_memory_find(self->memory, number(self, seq), payload, strlen(payload), &is_over),
                    ==, reply);
    g_assert_cmpint(is_over, ==, over);
}

static void test_same_again(Case *self, gconstpointer data G_GNUC_UNUSED)
{
    assert_known(self, 1, "a", NULL, FALSE);
    add(self, 1, "a");
    assert_known(self, 1, "a", "received", FALSE);
    assert_known(self, 1, "b", NULL, FALSE); /* other bytes */
    assert_known(self, 2, "a", NULL, FALSE);
    command_memory_answer(self->memory, number(self, 1), "done", TRUE);
    assert_known(self, 1, "a", "done", TRUE);
    command_memory_answer(self->memory, number(self, 1), "failed", TRUE);
    assert_known(self, 1, "a", "done", TRUE);
    command_memory_answer(self->memory, number(self, 7), "done", TRUE); /* forgotten: nothing happens */
}

/* One that was refused and one that runs may bear one number; the answer is to the one that runs. */
static void test_number_twice(Case *self, gconstpointer data G_GNUC_UNUSED)
{
    add(self, 1, "a");
    add(self, 1, "b");
    command_memory_answer(self->memory, number(self, 1), "refused", TRUE);
    command_memory_answer(self->memory, number(self, 1), "done", TRUE);
    assert_known(self, 1, "b", "refused", TRUE);
    assert_known(self, 1, "a", "done", TRUE);
}

static void test_ids(Case *self, gconstpointer data G_GNUC_UNUSED)
{
    add(self, 1, "a");
    self->command.issuer = (char *)(gpointer) "region";
    assert_known(self, 1, "a", NULL, FALSE);
    add(self, 5, "e");
    g_assert_true(command_memory_has_id(self->memory, "c-1"));
    g_assert_true(command_memory_has_id(self->memory, "c-5"));
    g_assert_false(command_memory_has_id(self->memory, "c-2"));
}

static void test_bounded(Case *self, gconstpointer data G_GNUC_UNUSED)
{
    for (gint64 seq = 1; seq <= COMMAND_MEMORY_EACH; seq++)
        add(self, seq, "x");
    command_memory_answer(self->memory, number(self, 3), "done", TRUE);
    add(self, 1000, "x"); /* the one that is over is forgotten first */
    g_assert_false(command_memory_has_id(self->memory, "c-3"));
    g_assert_true(command_memory_has_id(self->memory, "c-1"));
    add(self, 1001, "x"); /* all others run */
    g_assert_false(command_memory_has_id(self->memory, "c-1"));
    g_assert_true(command_memory_has_id(self->memory, "c-2"));
    assert_known(self, 1001, "x", "received", FALSE);
}

#define ADD(path, test) g_test_add("/command-memory/" path, Case, NULL, set_up, test, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("same-again", test_same_again);
    ADD("number-twice", test_number_twice);
    ADD("ids", test_ids);
    ADD("bounded", test_bounded);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/mailbox.h"

#define ITEMS 20000

typedef struct {
    GMainLoop *loop;
    Mailbox *mailbox;
    guint got;
    guint last;
    gboolean post_again;
} Receiver;

static guint freed;

static void count_free(gpointer item)
{
    g_free(item);
    freed++;
}

static gpointer number(guint value)
{
    guint *item = g_new(guint, 1);

    *item = value;
    return item;
}

static void receive(gpointer item, gpointer user_data)
{
    Receiver *receiver = user_data;
    guint value = *(guint *)item;

    g_assert_cmpuint(value, ==, receiver->last + 1);
    receiver->last = value;
    receiver->got++;
    g_free(item);
    if (receiver->post_again && value < 3)
        g_assert_true(mailbox_post(receiver->mailbox, number(value + 1)));
    if (receiver->got == ITEMS || (receiver->post_again && value == 3))
        g_main_loop_quit(receiver->loop);
}

static gpointer send(gpointer user_data)
{
    Mailbox *mailbox = user_data;

    for (guint i = 1; i <= ITEMS; i++)
        g_assert_true(mailbox_post(mailbox, number(i)));
    return NULL;
}

static void keeps_order_between_threads(void)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    Receiver receiver = { .loop = loop };
    g_autoptr(Mailbox) mailbox = mailbox_new(NULL, G_PRIORITY_HIGH, ITEMS, receive, g_free, &receiver);
    GThread *thread = g_thread_new("sender", send, mailbox);

    g_main_loop_run(loop);
    g_thread_join(thread);
    g_assert_cmpuint(receiver.got, ==, ITEMS);
    g_assert_cmpuint((guint)mailbox_get_dropped(mailbox), ==, 0);
}

static void takes_what_its_handler_posts(void)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    Receiver receiver = { .loop = loop, .post_again = TRUE };
    g_autoptr(Mailbox) mailbox = mailbox_new(NULL, G_PRIORITY_DEFAULT, 2, receive, g_free, &receiver);

    receiver.mailbox = mailbox;
    g_assert_true(mailbox_post(mailbox, number(1)));
    g_main_loop_run(loop);
    g_assert_cmpuint(receiver.last, ==, 3);
}

static void refuses_beyond_its_limit(void)
{
    Receiver receiver = { 0 };
    Mailbox *mailbox = mailbox_new(NULL, G_PRIORITY_DEFAULT, 2, receive, count_free, &receiver);

    freed = 0;
    g_assert_true(mailbox_post(mailbox, number(1)));
    g_assert_true(mailbox_post(mailbox, number(2)));
    g_assert_false(mailbox_post(mailbox, number(3)));
    g_assert_cmpuint(freed, ==, 1);
    g_assert_cmpuint((guint)mailbox_get_dropped(mailbox), ==, 1);
    mailbox_free(mailbox);
    g_assert_cmpuint(freed, ==, 3);
    g_assert_cmpuint(receiver.got, ==, 0);
}

/* What a handler posts meanwhile goes with it, and the main loop finds nothing left. */
static void flushes(void)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    Receiver receiver = { .loop = loop, .post_again = TRUE };
    g_autoptr(Mailbox) mailbox = mailbox_new(NULL, G_PRIORITY_DEFAULT, 2, receive, g_free, &receiver);

    receiver.mailbox = mailbox;
    g_assert_true(mailbox_post(mailbox, number(1)));
    mailbox_flush(mailbox);
    g_assert_cmpuint(receiver.last, ==, 3);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    g_assert_cmpuint(receiver.got, ==, 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mailbox/threads", keeps_order_between_threads);
    g_test_add_func("/mailbox/reentrant", takes_what_its_handler_posts);
    g_test_add_func("/mailbox/limit", refuses_beyond_its_limit);
    g_test_add_func("/mailbox/flush", flushes);
    return g_test_run();
}

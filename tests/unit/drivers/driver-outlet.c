/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/driver-outlet.h"

typedef struct {
    GString *order; /* what came, a letter each */
    guint64 last_id;
    DriverOutlet *close_on_link;
} Heard;

static void on_readings(const DriverReadings *readings, gpointer user_data)
{
    Heard *heard = user_data;

    g_assert_cmpuint(readings->n_readings, ==, 2);
    g_assert_cmpfloat(readings->readings[1].value.number, ==, 42);
    g_string_append_c(heard->order, 'r');
}

static void on_link(const DriverLink *link, gpointer user_data)
{
    Heard *heard = user_data;

    g_assert_cmpstr(link->reason, ==, "because");
    g_string_append_c(heard->order, 'l');
    if (heard->close_on_link)
        driver_outlet_close(heard->close_on_link);
}

static void on_command_done(const DriverCommandResult *result, gpointer user_data)
{
    Heard *heard = user_data;

    g_string_append_c(heard->order, 'c');
    heard->last_id = result->id;
}

static DriverOutlet *open_outlet(Heard *heard)
{
    DriverSink sink = {
        .readings = on_readings, .link = on_link, .command_done = on_command_done, .user_data = heard
    };

    *heard = (Heard){ .order = g_string_new(NULL) };
    return driver_outlet_new(&sink);
}

static gboolean post(DriverOutlet *outlet, char what, guint64 id)
{
    DriverReading values[2] = { { .point = 1 }, { .point = 2, .value = { .number = 42 } } };
    DriverReadings readings = { .readings = values, .n_readings = 2 };
    DriverLink link = { .reason = "because" };
    DriverCommandResult result = { .id = id };

    return what == 'r'   ? driver_outlet_post_readings(outlet, &readings)
           : what == 'l' ? driver_outlet_post_link(outlet, &link)
                         : driver_outlet_post_result(outlet, &result);
}

static void drain(void)
{
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

static void test_order(void)
{
    Heard heard;
    g_autoptr(DriverOutlet) outlet = open_outlet(&heard);

    for (const char *what = "rlccr"; *what; what++)
        g_assert_true(post(outlet, *what, 5));
    g_assert_cmpstr(heard.order->str, ==, ""); /* never from within the call */
    drain();
    g_assert_cmpstr(heard.order->str, ==, "rlccr");
    driver_outlet_close(outlet);
    g_string_free(heard.order, TRUE);
}

/* Readings are bounded, results are not dropped. */
static void test_bound(void)
{
    Heard heard;
    g_autoptr(DriverOutlet) outlet = open_outlet(&heard);
    guint posted = 0;

    for (guint i = 0; i < 1000; i++)
        posted += post(outlet, 'r', 0);
    g_assert_cmpuint(posted, ==, 256);
    g_assert_false(post(outlet, 'l', 0));
    for (guint i = 1; i <= 1000; i++)
        g_assert_true(post(outlet, 'c', i));
    drain();
    g_assert_cmpuint(heard.order->len, ==, 1256);
    g_assert_cmpuint(heard.last_id, ==, 1000);
    g_assert_true(post(outlet, 'r', 0));
    driver_outlet_close(outlet);
    g_string_free(heard.order, TRUE);
}

static void test_close(void)
{
    Heard heard;
    g_autoptr(DriverOutlet) outlet = open_outlet(&heard);

    post(outlet, 'r', 0);
    driver_outlet_close(outlet);
    g_assert_false(post(outlet, 'r', 0));
    drain();
    g_assert_cmpstr(heard.order->str, ==, "");
    g_string_free(heard.order, TRUE);
}

/* A callback may close the driver. */
static void test_close_within(void)
{
    Heard heard;
    DriverOutlet *outlet = open_outlet(&heard);

    heard.close_on_link = outlet;
    for (const char *what = "rlrr"; *what; what++)
        post(outlet, *what, 0);
    drain();
    g_assert_cmpstr(heard.order->str, ==, "rl");
    driver_outlet_unref(outlet);
    g_string_free(heard.order, TRUE);
}

static guint count_sources(void)
{
    guint n = 0;

    for (guint id = 1; id < 1000; id++)
        n += g_main_context_find_source_by_id(NULL, id) != NULL;
    return n;
}

/* Many outlets are one source of the main loop; each is closed for itself, also from another's callback. */
static void test_many(void)
{
    Heard heard[3];
    DriverOutlet *outlets[3];

    for (guint i = 0; i < 3; i++)
        outlets[i] = open_outlet(&heard[i]);
    g_assert_cmpuint(count_sources(), ==, 1);
    heard[0].close_on_link = outlets[1];
    for (guint i = 0; i < 3; i++)
        g_assert_true(post(outlets[i], 'r', 0));
    g_assert_true(post(outlets[0], 'l', 0));
    for (guint i = 0; i < 3; i++)
        g_assert_true(post(outlets[i], 'c', 1));
    drain();
    g_assert_cmpstr(heard[0].order->str, ==, "rlc");
    g_assert_cmpstr(heard[1].order->str, ==, "r");
    g_assert_cmpstr(heard[2].order->str, ==, "rc");
    g_assert_false(post(outlets[1], 'r', 0));
    for (guint i = 0; i < 3; i++) {
        driver_outlet_close(outlets[i]);
        driver_outlet_unref(outlets[i]);
        g_string_free(heard[i].order, TRUE);
    }
    g_assert_cmpuint(count_sources(), ==, 0);
}

static gpointer post_many(gpointer data)
{
    for (guint i = 1; i <= 2000; i++)
        post(data, 'c', i);
    driver_outlet_unref(data);
    return NULL;
}

static void test_thread(void)
{
    Heard heard;
    g_autoptr(DriverOutlet) outlet = open_outlet(&heard);
    GThread *thread = g_thread_new("post", post_many, driver_outlet_ref(outlet));

    while (heard.last_id < 2000)
        g_main_context_iteration(NULL, TRUE);
    g_thread_join(thread);
    g_assert_cmpuint(heard.order->len, ==, 2000);
    driver_outlet_close(outlet);
    g_string_free(heard.order, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/driver-outlet/order", test_order);
    g_test_add_func("/driver-outlet/bound", test_bound);
    g_test_add_func("/driver-outlet/many", test_many);
    g_test_add_func("/driver-outlet/close", test_close);
    g_test_add_func("/driver-outlet/close-within", test_close_within);
    g_test_add_func("/driver-outlet/thread", test_thread);
    return g_test_run();
}

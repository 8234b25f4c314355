/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/sim-reply.h"

#include "tests/unit/sim/sim-fixture.h"

#include <string.h>

/* PROTOCOLS 2.3: the request that every XY-MD02 manual prints. */
static const guint8 xy_md02[] = { 0x01, 0x04, 0x00, 0x01, 0x00, 0x02, 0x20, 0x0b };

static void test_find_rtu(void)
{
    guint8 bad[sizeof xy_md02];
    gsize size = 0;

    for (gsize n = 0; n < sizeof xy_md02; n++)
        g_assert_cmpuint(sim_reply_find_rtu(xy_md02, n, &size), ==, SIM_FRAME_MORE);
    g_assert_cmpuint(sim_reply_find_rtu(xy_md02, sizeof xy_md02, &size), ==, SIM_FRAME_WHOLE);
    g_assert_cmpuint(size, ==, 8);
    for (guint bit = 0; bit < 8 * sizeof bad; bit++) {
        memcpy(bad, xy_md02, sizeof bad);
        bad[bit / 8] ^= (guint8)(1 << bit % 8);
        g_assert_cmpuint(sim_reply_find_rtu(bad, sizeof bad, &size), !=, SIM_FRAME_WHOLE);
    }
}

static void test_find_tcp(void)
{
    guint8 frame[] = { 0x12, 0x34, 0, 0, 0, 6, 1, 3, 0, 0, 0, 2 };
    gsize size = 0;

    for (gsize n = 0; n < sizeof frame; n++)
        g_assert_cmpuint(sim_reply_find_tcp(frame, n, &size), ==, SIM_FRAME_MORE);
    g_assert_cmpuint(sim_reply_find_tcp(frame, sizeof frame, &size), ==, SIM_FRAME_WHOLE);
    g_assert_cmpuint(size, ==, sizeof frame);
    frame[2] = 1; /* another protocol */
    g_assert_cmpuint(sim_reply_find_tcp(frame, sizeof frame, &size), ==, SIM_FRAME_BAD);
    frame[2] = 0;
    frame[4] = 0xff; /* longer than any frame */
    g_assert_cmpuint(sim_reply_find_tcp(frame, sizeof frame, &size), ==, SIM_FRAME_BAD);
    frame[4] = frame[5] = 0;
    g_assert_cmpuint(sim_reply_find_tcp(frame, sizeof frame, &size), ==, SIM_FRAME_BAD);
}

static void test_make(void)
{
    g_autoptr(SimSite) site = sim_fixture_new();
    g_autoptr(SimReply) reply = sim_reply_new(NULL);
    SimDevice *th = sim_site_find(site, "th-01");
    const guint8 tcp[] = { 0x12, 0x34, 0, 0, 0, 6, 3, 4, 0, 1, 0, 2 };
    guint8 out[SIM_FRAME_SIZE];

    g_assert_cmpuint(sim_reply_make(reply, th, FALSE, tcp, sizeof tcp, out), ==, 13);
    g_assert_cmpmem(out, 9, "\x12\x34\0\0\0\x07\x03\x04\x04", 9);
    g_assert_cmpint((gint16)(out[9] << 8 | out[10]), ==, (gint16)(th->sensor.temperature * 10.0 + 0.5));
    g_assert_cmpuint(sim_reply_make(reply, th, TRUE, xy_md02, sizeof xy_md02, out), ==, 9);
    g_assert_cmpmem(out, 3, "\x01\x04\x04", 3);
    g_assert_cmpuint(sim_reply_refuse(reply, FALSE, tcp, sizeof tcp, 0x0b, out), ==, 9);
    g_assert_cmpmem(out, 9, "\x12\x34\0\0\0\x03\x03\x84\x0b", 9);
}

/* Whatever a request holds, there is one answer with its ids, and what is refused changes nothing. */
static void test_random(void)
{
    g_autoptr(SimSite) site = sim_fixture_new();
    g_autoptr(SimReply) reply = sim_reply_new(NULL);
    GRand *random = g_rand_new_with_seed(9);
    guint refused = 0, answered = 0;

    for (guint i = 0; i < 50000; i++) {
        SimDevice *device =
            g_ptr_array_index(site->devices, (guint)g_rand_int_range(random, 0, site->devices->len));
        guint8 frame[SIM_FRAME_SIZE] = { 0 }, out[SIM_FRAME_SIZE];
        gsize pdu = (gsize)g_rand_int_range(random, 1, i % 2 ? 8 : 40), n;
        for (gsize k = 0; k < 7 + pdu; k++)
            frame[k] = (guint8)(g_rand_boolean(random) ? g_rand_int_range(random, 0, 256)
                                                       : g_rand_int_range(random, 0, 8));
        frame[2] = frame[3] = frame[4] = 0;
        frame[5] = (guint8)(pdu + 1);
        n = sim_reply_make(reply, device, FALSE, frame, 7 + pdu, out);
        g_assert_cmpuint(n, >=, 9);
        g_assert_cmpmem(out, 2, frame, 2);
        g_assert_cmpuint(out[4] << 8 | out[5], ==, n - 6);
        g_assert_cmpuint(out[6], ==, frame[6]);
        g_assert_cmpuint(out[7] & 0x7f, ==, frame[7] & 0x7f);
        refused += out[7] >> 7;
        answered += !(out[7] >> 7);
        if (i % 64 == 0)
            sim_site_step(site);
    }
    g_rand_free(random);
    g_assert_cmpuint(refused, >, 1000);
    g_assert_cmpuint(answered, >, 100);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim-reply/find-rtu", test_find_rtu);
    g_test_add_func("/sim-reply/find-tcp", test_find_tcp);
    g_test_add_func("/sim-reply/make", test_make);
    g_test_add_func("/sim-reply/random", test_random);
    return g_test_run();
}

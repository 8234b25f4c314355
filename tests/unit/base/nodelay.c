/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/base/nodelay.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

static gboolean is_set(int file)
{
    int value = 0;
    socklen_t size = sizeof value;

    g_assert_cmpint(getsockopt(file, IPPROTO_TCP, TCP_NODELAY, &value, &size), ==, 0);
    return value != 0;
}

static void test_all(void)
{
    const int one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
              other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(one, >=, 0);
    g_assert_cmpint(other, >=, 0);
    g_assert_false(is_set(one));
    g_assert_cmpuint(nodelay_set_all(), ==, 2);
    g_assert_true(is_set(one));
    g_assert_true(is_set(other));
    close(one);
    close(other);
}

static void test_others(void)
{
    int pair[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
    g_assert_cmpuint(nodelay_set_all(), ==, 0);
    close(pair[0]);
    close(pair[1]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/nodelay/all", test_all);
    g_test_add_func("/nodelay/others", test_others);
    return g_test_run();
}

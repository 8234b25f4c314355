/* SPDX-License-Identifier: Apache-2.0 */
/* One datagram to systemd's socket, by path or abstract; nothing where there is none. */
#include "edge/station/station-private.h"

#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A socket like systemd's, named NAME; a first '@' stands for the abstract name space. */
static int listen_at(const char *name)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    memcpy(address.sun_path, name, strlen(name));
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    g_assert_cmpint(bind(fd, (struct sockaddr *)&address,
                         (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
                    ==, 0);
    return fd;
}

static void expect_heard(const char *name)
{
    int fd = listen_at(name);
    char text[64] = "";

    g_setenv("NOTIFY_SOCKET", name, TRUE);
    station_notify("READY=1");
    g_assert_cmpint(recv(fd, text, sizeof text - 1, 0), ==, (gssize)strlen("READY=1"));
    g_assert_cmpstr(text, ==, "READY=1");
    close(fd);
}

static void test_socket(void)
{
    g_autofree char *directory = g_dir_make_tmp("station-notify-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(directory, "socket", NULL);
    g_autofree char *name = g_strconcat("@", path, NULL);

    expect_heard(path);
    expect_heard(name);
    g_unlink(path);
    station_notify("READY=1"); /* nobody is there any more */
    g_rmdir(directory);
}

static void test_no_socket(void)
{
    g_autofree char *too_long = g_strnfill(200, 'x');

    too_long[0] = '/';
    const char *const names[] = { "", "relative", too_long };
    g_unsetenv("NOTIFY_SOCKET");
    station_notify("READY=1");
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_setenv("NOTIFY_SOCKET", names[i], TRUE);
        station_notify("READY=1");
    }
}

static void test_watchdog(void)
{
    g_unsetenv("WATCHDOG_USEC");
    g_assert_cmpint(station_notify_watchdog_us(), ==, 0);
    g_setenv("WATCHDOG_USEC", "10000000", TRUE);
    g_assert_cmpint(station_notify_watchdog_us(), ==, 10000000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/station-notify/socket", test_socket);
    g_test_add_func("/station-notify/no-socket", test_no_socket);
    g_test_add_func("/station-notify/watchdog", test_watchdog);
    return g_test_run();
}

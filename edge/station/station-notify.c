/* SPDX-License-Identifier: Apache-2.0 */
/* sd_notify(3) is one datagram; libsystemd is not linked into the guard for it. */
#include "edge/station/station-private.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void station_notify(const char *state)
{
    const char *path = g_getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (!path || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof address.sun_path)
        return;
    memcpy(address.sun_path, path, strlen(path));
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return;
    sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
    close(fd);
}

gint64 station_notify_watchdog_us(void)
{
    const char *text = g_getenv("WATCHDOG_USEC");

    return text ? g_ascii_strtoll(text, NULL, 10) : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Makes one thread of the program that it is preloaded into hang, as a thread does in a driver of the kernel
 * that never returns. Where STALL_FOLDER holds a FIFO named after the port of a TCP peer ("15027"), the next
 * send() to that peer hangs before anything is sent; "15027-5" waits for a Modbus request of function 5.
 * "disk" makes the next fsync() or fdatasync() hang.
 * Whoever hangs renames the FIFO to "15027.TID" ("disk.TID") first, so that it is the only one, and goes on
 * when the FIFO has been opened for writing and closed. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define FUNCTION_AT 7 /* behind the header of Modbus TCP */

typedef ssize_t (*Send)(int, const void *, size_t, int);
typedef int (*Sync)(int);

static Send real_send;
static Sync real_fsync, real_fdatasync;
static const char *folder;

__attribute__((constructor)) static void begin(void)
{
    *(void **)&real_send = dlsym(RTLD_NEXT, "send");
    *(void **)&real_fsync = dlsym(RTLD_NEXT, "fsync");
    *(void **)&real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    folder = getenv("STALL_FOLDER");
}

static int find_port(int fd)
{
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;

    if (getpeername(fd, (struct sockaddr *)&peer, &size) < 0 || peer.sin_family != AF_INET)
        return -1;
    return ntohs(peer.sin_port);
}

/* Both calls block for ever; a signal that this thread happens to serve does not end that. */
static void hang_on(const char *fifo)
{
    int fd;
    char byte;

    while ((fd = open(fifo, O_RDONLY | O_CLOEXEC)) < 0 && errno == EINTR)
        ;
    while (fd >= 0 && read(fd, &byte, 1) < 0 && errno == EINTR)
        ;
    if (fd >= 0)
        close(fd);
}

static void hang_if_told(int port, unsigned function)
{
    char any[4096], one[4096], taken[4096];

    snprintf(any, sizeof any, "%s/%d", folder, port);
    snprintf(one, sizeof one, "%s/%d-%u", folder, port, function);
    snprintf(taken, sizeof taken, "%s/%d.%d", folder, port, gettid());
    if (rename(any, taken) == 0 || rename(one, taken) == 0)
        hang_on(taken);
}

static void hang_disk_if_told(void)
{
    char any[4096], taken[4096];

    if (!folder)
        return;
    snprintf(any, sizeof any, "%s/disk", folder);
    snprintf(taken, sizeof taken, "%s/disk.%d", folder, gettid());
    if (rename(any, taken) == 0)
        hang_on(taken);
}

int fsync(int fd)
{
    hang_disk_if_told();
    return real_fsync(fd);
}

int fdatasync(int fd)
{
    hang_disk_if_told();
    return real_fdatasync(fd);
}

ssize_t send(int fd, const void *buffer, size_t size, int flags)
{
    int port = folder ? find_port(fd) : -1;

    if (port >= 0 && size > FUNCTION_AT)
        hang_if_told(port, ((const unsigned char *)buffer)[FUNCTION_AT]);
    return real_send(fd, buffer, size, flags);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/driver-halt.h"

#include "edge/base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define LONGEST_POLL_MS (3600 * 1000)

struct DriverHalt {
    _Atomic gint64 at_us;
    int fd; /* readable from then on; -1 where there was none to be had: then nobody is woken, only late */
};

DriverHalt *driver_halt_new(void)
{
    DriverHalt *halt = g_new0(DriverHalt, 1);

    atomic_init(&halt->at_us, G_MAXINT64);
    halt->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return halt;
}

void driver_halt_free(DriverHalt *halt)
{
    if (halt->fd >= 0)
        close(halt->fd);
    g_free(halt);
}

void driver_halt_begin(DriverHalt *halt)
{
    gint64 running = G_MAXINT64;

    if (atomic_compare_exchange_strong(&halt->at_us, &running, clock_boot_us()) && halt->fd >= 0)
        (void)eventfd_write(halt->fd, 1);
}

gint64 driver_halt_get_at(const DriverHalt *halt)
{
    return atomic_load(&halt->at_us);
}

gboolean driver_halt_is_past(const DriverHalt *halt, gint64 after_us)
{
    gint64 at_us = driver_halt_get_at(halt);

    return at_us != G_MAXINT64 && clock_boot_us() >= at_us + after_us;
}

int driver_halt_wait(const DriverHalt *halt, int fd, gint64 until_us, gint64 after_us)
{
    for (;;) {
        gint64 at_us = driver_halt_get_at(halt);
        gboolean running = at_us == G_MAXINT64;
        gint64 left_us = MIN(until_us, running ? G_MAXINT64 : at_us + after_us) - clock_boot_us();
        struct pollfd watched[] = { { .fd = fd, .events = POLLIN },
                                    { .fd = running ? halt->fd : -1, .events = POLLIN } };

        if (left_us <= 0)
            return 0;
        int n = poll(watched, G_N_ELEMENTS(watched), (int)MIN((left_us + 999) / 1000, LONGEST_POLL_MS));

        if (n < 0 && errno != EINTR)
            return 0;
        if (n > 0 && watched[0].revents)
            return watched[0].revents;
    }
}

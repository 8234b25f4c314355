/* SPDX-License-Identifier: Apache-2.0 */
/* A machine whose clock was never set: preloaded, it puts wall time back by forty years, to before any
 * station was made. Durations go on as they are. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>

#define BACK_S (40LL * 365 * 86400)

typedef int (*GetTime)(clockid_t, struct timespec *);

/* Straight from libc: sanitizers read the clock before any constructor has run. */
static int read_clock(clockid_t clock, struct timespec *ret_time)
{
    static GetTime real;

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    return real(clock, ret_time);
}

int clock_gettime(clockid_t clock, struct timespec *ret_time)
{
    int result = read_clock(clock, ret_time);

    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        ret_time->tv_sec -= BACK_S;
    return result;
}

int gettimeofday(struct timeval *restrict ret_time, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return -1;
    *ret_time = (struct timeval){ .tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000 };
    return 0;
}

time_t time(time_t *ret_time)
{
    struct timespec now = { 0 };

    clock_gettime(CLOCK_REALTIME, &now);
    if (ret_time)
        *ret_time = now.tv_sec;
    return now.tv_sec;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The floor of `bench poll`: the least that polls and stops. A thread per device: libmodbus reads 40
 * registers each period and writes the stop coil when register 2 is too high. No alarms, no ladder, no proof,
 * no records.
 *
 * usage: bench-bare PERIOD-MS PORT … ; runs until SIGTERM. */
#include <glib.h>
#include <modbus.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#define HOT 90

static long period_ms;

static void sleep_until(struct timespec *next)
{
    next->tv_nsec += period_ms % 1000 * 1000000;
    next->tv_sec += period_ms / 1000 + next->tv_nsec / 1000000000;
    next->tv_nsec %= 1000000000;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, next, NULL) != 0)
        ;
}

static gpointer poll_device(gpointer data)
{
    modbus_t *link = modbus_new_tcp("127.0.0.1", GPOINTER_TO_INT(data));
    uint16_t registers[40];
    gboolean connected = FALSE;
    gboolean stopped = FALSE;
    struct timespec next;

    modbus_set_response_timeout(link, 0, 500000);
    modbus_set_slave(link, 1);
    g_usleep(g_random_int_range(0, (int)period_ms) * 1000u);
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (;;) {
        if (!connected)
            connected = modbus_connect(link) == 0;
        if (connected && modbus_read_registers(link, 0, 40, registers) != 40) {
            modbus_close(link);
            connected = FALSE;
        } else if (connected && registers[2] >= HOT && !stopped) {
            stopped = modbus_write_bit(link, 0, 1) == 1;
        } else if (connected && registers[2] < HOT) {
            stopped = FALSE;
        }
        sleep_until(&next);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    period_ms = (long)g_ascii_strtoll(argv[1], NULL, 10);
    for (int i = 2; i < argc; i++)
        g_thread_unref(
            g_thread_new("device", poll_device, GINT_TO_POINTER((int)g_ascii_strtoll(argv[i], NULL, 10))));
    pause();
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Many small Modbus/TCP devices in one process, that time their master. Each listens on a port of its own and
 * has 40 holding registers: 0 status (2 charging, 4 finishing), 1 current in 0.1 A, 2 temperature, the rest a
 * counter; coil 0 stops it, coil 1 disables it; discrete input 0 is a button. Driven by lines on stdin,
 * answers on stdout:
 *
 *   reset              forget all measurements
 *   violate I          device I charges and, from its next read on, is too hot; `react I US` is printed when
 * its stop arrives normal I           cool again, charging again dead I | alive I   stops answering, closes
 * its connection | answers again press | release    the button, on every device report             prints
 * `period N P50 P99 MAX` in microseconds: |interval − period| of all reads of register 0
 *
 * usage: bench-slave DEVICES PERIOD-MS; prints `ports P1 P2 …` first. */
#include <arpa/inet.h>
#include <glib.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REGISTERS 40
#define LONGEST 260
#define HOT 90
#define COOL 30

typedef struct {
    int listener;
    int client; /* -1: none */
    guint8 buffer[LONGEST];
    gsize filled;
    guint16 registers[REGISTERS];
    gboolean dead;
    gint64 last_read_us;
    gint64 violated_at_us; /* when a violating answer was first sent; 0: not yet or cool */
    gboolean reported;
} Device;

static Device *devices;
static guint n_devices;
static gint64 period_us;
static GArray *deviations; /* gint64 */
static gboolean button;
static int poll_fd;

static gint64 now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (gint64)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void watch(int fd, guint64 tag)
{
    struct epoll_event event = { .events = EPOLLIN, .data.u64 = tag };

    epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void open_device(Device *device, guint index)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;

    device->client = -1;
    device->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(device->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(device->listener, 4) != 0)
        exit(1);
    getsockname(device->listener, (struct sockaddr *)&address, &length);
    printf(" %u", ntohs(address.sin_port));
    device->registers[0] = 2;
    device->registers[1] = 1000;
    device->registers[2] = COOL;
    watch(device->listener, (guint64)index * 2);
}

static void drop(Device *device)
{
    if (device->client >= 0)
        close(device->client);
    device->client = -1;
    device->filled = 0;
}

static void accept_client(Device *device, guint index)
{
    int fd = accept(device->listener, NULL, NULL);
    int on = 1;

    if (fd < 0)
        return;
    if (device->dead) {
        close(fd);
        return;
    }
    drop(device);
    device->client = fd;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(fd, (guint64)index * 2 + 1);
}

static void note_read(Device *device, gint64 now)
{
    if (device->last_read_us) {
        gint64 deviation = ABS(now - device->last_read_us - period_us);

        g_array_append_val(deviations, deviation);
    }
    device->last_read_us = now;
}

static void note_stop(Device *device, guint index, gint64 now)
{
    device->registers[0] = 4;
    device->registers[1] = 0;
    if (device->violated_at_us && !device->reported) {
        printf("react %u %" G_GINT64_FORMAT "\n", index, now - device->violated_at_us);
        device->reported = TRUE;
    }
}

/* The answer's PDU for REQUEST's; its length, 0 for nothing. */
static gsize answer(Device *device, guint index, const guint8 *request, guint8 *reply, gint64 now)
{
    guint16 first = (guint16)(request[1] << 8 | request[2]);
    guint16 count = (guint16)(request[3] << 8 | request[4]);

    reply[0] = request[0];
    if (request[0] == 3 && first + count <= REGISTERS) {
        if (first == 0)
            note_read(device, now);
        reply[1] = (guint8)(count * 2);
        for (guint i = 0; i < count; i++) {
            reply[2 + 2 * i] = (guint8)(device->registers[first + i] >> 8);
            reply[3 + 2 * i] = (guint8)device->registers[first + i];
        }
        return 2 + 2u * count;
    }
    if (request[0] == 2) {
        reply[1] = 1;
        reply[2] = (guint8)button;
        return 3;
    }
    if (request[0] == 5) {
        if (first == 0 && request[3] == 0xff)
            note_stop(device, index, now);
        memcpy(reply, request, 5);
        return 5;
    }
    reply[0] |= 0x80;
    reply[1] = 2;
    return 2;
}

static void serve_frame(Device *device, guint index, gsize length)
{
    guint8 reply[LONGEST + 16];
    gint64 now = now_us();

    memcpy(reply, device->buffer, 7);
    gsize n = answer(device, index, device->buffer + 7, reply + 7, now);

    reply[4] = (guint8)((n + 1) >> 8);
    reply[5] = (guint8)(n + 1);
    if (device->registers[2] == HOT && !device->violated_at_us && device->buffer[7] == 3)
        device->violated_at_us = now_us();
    if (write(device->client, reply, 7 + n) < 0)
        drop(device);
    memmove(device->buffer, device->buffer + length, device->filled - length);
    device->filled -= length;
}

static void serve(Device *device, guint index)
{
    gssize n = read(device->client, device->buffer + device->filled, LONGEST - device->filled);

    if (n <= 0) {
        drop(device);
        return;
    }
    device->filled += (gsize)n;
    while (device->client >= 0 && device->filled >= 12) {
        gsize length = 6u + (gsize)(device->buffer[4] << 8 | device->buffer[5]);

        if (length > LONGEST)
            drop(device);
        if (device->filled < length || device->client < 0)
            return;
        serve_frame(device, index, length);
    }
}

static int compare(gconstpointer a, gconstpointer b)
{
    gint64 x = *(const gint64 *)a;
    gint64 y = *(const gint64 *)b;

    return x < y ? -1 : x > y;
}

static void report(void)
{
    guint n = deviations->len;

    g_array_sort(deviations, compare);
    if (n == 0)
        printf("period 0 0 0 0\n");
    else
        printf("period %u %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", n,
               g_array_index(deviations, gint64, n / 2), g_array_index(deviations, gint64, n * 99 / 100),
               g_array_index(deviations, gint64, n - 1));
}

static void reset(void)
{
    g_array_set_size(deviations, 0);
    for (guint i = 0; i < n_devices; i++)
        devices[i].last_read_us = 0;
}

static void change(const char *verb, Device *device)
{
    if (g_str_equal(verb, "violate")) {
        device->registers[0] = 2;
        device->registers[1] = 1000;
        device->registers[2] = HOT;
        device->violated_at_us = 0;
        device->reported = FALSE;
    } else if (g_str_equal(verb, "cool")) {
        device->registers[2] = COOL;
    } else if (g_str_equal(verb, "dead")) {
        device->dead = TRUE;
        drop(device);
    } else if (g_str_equal(verb, "alive")) {
        device->dead = FALSE;
        device->last_read_us = 0;
    }
}

static gboolean obey(char *line)
{
    char verb[16] = "";
    guint index = 0;
    int words = sscanf(line, "%15s %u", verb, &index);

    if (g_str_equal(verb, "report"))
        report();
    else if (g_str_equal(verb, "reset"))
        reset();
    else if (g_str_equal(verb, "press") || g_str_equal(verb, "release"))
        button = g_str_equal(verb, "press");
    else if (g_str_equal(verb, "quit"))
        return FALSE;
    else if (words == 2 && index < n_devices)
        change(verb, &devices[index]);
    return TRUE;
}

static gboolean read_orders(void)
{
    static char text[65536];
    static gsize filled;
    gssize n = read(STDIN_FILENO, text + filled, sizeof text - 1 - filled);
    char *line = text;
    char *end;

    if (n <= 0)
        return FALSE;
    filled += (gsize)n;
    text[filled] = '\0';
    while ((end = strchr(line, '\n'))) {
        *end = '\0';
        if (!obey(line))
            return FALSE;
        line = end + 1;
    }
    filled -= (gsize)(line - text);
    memmove(text, line, filled);
    return TRUE;
}

static gboolean turn(void)
{
    struct epoll_event events[64];
    int n = epoll_wait(poll_fd, events, 64, -1);

    for (int i = 0; i < n; i++) {
        guint64 tag = events[i].data.u64;
        guint index = (guint)(tag / 2);

        if (tag == G_MAXUINT64) {
            if (!read_orders())
                return FALSE;
        } else if (tag % 2 == 0) {
            accept_client(&devices[index], index);
        } else if (devices[index].client >= 0) {
            serve(&devices[index], index);
        }
    }
    return TRUE;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    n_devices = (guint)g_ascii_strtoull(argv[1], NULL, 10);
    period_us = g_ascii_strtoll(argv[2], NULL, 10) * 1000;
    devices = g_new0(Device, n_devices);
    deviations = g_array_new(FALSE, FALSE, sizeof(gint64));
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("ports");
    for (guint i = 0; i < n_devices; i++)
        open_device(&devices[i], i);
    printf("\n");
    watch(STDIN_FILENO, G_MAXUINT64);
    while (turn())
        ;
    return 0;
}

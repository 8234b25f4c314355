/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* accept4, ptsname_r */
#include "drivers/sim/sim-server.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#define DRIP_MS 20
#define RTU_QUIET_MS 50 /* a broken request is forgotten after this */
#define UNITS 256
#define EXCEPTION_FAILURE 0x04
#define EXCEPTION_NO_TARGET 0x0b

typedef struct Line Line;

/* One client of a TCP bus, or the master of a pseudo-terminal. */
typedef struct {
    Line *line;
    int fd;
    guint watch;
    guint timer; /* an answer is held back, or a broken request ages */
    gboolean drips;
    guint8 in[2 * SIM_FRAME_SIZE];
    gsize n_in;
    guint8 out[SIM_FRAME_SIZE];
    gsize n_out, at_out;
} Port;

struct Line {
    SimServer *server;
    SimBus *bus;
    gboolean serial;
    int fd; /* listener, or the slave that we keep open */
    guint watch;
    char *link;
    GPtrArray *ports; /* Port */
    SimDevice *units[UNITS];
};

struct SimServer {
    SimSite *site;
    SimReply *reply;
    GPtrArray *lines;
};

static void serve(Port *port);
static gboolean on_readable(int fd, GIOCondition condition, gpointer user_data);

static void port_free(Port *port)
{
    if (port->watch)
        g_source_remove(port->watch);
    if (port->timer)
        g_source_remove(port->timer);
    close(port->fd);
    g_free(port);
}

static void line_free(Line *line)
{
    if (line->watch)
        g_source_remove(line->watch);
    g_ptr_array_unref(line->ports);
    if (line->fd >= 0)
        close(line->fd);
    if (line->link)
        unlink(line->link);
    g_free(line->link);
    g_free(line);
}

SimServer *sim_server_new(SimSite *site, GError **error)
{
    SimReply *reply = sim_reply_new(error);
    SimServer *server;
    if (!reply)
        return NULL;
    server = g_new0(SimServer, 1);
    server->site = site;
    server->reply = reply;
    server->lines = g_ptr_array_new_with_free_func((GDestroyNotify)line_free);
    return server;
}

void sim_server_free(SimServer *server)
{
    if (!server)
        return;
    g_ptr_array_unref(server->lines);
    sim_reply_free(server->reply);
    g_free(server);
}

/* A TCP client is gone; a pseudo-terminal only forgets what it was about to say. */
static void hang_up(Port *port)
{
    port->n_in = port->n_out = port->at_out = 0;
    if (!port->line->serial)
        g_ptr_array_remove_fast(port->line->ports, port);
}

/* False where the port is no more. A peer that does not read is dropped: nothing waits for it. */
static gboolean send_bytes(Port *port, const guint8 *bytes, gsize length)
{
    ssize_t n = port->line->serial ? write(port->fd, bytes, length)
                                   : send(port->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n == (ssize_t)length)
        return TRUE;
    hang_up(port);
    return FALSE;
}

static void listen_again(Port *port)
{
    if (!port->watch)
        port->watch = g_unix_fd_add(port->fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, port);
}

static gboolean on_due(gpointer user_data)
{
    Port *port = user_data;
    gsize n = port->drips ? 1 : port->n_out - port->at_out;
    gboolean serial = port->line->serial;
    if (!send_bytes(port, port->out + port->at_out, n)) {
        if (!serial)
            return G_SOURCE_REMOVE; /* the port has been freed, and this source with it */
        n = port->n_out - port->at_out;
    }
    port->at_out += n;
    if (port->at_out < port->n_out)
        return G_SOURCE_CONTINUE;
    port->timer = 0;
    port->n_out = port->at_out = 0;
    listen_again(port);
    serve(port);
    return G_SOURCE_REMOVE;
}

/* Sends what stands in OUT later, and reads nothing until then. */
static void hold_back(Port *port, guint delay_ms)
{
    if (port->timer)
        g_source_remove(port->timer);
    port->timer = g_timeout_add(MAX(delay_ms, 1), on_due, port);
    if (port->watch)
        g_source_remove(port->watch);
    port->watch = 0;
}

static const SimLine *find_fault(const Line *line, const SimDevice *device)
{
    if (line->bus->line.mode != SIM_LINE_NORMAL || !device)
        return &line->bus->line;
    return &device->line;
}

static void garble(Port *port, GRand *random, SimLineMode mode)
{
    if (mode == SIM_LINE_SHORT) {
        port->n_out = MAX(port->n_out / 2, 1);
    } else if (mode == SIM_LINE_GARBAGE) {
        port->n_out = (gsize)g_rand_int_range(random, 5, 60);
        for (gsize i = 0; i < port->n_out; i++)
            port->out[i] = (guint8)g_rand_int_range(random, 0, 256);
    } else if (mode == SIM_LINE_WRONG_ID) {
        port->out[port->line->serial ? 0 : 6] ^= 0x15;
        if (!port->line->serial)
            port->out[1] ^= 0x01;
    }
}

/* Makes the answer that DEVICE would give, into OUT. Silence leaves it empty. */
static void make_answer(Port *port, SimDevice *device, SimLineMode mode, const guint8 *frame, gsize size)
{
    Line *line = port->line;
    SimReply *reply = line->server->reply;
    gboolean dark = !device || !sim_site_is_awake(device);

    if (mode == SIM_LINE_SILENT || mode == SIM_LINE_CLOSES)
        return;
    if (dark && (line->serial || line->bus->gateway_silent))
        return;
    if (dark)
        port->n_out = sim_reply_refuse(reply, line->serial, frame, size, EXCEPTION_NO_TARGET, port->out);
    else if (mode == SIM_LINE_EXCEPTIONS)
        port->n_out = sim_reply_refuse(reply, line->serial, frame, size, EXCEPTION_FAILURE, port->out);
    else
        port->n_out = sim_reply_make(reply, device, line->serial, frame, size, port->out);
    if (!dark && port->n_out > 0)
        garble(port, line->server->site->random, mode);
}

/* False where the port is no more, or must not go on before its answer has gone out. */
static gboolean take_request(Port *port, const guint8 *frame, gsize size)
{
    Line *line = port->line;
    SimDevice *device = line->units[sim_reply_get_unit(frame, line->serial)];
    const SimLine *fault = find_fault(line, device);

    port->n_out = port->at_out = 0;
    make_answer(port, device, fault->mode, frame, size);
    if (fault->mode == SIM_LINE_CLOSES) {
        hang_up(port);
        return FALSE;
    }
    if (port->n_out == 0)
        return TRUE;
    port->drips = fault->mode == SIM_LINE_DRIP;
    if (fault->mode == SIM_LINE_SLOW || port->drips) {
        hold_back(port, port->drips ? DRIP_MS : (guint)fault->delay_ms);
        return FALSE;
    }
    return send_bytes(port, port->out, port->n_out);
}

static gboolean on_quiet(gpointer user_data)
{
    Port *port = user_data;
    port->timer = 0;
    port->n_in = 0;
    return G_SOURCE_REMOVE;
}

/* Answers the whole requests that stand in IN. */
static void serve(Port *port)
{
    gboolean serial = port->line->serial;
    guint8 frame[SIM_FRAME_SIZE];
    gsize size = 0;

    while (port->n_in > 0) {
        SimFrameVerdict verdict = serial ? sim_reply_find_rtu(port->in, port->n_in, &size)
                                         : sim_reply_find_tcp(port->in, port->n_in, &size);
        if (verdict == SIM_FRAME_BAD) {
            hang_up(port);
            return;
        }
        if (verdict == SIM_FRAME_MORE)
            break;
        memcpy(frame, port->in, size);
        port->n_in -= size;
        memmove(port->in, port->in + size, port->n_in);
        if (!take_request(port, frame, size))
            return;
    }
    if (serial && port->n_in > 0 && !port->timer)
        port->timer = g_timeout_add(RTU_QUIET_MS, on_quiet, port);
}

static gboolean on_readable(int fd, GIOCondition condition, gpointer user_data)
{
    Port *port = user_data;
    ssize_t n = read(fd, port->in + port->n_in, sizeof port->in - port->n_in);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;
    if (n <= 0) {
        /* hang_up() frees a TCP port with its sources */
        hang_up(port);
        return G_SOURCE_CONTINUE;
    }
    (void)condition;
    if (port->timer && !port->n_out) {
        g_source_remove(port->timer);
        port->timer = 0;
    }
    port->n_in += (gsize)n;
    serve(port);
    return G_SOURCE_CONTINUE;
}

static Port *add_port(Line *line, int fd)
{
    Port *port = g_new0(Port, 1);
    port->line = line;
    port->fd = fd;
    g_ptr_array_add(line->ports, port);
    listen_again(port);
    return port;
}

static gboolean on_client(int fd, GIOCondition condition, gpointer user_data)
{
    Line *line = user_data;
    int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), one = 1;

    (void)condition;
    if (client < 0)
        return G_SOURCE_CONTINUE;
    if (line->ports->len >= SIM_CLIENTS_MAX) {
        close(client);
        return G_SOURCE_CONTINUE;
    }
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    add_port(line, client);
    return G_SOURCE_CONTINUE;
}

static Line *add_line(SimServer *server, SimBus *bus, gboolean serial)
{
    Line *line = g_new0(Line, 1);
    line->server = server;
    line->bus = bus;
    line->serial = serial;
    line->fd = -1;
    line->ports = g_ptr_array_new_with_free_func((GDestroyNotify)port_free);
    for (guint unit = 0; unit < UNITS; unit++)
        line->units[unit] = sim_site_find_unit(server->site, bus->name, unit);
    g_ptr_array_add(server->lines, line);
    return line;
}

static gboolean fail(GError **error, const SimBus *bus, const char *what)
{
    g_set_error(error, SIM_ERROR, SIM_ERROR_SERVER, "bus %s: %s: %s", bus->name, what, strerror(errno));
    return FALSE;
}

gboolean sim_server_add_tcp(SimServer *server, SimBus *bus, guint16 port, guint16 *ret_port, GError **error)
{
    Line *line = add_line(server, bus, FALSE);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    socklen_t length = sizeof address;
    int one = 1;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    line->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (line->fd < 0)
        return fail(error, bus, "cannot make a socket");
    setsockopt(line->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(line->fd, (struct sockaddr *)&address, length) < 0 || listen(line->fd, 64) < 0 ||
        getsockname(line->fd, (struct sockaddr *)&address, &length) < 0) {
        g_autofree char *what = g_strdup_printf("cannot listen on 127.0.0.1:%u", port);
        return fail(error, bus, what);
    }
    line->watch = g_unix_fd_add(line->fd, G_IO_IN, on_client, line);
    *ret_port = ntohs(address.sin_port);
    return TRUE;
}

/* Raw from the start: with echo on, our own answers would come back as requests. */
static gboolean make_raw(int fd)
{
    struct termios mode;
    if (tcgetattr(fd, &mode) < 0)
        return FALSE;
    cfmakeraw(&mode);
    return tcsetattr(fd, TCSANOW, &mode) == 0;
}

gboolean sim_server_add_rtu(SimServer *server, SimBus *bus, const char *link, GError **error)
{
    Line *line = add_line(server, bus, TRUE);
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    char name[64];

    if (master < 0)
        return fail(error, bus, "cannot make a pseudo-terminal");
    add_port(line, master);
    if (grantpt(master) < 0 || unlockpt(master) < 0 || ptsname_r(master, name, sizeof name) != 0)
        return fail(error, bus, "cannot open up the pseudo-terminal");
    /* Kept open by us: without any slave the master would report a hang-up for ever. */
    line->fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (line->fd < 0 || !make_raw(line->fd))
        return fail(error, bus, "cannot open the slave");
    if (g_file_test(link, G_FILE_TEST_IS_SYMLINK))
        unlink(link);
    if (symlink(name, link) < 0) {
        g_autofree char *what = g_strdup_printf("cannot link %s", link);
        return fail(error, bus, what);
    }
    line->link = g_strdup(link);
    return TRUE;
}

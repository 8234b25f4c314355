/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/modbus/modbus-link.h"
#include "drivers/driver-resolve.h"

#include <errno.h>
#include <gio/gio.h>
#include <modbus.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER 6 /* of MBAP, before the unit id */
#define ADU_MAX 260
#define QUIET_US 20000          /* an RTU line is quiet after so long without a byte … */
#define LONGEST_QUIET_US 100000 /* … and is given up listening to after this */
#define READ_AFTER_US 80000     /* what is read when the end begins is still waited for so long */

struct ModbusLink {
    const SiteBus *bus;
    const DriverHalt *halt;
    modbus_t *context; /* NULL: closed (TCP makes a new one per connection) */
    gboolean open;
    DriverResolver *resolver; /* TCP */
    guint16 transaction;
    gint64 free_at_us; /* the silence of gap-ms ends */
    GMutex lock;       /* of what follows */
    int socket;        /* TCP: of the connection, for whoever cuts it; -1: none */
    gboolean is_cut;
};

/* ---- what an answer means ---- */

static gboolean is_exception(const ModbusAnswer *answer, guint8 code)
{
    return answer->outcome == MODBUS_LINK_EXCEPTION && answer->exception == code;
}

gboolean modbus_link_is_intact(const ModbusAnswer *answer)
{
    return answer->outcome == MODBUS_LINK_ANSWERED || answer->outcome == MODBUS_LINK_EXCEPTION;
}

gboolean modbus_link_is_heard(const ModbusAnswer *answer)
{
    return modbus_link_is_intact(answer) && !is_exception(answer, MODBUS_FRAME_NO_PATH) &&
           !is_exception(answer, MODBUS_FRAME_NO_TARGET);
}

gboolean modbus_link_is_illegal(const ModbusAnswer *answer)
{
    return answer->outcome == MODBUS_LINK_EXCEPTION && answer->exception <= MODBUS_FRAME_ILLEGAL_VALUE;
}

gboolean modbus_link_is_taken(const ModbusAnswer *answer)
{
    return answer->outcome == MODBUS_LINK_ANSWERED || is_exception(answer, MODBUS_FRAME_ACKNOWLEDGE);
}

gboolean modbus_link_is_refused(const ModbusAnswer *answer)
{
    return modbus_link_is_heard(answer) && !modbus_link_is_taken(answer) &&
           !is_exception(answer, MODBUS_FRAME_BUSY);
}

/* ---- the line ---- */

ModbusLink *modbus_link_new(const SiteBus *bus, const DriverHalt *halt, GError **error)
{
    ModbusLink *link = g_new0(ModbusLink, 1);

    link->bus = bus;
    link->halt = halt;
    link->socket = -1;
    g_mutex_init(&link->lock);
    if (!bus->serial) {
        link->resolver = driver_resolve_new(bus->host);
        return link;
    }
    link->context = modbus_new_rtu(bus->tty, (int)bus->baud, bus->parity, 8, (int)bus->stop_bits);
    if (link->context)
        return link;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s: %s", bus->tty, modbus_strerror(errno));
    modbus_link_free(link);
    return NULL;
}

/* libmodbus gives a port back the settings it had before. Who is late with that (see `halt`) would take them
 * away from under a successor that has opened the same port meanwhile: a port is closed as it is. */
static void close_port(ModbusLink *link)
{
    close(modbus_get_socket(link->context));
    modbus_set_socket(link->context, -1);
}

/* Says which SOCKET is to be cut, before it is used and before it is closed: its number may be another file's
 * afterwards. False where the line has been cut already. */
static gboolean show_socket(ModbusLink *link, int socket)
{
    g_mutex_lock(&link->lock);
    gboolean is_cut = link->is_cut;

    link->socket = link->bus->serial || is_cut ? -1 : socket;
    g_mutex_unlock(&link->lock);
    return !is_cut;
}

void modbus_link_cut(ModbusLink *link)
{
    g_mutex_lock(&link->lock);
    link->is_cut = TRUE;
    if (link->socket >= 0)
        shutdown(link->socket, SHUT_RDWR);
    g_mutex_unlock(&link->lock);
}

static void close_link(ModbusLink *link)
{
    show_socket(link, -1);
    if (link->open && link->bus->serial)
        close_port(link);
    else if (link->open)
        modbus_close(link->context);
    link->open = FALSE;
    if (!link->bus->serial)
        g_clear_pointer(&link->context, modbus_free);
}

void modbus_link_free(ModbusLink *link)
{
    close_link(link);
    g_clear_pointer(&link->context, modbus_free);
    g_clear_pointer(&link->resolver, driver_resolve_free);
    g_mutex_clear(&link->lock);
    g_free(link);
}

static void set_timeout(ModbusLink *link, gint64 timeout_us)
{
    modbus_set_response_timeout(link->context, (uint32_t)(timeout_us / G_USEC_PER_SEC),
                                (uint32_t)(timeout_us % G_USEC_PER_SEC));
}

static gint64 timeout_us(const ModbusLink *link)
{
    return (gint64)link->bus->timeout_ms * 1000;
}

/* Bytes that nobody asked for are a late or doubled answer: such a connection is not used any more. */
gboolean modbus_link_is_open(ModbusLink *link)
{
    guint8 byte;

    if (!link->open || link->bus->serial)
        return link->open;
    if (recv(modbus_get_socket(link->context), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
        (errno == EAGAIN || errno == EWOULDBLOCK))
        return TRUE;
    close_link(link);
    return FALSE;
}

/* libmodbus lets a connect that was never answered end with "operation now in progress". */
static const char *explain(int number)
{
    return modbus_strerror(number == EINPROGRESS ? ETIMEDOUT : number);
}

static gboolean is_over(const ModbusLink *link)
{
    return driver_halt_is_past(link->halt, MODBUS_LINK_LAST_US);
}

static gboolean make_context(ModbusLink *link, char reason[MODBUS_LINK_REASON_SIZE])
{
    g_autofree char *address = driver_resolve_dup_address(link->resolver, timeout_us(link));
    g_autofree char *port = g_strdup_printf("%u", link->bus->port);

    if (!address) {
        g_snprintf(reason, MODBUS_LINK_REASON_SIZE, "connect %s: no address found for it", link->bus->host);
        return FALSE;
    }
    link->context = modbus_new_tcp_pi(address, port);
    if (!link->context)
        g_snprintf(reason, MODBUS_LINK_REASON_SIZE, "connect %s: %s", address, modbus_strerror(errno));
    return link->context != NULL;
}

gboolean modbus_link_open(ModbusLink *link, char reason[MODBUS_LINK_REASON_SIZE])
{
    close_link(link);
    if (is_over(link)) {
        g_strlcpy(reason, "the line is being closed", MODBUS_LINK_REASON_SIZE);
        return FALSE;
    }
    if (!link->context && !make_context(link, reason))
        return FALSE;
    modbus_set_error_recovery(link->context, MODBUS_ERROR_RECOVERY_NONE);
    modbus_set_byte_timeout(link->context, 0, 0);
    set_timeout(link, timeout_us(link));
    if (modbus_connect(link->context) == 0) {
        link->open = TRUE;
        if (!show_socket(link, modbus_get_socket(link->context))) {
            close_link(link);
            g_strlcpy(reason, "the line is being closed", MODBUS_LINK_REASON_SIZE);
            return FALSE;
        }
        if (link->bus->serial)
            modbus_flush(link->context);
        return TRUE;
    }
    int number = errno;

    if (link->bus->serial)
        g_snprintf(reason, MODBUS_LINK_REASON_SIZE, "open %s: %s", link->bus->tty, explain(number));
    else
        g_snprintf(reason, MODBUS_LINK_REASON_SIZE, "connect %s:%u: %s", link->bus->host, link->bus->port,
                   explain(number));
    close_link(link);
    return FALSE;
}

/* Returns the number of bytes sent, or -1 with errno. A libmodbus raw request over TCP always has transaction
 * 0, by which a doubled answer could not be told from the right one: the header is written here. */
static int send_request(ModbusLink *link, const guint8 *frame, guint n)
{
    guint8 adu[ADU_MAX] = { 0 };

    if (link->bus->serial)
        return modbus_send_raw_request(link->context, frame, (int)n);
    link->transaction++;
    adu[0] = (guint8)(link->transaction >> 8);
    adu[1] = (guint8)link->transaction;
    adu[4] = (guint8)(n >> 8);
    adu[5] = (guint8)n;
    memcpy(adu + HEADER, frame, n);
    ssize_t sent = send(modbus_get_socket(link->context), adu, n + HEADER, MSG_NOSIGNAL);

    if (sent >= 0 && sent != (ssize_t)(n + HEADER))
        errno = EAGAIN;
    return sent == (ssize_t)(n + HEADER) ? (int)sent : -1;
}

static gboolean check_header(const ModbusLink *link, const guint8 *adu, guint n, char *reason, gsize size)
{
    guint transaction = (guint)adu[0] << 8 | adu[1], length = (guint)adu[4] << 8 | adu[5];

    if (transaction != link->transaction)
        g_snprintf(reason, size, "answer to transaction %u instead of %u", transaction, link->transaction);
    else if (adu[2] || adu[3])
        g_snprintf(reason, size, "answer of another protocol (%u)", (guint)adu[2] << 8 | adu[3]);
    else if (length + HEADER != n)
        g_snprintf(reason, size, "answer says it has %u bytes and has %u", length, n - HEADER);
    else
        return TRUE;
    return FALSE;
}

/* Receives until an answer is there, or the time is up; its length, or -1 with errno. An intact RTU frame of
 * another unit (libmodbus: 0) is passed over. */
static int receive(ModbusLink *link, guint8 *adu, gint64 until_us, gint64 after_us)
{
    for (;;) {
        int events = driver_halt_wait(link->halt, modbus_get_socket(link->context), until_us, after_us);

        if (!events) {
            errno = ETIMEDOUT;
            return -1;
        }
        set_timeout(link, MAX(until_us - clock_boot_us(), 1));
        int n = modbus_receive_confirmation(link->context, adu);

        if (n != 0 || !link->bus->serial)
            return n;
    }
}

/* Listens until the line is quiet, so that the rest of a bad answer does not begin the next one. */
static void wait_for_quiet(ModbusLink *link)
{
    gint64 until_us = clock_boot_us() + LONGEST_QUIET_US;
    int line = modbus_get_socket(link->context);

    while (clock_boot_us() < until_us && !is_over(link)) {
        int events = driver_halt_wait(link->halt, line, clock_boot_us() + QUIET_US, MODBUS_LINK_LAST_US);

        if (!events || events & (POLLERR | POLLHUP | POLLNVAL) || modbus_flush(link->context) < 0)
            break;
    }
    if (!is_over(link))
        modbus_flush(link->context);
}

static gboolean is_lost(const ModbusLink *link, int number)
{
    if (link->bus->serial)
        return number == EIO || number == ENODEV || number == ENXIO || number == EBADF;
    return number == ECONNRESET || number == EPIPE || number == EBADF || number == ENOTCONN;
}

static void fail(ModbusLink *link, ModbusAnswer *answer, gboolean lost)
{
    answer->outcome = lost ? MODBUS_LINK_LOST : MODBUS_LINK_SILENT;
    answer->answered_at = clock_now();
    if (lost || !link->bus->serial)
        close_link(link);
    else
        wait_for_quiet(link);
}

static void describe(ModbusAnswer *answer, const ModbusRequest *request, const char *what)
{
    char action[40];

    modbus_frame_describe(request, action, sizeof action);
    g_snprintf(answer->reason, sizeof answer->reason, "%s: %s", action, what);
}

static void keep_gap(const ModbusLink *link)
{
    if (link->free_at_us)
        driver_halt_wait(link->halt, -1, link->free_at_us, MODBUS_LINK_LAST_US);
}

static void judge(ModbusLink *link, const ModbusRequest *request, const guint8 *adu, int n,
                  guint16 *ret_values, ModbusAnswer *answer)
{
    char reason[MODBUS_FRAME_REASON_SIZE];
    guint header = link->bus->serial ? 0 : HEADER, trailer = link->bus->serial ? 2 : 0;
    ModbusFrameVerdict verdict = MODBUS_FRAME_BAD;

    if ((guint)n < header + trailer + 1)
        g_snprintf(reason, sizeof reason, "answer of %d bytes", n);
    else if (link->bus->serial || check_header(link, adu, (guint)n, reason, sizeof reason))
        verdict = modbus_frame_check(request, adu + header, (guint)n - header - trailer, ret_values,
                                     &answer->exception, reason);
    if (verdict == MODBUS_FRAME_OK)
        return;
    describe(answer, request, reason);
    if (verdict == MODBUS_FRAME_EXCEPTION)
        answer->outcome = MODBUS_LINK_EXCEPTION;
    else
        fail(link, answer, FALSE);
}

void modbus_link_ask(ModbusLink *link, const ModbusRequest *request, guint16 *ret_values,
                     ModbusAnswer *ret_answer)
{
    guint8 frame[MODBUS_FRAME_MAX], adu[ADU_MAX];
    guint n = modbus_frame_encode(request, frame);
    gint64 after_us = request->values ? MODBUS_LINK_LAST_US : READ_AFTER_US;

    memset(ret_answer, 0, sizeof *ret_answer);
    keep_gap(link);
    if (link->bus->serial && !is_over(link)) {
        modbus_flush(link->context);
        modbus_set_slave(link->context, request->unit);
    }
    if (is_over(link)) { /* last: whatever comes before may have taken its time */
        describe(ret_answer, request, "the line is being closed");
        ret_answer->outcome = MODBUS_LINK_LOST;
        return;
    }
    ret_answer->asked_at_us = clock_boot_us();
    int received = n == 0 || send_request(link, frame, n) < 0
                       ? -1
                       : receive(link, adu, ret_answer->asked_at_us + timeout_us(link), after_us);
    int number = errno;

    ret_answer->answered_at = clock_now();
    if (received >= 0) {
        judge(link, request, adu, received, ret_values, ret_answer);
    } else {
        describe(ret_answer, request, n ? explain(number) : "it asks for more than the protocol allows");
        fail(link, ret_answer, is_lost(link, number));
    }
    if (link->bus->gap_ms)
        link->free_at_us = clock_boot_us() + (gint64)link->bus->gap_ms * 1000;
}

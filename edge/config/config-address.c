/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/config/config-parts.h"

#include <gio/gio.h>
#include <string.h>

#define ERROR g_quark_from_static_string("config-address")

static gboolean is_host(const char *text)
{
    gsize length = strlen(text);

    if (length == 0 || length > 253)
        return FALSE;
    if (g_hostname_is_ip_address(text))
        return TRUE;
    if (text[0] == '-' || text[0] == '.')
        return FALSE;
    /* what looks like an IPv4 address and is none ("192.168.1.300") is no name either */
    if (!text[strspn(text, "0123456789.")])
        return FALSE;
    for (; *text; text++) {
        if (!g_ascii_isalnum(*text) && !strchr(".-_", *text))
            return FALSE;
    }
    return TRUE;
}

static gboolean split_port(const char *text, guint default_port, ConfigAddress *ret)
{
    const char *colon = *text == '[' ? strstr(text, "]:") : strchr(text, ':');
    const char *end = colon ? colon + (*text == '[') : text + strlen(text);
    g_autofree char *host = NULL;
    guint64 port = default_port;

    if (*text == '[') {
        if (end == text || end[-1] != ']')
            return FALSE;
        host = g_strndup(text + 1, (gsize)(end - text) - 2);
        if (!strchr(host, ':') || !g_hostname_is_ip_address(host))
            return FALSE;
    } else {
        host = g_strndup(text, (gsize)(end - text));
        if (!is_host(host))
            return FALSE;
    }
    if (*end == ':' && !g_ascii_string_to_unsigned(end + 1, 10, 1, 65535, &port, NULL))
        return FALSE;
    ret->host = g_steal_pointer(&host);
    ret->port = (guint)port;
    return TRUE;
}

gboolean config_address_parse_tcp(const char *text, guint default_port, ConfigAddress *ret, GError **error)
{
    if (g_str_has_prefix(text, "tcp://") && split_port(text + strlen("tcp://"), default_port, ret))
        return TRUE;
    g_set_error(
        error, ERROR, 0,
        "\"%.60s\" is not tcp://HOST:PORT with a name, an IPv4 address or an IPv6 address in brackets, and "
        "a port of 1 to 65535",
        text);
    return FALSE;
}

static gboolean read_baud(SiteBus *bus, const char *value)
{
    static const char *const rates[] = { "1200",  "2400",  "4800",   "9600",   "14400",  "19200",
                                         "38400", "57600", "115200", "230400", "460800", NULL };

    if (!g_strv_contains(rates, value))
        return FALSE;
    bus->baud = (guint)g_ascii_strtoull(value, NULL, 10);
    return TRUE;
}

static gboolean read_parity(SiteBus *bus, const char *value)
{
    static const char *const words[] = { "none", "even", "odd" };

    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_str_equal(value, words[i])) {
            bus->parity = "NEO"[i];
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean read_stop(SiteBus *bus, const char *value)
{
    if (!g_str_equal(value, "1") && !g_str_equal(value, "2"))
        return FALSE;
    bus->stop_bits = (guint)(value[0] - '0');
    return TRUE;
}

static gboolean read_serial_option(SiteBus *bus, const char *option, guint *seen)
{
    static const struct {
        const char *name;
        gboolean (*read)(SiteBus *bus, const char *value);
    } options[] = { { "baud=", read_baud }, { "parity=", read_parity }, { "stop=", read_stop } };

    for (guint i = 0; i < G_N_ELEMENTS(options); i++) {
        if (!g_str_has_prefix(option, options[i].name))
            continue;
        if (*seen & (1u << i))
            return FALSE;
        *seen |= 1u << i;
        return options[i].read(bus, option + strlen(options[i].name));
    }
    return FALSE;
}

static gboolean parse_rtu(const char *text, SiteBus *bus, GError **error)
{
    const char *question = strchr(text, '?');
    g_auto(GStrv) options = g_strsplit(question ? question + 1 : "", "&", 8);
    guint seen = 0;

    g_free(bus->tty);
    bus->tty = question ? g_strndup(text, (gsize)(question - text)) : g_strdup(text);
    bus->serial = TRUE;
    if (bus->tty[0] != '/' || bus->tty[1] == '\0' || bus->tty[1] == '/') {
        g_set_error(error, ERROR, 0, "\"%.60s\" is not a device's path; write rtu:///dev/ttyS1?baud=9600",
                    text);
        return FALSE;
    }
    for (guint i = 0; options[i]; i++) {
        if (!read_serial_option(bus, options[i], &seen)) {
            g_set_error(
                error, ERROR, 0,
                "\"%.60s\" is none of baud=1200 to 460800, parity=none, even or odd, stop=1 or 2, each once",
                options[i]);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean config_address_parse_bus(const char *text, SiteBus *bus, GError **error)
{
    ConfigAddress address;

    if (g_str_has_prefix(text, "rtu://"))
        return parse_rtu(text + strlen("rtu://"), bus, error);
    if (!g_str_has_prefix(text, "tcp://")) {
        g_set_error(error, ERROR, 0,
                    "\"%.60s\" is neither tcp://HOST:PORT nor rtu:///dev/ttyS1?baud=9600&parity=none&stop=1",
                    text);
        return FALSE;
    }
    if (!config_address_parse_tcp(text, 502, &address, error))
        return FALSE;
    g_free(bus->host);
    bus->host = address.host;
    bus->port = (guint16)address.port;
    return TRUE;
}

static gboolean has_scheme(const char *text, const char *const *schemes, const char **ret_rest)
{
    for (guint i = 0; schemes[i]; i++) {
        gsize length = strlen(schemes[i]);

        if (g_str_has_prefix(text, schemes[i]) && g_str_has_prefix(text + length, "://")) {
            *ret_rest = text + length + 3;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean config_address_check_url(const char *text, const char *const *schemes, GError **error)
{
    g_autofree char *joined = NULL;
    g_autofree char *authority = NULL;
    ConfigAddress address = { NULL, 0 };
    const char *rest;

    if (!has_scheme(text, schemes, &rest)) {
        joined = g_strjoinv(":// or ", (char **)schemes);
        g_set_error(error, ERROR, 0, "\"%.60s\" must begin with %s://", text, joined);
        return FALSE;
    }
    authority = g_strndup(rest, strcspn(rest, "/?#"));
    if (strchr(authority, '@')) {
        g_set_error(
            error, ERROR, 0,
            "a user or password in an address can be read by everybody; use username= and password-file=");
        return FALSE;
    }
    if (strlen(text) > 1024 || strpbrk(text, " \t\"<>") || !split_port(authority, 1, &address)) {
        g_set_error(error, ERROR, 0,
                    "\"%.60s\" is not a right address, HOST or HOST:PORT is allowed behind ://", text);
        return FALSE;
    }
    g_free(address.host);
    return TRUE;
}

gboolean config_address_is_loopback(const char *host)
{
    g_autoptr(GInetAddress) address = g_inet_address_new_from_string(host);

    return address ? g_inet_address_get_is_loopback(address) : g_str_equal(host, "localhost");
}

gboolean config_address_is_range(const char *text)
{
    const char *slash = strchr(text, '/');
    g_autoptr(GInetAddressMask) mask = NULL;
    guint64 bits;

    /* GLib 2.74 warns, and so ends a stationd whose warnings are fatal, of more bits than any address has */
    if (slash && !g_ascii_string_to_unsigned(slash + 1, 10, 0, 128, &bits, NULL))
        return FALSE;
    mask = g_inet_address_mask_new_from_string(text, NULL);
    return mask != NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/ctl/ctl-client.h"

#include "edge/base/safe-text.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUS_NAME "org.stationmaster.Station1"
#define OBJECT_PATH "/org/stationmaster/Station1"
#define ERROR_PREFIX "org.stationmaster.Error."
#define PIN_FILE_MAX 256 /* bytes */

void ctl_client_free_pin(char *pin)
{
    if (pin)
        explicit_bzero(pin, strlen(pin));
    g_free(pin);
}

static gboolean fail_file(GError **error, const char *file, const char *why)
{
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s: %s", file, why);
    return FALSE;
}

static gboolean check_pin_file(int fd, const char *file, GError **error)
{
    struct stat state;

    if (fstat(fd, &state) != 0)
        return fail_file(error, file, g_strerror(errno));
    if (!S_ISREG(state.st_mode))
        return fail_file(error, file, _("a PIN is read from a regular file only"));
    if (state.st_mode & (S_IRWXG | S_IRWXO))
        return fail_file(error, file, _("group or others may use this file; chmod 600 it first"));
    if (state.st_size > PIN_FILE_MAX)
        return fail_file(error, file, _("too long for a PIN"));
    return TRUE;
}

static char *read_line(int fd)
{
    char *text = g_malloc0(PIN_FILE_MAX + 1);
    gsize length = 0;
    gssize n;

    while (length < PIN_FILE_MAX && (n = read(fd, text + length, PIN_FILE_MAX - length)) > 0)
        length += (gsize)n;
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
        text[--length] = '\0';
    return text;
}

char *ctl_client_read_pin(const char *file, GError **error)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    char *text = NULL;

    if (fd < 0) {
        fail_file(error, file, g_strerror(errno));
        return NULL;
    }
    if (check_pin_file(fd, file, error))
        text = read_line(fd);
    close(fd);
    if (text && (!text[0] || !g_utf8_validate(text, -1, NULL))) {
        fail_file(error, file, _("there is no PIN in it"));
        g_clear_pointer(&text, ctl_client_free_pin);
    }
    return text;
}

gboolean ctl_client_identify(Ctl *ctl, const char *pin_file, GError **error)
{
    ctl->staff = g_strdup(ctl->options->staff ? ctl->options->staff : "");
    ctl->pin = pin_file ? ctl_client_read_pin(pin_file, error) : g_strdup("");
    return ctl->pin != NULL;
}

/* Without an address in the environment GLib would start a session bus of its own. */
static char *find_address(const CtlOptions *options, GError **error)
{
    const char *given = g_getenv("DBUS_SESSION_BUS_ADDRESS");

    if (!options->session)
        return g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SYSTEM, NULL, error);
    if (given && given[0])
        return g_strdup(given);
    return g_strdup_printf("unix:path=%s/bus", g_get_user_runtime_dir());
}

gboolean ctl_client_connect(Ctl *ctl, GError **error)
{
    g_autofree char *address = find_address(ctl->options, error);
    g_autoptr(GDBusConnection) connection =
        address ? g_dbus_connection_new_for_address_sync(address,
                                                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                             G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                         NULL, NULL, error)
                : NULL;

    if (!connection)
        return FALSE;
    ctl->proxy = stationmaster_station1_proxy_new_sync(connection,
                                                       G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES |
                                                           G_DBUS_PROXY_FLAGS_DO_NOT_CONNECT_SIGNALS |
                                                           G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START,
                                                       BUS_NAME, OBJECT_PATH, NULL, error);
    if (!ctl->proxy)
        return FALSE;
    g_autofree char *owner = g_dbus_proxy_get_name_owner(G_DBUS_PROXY(ctl->proxy));

    if (!owner) { /* GLib 2.74 loses the arguments of a call that has no owner to go to */
        g_set_error_literal(error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER, BUS_NAME);
        g_clear_object(&ctl->proxy);
        return FALSE;
    }
    ctl_client_set_timeout(ctl, CTL_CALL_MS);
    return TRUE;
}

void ctl_client_set_timeout(Ctl *ctl, int timeout_ms)
{
    g_dbus_proxy_set_default_timeout(G_DBUS_PROXY(ctl->proxy), timeout_ms);
}

typedef struct {
    CtlExit exit;
    const char *word; /* of the JSON's "error" */
    char *reason;
} Meaning;

static Meaning unreachable(const char *why)
{
    return (Meaning){ CTL_EXIT_UNREACHABLE, "unreachable",
                      g_strdup_printf(_("the station cannot be reached: %s"), why) };
}

/* The station's own refusals, by the last part of their D-Bus name. */
static Meaning refusal(const char *name, const char *text)
{
    static const char *const table[][2] = {
        { "Refused", "refused" }, { "NotFound", "not-found" }, { "Invalid", "invalid" }, { "Busy", "busy" }
    };

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        if (g_str_equal(name, table[i][0]))
            return (Meaning){ CTL_EXIT_REFUSED, table[i][1], g_strdup(text) };
    }
    return (Meaning){ CTL_EXIT_REFUSED, "failed", g_strdup(text) };
}

static Meaning understand(const GError *error)
{
    g_autoptr(GError) plain = g_error_copy(error);
    g_autofree char *name = g_dbus_error_get_remote_error(error);

    g_dbus_error_strip_remote_error(plain);
    if (name && g_str_has_prefix(name, ERROR_PREFIX))
        return refusal(name + strlen(ERROR_PREFIX), plain->message);
    if (g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED))
        return (
            Meaning){ CTL_EXIT_REFUSED, "refused",
                      g_strdup(_("the bus lets only the groups stationmaster and stationmaster-view in")) };
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ||
        g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY))
        return unreachable(_("it has not answered in time; what was asked may have been done"));
    if (g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
        g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER))
        return unreachable(_("stationd is not running on this bus"));
    /* a D-Bus error that GLib has no code for is an answer; all else of this domain is about the line */
    if ((error->domain == G_IO_ERROR && error->code != G_IO_ERROR_DBUS_ERROR) ||
        g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_DISCONNECTED))
        return unreachable(plain->message);
    return (Meaning){ CTL_EXIT_REFUSED, "failed", g_strdup(plain->message) };
}

static void set_member(JsonBuilder *builder, const char *name, const char *text)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, text);
}

CtlExit ctl_client_fail(Ctl *ctl, const GError *error)
{
    Meaning meaning = understand(error);
    g_autofree char *reason = safe_text_dup(meaning.reason);

    g_printerr("stationctl: %s\n", reason);
    if (ctl->options->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();

        json_builder_begin_object(builder);
        set_member(builder, "error", meaning.word);
        set_member(builder, "reason", reason);
        json_builder_end_object(builder);
        g_autoptr(JsonNode) node = json_builder_get_root(builder);
        g_autofree char *text = json_to_string(node, FALSE);

        g_string_append_printf(ctl->out, "%s\n", text);
    }
    g_free(meaning.reason);
    return meaning.exit;
}

CtlExit ctl_client_done(Ctl *ctl, const char *text)
{
    g_autofree char *safe = safe_text_dup(text);

    g_string_append_printf(ctl->out, "%s\n", ctl->options->json ? "{\"done\":true}" : safe);
    return CTL_EXIT_DONE;
}

JsonNode *ctl_client_parse(const char *text, GError **error)
{
    JsonNode *node = json_from_string(text, error);

    if (!node && error && !*error)
        g_set_error_literal(error, JSON_PARSER_ERROR, JSON_PARSER_ERROR_PARSE,
                            _("the station's answer is empty"));
    return node;
}

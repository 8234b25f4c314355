/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/config/config-parts.h"

#include <string.h>

#define LONGEST_KEY_FILE (64u * 1024u)

static void read_timezone(KeyfileGroup *group, SiteStation *station)
{
    g_autoptr(GTimeZone) zone = NULL;
    const char *value;

    if (!keyfile_read_required(group, "timezone"))
        return;
    value = keyfile_read_value(group, "timezone");
    /* GLib opens what it is given as a path below the tz database */
    if (!value[strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-_/:")] &&
        value[0] != '/')
        zone = g_time_zone_new_identifier(value);
    if (!zone) {
        keyfile_read_fault(group, "timezone",
                           "\"%.60s\" is not a zone of the tz database, such as Asia/Shanghai", value);
        return;
    }
    keyfile_read_text(group, "timezone", 64, &station->timezone_name);
    g_time_zone_unref(station->timezone);
    station->timezone = g_steal_pointer(&zone);
}

static gboolean is_language(const char *text)
{
    gsize n = strspn(text, "abcdefghijklmnopqrstuvwxyz");

    if (g_str_equal(text, "C"))
        return TRUE;
    return (n == 2 || n == 3) && (!text[n] || (text[n] == '_' && g_ascii_isupper(text[n + 1]) &&
                                               g_ascii_isupper(text[n + 2]) && !text[n + 3]));
}

static void read_language(KeyfileGroup *group, SiteStation *station)
{
    const char *value = keyfile_read_value(group, "language");

    if (value && !is_language(value))
        keyfile_read_fault(group, "language", "\"%.60s\" is not a language such as zh_CN or en", value);
    else
        keyfile_read_text(group, "language", 16, &station->language);
}

static void read_station(ConfigLoad *load, KeyfileGroup *group)
{
    SiteStation *station = &load->site->station;

    if (keyfile_read_required(group, "id"))
        keyfile_read_name(group, "id", &station->id);
    keyfile_read_text(group, "name", 200, &station->name);
    if (!keyfile_read_text(group, "name[zh_CN]", 200, &station->name_zh)) {
        g_free(station->name_zh);
        station->name_zh = g_strdup(station->name);
    }
    keyfile_read_text(group, "merchant", 200, &station->merchant);
    read_timezone(group, station);
    if (keyfile_read_required(group, "data-dir")) {
        const char *value = keyfile_read_value(group, "data-dir");

        g_free(station->data_dir);
        station->data_dir = g_canonicalize_filename(value, load->origin);
    }
    read_language(group, station);
    keyfile_read_double(group, "limit-kw", 1, 100000, &station->limit_kw);
}

/* --- [hq] */

/* KEY=LIST of addresses with one of SCHEMES. */
static void read_urls(KeyfileGroup *group, const char *key, const char *const *schemes, guint most,
                      char ***ret)
{
    if (!keyfile_read_list(group, key, most, ret))
        return;
    for (guint i = 0; (*ret)[i]; i++) {
        g_autoptr(GError) error = NULL;

        if (!config_address_check_url((*ret)[i], schemes, &error))
            keyfile_read_fault(group, key, "%s", error->message);
    }
}

/* `ISSUER KEY`: the key is the base64 of 32 bytes (Ed25519). */
static gboolean is_command_key(char *line)
{
    g_auto(GStrv) words = g_strsplit_set(g_strstrip(line), " \t", 0);
    guint last = g_strv_length(words) - 1;
    g_autofree guchar *bytes = NULL;
    gsize size = 0;

    if (last < 1 || !keyfile_read_is_name(words[0]))
        return FALSE;
    for (guint i = 1; i < last; i++) { /* several blanks between the two */
        if (words[i][0])
            return FALSE;
    }
    if (strlen(words[last]) != 44 ||
        strspn(words[last], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") != 43)
        return FALSE;
    bytes = g_base64_decode(words[last], &size);
    return size == 32;
}

static void check_command_keys(KeyfileGroup *group, const char *name, const char *path)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    gsize size;
    guint found = 0;

    if (!config_check_file(group, "command-keys", path, 0))
        return;
    if (!g_file_get_contents(path, &text, &size, NULL) || size > LONGEST_KEY_FILE || strlen(text) != size) {
        keyfile_read_fault(group, "command-keys", "%s is not a text file of at most 64 KiB", name);
        return;
    }
    lines = g_strsplit(text, "\n", 0);
    for (guint i = 0; lines[i]; i++) {
        if (!*g_strstrip(lines[i]) || lines[i][0] == '#')
            continue;
        found++;
        if (!is_command_key(lines[i]))
            keyfile_read_fault(
                group, "command-keys",
                "%s line %u is not `ISSUER KEY` with the base64 of a 32-byte Ed25519 public key", name,
                i + 1);
    }
    if (found == 0)
        keyfile_read_fault(group, "command-keys", "%s holds no key, one `ISSUER KEY` a line is needed", name);
}

static void read_command_keys(ConfigLoad *load, KeyfileGroup *group)
{
    char ***keys = &load->site->hq.command_keys;

    if (!keyfile_read_list(group, "command-keys", 16, keys))
        return;
    for (guint i = 0; (*keys)[i]; i++) {
        char *name = (*keys)[i];

        (*keys)[i] = config_resolve(load, name);
        check_command_keys(group, name, (*keys)[i]);
        g_free(name);
    }
}

static void read_upload(KeyfileGroup *group, SiteHq *hq)
{
    static const char *const schemes[] = { "https", "s3+https", "http", "s3+http", NULL };
    g_auto(GStrv) upload = NULL;

    read_urls(group, "upload", schemes, 1, &upload);
    if (!upload)
        return;
    g_free(hq->upload);
    hq->upload = g_strdup(upload[0] ? upload[0] : "");
}

static void read_hq(ConfigLoad *load, KeyfileGroup *group)
{
    static const char *const schemes[] = { "mqtts", "mqtt", "wss", NULL };
    SiteHq *hq = &load->site->hq;

    read_urls(group, "broker", schemes, 8, &hq->brokers);
    config_read_file(load, group, "ca-file", 0, &hq->ca_file);
    config_read_file(load, group, "cert-file", 0, &hq->cert_file);
    config_read_file(load, group, "key-file", CONFIG_SECRET, &hq->key_file);
    keyfile_read_text(group, "username", 200, &hq->username);
    config_read_file(load, group, "password-file", CONFIG_SECRET, &hq->password_file);
    read_command_keys(load, group);
    read_upload(group, hq);
    if (!keyfile_read_value(group, "cert-file") != !keyfile_read_value(group, "key-file"))
        keyfile_read_fault(group, keyfile_read_value(group, "cert-file") ? "key-file" : "cert-file",
                           "is missing; a certificate and its key go together");
}

/* --- [policy] */

static void read_deadlines(KeyfileGroup *group, SitePolicy *policy)
{
    g_auto(GStrv) parts = NULL;
    guint deadlines[SITE_RUNGS];

    if (!keyfile_read_list(group, "stop-deadlines-ms", 100, &parts))
        return;
    gboolean right = g_strv_length(parts) == SITE_RUNGS;

    for (guint i = 0; right && i < SITE_RUNGS; i++) {
        guint64 number = 0;

        right = g_ascii_string_to_unsigned(parts[i], 10, 100, 600000, &number, NULL);
        deadlines[i] = (guint)number;
    }
    if (right)
        memcpy(policy->stop_deadline_ms, deadlines, sizeof deadlines);
    else
        keyfile_read_fault(
            group, "stop-deadlines-ms",
            "must be four numbers of 100 to 600000 with ; between: soft, disable, feeder, station");
}

static void read_policy(ConfigLoad *load, KeyfileGroup *group)
{
    static const char *const rungs[] = { "feeder", "station", NULL };
    static const char *const buttons[] = { "silence", "acknowledge", NULL };
    SitePolicy *policy = &load->site->policy;
    guint place;

    read_deadlines(group, policy);
    keyfile_read_double(group, "stop-current-a", 0.01, 100, &policy->stop_current_a);
    if (keyfile_read_word(group, "highest-rung", rungs, &place))
        policy->highest_rung = place ? SITE_RUNG_STATION : SITE_RUNG_FEEDER;
    keyfile_read_text(group, "main-breaker", 130, &policy->main_breaker);
    if (keyfile_read_word(group, "button", buttons, &place))
        policy->button_acknowledges = place == 1;
    keyfile_read_uint(group, "silence-minutes", 1, 1440, &policy->silence_minutes);
    keyfile_read_double(group, "offline-energy-limit-kwh", 0, 100000, &policy->offline_energy_limit_kwh);
    keyfile_read_bool(group, "shipped-rules", &policy->shipped_rules);
    keyfile_read_uint(group, "guard-only-after", 0, 1000, &policy->guard_only_after);
    g_hash_table_insert(load->groups, policy, group);
}

void config_station_read(ConfigLoad *load, Keyfile *file)
{
    static const struct {
        const char *kind;
        void (*read)(ConfigLoad *load, KeyfileGroup *group);
    } kinds[] = { { "station", read_station }, { "hq", read_hq }, { "policy", read_policy } };
    static const char *const names[] = { "station", "hq", "policy", NULL };
    gboolean has_station = FALSE;

    for (guint i = 0; i < file->groups->len; i++) {
        KeyfileGroup *group = file->groups->pdata[i];
        guint k = 0;

        while (k < G_N_ELEMENTS(kinds) && !g_str_equal(group->kind, kinds[k].kind))
            k++;
        if (k == G_N_ELEMENTS(kinds)) {
            config_refuse_group(group, names);
            continue;
        }
        config_refuse_name(group);
        has_station |= k == 0;
        kinds[k].read(load, group);
        keyfile_read_end(group);
    }
    if (!has_station)
        keyfile_fault(load->faults, file->path, "station", "",
                      "the group is missing; id, timezone and data-dir are required");
}

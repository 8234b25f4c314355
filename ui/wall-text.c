/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-text.h"

#include "edge/base/safe-text.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

char *wall_text_duration(gint64 seconds)
{
    gint64 s = CLAMP(seconds, 0, 86400 * (gint64)9999);
    int minutes = (int)(s / 60 % 60), hours = (int)(s / 3600 % 24);

    if (s < 3600)
        return g_strdup_printf("%02d:%02d", minutes, (int)(s % 60));
    if (s < 86400)
        return g_strdup_printf("%d:%02d:%02d", hours, minutes, (int)(s % 60));
    return g_strdup_printf(_("%d d %02d:%02d"), (int)(s / 86400), hours, minutes);
}

char *wall_text_age(gint64 seconds)
{
    gint64 s = CLAMP(seconds, 0, 86400 * (gint64)9999);

    if (s < 60)
        return g_strdup_printf(_("%d s"), (int)s);
    if (s < 3600)
        return g_strdup_printf(_("%d min"), (int)(s / 60));
    if (s < 86400)
        return g_strdup_printf(_("%d h"), (int)(s / 3600));
    return g_strdup_printf(_("%d d"), (int)(s / 86400));
}

char *wall_text_number(double number, int decimals, const char *unit)
{
    char plain[64];
    GString *text;
    gsize length, whole;

    if (!isfinite(number) || fabs(number) >= 1e12)
        return g_strdup(WALL_TEXT_NONE);
    g_snprintf(plain, sizeof plain, "%.*f", CLAMP(decimals, 0, 6), number);
    if (strspn(plain, "-0.") == strlen(plain)) /* no "-0.0" */
        g_snprintf(plain, sizeof plain, "%.*f", CLAMP(decimals, 0, 6), 0.0);
    text = g_string_new(NULL);
    length = strlen(plain);
    whole = strcspn(plain, ".");
    for (gsize i = 0; i < length; i++) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0 && g_ascii_isdigit(plain[i - 1]))
            g_string_append(text, "\u2009");
        g_string_append_c(text, plain[i]);
    }
    if (unit[0])
        g_string_append_printf(text, " %s", unit);
    return g_string_free(text, FALSE);
}

static char *format_time(gint64 wall_us, GTimeZone *zone, const char *format)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(wall_us / G_USEC_PER_SEC);
    g_autoptr(GDateTime) local = utc ? g_date_time_to_timezone(utc, zone) : NULL;

    return local ? g_date_time_format(local, format) : g_strdup(WALL_TEXT_NONE);
}

char *wall_text_clock(gint64 wall_us, GTimeZone *zone)
{
    return format_time(wall_us, zone, "%H:%M:%S");
}

/* Not by %A: the locale may be C.UTF-8 while the words are Chinese. */
char *wall_text_date(gint64 wall_us, GTimeZone *zone)
{
    const char *const days[] = { N_("Monday"), N_("Tuesday"),  N_("Wednesday"), N_("Thursday"),
                                 N_("Friday"), N_("Saturday"), N_("Sunday") };
    g_autofree char *number = format_time(wall_us, zone, "%u");
    g_autofree char *date = NULL;

    if (!g_ascii_isdigit(number[0]))
        return g_strdup(number);
    /* Translators: year, month and day as g_date_time_format() writes them. */
    date = format_time(wall_us, zone, _("%Y-%m-%d"));
    return g_strdup_printf("%s %s", date, _(days[(number[0] - '1') % 7]));
}

char *wall_text_safe(const char *text, guint most)
{
    g_autofree char *safe = safe_text_dup(text);
    g_autofree char *begin = NULL;

    if (g_utf8_strlen(safe, -1) <= most)
        return g_steal_pointer(&safe);
    begin = g_utf8_substring(safe, 0, MAX(most, 1) - 1);
    return g_strconcat(begin, "…", NULL);
}

guint wall_text_count_columns(const char *text)
{
    guint columns = 0;

    for (const char *c = text; *c; c = g_utf8_next_char(c))
        columns += g_unichar_iswide(g_utf8_get_char(c)) ? 2 : 1;
    return columns;
}

gboolean wall_text_is_chinese(void)
{
    /* Translators: the language code of this very translation. */
    return g_str_has_prefix(C_("language", "en"), "zh");
}

typedef struct {
    const char *name;
    WallTextState state;
} Named;

static WallTextState find_state(const Named *table, guint n, const char *name, WallTextState otherwise)
{
    for (guint i = 0; i < n; i++) {
        if (g_strcmp0(table[i].name, name) == 0)
            return (WallTextState){ _(table[i].state.word), table[i].state.shape, table[i].state.style };
    }
    return (WallTextState){ _(otherwise.word), otherwise.shape, otherwise.style };
}

/* What goes on, is amiss or not known outranks what headquarters has ordered. */
static gboolean is_idle(const char *status)
{
    static const char *const words[] = { "available", "preparing",   "suspended", "finishing",
                                         "reserved",  "unavailable", NULL };

    return g_strv_contains(words, status ? status : "");
}

WallTextState wall_text_connector(const char *status, gboolean held, gboolean disabled, double soc)
{
    static const Named table[] = {
        { "available", { N_("Free"), "○", "free" } },
        { "preparing", { N_("Plugged in"), "◐", "free" } },
        { "charging", { N_("Charging"), "▶", "charging" } },
        { "suspended", { N_("Paused"), "◇", "attention" } },
        { "finishing", { N_("Finished"), "■", "full" } },
        { "reserved", { N_("Reserved"), "◎", "free" } },
        { "unavailable", { N_("Out of service"), "△", "attention" } },
        { "faulted", { N_("Fault"), "▲", "faulted" } },
    };

    if (held && g_strcmp0(status, "charging") == 0)
        return (WallTextState){ _("Stopping"), "×", "held" };
    if (held)
        return (WallTextState){ _("Held"), "×", "held" };
    if (disabled && is_idle(status))
        return (WallTextState){ _("HQ disabled"), "⊘", "disabled" };
    if (g_strcmp0(status, "finishing") == 0 && soc >= 99.5)
        return (WallTextState){ _("Full"), "■", "full" };
    return find_state(table, G_N_ELEMENTS(table), status, (WallTextState){ N_("No data"), "?", "unknown" });
}

const char *wall_text_rung(const char *rung)
{
    static const Named table[] = {
        { "soft", { N_("Stop"), "", "" } },
        { "disable", { N_("Disable"), "", "" } },
        { "feeder", { N_("Cut feeder"), "", "" } },
        { "station", { N_("Main breaker"), "", "" } },
    };

    return find_state(table, G_N_ELEMENTS(table), rung, (WallTextState){ "?", "", "" }).word;
}

WallTextState wall_text_result(const char *result)
{
    static const Named table[] = {
        { "pending", { N_("waiting for proof"), "…", "attention" } },
        { "proven", { N_("proven"), "✓", "proven" } },
        { "failed", { N_("not proven"), "×", "failed" } },
        { "skipped", { N_("not there"), "–", "quiet" } },
    };

    return find_state(table, G_N_ELEMENTS(table), result, (WallTextState){ "?", "?", "quiet" });
}

WallTextState wall_text_severity(const char *severity)
{
    static const Named table[] = {
        { "critical", { N_("Critical"), "▲", "critical" } },
        { "high", { N_("High"), "◆", "high" } },
        { "medium", { N_("Medium"), "■", "medium" } },
        { "low", { N_("Low"), "●", "low" } },
    };

    return find_state(table, G_N_ELEMENTS(table), severity, (WallTextState){ "?", "?", "quiet" });
}

const char *wall_text_alarm_state(const char *state)
{
    static const Named table[] = {
        { "unacknowledged", { N_("not acknowledged"), "", "" } },
        { "acknowledged", { N_("acknowledged"), "", "" } },
        { "returned-unacknowledged", { N_("over, not acknowledged"), "", "" } },
        { "latched", { N_("to be reset"), "", "" } },
        { "shelved", { N_("shelved"), "", "" } },
        { "suppressed", { N_("suppressed"), "", "" } },
        { "normal", { N_("over"), "", "" } },
    };

    return find_state(table, G_N_ELEMENTS(table), state, (WallTextState){ "?", "", "" }).word;
}

/* "NAME VALUE" of a point. */
static char *tell_reading(const char *text)
{
    static const char *const names[] = { N_("status"), N_("current"), N_("power"), N_("voltage") };

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        gsize length = strlen(names[i]);

        if (!g_str_has_prefix(text, names[i]) || text[length] != ' ')
            continue;
        if (i == 0)
            return g_strdup_printf("%s %s", _(names[i]),
                                   wall_text_connector(text + length + 1, FALSE, FALSE, 0).word);
        return g_strdup_printf("%s%s", _(names[i]), text + length);
    }
    if (g_str_has_prefix(text, "contact ") && g_str_has_suffix(text, " open")) {
        g_autofree char *contact =
            g_strndup(text + strlen("contact "), strlen(text) - strlen("contact  open"));

        return g_strdup_printf(_("contact %s open"), contact);
    }
    return g_strdup(text);
}

char *wall_text_proof(const char *text)
{
    static const char *const known[] = { N_("confirmed, not waited for"),
                                         N_("sent, not waited for"),
                                         N_("the hold ended first"),
                                         N_("the charger has no stop command"),
                                         N_("the charger has no disable command"),
                                         N_("no feeder breaker that can be tripped"),
                                         N_("no main breaker, or policy forbids it"),
                                         N_("no newer reading shows a current"),
                                         N_("no answer") };
    /* Translators: these stand before what was seen. */
    static const char *const before[] = { N_("resumed: "), N_("refused: "), N_("feeder meter ") };
    g_auto(GStrv) parts = NULL;
    GString *line;

    for (guint i = 0; i < G_N_ELEMENTS(known); i++) {
        if (g_str_equal(text, known[i]))
            return g_strdup(_(known[i]));
    }
    for (guint i = 0; i < G_N_ELEMENTS(before); i++) {
        if (g_str_has_prefix(text, before[i])) {
            g_autofree char *rest = wall_text_proof(text + strlen(before[i]));

            return g_strconcat(_(before[i]), rest, NULL);
        }
    }
    parts = g_strsplit(text, ", ", 8);
    line = g_string_new(NULL);
    for (guint i = 0; parts[i]; i++) {
        g_autofree char *reading = parts[1] ? wall_text_proof(parts[i]) : tell_reading(parts[i]);

        g_string_append_printf(line, "%s%s", i ? _(", ") : "", reading);
    }
    return g_string_free(line, FALSE);
}

char *wall_text_more(guint more)
{
    return g_strdup_printf(g_dngettext(NULL, "%u more alarm calls", "%u more alarms call", more), more);
}

char *wall_text_actor(const char *who)
{
    if (g_str_has_prefix(who, "staff:"))
        return g_strdup(who + strlen("staff:"));
    if (g_str_has_prefix(who, "hq:"))
        return g_strdup_printf(_("headquarters (%s)"), who + strlen("hq:"));
    if (g_str_has_prefix(who, "button:"))
        return g_strdup_printf(_("the button %s"), who + strlen("button:"));
    return g_strdup(who);
}

char *wall_text_refusal(const char *name, const char *message)
{
    /* The message says it closer than the name, which is "" for any. */
    static const struct {
        const char *name, *part, *word;
    } known[] = {
        { "", "wrong name or PIN", N_("Wrong PIN.") },
        { "", "locked after too many wrong PINs", N_("Locked for five minutes after too many wrong PINs.") },
        { "", "only an operator or an engineer", N_("Only an operator or an engineer may do this.") },
        { "", "nobody is known while the books", N_("The list of staff cannot be read now.") },
        { "", "was acknowledged already by", N_("This alarm has been acknowledged already.") },
        { "org.stationmaster.Error.Refused", " is over", N_("This alarm is over.") },
        { "org.stationmaster.Error.NotFound", "alarm", N_("This alarm is over.") },
        { "", "too many checks at once", N_("The station is busy. Try again.") },
        { "org.stationmaster.Error.Busy", "", N_("The station is busy. Try again.") },
        { "org.freedesktop.DBus.Error.NoReply", "", N_("The station does not answer. Try again.") },
        { "org.freedesktop.DBus.Error.ServiceUnknown", "", N_("The station does not answer. Try again.") },
        { "org.freedesktop.DBus.Error.NameHasNoOwner", "", N_("The station does not answer. Try again.") },
        { "org.freedesktop.DBus.Error.Disconnected", "", N_("The station does not answer. Try again.") },
    };
    g_autofree char *safe = wall_text_safe(message, 160);

    for (guint i = 0; i < G_N_ELEMENTS(known); i++) {
        if ((known[i].name[0] == '\0' || g_str_equal(known[i].name, name)) && strstr(safe, known[i].part))
            return g_strdup(_(known[i].word));
    }
    return g_strdup_printf(_("Refused: %s"), safe);
}

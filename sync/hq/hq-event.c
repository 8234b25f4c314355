/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/hq/hq-event.h"

#include "edge/base/clock.h"
#include "sync/hq/hq-envelope.h"

#include <string.h>

#define LONGEST_STATION 64u
#define LARGEST_NUMBER (G_GINT64_CONSTANT(1) << 53) /* what every reader of JSON can hold */

static gboolean is_station(const char *text, gsize length)
{
    if (length == 0 || length > LONGEST_STATION || text[0] == '.')
        return FALSE;
    for (gsize i = 0; i < length; i++)
        if (!g_ascii_isalnum(text[i]) && !strchr("._-", text[i]))
            return FALSE;
    return TRUE;
}

char *hq_event_dup_station(const char *topic, const char **ret_name)
{
    const char *station = topic + strlen(HQ_EVENT_ROOT);
    const char *end = g_str_has_prefix(topic, HQ_EVENT_ROOT) ? strchr(station, '/') : NULL;

    if (!end || !is_station(station, (gsize)(end - station)))
        return NULL;
    if (ret_name)
        *ret_name = end + 1;
    return g_strndup(station, (gsize)(end - station));
}

void hq_event_refuse(HqEvent *event, const char *reason)
{
    g_autofree char *valid = g_utf8_make_valid(reason, -1);

    if (!event->reason)
        event->reason = g_steal_pointer(&valid);
}

gboolean hq_event_has_place(const HqEvent *event)
{
    return event->station && event->epoch > 0 && event->seq > 0;
}

/* 0: none that a place could have. */
static gint64 read_number(const HqEnvelope *envelope, HqEnvelopeMember member)
{
    return MAX(envelope->numbers[member], 0);
}

/* What the envelope must have, whatever the event is about. */
static void check_envelope(HqEvent *event, const HqEnvelope *envelope)
{
    char *const *texts = envelope->texts;
    const char *type = texts[HQ_ENVELOPE_TYPE], *time = texts[HQ_ENVELOPE_TIME];
    g_autofree char *source = g_strconcat("/stations/", event->station ? event->station : "", NULL);
    char id[48];
    gint64 wall_us = 0;

    g_snprintf(id, sizeof id, "%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT, event->epoch, event->seq);
    if (!event->epoch || !event->seq)
        hq_event_refuse(event, "epoch or seq is no whole number above 0");
    else if (g_strcmp0(texts[HQ_ENVELOPE_SPECVERSION], "1.0") != 0)
        hq_event_refuse(event, "specversion is not 1.0");
    else if (g_strcmp0(texts[HQ_ENVELOPE_SOURCE], source) != 0)
        hq_event_refuse(event, "source is not the station of the topic");
    else if (g_strcmp0(texts[HQ_ENVELOPE_ID], id) != 0)
        hq_event_refuse(event, "id is not EPOCH.SEQ");
    else if (!type || !type[0])
        hq_event_refuse(event, "type is missing");
    else if (envelope->kinds[HQ_ENVELOPE_SUBJECT] != HQ_ENVELOPE_ABSENT && !texts[HQ_ENVELOPE_SUBJECT])
        hq_event_refuse(event, "subject is no text");
    else if (!time || !clock_parse(time, &wall_us))
        hq_event_refuse(event, "time is not RFC 3339");
    else if (envelope->kinds[HQ_ENVELOPE_DATA] != HQ_ENVELOPE_OBJECT)
        hq_event_refuse(event, "data is no object");
}

/* The number behind the quoted NAME where that is a key of the outermost object of TEXT, which is no JSON
 * that could be read, but may well be up to there. 0: none. */
static gint64 scan_number(const char *text, gsize size, const char *name)
{
    const gsize length = strlen(name);
    guint depth = 0;
    gboolean quoted = FALSE;

    for (gsize i = 0; i < size; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (!quoted && depth == 1 && size - i > length && memcmp(text + i, name, length) == 0) {
            gint64 number = 0;
            gsize at = i + length;

            while (at < size && (text[at] == ' ' || text[at] == ':'))
                at++;
            while (at < size && g_ascii_isdigit(text[at]) && number < LARGEST_NUMBER)
                number = number * 10 + (text[at++] - '0');
            return at < size && strchr(",} ", text[at]) && number < LARGEST_NUMBER ? number : 0;
        } else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && (text[i] == '{' || text[i] == '['))
            depth++;
        else if (!quoted && (text[i] == '}' || text[i] == ']'))
            depth--;
    }
    return 0;
}

static void read_payload(HqEvent *event, const char *payload, gsize size)
{
    g_auto(HqEnvelope) envelope = { 0 };
    g_autofree char *reason = NULL;

    if (size > HQ_EVENT_LARGEST)
        hq_event_refuse(event, "larger than 256 KiB");
    if (size > HQ_EVENT_LARGEST_READ)
        return;
    if (!g_utf8_validate_len(payload, size, NULL)) {
        hq_event_refuse(event, "not UTF-8");
        return;
    }
    reason = hq_envelope_read(payload, size, &envelope);
    if (reason) {
        hq_event_refuse(event, reason);
        event->epoch = scan_number(payload, size, "\"epoch\"");
        event->seq = scan_number(payload, size, "\"seq\"");
        return;
    }
    event->epoch = read_number(&envelope, HQ_ENVELOPE_EPOCH);
    event->seq = read_number(&envelope, HQ_ENVELOPE_SEQ);
    check_envelope(event, &envelope);
}

HqEvent *hq_event_new(const char *topic, const char *payload, gsize size)
{
    HqEvent *event = g_new0(HqEvent, 1);
    g_autofree char *hash = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)payload, size);
    const gsize kept = MIN(size, HQ_EVENT_LARGEST);

    event->topic = g_utf8_make_valid(topic, (gssize)strnlen(topic, HQ_EVENT_LONGEST_TOPIC));
    event->payload = g_malloc(kept + 1);
    memcpy(event->payload, payload, kept);
    event->payload[kept] = '\0';
    event->size = size;
    g_strlcpy(event->hash, hash, sizeof event->hash);
    event->station = hq_event_dup_station(topic, NULL);
    if (!event->station)
        hq_event_refuse(event, "the topic names no station");
    read_payload(event, payload, size);
    return event;
}

void hq_event_free(HqEvent *event)
{
    g_free(event->topic);
    g_free(event->payload);
    g_free(event->station);
    g_free(event->reason);
    g_free(event);
}

int hq_event_compare(gconstpointer a, gconstpointer b)
{
    const HqEvent *one = *(HqEvent *const *)a, *other = *(HqEvent *const *)b;
    const int station = g_strcmp0(one->station, other->station);

    if (station != 0)
        return station;
    if (one->epoch != other->epoch)
        return one->epoch < other->epoch ? -1 : 1;
    return one->seq < other->seq ? -1 : one->seq > other->seq;
}

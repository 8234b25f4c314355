/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/hq/hq-envelope.h"

#include <string.h>
#include <yajl/yajl_parse.h>

#define LARGEST_NUMBER (G_GINT64_CONSTANT(1) << 53) /* what every reader of JSON can hold */
#define LONGEST_NUMBER 20u

static const char *const names[HQ_ENVELOPE_N_MEMBERS] = { "specversion", "id",   "source", "type", "subject",
                                                          "time",        "data", "epoch",  "seq" };

typedef struct {
    HqEnvelope *envelope;
    guint depth;
    int member; /* of the outermost object, whose value is next; -1: none that is looked at */
    gboolean is_object, is_deep;
} Reading;

/* The value of the member that is being read is of KIND; of an inner object's, nothing is kept. */
static gboolean put(Reading *reading, HqEnvelopeKind kind)
{
    HqEnvelope *envelope = reading->envelope;
    const int member = reading->depth == 1 ? reading->member : -1;

    if (member < 0)
        return FALSE;
    g_clear_pointer(&envelope->texts[member], g_free);
    envelope->numbers[member] = 0;
    envelope->kinds[member] = kind;
    return TRUE;
}

static int on_null(void *context)
{
    put(context, HQ_ENVELOPE_OTHER);
    return 1;
}

static int on_boolean(void *context, int value G_GNUC_UNUSED)
{
    put(context, HQ_ENVELOPE_OTHER);
    return 1;
}

static int on_number(void *context, const char *text, size_t size)
{
    Reading *reading = context;
    char copy[LONGEST_NUMBER + 1] = "";
    char *end = copy;
    gint64 number = 0;

    if (!put(reading, HQ_ENVELOPE_OTHER) || size > LONGEST_NUMBER)
        return 1;
    memcpy(copy, text, size);
    number = g_ascii_strtoll(copy, &end, 10);
    if (*end == '\0' && number > -LARGEST_NUMBER && number < LARGEST_NUMBER) {
        put(reading, HQ_ENVELOPE_NUMBER);
        reading->envelope->numbers[reading->member] = number;
    }
    return 1;
}

static int on_text(void *context, const unsigned char *text, size_t size)
{
    Reading *reading = context;

    /* A zero in it is no text that anything could be compared with. */
    if (put(reading, memchr(text, '\0', size) ? HQ_ENVELOPE_OTHER : HQ_ENVELOPE_TEXT) &&
        reading->envelope->kinds[reading->member] == HQ_ENVELOPE_TEXT)
        reading->envelope->texts[reading->member] = g_strndup((const char *)text, size);
    return 1;
}

static int on_key(void *context, const unsigned char *name, size_t size)
{
    Reading *reading = context;

    if (reading->depth != 1)
        return 1;
    reading->member = -1;
    for (int i = 0; i < HQ_ENVELOPE_N_MEMBERS; i++)
        if (strlen(names[i]) == size && memcmp(names[i], name, size) == 0)
            reading->member = i;
    return 1;
}

static int begin(Reading *reading, HqEnvelopeKind kind)
{
    put(reading, kind);
    reading->is_object |= reading->depth == 0 && kind == HQ_ENVELOPE_OBJECT;
    reading->is_deep |= ++reading->depth > HQ_ENVELOPE_DEEPEST;
    return !reading->is_deep;
}

static int on_object(void *context)
{
    return begin(context, HQ_ENVELOPE_OBJECT);
}

static int on_array(void *context)
{
    return begin(context, HQ_ENVELOPE_OTHER);
}

static int on_end(void *context)
{
    ((Reading *)context)->depth--;
    return 1;
}

static char *take_error(yajl_handle parser)
{
    unsigned char *text = yajl_get_error(parser, 0, NULL, 0);
    char *copy = g_strchomp(g_strdup((const char *)text));

    yajl_free_error(parser, text);
    return copy;
}

char *hq_envelope_read(const char *text, gsize size, HqEnvelope *ret)
{
    static const yajl_callbacks callbacks = { .yajl_null = on_null,
                                              .yajl_boolean = on_boolean,
                                              .yajl_number = on_number,
                                              .yajl_string = on_text,
                                              .yajl_start_map = on_object,
                                              .yajl_map_key = on_key,
                                              .yajl_end_map = on_end,
                                              .yajl_start_array = on_array,
                                              .yajl_end_array = on_end };
    Reading reading = { .envelope = ret, .member = -1 };
    yajl_handle parser = yajl_alloc(&callbacks, NULL, &reading);
    char *reason = NULL;

    *ret = (HqEnvelope){ 0 };
    yajl_config(parser, yajl_dont_validate_strings, 1); /* the caller has, more strictly */
    if (yajl_parse(parser, (const unsigned char *)text, size) != yajl_status_ok ||
        yajl_complete_parse(parser) != yajl_status_ok)
        reason = reading.is_deep ? g_strdup("nested more than 64 deep") : take_error(parser);
    else if (!reading.is_object)
        reason = g_strdup("no JSON object");
    yajl_free(parser);
    if (reason)
        hq_envelope_clear(ret);
    return reason;
}

void hq_envelope_clear(HqEnvelope *envelope)
{
    for (guint i = 0; i < HQ_ENVELOPE_N_MEMBERS; i++)
        g_free(envelope->texts[i]);
    *envelope = (HqEnvelope){ 0 };
}

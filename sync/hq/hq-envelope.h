/* SPDX-License-Identifier: Apache-2.0 */
/* The members of a CloudEvents object that headquarters looks at, read out of its JSON in one pass that
 * builds nothing of the rest: what is in `data` is the database's to take apart. The text is hostile. Any
 * thread. */
#pragma once

#include <glib.h>

#define HQ_ENVELOPE_DEEPEST 64u /* braces and brackets within one another */

typedef enum {
    HQ_ENVELOPE_SPECVERSION,
    HQ_ENVELOPE_ID,
    HQ_ENVELOPE_SOURCE,
    HQ_ENVELOPE_TYPE,
    HQ_ENVELOPE_SUBJECT,
    HQ_ENVELOPE_TIME,
    HQ_ENVELOPE_DATA,
    HQ_ENVELOPE_EPOCH,
    HQ_ENVELOPE_SEQ,
    HQ_ENVELOPE_N_MEMBERS,
} HqEnvelopeMember;

typedef enum {
    HQ_ENVELOPE_ABSENT,
    HQ_ENVELOPE_TEXT,
    HQ_ENVELOPE_NUMBER, /* a whole one, below 2^53 either way */
    HQ_ENVELOPE_OBJECT,
    HQ_ENVELOPE_OTHER,
} HqEnvelopeKind;

typedef struct {
    HqEnvelopeKind kinds[HQ_ENVELOPE_N_MEMBERS];
    char *texts[HQ_ENVELOPE_N_MEMBERS];    /* of HQ_ENVELOPE_TEXT, else NULL */
    gint64 numbers[HQ_ENVELOPE_N_MEMBERS]; /* of HQ_ENVELOPE_NUMBER, else 0 */
} HqEnvelope;

/* Reads SIZE bytes of TEXT, which must be UTF-8, into RET; of a member that is there twice, the last. NULL,
 * or why it is no JSON object (the caller's); RET is then empty. */
char *hq_envelope_read(const char *text, gsize size, HqEnvelope *ret);
void hq_envelope_clear(HqEnvelope *envelope);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HqEnvelope, hq_envelope_clear)

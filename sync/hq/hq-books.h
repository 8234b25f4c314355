/* SPDX-License-Identifier: Apache-2.0 */
/* Headquarters' books: a batch of events is taken in by one transaction, which also finds out how far each
 * epoch has come; where not all of it was new, a second one looks for contents that differ. The thread of its
 * HqDatabase. */
#pragma once

#include "sync/hq/hq-database.h"
#include "sync/hq/hq-event.h"

/* How far one epoch of a station is. */
typedef struct {
    char *station;
    gint64 epoch;
    gint64 through; /* all up to here is committed */
    /* of hq_books_take_gaps() alone: */
    gint64 last;      /* the last that is missing behind it */
    guint asked;      /* how often it has been asked for, this time included */
    gboolean is_last; /* and will not be again, unless something comes */
} HqBooksPlace;
void hq_books_place_free(HqBooksPlace *place);

/* Commits EVENTS (HqEvent; are sorted by place): each once, what is no event set aside. RET_PLACES: the
 * epochs that they are of (HqBooksPlace, without `through`); RET_TROUBLES: a line for each conflict and each
 * thing set aside for the first time. Both are the caller's, and only set on success. On failure EVENTS
 * are to be taken again: what of them is committed already does no harm, and nothing has been acknowledged.
 */
gboolean hq_books_take(HqDatabase *database, GPtrArray *events, GPtrArray **ret_places,
                       GPtrArray **ret_troubles, GError **error);

/* Begins to acknowledge: locks PLACES and sets their `through` to what is committed now. Nobody else can
 * acknowledge them until hq_books_end_ack(), so that their acknowledgements leave in order. */
gboolean hq_books_begin_ack(HqDatabase *database, GPtrArray *places, GError **error);
/* Ends it. IS_TOLD: all were published. */
gboolean hq_books_end_ack(HqDatabase *database, GPtrArray *places, gboolean is_told, GError **error);

/* The epochs in which something is missing for 30 s, and that this collector is to ask for now (HqBooksPlace,
 * the caller's); NULL on failure. */
GPtrArray *hq_books_take_gaps(HqDatabase *database, GError **error);
/* The epochs that are further than their stations were told (HqBooksPlace, the caller's; at most 1000); NULL
 * on failure. */
GPtrArray *hq_books_find_untold(HqDatabase *database, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HqBooksPlace, hq_books_place_free)

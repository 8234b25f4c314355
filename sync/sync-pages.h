/* SPDX-License-Identifier: Apache-2.0 */
/* Events read ahead, as stationd gave them: pages of a(xs) of one epoch without a gap, from which texts are
 * borrowed and never copied. Main thread. */
#pragma once

#include <glib.h>

typedef struct SyncPages SyncPages;

SyncPages *sync_pages_new(void);
void sync_pages_free(SyncPages *pages);

/* Empties it; the first event will be AFTER + 1 of EPOCH. */
void sync_pages_begin(SyncPages *pages, gint64 epoch, gint64 after);

/* Adds PAGE, a(xs), which must go on where the last one ended. False, with nothing taken, where it does not.
 */
gboolean sync_pages_add(SyncPages *pages, GVariant *page);

/* The text of that event, borrowed until it is dropped; NULL where it is not here. */
const char *sync_pages_find(const SyncPages *pages, gint64 epoch, gint64 seq);

/* Lets go what is not above THROUGH (by whole pages). */
void sync_pages_drop(SyncPages *pages, gint64 through);

gint64 sync_pages_get_epoch(const SyncPages *pages);
/* The seq of the last event, or what begin() said. */
gint64 sync_pages_get_last(const SyncPages *pages);
/* The seq before the first event. */
gint64 sync_pages_get_before(const SyncPages *pages);
/* Bytes of all pages. */
gsize sync_pages_get_size(const SyncPages *pages);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SyncPages, sync_pages_free)

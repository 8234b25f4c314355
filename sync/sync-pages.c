/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sync-pages.h"

typedef struct {
    GVariant *events; /* a(xs) */
    gint64 first, last;
} Page;

struct SyncPages {
    GQueue pages; /* Page */
    gint64 epoch, before, last;
    gsize size;
};

static void free_page(gpointer data)
{
    Page *page = data;

    g_variant_unref(page->events);
    g_free(page);
}

SyncPages *sync_pages_new(void)
{
    SyncPages *pages = g_new0(SyncPages, 1);

    g_queue_init(&pages->pages);
    return pages;
}

void sync_pages_free(SyncPages *pages)
{
    g_queue_clear_full(&pages->pages, free_page);
    g_free(pages);
}

void sync_pages_begin(SyncPages *pages, gint64 epoch, gint64 after)
{
    g_queue_clear_full(&pages->pages, free_page);
    pages->epoch = epoch;
    pages->before = pages->last = after;
    pages->size = 0;
}

static gboolean is_gapless(GVariant *events, gint64 after)
{
    GVariantIter iter;
    gint64 seq;

    g_variant_iter_init(&iter, events);
    while (g_variant_iter_next(&iter, "(x&s)", &seq, NULL)) {
        if (seq != ++after)
            return FALSE;
    }
    return TRUE;
}

gboolean sync_pages_add(SyncPages *pages, GVariant *events)
{
    gsize n = g_variant_n_children(events);
    Page *page;

    if (n == 0 || !is_gapless(events, pages->last))
        return FALSE;
    page = g_new0(Page, 1);
    page->events = g_variant_ref(events);
    page->first = pages->last + 1;
    page->last = pages->last + (gint64)n;
    pages->last = page->last;
    pages->size += g_variant_get_size(events);
    g_queue_push_tail(&pages->pages, page);
    return TRUE;
}

const char *sync_pages_find(const SyncPages *pages, gint64 epoch, gint64 seq)
{
    if (epoch != pages->epoch || seq <= pages->before || seq > pages->last)
        return NULL;
    for (const GList *link = pages->pages.head; link; link = link->next) {
        const Page *page = link->data;
        const char *text;

        if (seq > page->last)
            continue;
        g_variant_get_child(page->events, (gsize)(seq - page->first), "(x&s)", NULL, &text);
        return text;
    }
    return NULL;
}

void sync_pages_drop(SyncPages *pages, gint64 through)
{
    Page *page;

    while ((page = g_queue_peek_head(&pages->pages)) && page->last <= through) {
        pages->before = page->last;
        pages->size -= g_variant_get_size(page->events);
        free_page(g_queue_pop_head(&pages->pages));
    }
}

gint64 sync_pages_get_epoch(const SyncPages *pages)
{
    return pages->epoch;
}

gint64 sync_pages_get_last(const SyncPages *pages)
{
    return pages->last;
}

gint64 sync_pages_get_before(const SyncPages *pages)
{
    return pages->before;
}

gsize sync_pages_get_size(const SyncPages *pages)
{
    return pages->size;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sync-pages.h"

static GVariant *page(gint64 first, gint64 last)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(xs)"));
    for (gint64 seq = first; seq <= last; seq++) {
        g_autofree char *text = g_strdup_printf("e%d", (int)seq);

        g_variant_builder_add(&builder, "(xs)", seq, text);
    }
    return g_variant_ref_sink(g_variant_builder_end(&builder));
}

static void test_gaps(void)
{
    g_autoptr(SyncPages) pages = sync_pages_new();
    g_autoptr(GVariant) first = page(11, 20), next = page(21, 22), late = page(24, 25), none = page(1, 0);

    sync_pages_begin(pages, 7, 10);
    g_assert_false(sync_pages_add(pages, next));
    g_assert_false(sync_pages_add(pages, none));
    g_assert_true(sync_pages_add(pages, first));
    g_assert_true(sync_pages_add(pages, next));
    g_assert_false(sync_pages_add(pages, late));
    g_assert_cmpint(sync_pages_get_last(pages), ==, 22);
    g_assert_cmpstr(sync_pages_find(pages, 7, 11), ==, "e11");
    g_assert_cmpstr(sync_pages_find(pages, 7, 22), ==, "e22");
    g_assert_null(sync_pages_find(pages, 7, 10));
    g_assert_null(sync_pages_find(pages, 7, 23));
    g_assert_null(sync_pages_find(pages, 8, 12));
    sync_pages_drop(pages, 15);
    g_assert_cmpint(sync_pages_get_before(pages), ==, 10);
    sync_pages_drop(pages, 20);
    g_assert_cmpint(sync_pages_get_before(pages), ==, 20);
    g_assert_null(sync_pages_find(pages, 7, 20));
    sync_pages_drop(pages, 30);
    g_assert_cmpuint(sync_pages_get_size(pages), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sync-pages/without a gap", test_gaps);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Random changes to a right configuration: whatever comes of them, it is either a site or faults that can be
 * shown, and never a crash. The seed is GTest's (--seed), so a failure can be had again. */
#include "tests/unit/config/fixture.h"

#include <string.h>

#define PLAIN 2000
#define FULL 50000

static const char *const dictionary[] = {
    "[",
    "]",
    "=",
    ";",
    " ;",
    "#",
    "\\",
    "\n",
    "\r\n",
    "\t",
    "\xef\xbb\xbf",
    "\xff",
    "-1",
    "0",
    "0x",
    "65535",
    "65536",
    "4294967296",
    "1e308",
    "nan",
    "N/",
    "99/",
    "ascii:",
    "holding:",
    "coil:",
    ".15",
    ":",
    "/",
    "*",
    "zh_CN",
    "[rule x]\n",
    "[device a]\n",
    "[point N/x]\n",
    "connectors=32\n",
    "connector-stride=65535\n",
    "map=",
    "and",
    "(",
    "rate(",
    "tcp://[",
    "rtu:///",
    "999999999999999999999999",
    "-",
    "slots.02-29/02-29=",
};

static gsize pick(gsize below)
{
    return below > 0 ? (gsize)g_test_rand_int_range(0, (gint32)below) : 0;
}

static void change(GString *text)
{
    gsize at = pick(text->len + 1);
    gsize n = pick(MIN(text->len - at, 20) + 1);

    switch (pick(6)) {
    case 0:
        g_string_erase(text, (gssize)at, (gssize)n);
        break;
    case 1:
        g_string_insert(text, (gssize)at, dictionary[pick(G_N_ELEMENTS(dictionary))]);
        break;
    case 2:
        if (at < text->len)
            text->str[at] = (char)pick(256);
        break;
    case 3: { /* a piece of it again, elsewhere */
        g_autofree char *piece = g_strndup(text->str + at, pick(MIN(text->len - at, 200) + 1));

        g_string_insert(text, (gssize)pick(text->len + 1), piece);
        break;
    }
    case 4:
        g_string_truncate(text, at);
        break;
    default:
        if (at < text->len)
            text->str[at] = "0123456789;#=[]/:.-"[pick(19)];
        break;
    }
}

static void run(const Fixture *fixture)
{
    const char *file = fixture_files[pick(g_strv_length((char **)fixture_files))];
    g_autofree char *right = fixture_text(file);
    g_autoptr(GString) text = g_string_new(right);
    g_autoptr(GPtrArray) faults = NULL;
    g_autoptr(Site) site = NULL;

    for (gsize i = pick(4) + 1; i > 0; i--)
        change(text);
    fixture_write(fixture, file, text->str, (gssize)text->len, 0644);
    site = fixture_load(fixture, &faults);
    for (guint i = 0; i < faults->len; i++) {
        g_autofree char *shown = config_fault_format(faults->pdata[i]);

        g_assert_true(g_utf8_validate(shown, -1, NULL));
        g_assert_null(strchr(shown, '\n'));
    }
    fixture_write(fixture, file, right, -1, 0644);
}

static void test_random(void)
{
    guint n = g_strcmp0(g_getenv("STATIONMASTER_FULL"), "1") == 0 ? FULL : PLAIN;
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Site) site = NULL;

    for (guint i = 0; i < n; i++)
        run(fixture);
    site = fixture_load_right(fixture); /* each change was taken back */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/keyfile/random", test_random);
    return g_test_run();
}

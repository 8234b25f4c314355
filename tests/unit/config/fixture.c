/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* nftw() */
#include "tests/unit/config/fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* What the examples of the contract lean on. */
static const char extra_devices[] = "[bus line]\n"
                                    "address=rtu:///dev/ttyS1?baud=19200&parity=even&stop=1\n"
                                    "[device io-01]\n"
                                    "profile=site-io\n"
                                    "bus=yard\n"
                                    "unit-id=9\n"
                                    "zone=bay-a\n"
                                    "[device meter-01]\n"
                                    "profile=site-meter\n"
                                    "bus=line\n"
                                    "unit-id=1\n"
                                    "[device smoke-01]\n"
                                    "profile=site-smoke\n"
                                    "bus=line\n"
                                    "unit-id=2\n"
                                    "zone=bay-b\n";
static const char extra_rates[] = "[rate peak]\nenergy-price=1.00000\n"
                                  "[rate flat]\nenergy-price=0.70000\n"
                                  "[rate valley]\nenergy-price=0.35000\nservice-price=0.3\n";
static const char site_io[] = "[profile]\nkind=io\n"
                              "[point breaker-1]\nread=discrete:1\nmap=1:closed;0:open\n"
                              "[command breaker-1/trip]\nwrite=coil:1=1\npulse-ms=500\n"
                              "[command breaker-2/trip]\nwrite=coil:2=1\n"
                              "[command breaker-9/trip]\nwrite=coil:9=1\n"
                              "[command siren/on]\nwrite=holding:5=-1\ntype=s16\n"
                              "[command siren/off]\nwrite=holding:5=0\ntype=s16\n"
                              "[setup]\nwrite=holding:7=1.5\ntype=f32\n"
                              "[keepalive]\nwrite=holding:6000=0x55AA;coil:3=1\nperiod-ms=5000\n";
static const char site_meter[] =
    "[profile]\nkind=meter\nmax-read=50\n"
    "[point pt]\nread=holding:0x8D\n"
    "[point ct]\nread=holding:142\n"
    "[point power]\nread=holding:362\ntype=s32\nscale=0.001\nscale-by=pt;ct\nunit=kW\n"
    "absent=0x7fffffff;-1;0x80000000\n"
    "[point energy]\nread=input:10\ntype=u64\nword-order=little\n"
    "absent=0xffffffffffffffff\nscale=0.01\n"
    "[point state]\nread=input:20\ntype=ascii:4\nmap=C2:charging;a:b:other\n";
static const char site_smoke[] =
    "[profile]\nkind=sensor\n"
    "[point smoke]\nread=holding:5.3\nperiod-ms=500\nmax-age-ms=2000\nunit-id=7\n"
    "[point heat]\nread=input:1\ntype=s16\nmask=0xff\nshift=2\nabsent=0xffff;-32768\n";
static const char key_line[] = "# of 2026\nhq-2026 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";

/* --- the right texts: of the contract, of a literal, or both */
static const struct {
    const char *file, *contract, *text;
} sources[] = {
    { "station.conf", "station.conf", "" },
    { "devices.d/yard.conf", "yard.conf", "" },
    { "devices.d/extra.conf", NULL, extra_devices },
    { "profiles/generic-dc.profile", "generic-dc.profile", "" },
    { "profiles/generic-io.profile", "generic-io.profile", "" },
    { "profiles/site-io.profile", NULL, site_io },
    { "profiles/site-meter.profile", NULL, site_meter },
    { "profiles/site-smoke.profile", NULL, site_smoke },
    { "rules.d/battery.rules", "battery.rules", "" },
    { "tariffs.d/standard.tariff", "standard.tariff", extra_rates },
    { "ca.pem", NULL, "a certificate\n" },
    { "hq-2026.pub", NULL, key_line },
    { "hq-2027.pub", NULL, key_line },
    { "cam-01.secret", NULL, "secret\n" },
};

const char *const fixture_files[] = { "station.conf",
                                      "devices.d/yard.conf",
                                      "devices.d/extra.conf",
                                      "profiles/generic-dc.profile",
                                      "profiles/generic-io.profile",
                                      "profiles/site-io.profile",
                                      "profiles/site-meter.profile",
                                      "profiles/site-smoke.profile",
                                      "rules.d/battery.rules",
                                      "tariffs.d/standard.tariff",
                                      NULL };

char *fixture_text(const char *file)
{
    for (guint i = 0; i < G_N_ELEMENTS(sources); i++) {
        g_autofree char *path = NULL;
        g_autofree char *text = NULL;

        if (!g_str_equal(sources[i].file, file))
            continue;
        if (!sources[i].contract)
            return g_strdup(sources[i].text);
        path = g_build_filename(g_getenv("CONFIG_CONTRACT"), sources[i].contract, NULL);
        g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        return g_strconcat(text, sources[i].text, NULL);
    }
    g_assert_not_reached();
}

/* Without g_file_set_contents()'s flush: thousands of files that nobody keeps. */
static void put(const char *path, const char *bytes, gsize size)
{
    FILE *file = fopen(path, "wb");

    g_assert_nonnull(file);
    g_assert_cmpuint(fwrite(bytes, 1, size, file), ==, size);
    g_assert_cmpint(fclose(file), ==, 0);
}

void fixture_write(const Fixture *fixture, const char *file, const char *text, gssize size, guint mode)
{
    g_autofree char *path = g_build_filename(fixture->directory, file, NULL);
    g_autofree char *folder = g_path_get_dirname(path);

    g_assert_cmpint(g_mkdir_with_parents(folder, 0755), ==, 0);
    put(path, text, size < 0 ? strlen(text) : (gsize)size);
    g_assert_cmpint(chmod(path, mode), ==, 0);
}

Fixture *fixture_new(void)
{
    Fixture *fixture = g_new0(Fixture, 1);

    fixture->directory = g_dir_make_tmp("config-XXXXXX", NULL);
    fixture->assets = g_strdup(g_getenv("CONFIG_ASSETS"));
    g_assert_nonnull(fixture->directory);
    g_assert_nonnull(fixture->assets);
    for (guint i = 0; i < G_N_ELEMENTS(sources); i++) {
        g_autofree char *text = fixture_text(sources[i].file);

        fixture_write(fixture, sources[i].file, text, -1,
                      g_str_has_suffix(sources[i].file, ".secret") ? 0600 : 0644);
    }
    return fixture;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void fixture_free(Fixture *fixture)
{
    nftw(fixture->directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    g_free(fixture->directory);
    g_free(fixture->assets);
    g_free(fixture);
}

void fixture_edit(const Fixture *fixture, const char *file, const char *old, const char *replacement)
{
    g_autofree char *path = g_build_filename(fixture->directory, file, NULL);
    g_autofree char *text = NULL;
    g_autoptr(GString) edited = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_nonnull(strstr(text, old));
    edited = g_string_new(text);
    g_string_replace(edited, old, replacement, 1);
    put(path, edited->str, edited->len);
}

Site *fixture_load(const Fixture *fixture, GPtrArray **ret_faults)
{
    Site *site = config_load(fixture->directory, fixture->assets, ret_faults);

    g_assert_nonnull(*ret_faults);
    g_assert_true((site != NULL) == ((*ret_faults)->len == 0));
    return site;
}

Site *fixture_load_right(const Fixture *fixture)
{
    g_autoptr(GPtrArray) faults = NULL;
    Site *site = fixture_load(fixture, &faults);

    for (guint i = 0; i < faults->len; i++) {
        g_autofree char *text = config_fault_format(faults->pdata[i]);

        g_test_message("%s", text);
    }
    g_assert_nonnull(site);
    return site;
}

static gboolean is_wanted(const ConfigFault *fault, const FixtureFault *wanted)
{
    return g_str_equal(fault->file, wanted->in ? wanted->in : wanted->file) &&
           g_str_equal(fault->group, wanted->group) && g_str_equal(fault->key, wanted->key) &&
           strstr(fault->text, wanted->word);
}

static void test_fault(gconstpointer user_data)
{
    const FixtureFault *wanted = user_data;
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GPtrArray) faults = NULL;
    guint found = 0;

    fixture_edit(fixture, wanted->file, wanted->old, wanted->replacement);
    g_assert_null(fixture_load(fixture, &faults));
    for (guint i = 0; i < faults->len; i++) {
        g_autofree char *text = config_fault_format(faults->pdata[i]);

        g_test_message("%s", text);
        found += is_wanted(faults->pdata[i], wanted);
    }
    g_assert_cmpuint(found, ==, 1);
    g_assert_cmpuint(faults->len, ==, wanted->n);
}

void fixture_add_faults(const char *prefix, const FixtureFault *cases, guint n)
{
    for (guint i = 0; i < n; i++) {
        g_autofree char *path =
            g_strdup_printf("%s/%03u-%s", prefix, i + 1, cases[i].key[0] ? cases[i].key : "group");

        g_test_add_data_func(path, &cases[i], test_fault);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Each way in which station.conf can be wrong is told at its place. */
#include "tests/unit/config/fixture.h"

#include <string.h>

#define F "station.conf"
#define SHORT_KEY "hq-2026 c2hvcnQ=\n"

static const FixtureFault faults[] = {
    /* [station] */
    { F, "id=CS-0571-001", "", NULL, "station", "id", "required", 1 },
    { F, "id=CS-0571-001", "id=", NULL, "station", "id", "required", 1 },
    { F, "id=CS-0571-001", "id= ; none", NULL, "station", "id", "required", 1 },
    { F, "id=CS-0571-001", "id=CS/0571", NULL, "station", "id", "letters", 1 },
    { F, "id=CS-0571-001", "id=站", NULL, "station", "id", "letters", 1 },
    { F, "timezone=Asia/Shanghai", "timezone=", NULL, "station", "timezone", "required", 1 },
    { F, "timezone=Asia/Shanghai", "timezone=Asia/Shanghi", NULL, "station", "timezone", "tz database", 1 },
    { F, "timezone=Asia/Shanghai", "timezone=../../../etc/passwd", NULL, "station", "timezone", "tz database",
      1 },
    { F, "timezone=Asia/Shanghai", "timezone=/etc/localtime", NULL, "station", "timezone", "tz database", 1 },
    { F, "data-dir=/var/lib/stationmaster", "", NULL, "station", "data-dir", "required", 1 },
    { F, "language=zh_CN", "language=chinese", NULL, "station", "language", "zh_CN", 1 },
    { F, "limit-kw=", "limit-kw=much", NULL, "station", "limit-kw", "number", 1 },
    { F, "limit-kw=", "limit-kw=-5", NULL, "station", "limit-kw", "allowed", 1 },
    { F, "limit-kw=", "limit-kw=nan", NULL, "station", "limit-kw", "number", 1 },
    { F, "limit-kw=", "limit-kw=inf", NULL, "station", "limit-kw", "number", 1 },
    { F, "merchant=", "marchant=", NULL, "station", "marchant", "did you mean merchant?", 1 },
    { F, "merchant=", "xyzzy-plugh=1", NULL, "station", "xyzzy-plugh", "allowed are id", 1 },
    { F, "name[zh_CN]=", "name[de]=", NULL, "station", "name[de]", "unknown key", 1 },
    { F, "[station]", "[staton]", NULL, "staton", "", "did you mean [station]?", 2 },
    { F, "[station]", "[staton]", NULL, "station", "", "missing", 2 },
    { F, "[station]", "[station west]", NULL, "station west", "", "no name", 1 },
    { F, "[hq]", "[hq]\n[alarms]\n[hq2]", NULL, "alarms", "", "unknown group", 2 },
    { F, "[policy]", "[station]", NULL, "station", "", "in line 2 and in line 22", 1 },
    { F, "merchant=", "id=CS-2", NULL, "station", "id", "in line 3 and in line 6", 1 },
    { F, "merchant=", "merchant=a\\qb", NULL, "station", "merchant", "backslash", 1 },
    { F, "merchant=", "just words", NULL, "station", "", "line 6: neither", 1 },
    { F, "# station.conf", "id=1", NULL, "", "id", "before the first", 1 },
    /* [hq] */
    { F, "mqtts://hq", "amqp://hq", NULL, "hq", "broker", "mqtts://", 1 },
    { F, "mqtts://hq.example.com:8883", "mqtts://hq.example.com:88883", NULL, "hq", "broker", "address", 1 },
    { F, "mqtts://hq.example.com", "mqtts://u:p@hq.example.com", NULL, "hq", "broker", "password-file", 1 },
    { F, "mqtts://hq.example.com:8883", "mqtt://a;mqtt://b c", NULL, "hq", "broker", "address", 1 },
    { F, "ca-file=ca.pem", "ca-file=lost.pem", NULL, "hq", "ca-file", "No such file", 1 },
    { F, "ca-file=ca.pem", "ca-file=devices.d", NULL, "hq", "ca-file", "not a regular file", 1 },
    { F, "cert-file=", "cert-file=ca.pem", NULL, "hq", "key-file", "go together", 1 },
    { F, "key-file=", "key-file=cam-01.secret", NULL, "hq", "cert-file", "go together", 1 },
    { F, "password-file=", "password-file=ca.pem", NULL, "hq", "password-file", "mode 0644", 1 },
    { F, "hq-2026.pub;", "hq-2025.pub;", NULL, "hq", "command-keys", "hq-2025.pub cannot be read", 1 },
    { F, "hq-2026.pub;", "ca.pem;", NULL, "hq", "command-keys", "ca.pem line 1", 1 },
    { F, "s3+https://", "ftp://", NULL, "hq", "upload", "https://", 1 },
    { F, "username=", "usrname=", NULL, "hq", "usrname", "username", 1 },
    /* [policy] */
    { F, "=5000;3000;2000;2000", "=5000;3000;2000", NULL, "policy", "stop-deadlines-ms", "four", 1 },
    { F, "=5000;3000;2000;2000", "=5000;3000;2000;2000;1", NULL, "policy", "stop-deadlines-ms", "four", 1 },
    { F, "=5000;3000;2000;2000", "=5000;3000;0;2000", NULL, "policy", "stop-deadlines-ms", "100 to 600000",
      1 },
    { F, "=5000;3000;2000;2000", "=5000;3000;2s;2000", NULL, "policy", "stop-deadlines-ms", "four", 1 },
    { F, "stop-current-a=1.0", "stop-current-a=0", NULL, "policy", "stop-current-a", "0.01 to 100", 1 },
    { F, "stop-current-a=1.0", "stop-current-a=1.0A", NULL, "policy", "stop-current-a", "number", 1 },
    { F, "highest-rung=feeder", "highest-rung=soft", NULL, "policy", "highest-rung", "feeder, station", 1 },
    { F, "button=silence", "button=ack", NULL, "policy", "button", "silence, acknowledge", 1 },
    { F, "silence-minutes=10", "silence-minutes=0", NULL, "policy", "silence-minutes", "1 to 1440", 1 },
    { F, "silence-minutes=10", "silence-minutes=1.5", NULL, "policy", "silence-minutes", "whole number", 1 },
    { F, "silence-minutes=10", "silence-minutes=99999999999999999999", NULL, "policy", "silence-minutes",
      "out of range", 1 },
    { F, "limit-kwh=60", "limit-kwh=-1", NULL, "policy", "offline-energy-limit-kwh", "out of range", 1 },
    { F, "shipped-rules=yes", "shipped-rules=1", NULL, "policy", "shipped-rules", "no, yes, false, true", 1 },
    { F, "guard-only-after=3", "guard-only-after=few", NULL, "policy", "guard-only-after", "whole number",
      1 },
};

/* What nobody can spell in one line of a table. */
static void test_several(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GPtrArray) found = NULL;

    fixture_edit(fixture, F, "id=CS-0571-001", "id=a b");
    fixture_edit(fixture, F, "timezone=Asia/Shanghai", "timezone=Mars");
    fixture_edit(fixture, F, "button=silence", "button=loud");
    fixture_edit(fixture, "devices.d/yard.conf", "unit-id=1", "unit-id=300");
    fixture_edit(fixture, "profiles/generic-dc.profile", "scale=0.1", "scale=0");
    fixture_edit(fixture, "rules.d/battery.rules", "severity=critical", "severity=bad");
    fixture_edit(fixture, "tariffs.d/standard.tariff", "version=7", "version=x");
    g_assert_null(fixture_load(fixture, &found));
    g_assert_cmpuint(found->len, ==, 7);
}

static void expect_one(const Fixture *fixture, const char *file, const char *word)
{
    g_autoptr(GPtrArray) found = NULL;
    const ConfigFault *fault;

    g_assert_null(fixture_load(fixture, &found));
    g_assert_cmpuint(found->len, >=, 1);
    fault = found->pdata[0];
    g_test_message("%s", fault->text);
    g_assert_cmpstr(fault->file, ==, file);
    g_assert_nonnull(strstr(fault->text, word));
    g_assert_true(g_utf8_validate(fault->text, -1, NULL));
}

static void test_bytes(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autofree char *large = g_strnfill(1024 * 1024 + 1, '\n');

    fixture_write(fixture, F, "[station]\nid=\xff\xfe\n", -1, 0644);
    expect_one(fixture, F, "line 2: this is not UTF-8");
    fixture_write(fixture, F, "[station]\n\nid=a\0b\n", 17, 0644);
    expect_one(fixture, F, "line 3: this is a NUL byte");
    fixture_write(fixture, F, "[station]\nid=a\x01\n", -1, 0644);
    expect_one(fixture, F, "line 2: the line holds a control character");
    fixture_write(fixture, F, large, -1, 0644);
    expect_one(fixture, F, "larger than 1 MiB");
    memset(large, 'x', 5000);
    large[5000] = '\0';
    fixture_write(fixture, F, large, -1, 0644);
    expect_one(fixture, F, "longer than 4096 bytes");
}

static void test_secret_modes(void)
{
    static const guint wrong[] = { 0644, 0604, 0660, 0622, 0620 };

    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(Fixture) fixture = fixture_new();

        fixture_write(fixture, "cam-01.secret", "secret\n", -1, wrong[i]);
        expect_one(fixture, "devices.d/yard.conf", "make it 0640");
    }
}

static void test_key_files(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autofree char *large = g_strnfill(1024 * 1024 + 1, '\n');

    fixture_write(fixture, "hq-2027.pub", SHORT_KEY, -1, 0644);
    expect_one(fixture, F, "hq-2027.pub line 1");
    fixture_write(fixture, "hq-2027.pub", large, -1, 0644);
    expect_one(fixture, F, "larger than 1 MiB");
    fixture_write(fixture, "hq-2027.pub", "# nothing\n\n", -1, 0644);
    expect_one(fixture, F, "holds no key");
}

static void test_relative_and_booleans(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Site) site = NULL;

    fixture_edit(fixture, F, "shipped-rules=yes", "shipped-rules=false");
    fixture_edit(fixture, F, "button=silence", "button=acknowledge");
    fixture_edit(fixture, F, "limit-kw=", "limit-kw=480.5");
    fixture_edit(fixture, F, "merchant=", "merchant=a\\sb#c;d\t # comment");
    site = fixture_load_right(fixture);
    g_assert_false(site->policy.shipped_rules);
    g_assert_true(site->policy.button_acknowledges);
    g_assert_cmpfloat(site->station.limit_kw, ==, 480.5);
    g_assert_cmpstr(site->station.merchant, ==, "a b#c;d");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add_faults("/config-station/fault", faults, G_N_ELEMENTS(faults));
    g_test_add_func("/config-station/several", test_several);
    g_test_add_func("/config-station/bytes", test_bytes);
    g_test_add_func("/config-station/secret-modes", test_secret_modes);
    g_test_add_func("/config-station/key-files", test_key_files);
    g_test_add_func("/config-station/values", test_relative_and_booleans);
    return g_test_run();
}

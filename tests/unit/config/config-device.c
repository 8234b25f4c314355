/* SPDX-License-Identifier: Apache-2.0 */
/* Each way in which buses, devices, listeners and cameras can be wrong is told at its place. */
#include "tests/unit/config/fixture.h"

#define F "devices.d/yard.conf"
#define X "devices.d/extra.conf"

#define TEN "xxxxxxxxxx"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define LONG HUNDRED HUNDRED "x"

static const FixtureFault faults[] = {
    /* [bus] */
    { F, "address=tcp://192.168.1.20:502", "", NULL, "bus yard", "address", "required", 1 },
    { F, "tcp://192.168.1.20:502", "udp://192.168.1.20", NULL, "bus yard", "address", "neither tcp://", 1 },
    { F, "tcp://192.168.1.20:502", "tcp://192.168.1.300:502", NULL, "bus yard", "address", "IPv4", 1 },
    { F, "tcp://192.168.1.20:502", "tcp://192.168.1.20:0", NULL, "bus yard", "address", "port", 1 },
    { F, "tcp://192.168.1.20:502", "tcp://192.168.1.20:70000", NULL, "bus yard", "address", "port", 1 },
    { F, "tcp://192.168.1.20:502", "tcp://::1:502", NULL, "bus yard", "address", "brackets", 1 },
    { F, "tcp://192.168.1.20:502", "tcp://[::1:502", NULL, "bus yard", "address", "brackets", 1 },
    { F, "tcp://192.168.1.20:502", "tcp://", NULL, "bus yard", "address", "tcp://HOST", 1 },
    { F, "timeout-ms=500", "timeout-ms=5", NULL, "bus yard", "timeout-ms", "10 to 60000", 1 },
    { F, "gap-ms=0", "gap-ms=-1", NULL, "bus yard", "gap-ms", "out of range", 1 },
    { F, "gap-ms=0", "gap=0", NULL, "bus yard", "gap", "allowed are address", 1 },
    { F, "[bus yard]", "[bus]", NULL, "bus", "", "needs a name", 3 },
    { F, "[bus yard]", "[bus y ard]", NULL, "bus y ard", "", "needs a name", 3 },
    { F, "[bus yard]", "[buss yard]", NULL, "buss yard", "", "did you mean [bus]?", 3 },
    { F, "[bus yard]", "[bus station]", NULL, "bus station", "", "the station's own", 3 },
    { X, "rtu:///dev/ttyS1", "rtu://dev/ttyS1", NULL, "bus line", "address", "device's path", 1 },
    { X, "baud=19200", "baud=19201", NULL, "bus line", "address", "baud=19201", 1 },
    { X, "parity=even", "parity=mark", NULL, "bus line", "address", "parity=none", 1 },
    { X, "stop=1", "stop=3", NULL, "bus line", "address", "stop=1 or 2", 1 },
    { X, "stop=1", "baud=9600", NULL, "bus line", "address", "each once", 1 },
    { X, "stop=1", "data=8", NULL, "bus line", "address", "data=8", 1 },
    /* [device] */
    { F, "profile=generic-dc", "", NULL, "device dc-01", "profile", "required", 1 },
    { F, "profile=generic-dc", "profile=generic-cd", NULL, "device dc-01", "profile",
      "did you mean generic-dc?", 1 },
    { F, "profile=generic-dc", "profile=../generic-dc", NULL, "device dc-01", "profile",
      "not a profile's name", 1 },
    { F, "bus=yard", "", NULL, "device dc-01", "bus", "a bus, or a listener", 1 },
    { F, "bus=yard", "bus=yrd", NULL, "device dc-01", "bus", "did you mean yard?", 1 },
    { F, "bus=yard", "bus=yard\nlistener=ykc", NULL, "device dc-01", "bus", "not both", 4 },
    { F, "unit-id=1", "", NULL, "device dc-01", "unit-id", "required", 1 },
    { F, "unit-id=1", "unit-id=300", NULL, "device dc-01", "unit-id", "300\" is not a unit id, 0 to 255", 1 },
    { F, "unit-id=1", "unit-id=one", NULL, "device dc-01", "unit-id", "0 to 255", 1 },
    { F, "period-ms=1000", "period-ms=1", NULL, "device dc-01", "period-ms", "10 to 3600000", 1 },
    { F, "zone=bay-a", "zone=bay a", NULL, "device dc-01", "zone", "letters", 1 },
    { F, "rated-kw=120", "rated-kw=lots", NULL, "device dc-01", "rated-kw", "number", 1 },
    { F, "period-ms=1000", "connectors=2", NULL, "device dc-01", "connectors", "in the profile", 1 },
    { F, "period-ms=1000", "number=1", NULL, "device dc-01", "number", "listener", 1 },
    { F, "period-ms=1000", "perod-ms=1000", NULL, "device dc-01", "perod-ms", "did you mean period-ms?", 1 },
    { F, "[device dc-01]", "[device bus]", NULL, "device bus", "", "the station's own", 1 },
    { F, "[device dc-01]", "[device .hidden]", NULL, "device .hidden", "", "needs a name", 1 },
    { F, "[device dc-01]", "[device dc/01]", NULL, "device dc/01", "", "needs a name", 1 },
    { F, "[device dc-01]", "[device dc-11]", NULL, "device dc-11", "", "in line 7 and in line 24", 1 },
    { X, "[device io-01]", "[device dc-01]", F, "device dc-01", "",
      "extra.conf line 3 and in devices.d/yard.conf", 4 },
    { F, "[device dc-01", "[device dc-01] x", NULL, "", "", "behind the group's ]", 1 },
    { F, "[device dc-01]", "[device dc-01", NULL, "", "", "must end in ]", 1 },
    { F, "[device dc-01]", "[]", NULL, "", "", "no name", 1 },
    { F, "number=32010200000001", "", NULL, "device dc-11", "number", "required", 1 },
    { F, "number=32010200000001", "number=3201020000001", NULL, "device dc-11", "number", "14 digits", 1 },
    { F, "listener=ykc", "listener=ykk", NULL, "device dc-11", "listener", "did you mean ykc?", 1 },
    { F, "connectors=2", "connectors=0", NULL, "device dc-11", "connectors", "1 to 32", 1 },
    { F, "connectors=2", "profile=generic-dc", NULL, "device dc-11", "profile", "leave it away", 1 },
    { F, "connectors=2", "unit-id=1", NULL, "device dc-11", "unit-id", "leave it away", 1 },
    /* [listener] */
    { F, "tcp://0.0.0.0:8767", "0.0.0.0:8767", NULL, "listener ykc", "address", "tcp://HOST", 1 },
    { F, "protocol=ykc", "protocol=ocpp", NULL, "listener ykc", "protocol", "one of ykc", 1 },
    { F, "heartbeat-ms=2000", "heartbeat-ms=2s", NULL, "listener ykc", "heartbeat-ms", "whole number", 1 },
    { F, "allow=192.168.1.0/24", "allow=", NULL, "listener ykc", "allow", "is missing", 1 },
    { F, "allow=192.168.1.0/24", "allow=192.168.1.0/33", NULL, "listener ykc", "allow", "range", 1 },
    { F, "allow=192.168.1.0/24", "allow=everybody", NULL, "listener ykc", "allow", "range", 1 },
    /* [camera] */
    { F, "rtsp=rtsp://", "rtsp=http://", NULL, "camera cam-01", "rtsp", "rtsp://", 1 },
    { F, "rtsp-display=rtsp://", "rtsp-display=rtsp://admin:pw@", NULL, "camera cam-01", "rtsp-display",
      "everybody", 1 },
    { F, "control=isapi", "control=isap", NULL, "camera cam-01", "control", "isapi, onvif, none", 1 },
    { F, "url=http://192.168.1.64", "url=", NULL, "camera cam-01", "url", "control=isapi", 1 },
    { F, "password-file=cam-01.secret", "password-file=cam-02.secret", NULL, "camera cam-01", "password-file",
      "No such file", 1 },
    { F, "username=admin", "user=admin", NULL, "camera cam-01", "user", "username", 1 },
    { F, "username=admin", "titel=Yard", NULL, "camera cam-01", "titel", "did you mean title?", 1 },
    { F, "period-ms=1000", "title[de]=Hof", NULL, "device dc-01", "title[de]", "unknown key", 1 },
    { F, "period-ms=1000", "title=" LONG, NULL, "device dc-01", "title", "at most 200", 1 },
    /* [zone] */
    { F, "[device dc-01]", "[zone]\n[device dc-01]", NULL, "zone", "", "needs a name", 1 },
    { F, "[device dc-01]", "[zone b/a]\n[device dc-01]", NULL, "zone b/a", "", "needs a name", 1 },
    { F, "[device dc-01]", "[zone a]\n[zone a]\n[device dc-01]", NULL, "zone a", "", "given twice", 1 },
    { F, "[device dc-01]", "[zone a]\ntitle[zh_CN]=" LONG "\n[device dc-01]", NULL, "zone a", "title[zh_CN]",
      "at most 200", 1 },
    { F, "[device dc-01]", "[zone a]\nname=A\n[device dc-01]", NULL, "zone a", "name", "allowed are title",
      1 },
    { F, "[camera cam-01]", "[camera dc-01]", NULL, "camera dc-01", "", "[device dc-01]", 2 },
};

/* What is meant to be taken. */
static void test_taken(void)
{
    static const struct {
        const char *old, *replacement;
    } edits[] = {
        { "tcp://192.168.1.20:502", "tcp://[fe80::1]:1502" },
        { "tcp://192.168.1.20:502", "tcp://gateway.local" },
        { "allow=192.168.1.0/24", "allow=fd00::/8;10.0.0.0/8" },
        { "tcp://0.0.0.0:8767", "tcp://127.0.0.1:8767\nallow=\n;" },
        { "unit-id=1", "unit-id=255" },
        { "unit-id=1", "unit-id=0" },
        { "control=isapi", "control=" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(edits); i++) {
        g_autoptr(Fixture) fixture = fixture_new();
        g_autoptr(Site) site = NULL;

        fixture_edit(fixture, F, edits[i].old, edits[i].replacement);
        if (i == 3)
            fixture_edit(fixture, F, "allow=192.168.1.0/24", "");
        site = fixture_load_right(fixture);
        if (i == 0)
            g_assert_cmpstr(site_find_bus(site, "yard")->host, ==, "fe80::1");
        if (i == 1)
            g_assert_cmpuint(site_find_bus(site, "yard")->port, ==, 502);
    }
}

static void test_defaults(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Site) site = NULL;
    const SiteBus *line;

    fixture_edit(fixture, X, "?baud=19200&parity=even&stop=1", "");
    site = fixture_load_right(fixture);
    line = site_find_bus(site, "line");
    g_assert_cmpuint(line->baud, ==, 9600);
    g_assert_cmpint(line->parity, ==, 'N');
    g_assert_cmpuint(line->stop_bits, ==, 1);
    g_assert_cmpuint(line->timeout_ms, ==, 500);
    g_assert_cmpuint(site_find_device(site, "io-01")->period_ms, ==, 1000);
    g_assert_cmpstr(site_find_device(site, "meter-01")->zone, ==, "");
}

static void check_title(const SiteTitle *title, const char *english, const char *chinese)
{
    g_assert_cmpstr(title->title, ==, english);
    g_assert_cmpstr(title->title_zh, ==, chinese);
}

/* A zone needs no declaration; a title is what it is in one language, or both, or there is none. */
static void test_titles(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Site) site = NULL;

    fixture_edit(fixture, F, "[device dc-01]",
                 "[zone bay-a]\ntitle=Row A\ntitle[zh_CN]=一号车棚\n[zone dc-01]\n"
                 "[device dc-01]\ntitle[zh_CN]=1号桩");
    fixture_edit(fixture, F, "[camera cam-01]", "[camera cam-01]\ntitle=Gate");
    site = fixture_load_right(fixture);
    g_assert_cmpuint(site->zones->len, ==, 2);
    g_assert_cmpstr(((SiteZone *)site->zones->pdata[0])->name, ==, "bay-a");
    check_title(&((SiteZone *)site->zones->pdata[0])->title, "Row A", "一号车棚");
    check_title(&((SiteZone *)site->zones->pdata[1])->title, "", "");
    check_title(&site_find_device(site, "dc-01")->title, "", "1号桩");
    check_title(&site_find_device(site, "dc-11")->title, "", "");
    check_title(&((SiteCamera *)site->cameras->pdata[0])->title, "Gate", "Gate");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add_faults("/config-device/fault", faults, G_N_ELEMENTS(faults));
    g_test_add_func("/config-device/taken", test_taken);
    g_test_add_func("/config-device/defaults", test_defaults);
    g_test_add_func("/config-device/titles", test_titles);
    return g_test_run();
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-site.h"

#include "edge/base/place.h"

#include <glib/gstdio.h>

static char *folder;

static void write_file(const char *name, const char *text, int mode)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    g_assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, mode, NULL));
    g_assert_cmpint(g_chmod(path, (mode_t)mode), ==, 0);
}

static void write_site(const char *secret, int mode)
{
    g_autofree char *devices = g_build_filename(folder, "devices.d", NULL);

    g_mkdir_with_parents(devices, 0700);
    write_file("station.conf", "[station]\nid=CS-1\ntimezone=Asia/Shanghai\nlanguage=zh_CN\ndata-dir=data\n",
               0644);
    write_file("cam.secret", secret, mode);
    write_file("devices.d/cameras.conf",
               "[camera cam-01]\nrtsp=rtsp://192.0.2.1/101\nrtsp-display=rtsp://192.0.2.1/102\nzone=bay-a\n"
               "control=none\nusername=eye\npassword-file=cam.secret\n"
               "[camera cam-02]\nrtsp=rtsp://192.0.2.2/101\nzone=bay-b\ncontrol=none\n",
               0644);
}

static void test_cameras(void)
{
    g_autoptr(WallSite) site = NULL;
    const WallSiteCamera *camera;

    write_site("p@ss:w/ rd\n", 0640); /* as the wall's group reads it */
    site = wall_site_load(folder);
    g_assert_cmpstr(site->language, ==, "zh_CN");
    g_assert_cmpuint(site->cameras->len, ==, 2);
    camera = wall_site_find_camera(site, "bay-a");
    g_assert_cmpstr(camera->uri, ==, "rtsp://192.0.2.1/102");
    g_assert_cmpstr(camera->user, ==, "eye");
    g_assert_cmpstr(camera->password, ==, "p@ss:w/ rd");
    camera = wall_site_find_camera(site, "bay-b");
    g_assert_cmpstr(camera->uri, ==, "rtsp://192.0.2.2/101");
    g_assert_cmpstr(camera->user, ==, "");
    g_assert_cmpstr(camera->password, ==, "");
    g_assert_cmpstr(wall_site_find_camera(site, "nowhere")->name, ==, "cam-01");
}

static void test_bad_secrets(void)
{
    static const struct {
        const char *text;
        int mode;
    } secrets[] = { { "open to all\n", 0644 }, { "\xff\xfe\n", 0600 }, { "", 0600 } };

    for (guint i = 0; i < G_N_ELEMENTS(secrets); i++) {
        g_autoptr(WallSite) site = NULL;
        write_site(secrets[i].text, secrets[i].mode);
        site = wall_site_load(folder);
        g_assert_cmpuint(site->cameras->len, ==, 2);
        g_assert_cmpstr(wall_site_find_camera(site, "bay-a")->uri, ==, "rtsp://192.0.2.1/102");
        g_assert_cmpstr(wall_site_find_camera(site, "bay-a")->password, ==, "");
    }
}

static void test_no_site(void)
{
    g_autoptr(WallSite) nothing = wall_site_load(NULL);
    g_autoptr(WallSite) nowhere = wall_site_load("/nonexistent");

    g_assert_null(wall_site_find_camera(nothing, ""));
    g_assert_null(wall_site_find_camera(nowhere, ""));
}

static void check_path(const WallSite *site, const char *path, const char *name)
{
    g_autofree char *told = wall_site_tell_path(site, path);

    g_assert_cmpstr(told, ==, name);
}

/* In the wall's language by its title, where it has one in it, else by its name; a device's connectors by
 * the device's. */
static void test_titles(void)
{
    static const char yard[] =
        "[zone bay-a]\ntitle=Row A\ntitle[zh_CN]=一号车棚\n[zone bay-b]\ntitle[zh_CN]=二号车棚\n"
        "[bus yard]\naddress=tcp://192.0.2.1:502\n"
        "[device dc-03]\nprofile=generic-dc\nbus=yard\nunit-id=3\ntitle=A03\t\u202e\n"
        "[camera cam-01]\nrtsp=rtsp://192.0.2.1/101\ntitle[zh_CN]=大门\n";
    static const struct {
        const char *path, *english, *chinese;
    } names[] = { { "zone/bay-a", "Row A", "一号车棚" }, { "zone/bay-b", "bay-b", "二号车棚" },
                  { "zone/bay-c", "bay-c", "bay-c" },    { "dc-03", "A03  ", "A03  " },
                  { "dc-03/2", "A03  -2", "A03  -2" },   { "dc-04/2", "dc-04/2", "dc-04/2" },
                  { "cam-01", "cam-01", "大门" },        { "station", "Whole station", "全站" },
                  { "bus/yard", "bus/yard", "bus/yard" } };

    g_autoptr(WallSite) site = NULL;

    write_site("", 0600);
    write_file("devices.d/cameras.conf", yard, 0644);
    site = wall_site_load(folder);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        place_set_language("en");
        check_path(site, names[i].path, names[i].english);
        place_set_language("zh_CN");
        check_path(site, names[i].path, names[i].chinese);
    }
    g_autofree char *camera = wall_site_tell_camera(wall_site_find_camera(site, ""));

    g_assert_cmpstr(camera, ==, "大门");
    check_path(NULL, "dc-03/2", "dc-03/2");
}

static void remove_all(void)
{
    static const char *const names[] = { "devices.d/cameras.conf", "cam.secret", "station.conf", "devices.d",
                                         "" };

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);
        g_remove(path);
    }
}

int main(int argc, char **argv)
{
    g_autofree char *locales = NULL;
    int status;

    g_test_init(&argc, &argv, NULL);
    locales = g_build_filename(g_getenv("STATIONMASTER_BUILD"), "assets/po", NULL);
    g_setenv("STATIONMASTER_LOCALES", locales, TRUE);
    folder = g_dir_make_tmp("wall-site-XXXXXX", NULL);
    g_test_add_func("/wall-site/cameras", test_cameras);
    g_test_add_func("/wall-site/bad-secrets", test_bad_secrets);
    g_test_add_func("/wall-site/titles", test_titles);
    g_test_add_func("/wall-site/no-site", test_no_site);
    status = g_test_run();
    remove_all();
    g_free(folder);
    return status;
}

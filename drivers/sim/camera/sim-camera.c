/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/camera/sim-camera.h"

#include "drivers/sim/camera/sim-clip.h"
#include "edge/base/clock.h"

#include <gio/gio.h>
#include <gst/app/gstappsrc.h>
#include <gst/rtsp-server/rtsp-server.h>
#include <string.h>

#define FOLLOW_MS 50 /* how soon a camera does what the scenario says */
#define CLIP_S 8
#define CLOCK_WAIT_US 5000
#define ROLE "viewer"

/* One of the two streams. Lives as long as the process: the clip of a size serves all cameras of the site. */
typedef struct {
    guint width, height, fps, kbps;
    GMutex lock;
    SimClip *clip;
} Stream;

static Stream streams[] = { { .width = 1280, .height = 720, .fps = 25, .kbps = 2500 },
                            { .width = 640, .height = 360, .fps = 15, .kbps = 700 } };

struct SimCameraServer {
    SimCamera *camera; /* borrowed */
    GSocket *socket;   /* NULL: off */
    GSource *watch;
    guint follow;
    GstRTSPServer *rtsp; /* NULL until somebody looks */
    gint *silent;        /* atomic; shared with the players */
};

/* What sends a clip into one medium: a thread of its own, so that no Modbus answer waits for a frame. */
typedef struct {
    const SimClip *clip;
    GstAppSrc *source;
    gint *silent;
    GThread *thread;
    GMutex lock;
    GCond woken;
    gboolean stops;
} Player;

/* Waits until AT_US (g_get_monotonic_time()); false when it is to stop. Called with the lock held. */
static gboolean wait_until(Player *player, gint64 at_us)
{
    while (!player->stops && g_cond_wait_until(&player->woken, &player->lock, at_us)) {
    }
    return !player->stops;
}

/* Frames keep their places on the stream's clock, also those that are held back. */
static gpointer play(gpointer data)
{
    Player *player = data;
    const SimClip *clip = player->clip;
    guint first = (guint)(clock_boot_us() / G_USEC_PER_SEC) * clip->gop % clip->frames->len;
    GstClockTime begun = GST_CLOCK_TIME_NONE;
    gboolean whole = FALSE; /* what is sent can be decoded; after a silence it begins with a key frame */
    gint64 begun_us;

    g_mutex_lock(&player->lock);
    while (!GST_CLOCK_TIME_IS_VALID(begun) && wait_until(player, g_get_monotonic_time() + CLOCK_WAIT_US))
        begun = gst_element_get_current_running_time(GST_ELEMENT(player->source));
    begun_us = g_get_monotonic_time();
    for (guint i = 0; wait_until(player, begun_us + i * G_USEC_PER_SEC / clip->fps); i++) {
        GstBuffer *frame;
        whole = !g_atomic_int_get(player->silent) && (whole || (first + i) % clip->gop == 0);
        if (!whole)
            continue;
        frame = gst_buffer_copy(g_ptr_array_index(clip->frames, (first + i) % clip->frames->len));
        GST_BUFFER_PTS(frame) = begun + gst_util_uint64_scale_int(i, GST_SECOND, (int)clip->fps);
        GST_BUFFER_DURATION(frame) = GST_SECOND / clip->fps;
        gst_app_src_push_buffer(player->source, frame);
    }
    g_mutex_unlock(&player->lock);
    return NULL;
}

static void player_free(Player *player)
{
    g_mutex_lock(&player->lock);
    player->stops = TRUE;
    g_cond_signal(&player->woken);
    g_mutex_unlock(&player->lock);
    g_thread_join(player->thread);
    gst_object_unref(player->source);
    g_atomic_rc_box_release(player->silent);
    g_mutex_clear(&player->lock);
    g_cond_clear(&player->woken);
    g_free(player);
}

static Player *player_new(const SimClip *clip, GstAppSrc *source, gint *silent)
{
    Player *player = g_new0(Player, 1);
    player->clip = clip;
    player->source = gst_object_ref(source);
    player->silent = g_atomic_rc_box_acquire(silent);
    g_mutex_init(&player->lock);
    g_cond_init(&player->woken);
    player->thread = g_thread_new("sim-camera", play, player);
    return player;
}

static void on_unprepared(GstRTSPMedia *media, gpointer user_data)
{
    (void)user_data;
    g_object_set_data(G_OBJECT(media), "player", NULL);
}

/* The clip, encoded when it is first asked for; NULL and a message where it cannot be. */
static const SimClip *get_clip(Stream *stream)
{
    g_autoptr(GError) error = NULL;

    g_mutex_lock(&stream->lock);
    if (!stream->clip)
        stream->clip = sim_clip_new(stream->width, stream->height, stream->fps, stream->kbps, CLIP_S, &error);
    g_mutex_unlock(&stream->lock);
    if (error)
        g_printerr("station-sim: cameras show nothing: %s\n", error->message);
    return stream->clip;
}

static void on_media_configure(GstRTSPMediaFactory *factory, GstRTSPMedia *media, gpointer user_data)
{
    g_autoptr(GstElement) bin = gst_rtsp_media_get_element(media);
    g_autoptr(GstElement) source = gst_bin_get_by_name_recurse_up(GST_BIN(bin), "source");
    const SimClip *clip = get_clip(user_data);

    if (!clip) {
        gst_app_src_end_of_stream(GST_APP_SRC(source));
        return;
    }
    gst_app_src_set_caps(GST_APP_SRC(source), clip->caps);
    g_object_set_data_full(
        G_OBJECT(media), "player",
        player_new(clip, GST_APP_SRC(source), g_object_get_data(G_OBJECT(factory), "silent")),
        (GDestroyNotify)player_free);
    g_signal_connect(media, "unprepared", G_CALLBACK(on_unprepared), NULL);
}

/* --- streams whose addresses differ in the query alone, as some makers have them */

#define SIM_TYPE_MOUNTS (sim_mounts_get_type())
G_DECLARE_FINAL_TYPE(SimMounts, sim_mounts, SIM, MOUNTS, GstRTSPMountPoints)
struct _SimMounts {
    GstRTSPMountPoints parent_instance;
};
G_DEFINE_FINAL_TYPE(SimMounts, sim_mounts, GST_TYPE_RTSP_MOUNT_POINTS)

/* "/a/b", "x=1&y=2" → "/x=1&y=2/a/b". What a client puts behind the address, "/stream=0", may stand behind
 * its query as well, and belongs behind the path. */
static char *make_mount(const char *path, const char *query)
{
    const char *control = query ? strchr(query, '/') : NULL;
    g_autofree char *first =
        query ? g_strndup(query, control ? (gsize)(control - query) : strlen(query)) : NULL;

    return g_strconcat(first ? "/" : "", first ? first : "", path[0] ? path : "/", control, NULL);
}

static gchar *sim_mounts_make_path(GstRTSPMountPoints *mounts, const GstRTSPUrl *url)
{
    (void)mounts;
    return make_mount(url->abspath, url->query);
}

static void sim_mounts_class_init(SimMountsClass *class)
{
    GST_RTSP_MOUNT_POINTS_CLASS(class)->make_path = sim_mounts_make_path;
}

static void sim_mounts_init(SimMounts *self)
{
    (void)self;
}

static void add_mount(SimCameraServer *server, const char *path, Stream *stream)
{
    g_autoptr(GstRTSPMountPoints) mounts = gst_rtsp_server_get_mount_points(server->rtsp);
    g_auto(GStrv) parts = g_strsplit(path, "?", 2);
    g_autofree char *mount = path[0] ? make_mount(parts[0], parts[1]) : NULL;
    GstRTSPMediaFactory *factory;

    if (!mount)
        return;
    factory = gst_rtsp_media_factory_new();
    gst_rtsp_media_factory_set_launch(factory,
                                      "( appsrc name=source is-live=true format=time max-bytes=4000000 "
                                      "! rtph264pay name=pay0 pt=96 config-interval=-1 )");
    gst_rtsp_media_factory_set_shared(factory, TRUE); /* a camera's time goes on, whoever looks */
    gst_rtsp_media_factory_add_role(factory, ROLE, GST_RTSP_PERM_MEDIA_FACTORY_ACCESS, G_TYPE_BOOLEAN, TRUE,
                                    GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, G_TYPE_BOOLEAN, TRUE, NULL);
    g_object_set_data_full(G_OBJECT(factory), "silent", g_atomic_rc_box_acquire(server->silent),
                           g_atomic_rc_box_release);
    g_signal_connect(factory, "media-configure", G_CALLBACK(on_media_configure), stream);
    gst_rtsp_mount_points_add_factory(mounts, mount, factory);
}

static void ask_password(SimCameraServer *server)
{
    g_autoptr(GstRTSPAuth) auth = gst_rtsp_auth_new();
    GstRTSPToken *token = gst_rtsp_token_new(GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, ROLE, NULL);

    gst_rtsp_auth_set_supported_methods(auth, GST_RTSP_AUTH_DIGEST);
    gst_rtsp_auth_add_digest(auth, server->camera->username, server->camera->password, token);
    gst_rtsp_server_set_auth(server->rtsp, auth);
    gst_rtsp_token_unref(token);
}

/* Whether all is installed that a camera needs; says what is not. */
static gboolean has_elements(void)
{
    static const char *const names[][2] = { { "appsrc", "base" },     { "videoconvert", "base" },
                                            { "openh264enc", "bad" }, { "h264parse", "bad" },
                                            { "rtph264pay", "good" }, { "rtpbin", "good" } };
    gboolean all = TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        GstElementFactory *factory = gst_element_factory_find(names[i][0]);
        if (!factory)
            g_printerr("station-sim: cameras show nothing: no %s (package gstreamer1.0-plugins-%s)\n",
                       names[i][0], names[i][1]);
        all = all && factory;
        gst_clear_object(&factory);
    }
    return all;
}

static gboolean begin_rtsp(SimCameraServer *server)
{
    g_autoptr(GstRTSPMountPoints) mounts = NULL;

    gst_init(NULL, NULL);
    if (!has_elements())
        return FALSE;
    server->rtsp = gst_rtsp_server_new();
    mounts = g_object_new(SIM_TYPE_MOUNTS, NULL);
    gst_rtsp_server_set_mount_points(server->rtsp, mounts);
    if (server->camera->password[0])
        ask_password(server);
    add_mount(server, server->camera->path, &streams[0]);
    if (!g_str_equal(server->camera->path, server->camera->display_path))
        add_mount(server, server->camera->display_path, &streams[1]);
    return TRUE;
}

static gboolean on_client(GSocket *socket, GIOCondition condition, gpointer user_data)
{
    SimCameraServer *server = user_data;
    g_autoptr(GSocket) client = g_socket_accept(socket, NULL, NULL);

    (void)condition;
    if (client && (server->rtsp || begin_rtsp(server)))
        gst_rtsp_server_transfer_connection(server->rtsp, g_steal_pointer(&client), "127.0.0.1",
                                            server->camera->port, NULL);
    return G_SOURCE_CONTINUE;
}

static gboolean listen_on(SimCameraServer *server, guint16 port, GError **error)
{
    g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
    g_autoptr(GSocketAddress) address = g_inet_socket_address_new(loopback, port), bound = NULL;
    g_autoptr(GSocket) socket =
        g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);

    if (!socket || !g_socket_bind(socket, address, TRUE, error) || !g_socket_listen(socket, error))
        return FALSE;
    g_socket_set_blocking(socket, FALSE);
    bound = g_socket_get_local_address(socket, error);
    if (!bound)
        return FALSE;
    server->camera->port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound));
    server->watch = g_socket_create_source(socket, G_IO_IN, NULL);
    g_source_set_callback(server->watch, G_SOURCE_FUNC(on_client), server, NULL);
    g_source_attach(server->watch, NULL);
    server->socket = g_steal_pointer(&socket);
    return TRUE;
}

static GstRTSPFilterResult remove_client(GstRTSPServer *rtsp, GstRTSPClient *client, gpointer user_data)
{
    (void)rtsp, (void)client, (void)user_data;
    return GST_RTSP_FILTER_REMOVE;
}

/* Takes no more clients, and ends those that are there. */
static void turn_off(SimCameraServer *server)
{
    if (server->watch)
        g_source_destroy(server->watch);
    g_clear_pointer(&server->watch, g_source_unref);
    if (server->socket)
        g_socket_close(server->socket, NULL);
    g_clear_object(&server->socket);
    if (server->rtsp)
        g_list_free(gst_rtsp_server_client_filter(server->rtsp, remove_client, NULL));
}

static gboolean on_follow(gpointer user_data)
{
    SimCameraServer *server = user_data;
    SimLineMode mode = server->camera->line.mode;

    g_atomic_int_set(server->silent, mode == SIM_LINE_SILENT);
    if (mode == SIM_LINE_CLOSES && server->socket)
        turn_off(server);
    else if (mode != SIM_LINE_CLOSES && !server->socket)
        listen_on(server, server->camera->port, NULL); /* if not now, then the next time */
    return G_SOURCE_CONTINUE;
}

SimCameraServer *sim_camera_new(SimCamera *camera, guint16 port, GError **error)
{
    g_autoptr(SimCameraServer) server = g_new0(SimCameraServer, 1);

    server->camera = camera;
    server->silent = g_atomic_rc_box_new0(gint);
    if (!listen_on(server, port, error)) {
        g_prefix_error(error, "%s: ", camera->name);
        return NULL;
    }
    server->follow = g_timeout_add(FOLLOW_MS, on_follow, server);
    return g_steal_pointer(&server);
}

void sim_camera_free(SimCameraServer *server)
{
    if (!server)
        return;
    if (server->follow)
        g_source_remove(server->follow);
    turn_off(server);
    g_clear_object(&server->rtsp);
    g_atomic_rc_box_release(server->silent);
    g_free(server);
}

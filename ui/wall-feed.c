/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wall-feed.h"

#include "edge/base/clock.h"

#include <gst/app/gstappsink.h>

#define WATCH_MS 500
#define BACK_OFF_MIN_MS 1000
#define BACK_OFF_MAX_MS 30000
#define REFUSED_WAIT_MS                                                                                      \
    (5 * 60 *                                                                                                \
     1000) /* cameras lock out an address that tries passwords, and with it all that look from there */
#define FINISH_US (2 * G_USEC_PER_SEC)
#define FRAMES_TO_TRUST 10 /* so many frames make the back-off begin anew */

/* What the streaming threads touch; outlives its pipeline, and the feed where need be. */
typedef struct {
    GMutex lock;
    GstSample *sample;  /* the newest that nobody has taken */
    gint64 frame_at_us; /* 0: none yet */
    guint n_frames;
    WallFeedReason reason; /* why no stream was chosen */
    gboolean is_down;      /* its pipeline is gone */
} Attempt;

struct WallFeed {
    char *uri, *user, *password;
    guint width, height;
    GstElement *pipeline; /* NULL: between two attempts */
    Attempt *attempt;     /* of the pipeline, or the last one; NULL before the first */
    guint bus_watch, watchdog;
    gint64 begun_us, retry_us;
    gint64 frame_at_us; /* of the attempts before this one */
    guint back_off_ms;
    guint attempts;
    WallFeedReason reason;
    gint64 counted_us; /* since when frames are counted for fps */
    guint counted;
    guint fps;
};

static void attempt_clear(gpointer data)
{
    Attempt *attempt = data;
    g_clear_pointer(&attempt->sample, gst_sample_unref);
    g_mutex_clear(&attempt->lock);
}

static void attempt_unref(gpointer data)
{
    g_atomic_rc_box_release_full(data, attempt_clear);
}

static Attempt *attempt_new(void)
{
    Attempt *attempt = g_atomic_rc_box_new0(Attempt);
    g_mutex_init(&attempt->lock);
    return attempt;
}

/* --- on the streaming threads */

static GstFlowReturn on_sample(GstAppSink *sink, gpointer data)
{
    Attempt *attempt = data;
    GstSample *sample = gst_app_sink_pull_sample(sink);
    GstSample *old;

    if (!sample)
        return GST_FLOW_EOS;
    g_mutex_lock(&attempt->lock);
    old = attempt->sample;
    attempt->sample = sample;
    attempt->frame_at_us = clock_boot_us();
    attempt->n_frames++;
    g_mutex_unlock(&attempt->lock);
    g_clear_pointer(&old, gst_sample_unref);
    return GST_FLOW_OK;
}

/* Sound and metadata are not even asked for. */
static gboolean on_select_stream(GstElement *source, guint number, GstCaps *caps, gpointer data)
{
    Attempt *attempt = data;
    const GstStructure *structure = gst_caps_get_structure(caps, 0);
    const char *media = gst_structure_get_string(structure, "media");
    const char *encoding = gst_structure_get_string(structure, "encoding-name");
    gboolean good = g_strcmp0(media, "video") == 0 && g_strcmp0(encoding, "H264") == 0;

    (void)source, (void)number;
    g_mutex_lock(&attempt->lock);
    if (good)
        attempt->reason = WALL_FEED_REASON_NONE;
    else if (g_strcmp0(media, "video") == 0)
        attempt->reason = WALL_FEED_REASON_UNSUITABLE;
    g_mutex_unlock(&attempt->lock);
    return good;
}

static void on_pad_added(GstElement *source, GstPad *pad, gpointer data)
{
    g_autoptr(GstPad) sink = gst_element_get_static_pad(data, "sink");

    (void)source;
    if (!gst_pad_is_linked(sink))
        gst_pad_link(pad, sink);
}

/* Pipelines that are being taken down. */
static struct {
    GMutex lock;
    GCond done;
    guint n;
} downs;

static void count_downs(gboolean more)
{
    g_mutex_lock(&downs.lock);
    downs.n = more ? downs.n + 1 : downs.n - 1;
    g_cond_broadcast(&downs.done);
    g_mutex_unlock(&downs.lock);
}

static gpointer take_down(gpointer data)
{
    GstElement *pipeline = data;
    Attempt *attempt = g_object_get_data(G_OBJECT(pipeline), "attempt");

    gst_element_set_state(pipeline, GST_STATE_NULL);
    g_mutex_lock(&attempt->lock);
    attempt->is_down = TRUE;
    g_mutex_unlock(&attempt->lock);
    gst_object_unref(pipeline); /* and with it its hold on the attempt */
    count_downs(FALSE);
    return NULL;
}

/* --- on the main thread */

static void start(WallFeed *feed);

/* Ends the attempt; the next one begins after a while that grows, with a jitter so that cameras behind one
 * switch do not all come at once. */
static void drop(WallFeed *feed, WallFeedReason reason)
{
    Attempt *attempt = feed->attempt;
    gboolean trusted;

    if (!feed->pipeline)
        return;
    g_clear_handle_id(&feed->bus_watch, g_source_remove);
    count_downs(TRUE);
    g_thread_unref(g_thread_new("feed-down", take_down, g_steal_pointer(&feed->pipeline)));
    g_mutex_lock(&attempt->lock);
    trusted = attempt->n_frames > FRAMES_TO_TRUST;
    if (attempt->frame_at_us)
        feed->frame_at_us = attempt->frame_at_us;
    feed->reason = attempt->reason != WALL_FEED_REASON_NONE ? attempt->reason : reason;
    g_mutex_unlock(&attempt->lock);
    feed->back_off_ms =
        trusted || !feed->back_off_ms ? BACK_OFF_MIN_MS : MIN(feed->back_off_ms * 2, BACK_OFF_MAX_MS);
    if (feed->reason == WALL_FEED_REASON_PASSWORD)
        feed->back_off_ms = REFUSED_WAIT_MS;
    feed->retry_us =
        clock_boot_us() + (gint64)(feed->back_off_ms * g_random_double_range(0.75, 1.0) * 1000.0);
    feed->fps = 0;
}

static WallFeedReason reason_of(const GError *error)
{
    static const struct {
        int code;
        WallFeedReason reason;
    } reasons[] = { { GST_RESOURCE_ERROR_NOT_FOUND, WALL_FEED_REASON_NOT_FOUND },
                    { GST_RESOURCE_ERROR_NOT_AUTHORIZED, WALL_FEED_REASON_PASSWORD },
                    { GST_RESOURCE_ERROR_OPEN_READ_WRITE, WALL_FEED_REASON_UNREACHABLE },
                    { GST_RESOURCE_ERROR_OPEN_READ, WALL_FEED_REASON_UNREACHABLE },
                    { GST_RESOURCE_ERROR_READ, WALL_FEED_REASON_NO_ANSWER },
                    { GST_RESOURCE_ERROR_WRITE, WALL_FEED_REASON_ENDED } };

    if (error->domain == GST_CORE_ERROR && error->code == GST_CORE_ERROR_MISSING_PLUGIN)
        return WALL_FEED_REASON_NO_DECODER;
    if (error->domain != GST_RESOURCE_ERROR)
        return WALL_FEED_REASON_UNSUITABLE;
    for (guint i = 0; i < G_N_ELEMENTS(reasons); i++)
        if (reasons[i].code == error->code)
            return reasons[i].reason;
    return WALL_FEED_REASON_NO_ANSWER;
}

/* A camera that goes away says EOS, not ERROR: both end the attempt. */
static gboolean on_message(GstBus *bus, GstMessage *message, gpointer user_data)
{
    WallFeed *feed = user_data;
    g_autoptr(GError) error = NULL;

    (void)bus;
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) {
        drop(feed, WALL_FEED_REASON_ENDED);
    } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
        gst_message_parse_error(message, &error, NULL);
        drop(feed, reason_of(error));
    }
    return feed->bus_watch ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void count_frames(WallFeed *feed, gint64 now_us, guint n_frames)
{
    if (now_us - feed->counted_us < G_USEC_PER_SEC)
        return;
    feed->fps = (guint)gst_util_uint64_scale_round(n_frames - feed->counted, G_USEC_PER_SEC,
                                                   (guint64)(now_us - feed->counted_us));
    feed->counted_us = now_us;
    feed->counted = n_frames;
}

static gboolean on_watch(gpointer user_data)
{
    WallFeed *feed = user_data;
    gint64 now_us = clock_boot_us(), frame_at_us = 0;
    gboolean is_down = TRUE;
    guint n_frames = 0;

    if (feed->attempt) {
        g_mutex_lock(&feed->attempt->lock);
        frame_at_us = feed->attempt->frame_at_us;
        n_frames = feed->attempt->n_frames;
        is_down = feed->attempt->is_down;
        g_mutex_unlock(&feed->attempt->lock);
    }
    /* A pipeline that cannot be taken down holds the next attempt back: one is all that a camera may cost. */
    if (!feed->pipeline && is_down && now_us >= feed->retry_us)
        start(feed);
    else if (feed->pipeline && !frame_at_us && now_us - feed->begun_us > WALL_FEED_FIRST_FRAME_US)
        drop(feed, WALL_FEED_REASON_NO_ANSWER);
    else if (feed->pipeline && frame_at_us && now_us - frame_at_us > WALL_FEED_FRAME_US)
        drop(feed, WALL_FEED_REASON_SILENT);
    else if (feed->pipeline)
        count_frames(feed, now_us, n_frames);
    return G_SOURCE_CONTINUE;
}

static void set_caps(const WallFeed *feed)
{
    g_autoptr(GstElement) filter = gst_bin_get_by_name(GST_BIN(feed->pipeline), "size");
    g_autoptr(GstCaps) caps = gst_caps_new_simple(
        "video/x-raw", "format", G_TYPE_STRING, "BGRx", "width", G_TYPE_INT, (int)feed->width, "height",
        G_TYPE_INT, (int)feed->height, "pixel-aspect-ratio", GST_TYPE_FRACTION, 1, 1, NULL);
    g_object_set(filter, "caps", caps, NULL);
}

/* The size is checked before anything is decoded. */
static GstElement *make_pipeline(GError **error)
{
    g_autofree char *text =
        g_strdup_printf("rtspsrc name=source protocols=tcp latency=200 tcp-timeout=5000000 "
                        "drop-on-latency=true do-rtsp-keep-alive=true "
                        "rtph264depay name=depay wait-for-keyframe=true request-keyframe=true ! h264parse ! "
                        "video/x-h264,width=[16,%d],height=[16,%d] ! "
                        "avdec_h264 max-threads=1 ! videoconvertscale ! capsfilter name=size ! "
                        "appsink name=sink max-buffers=1 drop=true sync=true",
                        WALL_FEED_WIDTH_MAX, WALL_FEED_HEIGHT_MAX);
    return gst_parse_launch_full(text, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
}

static void connect_parts(WallFeed *feed)
{
    g_autoptr(GstElement) source = gst_bin_get_by_name(GST_BIN(feed->pipeline), "source");
    g_autoptr(GstElement) depay = gst_bin_get_by_name(GST_BIN(feed->pipeline), "depay");
    g_autoptr(GstElement) sink = gst_bin_get_by_name(GST_BIN(feed->pipeline), "sink");
    g_autoptr(GstBus) bus = gst_element_get_bus(feed->pipeline);
    GstAppSinkCallbacks callbacks = { .new_sample = on_sample };

    g_object_set_data_full(G_OBJECT(feed->pipeline), "attempt", g_atomic_rc_box_acquire(feed->attempt),
                           attempt_unref);
    g_object_set(source, "location", feed->uri, NULL);
    if (feed->user[0]) /* apart from the address, which its messages show */
        g_object_set(source, "user-id", feed->user, "user-pw", feed->password, NULL);
    g_signal_connect_data(source, "select-stream", G_CALLBACK(on_select_stream),
                          g_atomic_rc_box_acquire(feed->attempt),
                          (GClosureNotify)(void (*)(void))attempt_unref, 0);
    g_signal_connect_object(source, "pad-added", G_CALLBACK(on_pad_added), depay, 0);
    gst_app_sink_set_callbacks(GST_APP_SINK(sink), &callbacks, g_atomic_rc_box_acquire(feed->attempt),
                               attempt_unref);
    feed->bus_watch = gst_bus_add_watch(bus, on_message, feed);
    set_caps(feed);
}

static void start(WallFeed *feed)
{
    g_autoptr(GError) error = NULL;

    feed->attempts++;
    feed->begun_us = feed->counted_us = clock_boot_us();
    feed->counted = 0;
    feed->pipeline = make_pipeline(&error);
    if (!feed->pipeline) {
        feed->reason = WALL_FEED_REASON_NO_DECODER;
        feed->retry_us = feed->begun_us + BACK_OFF_MAX_MS * 1000;
        return;
    }
    gst_object_ref_sink(feed->pipeline);
    g_clear_pointer(&feed->attempt, attempt_unref);
    feed->attempt = attempt_new();
    connect_parts(feed);
    gst_element_set_state(feed->pipeline, GST_STATE_PLAYING);
}

WallFeed *wall_feed_new(const char *uri, const char *user, const char *password)
{
    WallFeed *feed = g_new0(WallFeed, 1);

    feed->uri = g_strdup(uri);
    feed->user = g_strdup(user);
    feed->password = g_strdup(password);
    feed->width = 640;
    feed->height = 360;
    feed->watchdog = g_timeout_add(WATCH_MS, on_watch, feed);
    start(feed);
    return feed;
}

void wall_feed_free(WallFeed *feed)
{
    if (!feed)
        return;
    drop(feed, WALL_FEED_REASON_NONE);
    g_clear_handle_id(&feed->watchdog, g_source_remove);
    g_clear_pointer(&feed->attempt, attempt_unref);
    g_free(feed->uri);
    g_free(feed->user);
    g_free(feed->password);
    g_free(feed);
}

void wall_feed_finish(void)
{
    gint64 until_us = g_get_monotonic_time() + FINISH_US;

    g_mutex_lock(&downs.lock);
    while (downs.n > 0 && g_cond_wait_until(&downs.done, &downs.lock, until_us))
        ;
    g_mutex_unlock(&downs.lock);
}

void wall_feed_set_size(WallFeed *feed, guint width, guint height)
{
    width = CLAMP(width, 16, WALL_FEED_WIDTH_MAX);
    height = CLAMP(height, 16, WALL_FEED_HEIGHT_MAX);
    if (width == feed->width && height == feed->height)
        return;
    feed->width = width;
    feed->height = height;
    if (feed->pipeline)
        set_caps(feed);
}

GstSample *wall_feed_take_frame(WallFeed *feed)
{
    GstSample *sample;

    if (!feed->attempt)
        return NULL;
    g_mutex_lock(&feed->attempt->lock);
    sample = g_steal_pointer(&feed->attempt->sample);
    g_mutex_unlock(&feed->attempt->lock);
    return sample;
}

gint64 wall_feed_get_frame_at_us(WallFeed *feed)
{
    gint64 at_us = 0;

    if (feed->attempt) {
        g_mutex_lock(&feed->attempt->lock);
        at_us = feed->attempt->frame_at_us;
        g_mutex_unlock(&feed->attempt->lock);
    }
    return at_us ? at_us : feed->frame_at_us;
}

WallFeedState wall_feed_get_state(WallFeed *feed)
{
    gint64 at_us = wall_feed_get_frame_at_us(feed);

    if (!feed->pipeline)
        return WALL_FEED_LOST;
    if (at_us < feed->begun_us)
        return WALL_FEED_CONNECTING;
    return clock_boot_us() - at_us > WALL_FEED_STALE_US ? WALL_FEED_STALE : WALL_FEED_LIVE;
}

WallFeedReason wall_feed_get_reason(const WallFeed *feed)
{
    return feed->reason;
}

guint wall_feed_get_fps(const WallFeed *feed)
{
    return feed->fps;
}

guint wall_feed_get_attempts(const WallFeed *feed)
{
    return feed->attempts;
}

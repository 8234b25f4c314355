/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/sim/camera/sim-clip.h"

#include "drivers/sim/camera/sim-scene.h"
#include "drivers/sim/sim-site.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#define ENCODE_LIMIT (60 * GST_SECOND) /* for all of it, on a machine under load and sanitizers */

void sim_clip_free(SimClip *clip)
{
    if (!clip)
        return;
    g_clear_pointer(&clip->frames, g_ptr_array_unref);
    gst_clear_caps(&clip->caps);
    g_free(clip);
}

/* openh264enc, because it is free of the GPL and in Debian's gstreamer1.0-plugins-bad. */
static GstElement *make_pipeline(const SimClip *clip, guint kbps, GError **error)
{
    g_autofree char *text =
        g_strdup_printf("appsrc name=in format=time max-bytes=20000000 block=true "
                        "caps=video/x-raw,format=BGRx,width=%u,height=%u,framerate=%u/1 ! videoconvert ! "
                        "openh264enc bitrate=%u gop-size=%u complexity=low ! h264parse config-interval=-1 ! "
                        "video/x-h264,stream-format=byte-stream,alignment=au ! appsink name=out sync=false",
                        clip->width, clip->height, clip->fps, kbps * 1000, clip->gop);
    return gst_parse_launch_full(text, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
}

typedef struct {
    const SimClip *clip;
    GstAppSrc *source;
    guint length;
} Drawing;

static gpointer draw(gpointer data)
{
    const Drawing *drawing = data;
    const SimClip *clip = drawing->clip;
    GstFlowReturn flow = GST_FLOW_OK;

    for (guint i = 0; i < drawing->length && flow == GST_FLOW_OK; i++) {
        GstBuffer *buffer = gst_buffer_new_allocate(NULL, (gsize)clip->width * clip->height * 4, NULL);
        GstMapInfo map;
        gst_buffer_map(buffer, &map, GST_MAP_WRITE);
        sim_scene_draw(map.data, clip->width, clip->height, clip->width * 4, i, drawing->length, clip->fps);
        gst_buffer_unmap(buffer, &map);
        GST_BUFFER_PTS(buffer) = gst_util_uint64_scale_int(i, GST_SECOND, (int)clip->fps);
        GST_BUFFER_DURATION(buffer) = GST_SECOND / clip->fps;
        flow = gst_app_src_push_buffer(drawing->source, buffer);
    }
    return NULL;
}

/* Without an end of stream, at which OpenH264 complains on stderr of nothing. */
static void collect(SimClip *clip, GstAppSink *sink, guint length)
{
    gint64 end_us = g_get_monotonic_time() + ENCODE_LIMIT / 1000;
    GstSample *sample;

    while (clip->frames->len < length && g_get_monotonic_time() < end_us &&
           (sample = gst_app_sink_try_pull_sample(sink, 10 * GST_SECOND))) {
        GstBuffer *frame = gst_buffer_copy_deep(gst_sample_get_buffer(sample));
        GST_BUFFER_PTS(frame) = GST_BUFFER_DTS(frame) = GST_CLOCK_TIME_NONE;
        g_ptr_array_add(clip->frames, frame);
        if (!clip->caps)
            clip->caps = gst_caps_ref(gst_sample_get_caps(sample));
        gst_sample_unref(sample);
    }
}

/* What the pipeline complained of. */
static void take_complaint(GstElement *pipeline, GError **error)
{
    g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
    g_autoptr(GstMessage) message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);

    if (message)
        gst_message_parse_error(message, error, NULL);
    else
        g_set_error(error, SIM_ERROR, SIM_ERROR_SERVER, "the clip cannot be encoded");
}

SimClip *sim_clip_new(guint width, guint height, guint fps, guint kbps, guint seconds, GError **error)
{
    g_autoptr(SimClip) clip = g_new0(SimClip, 1);
    g_autoptr(GstElement) pipeline = NULL;
    g_autoptr(GstElement) source = NULL, sink = NULL;
    Drawing drawing = { .clip = clip, .length = seconds * fps };
    GThread *thread;

    *clip = (SimClip){ .width = width, .height = height, .fps = fps, .gop = fps };
    clip->frames = g_ptr_array_new_with_free_func((GDestroyNotify)gst_buffer_unref);
    pipeline = make_pipeline(clip, kbps, error);
    if (!pipeline)
        return NULL;
    source = gst_bin_get_by_name(GST_BIN(pipeline), "in");
    sink = gst_bin_get_by_name(GST_BIN(pipeline), "out");
    drawing.source = GST_APP_SRC(source);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    thread = g_thread_new("sim-scene", draw, &drawing);
    collect(clip, GST_APP_SINK(sink), drawing.length);
    gst_element_set_state(pipeline, GST_STATE_NULL); /* also frees a drawer that waits for room */
    g_thread_join(thread);
    if (clip->frames->len == drawing.length)
        return g_steal_pointer(&clip);
    take_complaint(pipeline, error);
    return NULL;
}

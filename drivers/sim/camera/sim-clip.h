/* SPDX-License-Identifier: Apache-2.0 */
/* A scene encoded as H.264, once, to be sent again and again. Any thread; blocks while it encodes. */
#pragma once

#include <gst/gst.h>

typedef struct {
    guint width, height, fps;
    guint gop;         /* each so manieth frame begins anew, the first one too */
    GPtrArray *frames; /* GstBuffer: an access unit each, byte stream */
    GstCaps *caps;
} SimClip;

/* Encodes SECONDS of the scene. Fails where an element of GStreamer is missing, and names it. */
SimClip *sim_clip_new(guint width, guint height, guint fps, guint kbps, guint seconds, GError **error);
void sim_clip_free(SimClip *clip);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimClip, sim_clip_free)

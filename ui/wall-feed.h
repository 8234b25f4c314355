/* SPDX-License-Identifier: Apache-2.0 */
/* The pictures of one RTSP camera, for as long as somebody wants them: a new pipeline for each attempt, a
 * watchdog over its frames, back-off between attempts. Errors are states, never the caller's concern. Main
 * thread; GStreamer reads, decodes and scales on threads of its own, and pipelines are taken down on a
 * worker. Times are boot time, µs. */
#pragma once

#include <gst/gst.h>

/* The largest picture that is decoded, the longest wait for the first frame, and between two of them. */
#define WALL_FEED_WIDTH_MAX 4096
#define WALL_FEED_HEIGHT_MAX 2304
#define WALL_FEED_FIRST_FRAME_US (10 * G_USEC_PER_SEC)
#define WALL_FEED_FRAME_US (5 * G_USEC_PER_SEC)
/* A picture that is older is shown as old. */
#define WALL_FEED_STALE_US (2 * G_USEC_PER_SEC)

typedef enum {
    WALL_FEED_CONNECTING, /* the first attempt, or one after a loss, is under way */
    WALL_FEED_LIVE,
    WALL_FEED_STALE, /* connected, but the newest frame is older than WALL_FEED_STALE_US */
    WALL_FEED_LOST   /* waits for the next attempt; see the reason */
} WallFeedState;

typedef enum {
    WALL_FEED_REASON_NONE,
    WALL_FEED_REASON_UNREACHABLE, /* refused, no route, no such host */
    WALL_FEED_REASON_NO_ANSWER,   /* connected, or not even that, and nothing came in time */
    WALL_FEED_REASON_NOT_FOUND,
    WALL_FEED_REASON_PASSWORD,
    WALL_FEED_REASON_ENDED,      /* the camera ended it */
    WALL_FEED_REASON_SILENT,     /* frames stopped */
    WALL_FEED_REASON_UNSUITABLE, /* no H.264, too large, or broken */
    WALL_FEED_REASON_NO_DECODER  /* an element of GStreamer is missing */
} WallFeedReason;

typedef struct WallFeed WallFeed;

/* Begins to connect to URI, rtsp://. USER and PASSWORD ("": none) are given to the camera where it asks for
 * them, and stand in no message. gst_init() has been called. */
WallFeed *wall_feed_new(const char *uri, const char *user, const char *password);

/* Returns at once; what is left of the pipeline goes on a worker. */
void wall_feed_free(WallFeed *feed);

/* For the end of a program: waits until all that was freed is down, as its libraries are about to be, but not
 * for more than two seconds. */
void wall_feed_finish(void);

/* Frames come at WIDTH × HEIGHT device pixels from now on, with black borders where the camera's shape is
 * another. */
void wall_feed_set_size(WallFeed *feed, guint width, guint height);

/* The newest frame, video/x-raw BGRx, if there is one since the last call; the caller owns it. */
GstSample *wall_feed_take_frame(WallFeed *feed);

WallFeedState wall_feed_get_state(WallFeed *feed);
WallFeedReason wall_feed_get_reason(const WallFeed *feed);

/* When the newest frame came; 0: none has. Also of an attempt that is over. */
gint64 wall_feed_get_frame_at_us(WallFeed *feed);

/* Frames a second, of the last second or so, and attempts begun so far. */
guint wall_feed_get_fps(const WallFeed *feed);
guint wall_feed_get_attempts(const WallFeed *feed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(WallFeed, wall_feed_free)

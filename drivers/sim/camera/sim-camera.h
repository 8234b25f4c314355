/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated camera: an RTSP server on a port of the loopback of its own, with the two streams of its
 * configuration: main 1280×720 at 25 frames a second, display 640×360 at 15; digest authentication where the
 * site has a password. Nothing of GStreamer is touched before somebody looks, so a site with cameras starts
 * as fast as one without. Main thread; GStreamer serves and sends on threads of its own. */
#pragma once

#include "drivers/sim/sim-site.h"

typedef struct SimCameraServer SimCameraServer;

/* Listens on PORT (0: a free one, put into CAMERA) and follows CAMERA's line from then on. CAMERA is
 * borrowed. */
SimCameraServer *sim_camera_new(SimCamera *camera, guint16 port, GError **error);
void sim_camera_free(SimCameraServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimCameraServer, sim_camera_free)

/* SPDX-License-Identifier: Apache-2.0 */
/* A wall's feed without a wall: prints each change of its state, and answers lines on stdin ("frames", "age",
 * "rss", "attempts", "size W H"), so that a test can see what a tile would show. */
#include "edge/base/clock.h"
#include "ui/wall-feed.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const states[] = { "connecting", "live", "stale", "lost" };
static const char *const reasons[] = { "-",     "unreachable", "no-answer",  "not-found", "password",
                                       "ended", "silent",      "unsuitable", "no-decoder" };

typedef struct {
    WallFeed *feed;
    GMainLoop *loop;
    guint n_frames;
    int width, height;
    char said[64];
} Probe;

static void look(Probe *probe)
{
    g_autoptr(GstSample) sample = wall_feed_take_frame(probe->feed);
    const GstStructure *structure;

    if (!sample)
        return;
    structure = gst_caps_get_structure(gst_sample_get_caps(sample), 0);
    g_assert_cmpstr(gst_structure_get_string(structure, "format"), ==, "BGRx");
    gst_structure_get_int(structure, "width", &probe->width);
    gst_structure_get_int(structure, "height", &probe->height);
    probe->n_frames++;
}

static gboolean on_tick(gpointer user_data)
{
    Probe *probe = user_data;
    WallFeedState state;
    char now[sizeof probe->said];

    look(probe);
    state = wall_feed_get_state(probe->feed);
    g_snprintf(now, sizeof now, "state %s %s", states[state],
               state == WALL_FEED_LOST ? reasons[wall_feed_get_reason(probe->feed)] : "-");
    if (!g_str_equal(now, probe->said))
        printf("%s\n", now);
    g_strlcpy(probe->said, now, sizeof now);
    fflush(stdout);
    return G_SOURCE_CONTINUE;
}

static long rss_kib(void)
{
    g_autofree char *text = NULL;
    const char *line =
        g_file_get_contents("/proc/self/status", &text, NULL, NULL) ? strstr(text, "VmRSS:") : NULL;
    return line ? (long)g_ascii_strtoll(line + strlen("VmRSS:"), NULL, 10) : 0;
}

static void answer(Probe *probe, const char *line)
{
    unsigned width, height;

    if (g_str_has_prefix(line, "frames"))
        printf("frames %u %dx%d %u fps\n", probe->n_frames, probe->width, probe->height,
               wall_feed_get_fps(probe->feed));
    else if (g_str_has_prefix(line, "age"))
        printf("age %.1f\n", (double)(clock_boot_us() - wall_feed_get_frame_at_us(probe->feed)) / 1e6);
    else if (g_str_has_prefix(line, "rss"))
        printf("rss %ld\n", rss_kib());
    else if (g_str_has_prefix(line, "attempts"))
        printf("attempts %u\n", wall_feed_get_attempts(probe->feed));
    else if (sscanf(line, "size %u %u", &width, &height) == 2)
        wall_feed_set_size(probe->feed, width, height);
    fflush(stdout);
}

static gboolean on_input(int fd, GIOCondition condition, gpointer user_data)
{
    Probe *probe = user_data;
    char line[100];
    ssize_t n = read(fd, line, sizeof line - 1);

    (void)condition;
    if (n <= 0) {
        g_main_loop_quit(probe->loop);
        return G_SOURCE_REMOVE;
    }
    line[n] = '\0';
    for (const char *at = line; at && at[0]; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
        answer(probe, at);
    return G_SOURCE_CONTINUE;
}

static gboolean on_end(gpointer user_data)
{
    g_main_loop_quit(user_data);
    return G_SOURCE_CONTINUE;
}

int main(int argc, char **argv)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    Probe probe = { .loop = loop };

    gst_init(&argc, &argv);
    if (argc != 2 && argc != 4) {
        g_printerr("usage: feed-probe URI [USER PASSWORD]\n");
        return 2;
    }
    probe.feed = wall_feed_new(argv[1], argc == 4 ? argv[2] : "", argc == 4 ? argv[3] : "");
    g_timeout_add(20, on_tick, &probe);
    g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP, on_input, &probe);
    g_unix_signal_add(SIGTERM, on_end, loop);
    g_main_loop_run(loop);
    wall_feed_free(probe.feed);
    wall_feed_finish();
    return 0;
}

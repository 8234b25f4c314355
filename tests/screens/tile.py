#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A camera's tile shows a living picture in colours, an old one in grey, and none as none."""
import os
import shutil
import subprocess
import tempfile

import tap
from process import Process, until

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
BUILD = os.environ.get("STATIONMASTER_BUILD", os.path.join(SOURCE, "build"))
KEEP = os.environ.get("STATIONMASTER_PICTURES")  # a folder to leave the pictures in


class Tile:
    def __init__(self, folder, url):
        self.folder = folder
        self.probe = Process("tile", ["xvfb-run", "-a", "-s", "-screen 0 800x600x24",
                                      os.path.join(BUILD, "tests/screens/tile-probe"), "Bay A", url],
                             {"GSK_RENDERER": "cairo", "GTK_A11Y": "none", "NO_AT_BRIDGE": "1"})

    def picture(self):
        """(colourful pixels, all pixels) of what it shows now."""
        path = os.path.join(self.folder, "tile.png")

        def is_saved():  # not between two frames
            mark = self.probe.mark()
            self.probe.say(f"picture {path}")
            return self.probe.wait_line(r"^saved (\d)", 20, mark)[1] == "1"
        until(is_saved, 10, "a picture")
        pixels = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
                                check=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL).stdout
        colourful = sum(max(pixels[i:i + 3]) - min(pixels[i:i + 3]) > 60 for i in range(0, len(pixels), 3))
        return colourful, len(pixels) // 3

    def keep(self, name):
        if KEEP:
            shutil.copy(os.path.join(self.folder, "tile.png"), os.path.join(KEEP, name))

    def end(self):
        self.probe.child.stdin.close()
        self.probe.wait()


@tap.test
def what_it_shows():
    "A tile is colourful while its camera lives, grey when it is silent, and colourful again."
    with tempfile.TemporaryDirectory() as folder:
        sim = Process("sim", [os.path.join(BUILD, "drivers/station-sim"), "--site",
                              os.path.join(SOURCE, "assets/sites/demo"), "--config-out", os.path.join(folder, "site"),
                              "--control", "--cars", "none"])
        url = sim.wait_line(r"^camera cam-01 (rtsp://\S+/102)$", 10)[1]
        tile = Tile(folder, url)
        until(lambda: tile.picture()[0] > 2000, 20, "colours")
        tap.equal(tile.picture()[1], 624 * 351, "pixels")
        tile.keep("live.png")
        sim.say("camera cam-01 silent")
        until(lambda: tile.picture()[0] == 0, 15, "no colours")
        tile.keep("old.png")
        sim.say("camera cam-01 normal")
        until(lambda: tile.picture()[0] > 2000, 30, "colours again")
        sim.say("camera cam-01 off")
        until(lambda: tile.picture()[0] == 0, 15, "no colours")
        tile.keep("lost.png")
        tile.end()
        sim.stop()


tap.main()

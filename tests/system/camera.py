#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The simulated cameras are cameras to a foreign client: ffprobe and ffmpeg, over TCP and UDP."""
import os
import re
import shutil
import subprocess
import tempfile
import time

import tap
from process import SLOW, Process, until

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
BUILD = os.environ.get("STATIONMASTER_BUILD", os.path.join(SOURCE, "build"))
SIM = os.path.join(BUILD, "drivers/station-sim")
SITE = os.path.join(SOURCE, "assets/sites/demo")
BITS = 16  # of the frame's number, as blocks along the lower edge (sim-scene.h)


class Cameras:
    """A running station-sim; `main` and `display` are cam-01's URLs."""

    def __init__(self, site=SITE, environment=None, streams=("/101", "/102")):
        self.streams = streams
        self.folder = tempfile.mkdtemp(prefix="camera-")
        self.sim = Process("sim", [SIM, "--site", site, "--config-out", os.path.join(self.folder, "config"), "--control",
                                   "--cars", "none"], environment)

    def __enter__(self):
        self.sim.wait_line("^site is ready", 10)
        self.main = self.sim.wait_line(rf"^camera cam-01 (rtsp://\S+{self.streams[0]})$", 1)[1]
        self.display = self.sim.wait_line(rf"^camera cam-01 (rtsp://\S+{self.streams[1]})$", 1)[1]
        return self

    def __exit__(self, *_):
        self.sim.stop()
        shutil.rmtree(self.folder)

    def tell(self, line):
        mark = self.sim.mark()
        self.sim.say(line)
        answer = self.sim.wait_line(r"^(ok|error)\b.*", 5, mark)
        tap.equal(answer[1], "ok", f"answer to {line!r}: {answer[0]}")


def ffmpeg(*arguments, timeout=30):
    """What ffmpeg or ffprobe gives; (exit status, output, messages)."""
    done = subprocess.run(list(map(str, arguments)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=timeout * SLOW, check=False)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def probe(url, *, transport="tcp"):
    status, said, messages = ffmpeg("ffprobe", "-v", "error", "-rtsp_transport", transport, "-show_entries",
                                    "stream=codec_name,width,height,r_frame_rate", "-of", "csv=p=0", url)
    return said.decode().strip() if status == 0 else f"{status}: {messages.strip()}"


def grey_frames(url, count, size):
    """The luminance of COUNT frames in a row."""
    width, height = size
    status, pixels, messages = ffmpeg("ffmpeg", "-v", "error", "-rtsp_transport", "tcp", "-i", url, "-frames:v", count,
                                      "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "-")
    tap.equal(status, 0, f"ffmpeg: {messages}")
    length = width * height
    return [pixels[at:at + length] for at in range(0, len(pixels), length)]


def number_of(frame, size):
    """The number that stands in the blocks along the frame's lower edge."""
    width, height = size
    row = (height - height // 48) * width
    value = 0
    for bit in range(BITS):
        value = value * 2 + (frame[row + (2 * bit + 1) * width // (2 * BITS)] > 128)
    return value


@tap.test
def what_ffprobe_sees():
    "Both streams are H.264 of the promised size and rate, over TCP and over UDP."
    with Cameras() as cameras:
        for transport in ("tcp", "udp"):
            tap.equal(probe(cameras.display, transport=transport), "h264,640,360,15/1", f"display over {transport}")
        tap.equal(probe(cameras.main), "h264,1280,720,25/1", "main")


@tap.test
def frames_in_a_row():
    "Every frame comes, in order, also where the clip begins again."
    with Cameras() as cameras:
        size = (640, 360)
        numbers = [number_of(frame, size) for frame in grey_frames(cameras.display, 135, size)]
        tap.equal(len(numbers), 135, "frames")
        steps = {(after - before) % 120 for before, after in zip(numbers, numbers[1:])}
        tap.equal(steps, {1}, f"steps between {numbers}")


class Watcher:
    """ffmpeg that counts the packets it gets."""

    def __init__(self, url):
        self.process = Process("ffprobe", ["ffprobe", "-v", "error", "-rtsp_transport", "tcp", "-show_entries",
                                           "packet=pts_time", "-of", "csv=p=0", url])

    def count(self):
        return self.process.mark()

    def wait_for(self, more):
        wanted = self.count() + more
        until(lambda: self.count() >= wanted, 20, f"{more} more packets", self.process.tail)


@tap.test
def silent_and_off():
    "A silent camera sends nothing and keeps the connection; one that is off ends it and takes none."
    with Cameras() as cameras:
        watcher = Watcher(cameras.display)
        watcher.wait_for(15)
        cameras.tell("camera cam-01 silent for 3s")
        began = time.monotonic()
        watcher.wait_for(40)  # more than can be on the way
        tap.check(time.monotonic() - began >= 3, "the silence lasted")
        tap.check(watcher.process.is_alive(), "the connection stood")
        cameras.tell("camera cam-01 off for 2s")
        watcher.process.wait(15)
        tap.check("Connection refused" in probe(cameras.display), "it takes no connection")
        cameras.sim.wait_line("cam-01 answers normally again", 5)
        until(lambda: probe(cameras.display) == "h264,640,360,15/1", 10, "it is there again")


@tap.test
def passwords():
    "A camera with a password shows nothing without it, nor with a wrong one."
    with tempfile.TemporaryDirectory() as folder:
        site = os.path.join(folder, "site")
        shutil.copytree(SITE, site)
        with open(os.path.join(site, "door.secret"), "w", encoding="utf-8") as file:
            file.write("right\n")
        path = os.path.join(site, "devices.d/cameras.conf")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("control=none\n", "control=none\nusername=eye\npassword-file=door.secret\n"))
        with Cameras(site) as cameras:
            tap.check("401" in probe(cameras.display), "without a password")
            tap.check("401" in probe(cameras.display.replace("://", "://eye:wrong@")), "with a wrong one")
            tap.equal(probe(cameras.display.replace("://", "://eye:right@")), "h264,640,360,15/1", "with the right one")


@tap.test
def queries():
    "Two streams whose addresses differ in the query alone are two streams."
    with tempfile.TemporaryDirectory() as folder:
        site = os.path.join(folder, "site")
        shutil.copytree(SITE, site)
        path = os.path.join(site, "devices.d/cameras.conf")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for kind, stream in (("101", "0"), ("102", "1")):
            text = text.replace(f"/Streaming/Channels/{kind}", f"/cam/realmonitor?channel=1&subtype={stream}")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        with Cameras(site, streams=(r"\?channel=1&subtype=0", r"\?channel=1&subtype=1")) as cameras:
            tap.equal(probe(cameras.main), "h264,1280,720,25/1", "main")
            tap.equal(probe(cameras.display), "h264,640,360,15/1", "display")
            tap.check("404" in probe(cameras.main.replace("subtype=0", "subtype=7")), "one that is not there")


@tap.test
def without_plugins():
    "Without GStreamer's plugins the site runs, and says what is missing when somebody looks."
    with tempfile.TemporaryDirectory() as empty:
        environment = {"GST_PLUGIN_SYSTEM_PATH_1_0": empty, "GST_PLUGIN_PATH_1_0": empty, "GST_PLUGIN_PATH": empty,
                       "GST_PLUGIN_SYSTEM_PATH": empty, "GST_REGISTRY_1_0": os.path.join(empty, "registry")}
        with Cameras(environment=environment) as cameras:
            tap.check(re.match(r"\d+: ", probe(cameras.display)), "no stream")
            cameras.sim.wait_line("openh264enc.*gstreamer1.0-plugins-bad", 5)
            cameras.tell("dc-01 arrive")


tap.main()

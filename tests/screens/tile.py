#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A camera's tile shows a living picture in colours, an old one in grey with its age, and none as none."""
import atexit
import functools
import os
import re
import shutil
import socket
import subprocess
import tempfile

import tap
import xvfb
from cameras import BUILD, SOURCE, Cameras, guarded_site
from process import Process, until, whole_stacks

KEEP = os.environ.get("STATIONMASTER_PICTURES")  # a folder to leave the pictures in
SCREEN = {"GSK_RENDERER": "cairo", "GDK_DEBUG": "gl-disable", "GTK_A11Y": "none", "NO_AT_BRIDGE": "1",
          "STATIONMASTER_LOCALES": os.path.join(BUILD, "assets/po")}
SECRET = "p@ss:w/ rd-9371"


@functools.cache
def display():
    """A screen for all of them, which ends with this process."""
    server, number = xvfb.start(Process, "1280x720")
    atexit.register(server.stop)
    return number


def on_screen(name, program, *arguments, language="en", **more):
    return Process(name, [os.path.join(BUILD, program), *arguments],
                   {**SCREEN, **whole_stacks(), "DISPLAY": display(), "LANGUAGE": language, **more})


def read_picture(path):
    """Its pixels, three bytes each."""
    return subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
                          check=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL).stdout


def colours(path):
    """(colourful pixels, all pixels) of a picture."""
    pixels = read_picture(path)
    colourful = sum(max(pixels[i:i + 3]) - min(pixels[i:i + 3]) > 60 for i in range(0, len(pixels), 3))
    return colourful, len(pixels) // 3


class Tile:
    def __init__(self, url, user="", password="", language="en"):
        self.folder = tempfile.mkdtemp(prefix="tile-")
        self.probe = on_screen("tile", "tests/screens/tile-probe", "Bay A", url, user, password, language=language)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.probe.child.stdin.close()
        status = self.probe.wait()
        shutil.rmtree(self.folder)
        if not kind:
            tap.equal(status, 0, f"exit of the tile, which said {self.probe.tail()}")

    def picture(self):
        """(colourful pixels, all pixels) of what it shows now."""
        path = os.path.join(self.folder, "tile.png")

        def is_saved():  # not between two frames
            mark = self.probe.mark()
            self.probe.say(f"picture {path}")
            return self.probe.wait_line(r"^saved (\d)", 20, mark)[1] == "1"
        until(is_saved, 10, "a picture")
        return colours(path)

    def resize(self, width, height):
        mark = self.probe.mark()
        self.probe.say(f"size {width} {height}")
        self.probe.wait_line(f"^size {width} {height}$", 20, mark)
        until(lambda: self.picture()[1] == width * height, 10, f"a tile of {width} x {height}")

    def is_awaited(self):
        mark = self.probe.mark()
        self.probe.say("awaited")
        return self.probe.wait_line(r"^awaited (\d)", 20, mark)[1] == "1"

    def bright_lines(self, width, height):
        """The lines of its last picture that are not as dark as a tile without one, where no words and corners are."""
        pixels = read_picture(os.path.join(self.folder, "tile.png"))
        lines = [pixels[3 * (y * width + width * 3 // 4):3 * (y * width + width * 7 // 8)] for y in range(height)]
        return [y for y, line in enumerate(lines) if abs(sum(line) - sum(lines[height // 8])) > 4 * len(line)]

    def texts(self):
        mark = self.probe.mark()
        self.probe.say("texts")
        return self.probe.wait_line(r"^texts(.*)", 20, mark)[1]

    def says(self, words, timeout=20):
        return until(lambda: re.search(words, self.texts()), timeout, f"the tile says {words!r}", self.probe.tail)

    def keep(self, name):
        if KEEP:
            shutil.copy(os.path.join(self.folder, "tile.png"), os.path.join(KEEP, name))


@tap.test
def what_it_shows():
    "A tile is colourful while its camera lives, grey when it is silent, and colourful again."
    with Cameras() as cameras, Tile(cameras.display) as tile:
        until(lambda: tile.picture()[0] > 2000, 20, "colours")
        tap.equal(tile.picture()[1], 624 * 351, "pixels")
        tile.says(r"\|Bay A\|live · \d+ fps\|$")
        tile.keep("live.png")
        cameras.tell("camera cam-01 silent")
        until(lambda: tile.picture()[0] == 0, 15, "no colours")
        tile.keep("old.png")
        cameras.tell("camera cam-01 normal")
        until(lambda: tile.picture()[0] > 2000, 30, "colours again")
        cameras.tell("camera cam-01 off")
        until(lambda: tile.picture()[0] == 0, 15, "no colours")
        tile.keep("lost.png")


@tap.test
def proportions():
    "An old picture keeps its proportions in a tile of another size, and a screenshot waits for the one that fits."
    with Cameras() as cameras, Tile(cameras.display) as tile:
        until(lambda: not tile.is_awaited(), 20, "the picture of the tile's size")
        cameras.tell("camera cam-01 silent")
        tile.says("picture is")
        tile.resize(624, 702)
        lines = tile.bright_lines(624, 702)
        tile.keep("proportions.png")
        tap.check(173 <= lines[0] <= 178 and 480 <= lines[-1] <= 527, f"a picture from line {lines[0]} to {lines[-1]}")
        tap.check(tile.is_awaited(), "it waits for one that fits")
        cameras.tell("camera cam-01 normal")
        until(lambda: not tile.is_awaited(), 30, "the picture of the tile's size")


@tap.test
def how_old_it_is():
    "The age of an old picture counts on, from the silence of its camera over the loss of it and the attempts after."
    age = r"picture is (\d+) s old"
    with Cameras() as cameras, Tile(cameras.display) as tile:
        tile.says(r"live · \d+ fps")
        cameras.tell("camera cam-01 silent")
        first = int(tile.says(age)[1])
        tap.check(2 <= first <= 4, f"{first} s when it is first told")
        second = int(tile.says(rf"connection lost {age}")[1])
        tap.check(5 <= second <= 12, f"{second} s at the loss")
        cameras.tell("camera cam-01 off")  # of several attempts none brings a picture
        third = int(tile.says(rf"camera cannot be reached {age}", 30)[1])
        tap.check(third > second, f"{third} s, having been {second} s")
        until(lambda: int(tile.says(age)[1]) >= third + 3, 30, "it counts on")


@tap.test
def words():
    "A camera that refuses the password, and one that is not there, are told in English and in Chinese."
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"rtsp://127.0.0.1:{closed.getsockname()[1]}/x"
    with tempfile.TemporaryDirectory() as folder, Cameras(guarded_site(folder, "eye", SECRET)) as cameras:
        for language, refused, unreachable in (("en", "camera refuses the password", "camera cannot be reached"),
                                               ("zh_CN", "摄像机密码错误", "无法连接摄像机")):
            with Tile(cameras.display, "eye", "wrong", language) as tile:
                tile.says(refused)
            with Tile(nobody, language=language) as tile:
                tile.says(unreachable)


@tap.test
def secret():
    "The wall shows a camera that asks for a password in its first picture, and the password stands nowhere."
    with tempfile.TemporaryDirectory() as folder, Cameras(guarded_site(folder, "eye", SECRET)) as cameras:
        with Tile(cameras.display, "eye", SECRET) as tile:
            tile.says(r"live · \d+ fps")  # the camera is awake
        path = os.path.join(folder, "wall.png")
        wall = on_screen("wall", "ui/station-wall", "--config", cameras.config, "--size", "1280x720", "--fixture",
                         os.path.join(SOURCE, "tests/screens/fixtures/quiet.json"), "--screenshot", path,
                         GST_DEBUG="rtspsrc:6,rtsp*:6,2", GST_DEBUG_NO_COLOR="1")
        wall.wait_line("rtspsrc", 20)
        known = [arguments(pid) for pid in family(wall.pid)]
        tap.check(any("station-wall" in text for text in known), f"the wall is among {known}")
        tap.equal(wall.wait(30), 0, "exit of the wall")
        said = "\n".join(wall.text())
        tap.check("127.0.0.1" in said, "GStreamer's messages are heard")
        for where in (said, *known):
            tap.check(SECRET not in where and "p%40ss" not in where, "the password is not told")
        with_camera = read_picture(path)
        cameras.tell("camera cam-01 off")
        again = on_screen("wall", "ui/station-wall", "--config", cameras.config, "--size", "1280x720", "--fixture",
                          os.path.join(SOURCE, "tests/screens/fixtures/quiet.json"), "--screenshot", path)
        tap.equal(again.wait(30), 0, "exit of the wall")
        others = sum(abs(a - b) > 8 for a, b in zip(with_camera, read_picture(path)))
        tap.check(others > 30_000, f"{others} colours are others without the camera")


def family(pid):
    """PID and its descendants."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [pid] + [one for child in file.read().split() for one in family(int(child))]


def arguments(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as line, open(f"/proc/{pid}/environ", "rb") as environment:
        return (line.read() + environment.read()).decode(errors="replace")


tap.main()

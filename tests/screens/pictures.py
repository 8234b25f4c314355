# SPDX-License-Identifier: Apache-2.0
"""Each state of the wall as a picture, in each language and size: whole, nothing cut, nothing complained of.

STATIONMASTER_PICTURES names a folder to leave the pictures in.
"""
import json
import os
import re
import shutil
import struct
import subprocess
import tempfile
import zlib

import tap
import xvfb
from process import SLOW, Process
from station import BUILD, SOURCE

KEEP = os.environ.get("STATIONMASTER_PICTURES")
HOSTILE = os.path.join(SOURCE, "tests/screens/fixtures/hostile.json")
FIXTURES = {"quiet": ["overview"], "alarm": ["alarm", "overview", "pin"], "lost": ["overview"], "forty": ["overview"],
            HOSTILE: ["alarm", "overview", "pin"]}
SIZES = ["1920x1080", "1280x720", "3840x2160", "1366x768", "1080x1920", "1024x768"]
UPRIGHT = "1080x1920"
DOTS = "station-wall: cut: ends in dots: "  # which is how words that have no end may end
PLAIN = "1920x1080"  # the layout is the same at other sizes, but for rounding: few of them in the plain tier
LANGUAGES = ["en", "zh_CN"]


def wanted(size, language, fixture):
    few = language == "zh_CN" if size == "1280x720" else language == "en" and size == UPRIGHT
    return tap.FULL or size == PLAIN or (few and fixture in ("alarm", "forty"))


def write_names(folder):
    """What things of the demo's site are called, without its cameras; gives the folder."""
    site = os.path.join(folder, "site")
    shutil.copytree(os.path.join(SOURCE, "assets/sites/demo"), site)
    os.remove(os.path.join(site, "devices.d/cameras.conf"))
    return site


class Screen:
    """An X server, for all pictures."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.site = write_names(self.folder.name)
        self.server, self.display = xvfb.start(Process, "3840x2160")
        return self

    def __exit__(self, *error):
        self.server.stop()
        self.folder.cleanup()

    def run(self, *arguments):
        environment = {**os.environ, "DISPLAY": self.display, "LC_ALL": "C.UTF-8", "G_DEBUG": "fatal-criticals",
                       "GTK_A11Y": "none", "STATIONMASTER_LOCALES": os.path.join(BUILD, "assets/po"),
                       "STATIONMASTER_ASSETS": os.path.join(SOURCE, "assets")}
        return subprocess.run([os.path.join(BUILD, "ui/station-wall"), *arguments], env=environment, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60 * SLOW)

    def take(self, fixture, page, language, size):
        """Messages of the wall, and the file of its picture."""
        path = os.path.join(KEEP or self.folder.name, f"{os.path.basename(fixture)}-{page}-{language}-{size}.png")
        done = self.run("--config", self.site, "--fixture", fixture, "--language", language, "--page", page, "--size", size, "--screenshot", path)
        tap.equal(done.returncode, 0, f"exit status for {path}: {done.stderr}")
        return done.stderr, path


def read_png(path):
    """(width, height, number of colours met in every tenth row)."""
    with open(path, "rb") as file:
        data = file.read()
    tap.equal(data[:8], b"\x89PNG\r\n\x1a\n", f"signature of {path}")
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    at, packed = 8, b""
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at:at + 8])
        packed += data[at + 8:at + 8 + length] if name == b"IDAT" else b""
        at += 12 + length
    size = {2: 3, 6: 4}[kind] * depth // 8
    rows = zlib.decompress(packed)
    line = width * size + 1
    tap.equal(len(rows), line * height, f"bytes of {path}")
    colours = {rows[row * line + 1 + i:row * line + 1 + i + size] for row in range(0, height, 10)
               for i in range(0, line - 1, size)}
    return width, height, len(colours)


@tap.test
def pictures():
    "Every page of every fixture is drawn whole in both languages and all sizes; no word is cut."
    with Screen() as screen:
        rows = [(fixture, page, language, size) for size in SIZES for language in LANGUAGES
                for fixture, pages in FIXTURES.items() for page in pages if wanted(size, language, fixture)]
        for row in rows:
            messages, path = screen.take(*row)
            said = [line for line in messages.splitlines() if row[0] != HOSTILE or not line.startswith(DOTS)]
            tap.equal(said, [], f"what the wall says about {row}")
            width, height, colours = read_png(path)
            tap.equal(f"{width}x{height}", row[3], f"size of {path}")
            tap.check(colours > 30, f"{path} has {colours} colours: nothing is drawn")
        tap.note(f"{len(rows)} pictures")


def write_five(folder, announced=""):
    """A quiet station with five alarms that are known."""
    stations = []
    for name in ("quiet", "alarm"):
        with open(os.path.join(SOURCE, f"assets/fixtures/{name}.json"), encoding="utf-8") as file:
            stations.append(json.load(file))
    station, smoke = stations[0], next(alarm for alarm in stations[1]["alarms"] if alarm["rule"] == "smoke")
    station["alarms"] = [{**smoke, "id": f"five-{n}", "state": "acknowledged", "acknowledged": True} for n in range(5)]
    station["announcements"] = [{"text": announced, "zone": "bay-a"}] if announced else []
    path = os.path.join(folder, f"five{len(announced)}.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(station, file)
    return path


def count_alarms(path):
    """How many of the red triangles stand one below the other in the list of a picture of 1920×1080."""
    column = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-vf", "crop=2:290:1281:780", "-f", "rawvideo",
                             "-pix_fmt", "rgb24", "-"], check=True, stdout=subprocess.PIPE, timeout=60 * SLOW).stdout
    red = [column[at] > 200 and column[at + 1] < 160 for at in range(0, len(column), 6)]
    return sum(now and not before for before, now in zip([False] + red, red))


@tap.test
def alarms_have_room():
    "Beside a camera two of five alarms are seen at once, and what is announced in three lines pushes nothing out."
    with Screen() as screen:
        with open(os.path.join(screen.site, "devices.d/cameras.conf"), "w", encoding="utf-8") as file:
            file.write("[camera cam-01]\nzone=bay-a\n")  # one that has no picture
        messages, path = screen.take(write_five(screen.folder.name), "overview", "en", PLAIN)
        tap.equal((messages, count_alarms(path)), ("", 2), "what is cut, and the alarms")
        for size in ("1280x720", PLAIN):
            messages, _ = screen.take(write_five(screen.folder.name, "Heavy rain: close the covers. " * 15), "overview", "zh_CN", size)
            said = [line for line in messages.splitlines() if not line.startswith(DOTS)]
            tap.equal(said, [], "what is cut")


@tap.test
def titles_are_bounded():
    "Titles as long as the configuration takes them make nothing wider; they end in dots, and leave alarm and age in their places."
    with Screen() as screen:
        for name in ("chargers", "yard", "zones"):
            path = os.path.join(screen.site, f"devices.d/{name}.conf")
            with open(path, encoding="utf-8") as file:
                text = re.sub(r"^title.*\n", "", file.read(), flags=re.M)
            with open(path, "w", encoding="utf-8") as file:
                file.write(re.sub(r"^(\[(device|zone) .*)$", r"\1\ntitle=" + "宽" * 66, text, flags=re.M))
        for page in ("alarm", "overview"):
            messages, _ = screen.take("alarm", page, "zh_CN", "1280x720")
            said = messages.splitlines()
            tap.check(said and all(line.startswith(DOTS) for line in said), f"what is cut: {messages}")
            tap.check(not any("62.4 °C · 00:11" in line for line in said), f"the banner is cut: {messages}")


@tap.test
def what_is_cut_is_found():
    "A word that has no room is told: the pictures' test can fail."
    with Screen() as screen:
        path = os.path.join(screen.folder.name, "long.json")
        with open(os.path.join(SOURCE, "assets/fixtures/quiet.json"), encoding="utf-8") as file:
            station = json.load(file)
        station["status"]["name"] = "A station that has far too long a name to be shown whole beside what else there is to tell"
        station["status"]["name_zh_CN"] = "一个名字长得无法与其他内容并排完整显示的充电站"
        with open(path, "w", encoding="utf-8") as file:
            json.dump(station, file)
        messages, _ = screen.take(path, "overview", "zh_CN", PLAIN)
        tap.check("station-wall: cut: " in messages, f"nothing is cut: {messages!r}")


@tap.test
def what_nests_is_refused():
    "A fixture of a hundred thousand brackets within one another, seen or hidden, is no JSON; a language that is not there is told."
    with Screen() as screen:
        path = os.path.join(screen.folder.name, "deep.json")
        for beginning in ("", '{"a":', "/*\"*/", "['\"',", '["\\u12",",'):
            with open(path, "w", encoding="utf-8") as file:
                file.write(beginning + "[" * 100_000)
            done = screen.run("--fixture", path, "--screenshot", path + ".png")
            tap.equal((done.returncode, done.stderr), (2, f"station-wall: {path}: no JSON object\n"), f"for {beginning!r}")
        done = screen.run("--fixture", "quiet", "--language", "xx")
        tap.equal((done.returncode, done.stderr), (2, "station-wall: --language is en or zh_CN\n"), "for a language")


tap.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A camera's feed comes back by itself from whatever the camera or the line does, and costs one attempt at a time."""
import os
import re
import shutil
import signal
import socket
import tempfile
import threading

import tap
from process import Process, until

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
BUILD = os.environ.get("STATIONMASTER_BUILD", os.path.join(SOURCE, "build"))
SITE = os.path.join(SOURCE, "assets/sites/demo")


class Cameras:
    """station-sim with cameras at ports that stay, also when it is started again."""

    def __init__(self, site=SITE):
        self.site, self.sim = site, None
        self.folder = tempfile.mkdtemp(prefix="feed-")
        self.config = os.path.join(self.folder, "config")

    def start(self):
        ports = ["--ports", "config"] if self.sim else []
        self.sim = Process("sim", [os.path.join(BUILD, "drivers/station-sim"), "--site",
                                   self.config if self.sim else self.site, "--config-out", self.config, "--control",
                                   "--cars", "none", *ports])
        self.sim.wait_line("^site is ready", 10)
        self.display = self.sim.wait_line(r"^camera cam-01 (rtsp://\S+/102)$", 1)[1]

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.sim.stop()
        shutil.rmtree(self.folder)

    def tell(self, line):
        mark = self.sim.mark()
        self.sim.say(line)
        self.sim.wait_line("^ok", 5, mark)


class Feed:
    def __init__(self, url):
        self.probe = Process("feed", [os.path.join(BUILD, "tests/screens/feed-probe"), url])

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.probe.is_alive():
            tap.equal(self.probe.stop(), 0, "exit of the feed")

    def reaches(self, state, timeout, since=0):
        self.probe.wait_line(f"^state {state}", timeout, since)
        return self.probe.mark()

    def ask(self, what):
        mark = self.probe.mark()
        self.probe.say(what)
        return self.probe.wait_line(rf"^{what} (.*)", 10, mark)[1]


def serve(behaviour):
    """A server on loopback whose every connection BEHAVIOUR handles; (URL, close)."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=50)

    def run():
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=lambda: quietly(behaviour, client), daemon=True).start()
    threading.Thread(target=run, daemon=True).start()
    return f"rtsp://127.0.0.1:{listener.getsockname()[1]}/x", listener.close


def quietly(behaviour, client):
    with client:
        try:
            behaviour(client)
        except OSError:
            pass


@tap.test
def live():
    "A feed is live within seconds, at the size of its tile, also when that changes."
    with Cameras() as cameras, Feed(cameras.display) as feed:
        feed.reaches("live", 15)
        until(lambda: "640x360" in feed.ask("frames"), 10, "frames at the first size")
        feed.probe.say("size 416 234")
        until(lambda: "416x234" in feed.ask("frames"), 10, "frames at the other size")
        until(lambda: 12 <= int(re.search(r"(\d+) fps", feed.ask("frames"))[1]) <= 18, 10, "15 frames a second")
        tap.equal(feed.ask("attempts"), "1", "attempts")


@tap.test
def killed():
    "A camera that is killed is lost at once and live again when it is back."
    with Cameras() as cameras, Feed(cameras.display) as feed:
        mark = feed.reaches("live", 15)
        cameras.sim.kill()
        mark = feed.reaches("lost", 5, mark)
        cameras.start()
        feed.reaches("live", 30, mark)


@tap.test
def hung():
    "A camera that hangs is stale after two seconds, lost after five, and live again when it goes on."
    with Cameras() as cameras, Feed(cameras.display) as feed:
        mark = feed.reaches("live", 15)
        cameras.sim.signal(signal.SIGSTOP)
        try:
            mark = feed.reaches("stale", 8, mark)
            tap.check(2 <= float(feed.ask("age")) <= 6, "the age of the last frame")
            mark = feed.reaches("lost silent", 10, mark)
        finally:
            cameras.sim.signal(signal.SIGCONT)
        feed.reaches("live", 30, mark)


@tap.test
def silent():
    "A camera whose frames stop is stale and, where they come again in time, live without a new attempt."
    with Cameras() as cameras, Feed(cameras.display) as feed:
        mark = feed.reaches("live", 15)
        cameras.tell("camera cam-01 silent for 3s")
        mark = feed.reaches("stale", 8, mark)
        feed.reaches("live", 8, mark)
        tap.equal(feed.ask("attempts"), "1", "attempts")


@tap.test
def refusals():
    "Nobody there, no such stream, a wrong password, no answer and garbage: each has its reason."
    def garbage(client):
        for _ in range(2000):
            client.sendall(os.urandom(4096))

    def mute(client):
        while client.recv(4096):
            pass

    def endless(client):
        client.recv(4096)
        client.sendall(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 4000000000\r\n\r\n" + b"x" * 100_000)
        mute(client)

    def reason(url):
        with Feed(url) as feed:
            found = feed.probe.wait_line(r"^state lost (\S+)", 25)[1]
            tap.check(int(feed.ask("rss")) < 400_000 * 1, f"memory: {feed.ask('rss')} KiB")
            return found
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"rtsp://127.0.0.1:{closed.getsockname()[1]}/x"
    tap.equal(reason(nobody), "unreachable", "nobody there")
    with Cameras() as cameras:
        tap.equal(reason(cameras.display.replace("102", "999")), "not-found", "no such stream")
    for behaviour, wanted in ((mute, ("no-answer",)), (endless, ("no-answer", "unreachable")),
                              (garbage, ("no-answer", "unreachable", "ended", "unsuitable"))):
        url, close = serve(behaviour)
        found = reason(url)
        close()
        tap.check(found in wanted, f"{behaviour.__name__}: {found}")
    tap.check(reason("nonsense") in ("unreachable", "not-found", "no-answer", "unsuitable"), "no URL at all")


@tap.test
def again_and_again():
    "Lost and found many times, a feed has not grown."
    times = tap.full(6, 50)
    with Cameras() as cameras, Feed(cameras.display) as feed:
        first = 0
        mark = feed.reaches("live", 15)
        for i in range(times):
            cameras.tell("camera cam-01 off")
            mark = feed.reaches("lost", 10, mark)
            cameras.tell("camera cam-01 normal")
            mark = feed.reaches("live", 40, mark)
            if i == times // 2:
                first = int(feed.ask("rss"))
        last = int(feed.ask("rss"))
        tap.note(f"{first} KiB half way, {last} KiB at the end")
        tap.check(last < first * 1.15 + 4096, f"RSS: {first} → {last} KiB")


tap.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A camera's feed comes back by itself from whatever the camera or the line does, and costs one attempt at a time."""
import base64
import contextlib
import os
import re
import signal
import socket
import struct
import tempfile
import threading
import time

import tap
from cameras import BUILD, Cameras, guarded_site
from process import SLOW, Process, until, whole_stacks


class Feed:
    def __init__(self, url, *credentials):
        self.probe = Process("feed", [os.path.join(BUILD, "tests/screens/feed-probe"), url, *credentials],
                             whole_stacks())

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.probe.is_alive():
            tap.equal(self.probe.stop(), 0, f"exit of the feed, which said {self.probe.tail()}")

    def reaches(self, state, timeout, since=0):
        self.probe.wait_line(f"^state {state}", timeout, since)
        return self.probe.mark()

    def frames(self):
        return int(self.ask("frames").split()[0])

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


def bits(*pairs):
    """VALUE, LENGTH pairs as bytes, closed by a one and zeros, with emulation prevention (H.264 section 7.3.1)."""
    text = "".join(f"{value:0{length}b}" for value, length in pairs) + "1"
    text += "0" * (-len(text) % 8)
    raw = int(text, 2).to_bytes(len(text) // 8, "big")
    return re.sub(b"\0\0([\0-\3])", b"\0\0\3\\1", raw)


def golomb(value):
    """VALUE as ue(v): so many zeros as it has bits less one, then itself plus one."""
    return value + 1, 2 * (value + 1).bit_length() - 1


def parameter_sets(width, height):
    """SPS and PPS of a baseline stream of that size."""
    size = golomb(width // 16 - 1), golomb(height // 16 - 1)
    sps = bits((66, 8), (0xC0, 8), (52, 8), golomb(0), golomb(0), golomb(2), golomb(1), (0, 1), *size, (1, 1), (1, 1),
               (0, 1), (0, 1))
    pps = bits(golomb(0), golomb(0), (0, 1), (0, 1), golomb(0), golomb(0), golomb(0), (0, 1), (0, 2), golomb(0),
               golomb(0), golomb(0), (0, 1), (0, 1), (0, 1))
    return b"\x67" + sps, b"\x68" + pps


def camera_of(width, height, nals):
    """A camera, spoken by hand, whose stream of that size consists of so many broken key pictures."""
    sets = parameter_sets(width, height)
    sprop = ",".join(base64.b64encode(nal).decode() for nal in sets)
    session = ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
               f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={sprop}\r\na=control:track1\r\n")
    bodies = {"DESCRIBE": "Content-Type: application/sdp\r\n", "OPTIONS": "Public: DESCRIBE, SETUP, PLAY, TEARDOWN\r\n",
              "SETUP": "Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n", "PLAY": "Session: 1\r\n"}

    def packets():
        for number in range(nals):
            for place, nal in enumerate((*sets, b"\x65" + b"\x88" * 40)):
                header = struct.pack(">BBHII", 0x80, 96 | (place == 2) << 7, 3 * number + place, 6000 * number, 7)
                yield struct.pack(">cBH", b"$", 0, len(header + nal)) + header + nal

    def speak(client):
        for request in requests(client):
            method, number = request.split(" ", 1)[0], re.search(r"CSeq: *(\d+)", request)[1]
            body = session if method == "DESCRIBE" else ""
            client.sendall(f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\n{bodies.get(method, '')}"
                           f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
            if method == "PLAY":
                for packet in packets():
                    client.sendall(packet)
                    time.sleep(0.02)  # as a camera does, whose frames come one by one
    return speak


def requests(client):
    """The requests of an RTSP client without bodies, until it goes."""
    buffer = b""
    while more := client.recv(4096):
        buffer += more
        while b"\r\n\r\n" in buffer:
            request, buffer = buffer.split(b"\r\n\r\n", 1)
            yield request.decode(errors="replace")


def reasons(cases):
    """Why the feeds are lost, all at once, and that this took no memory to speak of: {what: (URL, …) or behaviour}."""
    found = {}
    with contextlib.ExitStack() as stack:
        feeds = {}
        for what, case in cases.items():
            if callable(case):
                url, close = serve(case)
                stack.callback(close)
                case = (url,)
            feeds[what] = stack.enter_context(Feed(*case))
        for what, feed in feeds.items():
            found[what] = feed.probe.wait_line(r"^state lost (\S+)", 25)[1]
            tap.check(int(feed.ask("rss")) < 400_000, f"memory of {what}: {feed.ask('rss')} KiB")
    return found


@tap.test
def live():
    "A feed is live within seconds, at the size of its tile, also when that changes."
    with Cameras() as cameras, Feed(cameras.display) as feed:
        feed.reaches("live", 30)
        attempts = feed.ask("attempts")
        until(lambda: "640x360" in feed.ask("frames"), 10, "frames at the first size")
        feed.probe.say("size 416 234")
        until(lambda: "416x234" in feed.ask("frames"), 10, "frames at the other size")
        until(lambda: 12 <= int(re.search(r"(\d+) fps", feed.ask("frames"))[1]) <= 18, 10, "15 frames a second")
        tap.equal(feed.ask("attempts"), attempts, "attempts")


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
        attempts = feed.ask("attempts")
        cameras.tell("camera cam-01 silent for 3s")
        mark = feed.reaches("stale", 8, mark)
        feed.reaches("live", 8, mark)
        tap.equal(feed.ask("attempts"), attempts, "attempts")


@tap.test
def refusals():
    "Nobody there, no such stream, no answer, half of one, garbage, and a picture too large: each has its reason."
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

    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"rtsp://127.0.0.1:{closed.getsockname()[1]}/x"
    with Cameras() as cameras:
        found = reasons({"nobody": (nobody,), "no such stream": (cameras.display.replace("102", "999"),),
                         "mute": mute, "endless": endless, "garbage": garbage, "no URL": ("nonsense",),
                         "agrees to play and sends nothing": camera_of(640, 368, 0),
                         "8192x4608": camera_of(8192, 4608, 100)})
    wanted = {"nobody": "unreachable", "no such stream": "not-found", "mute": "no-answer",
              "endless": "no-answer|unreachable", "garbage": "no-answer|unreachable|ended|unsuitable",
              "no URL": "unreachable|not-found|no-answer|unsuitable", "agrees to play and sends nothing": "no-answer",
              "8192x4608": "unsuitable"}
    for what, reason in found.items():
        tap.check(re.fullmatch(wanted[what], reason), f"{what}: {reason}")


@tap.test
def large():
    "A picture as large as a camera's may be is shown."
    url, close = serve(camera_of(4096, 2304, 100))
    with Feed(url) as feed:
        feed.reaches("live", 15)  # grey: of a picture that is broken the decoder makes what it can
    close()


@tap.test
def password():
    "A camera gives its pictures to the right name and password alone, and is not tried again and again with wrong ones."
    with tempfile.TemporaryDirectory() as folder, Cameras(guarded_site(folder, "eye", "p@ss:w/ rd")) as cameras:
        with Feed(cameras.display, "eye", "p@ss:w/ rd") as feed:
            feed.reaches("live", 15)
        found = reasons({"a wrong password": (cameras.display, "eye", "wrong"),
                         "a wrong name": (cameras.display, "ear", "p@ss:w/ rd"), "none": (cameras.display,)})
        tap.equal(set(found.values()), {"password"}, f"reasons: {found}")


@tap.test
def again_and_again():
    "Lost and found many times, a feed has not grown."
    times = tap.full(5, 50)
    with Cameras() as cameras, Feed(cameras.display) as feed:
        first = 0
        mark = feed.reaches("live", 15)
        for i in range(times):
            enough = feed.frames() + 12  # which make it trust the camera, and try again after a second
            until(lambda least=enough: feed.frames() > least, 20, "some frames")
            cameras.tell("camera cam-01 off")
            mark = feed.reaches("lost", 10, mark)
            cameras.tell("camera cam-01 normal")
            mark = feed.reaches("live", 40, mark)
            if i == times // 2:
                first = int(feed.ask("rss"))
        last = int(feed.ask("rss"))
        tap.note(f"{first} KiB half way, {last} KiB at the end")
        if SLOW == 1:  # sanitizers keep for a while what was given back, and look for leaks themselves
            tap.check(last < first * 1.15 + 4096, f"RSS: {first} → {last} KiB")


tap.main()

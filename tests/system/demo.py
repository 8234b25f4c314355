#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`./station demo`, as a person starts it: it shows what it promises, and leaves nothing behind."""
import os
import re
import signal
import struct
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import tap  # noqa: E402
from process import SLOW, Process, until  # noqa: E402
from station import SOURCE  # noqa: E402

PROGRAM = os.path.join(SOURCE, "tests/lib/demo.py")
SECONDS = 10 * SLOW
SCENARIO = f"""cars none
at 1s dc-03/1 arrive soc 40
at 3s smoke-02 smoke for 60s
# expect by {SECONDS - 2}s: smoke smoke-02 raised
"""


class Demo:
    """A demo that runs; FOLDER holds its temporary files, its pictures and its scenario."""

    def __init__(self, folder, *arguments, more=""):
        self.folder = folder
        self.temporary = os.path.join(folder, "tmp")
        os.makedirs(self.temporary)
        os.chmod(folder, 0o711)          # PostgreSQL's own user passes
        os.chmod(self.temporary, 0o711)
        self.scenario = os.path.join(folder, "short.scenario")
        with open(self.scenario, "w", encoding="utf-8") as file:
            file.write(SCENARIO + more)
        environment = {"TMPDIR": self.temporary, "LC_ALL": "C.UTF-8", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
        self.process = Process("demo", [sys.executable, PROGRAM, "--headless", "--scenario", self.scenario, *arguments],
                               environment)

    def wait_ready(self):
        self.process.wait_line("^Ctrl-C here ends", 90)

    def processes(self):
        """Pids of all that it has started and still runs: whatever stands below it, or names its folder."""
        found, parents = set(), {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                    state, parent = file.read().rpartition(")")[2].split()[:2]
                with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
                    named = self.folder in file.read()
            except OSError:
                continue
            parents[int(pid)] = int(parent)
            if named and state != "Z" and int(pid) != self.process.pid:
                found.add(int(pid))
        below = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in below} - below:
            below |= more
        return sorted(found | below - {self.process.pid})

    def left_nothing(self):
        until(lambda: not self.processes(), 10, "nothing runs that it has started", lambda: [str(self.processes())])
        left = [name for name in os.listdir(self.temporary) if name.startswith("stationmaster")]
        tap.equal(left, [], "folders left behind")


def check_picture(path, size):
    with open(path, "rb") as file:
        content = file.read()
    tap.equal(content[:8], b"\x89PNG\r\n\x1a\n", f"{path}: the first bytes of a PNG")
    tap.equal(struct.unpack(">II", content[16:24]), size, f"{path}: its size")
    tap.check(len(content) > 20_000, f"{path}: {len(content)} bytes show nothing")
    return content


@tap.test
def it_shows_what_it_promises():
    "Two demos at once: one ends by itself, all true, with pictures in two languages; the other at Ctrl-C. Neither leaves a trace."
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        picture = os.path.join(one, "wall.png")
        whole = Demo(one, "--seconds", SECONDS, "--screenshot", picture)
        other = Demo(two)
        whole.wait_ready()
        other.wait_ready()
        tap.check(len(whole.processes()) >= 10, f"its programs: {whole.processes()}")
        other.process.wait_line("the station answers: done", 60)
        other.process.signal(signal.SIGINT)
        status = other.process.wait(120)
        tap.equal(status, 0, "exit at Ctrl-C: " + "\n".join(other.process.tail()))
        other.process.wait_line("headquarters has all [1-9]\\d* events", 5)
        other.left_nothing()
        status = whole.process.wait(SECONDS + 120)
        tap.equal(status, 0, "exit: " + "\n".join(whole.process.tail()))
        for line in ("picture is taken", "the station answers: done", "headquarters has all [1-9]\\d* events",
                     "1 of 1 expected incidents came true"):
            whole.process.wait_line(line, 5)
        tap.check(whole.process.find(r"ALARM +smoke of smoke-02"), "the alarm was told")
        tap.check(check_picture(picture, (1920, 1080)) != check_picture(os.path.join(one, "wall.zh_CN.png"), (1920, 1080)),
                  "the languages differ")
        whole.left_nothing()


@tap.test
def it_says_what_is_missing():
    "What does not come true is said, and is exit 1; a scenario that is not there is exit 2."
    with tempfile.TemporaryDirectory() as folder:
        demo = Demo(folder, "--seconds", 2, more="# expect by 1s: smoke smoke-01 raised\n")
        tap.equal(demo.process.wait(120), 1, "exit: " + "\n".join(demo.process.tail()))
        demo.process.wait_line("^MISSING: smoke of smoke-01 raised", 5)
        demo.left_nothing()
        wrong = Process("demo", [sys.executable, PROGRAM, "--scenario", "no such one"])
        tap.equal(wrong.wait(), 2, "exit")
        tap.check(re.search("no scenario", "\n".join(wrong.text())), "it says so")


tap.main()

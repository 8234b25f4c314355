#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The harness of the system tests and of the demo, tried with fake programs: nothing is left behind, nothing hangs."""
import contextlib
import io
import os
import signal
import subprocess
import sys
import tempfile

LIBRARY = os.path.abspath(os.path.join(os.path.dirname(__file__), "../lib"))
sys.path.insert(0, LIBRARY)
FAKES = tempfile.TemporaryDirectory()
os.environ["STATIONMASTER_BUILD"] = FAKES.name
import demo  # noqa: E402
import headquarters  # noqa: E402
import tap  # noqa: E402
from process import Process, until  # noqa: E402
from station import Refused, Station, is_proven  # noqa: E402

PROGRAMS = {
    "edge/stationd": 'trap "exit 0" TERM; echo "station is ready"; read -r line',
    "drivers/station-sim": 'echo "site is ready"; while read -r line; do case $line in *bad*) echo "error: $line";;'
                           ' *) echo ok;; esac; done',
    "edge/stationctl": 'case "$*" in *refuse*) echo \'{"error":"Refused","reason":"no"}\'; exit 1;;'
                       ' *) echo \'[{"path":"a/b","quality":"good","value":3}]\';; esac',
}


def write_fakes():
    for name, script in PROGRAMS.items():
        path = os.path.join(FAKES.name, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\n{script}\n")
        os.chmod(path, 0o755)


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def fails(function, what):
    try:
        function()
    except tap.Failure as failure:
        return failure
    raise tap.Failure(f"no failure: {what}")


@tap.test
def lines_are_awaited():
    "A line is awaited, with its match; a program that ends without it fails at once and shows what it said."
    process = Process("fake", ["sh", "-c", "echo one; echo two 2; echo three >&2"])
    tap.equal(process.wait_line(r"two (\d)", 5)[1], "2", "match")
    failure = fails(lambda: process.wait_line("four", 60), "a line that never comes")
    tap.check(any("three" in line for line in failure.diagnostics), "the diagnostics hold its last lines")
    tap.equal(process.wait(), 0, "exit status")
    fails(lambda: until(lambda: False, 0.05, "never"), "a condition that never comes")


@tap.test
def a_stubborn_program_is_killed():
    "A program that ignores SIGTERM is killed, and that is a failure."
    process = Process("stubborn", ["sh", "-c", "trap '' TERM; echo up; while :; do read -r line; done"])
    process.wait_line("up", 5)
    fails(lambda: process.stop(timeout=0.1), "a program that does not end")
    tap.check(not process.is_alive(), "it is gone")


@tap.test
def a_station_ends_whole():
    "All programs of a station end with its block and its folder is gone, also when the block fails."
    with Station() as station:
        pids = [station.bus.process.pid, station.sim.pid, station.stationd.pid]
        tap.check(all(map(is_running, pids)), "all run")
        tap.equal(station.value("a/b"), 3, "value of a point")
        station.tell("smoke-01 smoke")
        fails(lambda: station.tell("bad line"), "a line that the simulator refuses")
        try:
            station.ctl("refuse")
            raise tap.Failure("no refusal")
        except Refused as refused:
            tap.equal((refused.status, refused.error, refused.reason), (1, "Refused", "no"), "refusal")
        folder = station.folder
    tap.check(not any(map(is_running, pids)), "none runs")
    tap.check(not os.path.exists(folder), "the folder is gone")

    def fail_inside():
        nonlocal pids
        with Station() as station:
            pids = [station.bus.process.pid, station.sim.pid, station.stationd.pid]
            raise tap.Failure("inside")
    failure = fails(fail_inside, "a failure inside the block")
    tap.check(any("station is ready" in line for line in failure.diagnostics), "the logs are its diagnostics")
    tap.check(not any(map(is_running, pids)), "none runs after a failure")


@tap.test
def a_killed_test_leaves_nothing():
    "kill -9 of the test itself leaves no program behind."
    script = (f"import sys; sys.path.insert(0, {LIBRARY!r}); from station import Station\n"
              "with Station() as s:\n  print(s.folder, s.bus.process.pid, s.sim.pid, s.stationd.pid, flush=True)\n"
              "  sys.stdin.read()\n")
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as child:
        folder, *pids = child.stdout.readline().split()
        tap.check(all(map(is_running, pids)), "all run")
        child.send_signal(signal.SIGKILL)
        child.wait()
    until(lambda: not any(map(is_running, pids)), 5, "all have ended")
    subprocess.run(["rm", "-rf", folder], check=True)


@tap.test
def a_killed_bus_comes_back():
    "The bus can be killed and started again at its address."
    with Station() as station:
        station.bus.kill()
        station.bus.start()
        tap.check(station.bus.process.is_alive(), "it runs again")


def alarm(rule="hot", subject="dc-03/1", steps=()):
    ladder = [{"connector": connector, "rung": rung, "result": result} for connector, rung, result in steps]
    return {"id": rule + subject, "rule": rule, "subject": subject, "raised_at": "2026-11-22T14:21:44.318+08:00",
            "ladder": ladder, "latency_ms": {"command": 1.5, "proof": None}}


@tap.test
def the_demo_judges_its_incidents():
    "The demo ends with exit 0 only if all that was expected within its time has come true."
    stopped = alarm(steps=[("dc-03/1", "soft", "failed"), ("dc-03/1", "feeder", "proven")])
    half = alarm(steps=[("dc-03/1", "soft", "proven"), ("dc-03/2", "soft", "failed")])
    tap.equal((is_proven(stopped), is_proven(half), is_proven(alarm())), (True, False, False), "proven ladders")
    cases = [
        ("hot dc-03/1 proven", [stopped], 0), ("hot dc-03/1 proven feeder", [stopped], 0),
        ("hot dc-03/1 proven soft", [stopped], 1), ("hot dc-03/1 proven", [half], 1),
        ("hot dc-03/1 proven", [], 1), ("hot dc-03/1 raised", [half], 0),
        ("hot dc-03/2 raised", [half], 1), ("cold dc-03/1 raised", [half], 1),
    ]
    with tempfile.NamedTemporaryFile("w", suffix=".scenario") as file:
        for line, alarms, wanted in cases:
            file.seek(0)
            file.truncate()
            file.write(f"at 5s dc-03/1 overheat\n# expect by 30s: {line}\n")
            file.flush()
            story = demo.Story(file.name)
            with contextlib.redirect_stdout(io.StringIO()):
                demo.table(alarms)
                tap.equal(demo.verdict(story, alarms, 31), wanted, f"exit status of {line!r}")
                tap.equal(demo.verdict(story, alarms, 29), 0, f"exit status of {line!r} before its time")


@tap.test
def every_difference_is_found():
    "What headquarters lacks, has more, or has otherwise than the station is found, each by its number."
    row = ("7.1", "alarm.raised", "dc-03/1", "2026-11-22T14:21:44.318+08:00", {"id": "a", "value": 61.5}, "ab")
    here = {(7, seq): row for seq in (1, 2, 3)}
    tap.equal(headquarters.compare_rows(here, dict(here)), [], "the same")
    changed = (*row[:4], {"id": "a", "value": 61}, "cd")
    found = headquarters.compare_rows(here, {(7, 1): row, (7, 2): changed, (8, 1): row})
    tap.equal(found, ["event 7.2 differs in data, hash", "event 7.3 is missing at headquarters",
                      "event 8.1 is at headquarters and not in the station"], "differences")


write_fakes()
tap.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`./station run`, as a person starts it on a real site's configuration: guard, line and wall, and nothing left behind."""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import tap  # noqa: E402
from broker import Mosquitto  # noqa: E402
from process import Process, until  # noqa: E402
from station import SOURCE, Station  # noqa: E402


def below(pid):
    """{pid: name} of all that was started by PID and runs."""
    parents, names = {}, {}
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
                head, _, tail = file.read().rpartition(")")
        except OSError:
            continue
        if tail.split()[0] != "Z":
            parents[int(process)], names[int(process)] = int(tail.split()[1]), head.partition("(")[2]
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return {child: names[child] for child in found - {pid}}


def configure_hq(site, broker):
    with open(os.path.join(site.config, "station.conf"), "a", encoding="utf-8") as file:
        file.write(f"\n[hq]\nbroker={broker.url}\n")


class Run:
    """`./station run` on the configuration of SITE's simulator."""

    def __init__(self, site, *options):
        self.process = Process("run", [os.path.join(SOURCE, "station"), "run", "--config", site.config, *options],
                               {"RUNTIME_DIRECTORY": site.runtime, "LC_ALL": "C.UTF-8", "DISPLAY": "", "WAYLAND_DISPLAY": ""})
        self.process.wait_line("^DBUS_SESSION_BUS_ADDRESS=unix:", 20)
        self.process.wait_line("^station is ready", 20)

    def find(self, name):
        """The pid of the program NAME, or None."""
        return next((pid for pid, found in below(self.process.pid).items() if found == name), None)

    def wait(self, name, other_than=None):
        until(lambda: self.find(name) not in (None, other_than), 20, f"{name} runs", self.process.tail)
        return self.find(name)

    def end(self, number, status):
        """Ends it, and whatever it has started must end."""
        started = list(below(self.process.pid))
        self.process.signal(number)
        tap.equal(self.process.wait(30), status, "exit status: " + "\n".join(self.process.tail()))
        until(lambda: not any(os.path.exists(f"/proc/{pid}/exe") for pid in started), 20, "nothing runs that it started",
              lambda: [str(below(self.process.pid)), *self.process.tail()])


@tap.test
def all_of_it():
    "Guard, line and wall run; the line comes back when it is killed; Ctrl-C ends all."
    with Mosquitto() as broker, Station(scenario="cars none", start=False) as site:
        events = broker.listen("stationmaster/v1/+/event")
        configure_hq(site, broker)
        run = Run(site, "--headless")
        events.wait_line("station.started", 30)
        run.wait("station-wall")
        run.wait("Xvfb")
        line = run.wait("station-sync")
        mark = run.process.mark()
        os.kill(line, signal.SIGKILL)
        run.wait("station-sync", other_than=line)
        run.process.wait_line("connected", 20, mark)
        tap.check(run.process.is_alive(), "it runs on")
        run.end(signal.SIGINT, 130)


@tap.test
def without_a_wall():
    "Without a wall there is no screen; SIGTERM ends all, and so does the end of the launcher itself."
    with Mosquitto() as broker, Station(scenario="cars none", start=False) as site:
        configure_hq(site, broker)
        run = Run(site, "--no-wall")
        run.wait("station-sync")
        tap.equal(run.find("station-wall") or run.find("Xvfb"), None, "the wall and its screen")
        run.end(signal.SIGTERM, 143)
        run = Run(site, "--no-wall")
        run.wait("station-sync")
        run.end(signal.SIGKILL, -9)


@tap.test
def faulty():
    "A configuration that stationd refuses ends all of it, with the reason and stationd's own exit status."
    with Station(scenario="cars none", start=False) as site:
        with open(os.path.join(site.config, "station.conf"), "a", encoding="utf-8") as file:
            file.write("\n[nonsense]\nkey=1\n")
        for _ in range(6):
            process = Process("run", [os.path.join(SOURCE, "station"), "run", "--config", site.config, "--headless"],
                              {"RUNTIME_DIRECTORY": site.runtime, "DISPLAY": "", "WAYLAND_DISPLAY": ""})
            process.wait_line("nonsense", 20)
            tap.equal(process.wait(30), 2, "exit status: " + "\n".join(process.tail()))


signal.signal(signal.SIGINT, signal.default_int_handler)  # what was ignored at its start, a shell cannot trap
tap.main()

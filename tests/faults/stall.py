# SPDX-License-Identifier: Apache-2.0
"""A bus thread that hangs, as in a kernel driver that never returns: stationd gives it up and goes on with another.

tests/lib/stall.c, preloaded into stationd, is what hangs.
"""
import contextlib
import errno
import glob
import os
import re
import shutil
import signal
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import tap  # noqa: E402
from station import BUILD, Station  # noqa: E402

BUS, CONNECTOR = "line-08", "dc-08/1"
WRITE_COIL = 5


class Stalls:
    """A station whose bus threads can be made to hang; whatever still hangs is let go before the station ends."""

    def __init__(self, station, folder):
        self.station, self.folder = station, folder
        with open(os.path.join(station.config, "devices.d/chargers.conf"), encoding="utf-8") as file:
            self.port = re.search(rf"\[bus {BUS}\]\s+address=tcp://127\.0\.0\.1:(\d+)", file.read())[1]

    def prepare(self, function=None):
        """The next request to the bus, or the next of that function, hangs."""
        os.mkfifo(os.path.join(self.folder, f"{self.port}-{function}" if function else self.port))

    def hung(self):
        """FIFO by thread of those that hang."""
        return {int(path.rsplit(".", 1)[1]): path for path in glob.glob(os.path.join(self.folder, f"{self.port}.*"))}

    def wait_hung(self, count=1):
        return self.station.until(lambda: len(self.hung()) == count and self.hung(), 30, f"{count} threads hang")

    def let_go(self, thread):
        def open_fifo():
            try:
                return os.open(self.hung()[thread], os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO:  # it has not come so far as to read
                    raise
                return None
        os.close(self.station.until(open_fifo, 10, "the thread hangs where it was told to"))
        os.unlink(self.hung()[thread])
        self.station.until(lambda: thread not in self.threads(), 10, f"thread {thread}, let go, ends")

    def threads(self):
        """The bus threads of stationd."""
        found = set()
        for path in glob.glob(f"/proc/{stationd_pid(self.station)}/task/*/comm"):
            with contextlib.suppress(OSError), open(path, encoding="utf-8") as file:
                if file.read().strip() == "modbus":
                    found.add(int(path.split("/")[-2]))
        return found

    def alarm(self):
        return next(iter(self.station.alarms("thread-stalled", f"bus/{BUS}", every=True)), None)


def stationd_pid(station):
    return station.stationd.pid  # setpriv has become it


@contextlib.contextmanager
def stalling_station():
    folder = tempfile.mkdtemp(prefix="stationmaster-stall-")
    # a sanitizer need not be the first library: this one does nothing before main()
    sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    environment = {"LD_PRELOAD": os.path.join(BUILD, "tests/lib/libstall.so"), "STALL_FOLDER": folder,
                   "ASAN_OPTIONS": sanitizer.lstrip(":")}
    try:
        with Station(environment=environment) as station:
            station.wait_value(f"{CONNECTOR}/status", "charging", 30)
            yield station, Stalls(station, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_fresh(station, since_ms):
    """Whether the connector was read less than SINCE_MS ago."""
    point = station.point(f"{CONNECTOR}/status")
    return point["quality"] == "good" and point["age_ms"] < since_ms


@tap.test
def replaced():
    "A bus thread that hangs is an alarm and is replaced, again and again, until one serves the bus; then the alarm is over."
    with stalling_station() as (station, stalls):
        before = stalls.threads()
        stalls.prepare()
        first = next(iter(stalls.wait_hung()))
        tap.check(first in before, "a bus thread hangs")
        stalls.prepare()
        stalls.wait_hung(2)
        tap.check("no sign of life" in stalls.alarm()["value"], stalls.alarm()["value"])
        tap.check(stalls.alarm()["active"], "the alarm stands while the second thread hangs as well")
        station.wait_alarm("thread-stalled", f"bus/{BUS}", active=False, timeout=30)
        station.until(lambda: is_fresh(station, 2000), 10, "the bus is polled again")
        tap.equal(len(stalls.threads()), len(before) + 2, "bus threads while two hang")
        told = [event["type"] for event in station.events() if event["data"].get("id") == stalls.alarm()["id"]]
        tap.equal(told, ["alarm.raised", "alarm.cleared"], "what was recorded of the alarm")

        station.tell(f"{CONNECTOR} overheat")
        station.wait_alarm("battery-over-temperature", CONNECTOR, proven=True, timeout=30)
        for thread in stalls.hung():
            stalls.let_go(thread)
        tap.equal(len(stalls.threads()), len(before), "bus threads when those have ended")
        station.until(lambda: is_fresh(station, 2000), 10, "the bus is polled as before")
        tap.check(not stalls.alarm()["active"], "what ends late raises nothing")


@tap.test
def stop_under_way():
    "A stop that hangs with its bus thread is given again and proven, and a reload meanwhile takes nothing from under that thread."
    with stalling_station() as (station, stalls):
        stalls.prepare(WRITE_COIL)
        station.tell(f"{CONNECTOR} overheat")
        stalls.wait_hung()
        alarm = station.wait_alarm("battery-over-temperature", CONNECTOR, proven=True, timeout=30)
        tap.check(any(step["result"] == "failed" for step in alarm["ladder"]), f"a rung failed: {alarm['ladder']}")
        station.wait_alarm("thread-stalled", f"bus/{BUS}", active=False, timeout=30)
        station.ctl("reload")
        for thread in stalls.hung():
            stalls.let_go(thread)
        station.until(lambda: is_fresh(station, 2000), 10, "the bus is polled by the configuration anew")


DRILL = """[rule drill]
applies-to=connector/*
when=gun_temp >= 60
clear=gun_temp < 50
severity=high
do=stop
title=Drill
"""


def begin_hold(station):
    """The alarm, once its stop is proven."""
    station.tell(f"{CONNECTOR} set gun_temp 65")
    return station.until(lambda: next((alarm for alarm in station.alarms("drill", CONNECTOR)
                                       if alarm["active"] and any(s["result"] == "proven" for s in alarm["ladder"])), None),
                         30, "a drill, stopped and proven")


def end_hold(station, alarm):
    station.tell(f"{CONNECTOR} set gun_temp 30")
    station.wait_alarm("drill", CONNECTOR, active=False)
    station.ctl("ack", alarm["id"], staff="wang")


@tap.test
def late_enable():
    "An enable that hangs with its bus thread does not reach the charger when that thread goes on amidst the next hold."
    with stalling_station() as (station, stalls):
        station.add_staff("wang")
        os.makedirs(os.path.join(station.config, "rules.d"), exist_ok=True)
        with open(os.path.join(station.config, "rules.d/drill.rules"), "w", encoding="utf-8") as file:
            file.write(DRILL)
        station.ctl("reload")
        alarm = begin_hold(station)
        stalls.prepare(WRITE_COIL)
        mark = station.sim.mark()
        end_hold(station, alarm)
        late = next(iter(stalls.wait_hung()))
        station.sim.wait_line(f"{CONNECTOR} enable received", 40, mark)  # by the thread in its place
        begin_hold(station)
        mark = station.sim.mark()
        stalls.let_go(late)
        station.until(lambda: is_fresh(station, 500), 10, "the bus is polled")
        tap.equal(station.sim.find(f"{CONNECTOR} enable received", mark), None, "what came late")


@tap.test
def held_by_the_next():
    "A bus thread in another's place stops and disables anew what was stopped and disabled."
    with stalling_station() as (station, stalls):
        station.tell(f"{CONNECTOR} ignores stop")
        station.tell(f"{CONNECTOR} overheat")
        station.wait_alarm("battery-over-temperature", CONNECTOR, proven=True, timeout=30)
        stalls.prepare()
        mark = station.sim.mark()
        hung = next(iter(stalls.wait_hung()))
        for verb in ("stop", "disable"):
            station.sim.wait_line(f"{CONNECTOR} {verb} received", 40, mark)
        stalls.let_go(hung)


@tap.test
def ends_all_the_same():
    "stationd ends in time while a bus thread hangs."
    with stalling_station() as (station, stalls):
        stalls.prepare()
        stalls.wait_hung()
        tap.equal(station.stationd.stop(), 0, "exit status")


@tap.test
def guards_until_it_ends():
    "Asked to end while the disk does not answer, stationd guards on for as long as it waits for the books, and then ends."
    with stalling_station() as (station, stalls):
        os.mkfifo(os.path.join(stalls.folder, "disk"))
        station.ctl_raw("restore", os.path.join(stalls.folder, "nothing"))  # refused, which is recorded
        station.until(lambda: glob.glob(os.path.join(stalls.folder, "disk.*")), 10, "the disk hangs")
        station.stationd.signal(signal.SIGTERM)
        station.tell("smoke-01 smoke")
        station.stationd.wait_line("smoke on smoke-01: stop proven", 7)
        tap.equal(station.stationd.wait(20), 0, "exit status")


tap.main()

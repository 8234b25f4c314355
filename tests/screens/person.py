# SPDX-License-Identifier: Apache-2.0
"""The path of a person at the wall, by the accessibility tree, before a whole station."""
import json
import os
import signal
import sqlite3
import subprocess

import tap
import xvfb
from broker import Mosquitto
from process import SLOW
from station import BUILD, SOURCE, Station

TOUCH = os.path.join(SOURCE, "tests/lib/touch.py")
ADVICE, ACKNOWLEDGE = "Leave the area.", "Acknowledge (name and PIN)"


class Wall:
    """A screen, and the wall on it."""

    def __init__(self, station, language="en"):
        self.station = station
        _, self.display = xvfb.start(station.run, "1280x720")
        # The station's private bus starts no services: the accessibility bus is started here.
        station.run("a11y", ["/usr/libexec/at-spi-bus-launcher", "--launch-immediately"],
                    environment={"DISPLAY": self.display})
        station.until(lambda: "org.a11y.Bus" in self.names(), 10, "the accessibility bus is there")
        self.process = station.run("station-wall", [os.path.join(BUILD, "ui/station-wall"), "--bus", "session",
                                                    "--language", language, "--size", "1280x720"],
                                   environment={"DISPLAY": self.display,
                                                "STATIONMASTER_LOCALES": os.path.join(BUILD, "assets/po")})

    def ask(self, *command, **options):
        environment = {**os.environ, **self.station.environment, "DISPLAY": self.display}
        return subprocess.run(command, env=environment, check=False, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60 * SLOW, **options)

    def names(self):
        return self.ask("gdbus", "call", "--session", "-d", "org.freedesktop.DBus", "-o", "/org/freedesktop/DBus",
                        "-m", "org.freedesktop.DBus.ListNames").stdout

    def texts(self):
        return self.ask("/usr/bin/python3", TOUCH, "texts").stdout

    def shows(self, text):
        return text in self.texts()

    def wait(self, text, timeout=20):
        self.station.until(lambda: self.shows(text), timeout, f"the wall shows {text!r}")

    def wait_gone(self, text, timeout=20):
        def gone():
            texts = self.texts()
            return "WallWindow" in texts and text not in texts
        self.station.until(gone, timeout, f"the wall no longer shows {text!r}")

    def press(self, *names):
        done = self.ask("/usr/bin/python3", TOUCH, "click", *names)
        tap.check(done.returncode == 0, done.stderr)


class Headquarters:
    """A foreign listener on a real broker, and station-sync that serves it."""

    def __init__(self, broker, station):
        with open(os.path.join(station.config, "station.conf"), "a", encoding="utf-8") as file:
            file.write(f"\n[hq]\nbroker={broker.url}\n")
        self.listener = broker.listen("stationmaster/v1/+/event")
        station.start()
        station.run("station-sync", [os.path.join(BUILD, "sync/station-sync"), "--config", station.config,
                                     "--bus", "session"])

    def wait_event(self, kind):
        """The `data` of the first event of that type, as it came from the broker."""
        line = self.listener.wait_line(rf'^\S+ \d (.*"{kind}".*)$', 20)
        return json.loads(line[1])["data"]


def audit(station):
    books = sqlite3.connect(f"file:{station.data}/station.db?mode=ro", uri=True)
    rows = books.execute("select who, verb, result from audit order by id").fetchall()
    books.close()
    return rows


@tap.test
def an_alarm_is_acknowledged_at_the_wall():
    "An alarm takes the screen; a wrong PIN is told; the right one acknowledges it; D-Bus, audit and HQ know by whom."
    with Mosquitto() as broker, Station(start=False) as station:
        hq = Headquarters(broker, station)
        station.add_staff("wang", pin="24681357")
        wall = Wall(station)
        wall.wait("West Gate Station")
        tap.check(not wall.shows(ADVICE), "the alarm's page is shown without an alarm")
        station.tell("smoke-01 smoke")
        alarm = station.wait_alarm("smoke", "smoke-01")
        wall.wait(ADVICE)
        wall.press(ACKNOWLEDGE)
        wall.wait("wang")
        wall.press("1", "1", "1", "1", "1", "1", "Confirm")
        wall.wait("Wrong PIN.")
        tap.check(not station.wait_alarm("smoke", "smoke-01")["acknowledged"], "acknowledged by a wrong PIN")
        wall.press(*"24681357", "Confirm")
        known = station.wait_alarm("smoke", "smoke-01", acknowledged=True)
        tap.equal((known["id"], known["acknowledged_by"]), (alarm["id"], "staff:wang"), "D-Bus knows")
        wall.wait_gone(ADVICE)
        told = hq.wait_event("alarm.acknowledged")
        tap.equal((told["id"], told["acknowledged_by"]), (alarm["id"], "staff:wang"), "headquarters knows")
        rows = [row for row in audit(station) if row[1] == "acknowledge"]
        tap.equal(rows, [("staff:wang", "acknowledge", "refused"), ("staff:wang", "acknowledge", "done")], "the audit")


@tap.test
def a_name_is_locked():
    "After five wrong PINs the wall says in its own language that the name is locked, and the alarm stays."
    with Station() as station:
        station.add_staff("wang", pin="24681357")
        wall = Wall(station, "zh_CN")
        station.tell("smoke-01 smoke")
        station.wait_alarm("smoke", "smoke-01")
        wall.wait("确认报警(姓名和密码)")
        wall.press("确认报警(姓名和密码)")
        wall.wait("wang")
        for _ in range(5):
            wall.press("1", "1", "1", "1", "确定")
            wall.wait("密码错误。")
        wall.press(*"24681357", "确定")
        wall.wait("密码多次错误,锁定五分钟。")
        tap.check(not station.wait_alarm("smoke", "smoke-01")["acknowledged"], "acknowledged while locked")


@tap.test
def two_alarms_call():
    "A second alarm is brought at once, told after the first; a pad names its alarm, and goes, saying why, when another person was faster."
    page, people, more = "请立即撤离", "请选择姓名", "另有 1 个报警"
    with Station() as station:
        station.add_staff("li")
        station.add_staff("wang", pin="24681357")
        wall = Wall(station, "zh_CN")
        station.tell("smoke-01 smoke")
        first = station.wait_alarm("smoke", "smoke-01")
        wall.wait(page)
        wall.press("总览")
        wall.wait_gone(page, 15)
        tap.check(not wall.shows(more), "others are counted where there are none")
        station.tell("smoke-02 smoke")
        second = station.wait_alarm("smoke", "smoke-02")
        wall.wait(page, 15)
        tap.check(wall.shows(more), "the page does not count the second alarm")
        wall.press("总览")
        wall.wait_gone(page, 15)
        banner = [text for text in wall.texts().splitlines() if text.endswith(" · " + more)]
        tap.equal(len(banner), 1, "banners that count the second alarm")
        wall.press(banner[0])
        wall.wait(page, 15)
        wall.press("确认报警(姓名和密码)")
        wall.wait("确认报警\n烟雾报警\nsmoke-01 · ", 15)
        wall.press("wang", *"2468")
        station.ctl("ack", first["id"], staff="li")
        wall.wait_gone(people, 15)
        tap.check(wall.shows("烟雾报警 · smoke-01 · bay-a:已由 li 确认"), "nobody says why the pad has gone")
        tap.check(not wall.shows(more), "the second alarm is counted beside itself")
        wall.press("确认报警(姓名和密码)")
        wall.wait("确认报警\n烟雾报警\nsmoke-02 · ", 15)
        wall.press("wang", *"24681357", "确定")
        known = station.wait_alarm("smoke", "smoke-02", acknowledged=True)
        tap.equal((known["id"], known["acknowledged_by"]), (second["id"], "staff:wang"), "the second alarm")
        wall.wait_gone(page, 15)


@tap.test
def a_station_that_is_gone_is_told():
    "When stationd is killed or hangs the wall says since when there is no data, and comes back by itself."
    with Station() as station:
        wall = Wall(station)
        wall.wait("On guard")
        wall.wait_gone("No data")
        station.kill()
        wall.wait("No data since", 3)
        station.start()
        wall.wait_gone("No data since", 10)
        station.stationd.signal(signal.SIGSTOP)
        wall.wait("No data since", 3.5)
        station.stationd.signal(signal.SIGCONT)
        wall.wait_gone("No data since", 10)


tap.main()

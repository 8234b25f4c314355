# SPDX-License-Identifier: Apache-2.0
"""The path of a person at the wall, by the accessibility tree: an alarm, a wrong PIN, the right one, acknowledged."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import tap  # noqa: E402
from station import BUILD, Station  # noqa: E402

WALK = os.path.join(os.path.dirname(__file__), "../lib/touch.py")


def touch(station, display, *arguments):
    environment = {**os.environ, **station.environment, "DISPLAY": display}
    return subprocess.run(["/usr/bin/python3", WALK, *arguments], env=environment, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)


def wait_text(station, display, text, timeout=20):
    station.until(lambda: text in touch(station, display, "texts").stdout, timeout, f"the wall shows {text!r}")


def press(station, display, *names):
    done = touch(station, display, "click", *names)
    tap.check(done.returncode == 0, done.stderr)


def names(station):
    return subprocess.run(["gdbus", "call", "--session", "-d", "org.freedesktop.DBus", "-o", "/org/freedesktop/DBus", "-m",
                           "org.freedesktop.DBus.ListNames"], env={**os.environ, **station.environment}, check=False,
                          text=True, stdout=subprocess.PIPE).stdout


def start_wall(station):
    """A screen, and the wall on it; gives the display."""
    screen = station.run("Xvfb", ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x720x24", "-nolisten", "tcp"])
    display = ":" + screen.wait_line(r"^(\d+)$", 20)[1]
    # The station's private bus starts no services: the accessibility bus is started here.
    station.run("a11y", ["/usr/libexec/at-spi-bus-launcher", "--launch-immediately"], environment={"DISPLAY": display})
    station.until(lambda: "org.a11y.Bus" in names(station), 10, "the accessibility bus is there")
    station.run("station-wall", [os.path.join(BUILD, "ui/station-wall"), "--bus", "session", "--language", "en",
                                 "--size", "1280x720"], environment={"DISPLAY": display})
    return display


@tap.test
def an_alarm_is_acknowledged_at_the_wall():
    "An alarm takes the screen; a wrong PIN is told; the right one acknowledges it, and the station knows by whom."
    with Station() as station:
        station.add_staff("wang", pin="24681357")
        display = start_wall(station)
        wait_text(station, display, "West Gate Station")
        station.tell("smoke-01 smoke")
        alarm = station.wait_alarm("smoke", "smoke-01")
        wait_text(station, display, "Leave the area.")
        press(station, display, "Acknowledge (name and PIN)")
        wait_text(station, display, "wang")
        press(station, display, "1", "1", "1", "1", "1", "1", "✓")
        wait_text(station, display, "Wrong PIN.")
        tap.check(not station.wait_alarm("smoke", "smoke-01")["acknowledged"], "acknowledged by a wrong PIN")
        press(station, display, *"24681357", "✓")
        known = station.wait_alarm("smoke", "smoke-01", acknowledged=True)
        tap.check(known["id"] == alarm["id"] and known["acknowledged_by"] == "staff:wang", f"{known}")
        station.until(lambda: "Leave the area." not in touch(station, display, "texts").stdout, 10, "the page goes")


@tap.test
def a_station_that_is_gone_is_told():
    "When stationd is killed the wall says since when there is no data, and comes back by itself."
    with Station() as station:
        display = start_wall(station)
        wait_text(station, display, "On guard")
        station.kill()
        wait_text(station, display, "No data since", 3)
        station.start()
        station.until(lambda: "No data since" not in touch(station, display, "texts").stdout, 10, "the wall is back")


tap.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`./station demo`: a simulated site over the real protocols, guarded by stationd, shown on the wall, told as it
happens and known at headquarters.

A scenario may say what must come of it in comment lines, which the simulator passes over:

    # expect by 30s: battery-over-temperature dc-03/1 proven soft
    # expect by 50s: stop-unproven dc-05/1 raised
    # acknowledge: smoke smoke-01 after 5s

`proven [RUNG]`: every connector that the alarm condemned has a proven rung (that one); `raised`: the alarm was
raised, as one that calls a person. Exit 0: all that was expected within the demo's time has come true, headquarters has every event as the station
wrote it, its announcement was taken, and nothing in the pictures is cut.
"""
import argparse
import contextlib
import datetime
import os
import re
import shutil
import signal
import sys
import tempfile
import time

import tap
from headquarters import Headquarters
from screen import Wall
from station import BUILD, SOURCE, Refused, Station, is_proven

SITE = os.path.join(SOURCE, "assets/sites/demo")
OPERATOR = "operator"
EXPECT = re.compile(r"#\s*expect by (\d+)s:\s*(\S+)\s+(\S+)\s+(proven|raised)(?:\s+(\w+))?\s*$")
ACKNOWLEDGE = re.compile(r"#\s*acknowledge:\s*(\S+)\s+(\S+)\s+after (\d+)s\s*$")
PICTURE_AFTER_S = 4  # of an alarm that calls: by then its stop is proven, or the next rung is tried
QUIET = "Message: |: collecting|cut: |: connected"  # of what programs say, not told
ANNOUNCEMENT = "Visitors: please park in bay B · 来访车辆请停 B 区"
SHOWN_DIFFERENCES = 10


def arguments():
    parser = argparse.ArgumentParser(prog="./station demo", allow_abbrev=False)
    parser.add_argument("--headless", action="store_true", help="the wall on a screen that nobody sees (as without a display)")
    parser.add_argument("--seconds", type=float, help="end by itself after that time (default: at Ctrl-C)")
    parser.add_argument("--scenario", default="demo", help="a name in assets/sites/demo/scenarios, or a file")
    parser.add_argument("--screenshot", metavar="FILE.png", help="a picture of the wall during an alarm, and FILE.zh_CN.png of it in Chinese")
    parser.add_argument("--data", metavar="DIR", help="keep everything in this folder")
    options = parser.parse_args()
    if "/" not in options.scenario:
        options.scenario = os.path.join(SITE, "scenarios", options.scenario + ".scenario")
    if not os.path.exists(options.scenario):
        parser.error(f"there is no scenario {options.scenario}")
    if options.screenshot:
        options.screenshot = os.path.abspath(options.screenshot)
        if not os.path.isdir(os.path.dirname(options.screenshot)):
            parser.error(f"there is no folder for {options.screenshot}")
    return options


class Story:
    """What has been told, and what is still to come true."""

    def __init__(self, scenario):
        self.began = time.monotonic()
        self.told = set()
        with open(scenario, encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.expected = [match.groups() for match in map(EXPECT.match, lines) if match]
        self.to_acknowledge = [match.groups() for match in map(ACKNOWLEDGE.match, lines) if match]

    def tell(self, who, text):
        print(f"{time.monotonic() - self.began:7.1f}s  {who:8} {text}", flush=True)

    def tell_once(self, key, who, text):
        if key not in self.told:
            self.told.add(key)
            self.tell(who, text)

    def on_line(self, process, stream, text):
        """A line of a program, as it comes: the site's own events, and whatever a program complains of."""
        if process.name == "sim" and stream == 1:
            event = re.match(r"[\d.]+s (.*)", text)
            if event:
                self.tell("site", event[1])
            elif text == "site is ready":  # its time begins
                self.began = time.monotonic()
        elif process.name == "hq-command" and stream == 1:
            self.tell("hq", f"to its announcement the station answers: {text}")
        elif stream == 2 and text and not re.search(QUIET, text):
            self.tell(process.name, text)

    def tell_alarm(self, alarm):
        """The alarm's news since it was last told."""
        name = f"{alarm['rule']} of {alarm['subject']}"
        latency = alarm["latency_ms"]
        self.tell_once((alarm["id"], "raised"), "ALARM", f"{name} ({alarm['severity']}): {alarm['title']}")
        if latency["command"] is not None:
            self.tell_once((alarm["id"], "command"), "ladder",
                           f"{name}: commanded {latency['command']:.1f} ms after the reading")
        for step in alarm["ladder"]:
            if step["result"] in ("proven", "failed"):  # once, though every alarm that holds the connector shows it
                self.tell_once((step["connector"], step["rung"], step["result"], step["commanded_at"]), "ladder",
                               f"{step['connector']}: rung {step['rung']} {step['result']}"
                               f"{': ' + step['proof'] if step['proof'] else ''}")
        if latency["proof"] is not None and is_proven(alarm):
            self.tell_once((alarm["id"], "proven"), "ladder",
                           f"{name}: proven {latency['proof'] / 1000:.2f} s after the reading")
        self.tell_once((alarm["id"], alarm["state"]), "alarm", f"{name} is {alarm['state']}")


def seconds_since(time_text):
    then = datetime.datetime.fromisoformat(time_text)
    return (datetime.datetime.now(datetime.timezone.utc) - then).total_seconds()


def sounding(station):
    return sorted(point["path"] for point in station.ctl("points", "*/siren") if point["value"] == 1)


def came_true(alarms, rule, subject, outcome, rung):
    """Whether an alarm of that rule and subject has ended as was expected."""
    for alarm in alarms:
        if (alarm["rule"], alarm["subject"]) != (rule, subject):
            continue
        proven = {step["rung"] for step in alarm["ladder"] if step["result"] == "proven"}
        if outcome == "raised" or (is_proven(alarm) and rung in (None, *proven)):
            return True
    return False


def milliseconds(value):
    return "-" if value is None else f"{value:.1f}"


def table(alarms, arrivals=()):
    """One row an alarm: what, where, the measured times, when headquarters had it, and how its ladder ended."""
    rows = [("alarm", "subject", "command ms", "proof ms", "at HQ ms", "ended at")]
    for alarm in sorted(alarms, key=lambda alarm: alarm["raised_at"]):
        proven = sorted({step["rung"] for step in alarm["ladder"] if step["result"] == "proven"})
        ended = ", ".join(proven) + " (proven)" if is_proven(alarm) else "not proven" if alarm["ladder"] else "-"
        latency = alarm["latency_ms"]
        arrival = dict(arrivals).get(alarm["id"])
        rows.append((alarm["rule"], alarm["subject"], milliseconds(latency["command"]), milliseconds(latency["proof"]),
                     milliseconds(arrival and arrival * 1000), ended))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip(), flush=True)


def verdict(story, alarms, lasted):
    """Says what was expected and has not come true; the exit status."""
    missing = [entry for entry in story.expected if float(entry[0]) <= lasted and not came_true(alarms, *entry[1:])]
    for _, rule, subject, outcome, rung in missing:
        print(f"MISSING: {rule} of {subject} {outcome}{' at ' + rung if rung else ''}", flush=True)
    asked = sum(float(entry[0]) <= lasted for entry in story.expected)
    print(f"{asked - len(missing)} of {asked} expected incidents came true", flush=True)
    return 1 if missing else 0


def judge_headquarters(scene):
    """Compares row by row, when all is acknowledged; the exit status."""
    epoch, last = scene.headquarters.wait_acknowledged(scene.station)
    count, differences = scene.headquarters.compare(scene.station, epoch, last)
    for difference in differences[:SHOWN_DIFFERENCES]:
        print(f"MISMATCH: {difference}", flush=True)
    if differences:
        print(f"headquarters differs from the station in {len(differences)} places", flush=True)
    else:
        print(f"headquarters has all {count} events of the station: none missing, none twice, none changed", flush=True)
    return 1 if differences or not count else 0


def judge_scene(scene):
    """The announcement and the pictures; the exit status."""
    faults = list(scene.wall.faults)
    if not scene.announcement:
        faults.append("there was no line to announce over")
    elif scene.announcement.wait(30) != 0:
        faults.append(f"the announcement ended with status {scene.announcement.child.returncode}")
    for fault in faults:
        print(f"MISSING: {fault}", flush=True)
    return 1 if faults else 0


class Scene:
    """The programs around the story, and what the demo does of its own accord while it is told."""

    def __init__(self, options, story, station, headquarters):
        self.story, self.station, self.headquarters = story, station, headquarters
        display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        self.language = language()
        self.wall = Wall(station, options.headless or not display, story.on_line)
        self.picture = options.screenshot
        self.announcement = None
        self.programs = [station.stationd, station.sim, *headquarters.programs()]

    def begin(self):
        self.station.add_staff(OPERATOR)
        self.programs.append(self.headquarters.start_sync(self.station))
        self.wall.show(self.language)

    def step(self, alarms):
        for alarm in reversed(alarms):
            self.story.tell_alarm(alarm)
        self.announce()
        if self.picture and any(map(calls, alarms)):
            self.take_pictures()
        if not self.wall.is_taking():  # what is acknowledged leaves the wall
            self.acknowledge(alarms)
        ended = [program.name for program in self.programs if not program.is_alive()]
        if ended or not self.wall.is_well():
            raise tap.Failure(f"ended too early: {', '.join(ended) or 'station-wall'}")

    def announce(self):
        """Headquarters says something to the people in the station, as soon as there is a line."""
        if not self.announcement and self.station.ctl("status")["hq"]["online"]:
            self.announcement = self.headquarters.command(self.station, "announce", text=ANNOUNCEMENT)

    def take_pictures(self):
        """One in the person's language, one in the other."""
        stem, ending = os.path.splitext(self.picture)
        other = "en" if self.language == "zh_CN" else "zh_CN"
        self.wall.take(self.picture, self.language)
        self.wall.take(f"{stem}.{other}{ending}", other)
        self.story.tell("wall", f"its picture is taken: {self.picture} and {stem}.{other}{ending}")
        self.picture = None

    def acknowledge(self, alarms):
        """Acknowledges what the scenario says, at its time, and shows which sirens that silences."""
        for entry in list(self.story.to_acknowledge):
            rule, subject, after = entry
            for alarm in alarms:
                wanted = (alarm["rule"], alarm["subject"]) == (rule, subject) and not alarm["acknowledged"]
                if wanted and seconds_since(alarm["raised_at"]) >= float(after):
                    self.story.to_acknowledge.remove(entry)
                    sirens = sounding(self.station) or "none"
                    self.story.tell("operator", f"acknowledges {rule} of {subject}; sounding: {sirens}")
                    self.station.ctl("ack", alarm["id"], "--note", "seen on the demo's screen", staff=OPERATOR)
                    break

    def end(self):
        """Pictures that are not taken yet."""
        if self.picture:
            self.take_pictures()
        self.station.until(lambda: not self.wall.is_taking(), 60, "the pictures are taken")


def calls(alarm):
    """Whether it has the wall to itself, and has had time to be dealt with."""
    return (alarm["severity"] == "critical" and alarm["active"] and not alarm["acknowledged"]
            and seconds_since(alarm["raised_at"]) >= PICTURE_AFTER_S)


def play(scene, seconds):
    """Tells the story until its time is over."""
    while seconds is None or time.monotonic() - scene.story.began < seconds:
        scene.step(scene.station.alarms(every=True))
        time.sleep(0.5)


def language():
    """The person's own, of those that the wall speaks."""
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh_CN" if next(filter(None, names), "").startswith("zh") else "en"


def tell_where(scene):
    wall = "on a screen that nobody sees" if scene.wall.unseen else "on your screen"
    hq, name = f"{BUILD}/sync/station-hq", scene.headquarters
    print(f"""The station is guarded, the wall is {wall}, headquarters listens. In another terminal:
  export DBUS_SESSION_BUS_ADDRESS={scene.station.bus.address}
  {BUILD}/edge/stationctl --bus session status        # or alarms, connectors, points, sync
  {hq} watch --config {name.config}    # what headquarters hears
Ctrl-C here ends all of it.""", flush=True)


def folder(options, stack):
    """Where everything is told: the person's folder, or one that goes with the demo. PostgreSQL's user may pass."""
    if options.data:
        os.makedirs(options.data, mode=0o711, exist_ok=True)
        return os.path.abspath(options.data)
    made = tempfile.mkdtemp(prefix="stationmaster-demo-")
    stack.callback(shutil.rmtree, made, ignore_errors=True)
    os.chmod(made, 0o711)
    return made


def run(options, story):
    """All of it; the exit status."""
    with contextlib.ExitStack() as stack:
        below = folder(options, stack)
        headquarters = stack.enter_context(Headquarters(below, on_line=story.on_line))
        station = stack.enter_context(Station(scenario=options.scenario, data=below, on_line=story.on_line, start=False))
        headquarters.connect(station)
        station.start()
        scene = Scene(options, story, station, headquarters)
        scene.begin()
        tell_where(scene)
        with contextlib.suppress(KeyboardInterrupt):
            play(scene, options.seconds)
        lasted = time.monotonic() - story.began
        scene.end()
        print(flush=True)
        status = judge_headquarters(scene)
        alarms = station.alarms(every=True)
        table(alarms, headquarters.arrivals(station))
        return max(status, verdict(story, alarms, lasted), judge_scene(scene))


def main():
    options = arguments()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # though started in the background of a script
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    try:
        return run(options, Story(options.scenario))
    except (tap.Failure, Refused) as failure:
        print(f"demo: {failure}", file=sys.stderr)
        for line in getattr(failure, "diagnostics", []):
            print(f"  {line}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`./station demo`: a simulated site over the real protocols, guarded by stationd, told as it happens.

A scenario may say what must come of it in comment lines, which the simulator passes over:

    # expect by 30s: battery-over-temperature dc-03/1 proven soft
    # expect by 50s: stop-unproven dc-05/1 raised
    # acknowledge: smoke smoke-01 after 5s

`proven [RUNG]`: every connector that the alarm condemned has a proven rung (that one); `raised`: the alarm was
raised, as one that calls a person. Exit 0: all that was expected within the demo's time has come true.
"""
import argparse
import datetime
import os
import re
import signal
import sys
import time

import tap
from station import BUILD, SOURCE, Refused, Station, is_proven

SITE = os.path.join(SOURCE, "assets/sites/demo")
OPERATOR = "operator"
EXPECT = re.compile(r"#\s*expect by (\d+)s:\s*(\S+)\s+(\S+)\s+(proven|raised)(?:\s+(\w+))?\s*$")
ACKNOWLEDGE = re.compile(r"#\s*acknowledge:\s*(\S+)\s+(\S+)\s+after (\d+)s\s*$")


def arguments():
    parser = argparse.ArgumentParser(prog="./station demo", allow_abbrev=False)
    parser.add_argument("--headless", action="store_true", help="without a display (the wall is not there yet)")
    parser.add_argument("--seconds", type=float, help="end by itself after that time (default: at Ctrl-C)")
    parser.add_argument("--scenario", default="demo", help="a name in assets/sites/demo/scenarios, or a file")
    parser.add_argument("--screenshot", metavar="FILE.png", help="a picture of the wall (there is none yet)")
    parser.add_argument("--data", metavar="DIR", help="keep everything in this folder")
    options = parser.parse_args()
    if "/" not in options.scenario:
        options.scenario = os.path.join(SITE, "scenarios", options.scenario + ".scenario")
    if not os.path.exists(options.scenario):
        parser.error(f"there is no scenario {options.scenario}")
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
        elif stream == 2 and text and "Message: " not in text:
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


def acknowledge(station, story, alarms):
    """Acknowledges what the scenario says, at its time, and shows which sirens that silences."""
    for entry in list(story.to_acknowledge):
        rule, subject, after = entry
        for alarm in alarms:
            wanted = (alarm["rule"], alarm["subject"]) == (rule, subject) and not alarm["acknowledged"]
            if wanted and seconds_since(alarm["raised_at"]) >= float(after):
                story.to_acknowledge.remove(entry)
                story.tell("operator", f"acknowledges {rule} of {subject}; sounding: {sounding(station) or 'none'}")
                station.ctl("ack", alarm["id"], "--note", "seen on the demo's screen", staff=OPERATOR)
                break


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


def table(alarms):
    """One row an alarm: what, where, the measured times, and how its ladder ended."""
    rows = [("alarm", "subject", "command ms", "proof ms", "ended at")]
    for alarm in sorted(alarms, key=lambda alarm: alarm["raised_at"]):
        proven = sorted({step["rung"] for step in alarm["ladder"] if step["result"] == "proven"})
        ended = ", ".join(proven) + " (proven)" if is_proven(alarm) else "not proven" if alarm["ladder"] else "-"
        latency = alarm["latency_ms"]
        rows.append((alarm["rule"], alarm["subject"], milliseconds(latency["command"]), milliseconds(latency["proof"]),
                     ended))
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


def play(station, story, seconds):
    """Tells the story until its time is over."""
    while seconds is None or time.monotonic() - story.began < seconds:
        alarms = station.alarms(every=True)
        for alarm in reversed(alarms):
            story.tell_alarm(alarm)
        acknowledge(station, story, alarms)
        if not station.stationd.is_alive() or not station.sim.is_alive():
            raise tap.Failure("a program of the demo has ended")
        time.sleep(0.5)


def main():
    options = arguments()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # though started in the background of a script
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    story = Story(options.scenario)
    try:
        with Station(scenario=options.scenario, data=options.data, on_line=story.on_line) as station:
            station.add_staff(OPERATOR)
            print(f"The station is guarded. Ask it in another terminal; Ctrl-C here ends all of it:\n"
                  f"  export DBUS_SESSION_BUS_ADDRESS={station.bus.address}\n"
                  f"  {BUILD}/edge/stationctl --bus session status\n"
                  f"  {BUILD}/edge/stationctl --bus session alarms", flush=True)
            try:
                play(station, story, options.seconds)
            except KeyboardInterrupt:
                print(flush=True)
            alarms = station.alarms(every=True)
            table(alarms)
            return verdict(story, alarms, time.monotonic() - story.began)
    except (tap.Failure, Refused) as failure:
        print(f"demo: {failure}", file=sys.stderr)
        for line in getattr(failure, "diagnostics", []):
            print(f"  {line}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: Apache-2.0
"""kill -9 of stationd at random moments of an incident, and the bus daemon killed in the middle of one: guarding goes
on within 2 s, the ladder ends, nothing starts, nothing is recorded twice."""
import collections
import json
import os
import random
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import tap  # noqa: E402
from process import SLOW  # noqa: E402
from station import Station, is_proven  # noqa: E402

KILLS = tap.full(20, 200)
KILLS_PER_INCIDENT = tap.full(2, 4)
LONGEST_S = 9  # an incident on dc-05, which ignores stop and disable: 5 s, 3 s, then the feeder
SCENARIO = """cars none
dc-05 ignores stop
dc-05 ignores disable
at 0s dc-03/1 arrive soc 30
at 0s dc-05/1 arrive soc 30
"""
RULE = "battery-over-temperature"


def restart(station):
    """Starts stationd again and says how long it was before it guarded: a reading after the start."""
    began = time.monotonic()
    station.start()
    took = time.monotonic() - began
    tap.check(took < 2 * SLOW, f"guarding again within 2 s: {took:.2f} s")
    return took


def proven(station, subject):
    return next((a for a in station.alarms(RULE, subject) if is_proven(a)), None)


def check_books(station):
    """Nothing twice, nothing missing: the books after the incident."""
    station.stationd.stop()
    books = sqlite3.connect(os.path.join(station.data, "station.db"))
    events = books.execute("select epoch, seq, type, subject, data from event order by epoch, seq").fetchall()
    alarms = [json.loads(row[0]) for row in books.execute("select object from alarm")]
    books.close()
    for epoch, seqs in by_epoch(events).items():
        tap.equal(seqs, list(range(1, len(seqs) + 1)), f"seq of epoch {epoch}")
    incidents = collections.Counter((a["rule"], a["subject"]) for a in alarms if a["rule"] == RULE)
    tap.equal(incidents, {(RULE, "dc-03/1"): 1, (RULE, "dc-05/1"): 1}, "alarms of the two incidents")
    raised = collections.Counter(json.loads(e[4])["id"] for e in events if e[2] == "alarm.raised")
    for alarm in alarms:
        if alarm["rule"] == RULE:
            tap.equal(raised[alarm["id"]], alarm["occurrences"], f"alarm.raised of {alarm['id']}")


def by_epoch(events):
    seqs = collections.defaultdict(list)
    for event in events:
        seqs[event[0]].append(event[1])
    return seqs


def check_nothing_started(station, mark):
    for line in station.sim.text(mark):
        tap.check(not ("dc-0" in line and ("start received" in line or "enable received" in line)),
                  f"a held connector was commanded: {line}")


def incident(rng, kills):
    """Two cars overheat; stationd is killed KILLS times on the way. Gives the slowest restart."""
    slowest = 0
    with Station(scenario=SCENARIO, seed=rng.randrange(1000)) as station:
        station.wait_value("dc-05/1/status", "charging", 20)
        station.wait_value("dc-03/1/status", "charging", 20)
        mark = station.sim.mark()
        for connector in ("dc-05/1", "dc-03/1"):
            station.tell(f"{connector} overheat")
        station.stationd.wait_line(f"{RULE} on dc-0[35]/1: raised", 30)
        began = time.monotonic()
        for moment in sorted(rng.uniform(0, LONGEST_S) for _ in range(kills)):
            time.sleep(max(0, moment - (time.monotonic() - began)))  # the moment itself is what is drawn by lot
            station.kill()
            slowest = max(slowest, restart(station))
        soft = station.until(lambda: proven(station, "dc-03/1"), 30, "dc-03/1 is proven")
        fed = station.until(lambda: proven(station, "dc-05/1"), 40, "dc-05/1 is proven")
        # One that lost its power still shows its last value for some seconds.
        station.until(lambda: "charging" not in (station.value("dc-03/1/status"), station.value("dc-05/1/status")), 8,
                      "neither charges")
        held = {c["path"]: c["hold_alarm"] for c in station.ctl("connectors") if c["held"]}
        tap.equal(held, {"dc-03/1": soft["id"], "dc-05/1": fed["id"]}, "holds")
        tap.check("feeder" in [s["rung"] for s in fed["ladder"] if s["result"] == "proven"], "dc-05/1 by its feeder")
        check_nothing_started(station, mark)
        check_books(station)
    return slowest


@tap.test
def killed_at_random():
    "Killed at random moments of an incident, stationd guards again within 2 s and ends the ladder, recording nothing twice."
    seed = int(os.environ.get("STATIONMASTER_SEED", random.randrange(1 << 30)))
    tap.note(f"STATIONMASTER_SEED={seed}")
    rng = random.Random(seed)
    slowest = max(incident(rng, KILLS_PER_INCIDENT) for _ in range(KILLS // KILLS_PER_INCIDENT))
    tap.note(f"{KILLS} kills; the slowest restart took {slowest:.2f} s")


@tap.test
def bus_dies():
    "When the bus daemon dies in the middle of an incident, the ladder ends all the same, and the name comes back with the bus."
    with Station(scenario=SCENARIO) as station:
        station.wait_value("dc-05/1/status", "charging", 20)
        station.tell("dc-05/1 overheat")
        station.stationd.wait_line(f"{RULE} on dc-05/1: raised", 30)
        station.bus.kill()
        station.stationd.wait_line(f"{RULE} on dc-05/1: stop proven", 30)
        tap.check(station.stationd.is_alive(), "stationd is alive")
        station.bus.start()
        station.until(lambda: station.ctl_raw("status")[0] == 0, 15, "the station answers on the new bus")
        tap.check(proven(station, "dc-05/1"), "dc-05/1 is proven")


@tap.test
def no_bus_at_all():
    "Without any bus daemon the station guards."
    with Station(scenario=SCENARIO, start=False) as station:
        station.bus.kill()
        station.start(ready=False)
        station.sim.wait_line("dc-05/1 charging", 20)
        station.tell("dc-05/1 overheat")
        station.stationd.wait_line(f"{RULE} on dc-05/1: stop proven", 40)


def start_second(station, environment):
    return station.run("second", [station.program("edge/stationd"), "--config", station.config, "--bus", "session"],
                       environment=environment)


@tap.test
def second_instance():
    "A second stationd by the first one's side is refused by name, touches nothing, and can begin when the first is killed."
    with Station(scenario="cars none") as station:
        elsewhere = os.path.join(station.folder, "elsewhere")
        for run in (station.runtime, elsewhere):  # the same run directory, and the same data-dir alone
            second = start_second(station, {"RUNTIME_DIRECTORY": run})
            tap.equal(second.wait(10), 1, "exit status of the second")
            tap.check(second.find(f"process {station.stationd.pid}"), f"it names the first: {second.text()}")
        tap.check(os.path.exists(os.path.join(station.runtime, "starts")), "the start of the first is still noted")
        station.kill()
        start_second(station, {"RUNTIME_DIRECTORY": elsewhere}).wait_line("^station is ready", 10)


@tap.test
def three_crashes():
    "After three crashes within a minute stationd guards only, and says so."
    with Station(scenario=SCENARIO) as station:
        for _ in range(3):
            station.kill()
            station.start()
        station.wait_alarm_open("guard-only")
        tap.equal(station.ctl("status")["guard_only"], True, "guard_only in the status")
        station.wait_value("dc-03/1/status", "charging", 20)
        station.tell("dc-03/1 overheat")
        station.wait_alarm_open(RULE, "dc-03/1", proven=True, timeout=40)


if __name__ == "__main__":
    tap.main()

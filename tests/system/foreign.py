# SPDX-License-Identifier: Apache-2.0
"""From a register to a proven stop with devices that are not ours: pymodbus over TCP and over RTU on a pty."""
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import tap  # noqa: E402
from foreign import LAPSING_PROFILE, PROFILE, Peers  # noqa: E402
from station import Refused, Station  # noqa: E402

ALARM = "too-hot"
STOP, DISABLE, TRIP, ENABLE = (0, True), (1, True), (1, True), (1, False)


class Foreign:
    """A station on the foreign peers, in a folder that goes with it."""

    def __init__(self, line, profile=PROFILE, side=False):
        self.folder = tempfile.mkdtemp(prefix="stationmaster-foreign-")
        self.peers = Peers(line, side)
        self.station = Station(site=None, config=self.peers.write_site(self.folder, profile), data=self.folder)

    def __enter__(self):
        self.station.__enter__()
        self.station.wait_value("dc-01/1/status", "charging", 15)
        self.station.wait_value("io-01/breaker-1", lambda value: value in (1, "closed"), 15)
        return self.station, self.peers.charger, self.peers.io

    def __exit__(self, *error):
        try:
            self.station.__exit__(*error)
        finally:
            self.peers.close()
            shutil.rmtree(self.folder, ignore_errors=True)


def results(alarm):
    return {step["rung"]: step["result"] for step in alarm["ladder"]}


def incident(line, behaviour, io_behaviour, rung):
    """One incident; gives the alarm once RUNG is proven."""
    with Foreign(line) as (station, charger, io):
        charger.behaviour, io.behaviour = behaviour, io_behaviour
        charger.temperature(75)
        alarm = station.wait_alarm_open(ALARM, "dc-01/1", proven=True, timeout=30)
        tap.equal(results(alarm).get(rung), "proven", f"rung {rung} of {alarm['ladder']}")
        tap.equal(max(results(alarm), key=["soft", "disable", "feeder", "station"].index), rung, "the highest rung")
        tap.check(alarm["latency_ms"]["command"] is not None and alarm["latency_ms"]["proof"] is not None, "latencies")
        station.wait_value("io-01/siren", 1, 10)
        return alarm


@tap.test
def tcp_obeys():
    "A charger on TCP that obeys is proven stopped at the first rung."
    incident("tcp", "obeys", "trips", "soft")


@tap.test
def tcp_refuses():
    "One that answers its stop with an exception is disabled, and proven so."
    alarm = incident("tcp", "refuses-stop", "trips", "disable")
    tap.equal(results(alarm)["soft"], "failed", "the soft rung")


@tap.test
def tcp_ignores_stop():
    "One that confirms its stop and goes on is disabled after the deadline."
    incident("tcp", "ignores-stop", "trips", "disable")


@tap.test
def tcp_lies():
    "One that confirms all and goes on charging loses its feeder."
    incident("tcp", "confirms-but-charges", "trips", "feeder")


@tap.test
def tcp_busy_stop():
    "A charger that is busy when it is told to stop is told again, and not called one that refuses."
    with Foreign("tcp") as (station, charger, _):
        charger.excuses = {STOP: [6, 6]}
        charger.temperature(75)
        alarm = station.wait_alarm_open(ALARM, "dc-01/1", proven=True, timeout=30)
        tap.equal(results(alarm), {"soft": "proven"}, "the rungs")
        tap.equal(station.alarms("command-refused", every=True), [], "refusals")


@tap.test
def tcp_acknowledged_stop():
    "One that acknowledges its stop, because that takes long, is proven by what is read of it."
    with Foreign("tcp") as (station, charger, _):
        charger.excuses = {STOP: [5]}
        charger.temperature(75)
        alarm = station.wait_alarm_open(ALARM, "dc-01/1", proven=True, timeout=30)
        tap.equal(results(alarm), {"soft": "proven"}, "the rungs")


@tap.test
def tcp_busy_trip():
    "An I/O module that is busy when it is told to trip is told again within the rung's deadline."
    with Foreign("tcp") as (station, charger, io):
        charger.behaviour, io.excuses = "confirms-but-charges", {TRIP: [6, 11, 6]}
        charger.temperature(75)
        alarm = station.wait_alarm_open(ALARM, "dc-01/1", proven=True, timeout=30)
        tap.equal(results(alarm).get("feeder"), "proven", f"{alarm['ladder']}")
        tap.equal(station.alarms("stop-unproven", every=True), [], "calls for a person")
        tap.equal(io.excuses, {TRIP: []}, "what is left of its excuses")


@tap.test
def tcp_busy_enable():
    "A charger that is busy when its hold ends is enabled as soon as it takes it."
    with Foreign("tcp") as (station, charger, _):
        station.add_staff("li")
        charger.behaviour = "ignores-stop"
        charger.temperature(75)
        alarm = station.wait_alarm_open(ALARM, "dc-01/1", proven=True, timeout=30)
        charger.excuses = {ENABLE: [6, 6]}
        charger.temperature(30)
        station.wait_alarm(ALARM, "dc-01/1", active=False)
        station.ctl("ack", alarm["id"], staff="li")
        station.until(lambda: (1, False) in charger.writes, 20, "the charger is enabled")
        tap.equal(charger.excuses, {ENABLE: []}, "what is left of its excuses")
        tap.equal(station.alarms("command-refused", every=True), [], "refusals")


@tap.test
def tcp_busy_person():
    "A person's stop of a busy charger is sent again until its deadline; of one that stays busy the reason is told."
    with Foreign("tcp") as (station, charger, _):
        station.add_staff("li")
        charger.excuses = {STOP: [6] * 1000}
        try:
            station.ctl("stop", "dc-01/1", staff="li")
            raise tap.Failure("the stop of a charger that is always busy is told as done")
        except Refused as refused:
            tap.check("busy" in refused.reason, refused.reason)
        tap.check(len(charger.excuses[STOP]) < 998, "it was sent several times")
        charger.excuses = {STOP: [6, 6]}
        tap.check(station.ctl("stop", "dc-01/1", staff="li"), "the proof")
        tap.equal(charger.excuses, {STOP: []}, "what is left of its excuses")


def restarts(station):
    """Ways to begin anew; before all of them, none."""
    return {"at first": lambda: None, "after a reload": lambda: station.ctl("reload"), "after a restart": station.restart,
            "after a kill": lambda: (station.kill(), station.start())}


def lapsing(behaviour, command):
    """What endures of COMMAND, by which the charger is held, and what is left of it afterwards."""
    with Foreign("tcp", LAPSING_PROFILE) as (station, charger, _):
        station.add_staff("li")
        charger.behaviour = behaviour
        charger.temperature(75)
        alarm = station.wait_alarm_open(ALARM, "dc-01/1", proven=True, timeout=30)
        for when, act in restarts(station).items():
            act()
            sent = charger.writes.count(command)
            station.until(lambda: charger.writes.count(command) > sent + 3, 10, f"it is written again {when}")  # pylint: disable=cell-var-from-loop
        charger.temperature(30)
        station.wait_alarm(ALARM, "dc-01/1", active=False)
        station.ctl("ack", alarm["id"], staff="li")
        station.until(lambda: not station.ctl("connectors")[0]["held"], 10, "the release")
        for when, act in restarts(station).items():
            act()
            station.wait_value("dc-01/1/status", lambda _: True, 10)
            reads = charger.reads
            station.until(lambda: charger.reads > reads + 3, 10, "what was under way is over")  # pylint: disable=cell-var-from-loop
            sent, reads = len(charger.writes), charger.reads
            station.until(lambda: charger.reads > reads + 10, 20, "it is polled")  # pylint: disable=cell-var-from-loop
            tap.equal(charger.writes[sent:], [], f"writes once it is released, {when}")


@tap.test
def tcp_lapsing_stop():
    "A stop that is written again while the hold stands ends with it, also where no enable follows; no restart brings it back."
    lapsing("obeys", STOP)


@tap.test
def tcp_lapsing_disable():
    "So does a disable."
    lapsing("ignores-stop", DISABLE)


@tap.test
def tcp_person():
    "Where the breaker is stuck as well, a person is called."
    with Foreign("tcp") as (station, charger, io):
        charger.behaviour, io.behaviour = "ignores", "stuck"
        charger.temperature(75)
        unproven = station.wait_alarm_open("stop-unproven", "dc-01/1", timeout=30)
        alarm = station.wait_alarm_open(ALARM, "dc-01/1")
        tap.equal(unproven["cause"], alarm["id"], "the cause")
        tap.equal(results(alarm), {"soft": "failed", "disable": "failed", "feeder": "failed", "station": "skipped"},
                  "the rungs")


@tap.test
def tcp_contact_lies():
    "A contact that says open while current flows proves nothing."
    with Foreign("tcp") as (station, charger, io):
        charger.behaviour, io.behaviour = "ignores", "lies"
        charger.temperature(75)
        station.wait_alarm_open("stop-unproven", "dc-01/1", timeout=30)


@tap.test
def tcp_resumes():
    "A charger that resumes by itself breaks the proof, and the ladder goes on at the next rung."
    with Foreign("tcp") as (station, charger, _):
        charger.behaviour = "resumes"
        charger.temperature(75)
        station.wait_alarm_open(ALARM, "dc-01/1", proven=True, timeout=30)
        charger.resume()
        alarm = station.until(lambda: next((a for a in station.alarms(ALARM) if results(a).get("disable") == "proven"),
                                           None), 20, "the disable rung is proven")
        tap.equal(results(alarm)["soft"], "failed", "the soft rung after the resumption")
        started = [write for write in charger.writes if write == (1, False)]
        tap.equal(started, [], "commands that enable a held charger")


@tap.test
def side_unit_is_silent():
    "A side unit that is silent makes a charger that answers neither deaf to the shipped rules nor a stop proven."
    with Foreign("tcp", side=True) as (station, charger, io):
        charger.behaviour, io.behaviour = "ignores", "lies"
        station.until(lambda: next(d["errors"] for d in station.ctl("devices") if d["name"] == "dc-01") >= 3, 20,
                      "the side unit has not been heard three times")
        charger.temperature(75)
        station.wait_alarm_open("battery-over-temperature", "dc-01/1", timeout=15)
        station.wait_alarm_open("stop-unproven", "dc-01/1", timeout=30)
        alarm = station.alarms("battery-over-temperature")[0]
        tap.equal(results(alarm), {"soft": "failed", "disable": "failed", "feeder": "failed", "station": "skipped"},
                  "the rungs")
        tap.equal(station.value("dc-01/online"), 1, "online")


@tap.test
def pulse_over_a_kill():
    "A kill -9 while the coil of a shunt trip is on does not leave it on."
    with Foreign("tcp") as (station, charger, io):
        charger.behaviour = "ignores"
        charger.temperature(75)
        station.until(io.is_tripping, 20, "the coil is on")
        station.kill()
        tap.check(io.is_tripping(), "the coil is still on when stationd is dead")
        station.start()
        station.until(lambda: not io.is_tripping(), 15, "the coil is off")


@tap.test
def rtu_obeys():
    "A charger on RTU over a pty that obeys is proven stopped at the first rung."
    incident("rtu", "obeys", "trips", "soft")


@tap.test
def rtu_lies():
    "One on RTU that confirms all and goes on loses its feeder."
    incident("rtu", "confirms-but-charges", "trips", "feeder")


if __name__ == "__main__":
    tap.main()

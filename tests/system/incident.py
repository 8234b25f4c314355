# SPDX-License-Identifier: Apache-2.0
"""The life of an incident on the simulated site: from the reading to the proof, the siren, the people, and the release."""
import json
import os
import signal
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import tap  # noqa: E402
from station import Refused, Station, is_proven  # noqa: E402

RULE = "battery-over-temperature"


def connector(station, path):
    return next(c for c in station.ctl("connectors") if c["path"] == path)


def sounding(station):
    return sorted(p["path"] for p in station.ctl("points", "*/siren") if p["value"] == 1)


def burning(station):
    return sorted(p["path"] for p in station.ctl("points", "*/strobe") if p["value"] == 1)


def reboot_station(station, meanwhile):
    """What a reboot leaves: the books, and nothing of the run directory."""
    station.stationd.stop()
    os.unlink(os.path.join(station.runtime, "ladder.journal"))
    meanwhile()
    station.start()


def begin(station, path, soc=30):
    station.tell(f"{path} arrive soc {soc}")
    station.wait_value(f"{path}/status", "charging", 20)


@tap.test
def whole_life():
    "A car overheats: stopped and proven, held, sounded, acknowledged, returned, reset, released — enabled and never started."
    with Station(scenario="cars none") as station:
        station.add_staff("wang")
        begin(station, "dc-03/1")
        station.tell("dc-03/1 overheat")
        alarm = station.wait_alarm_open(RULE, "dc-03/1", proven=True, timeout=40)
        tap.equal([(s["rung"], s["result"]) for s in alarm["ladder"]][0], ("soft", "proven"), "the first rung")
        tap.check(alarm["latency_ms"]["command"] < alarm["latency_ms"]["proof"], "command before proof")
        tap.equal(connector(station, "dc-03/1")["hold_alarm"], alarm["id"], "the hold")
        tap.equal(connector(station, "dc-03/2")["held"], False, "its neighbour is held")
        station.until(lambda: sounding(station) == ["io-01/siren", "io-a/siren"], 5, "the zone's and the station's siren")
        mark = station.sim.mark()
        station.ctl("ack", alarm["id"], staff="wang")
        station.until(lambda: sounding(station) == [], 5, "acknowledged: silent")
        tap.equal(burning(station), ["io-01/strobe", "io-a/strobe"], "the light stays")
        try:
            station.ctl("reset", alarm["id"], staff="wang")
            raise tap.Failure("a reset of a standing alarm was not refused")
        except Refused as refused:
            tap.equal(refused.status, 1, "exit status")
        station.tell("dc-03/1 recovers")
        station.wait_alarm(RULE, "dc-03/1", timeout=90, state="latched")
        tap.equal(connector(station, "dc-03/1")["held"], True, "held while latched")
        station.ctl("reset", alarm["id"], staff="wang")
        station.until(lambda: not connector(station, "dc-03/1")["held"], 10, "released")
        station.sim.wait_line("dc-03/1 enable received", 5, mark)
        tap.check(not station.sim.find("dc-03/1 start received", mark), "nothing was started")
        station.until(lambda: burning(station) == [], 5, "the light is out")
        kinds = [e["type"] for e in station.events() if e["subject"] == "dc-03/1" and e["data"].get("id") == alarm["id"]]
        tap.equal(kinds, ["alarm.raised", "action.proven", "alarm.acknowledged", "alarm.cleared", "alarm.reset"], "events")


@tap.test
def button():
    "A button silences for its minutes and acknowledges nothing; a new alarm sounds again."
    with Station(scenario="cars none") as station:
        station.tell("smoke-01 smoke")
        first = station.wait_alarm_open("smoke", "smoke-01")
        station.until(lambda: "io-a/siren" in sounding(station), 5, "the siren of bay-a")
        station.tell("button io-a 1 press")
        station.until(lambda: sounding(station) == [], 5, "silent")
        alarm = next(a for a in station.alarms("smoke") if a["id"] == first["id"])
        tap.equal((alarm["silenced"], alarm["acknowledged"]), (True, False), "silenced, not acknowledged")
        station.tell("smoke-02 smoke")
        station.until(lambda: "io-b/siren" in sounding(station), 10, "the new alarm sounds")


@tap.test
def person_is_called():
    "Where nothing obeys, a person is called, and told what to do in both languages."
    with Station(scenario="cars none\ndc-08 ignores stop\ndc-08 ignores disable\nio-01 breaker-8 stuck\n"
                          "io-01 breaker-9 stuck") as station:
        begin(station, "dc-08/1")
        station.tell("dc-08/1 overheat")
        alarm = station.wait_alarm_open("stop-unproven", "dc-08/1", timeout=60)
        tap.check("by hand" in alarm["advice"] and "手动" in alarm["advice_zh_CN"], f"the advice: {alarm['advice']}")
        cause = station.wait_alarm_open(RULE, "dc-08/1")
        tap.equal(alarm["cause"], cause["id"], "the cause")
        tap.equal(cause["latency_ms"]["proof"], None, "no proof is claimed")
        held = [c["path"] for c in station.ctl("connectors") if c["held"]]
        tap.check("dc-08/1" in held and "dc-08/2" in held, f"its neighbour is held as well: {held}")


@tap.test
def reload_in_a_ladder():
    "A reload in the middle of a ladder loses nothing: it goes on and ends."
    with Station(scenario="cars none\ndc-05 ignores stop\ndc-05 ignores disable") as station:
        begin(station, "dc-05/1")
        station.tell("dc-05/1 overheat")
        first = station.wait_alarm_open(RULE, "dc-05/1", timeout=40)
        for _ in range(3):
            station.ctl("reload")
        alarm = station.wait_alarm_open(RULE, "dc-05/1", proven=True, timeout=40)
        tap.equal(alarm["id"], first["id"], "the alarm")
        tap.equal([s["result"] for s in alarm["ladder"] if s["rung"] == "feeder"], ["proven"], "the feeder")
        raised = [e for e in station.events("alarm.raised") if e["subject"] == "dc-05/1" and e["data"]["rule"] == RULE]
        tap.equal(len(raised), 1, "alarm.raised")


@tap.test
def release_over_a_restart():
    "An enable that the charger could not hear yet is not forgotten by a restart."
    with Station(scenario="cars none") as station:
        station.add_staff("wang")
        begin(station, "dc-01/1")
        station.tell("dc-01/1 overheat")
        alarm = station.wait_alarm_open(RULE, "dc-01/1", proven=True, timeout=40)
        station.ctl("ack", alarm["id"], staff="wang")
        station.tell("dc-01/1 leave")
        station.wait_alarm(RULE, "dc-01/1", timeout=60, state="latched")
        station.tell("dc-01 silent")
        station.wait_value("dc-01/online", 0, 15)
        mark = station.sim.mark()
        station.ctl("reset", alarm["id"], staff="wang")
        station.until(lambda: not connector(station, "dc-01/1")["held"], 10, "released")
        for _ in range(2):
            station.kill()
            station.start()
        station.tell("dc-01 normal")
        station.sim.wait_line("dc-01/1 enable received", 45, mark)


@tap.test
def reboot():
    "After a reboot, without the ladder journal, an alarm stands as it was raised, even where its rule is gone since."
    rules = "[rule hot-room]\napplies-to=sensor/*\nwhen=smoke == 1\nseverity=high\nlatch=yes\ndo=siren\ntitle=Hot room\n"
    with Station(scenario="cars none") as station:
        folder = os.path.join(station.config, "rules.d")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "own.rules"), "w", encoding="utf-8") as file:
            file.write(rules)
        station.ctl("reload")
        station.add_staff("wang")
        station.tell("smoke-01 smoke")
        before = station.wait_alarm_open("hot-room", "smoke-01")
        smoke = station.wait_alarm_open("smoke", "smoke-01")
        station.ctl("ack", smoke["id"], staff="wang")
        reboot_station(station, lambda: os.unlink(os.path.join(folder, "own.rules")))
        after = station.wait_alarm("hot-room", "smoke-01", state="returned-unacknowledged")
        for key in ("id", "title", "severity", "raised_at", "latched", "value", "unit"):
            tap.equal(after[key], before[key], key)
        station.until(lambda: sounding(station), 10, "its siren sounds until somebody has heard it")
        station.ctl("ack", after["id"], staff="wang")
        station.until(lambda: not sounding(station), 10, "the siren is silent")


@tap.test
def older_books():
    "Alarms that an older program left in the books, which knew of no record, stand after the upgrade."
    with Station(scenario="cars none") as station:
        station.tell("smoke-01 smoke")
        before = station.wait_alarm_open("smoke", "smoke-01")

        def make_older():
            books = sqlite3.connect(os.path.join(station.data, "station.db"))
            books.execute("alter table alarm drop column record")
            for table in ("outbox", "command_seq", "disabled"):
                books.execute(f"drop table {table}")
            books.execute("pragma user_version=1")
            books.close()

        reboot_station(station, make_older)
        after = station.wait_alarm_open("smoke", "smoke-01")
        for key in ("id", "title", "severity", "raised_at", "latched", "value", "unit", "acknowledged"):
            tap.equal(after[key], before[key], key)
        station.until(lambda: sounding(station), 10, "the siren sounds")


@tap.test
def backup_and_restore():
    "A restored backup begins a new epoch, keeps what stands, and each act on the books is audited with its end."
    with Station(scenario="cars none") as station:
        station.tell("smoke-03 smoke")
        alarm = station.wait_alarm_open("smoke", "smoke-03")
        file = os.path.join(station.folder, "copy.db")
        station.ctl("backup", file)
        before = station.ctl("status")["epoch"]
        station.ctl("restore", file)
        station.until(lambda: station.ctl("status")["epoch"] > before, 10, "a new epoch")
        tap.equal([e["type"] for e in station.events("station.restored")], ["station.restored"], "the event")
        tap.check(any(a["id"] == alarm["id"] for a in station.alarms("smoke")), "the alarm stands")
        station.stationd.stop()
        books = sqlite3.connect(os.path.join(station.data, "station.db"))
        acts = books.execute("select verb, result from audit").fetchall()
        standing = [json.loads(r[0])["id"] for r in books.execute("select object from alarm where over = 0")]
        books.close()
        tap.check(("restore", "done") in acts, f"audit: {acts}")
        tap.check(alarm["id"] in standing, "the alarm stands in the restored books")


@tap.test
def fault_outlives_the_books():
    "A built-in alarm that is true stays when the books come late."
    with Station(scenario="cars none") as station:
        station.stationd.stop()
        with open(os.path.join(station.config, "station.conf"), "a", encoding="utf-8") as file:
            file.write("\n[nonsense]\n")
        lock = sqlite3.connect(os.path.join(station.data, "station.db"), isolation_level=None)
        lock.execute("pragma locking_mode=exclusive")
        lock.execute("begin exclusive")
        station.start()
        station.wait_alarm_open("configuration-fault")
        lock.execute("rollback")
        lock.close()
        station.until(lambda: station.ctl("status")["books"], 30, "the books are open")
        tap.check(station.ctl("status")["last_good"], "it runs on the last good configuration")
        tap.check([a for a in station.alarms("configuration-fault") if a["active"]], "the alarm stands")


@tap.test
def fault_becomes_another():
    "A second fault of the configuration ends the alarm of the first before it raises it anew, in the events as well."
    with Station(scenario="cars none") as station:
        for fault in ("\n[nonsense]\n", "\n[more-nonsense]\n"):
            with open(os.path.join(station.config, "station.conf"), "a", encoding="utf-8") as file:
                file.write(fault)
            tap.equal(station.ctl_raw("reload")[0], 1, "a refused reload")
        told = station.until(lambda: len(found := [e for e in station.events() if e["subject"] == "station" and
                             e["type"].startswith("alarm.")]) == 3 and found, 10, "three events")
        tap.equal([(e["type"], e["data"]["active"]) for e in told],
                  [("alarm.raised", True), ("alarm.cleared", False), ("alarm.raised", True)], "events")


@tap.test
def orderly_end():
    "SIGTERM ends stationd with exit 0, with everything recorded, in the middle of an incident as well."
    with Station(scenario="cars none\ndc-05 ignores stop\ndc-05 ignores disable") as station:
        begin(station, "dc-05/1")
        station.tell("dc-05/1 overheat")
        station.wait_alarm_open(RULE, "dc-05/1", timeout=40)
        station.stationd.signal(signal.SIGTERM)
        tap.equal(station.stationd.wait(10), 0, "exit status")
        station.start()
        station.until(lambda: any(is_proven(a) for a in station.alarms(RULE, "dc-05/1")), 40, "the ladder goes on")


if __name__ == "__main__":
    tap.main()

# SPDX-License-Identifier: Apache-2.0
"""Who may do what: staff, PINs, roles, and the trace that each act leaves."""
import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import tap  # noqa: E402
from station import Refused, Station  # noqa: E402


def refused(function, word, status=1):
    try:
        function()
    except Refused as error:
        tap.equal(error.status, status, "exit status of a refusal")
        tap.check(word in (error.reason or error.messages), f"the reason says {word!r}: {error}")
        return
    raise tap.Failure(f"was not refused ({word})")


def smoke(station):
    station.tell("smoke-01 smoke")
    return station.wait_alarm_open("smoke")


def audit(station):
    station.stationd.stop()
    books = sqlite3.connect(os.path.join(station.data, "station.db"))
    rows = books.execute("select who, verb, result from audit order by id").fetchall()
    books.close()
    return rows


@tap.test
def acts_need_a_person():
    "Acknowledge, reset, silence and stop need a person with the right PIN and role, and leave a trace."
    with Station() as station:
        station.add_staff("wang")
        station.add_staff("li", role="viewer", pin="1111-2222")
        alarm = smoke(station)
        refused(lambda: station.ctl("ack", alarm["id"]), "--staff", 2)
        refused(lambda: station.ctl("ack", alarm["id"], staff="li"), "operator")
        refused(lambda: station.ctl("silence"), "--staff", 2)
        refused(lambda: station.ctl("stop", "dc-01/1"), "--staff", 2)
        station.ctl("ack", alarm["id"], "--note", "seen 已看到", staff="wang")
        after = next(a for a in station.alarms() if a["id"] == alarm["id"])
        tap.equal((after["acknowledged"], after["acknowledged_by"]), (True, "staff:wang"), "the acknowledgement")
        refused(lambda: station.ctl("ack", alarm["id"], staff="wang"), "acknowledged")
        refused(lambda: station.ctl("reset", alarm["id"], staff="wang"), "")
        rows = audit(station)
        tap.check(("staff:wang", "acknowledge", "done") in rows, f"the act is audited: {rows}")
        tap.check(("staff:li", "acknowledge", "refused") in rows, f"the refusal is audited: {rows}")


@tap.test
def lock_out():
    "Five wrong PINs lock a name, and the right one is refused then."
    with Station() as station:
        station.add_staff("wang")
        alarm = smoke(station)
        right = station.pins["wang"]
        wrong = os.path.join(station.folder, "wrong.pin")
        descriptor = os.open(wrong, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("0000\n")
        station.pins["wang"] = wrong
        for _ in range(5):
            refused(lambda: station.ctl("ack", alarm["id"], staff="wang"), "PIN")
        station.pins["wang"] = right
        refused(lambda: station.ctl("ack", alarm["id"], staff="wang"), "locked")


@tap.test
def disabled():
    "A disabled person can do nothing any more, also after a restart."
    with Station() as station:
        station.add_staff("wang")
        station.ctl("staff", "disable", "wang")
        alarm = smoke(station)
        refused(lambda: station.ctl("ack", alarm["id"], staff="wang"), "PIN")
        station.restart()
        refused(lambda: station.ctl("ack", alarm["id"], staff="wang"), "PIN")
        tap.equal([(p["name"], p["disabled"]) for p in station.ctl("staff", "list")], [("wang", True)], "the list")


@tap.test
def ordinary_stop():
    "An operator's stop is answered with the reading that proves it, and holds nothing."
    with Station() as station:
        station.add_staff("wang")
        station.wait_value("dc-01/1/status", "charging", 30)
        status, output, messages = station.ctl_raw("stop", "dc-01/1", staff="wang")
        tap.equal(status, 0, f"exit status ({messages})")
        tap.check("current" in output, f"the proof is shown: {output}")
        tap.check(station.value("dc-01/1/status") != "charging", "it does not charge any more")
        tap.equal(next(c for c in station.ctl("connectors") if c["path"] == "dc-01/1")["held"], False, "held")


if __name__ == "__main__":
    tap.main()

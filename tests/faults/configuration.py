# SPDX-License-Identifier: Apache-2.0
"""Faulty configurations: every fault is told at once, and none but the lack of any keeps stationd from guarding."""
import contextlib
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile

sys.path[:0] = [os.path.join(os.path.dirname(__file__), folder) for folder in ("../lib", "../bench")]
import rig  # noqa: E402
import tap  # noqa: E402
from foreign import Peers  # noqa: E402
from station import Station  # noqa: E402


RULE = """[rule stop-unproven]
applies-to=charger/*
when=online == 0
severity=low
[rule open]
applies-to=io/*
when=breaker-1 == opn
severity=low
"""


def check(station):
    done = subprocess.run([station.program("edge/stationd"), "--check", "--config", station.config],
                          env={**os.environ, **station.environment}, stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


def append(station, name, text):
    with open(os.path.join(station.config, name), "a", encoding="utf-8") as file:
        file.write(text)


def edit(station, name, change):
    path = os.path.join(station.config, name)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(change(text))


def break_it(station):
    append(station, "station.conf", "\n[polcy]\nbutton=silence\n")
    edit(station, "station.conf", lambda text: text.replace("[station]", "[station]\nlangauge=en", 1))
    append(station, "devices.d/extra.conf", "[device dc-99]\nprofile=no-such\nbus=nowhere\nunit-id=300\n")


def first_device_file(station):
    return "devices.d/" + sorted(os.listdir(os.path.join(station.config, "devices.d")))[0]


@tap.test
def valid():
    "A valid configuration is called valid, with exit 0."
    with Station(start=False) as station:
        tap.equal(check(station), (0, ["configuration is valid"]), "--check")


def check_folder(config):
    with Station(start=False) as station:
        done = subprocess.run([station.program("edge/stationd"), "--check", "--config", config],
                              env={**os.environ, **station.environment}, stdout=subprocess.PIPE, text=True, check=False)
        return done.returncode, done.stdout.splitlines()


@tap.test
def valid_elsewhere():
    "The sites of the benchmarks and of the foreign devices are valid."
    with tempfile.TemporaryDirectory(prefix="stationmaster-valid-") as folder:
        config = rig.write_site(pathlib.Path(folder, "bench"), [1502, 1503], 100, button_port=1504)
        tap.equal(check_folder(str(config)), (0, ["configuration is valid"]), "tests/bench/rig.py")
        peers = Peers("tcp")
        try:
            config = peers.write_site(os.path.join(folder, "foreign"))
            tap.equal(check_folder(config), (0, ["configuration is valid"]), "tests/lib/foreign.py")
        finally:
            peers.close()


@tap.test
def never_true():
    "A rule that nothing can ever make true, and a file that nobody reads, are faults."
    with Station(start=False) as station:
        os.makedirs(os.path.join(station.config, "rules.d"), exist_ok=True)
        append(station, "rules.d/x.rule", RULE)
        append(station, "rules.d/x.rules", RULE)
        status, lines = check(station)
        tap.equal(status, 2, "exit status")
        tap.equal(lines, ["rules.d/x.rule: is not read, since a file of rules.d/ ends in .rules",
                          "rules.d/x.rules: [rule stop-unproven]: is a built-in alarm; choose another name",
                          "rules.d/x.rules: [rule open] when: breaker-1 of any io/* is never \"opn\" (open?)"], "faults")


@tap.test
def last_good_of_damage():
    "With one bad byte in station.conf stationd guards on the last good configuration."
    with Station() as station:
        station.stationd.stop()
        path = os.path.join(station.config, "station.conf")
        with open(path, "rb") as file:
            bytes_ = file.read()
        with open(path, "wb") as file:
            file.write(bytes_.replace(b"[station]", b"[station]\n# \xff", 1))
        station.start()
        station.wait_alarm_open("configuration-fault")
        station.wait_value("dc-01/online", 1, 15)


@tap.test
def every_fault():
    "--check prints every fault as FILE: [GROUP] KEY: text, and exits 2."
    with Station(start=False) as station:
        break_it(station)
        status, lines = check(station)
        tap.equal(status, 2, "exit status")
        for line in lines:
            tap.check(re.match(r"^[^:]+: \[[^\]]+\]( [^:]+)?: .+", line), f"the form of {line!r}")
        text = "\n".join(lines)
        for word in ("polcy", "policy", "langauge", "language", "no-such", "nowhere", "300"):
            tap.check(word in text, f"{word} is told in:\n{text}")


@tap.test
def nothing_at_all():
    "Without any configuration stationd exits 2 and says why."
    with Station(site=None, start=False) as station:
        station.start(ready=False)
        tap.equal(station.stationd.wait(10), 2, "exit status")
        tap.check(station.stationd.find("station.conf"), "the missing file is named")
        station.stationd = None


@tap.test
def last_good():
    "With a faulty configuration stationd guards on the last good one, under an alarm."
    with Station() as station:
        devices = len(station.ctl("devices"))
        station.stationd.stop()
        break_it(station)
        station.start()
        alarm = station.wait_alarm_open("configuration-fault")
        tap.check("fault" in alarm["value"], f"the alarm tells of faults: {alarm['value']}")
        tap.equal(len(station.ctl("devices")), devices, "devices")
        station.wait_value("dc-01/online", 1, 15)


@tap.test
def fault_of_a_clock_ahead():
    "A built-in alarm of a run whose clock was ahead ends with that run."
    with Station() as station:
        good = pathlib.Path(station.config, "station.conf").read_text(encoding="utf-8")
        station.stationd.stop()
        break_it(station)
        station.start()
        alarm = station.wait_alarm("configuration-fault")
        station.kill()
        forget_journal(station)
        books = sqlite3.connect(os.path.join(station.data, "station.db"))
        books.execute("update alarm set raised_at_us = raised_at_us + 86400000000 where id = ?", (alarm["id"],))
        tap.equal(books.total_changes, 1, "alarms of the books that are put a day ahead")
        books.commit()
        books.close()
        os.unlink(os.path.join(station.config, "devices.d/extra.conf"))
        edit(station, "station.conf", lambda _: good)
        station.start()
        wait_no_fault(station)


@tap.test
def last_good_whatever_is_wrong():
    "Also where station.conf is unreadable, misspelt where it matters, cut off or gone, stationd guards on the last good one."
    with Station() as station:
        station.wait_value("dc-01/online", 1, 15)
        path = os.path.join(station.config, "station.conf")
        with open(path, "rb") as file:
            good = file.read()
        for bad in (good + b"; caf\xe9\n", good.replace(b"data-dir=", b"data-dri="), good[:20], b"", None):
            station.stationd.stop()
            if bad is None:
                os.unlink(path)
            else:
                with open(path, "wb") as file:
                    file.write(bad)
            station.start()
            station.wait_alarm_open("configuration-fault")
            station.wait_value("dc-01/online", 1, 15)


@tap.test
def reload_refused():
    "A faulty configuration is refused as a whole by SIGHUP, an alarm says so, and a right one ends the alarm."
    with Station() as station:
        name = first_device_file(station)
        with open(os.path.join(station.config, name), encoding="utf-8") as file:
            good = file.read()
        append(station, name, "\n[device dc-98]\nprofile=no-such\nbus=nowhere\nunit-id=3\n")
        station.stationd.signal(signal.SIGHUP)
        station.wait_alarm_open("configuration-fault")
        tap.equal([d for d in station.ctl("devices") if d["name"] == "dc-98"], [], "the faulty device")
        edit(station, name, lambda _: good)
        station.ctl("reload")
        station.until(lambda: not [a for a in station.alarms("configuration-fault") if a["active"]], 10,
                      "the alarm has returned to normal")
        station.wait_value("dc-01/online", 1, 15)


@tap.test
def reload_keeps_holds():
    "A reload that removes a held device is refused; one that keeps it goes on with the hold."
    with Station() as station:
        station.wait_value("dc-03/1/status", "charging", 30)
        station.tell("dc-03/1 overheat")
        station.wait_alarm_open("battery-over-temperature", "dc-03/1", proven=True, timeout=60)
        files = [os.path.join("devices.d", name) for name in os.listdir(os.path.join(station.config, "devices.d"))]
        owner = next(f for f in files if "[device dc-03]" in open(os.path.join(station.config, f), encoding="utf-8").read())
        with open(os.path.join(station.config, owner), encoding="utf-8") as file:
            good = file.read()
        edit(station, owner, lambda text: re.sub(r"\[device dc-03\][^\[]*", "", text))
        status, _, messages = station.ctl_raw("reload")
        tap.equal(status, 1, "exit status of a reload that removes a held charger")
        tap.check("dc-03" in messages, f"the charger is named: {messages}")
        edit(station, owner, lambda _: good)
        station.ctl("reload")
        held = next(c for c in station.ctl("connectors") if c["path"] == "dc-03/1")
        tap.equal(held["held"], True, "dc-03/1 is held after the reload")


def hold_and_stop(station):
    """dc-03/1 is held, proven; then stationd ends. Gives the file that has dc-03, and its text."""
    station.wait_value("dc-03/1/status", "charging", 30)
    station.tell("dc-03/1 overheat")
    station.wait_alarm_open("battery-over-temperature", "dc-03/1", proven=True, timeout=60)
    station.stationd.stop()
    for name in os.listdir(os.path.join(station.config, "devices.d")):
        with open(os.path.join(station.config, "devices.d", name), encoding="utf-8") as file:
            text = file.read()
        if "[device dc-03]" in text:
            return "devices.d/" + name, text
    raise tap.Failure("no file has dc-03")


def without_dc_03(text):
    return re.sub(r"\[device dc-03\][^\[]*", "", text)


def is_held(station):
    return [c["held"] for c in station.ctl("connectors") if c["path"] == "dc-03/1"]


def wait_fault(station, word):
    return station.until(lambda: [a for a in station.alarms("configuration-fault") if a["active"] and word in a["value"]],
                         20, f"configuration-fault tells of {word}")[0]


def forget_nothing(_):
    pass


def forget_journal(station):
    os.unlink(os.path.join(station.runtime, "ladder.journal"))


def forget_books(station):
    for name in ("station.db", "station.db-wal", "station.db-shm"):
        path = os.path.join(station.data, name)
        if name == "station.db" or os.path.exists(path):
            with open(path, "wb") as file:
                file.write(b"no database" * 1000)


def wait_no_fault(station):
    station.until(lambda: not [a for a in station.alarms("configuration-fault") if a["active"]], 10, "the fault is over")


@tap.test
def restart_keeps_holds():
    "A restart without a held charger guards on the last good configuration, says so, and the hold stands, by books or journal."
    with Station() as station:
        name, good = hold_and_stop(station)
        for forget in (forget_nothing, forget_journal, forget_books):
            edit(station, name, without_dc_03)
            tap.equal(check(station), (0, ["configuration is valid"]), "--check without dc-03")
            forget(station)
            station.start()
            wait_fault(station, "dc-03/1 is held")
            tap.equal(is_held(station), [True], f"dc-03/1 is held after {forget.__name__}")
            station.restart()
            wait_fault(station, "dc-03/1 is held")
            tap.equal(is_held(station), [True], "dc-03/1 is held after another restart")
            edit(station, name, lambda _: good)
            station.ctl("reload")
            wait_no_fault(station)
            tap.equal(is_held(station), [True], "dc-03/1 is held after the reload with it")
            station.stationd.stop()


def reset_all(station, connector):
    for alarm in station.alarms():
        if any(step["connector"] == connector for step in alarm["ladder"]):
            if not alarm["acknowledged"]:
                station.ctl("ack", alarm["id"], staff="wang")
            station.ctl("reset", alarm["id"], staff="wang")


@tap.test
def held_is_nowhere():
    "Where the last good one lacks a held charger too, the rest is guarded; the hold is back with the charger, or is reset."
    with Station() as station:
        station.add_staff("wang", role="engineer")
        name, good = hold_and_stop(station)
        for comes_back in (True, False):
            edit(station, name, without_dc_03)
            edit(station, os.path.join(station.data, "last-good", name), without_dc_03)
            station.start()
            wait_fault(station, "dc-03/1 was held")
            station.wait_value("dc-01/online", 1, 15)
            tap.equal(is_held(station), [], "dc-03/1")
            station.restart()
            wait_fault(station, "dc-03/1 was held")
            if comes_back:
                edit(station, name, lambda _: good)
                station.ctl("reload")
                wait_no_fault(station)
                tap.equal(is_held(station), [True], "dc-03/1 is held again")
                station.stationd.stop()
        reset_all(station, "dc-03/1")
        wait_no_fault(station)
        station.restart()
        station.wait_value("dc-01/online", 1, 15)
        wait_no_fault(station)


@tap.test
def held_in_late_books():
    "Books that can only be read later, and then know of a held charger that the configuration lacks, raise the fault."
    with Station() as station:
        name, good = hold_and_stop(station)
        edit(station, name, without_dc_03)
        forget_journal(station)
        with contextlib.closing(sqlite3.connect(os.path.join(station.data, "station.db"), isolation_level=None)) as books:
            books.execute("pragma locking_mode=exclusive")
            books.execute("begin exclusive")
            station.start()
            station.wait_alarm_open("books-unavailable")
            tap.equal([a for a in station.alarms("configuration-fault") if a["active"]], [], "the fault, with no books")
        wait_fault(station, "dc-03/1 was held")
        edit(station, name, lambda _: good)
        station.restart()
        station.until(lambda: is_held(station) == [True], 10, "dc-03/1 is held again")


@tap.test
def last_good_with_faults():
    "Where the last good configuration has faults too, stationd guards on what is whole of it, and says so."
    with Station() as station:
        devices = {d["name"] for d in station.ctl("devices")}
        station.wait_value("dc-01/online", 1, 15)
        station.stationd.stop()
        break_it(station)
        extra = "[device dc-98]\nprofile=no-such\nbus=nowhere\nunit-id=3\n"
        append(station, os.path.join(station.data, "last-good", "devices.d/extra.conf"), extra)
        append(station, os.path.join(station.data, "last-good", "station.conf"), "\n[polcy]\nbutton=silence\n")
        station.start()
        wait_fault(station, "faults")
        tap.equal({d["name"] for d in station.ctl("devices")}, devices, "devices")
        station.wait_value("dc-01/online", 1, 15)
        tap.check(station.stationd.find("last-good/devices.d/extra.conf"), "the faults of the last good one are told")


@tap.test
def last_good_of_nothing():
    "Where the last good configuration has no [station] any more, stationd exits 2."
    with Station() as station:
        station.stationd.stop()
        break_it(station)
        edit(station, os.path.join(station.data, "last-good", "station.conf"), lambda text: text.replace("[station]", "[statoin]"))
        station.start(ready=False)
        tap.equal(station.stationd.wait(10), 2, "exit status")
        station.stationd = None


if __name__ == "__main__":
    tap.main()

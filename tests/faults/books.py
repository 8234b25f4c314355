# SPDX-License-Identifier: Apache-2.0
"""stationd with a station.db that it cannot use: it guards without books, says so, and leaves the file as it is."""
import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import tap  # noqa: E402
from process import Process  # noqa: E402
from station import SOURCE, Station  # noqa: E402


def books_of(station):
    return os.path.join(station.data, "station.db")


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def guards_without_books(station, word):
    """Alarm books-unavailable stands and says WORD; an incident is stopped and proven all the same."""
    alarm = station.wait_alarm_open("books-unavailable")
    tap.check(word in alarm["value"], f"the alarm says {word!r}: {alarm['value']}")
    station.wait_value("dc-03/1/status", "charging", 30)
    station.tell("dc-03/1 overheat")
    station.wait_alarm_open("battery-over-temperature", "dc-03/1", proven=True, timeout=60)
    tap.equal(station.ctl("status")["books"], False, "books in the status")


@tap.test
def newer():
    "A database of a newer program is left untouched, and the station guards without books."
    with Station() as station:
        station.stationd.stop()
        books = sqlite3.connect(books_of(station))
        books.execute("pragma user_version=9999")
        books.close()
        before = digest(books_of(station))
        station.start()
        guards_without_books(station, "version 9999")
        tap.equal(digest(books_of(station)), before, "the file")


@tap.test
def corrupt():
    "A file that is no database is left untouched, and the station guards without books."
    with Station(start=False) as station:
        with open(books_of(station), "wb") as file:
            file.write(b"this is no database at all " * 1000)
        before = digest(books_of(station))
        station.start()
        guards_without_books(station, "not a database")
        tap.equal(digest(books_of(station)), before, "the file")


@tap.test
def people_without_books():
    "People who were known go on to be known when the books are broken, and a release waits for the books."
    with Station() as station:
        station.add_staff("wang")
        station.stationd.stop()
        with open(books_of(station), "wb") as file:
            file.write(b"this is no database at all " * 1000)
        station.start()
        station.tell("smoke-01 smoke")
        alarm = station.wait_alarm_open("smoke", "smoke-01")
        station.ctl("ack", alarm["id"], staff="wang")
        after = next(a for a in station.alarms("smoke") if a["id"] == alarm["id"])
        tap.equal(after["acknowledged_by"], "staff:wang", "who")


@tap.test
def locked_then_free():
    "While another program locks the database the station guards; what happened is recorded once it is free."
    with Station(start=False) as station:
        station.start()
        station.stationd.stop()
        lock = sqlite3.connect(books_of(station), isolation_level=None)
        lock.execute("pragma locking_mode=exclusive")
        lock.execute("begin exclusive")
        station.start()
        guards_without_books(station, "lock")
        lock.execute("rollback")
        lock.close()
        station.until(lambda: station.ctl("status")["books"], 30, "the books are back")
        station.until(lambda: [e for e in station.events("alarm.raised") if e["subject"] == "dc-03/1"], 20,
                      "the incident is recorded")
        station.until(lambda: not [a for a in station.alarms("books-unavailable") if a["active"]], 10,
                      "books-unavailable has returned to normal")


@tap.test
def end_before_a_release():
    "A release that no books have taken by the time stationd ends is not lost, and the next run makes it good."
    with Station(scenario="cars none") as station:
        station.add_staff("wang")
        station.tell("dc-01/1 arrive soc 30")
        station.wait_value("dc-01/1/status", "charging", 20)
        station.tell("dc-01/1 overheat")
        alarm = station.wait_alarm_open("battery-over-temperature", "dc-01/1", proven=True, timeout=40)
        station.ctl("ack", alarm["id"], staff="wang")
        station.tell("dc-01/1 leave")
        station.wait_alarm("battery-over-temperature", "dc-01/1", timeout=60, state="latched")
        lock = sqlite3.connect(books_of(station), isolation_level=None)
        lock.execute("begin immediate")
        station.ctl("reset", alarm["id"], staff="wang")
        tap.equal(station.stationd.stop(), 0, "how stationd ends")  # and with nothing leaked, where that is looked for
        tap.check(not station.stationd.find("is released"), "nothing is released that is not recorded")
        lock.execute("rollback")
        station.start()
        station.stationd.wait_line("dc-01/1 is released", 20)
        released = lock.execute("select object, detail from audit where verb = 'release'").fetchall()
        tap.equal(released, [("dc-01/1", alarm["id"])], "the release in the audit")
        lock.close()


def shipped_rule(name, wait):
    """The shipped rule of that name, as it is but for its delay."""
    with open(os.path.join(SOURCE, "assets/rules/station.rules"), encoding="utf-8") as file:
        text = file.read().split(f"[rule {name}]")[1].split("\n[rule ")[0]
    tap.check("\nfor=60s\n" in text, f"{name} waits a minute")
    return f"[rule {name}]" + text.replace("\nfor=60s\n", f"\nfor={wait}\n")


@tap.test
def long_log():
    "Whoever keeps the books' log from being written into them is an alarm, which ends when they let go."
    with Station(scenario="cars none") as station:
        folder = os.path.join(station.config, "rules.d")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "own.rules"), "w", encoding="utf-8") as file:
            file.write(shipped_rule("books-log-long", "1s"))
        station.ctl("reload")
        reader = sqlite3.connect(books_of(station), isolation_level=None)
        reader.execute("begin")
        reader.execute("select count(*) from event").fetchone()
        writer = sqlite3.connect(books_of(station), isolation_level=None)
        writer.execute("pragma wal_autocheckpoint=0")
        for _ in range(70):  # what a station writes in years
            writer.execute("insert or replace into meta values ('much', hex(zeroblob(524288)))")
        writer.close()
        station.tell("smoke-01 smoke")
        station.wait_value("station/books_log_mib", lambda mib: mib > 64, 30)
        station.wait_alarm_open("books-log-long", "station")
        tap.check(station.ctl("status")["books"], "the books are usable all the same")
        reader.close()
        station.wait_value("station/books_log_mib", 0, 30)
        station.until(lambda: not [a for a in station.alarms("books-log-long") if a["active"]], 30,
                      "books-log-long has returned to normal")


@tap.test
def no_folder():
    "A data-dir that cannot be made keeps nobody from guarding."
    with Station(start=False) as station:
        config = os.path.join(station.config, "station.conf")
        with open(config, encoding="utf-8") as file:
            text = file.read()
        blocked = os.path.join(station.folder, "blocked")
        with open(blocked, "w", encoding="utf-8"):
            pass
        lines = [f"data-dir={blocked}/data" if line.startswith("data-dir=") else line for line in text.splitlines()]
        with open(config, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        station.start()
        guards_without_books(station, "")


@tap.test
def full_disk():
    "When the disk is full the station guards on, says so, and records what happened once there is room."
    with Station() as station:
        station.stationd.stop()
        room = os.path.getsize(books_of(station)) + 100_000
        station.stationd = Process("stationd", ["prlimit", f"--fsize={room}:unlimited", "--", station.program("edge/stationd"),
                                                "--config", station.config, "--bus", "session"], station.environment)
        station.stationd.wait_line("^station is ready", 10)
        for turn in range(40):  # each smoke leaves some rows
            station.tell(f"smoke-01 {'clear' if turn % 2 else 'smoke'}")
            if station.stationd.find("guarding without books"):
                break
            time.sleep(0.7)  # the sensors' period is what makes an incident
        alarm = station.wait_alarm_open("books-unavailable", timeout=30)
        tap.check("full" in alarm["value"] or "large" in alarm["value"], f"the alarm says why: {alarm['value']}")
        station.wait_value("dc-05/1/status", "charging", 30)
        station.tell("dc-05/1 overheat")
        station.wait_alarm_open("battery-over-temperature", "dc-05/1", proven=True, timeout=60)
        subprocess.run(["prlimit", f"--pid={station.stationd.pid}", "--fsize=unlimited:unlimited"], check=True)
        station.until(lambda: station.ctl("status")["books"], 30, "the books are back")
        station.until(lambda: [e for e in station.events("alarm.raised") if e["subject"] == "dc-05/1"], 20,
                      "the incident is recorded")


@tap.test
def restore_of_no_file():
    "What is no regular file is refused as a copy to restore, and the books go on."
    with Station(scenario="cars none") as station:
        path = os.path.join(station.folder, "fifo")
        os.mkfifo(path)
        status, _, messages = station.ctl_raw("restore", path, timeout=20)
        tap.equal(status, 1, "exit status")
        tap.check("not a regular file" in messages, f"it is said why: {messages}")
        station.tell("smoke-01 smoke")
        station.wait_alarm("smoke", "smoke-01")
        station.until(lambda: station.events("alarm.raised"), 10, "the alarm is in the books")


def limit_files(station, size):
    """From now on stationd cannot let a file grow beyond SIZE."""
    subprocess.run(["prlimit", f"--pid={station.stationd.pid}", f"--fsize={size}:unlimited"], check=True)


@tap.test
def journal_not_written():
    "A ladder journal that cannot be written is an alarm, and is whole as soon as it can: a killed stationd keeps its hold by it alone."
    with Station(scenario="cars none") as station:
        journal = os.path.join(station.runtime, "ladder.journal")
        station.tell("dc-01/1 arrive soc 30")
        station.wait_value("dc-01/1/status", "charging", 20)
        limit_files(station, 1)
        station.tell("dc-01/1 overheat")
        station.wait_alarm_open("battery-over-temperature", "dc-01/1", proven=True, timeout=40)
        alarm = station.wait_alarm_open("journal-unwritable", "station")
        tap.check("large" in alarm["value"], f"the alarm says why: {alarm['value']}")
        with open(journal, "rb") as file:
            tap.check(b"dc-01/1" not in file.read(), "nothing of the incident is in the journal")
        limit_files(station, "unlimited")
        station.until(lambda: not [a for a in station.alarms("journal-unwritable") if a["active"]], 10,
                      "journal-unwritable has returned to normal")
        station.kill()
        for name in ("station.db", "station.db-wal", "station.db-shm"):
            with open(os.path.join(station.data, name), "wb") as file:
                file.write(b"this is no database at all " * 1000)
        station.start()
        held = [c["path"] for c in station.ctl("connectors") if c["held"]]
        tap.equal(held, ["dc-01/1"], "held after the crash")


def begin_slowly(station):
    """Starts stationd, which waits for the books that somebody holds; gives that holder."""
    lock = sqlite3.connect(books_of(station), isolation_level=None)
    lock.execute("pragma locking_mode=exclusive")
    lock.execute("begin exclusive")
    station.start(ready=False)
    station.until(lambda: os.path.exists(os.path.join(station.runtime, "starts")), 10, "stationd has begun")
    return lock


@tap.test
def early_signals():
    "A SIGHUP that comes before the station guards is served when it does, and a SIGTERM then ends it in good order."
    with Station(scenario="cars none") as station:
        station.stationd.stop()
        lock = begin_slowly(station)
        station.stationd.signal(signal.SIGTERM)
        tap.equal(station.stationd.wait(), 0, "exit status of the one that was ended")
        lock.close()
        lock = begin_slowly(station)
        with open(os.path.join(station.config, "station.conf"), "a", encoding="utf-8") as file:
            file.write("nonsense=1\n")
        station.stationd.signal(signal.SIGHUP)
        station.stationd.wait_line("^station is ready", 10)
        station.wait_alarm_open("configuration-fault")
        lock.close()


if __name__ == "__main__":
    tap.main()

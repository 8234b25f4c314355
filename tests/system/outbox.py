# SPDX-License-Identifier: Apache-2.0
"""The outbox as station-sync sees it over D-Bus: what is to be sent, what is acknowledged, how the line stands."""
import contextlib
import os
import signal
import sqlite3
import sys
import time

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import tap  # noqa: E402
from process import SLOW  # noqa: E402
from station import Station  # noqa: E402
from sync_peer import NAME, PATH, SyncPeer, refused  # noqa: E402

ALARM = "hq-ack-beyond-sent"


def configure_hq(station):
    """A broker is named; station-sync, which would speak to it, is the test."""
    with open(os.path.join(station.config, "station.conf"), encoding="utf-8") as file:
        text = file.read()
    if "[hq]" not in text:
        text += "\n[hq]\nbroker=mqtt://127.0.0.1:1\n"
    with open(os.path.join(station.config, "station.conf"), "w", encoding="utf-8") as file:
        file.write(text)


def with_hq(**options):
    return Station(start=False, **options)


def drain(sync):
    """Reads and acknowledges all that waits, the oldest epoch first; gives (epoch, seq) of each."""
    found = []
    for epoch, acked, last in sync.outbox():
        while acked < last:
            events = sync.read(epoch, acked, 100)
            found += [(epoch, seq) for seq, _ in events]
            acked = events[-1][0]
            sync.ack(epoch, acked)
    return found


@tap.test
def events_in_order():
    "Every event can be read as a CloudEvents object, in order, the same text each time."
    with Station() as station, SyncPeer(station) as sync:
        station.tell("smoke-01 smoke")
        (epoch, acked, _), = sync.outbox()
        tap.equal(acked, 0, "acknowledged of new books")
        station.until(lambda: "alarm.raised" in [event["type"] for _, event in sync.read(epoch, 0)], 20, "a durable alarm")
        (_, _, last), = sync.outbox()
        texts = sync.read_texts(epoch, 0)
        tap.equal([seq for seq, _ in texts], list(range(1, len(texts) + 1)), "the seqs")
        tap.check(len(texts) >= last, "what GetOutbox said is there can be read")
        tap.equal(sync.read_texts(epoch, 0)[:len(texts)], texts, "the texts, read again")
        tap.equal(sync.read_texts(epoch, 2, 2), texts[2:4], "a part")
        for seq, event in sync.read(epoch, 0):
            tap.equal((event["specversion"], event["id"], event["epoch"], event["seq"], event["datacontenttype"]),
                      ("1.0", f"{epoch}.{seq}", epoch, seq, "application/json"), "the envelope")
            tap.equal(event["source"], f"/stations/{station.ctl('status')['station']}", "source")
            tap.check(isinstance(event["data"], dict), "data is an object")
        kinds = [event["type"] for _, event in sync.read(epoch, 0)]
        tap.check("station.started" in kinds and "alarm.raised" in kinds, f"types: {kinds}")


@tap.test
def acknowledged_once():
    "What is acknowledged is durable when it is answered, outlives a kill, and never goes back."
    with Station() as station, SyncPeer(station) as sync:
        station.until(lambda: sync.outbox()[-1][2] > 0, 10, "an event")
        drain(sync)
        (epoch, acked, _), = sync.outbox()
        station.kill()
        station.start()
        tap.equal(sync.outbox()[0][:2], (epoch, acked), "after kill -9")
        tap.check(acked > 0, "something was acknowledged")
        sync.ack(epoch, 1)
        tap.equal(sync.outbox()[0][1], acked, "after an older ack")
        tap.equal(station.ctl("status")["acked_seq"], acked, "status.acked_seq")


@tap.test
def appended_is_told():
    "station-sync is told of events as they become durable, without asking."
    with Station() as station, SyncPeer(station) as sync:
        (epoch, _, last), = sync.outbox()
        station.tell("smoke-01 smoke")
        sync.wait_signal("Appended", lambda at, seq: at == epoch and seq > last)


@tap.test
def beyond_what_was_sent():
    "An ack beyond what was sent is refused, raises an alarm and begins a new epoch; the older one drains first."
    with Station() as station, SyncPeer(station) as sync:
        (epoch, _, last), = sync.outbox()
        tap.check("more than was sent" in refused("Refused", sync.ack, epoch, last + 1000), "the reason")
        station.wait_alarm(ALARM, "station")
        epochs = station.until(lambda: (found := sync.outbox()) and len(found) == 2 and found, 10, "two epochs")
        tap.equal(epochs[0][0], epoch, "the first to drain")
        first = sync.read(epochs[1][0], 0)[0][1]
        tap.equal((first["type"], first["seq"]), ("station.restored", 1), "how the new epoch begins")
        found = drain(sync)
        tap.equal(found, sorted(found), "what was drained")
        tap.equal(len(set(found)), len(found), "each once")
        tap.equal([e for e, _, _ in sync.outbox()], [epochs[1][0]], "what is left to drain")
        station.wait_alarm(ALARM, "station", active=False)


@tap.test
def beyond_again_and_again():
    "Whoever sends bad acks in a row makes neither epoch after epoch nor record after record."
    with Station() as station, SyncPeer(station) as sync:
        (epoch, _, last), = sync.outbox()
        refused("Refused", sync.ack, epoch, last + 1000)
        station.until(lambda: len(sync.outbox()) == 2, 10, "two epochs")
        for number in range(20):
            epoch, _, last = sync.outbox()[-1]
            refused("Refused", sync.ack, epoch, last + 1000)
            refused("Refused", sync.ack, 12345 + number, 1)
        tap.equal(len(sync.outbox()), 2, "epochs after all of them")
        station.stationd.stop()
        with contextlib.closing(sqlite3.connect(os.path.join(station.data, "station.db"))) as books:
            tap.equal(books.execute("select count(*) from audit where verb = 'ack'").fetchone(), (1,), "the audit")


@tap.test
def foreign_epoch():
    "An ack of an epoch that is not ours is refused, with the same alarm."
    with Station() as station, SyncPeer(station) as sync:
        refused("Refused", sync.ack, 12345, 1)
        station.wait_alarm(ALARM, "station")


@tap.test
def not_yet_sent():
    "An ack of events that exist and were never handed out is refused as well."
    with Station() as station, SyncPeer(station) as sync:
        drain(sync)
        epoch, _, last = sync.outbox()[-1]
        station.tell("smoke-01 smoke")
        station.wait_alarm_open("smoke")
        now = station.until(lambda: (found := sync.outbox()[-1][2]) > last and found, 10, "a new event")
        refused("Refused", sync.ack, epoch, now)


@tap.test
def restored_backup():
    "After an older backup is restored its epoch drains first, whatever HQ had of it, and no number is given twice."
    with Station() as station, SyncPeer(station) as sync:
        copy = os.path.join(station.folder, "copy.db")
        station.until(lambda: sync.outbox()[-1][2] > 0, 10, "an event for the backup to have")
        station.ctl("backup", copy)
        station.restart()  # one event more, at least
        before = drain(sync)
        old, through, _ = sync.outbox()[-1]
        station.ctl("restore", copy)
        epochs = sync.outbox()
        tap.equal(epochs[0][0], old, "the epoch of the backup")
        tap.check(epochs[0][2] < through, "the backup is older than what was acknowledged")
        sync.read(old, 0)
        sync.ack(old, through)  # HQ answers with what it has
        tap.check(old not in [epoch for epoch, _, _ in sync.outbox()], "the old epoch is drained")
        tap.equal(set(drain(sync)) & set(before), set(), "numbers given twice")
        tap.equal(station.alarms(ALARM, every=True), [], "alarms")


@tap.test
def the_line():
    "The line is what station-sync says; when it leaves the bus the line is gone, and the process is missed."
    with with_hq() as station:
        configure_hq(station)
        station.start()
        tap.equal(station.ctl("status")["hq"]["online"], False, "before anybody said so")
        with SyncPeer(station) as sync:
            sync.line(True)
            station.wait_value("station/hq_online", 1)
            status = station.ctl("status")
            tap.equal((status["hq"]["online"], status["hq"]["reason"]), (True, ""), "hq in the status")
            tap.equal([p["running"] for p in status["processes"] if p["name"] == "station-sync"], [True], "the process")
            station.wait_value("station/backlog", lambda value: value > 0)
            drain(sync)
            station.wait_value("station/backlog", 0)
            sync.line(True, "event 7.1 has 300000 bytes")
            told = station.ctl("status")["hq"]
            tap.equal((told["online"], told["reason"]), (True, "event 7.1 has 300000 bytes"), "a line that is held up")
            sync.line(False, "connection refused 拒绝")
            station.wait_value("station/hq_online", 0)
            tap.equal(station.ctl("status")["hq"]["reason"], "connection refused 拒绝", "the reason")
            tap.equal(station.alarms("process-down"), [], "alarms while it is there")
        station.wait_alarm_open("process-down", "station-sync")
        tap.equal(station.ctl("status")["hq"]["online"], False, "afterwards")
        with SyncPeer(station) as sync:
            sync.line(True)
            station.wait_alarm("process-down", "station-sync", active=False)
            station.bus.kill()
            station.bus.start()
        with SyncPeer(station) as sync:
            station.until(lambda: station.ctl_raw("status")[0] == 0, 20, "stationd is on the new bus")
            tap.equal(station.ctl("status")["hq"]["online"], False, "after the bus has died")


@tap.test
def no_broker():
    "Without a broker there is no line: its points have no value, and nobody misses station-sync."
    with Station() as station, SyncPeer(station) as sync:
        sync.line(True)
        sync.close()
        station.until(lambda: not station.ctl("status")["hq"]["online"], 10, "the line is gone")
        tap.check(station.point("station/hq_online")["quality"] != "good", "hq_online has no value")
        tap.equal(station.alarms("process-down", every=True), [], "alarms")


class Asker:
    """Asks again and again, several things at a time, on a connection of its own; counts what comes back."""

    CALLS = (("Sync1", "GetOutbox", None), ("Sync1", "ReadOutbox", ("(xxu)", (1, 0, 10))),
             ("Sync1", "TakeAck", ("(xxx)", (1, 0, 0))), ("Station1", "ListEvents", ("(xxu)", (0, 0, 10))),
             ("Station1", "ListAlarms", ("(b)", (True,))), ("Station1", "ListStaff", None),
             ("Station1", "Silence", ("(ss)", ("wang", "0000"))))

    def __init__(self, station):
        self.peer = SyncPeer(station)
        self.under_way, self.answers, self.asks = 0, 0, True
        for call in self.CALLS * 2:
            self.ask(call)

    def ask(self, call):
        interface, method, arguments = call
        self.under_way += 1
        self.peer.connection.call(NAME, PATH, f"org.stationmaster.{interface}", method,
                                  arguments and GLib.Variant(*arguments), None, Gio.DBusCallFlags.NO_AUTO_START, 60000,
                                  None, self.on_answer, call)

    def on_answer(self, connection, result, call):
        self.under_way -= 1
        self.answers += 1
        try:
            connection.call_finish(result)
        except GLib.Error as error:
            self.asks &= Gio.DBusError.get_remote_error(error).startswith("org.stationmaster.")
        if self.asks:
            self.ask(call)

    def until(self, condition, what):
        """Answers are taken until CONDITION; looked at with each of them and every 10 ms."""
        deadline = time.monotonic() + 20 * SLOW
        ticks = GLib.timeout_add(10, lambda: True)
        while not condition():
            if time.monotonic() > deadline:
                raise tap.Failure(f"not in time: {what}; {self.answers} answers, {self.under_way} under way")
            GLib.MainContext.default().iteration(True)
        GLib.source_remove(ticks)


@tap.test
def ends_while_asked():
    "stationd ends at once and cleanly while calls wait for the books and for PINs; each caller hears of it."
    with with_hq(scenario="cars none") as station:
        configure_hq(station)
        station.start()
        station.add_staff("wang")
        for _ in range(3):
            asker = Asker(station)
            asker.until(lambda: asker.answers > 100, "answers")
            station.stationd.signal(signal.SIGTERM)
            asker.until(lambda: not station.stationd.is_alive(), "the end")
            tap.equal(station.stationd.stop(), 0, "how it ended")
            asker.until(lambda: asker.under_way == 0, "the last answer")
            asker.peer.close()
            station.start()


if __name__ == "__main__":
    tap.main()

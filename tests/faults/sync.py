# SPDX-License-Identifier: Apache-2.0
"""The line to headquarters, whole and real: stationd, station-sync, mosquitto, two collectors and PostgreSQL, while
each of them is killed, frozen, cut off or set back. At the end headquarters has each event once, in order, none missing,
compared row by row with the station's own books."""
import collections
import glob
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import tap  # noqa: E402
from broker import Mosquitto  # noqa: E402
from hq import Collector  # noqa: E402
from mqtt_wire import Wire  # noqa: E402
from postgres import Postgres  # noqa: E402
from process import until  # noqa: E402
from station import Station  # noqa: E402

EVENTS = tap.full(5_000, 50_000)
STATION = "CS-LINE-001"
ROOT = f"stationmaster/v1/{STATION}"
PATIENCE_S = 2
WINDOW = 100
DOORS = [f"door-{n}" for n in range(1, 7)]
PLACE = re.compile(rb'"epoch":(\d+),"seq":(\d+)')
ACK = re.compile(rb'\{"epoch":(\d+),"through":(\d+)\}')
RULES = """[rule door]
applies-to=sensor/*
when=door == 1
severity=low
do=view
title=Door open
title[zh_CN]=门未关
"""


def write_site(folder, broker):
    """Six doors that may be opened and closed, each an event, and a line to headquarters."""
    os.makedirs(os.path.join(folder, "devices.d"))
    os.makedirs(os.path.join(folder, "rules.d"))
    with open(os.path.join(folder, "station.conf"), "w", encoding="utf-8") as file:
        file.write(f"[station]\nid={STATION}\ntimezone=Asia/Shanghai\ndata-dir=data\n[hq]\nbroker={broker}\n"
                   "[policy]\nshipped-rules=no\nguard-only-after=0\n")
    with open(os.path.join(folder, "rules.d", "doors.rules"), "w", encoding="utf-8") as file:
        file.write(RULES)
    with open(os.path.join(folder, "devices.d", "doors.conf"), "w", encoding="utf-8") as file:
        file.write("[bus yard]\naddress=tcp://127.0.0.1:15021\n")
        for n, door in enumerate(DOORS, 1):
            file.write(f"[device {door}]\nprofile=generic-door\nbus=yard\nunit-id={n}\nperiod-ms=200\n")
    return folder


def fill(path, count):
    """COUNT events more in the books of a stopped station, as its store writes them."""
    books = sqlite3.connect(path)
    with books:
        epoch, seq = books.execute("select epoch, seq from position").fetchone()
        books.executemany("insert into event (epoch, seq, type, subject, time, timequality, data) values (?,?,?,?,?,?,?)",
                          [(epoch, n, "alarm.raised", f"dc-{n % 40:02}/1",
                            f"2026-11-22T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}.{n % 1000:03}+08:00", "synced",
                            json.dumps({"id": f"a-{n}", "value": n / 8, "title": "电池过温 \"\\\n" * (n % 30)},
                                       ensure_ascii=n % 2 == 0))
                           for n in range(seq + 1, seq + count + 1)])
        books.execute("update position set seq = seq + ?", (count,))
    books.close()


def read_books(path):
    """The rows of a station's books by (epoch, seq)."""
    books = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    rows = books.execute("select epoch, seq, id, type, subject, time, timequality, data from event").fetchall()
    books.close()
    return {row[:2]: (*row[2:7], json.loads(row[7])) for row in rows}


class Listener:
    """What goes over the station's wire: that it is in order, within the window, and acknowledged never backwards."""

    def __init__(self):
        self.faults, self.published = [], collections.Counter()
        self.last, self.acked = {}, {}
        self.at = (0, 0)
        self.lock = threading.Lock()

    def place(self):
        with self.lock:
            return self.at

    def hear(self, link, way, topic, packet):
        with self.lock:
            if way == "up" and topic.endswith(b"/event"):
                self.on_event(link, *map(int, PLACE.search(packet).groups()))
            if way == "down" and topic.endswith(b"/ack"):
                self.on_ack(*map(int, ACK.search(packet).groups()))

    def on_event(self, link, epoch, seq):
        at, last = self.last.get(link, (0, 0))
        acked = self.acked.get(epoch, 0)
        if at == epoch and seq > max(last, acked) + 1:
            self.faults.append(f"{epoch}.{seq} was published behind {last}, acknowledged {acked}")
        if seq > acked + WINDOW:
            self.faults.append(f"{epoch}.{seq} was published, acknowledged {acked}")
        self.last[link] = self.at = (epoch, seq)
        self.published[epoch, seq] += 1

    def on_ack(self, epoch, through):
        if through < self.acked.get(epoch, 0):
            self.faults.append(f"ack of {epoch} fell from {self.acked[epoch]} to {through}")
        self.acked[epoch] = max(through, self.acked.get(epoch, 0))


class Scene:
    """Everything, started in order; what is started ends with it."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="stationmaster-line-")
        self.database = self.station = None
        self.broker = Mosquitto(keep=True)
        self.listener = Listener()
        self.wire = Wire(self.broker.port, self.listener.hear)
        self.wires = [Wire(self.broker.port) for _ in range(2)]
        self.kept = []  # the books before each restore
        self.flapping = threading.Event()
        try:
            self.database = Postgres()
            self.broker.start()
            self.collectors = [self.collect(wire) for wire in self.wires]
            self.station = Station(site=write_site(os.path.join(self.folder, "site"), self.wire.url)).__enter__()
            self.start_sync()
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, kind, error, trace):
        if error is not None:
            error.diagnostics = [*getattr(error, "diagnostics", []), *self.logs()]
        self.flapping.set()
        for wire in (self.wire, *self.wires):
            wire.close()
        if self.station:
            self.station.__exit__(kind, error, trace)
        for collector in getattr(self, "collectors", ()):
            collector.remove()
        self.broker.close()
        if self.database:
            self.database.remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    def logs(self):
        lines = []
        for collector in getattr(self, "collectors", ()):
            lines += collector.program.tail()[-10:]
        return [*lines, *self.broker.logs()]

    def until(self, condition, timeout, what):
        return until(condition, timeout, what, self.logs)

    # Programs

    @property
    def books(self):
        return os.path.join(self.station.data, "station.db")

    def collect(self, wire):
        return Collector(wire, self.database).ready()

    def start_sync(self):
        self.sync = self.station.run("sync", [self.station.program("sync/station-sync"), "--config", self.station.config,
                                              "--bus", "session", "--patience", PATIENCE_S])
        self.sync.wait_line("connected", 20)

    def flap(self):
        """Opens and closes doors until the scene is over: events that come while all this goes on."""
        def run():
            opens = True
            while True:
                for door in DOORS:
                    if self.flapping.wait(0.1):
                        return
                    self.station.sim.say(f"{door} {'open' if opens else 'clear'}")
                opens = not opens
        threading.Thread(target=run, daemon=True).start()

    # How far it is

    def outbox(self):
        """(epoch, last seq) of the books."""
        books = sqlite3.connect(f"file:{self.books}?mode=ro", uri=True)
        found = books.execute("select epoch, seq from position").fetchone()
        books.close()
        return found

    def through(self):
        """Of the station's epochs at headquarters."""
        return dict(self.database.query(f"SELECT epoch, through FROM progress WHERE station = '{STATION}'"))

    def has_no_gap(self):
        return self.database.value("SELECT count(*) FROM progress WHERE through <> top") == 0

    def drained(self, timeout=60):
        """Waits until headquarters has all that the station had when this began."""
        epoch, last = self.outbox()
        self.until(lambda: self.through().get(epoch, 0) >= last, timeout, f"{epoch}.{last} at headquarters")


def rows_at_headquarters(scene):
    found = scene.database.query(
        "SELECT epoch, seq, id, type, subject, to_char(time AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS')"
        f" || '+08:00' AS time, time_quality, data FROM event WHERE station = '{STATION}'")
    rows = {tuple(row[:2]): tuple(row[2:]) for row in found}
    tap.equal(len(found), len(rows), "rows at headquarters, each once")
    return rows


def compare(scene, wanted):
    """Row by row: what is WANTED, headquarters has as the station has it; what else it has, the station had before a restore."""
    ours, theirs = read_books(scene.books), rows_at_headquarters(scene)
    missing = sorted(wanted - set(theirs))
    tap.equal(missing[:10], [], f"missing at headquarters, {len(missing)} in all")
    former = {}
    for kept in scene.kept:
        former.update(read_books(kept))
    for place, row in theirs.items():
        tap.equal(row, ours.get(place) or former.get(place), f"event {place}")
    seqs = collections.defaultdict(list)
    for epoch, seq in sorted(theirs):
        seqs[epoch].append(seq)
    for epoch, found in seqs.items():
        tap.equal(found, list(range(1, len(found) + 1)), f"seqs of epoch {epoch}")
        tap.equal(scene.through()[epoch], len(found), f"through of epoch {epoch}")
    for table in ("conflict", "poison"):
        tap.equal(scene.database.value(f"SELECT count(*) FROM {table}"), 0, f"rows in {table}")
    tap.equal(scene.listener.faults[:10], [], "faults on the wire")
    return len(theirs)


# What befalls the line. Each begins with the stream held in the station's wire, in the middle of it, and lets it go.

def broker_killed(scene):
    "the broker killed, its state kept"
    scene.broker.kill()
    scene.wire.release()
    scene.broker.start()


def broker_emptied(scene):
    "the broker killed, its state lost"
    scene.broker.kill()
    scene.broker.forget()
    scene.wire.release()
    scene.broker.start()


def broker_frozen(scene):
    "the broker frozen: connections stand, and nobody is behind them"
    mark = scene.sync.mark()
    scene.broker.freeze()
    scene.wire.release()
    scene.sync.wait_line("no line: the broker takes nothing", 20, mark)
    scene.broker.thaw()


def line_swallowed(scene):
    "the station's connection half open: what goes in does not come out"
    mark = scene.sync.mark()
    scene.wire.swallow()
    scene.sync.wait_line("no line: the broker takes nothing", 20, mark)


def line_cut_at_ack(scene):
    "the line cut between an acknowledgement and the station"
    scene.wire.release()
    trap = scene.wire.trap("down", "/ack")
    trap.wait(30, scene.logs)
    scene.wire.sever()


def collector_killed(scene):
    "a collector killed between its commit and its acknowledgement"
    traps = [wire.trap("up", "/ack") for wire in scene.wires]
    scene.wire.release()
    scene.until(lambda: any(trap.sprung for trap in traps), 30, "an acknowledgement leaves a collector")
    n = next(n for n, trap in enumerate(traps) if trap.sprung)
    scene.collectors[n].program.kill()
    scene.wires[n].sever()
    scene.wires[1 - n].release()
    scene.collectors[n].remove()
    scene.collectors[n] = scene.collect(scene.wires[n])


def collectors_killed(scene):
    "both collectors killed at once"
    for collector in scene.collectors:
        collector.program.kill()
    scene.wire.release()
    for n, wire in enumerate(scene.wires):
        scene.collectors[n].remove()
        scene.collectors[n] = scene.collect(wire)


def database_crashed(scene):
    "PostgreSQL crashed, and started again"
    scene.database.stop(signal.SIGQUIT)
    scene.wire.release()
    scene.database.start()


def sync_killed(scene):
    "station-sync killed, with events on their way"
    scene.sync.kill()
    scene.wire.sever()
    scene.start_sync()


def station_killed(scene):
    "stationd killed, with events under way"
    scene.station.kill()
    scene.wire.release()
    scene.station.start()


def killed_before_publishing(scene):
    "stationd and station-sync killed between the commit of an event and its publication"
    _, last = scene.outbox()
    scene.until(lambda: scene.outbox()[1] >= last + 2, 20, "events are committed while none can leave")
    scene.station.kill()
    scene.sync.kill()
    scene.wire.sever()
    scene.station.start()
    scene.start_sync()


def bus_killed(scene):
    "the bus daemon killed, and started again"
    scene.station.bus.kill()
    scene.wire.release()
    scene.station.bus.start()
    scene.until(lambda: scene.station.ctl_raw("status")[0] == 0, 20, "stationd is on the new bus")


FAULTS = [broker_killed, broker_emptied, broker_frozen, line_swallowed, line_cut_at_ack, collector_killed,
          collectors_killed, database_crashed, sync_killed, station_killed, killed_before_publishing, bus_killed]


def storm(scene, faults, events):
    """EVENTS more in the books, and on their way to headquarters FAULTS, one after the other."""
    trap = scene.wire.trap("up", "/event", 50)
    scene.station.stationd.stop()
    fill(scene.books, events)
    scene.station.start()
    for fault in faults:
        trap.wait(60, scene.logs)
        at, began = scene.listener.place(), time.monotonic()
        fault(scene)
        trap = scene.wire.trap("up", "/event", max(events // (len(faults) + 2), 150))
        tap.note(f"{at[0]}.{at[1]}: {fault.__doc__} ({time.monotonic() - began:.1f} s)")
    trap.wait(60, scene.logs)  # events on a line without faults, more than a window holds
    scene.wire.release()


def backup(scene):
    """A copy of the books, in the middle of the stream."""
    path = os.path.join(scene.folder, f"copy-{len(scene.kept)}.db")
    scene.station.ctl("backup", path)
    return path


def restore(scene, path):
    """Sets the station back to that copy; what it had is kept for the comparison."""
    scene.until(lambda: scene.has_no_gap(), 60, "no gap at headquarters")
    before, _ = scene.outbox()
    scene.station.ctl("restore", path)
    scene.until(lambda: scene.outbox()[0] != before, 20, "a new epoch")
    scene.kept = sorted(glob.glob(scene.books + ".before-restore-*"))
    scene.kept = [kept for kept in scene.kept if not kept.endswith(("-wal", "-shm"))]


def live_through(scene, lives, events):
    """As many lives of the books as LIVES has lists of faults: each but the last ends by a restore of an older copy."""
    for n, faults in enumerate(lives):
        half = len(faults) // 2
        storm(scene, faults[:half], events // (2 * len(lives)))
        copy = backup(scene)
        storm(scene, faults[half:], events // (2 * len(lives)))
        if n + 1 < len(lives):
            restore(scene, copy)
            tap.note("an older copy of the books restored")
            scene.drained()  # without a restart of anything


@tap.test
def nothing_lost():
    "Over kills, freezes, half-open lines, lost state and a restored backup: at headquarters each event once, in order, none missing."
    seed = int(os.environ.get("STATIONMASTER_SEED", random.randrange(1 << 30)))
    tap.note(f"STATIONMASTER_SEED={seed}")
    faults = FAULTS * tap.full(1, 8)
    random.Random(seed).shuffle(faults)
    lives = tap.full(2, 4)
    with Scene() as scene:
        scene.flap()
        live_through(scene, [faults[n::lives] for n in range(lives)], EVENTS + EVENTS // 4)  # a restore loses some
        scene.drained()
        lost = EVENTS - scene.database.value("SELECT count(*) FROM event")
        if lost > 0:  # by the restores: how many, depends on how far the stream was ahead of the copies
            storm(scene, [], max(lost, 300))
        scene.flapping.set()
        wanted = set(read_books(scene.books))  # stationd goes on: that station-sync ends is an event as well
        scene.drained()
        scene.until(lambda: scene.station.ctl("status")["hq"]["backlog"] == 0, 30, "no backlog")
        tap.equal(scene.sync.stop(), 0, "exit status of station-sync")
        tap.equal([collector.program.stop() for collector in scene.collectors], [0, 0], "those of the collectors")
        count = compare(scene, wanted)
        tap.check(count >= EVENTS, f"{count} events are enough")
        duplicates = sum(scene.listener.published.values()) - len(scene.listener.published)
        tap.note(f"{count} events at headquarters, {duplicates} of them published more than once, {len(faults)} faults")


if __name__ == "__main__":
    tap.main()

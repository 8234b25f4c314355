# SPDX-License-Identifier: Apache-2.0
"""The line to headquarters under test: broker, station-sync, a stand-in for stationd, and a foreign headquarters.

    with Line() as line:
        line.fake("append 10")
        line.hq.wait(10)

Headquarters is mosquitto_sub and mosquitto_pub with hand-made acknowledgements: it keeps each event once, by its id.
"""
import json
import os
import shutil
import sys
import tempfile
import threading
import time

import tap
from broker import Mosquitto
from process import Process, until
from station import BUILD, SOURCE, Bus

STATION = "CS-0571-001"
ROOT = f"stationmaster/v1/{STATION}"
EPOCH = 1795328504


class Headquarters:
    """Listens to `event`, keeps what comes, and acknowledges the contiguous prefix while `acks` is set."""

    def __init__(self, broker, acks=True):
        self.broker, self.acks = broker, acks
        self.texts = {}       # (epoch, seq) → text, of the first time
        self.order = []       # (epoch, seq) of each publication, as it came
        self.through = {}
        self.conflicts = []
        self.lock = threading.Lock()
        self.told = {}
        self.over = False
        self.listener = broker.listen(f"{ROOT}/event", self.on_line)
        self.acker = threading.Thread(target=self.acknowledge, daemon=True)
        self.acker.start()

    def on_line(self, _process, stream, line):
        if stream != 1:
            return
        text = line.split(" ", 2)[2]
        event = json.loads(text)
        key = (event["epoch"], event["seq"])
        with self.lock:
            self.order.append(key)
            if key in self.texts: # the acknowledgement was not heard
                self.told.pop(key[0], None)
            if self.texts.setdefault(key, text) != text:
                self.conflicts.append(key)
            through = self.through.get(key[0], 0)
            while (key[0], through + 1) in self.texts:
                through += 1
            self.through[key[0]] = through

    def acknowledge(self):
        """Whatever is new, and again what comes twice."""
        while not self.over:
            with self.lock:
                due = [(e, t) for e, t in self.through.items() if t and self.told.get(e) != t]
            for epoch, through in due if self.acks else ():
                try:
                    self.broker.publish(f"{ROOT}/ack", json.dumps({"epoch": epoch, "through": through}))
                    self.told[epoch] = through
                except Exception:  # the broker is away: later  # pylint: disable=broad-except
                    time.sleep(0.1)
            time.sleep(0.01)

    def count(self, epoch=EPOCH):
        with self.lock:
            return self.through.get(epoch, 0)

    def duplicates(self):
        with self.lock:
            return len(self.order) - len(self.texts)

    def wait(self, count, timeout=30, epoch=EPOCH):
        until(lambda: self.count(epoch) >= count, timeout, f"{count} events of {epoch} at headquarters; "
              f"through {self.through}", self.broker.logs)


class Line:
    """CERTIFICATES: TLS. SETTINGS: more lines of [hq]. ACKS: whether headquarters acknowledges."""

    def __init__(self, certificates=None, settings="", acks=True, patience=3, broker=None, events=0, keep=False):
        self.folder = tempfile.mkdtemp(prefix="stationmaster-line-")
        self.broker = broker or Mosquitto(certificates, keep)
        self.certificates, self.settings, self.acks, self.patience = certificates, settings, acks, patience
        self.outbox = os.path.join(self.folder, "outbox.json")
        self.config = os.path.join(self.folder, "config")
        self.processes = []
        self.bus = self.stationd = self.sync = self.hq = None
        with open(self.outbox, "w", encoding="utf-8") as file:
            json.dump({"epochs": [[EPOCH, 0, events]], "gone": []}, file)

    def __enter__(self):
        os.makedirs(self.config)
        self.write_config(self.broker.url)
        self.broker.start()
        self.bus = Bus(self.folder)
        self.bus.start()
        self.hq = Headquarters(self.broker, self.acks)
        self.start_fake()
        self.start_sync()
        return self

    def __exit__(self, kind, error, trace):
        if error is not None and not isinstance(error, (tap.Skip, KeyboardInterrupt)):
            error.diagnostics = [*getattr(error, "diagnostics", []), *self.logs()]
        self.hq.over = True
        failures = []
        for process in (self.sync, self.stationd, self.bus.process):
            try:
                status = process.stop()
                if process is self.sync and status not in (0, -9):
                    failures.append(tap.Failure(f"station-sync ended with status {status}\n" +
                                                "\n".join(process.tail())))
            except tap.Failure as failure:
                failures.append(failure)
        self.broker.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        if error is None and failures:
            raise failures[0]

    def write_config(self, url):
        with open(os.path.join(self.config, "station.conf"), "w", encoding="utf-8") as file:
            file.write(f"[station]\nid={STATION}\ntimezone=Asia/Shanghai\ndata-dir={self.folder}/data\n"
                       f"[hq]\nbroker={url}\n{self.settings}")

    @property
    def environment(self):
        return {"DBUS_SESSION_BUS_ADDRESS": self.bus.address, "STATIONMASTER_ASSETS": os.path.join(SOURCE, "assets"),
                "LC_ALL": "C.UTF-8", "G_DEBUG": "fatal-criticals"}

    def start_fake(self):
        self.stationd = Process("fake", [sys.executable, os.path.join(SOURCE, "tests/lib/fake_sync.py"), self.outbox],
                                self.environment)
        self.stationd.wait_line("^station is ready", 10)

    def start_sync(self):
        program = os.path.join(BUILD, "sync/station-sync")
        self.sync = Process("sync", [program, "--config", self.config, "--bus", "session", "--patience", self.patience],
                            self.environment)

    def connected(self, timeout=20, since=0):
        self.sync.wait_line("connected", timeout, since)

    def fake(self, line):
        """Tells the stand-in LINE; gives its epochs."""
        mark = self.stationd.mark()
        self.stationd.say(line)
        return json.loads(self.stationd.wait_line("^done (.*)", 10, mark)[1])

    def acked(self, epoch=EPOCH):
        with open(self.outbox, encoding="utf-8") as file:
            return next(e[1] for e in json.load(file)["epochs"] if e[0] == epoch)

    def wait_acked(self, count, timeout=30, epoch=EPOCH):
        until(lambda: self.acked(epoch) >= count, timeout, f"{count} of {epoch} acknowledged to stationd", self.logs)

    def logs(self):
        return [line[:160] for p in (self.sync, self.stationd) if p for line in p.tail()] + self.broker.logs()

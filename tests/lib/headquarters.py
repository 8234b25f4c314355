# SPDX-License-Identifier: Apache-2.0
"""Headquarters whole, with its real programs: broker, PostgreSQL, collectors that share the load, signed commands.

    with Headquarters() as headquarters, Station(start=False) as station:
        headquarters.connect(station)       # its configuration names the broker and the key
        station.start()
        headquarters.start_sync(station)
        headquarters.command(station, "announce", text="Welcome").wait()
        count, differences = headquarters.compare(station)

Everything is told in FOLDER, or in a temporary one that goes with the block.
"""
import base64
import datetime
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile

import tap
from broker import Mosquitto, openssl
from postgres import Postgres, unprivileged
from process import SLOW, Process, until
from station import BUILD, SOURCE

ISSUER = "hq-demo"
LONGEST_FOLDER = 80  # PostgreSQL's socket stands in it, and such a path has 107 bytes at most
SHOWN = 10


class Headquarters:
    def __init__(self, folder=None, collectors=2, on_line=None):
        self.kept = folder is not None
        self.folder = folder or tempfile.mkdtemp(prefix="stationmaster-hq-")
        self.on_line = on_line
        self.wanted = collectors
        self.broker = self.database = None
        self.collectors, self.commands = [], []
        self.program = os.path.join(BUILD, "sync/station-hq")
        os.makedirs(self.folder, mode=0o711, exist_ok=True)

    def __enter__(self):
        try:
            self.start_broker()
            self.database = Postgres(folder=self.database_folder())
            self.write_config()
            self.collectors = [self.start("collect") for _ in range(self.wanted)]
            for collector in self.collectors:
                collector.wait_line("collecting", 30)
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, _kind, error, _trace):
        if isinstance(error, Exception):
            error.diagnostics = [*getattr(error, "diagnostics", []), *self.logs()]
        failures = []
        for process in [*self.commands, *self.collectors]:
            try:
                status = process.stop()
                if process in self.collectors and status not in (0, -9):
                    failures.append(tap.Failure(f"a collector ended with status {status}"))
                    failures[-1].diagnostics = process.tail()
            except tap.Failure as failure:
                failures.append(failure)
        if self.database:
            self.database.remove()
        if self.broker:
            self.broker.close()
        if not self.kept:
            shutil.rmtree(self.folder, ignore_errors=True)
        if failures and error is None:
            raise failures[0]

    # Programs

    def start_broker(self):
        """On a free port: one that was free may have gone to somebody else meanwhile, then on another."""
        for last in (False, False, True):
            broker = Mosquitto(settings="set_tcp_nodelay true", below=self.folder)
            try:
                broker.start()
                tap.check(broker.process.is_alive(), "mosquitto has ended")
                self.broker = broker
                return
            except tap.Failure:
                broker.close()
                if last:
                    raise

    def database_folder(self):
        """Below FOLDER where PostgreSQL's user may go there, else a temporary one of its own (None)."""
        folder = os.path.join(self.folder, "postgres")
        enters = subprocess.run(unprivileged(["test", "-x", self.folder]), check=False).returncode == 0
        if not enters or len(folder) > LONGEST_FOLDER:
            return None
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        return folder

    def write_config(self):
        self.config = os.path.join(self.folder, "hq")
        os.makedirs(self.config, mode=0o700, exist_ok=True)
        key = os.path.join(self.config, "hq.key")
        if not os.path.exists(key):
            openssl("genpkey", "-algorithm", "ed25519", "-out", key)
        os.chmod(key, 0o600)
        with open(os.path.join(self.config, "hq.conf"), "w", encoding="utf-8") as file:
            file.write(f"[hq]\nbroker={self.broker.url}\ndatabase={self.database.uri}\nissuer={ISSUER}\n"
                       "command-key-file=hq.key\n")

    def public_key(self):
        """In base64: the last 32 bytes of its DER form."""
        path = os.path.join(self.config, "hq.der")
        openssl("pkey", "-in", os.path.join(self.config, "hq.key"), "-pubout", "-outform", "DER", "-out", path)
        with open(path, "rb") as file:
            return base64.b64encode(file.read()[-32:]).decode()

    def start(self, verb, *words):
        return Process(f"hq-{verb}", [self.program, verb, *words, "--config", self.config], {"LC_ALL": "C.UTF-8"},
                       self.on_line)

    def connect(self, station):
        """Adds this headquarters to the station's configuration, before stationd starts."""
        with open(os.path.join(station.config, "hq.pub"), "w", encoding="utf-8") as file:
            file.write(f"{ISSUER} {self.public_key()}\n")
        with open(os.path.join(station.config, "station.conf"), "a", encoding="utf-8") as file:
            file.write(f"\n[hq]\nbroker={self.broker.url}\ncommand-keys=hq.pub\n")

    def start_sync(self, station):
        return station.run("station-sync", [os.path.join(BUILD, "sync/station-sync"), "--config", station.config,
                                            "--bus", "session"], on_line=self.on_line)

    def command(self, station, verb, timeout=30, **args):
        """Sends a signed command; the process ends by the final reply (0: done)."""
        words = [f"{key}={value}" for key, value in args.items()]
        timeout = min(int(timeout * SLOW), 300)
        self.commands.append(self.start("command", name_of(station), verb, *words, "--timeout", timeout))
        return self.commands[-1]

    def programs(self):
        return [self.broker.process, *self.collectors]

    def logs(self):
        programs = [*self.collectors, *self.commands] + ([self.broker.process] if self.broker else [])
        return [line[:200] for process in programs for line in process.tail()[-10:]]

    # Row by row

    def wait_acknowledged(self, station, timeout=90):
        """All that the station has recorded by now is acknowledged; gives (epoch, seq) of it."""
        told = station.ctl("status")
        epoch, last = told["epoch"], told["last_seq"]

        def is_acknowledged():
            now = station.ctl("status")
            return now["epoch"] != epoch or now["acked_seq"] >= last
        until(is_acknowledged, timeout, f"headquarters acknowledges event {last}", self.logs)
        return epoch, last

    def compare(self, station, epoch, last):
        """(number, differences): station.db's events up to LAST of EPOCH against the table at headquarters."""
        differences = compare_rows(read_station(station, epoch, last), self.read_table(station, epoch, last))
        for table in ("conflict", "poison"):
            count = self.database.value(f"SELECT count(*) FROM {table} WHERE station = '{name_of(station)}'")
            if count:
                differences.append(f"{count} rows in the table {table}")
        return last, differences

    def read_table(self, station, epoch, last):
        rows = self.database.query(
            "SELECT epoch, seq, id, type, subject, time, data, encode(hash, 'hex') FROM event"
            f" WHERE station = '{name_of(station)}' AND (epoch, seq) <= ({epoch}, {last}) ORDER BY epoch, seq")
        return {(row[0], row[1]): (*row[2:5], instant(row[5]), *row[6:]) for row in rows}

    def arrivals(self, station):
        """Alarm id → seconds from when it was raised until headquarters had it."""
        rows = self.database.query(
            "SELECT data ->> 'id', min(extract(epoch FROM received_at - time))::float FROM event"
            f" WHERE station = '{name_of(station)}' AND type = 'alarm.raised' GROUP BY 1")
        return {row[0]: row[1] for row in rows}


def name_of(station):
    """The station's id, by its configuration."""
    with open(os.path.join(station.config, "station.conf"), encoding="utf-8") as file:
        return next(line.partition("=")[2].strip() for line in file if line.startswith("id="))


def instant(text):
    return datetime.datetime.fromisoformat(text).astimezone(datetime.timezone.utc)


def read_station(station, epoch, last):
    """(epoch, seq) → what is published of it, read from the station's database by the very query of its outbox."""
    with open(os.path.join(SOURCE, "sql/queries/station/outbox-read.sql"), encoding="utf-8") as file:
        query = file.read()
    books = sqlite3.connect(f"file:{os.path.join(station.data, 'station.db')}?mode=ro", uri=True)
    rows = {}
    try:
        epochs = [one for one, in books.execute("SELECT DISTINCT epoch FROM event WHERE epoch <= ? ORDER BY 1", (epoch,))]
        for one in epochs:
            after, page = 0, True
            while page:
                given = {"station": name_of(station), "epoch": one, "after": after, "limit": 1000}
                page = books.execute(query, given).fetchall()
                for after, text in page:
                    event = json.loads(text)
                    if (one, after) <= (epoch, last):
                        rows[(one, after)] = (event["id"], event["type"], event["subject"], instant(event["time"]),
                                              event["data"], hashlib.sha256(text.encode()).hexdigest())
    finally:
        books.close()
    return rows


def compare_rows(here, there):
    """What differs between two tables (epoch, seq) → columns, in words."""
    columns = ("id", "type", "subject", "time", "data", "hash")
    differences = []
    for key in sorted({*here, *there}):
        name = f"event {key[0]}.{key[1]}"
        if key not in there:
            differences.append(f"{name} is missing at headquarters")
        elif key not in here:
            differences.append(f"{name} is at headquarters and not in the station")
        elif here[key] != there[key]:
            changed = [column for column, left, right in zip(columns, here[key], there[key]) if left != right]
            differences.append(f"{name} differs in {', '.join(changed)}")
    return differences

# SPDX-License-Identifier: Apache-2.0
"""./station bench sync: a backlog of events in stationd's journal until headquarters has committed and acknowledged all
of it (stationd, station-sync, mosquitto, station-hq collect, PostgreSQL), beside bare publish → subscribe → batched
INSERT of the same bytes with the same window, in turns, with the same broker and database.
STATIONMASTER_BENCH_EVENTS: how many (100000). STATIONMASTER_BENCH_RUNS: how often (3)."""
import json
import os
import pathlib
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import hq  # noqa: E402
import postgres  # noqa: E402
import process  # noqa: E402
from broker import Mosquitto  # noqa: E402
from station import SOURCE, Station  # noqa: E402
from sync_peer import SyncPeer  # noqa: E402

EVENTS = int(os.environ.get("STATIONMASTER_BENCH_EVENTS", "100000"))
RUNS = int(os.environ.get("STATIONMASTER_BENCH_RUNS", "3"))
NAME = "BENCH"
TICKS = os.sysconf("SC_CLK_TCK")


def alarm(number):
    """An alarm object as stationd writes it."""
    connector = f"dc-{number % 20 + 1:02}/{number % 2 + 1}"
    at = "2026-11-22T14:21:44.318+08:00"
    return json.dumps({
        "id": f"20261122T062144-a08c2964-{number}", "rule": "battery-over-temperature", "subject": connector,
        "severity": "critical", "state": "unacknowledged", "active": True, "acknowledged": False, "silenced": False,
        "latched": True, "shelved": False, "suppressed": False, "out_of_service": False, "cause": "", "raised_at": at,
        "acknowledged_at": None, "acknowledged_by": None, "cleared_at": None, "value": 61.5 + number % 10,
        "title": "电池过温", "advice": "勿靠近,勿拔枪;确认电池温度后再复位。", "first_out": True, "incident": number // 7,
        "latency_ms": {"command": 12, "proof": 340},
        "ladder": [{"connector": connector, "rung": "soft", "commanded_at": at, "proven_at": at, "result": "proven",
                    "proof": "status finishing, current 0.0 A"}]}, ensure_ascii=False, separators=(",", ":"))


class Backlog:
    """A station's folder with EVENTS events that nobody has acknowledged, and their texts in a file."""

    def __init__(self, station):
        os.makedirs(station.config, exist_ok=True)
        with open(os.path.join(station.config, "station.conf"), "w", encoding="utf-8") as file:
            file.write(f"[station]\nid={NAME}\ntimezone=Asia/Shanghai\ndata-dir={station.data}\n"
                       "[policy]\nshipped-rules=no\nguard-only-after=0\n")
        station.start()
        station.stationd.stop()
        self.books = os.path.join(station.data, "station.db")
        with sqlite3.connect(self.books) as books:
            epoch, seq = books.execute("SELECT epoch, seq FROM position").fetchone()
            books.executemany("INSERT INTO event (epoch, seq, type, subject, time, timequality, data) VALUES (?, ?, 'alarm.raised', "
                              "'dc-01/1', '2026-11-22T14:21:44.318+08:00', 'synced', ?)",
                              ((epoch, n, alarm(n)) for n in range(seq + 1, EVENTS + 1)))
            books.execute("UPDATE position SET seq = ?", (EVENTS,))
        with open(os.path.join(station.data, "epoch"), "w", encoding="ascii") as file:
            file.write(f"{epoch} {EVENTS}\n")
        self.epoch = epoch
        self.texts = os.path.join(station.folder, "texts")
        with open(os.path.join(SOURCE, "sql/queries/station/outbox-read.sql"), encoding="utf-8") as file:
            query = file.read()
        with open(self.texts, "w", encoding="utf-8") as file:
            after = 0
            while rows := books.execute(query, {"station": NAME, "epoch": epoch, "after": after, "limit": 1000}).fetchall():
                file.writelines(text + "\n" for _, text in rows)
                after = rows[-1][0]
        books.close()
        self.size = os.path.getsize(self.texts) - EVENTS

    def forget(self):
        """Nothing of it is acknowledged."""
        with sqlite3.connect(self.books) as books:
            books.execute("DELETE FROM outbox")
        books.close()


def cpu_s(pid, of_ended_children=False):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return sum(int(field) for field in fields[11:15 if of_ended_children else 13]) / TICKS


def cluster_cpu_s(database):
    """Of all processes of the cluster, the ended ones too."""
    pid = database.child.pid
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return cpu_s(pid, True) + sum(cpu_s(child) for child in file.read().split())


def run_chain(station, backlog, broker, database):
    """(seconds, CPU seconds of each program) until stationd knows that all is acknowledged."""
    backlog.forget()
    database.run("SET client_min_messages = warning; DROP TABLE IF EXISTS event, progress, conflict, poison, issuer, schema_version CASCADE; "
                 "DROP FUNCTION IF EXISTS contiguous; CHECKPOINT")
    station.start()
    collector = hq.Collector(broker, database).ready()
    with SyncPeer(station) as peer:
        sync = station.run("sync", [station.program("sync/station-sync"), "--config", station.config, "--bus", "session"])
        programs = {"stationd": station.stationd.pid, "station-sync": sync.pid, "mosquitto": broker.process.pid,
                    "station-hq": collector.program.pid}
        before = {name: cpu_s(pid) for name, pid in programs.items()}
        database_before = cluster_cpu_s(database)
        sync.wait_line("connected", 20)
        began = time.monotonic()
        while (stand := peer.outbox())[-1][1] < EVENTS:
            if time.monotonic() > began + 600 or not collector.program.is_alive() or not sync.is_alive():
                raise SystemExit(f"stuck at {stand}:\n" + "\n".join(sync.tail() + collector.program.tail()))
            time.sleep(0.02)
        took = time.monotonic() - began
        cpu = {name: cpu_s(pid) - before[name] for name, pid in programs.items()}
        cpu["PostgreSQL"] = cluster_cpu_s(database) - database_before
    rows = database.query(f"SELECT count(*) AS n, count(DISTINCT seq) AS d, max(seq) AS m FROM event WHERE seq <= {EVENTS}")[0]
    if rows != [EVENTS, EVENTS, EVENTS]:
        raise SystemExit(f"headquarters has {rows}")
    sync.stop()
    station.stationd.stop()
    collector.remove()
    return took, cpu


def run_bare(backlog, broker, database):
    database.run("CHECKPOINT")
    before = cluster_cpu_s(database)
    out = subprocess.run([os.path.join(os.environ["STATIONMASTER_BUILD"], "tests/bench/bench-sync"), broker.url, database.uri,
                          backlog.texts], check=True, capture_output=True, text=True).stdout.split()
    cpu = cluster_cpu_s(database) - before
    if database.value("SELECT count(*) FROM bare WHERE payload LIKE '{%'") != EVENTS:
        raise SystemExit("the bare program lost something")
    return float(out[0]), int(out[1]), cpu


def main():
    database = postgres.Postgres()
    station = Station(site=None, start=False)
    try:
        with Mosquitto(settings="set_tcp_nodelay true") as broker, station:
            backlog = Backlog(station)
            with open(os.path.join(station.config, "station.conf"), "a", encoding="utf-8") as file:
                file.write(f"[hq]\nbroker={broker.url}\n")
            print(f"{EVENTS} events of {backlog.size / EVENTS:.0f} bytes, window 100, mosquitto and PostgreSQL on loopback")
            print(f"{'':>4}  {'bare':>8}  {'events/s':>9}  {'chain':>8}  {'events/s':>9}  {'ratio':>6}  CPU of the chain")
            ratios = []
            for number in range(1, RUNS + 1):
                bare, statements, database_cpu = run_bare(backlog, broker, database)
                chain, cpu = run_chain(station, backlog, broker, database)
                ratios.append(bare / chain)
                parts = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in cpu.items())
                print(f"{number:>4}  {bare:>6.2f} s  {EVENTS / bare:>9.0f}  {chain:>6.2f} s  {EVENTS / chain:>9.0f}  {bare / chain:>6.2f}  "
                      f"{parts} (bare: PostgreSQL {database_cpu:.1f} s, {statements} statements)", flush=True)
            ratio = statistics.median(ratios)
            print(f"ratio chain / bare: {ratio:.2f} (median; wanted is at least 0.70)")
    finally:
        database.remove()
        shutil.rmtree(station.folder, ignore_errors=True)


if __name__ == "__main__":
    main()

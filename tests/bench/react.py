# SPDX-License-Identifier: Apache-2.0
"""./station bench react: reading -> first command and -> proof over 1,000 incidents on 100 devices, as stationd itself
measures and records them: quiet, with the disk saturated by another writer, and with a D-Bus client that floods. The
devices obey at once, so all of it is what the station adds, and the loopback."""
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time

import rig

DEVICES = 100
INCIDENTS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000


def saturate(folder, stop):
    path = folder / "noise"
    block = os.urandom(1 << 20)
    with open(path, "wb", buffering=0) as file:
        while not stop.is_set():
            file.write(block)
            if file.tell() > 256 << 20:
                file.seek(0)
            os.fsync(file.fileno())


def flood(env, stop):
    """Clients that ask for all points as fast as they are answered."""
    code = ("import gi,sys\nfrom gi.repository import Gio,GLib\nb=Gio.bus_get_sync(Gio.BusType.SESSION)\n"
            "while True:\n try: b.call_sync('org.stationmaster.Station1','/org/stationmaster/Station1',"
            "'org.stationmaster.Station1','ListPoints',GLib.Variant('(s)',('',)),None,0,5000)\n except GLib.Error: pass\n")
    clients = [subprocess.Popen(["/usr/bin/python3", "-c", code], env=env) for _ in range(4)]
    stop.wait()
    for client in clients:
        client.kill()
        client.wait()


def wait_until(what, seconds=30):
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise SystemExit("bench react: waited too long")
        time.sleep(0.02)


def ctl(station, what):
    out = subprocess.run([rig.BUILD / "edge/stationctl", "--bus", "session", "--json", what], env=station.env,
                         capture_output=True, text=True)
    return json.loads(out.stdout) if out.returncode == 0 else [{"active": True, "held": True}]


def open_alarms(station):
    return ctl(station, "alarms")


def incident_round(station, slaves):
    for index in range(DEVICES):
        slaves.say(f"violate {index}")
        if slaves.react(index, 10) is None:
            raise SystemExit(f"device {index} was not stopped")
    for index in range(DEVICES):
        slaves.say(f"cool {index}")
    wait_until(lambda: all(not a["active"] for a in open_alarms(station)))
    slaves.say("press")
    wait_until(lambda: not open_alarms(station))
    slaves.say("release")
    wait_until(lambda: not any(c["held"] for c in ctl(station, "connectors")))
    time.sleep(0.3)  # the button's next edge needs a reading of its release


def latencies(folder):
    books = sqlite3.connect(f"file:{folder}/data/station.db?mode=ro", uri=True)
    rows = [json.loads(r[0])["latency_ms"] for r in books.execute("select object from alarm where rule='too-hot'")]
    books.close()
    return [r["command"] for r in rows], [r["proof"] for r in rows]


def measure(kind):
    slaves = rig.Slaves(DEVICES + 1, 100)
    with rig.Station(slaves.ports[:DEVICES], 100, slaves.ports[DEVICES], "button=acknowledge\n") as station:
        result = incidents(kind, station, slaves)
    slaves.close()
    return result


def incidents(kind, station, slaves):
    stop = threading.Event()
    noise = {"disk": lambda: saturate(station.folder, stop), "flood": lambda: flood(station.env, stop)}.get(kind)
    thread = threading.Thread(target=noise) if noise else None
    if thread:
        thread.start()
    try:
        for _ in range(INCIDENTS // DEVICES):
            incident_round(station, slaves)
    finally:
        stop.set()
        if thread:
            thread.join()
    time.sleep(1)  # the last facts
    return latencies(station.folder)


def main():
    print("load     incidents   reading->command ms p50/p99/max      reading->proof ms p50/p99/max")
    for kind in ("quiet", "disk", "flood"):
        commands, proofs = measure(kind)
        missing = sum(v is None for v in commands + proofs)
        line = "".join(f"   {rig.percentile(v, .5):8.2f} /{rig.percentile(v, .99):8.2f} /{max(v):8.2f}   "
                       for v in ([c for c in commands if c is not None], [p for p in proofs if p is not None]))
        print(f"{kind:8} {len(commands):9} {line}" + (f"  {missing} missing" if missing else ""))
        sys.stdout.flush()


main()

# SPDX-License-Identifier: Apache-2.0
"""The Modbus driver against pymodbus: a peer that is not ours, over TCP and over a serial line (a pty)."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import process  # noqa: E402
import tap  # noqa: E402
from modbus_peer import Peer, SerialPeer  # noqa: E402
from modbus_probe import Probe  # noqa: E402

IMAGE = {"holding": {"0": "0002 0000 0000 0000 0001 86A0 0000 FFFE", "100": "0000 0000 0000", "300": "0064 0007",
                     "400": "4148 0000 0000 4148"},
         "input": {"10": "0929 0000", "20": "4445 2d31 0000"}, "coil": {"0": "0 0 0 1"}, "discrete": {"1": "1 0 1"}}
POINTS = """
    point 1/status holding:0 u16 map=0:available,2:charging
    point 1/power holding:4 u32 scale=0.1
    point 1/offset holding:7 s16
    point voltage holding:300 u16 by=factor
    point factor holding:301 u16
    point big holding:400 f32
    point little holding:402 f32 little
    point frequency input:10 u16 scale=0.01
    point name input:20 ascii count=3
    point lamp coil:3 bool
    point contact discrete:1 bool map=1:closed,0:open
    command 1/stop coil:0=1 u16
    command 1/limit holding:101 u16 scale=0.1 refresh=300
    command 1/wide holding:101 u32
    command lamp/on coil:1=1 bool pulse=200
    command both holding:100=7 holding:102=9 u16 function=16
"""
WANTED = {"d/1/status": (2, "charging"), "d/1/power": (10000, ""), "d/1/offset": (-2, ""), "d/voltage": (700, ""),
          "d/factor": (7, ""), "d/big": (12.5, ""), "d/little": (12.5, ""), "d/name": (0, "DE-1"), "d/lamp": (1, ""),
          "d/contact": (1, "closed")}


def check_values(probe):
    for path, (number, text) in WANTED.items():
        reading = probe.wait("reading", path=path, quality="good")
        tap.equal((reading["number"], reading["text"]), (number, text), path)
        tap.check(reading["asked_at_us"] <= reading["read_at_us"], "asked before read")
    tap.near(probe.number("d/frequency"), 23.45, 1e-9, "d/frequency")
    tap.equal(probe.wait("link", device="d")["state"], "online", "link state")


def check_commands(probe, slave):
    result = probe.obey("d", 1, "stop")
    tap.equal(result["result"], "confirmed", "stop")
    tap.check(0 < result["sent_at_us"] <= result["confirmed_at_us"], "sent before confirmed")
    tap.equal(probe.obey("d", 0, "both")["result"], "confirmed", "both")
    tap.equal(slave.writes(), ["coil:0=1", "holding:100=0007", "holding:102=0009"], "writes on the wire")
    tap.equal(probe.obey("d", 1, "limit", 6553.6)["result"], "refused", "a limit that does not fit")
    tap.equal(probe.obey("d", 1, "limit")["result"], "refused", "a limit without a value")
    tap.equal(probe.obey("d", 1, "start")["result"], "unknown", "a command that the profile lacks")
    tap.equal(probe.obey("d", 1, "stop", deadline_ms=0)["result"], "expired", "a command past its deadline")
    tap.equal(len(slave.writes()), 3, "writes on the wire")


@tap.test
def tcp():
    "Values and commands of a TCP slave are what its registers say, in every type."
    with Peer({7: IMAGE}) as slave, Probe(f"""
            bus tcp 127.0.0.1 {slave.port}
            device d 7 period=100 {POINTS}""") as probe:
        check_values(probe)
        check_commands(probe, slave)


@tap.test
def rtu():
    "Values and commands of a serial slave are what its registers say, in every type."
    with SerialPeer({7: IMAGE}) as slave, Probe(f"""
            bus rtu {slave.tty} baud=115200 timeout=500
            device d 7 period=200 {POINTS}""") as probe:
        check_values(probe)
        check_commands(probe, slave)


@tap.test
def units():
    "Units 0 and 255, and several units of one device, share one connection."
    with Peer({unit: {"holding": {"0": f"{unit:04X}"}} for unit in (0, 1, 2, 255)}) as slave, Probe(f"""
            bus tcp 127.0.0.1 {slave.port}
            device a 0 period=100
            point x holding:0 u16
            device b 255 period=100
            point x holding:0 u16
            device c 1 period=100
            point x holding:0 u16
            point y holding:0 u16 unit-id=2""") as probe:
        for path, number in (("a/x", 0), ("b/x", 255), ("c/x", 1), ("c/y", 2)):
            tap.equal(probe.number(path), number, path)
        tap.equal(slave.connections, 1, "connections")


@tap.test
def merged_reads():
    "Points are merged into the fewest reads over holes; a refused read is split, and stays split."
    image = {"holding": {"0": "0001 0002", "6": "0003", "20": "0004 0005 0006 0007"}}
    with Peer({1: image}) as slave, Probe(f"""
            bus tcp 127.0.0.1 {slave.port}
            device d 1 period=100 max-gap=8 max-read=4
            point a holding:20 u16
            point b holding:21 u16
            point c holding:22 u32
            device e 1 period=100 max-gap=8
            point a holding:0 u16
            point b holding:6 u16
            point c holding:9 u16""") as probe:
        tap.equal([probe.number(path) for path in ("d/a", "d/b", "d/c")], [4, 5, 0x60007], "d")
        tap.equal([probe.number(path) for path in ("e/a", "e/b")], [1, 3], "e")
        probe.wait("reading", path="e/c", quality="bad")
        probe.wait("reading", path="e/b", count=5)
        reads = [entry[3:] for entry in list(slave.log) if entry[0] == "read"]
        tap.check((20, 4) in reads and (20, 1) not in reads, f"d is read by one request: {reads}")
        asked = [entry for entry in slave.asked if entry[1] < 20]
        tap.equal(asked.count((3, 0, 10)), 1, "the whole was asked for once")
        tap.equal(asked.count((3, 9, 1)), 1, "what is refused is not asked for again within a minute")
        tap.check(asked.count((3, 0, 1)) >= 5 and asked.count((3, 6, 1)) >= 5, f"the rest goes on: {asked}")


@tap.test
def keepalive_and_refresh():
    "Setup is written first, keep-alive by its period, a limit again while it stands, a newer one instead of it."
    with Peer({1: IMAGE}) as slave, Probe(f"""
            bus tcp 127.0.0.1 {slave.port}
            device d 1 period=100
            point x holding:0 u16
            command 1/limit holding:101 u16 refresh=150
            command 1/other holding:101 u16
            setup holding:102=3 u16
            keepalive holding:100=1 u16 period=200""") as probe:
        probe.number("d/x")
        process.until(lambda: slave.writes().count("holding:100=0001") >= 4, 5, "keep-alive")
        tap.equal(slave.writes()[0], "holding:102=0003", "the first write")
        probe.obey("d", 1, "limit", 16)
        process.until(lambda: slave.writes().count("holding:101=0010") >= 3, 5, "refresh")
        probe.obey("d", 1, "limit", 0)
        process.until(lambda: slave.writes().count("holding:101=0000") >= 3, 5, "the newer one")
        after = slave.writes()[slave.writes().index("holding:101=0000"):]
        tap.check("holding:101=0010" not in after, f"the older one is gone: {after}")
        slave.drop()
        process.until(lambda: slave.writes().count("holding:102=0003") == 2, 5, "setup after the reconnect")
        after = slave.writes()[len(slave.writes()) - slave.writes()[::-1].index("holding:102=0003"):]
        process.until(lambda: "holding:101=0000" in slave.writes()[-4:], 5, "refresh after the reconnect")
        probe.obey("d", 1, "other", 5)
        since = len(slave.writes())
        process.until(lambda: slave.writes()[since:].count("holding:100=0001") >= 3, 5, "keep-alive goes on")
        tap.check("holding:101=0000" not in slave.writes()[since:], "a write without refresh ends the standing one")


@tap.test
def pulses():
    "A pulse is taken back after its time while polling goes on, and before its time when the driver is closed."
    with Peer({1: IMAGE}) as slave:
        description = f"""
            bus tcp 127.0.0.1 {slave.port}
            device d 1 period=50
            point x holding:0 u16
            command breaker-1/trip coil:1=1 bool pulse=400"""
        with Probe(description) as probe:
            probe.number("d/x")
            before, begun = probe.mark(), time.monotonic()
            probe.obey("d", 0, "breaker-1/trip")
            process.until(lambda: slave.writes() == ["coil:1=1", "coil:1=0"], 5, "the pulse is taken back")
            tap.check(time.monotonic() - begun >= 0.39, "not before its time")
            tap.check(len(probe.all("reading", before)) >= 5, "polling goes on meanwhile")
            probe.obey("d", 0, "breaker-1/trip")
            probe.end()
        tap.equal(slave.writes(), ["coil:1=1", "coil:1=0"] * 2, "writes on the wire")


@tap.test
def urged():
    "While a point is urged its read is repeated back to back, and nothing else starves."
    with Peer({1: IMAGE}) as slave, Probe(f"""
            bus tcp 127.0.0.1 {slave.port}
            device d 1 period=500
            point x holding:0 u16
            point y input:10 u16 period=100""") as probe:
        probe.number("d/x")
        since = probe.mark()
        probe.urge("d/x")
        probe.wait("reading", path="d/y", since=since, count=5)
        tap.check(len(probe.all("reading", since, path="d/x")) > 30, "back to back")
        probe.urge("d/x", on=False)
        probe.obey("d", 0, "nothing")
        since = probe.mark()
        probe.wait("reading", path="d/y", since=since, count=10)
        tap.check(len(probe.all("reading", since, path="d/x")) <= 4, "by its period again")


@tap.test
def dead_neighbour():
    "A dead unit costs its neighbours one time-out a cycle; a device alone on its bus is heard within 1.5 s."
    with Peer({1: IMAGE}) as slave, Probe(f"""
            bus tcp 127.0.0.1 {slave.port} timeout=100
            device d 1 period=50
            point x holding:0 u16
            device dead 9 period=50
            point x holding:0 u16""") as probe:
        probe.wait("link", device="dead", state="offline")
        since, begun = probe.mark(), time.monotonic()
        probe.wait("reading", path="d/x", since=since, count=40, timeout=4)
        tap.check(time.monotonic() - begun < 3.0 * process.SLOW, "40 readings at 50 ms")
        tap.equal(probe.all("reading", path="dead/x"), [], "readings of the dead")
        tap.equal(probe.all("link", since, device="d"), [], "its neighbour stays online")
    with Peer({1: IMAGE}) as slave, Probe(f"""
            bus tcp 127.0.0.1 {slave.port} timeout=500
            device d 1 period=1000
            point x holding:0 u16""") as probe:
        probe.number("d/x")
        slave.mute(True)
        probe.wait("link", device="d", state="offline", timeout=6)
        since, begun = probe.mark(), time.monotonic()
        slave.mute(False)
        probe.number("d/x", since=since)
        tap.check(time.monotonic() - begun < 1.7 * process.SLOW, "heard again within 1.5 s")
        probe.wait("link", device="d", state="online", since=since)


@tap.test
def figures():
    "Round trips, errors and the load of the bus are shown."
    with Peer({1: IMAGE}) as slave, Probe(f"""
            bus tcp 127.0.0.1 {slave.port}
            device d 1 period=20
            point x holding:0 u16""") as probe:
        probe.wait("reading", path="d/x", count=60)
        stats = probe.stats()
        tap.check(0 < stats["d"]["p50"] <= stats["d"]["p95"] < 500, f"round trips {stats}")
        tap.check(stats["d"]["requests"] >= 60 and stats["d"]["errors"] == 0 and stats["d"]["online"] == 1, f"{stats}")
        tap.check(0 < stats[None]["load"] < 100 and stats[None]["age_us"] < stats[None]["bound_us"], f"{stats}")


tap.main()

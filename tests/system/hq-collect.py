#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What headquarters promises to stations: station-hq collect with real mosquitto and real PostgreSQL."""
import json
import signal

import hq
import postgres
import process
import tap

BROKER = hq.Broker()
DATABASE = postgres.Postgres()
EVENTS = tap.full(5_000, 50_000)


def through(station, epoch=1):
    return DATABASE.value(f"SELECT through FROM progress WHERE station = '{station}' AND epoch = {epoch}") or 0


def wait_ack(ear, station, epoch, seq, timeout=20):
    process.until(lambda: (epoch, seq) in ear.acks(station), timeout, f"ack {epoch}.{seq} for {station}",
                  lambda: [str(ear.acks(station)[-5:])])


class Scene:
    """Collectors and an ear, ended whatever happens."""

    def __init__(self, *stations, collectors=1, extra=""):
        self.stations, self.n, self.extra = stations, collectors, extra

    def __enter__(self):
        self.ear = hq.Ear(BROKER, *[f"{hq.ROOT}/{s}/{t}" for s in self.stations for t in ("ack", "command")])
        self.collectors = [hq.Collector(BROKER, DATABASE, extra=self.extra) for _ in range(self.n)]
        for one in self.collectors:
            one.ready()
        return self

    def __exit__(self, *_):
        self.ear.stop()
        for one in self.collectors:
            one.remove()

    def say(self, station, *payloads):
        for payload in payloads:
            BROKER.publish(f"{hq.ROOT}/{station}/event", payload)


@tap.test
def takes_in():
    "An event is in the database, whole, when its station is told so."
    with Scene("CS-1") as scene:
        scene.say("CS-1", hq.event("CS-1", 1, 1, extension="kept"))
        wait_ack(scene.ear, "CS-1", 1, 1)
        row = DATABASE.query("SELECT station, epoch, seq, id, type, subject, time AT TIME ZONE 'UTC' AS t, time_quality, data, extra,"
                             " encode(hash, 'hex') AS h FROM event WHERE station = 'CS-1'")[0]
        tap.equal(row[:8], ["CS-1", 1, 1, "1.1", "alarm.raised", "dc-01/1", "2026-11-22T06:21:44.318", "synced"], "the row")
        tap.equal(row[8]["title"], "Battery over temperature / 电池过温", "its data")
        tap.equal(row[9], {"extension": "kept"}, "what is not known")


@tap.test
def answers_duplicates():
    "A duplicate is answered with how far the station is now, and changes nothing."
    with Scene("CS-2") as scene:
        scene.say("CS-2", *[hq.event("CS-2", 1, n) for n in (1, 2, 3)])
        wait_ack(scene.ear, "CS-2", 1, 3)
        before = len(scene.ear.acks("CS-2"))
        scene.say("CS-2", hq.event("CS-2", 1, 1))
        process.until(lambda: len(scene.ear.acks("CS-2")) > before, 10, "an answer")
        tap.equal(scene.ear.acks("CS-2")[-1], (1, 3), "the answer")
        tap.equal(DATABASE.value("SELECT count(*) FROM event WHERE station = 'CS-2'"), 3, "rows")
        tap.equal(DATABASE.value("SELECT count(*) FROM conflict WHERE station = 'CS-2'"), 0, "conflicts")


@tap.test
def reports_conflicts():
    "One number with two contents is reported, both are kept, and the stream goes on."
    with Scene("CS-3") as scene:
        scene.say("CS-3", hq.event("CS-3", 1, 1))
        wait_ack(scene.ear, "CS-3", 1, 1)
        rewritten = json.dumps(json.loads(hq.event("CS-3", 1, 1)), sort_keys=True, indent=1)
        scene.say("CS-3", rewritten, hq.event("CS-3", 1, 1, data={"other": 1}), hq.event("CS-3", 1, 2))
        wait_ack(scene.ear, "CS-3", 1, 2)
        scene.collectors[0].program.wait_line("conflict: CS-3 tells epoch 1 seq 1", 10)
        tap.equal(DATABASE.value("SELECT data ->> 'n' FROM event WHERE station = 'CS-3' AND seq = 1"), "1", "what came first")
        kept = DATABASE.query("SELECT payload FROM conflict WHERE station = 'CS-3'")
        tap.equal([json.loads(one[0])["data"] for one in kept], [{"other": 1}], "what came later")


HOSTILE = {
    "no JSON": "{", "no object": "[1]", "deep": '{"a":' * 5000 + "1" + "}" * 5000, "not UTF-8": b'{"a":"\xff"}',
    "other station": hq.event("CS-9", 1, 1), "seq 0": hq.event("CS-4", 1, 0), "seq text": hq.event("CS-4", 1, 7, seq="7"),
    "fraction": hq.event("CS-4", 1, 7, seq=7.5), "no data": hq.event("CS-4", 1, 7, data=None), "blank": " ",
    "beyond 53 bits": hq.event("CS-4", 1, 2**60), "large": hq.event("CS-4", 1, 7, data={"x": "y" * 300_000}),
}


@tap.test
def sets_aside():
    "What is no event is set aside, visibly, and stops nothing."
    with Scene("CS-4") as scene:
        for payload in HOSTILE.values():
            scene.say("CS-4", payload)
        scene.say("CS-4", hq.event("CS-4", 1, 1))
        wait_ack(scene.ear, "CS-4", 1, 1)
        process.until(lambda: DATABASE.value("SELECT count(*) FROM poison WHERE topic LIKE '%/CS-4/%'") == len(HOSTILE), 10,
                      "all set aside", lambda: [str(DATABASE.query("SELECT reason FROM poison"))])
        scene.collectors[0].program.wait_line("set aside from .*CS-4/event", 5)


@tap.test
def passes_poison():
    "A bad event whose number can be read counts as received; PostgreSQL refuses some that JSON allows."
    nul = hq.event("CS-5", 1, 2).replace("a-2", "a\\u0000")
    surrogate = hq.event("CS-5", 1, 3).replace("a-3", "\\ud800")
    number = hq.event("CS-5", 1, 4).replace("61.5", "1e400000")
    broken = hq.event("CS-5", 1, 5, time="yesterday")
    with Scene("CS-5") as scene:
        scene.say("CS-5", hq.event("CS-5", 1, 1), nul, surrogate, number, broken, hq.event("CS-5", 1, 6))
        wait_ack(scene.ear, "CS-5", 1, 6)
        tap.equal(DATABASE.query("SELECT seq FROM poison WHERE station = 'CS-5' ORDER BY seq"), [[2], [3], [4], [5]], "set aside")
        tap.equal(DATABASE.query("SELECT seq FROM event WHERE station = 'CS-5' ORDER BY seq"), [[1], [6]], "events")


@tap.test
def waits_for_the_database():
    "While PostgreSQL is away nothing is acknowledged, and everything is taken in when it is back."
    with Scene("CS-6") as scene:
        scene.say("CS-6", hq.event("CS-6", 1, 1))
        wait_ack(scene.ear, "CS-6", 1, 1)
        DATABASE.stop(signal.SIGQUIT)
        scene.say("CS-6", hq.event("CS-6", 1, 2))
        scene.collectors[0].program.wait_line("nothing is acknowledged until", 20)
        tap.equal(scene.ear.acks("CS-6")[-1], (1, 1), "acknowledged meanwhile")
        mark = scene.collectors[0].program.mark()
        DATABASE.start()
        scene.collectors[0].program.wait_line("collecting", 40, mark)
        scene.say("CS-6", hq.event("CS-6", 1, 2))  # again, as a station does: the collector may have left before
        wait_ack(scene.ear, "CS-6", 1, 2)


@tap.test
def shares_the_load():
    "Two collectors, one killed again and again: each event once, in order, none missing; acknowledgements never go back."
    with Scene("CS-7", collectors=2) as scene:
        wanted, sent, kills = EVENTS, 0, 0
        while sent < wanted:
            mouth = hq.Mouth(BROKER, "CS-7")
            last = min(sent + 500, wanted)
            for seq in range(sent + 1, last + 1):
                mouth.say(hq.event("CS-7", 1, seq))
            mouth.flush()
            victim = scene.collectors[kills % 2]
            kills += 1
            process.until(lambda: (scene.ear.acks("CS-7") or [(0, 0)])[-1][1] > sent, 20, "some progress")
            victim.program.kill()
            scene.collectors[(kills - 1) % 2] = hq.Collector(BROKER, DATABASE).ready()
            victim.remove()
            mouth.stop()
            mouth = hq.Mouth(BROKER, "CS-7")  # as a station does after 30 s
            for seq in range(through("CS-7") + 1, last + 1):
                mouth.say(hq.event("CS-7", 1, seq))
            mouth.flush()
            process.until(lambda: through("CS-7") >= last, 30, f"all up to {last}", lambda: [str(through("CS-7"))])
            mouth.stop()
            sent = last
        rows = DATABASE.query("SELECT seq, id, (data ->> 'n')::bigint FROM event WHERE station = 'CS-7' ORDER BY seq")
        tap.equal(rows, [[n, f"1.{n}", n] for n in range(1, wanted + 1)], "row by row")
        acks = [seq for _, seq in scene.ear.acks("CS-7")]
        tap.equal(acks, sorted(acks), "acknowledgements in order")
        tap.note(f"{kills} kills, {len(acks)} acknowledgements")


def main():
    try:
        tap.main()
    finally:
        DATABASE.remove()
        BROKER.remove()


if __name__ == "__main__":
    main()

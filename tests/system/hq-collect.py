#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What headquarters promises to stations: station-hq collect with real mosquitto and real PostgreSQL."""
import json
import random
import signal
import string
import tempfile

import hq
import postgres
import process
import tap
from broker import Certificates, Mosquitto
from issuer import Issuer

BROKER = Mosquitto()
DATABASE = postgres.Postgres()
EVENTS = tap.full(5_000, 50_000)


def through(station, epoch=1):
    return DATABASE.value(f"SELECT through FROM progress WHERE station = '{station}' AND epoch = {epoch}") or 0


def wait_ack(ear, station, epoch, seq, timeout=20):
    process.until(lambda: (epoch, seq) in ear.acks(station), timeout, f"ack {epoch}.{seq} for {station}",
                  lambda: [str(ear.acks(station)[-5:])])


class Scene:
    """Collectors and an ear, ended whatever happens."""

    def __init__(self, *stations, collectors=1, extra="", files=None):
        self.stations, self.n, self.extra, self.files = stations, collectors, extra, files

    def __enter__(self):
        self.ear = hq.Ear(BROKER, *[f"{hq.ROOT}/{s}/{t}" for s in self.stations for t in ("ack", "command")])
        self.collectors = [hq.Collector(BROKER, DATABASE, self.extra, self.files) for _ in range(self.n)]
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
        scene.say("CS-4\u202e", hq.event("CS-4", 1, 2))
        scene.collectors[0].program.wait_line("set aside from .*CS-4 /event, .*: the topic names no station", 5)


@tap.test
def endless_topics():
    "A topic of thousands of letters, which no index of PostgreSQL takes, is set aside as well and stops nothing."
    with Scene("CS-16") as scene:
        for name in ("".join(random.choices(string.ascii_letters, k=6000)), "站" * 3000):
            scene.say(name, "no event")
        scene.say("CS-16", hq.event("CS-16", 1, 1))
        wait_ack(scene.ear, "CS-16", 1, 1)
        said = scene.collectors[0].program
        process.until(lambda: len([line for line in said.text() if "the topic names no station" in line]) == 2, 10, "both told")
        tap.equal(said.find("nothing is acknowledged"), None, "trouble with the database")


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


@tap.test
def splits_the_load():
    "Of two collectors each takes a part; together they have each event."
    with Scene("CS-12", collectors=2) as scene:
        mouth = hq.Mouth(BROKER, "CS-12")
        for seq in range(1, 401):
            mouth.say(hq.event("CS-12", 1, seq))
        mouth.flush()
        wait_ack(scene.ear, "CS-12", 1, 400)
        mouth.stop()
        parts = []
        for one in scene.collectors:
            tap.equal(one.program.stop(), 0, "exit status")
            parts.append(int(one.program.find(r"(\d+) events taken in")[1]))
        tap.check(min(parts) >= 100, f"the parts are {parts}")
        tap.equal(sum(parts), 400, "together")
        tap.equal(DATABASE.query("SELECT seq FROM event WHERE station = 'CS-12' ORDER BY seq"), [[n] for n in range(1, 401)], "rows")


class Session:
    """psql that holds a lock."""

    def __init__(self):
        self.program = process.Process("psql", [f"{DATABASE.bin}/psql", "-XAtq", DATABASE.uri])

    def lock(self):
        self.program.say("BEGIN; LOCK TABLE progress IN EXCLUSIVE MODE; SELECT 'locked';")
        return self

    def unlock(self):
        self.program.say("COMMIT;")

    def stop(self):
        self.program.kill()


def lock_waiters():
    return DATABASE.value("SELECT count(*) FROM pg_locks WHERE NOT granted")


def commit_untold(scene, station, before, after):
    """The collector has committed event 2 of STATION, and waits for what AFTER has locked before it tells."""
    scene.say(station, hq.event(station, 1, 1))
    wait_ack(scene.ear, station, 1, 1)
    before.lock().program.wait_line("^locked", 10)
    scene.say(station, hq.event(station, 1, 2))
    process.until(lambda: lock_waiters() == 1, 10, "the collector waits before its commit")
    after.lock()
    process.until(lambda: lock_waiters() == 2, 10, "somebody waits behind it")
    before.unlock()
    after.program.wait_line("^locked", 10)
    tap.equal(through(station), 2, "what is committed")
    process.until(lambda: lock_waiters() == 1, 10, "the collector waits behind its commit")


@tap.test
def killed_between_commit_and_ack():
    "What a collector has committed and not told when it is killed, the next one tells, without being sent it again."
    before, after = Session(), Session()
    try:
        with Scene("CS-13") as scene:
            commit_untold(scene, "CS-13", before, after)
            tap.equal(scene.ear.acks("CS-13"), [(1, 1)], "acknowledged so far")
            scene.collectors[0].program.kill()
            after.unlock()
            scene.collectors.append(hq.Collector(BROKER, DATABASE).ready())
            wait_ack(scene.ear, "CS-13", 1, 2)
            tap.equal(DATABASE.value("SELECT count(*) FROM event WHERE station = 'CS-13'"), 2, "rows")
    finally:
        before.stop()
        after.stop()


@tap.test
def frozen_between_commit_and_ack():
    "A collector that freezes while it holds a station's row keeps the others from it for seconds, not for ever."
    before, after = Session(), Session()
    try:
        with Scene("CS-14") as scene:
            frozen = scene.collectors[0].program
            commit_untold(scene, "CS-14", before, after)
            frozen.signal(signal.SIGSTOP)
            after.unlock()
            scene.collectors.append(hq.Collector(BROKER, DATABASE).ready())
            scene.say("CS-14", *[hq.event("CS-14", 1, 3)] * 4)  # every other one goes to the frozen one
            wait_ack(scene.ear, "CS-14", 1, 3, timeout=15)
            tap.equal(scene.collectors[1].program.find("nothing is acknowledged"), None, "trouble of the other one")
            frozen.signal(signal.SIGCONT)
            frozen.wait_line("the database is back", 20)
    finally:
        before.stop()
        after.stop()


@tap.test
def speaks_tls():
    "With TLS and client certificates it takes in and acknowledges, also over websockets; where not, it says why."
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as elsewhere:
        certificates, others = Certificates(folder), Certificates(elsewhere)
        certificate, key = certificates.issue("collector", "hq-1")
        settings = f"cert-file={certificate}\nkey-file={key}\n"
        with Mosquitto(certificates, web=True) as broker:
            ear = hq.Ear(broker, f"{hq.ROOT}/CS-15/ack")
            collector = hq.Collector(broker, DATABASE, f"ca-file={certificates.ca}\n{settings}")
            stranger = hq.Collector(broker, DATABASE, f"ca-file={others.ca}\n{settings}")
            nobody = hq.Collector(broker, DATABASE, f"ca-file={certificates.ca}\n")
            try:
                collector.ready()
                broker.publish(f"{hq.ROOT}/CS-15/event", hq.event("CS-15", 1, 1))
                wait_ack(ear, "CS-15", 1, 1)
                stranger.program.wait_line("no line to the broker: TLS: .*not signed by the authority of ca-file", 20)
                nobody.program.wait_line("no line to the broker: TLS: .*it wants a client certificate", 20)
                collector.remove()
                collector = hq.Collector(broker, DATABASE, f"ca-file={certificates.ca}\n{settings}", url=broker.web_url)
                collector.ready()
                broker.publish(f"{hq.ROOT}/CS-15/event", hq.event("CS-15", 1, 2))
                wait_ack(ear, "CS-15", 1, 2)
            finally:
                ear.stop()
                collector.remove()
                stranger.remove()
                nobody.remove()


def hurry_gap(station, by="31 s"):
    """What is missing has been missing for that much longer."""
    DATABASE.run(f"UPDATE progress SET gap_since = gap_since - interval '{by}', asked_at = asked_at - interval '{by}'"
                 f" WHERE station = '{station}'")


@tap.test
def asks_for_gaps():
    "What is missing for 30 s is asked for by a signed command, or by the last acknowledgement where there is no key."
    with tempfile.TemporaryDirectory() as folder:
        issuer = Issuer(folder)
        with open(issuer.key, encoding="ascii") as file:
            files = {"hq.pem": file.read()}
        with Scene("CS-8", extra="issuer=hq\ncommand-key-file=hq.pem\n", files=files) as scene:
            scene.say("CS-8", *[hq.event("CS-8", 1, n) for n in (1, 2, 5, 6)])
            wait_ack(scene.ear, "CS-8", 1, 2)
            process.until(lambda: DATABASE.value("SELECT top FROM progress WHERE station = 'CS-8'") == 6, 10, "all taken in")
            tap.equal([m for m in scene.ear.messages if m[0].endswith("/command")], [], "asked for at once")
            hurry_gap("CS-8")
            process.until(lambda: any(m[0].endswith("/CS-8/command") for m in list(scene.ear.messages)), 20, "a command")
            topic, command, properties = next(m for m in scene.ear.messages if m[0].endswith("/CS-8/command"))
            tap.equal((command["verb"], command["args"]), ("events.resend", {"epoch": 1, "from": 3, "to": 4}), "what it asks")
            sent = json.dumps(command, separators=(",", ":")).encode()
            tap.check(issuer.has_signed(topic, sent, dict(properties["user-properties"])["sig"]), "openssl does not know the signature")
            scene.say("CS-8", hq.event("CS-8", 1, 4), hq.event("CS-8", 1, 3))
            wait_ack(scene.ear, "CS-8", 1, 6)
            tap.equal(DATABASE.query("SELECT asked, gap_since FROM progress WHERE station = 'CS-8'"), [[0, None]], "afterwards")
    with Scene("CS-10") as scene:
        scene.say("CS-10", hq.event("CS-10", 1, 1))
        wait_ack(scene.ear, "CS-10", 1, 1)
        scene.say("CS-10", hq.event("CS-10", 1, 3))
        process.until(lambda: scene.ear.acks("CS-10")[1:] == [(1, 1)], 10, "an answer to what is beyond the gap")
        hurry_gap("CS-10")
        process.until(lambda: scene.ear.acks("CS-10")[2:] == [(1, 1)], 20, "the acknowledgement again")


@tap.test
def gives_up_gaps():
    "What nobody sends any more is asked for ever more seldom, and at last no more, and that is said."
    with Scene("CS-11") as scene:
        program = scene.collectors[0].program
        scene.say("CS-11", hq.event("CS-11", 1, 1), hq.event("CS-11", 1, 3))
        process.until(lambda: DATABASE.value("SELECT top FROM progress WHERE station = 'CS-11'") == 3, 10, "taken in")
        hurry_gap("CS-11")
        program.wait_line("CS-11, epoch 1: 2 to 2 are missing, asked for 1 time", 20)
        DATABASE.run("UPDATE progress SET asked = 4 WHERE station = 'CS-11'")
        due = "SELECT count(*) FROM progress WHERE station = 'CS-11' AND asked > 4"
        hurry_gap("CS-11", "3 min")
        mark = len(scene.ear.messages)
        scene.say("CS-11", hq.event("CS-11", 1, 3))
        process.until(lambda: len(scene.ear.messages) > mark, 10, "the answer to what came")
        tap.equal(DATABASE.value(due), 0, "asked for a fifth time before 4 min")
        DATABASE.run("UPDATE progress SET asked = 11 WHERE station = 'CS-11'")
        hurry_gap("CS-11", "2 h")
        program.wait_line("2 to 2 are missing, asked for 12 times and no more", 20)
        hurry_gap("CS-11", "2 h")
        scene.say("CS-11", hq.event("CS-11", 1, 2))
        wait_ack(scene.ear, "CS-11", 1, 3)
        tap.equal(DATABASE.value("SELECT asked FROM progress WHERE station = 'CS-11'"), 0, "asked for since")


if __name__ == "__main__":
    hq.main(BROKER, DATABASE)

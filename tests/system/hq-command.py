# SPDX-License-Identifier: Apache-2.0
"""What headquarters promises to its people: station-hq command and watch, and an hq.conf whose faults are named."""
import base64
import json
import os
import re
import tempfile

import hq
import postgres
import process
import tap
from broker import Mosquitto
from issuer import Issuer

BROKER = Mosquitto()
DATABASE = postgres.Postgres()
SIGNS = "issuer=hq\ncommand-key-file=hq.pem\n"
LOCALES = os.path.join(hq.BUILD, "assets/po")


class Desk:
    """Somebody at headquarters with a key, and an ear at the station's door."""

    def __init__(self, station, n=1, extra=SIGNS):
        self.station, self.n, self.extra = station, n, extra

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.issuer = Issuer(self.folder.name)
        with open(self.issuer.key, encoding="ascii") as file:
            self.key = file.read()
        self.ear = hq.Ear(BROKER, f"{hq.ROOT}/{self.station}/command")
        self.desks = [hq.Hq(BROKER, DATABASE, self.extra, {"hq.pem": self.key}) for _ in range(self.n)]
        return self

    def __exit__(self, *_):
        self.ear.stop()
        for desk in self.desks:
            desk.remove()
        self.folder.cleanup()

    def command(self, *words, desk=0, **options):
        return self.desks[desk].run("command", *words, **options)

    def heard(self, n=1):
        """The first N commands (payload as it is on the wire, properties)."""
        return process.until(lambda: self.ear.messages[:n] if len(self.ear.messages) >= n else None, 20, f"{n} commands")

    def reply(self, command, status, reason="", **data):
        BROKER.publish(f"{hq.ROOT}/{self.station}/reply",
                       json.dumps({"id": command["id"], "status": status, "reason": reason, "data": data}))


@tap.test
def signs_and_waits():
    "A command is signed so that openssl knows it, and its exit status is what the station says in the end."
    for final, status in (("done", 0), ("refused", 1), ("failed", 1), ("expired", 1)):
        with Desk("CS-1") as desk:
            program = desk.command("CS-1", "announce", "text=今晚停电", "repeat=2", 'zone="7"')
            (topic, command, properties), = desk.heard()
            tap.equal(sorted(command), ["args", "expires", "id", "issued", "issuer", "seq", "verb"], "members")
            tap.equal((command["verb"], command["issuer"]), ("announce", "hq"), "verb and issuer")
            tap.equal(command["args"], {"text": "今晚停电", "repeat": 2, "zone": "7"}, "arguments")
            sent = json.dumps(command, ensure_ascii=False, separators=(",", ":")).encode()
            signature = dict(properties["user-properties"])["sig"]
            tap.check(desk.issuer.has_signed(topic, sent, signature), "openssl does not know the signature")
            tap.check(not desk.issuer.has_signed(topic + "s", sent, signature), "openssl takes any topic")
            desk.reply({"id": "of-another"}, "failed", "somebody else's")
            desk.reply(command, "received")
            desk.reply(command, "refused", "its seq is not above the issuer's last", fault="seq")  # another message's
            desk.reply(command, final, "because")
            tap.equal(program.wait(20), status, f"exit status of {final}")
            tap.equal(program.text()[-2:], ["received", f"{final}: because"], "what it says")


@tap.test
def is_not_taken():
    "A command that the station does not take is refused, or expired where it came too late: exit status 1."
    for status, fault in (("refused", "rate"), ("expired", "expired")):
        with Desk("CS-9") as desk:
            program = desk.command("CS-9", "announce", "text=x")
            (_, command, _), = desk.heard()
            desk.reply(command, status, "because", fault=fault)
            tap.equal(program.wait(20), 1, f"exit status of {status}")
            tap.equal(program.text(), [f"{status}: because"], "what it says")


@tap.test
def waits_no_longer():
    "Without an answer, or without a broker, the exit status is 3, and the reason is told."
    with Desk("CS-2") as desk:
        program = desk.command("CS-2", "announce", "text=x", "--timeout", "1")
        tap.equal(program.wait(20), 3, "exit status without an answer")
        program.wait_line("no answer within 1 s", 5)
        with open(f"{desk.desks[0].folder}/hq.conf", "w", encoding="utf-8") as file:
            file.write(f"[hq]\nbroker=mqtt://127.0.0.1:{postgres.free_port()}\ndatabase={DATABASE.uri}\n{SIGNS}")
        program = desk.command("CS-2", "announce", "text=x", "--timeout", "2")
        tap.equal(program.wait(20), 3, "exit status without a broker")
        program.wait_line("no line to the broker", 5)


@tap.test
def numbers_in_order():
    "The numbers of one issuer rise in the order in which its commands reach the broker, whichever instance sends them."
    with Desk("CS-3", n=2) as desk:
        programs = [desk.command("CS-3", "announce", "text=x", desk=n % 2) for n in range(8)]
        heard = desk.heard(len(programs))
        numbers = [command["seq"] for _, command, _ in heard]
        tap.equal(numbers, sorted(set(numbers)), "numbers")
        for _, command, _ in heard:
            desk.reply(command, "done")
        for program in programs:
            tap.equal(program.wait(20), 0, "exit status")


@tap.test
def answers_as_json():
    "With --json each answer is printed as it came, an object a line."
    with Desk("CS-4") as desk:
        program = desk.command("CS-4", "device.reset", "device=dc-01", "--json")
        (_, command, _), = desk.heard()
        desk.reply(command, "received")
        pretty = json.dumps({"id": command["id"], "status": "done", "reason": "\u009b\u202e"}, ensure_ascii=False, indent=1)
        BROKER.publish(f"{hq.ROOT}/CS-4/reply", pretty)
        tap.equal(program.wait(20), 0, "exit status")
        tap.equal([json.loads(line)["status"] for line in program.text()], ["received", "done"], "answers")
        tap.check(program.text()[-1].isascii() and json.loads(program.text()[-1]) == json.loads(pretty), "it steers no terminal")


@tap.test
def takes_strange_answers():
    "An answer whose members are of other kinds is shown as far as it can be, ends nothing, and cannot steer a terminal."
    with Desk("CS-10") as desk:
        program = desk.command("CS-10", "device.reset", "device=dc-01")
        (_, command, _), = desk.heard()
        for status, reason in ((5, 7), (None, ["x"]), ({}, None), ("wait\x1b[2J\n", "a\u202eb\u009bc")):
            desk.reply(command, status, reason)
        desk.reply(command, "done")
        tap.equal(program.wait(20), 0, "exit status")
        tap.equal(program.text()[-2:], ["wait [2J : a b c", "done"], "what it says")


@tap.test
def refuses_wrong_usage():
    "Wrong usage and a faulty hq.conf end with status 2 and name what is wrong, before anything is sent."
    with Desk("CS-5") as desk:
        usages = {("CS-5",): "needs STATION and VERB", ("CS/5", "announce"): "STATION is", ("CS-5", "announce", "x"): "KEY=VALUE",
                  ("CS-5", "announce", "a=1", "a=2"): "each key once", ("CS-5", "announce", "--timeout", "0"): "--timeout is 1 to 300"}
        for words, message in usages.items():
            program = desk.command(*words)
            tap.equal(program.wait(10), 2, f"exit status of {words}")
            program.wait_line(message, 5)
        for verb, message in (("report", "not served yet"), ("dance", "collect, watch or command")):
            program = desk.desks[0].run(verb)
            tap.equal(program.wait(10), 2, f"exit status of {verb}")
            program.wait_line(message, 5)
        path = f"{desk.desks[0].folder}/hq.conf"
        head = f"[hq]\nbroker={BROKER.url}\ndatabase={DATABASE.uri}\n"
        faults = {"": r"hq\.conf.*\[?hq\]?.*is missing", "[hq]\n": "broker", "[hq]\nbroker=http://x\n": "broker.*mqtt://",
                  f"{head}colour=red\n": "colour", f"{head}[site]\n": "site", f"{head}ca-file=none.pem\n": "ca-file.*No such file",
                  f"{head}command-key-file=hq.pem\n": "issuer.*is needed", f"{head}issuer=hq\ncommand-key-file=hq.conf\n":
                  "command-key-file.*chmod 600"}
        os.chmod(path, 0o644)
        for text, message in faults.items():
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            for verb in ("collect", "watch"):
                program = desk.desks[0].run(verb)
                tap.equal(program.wait(10), 2, f"exit status of {verb} with {text!r}")
                program.wait_line(message, 5)
        tap.equal(desk.ear.messages, [], "what was sent")


@tap.test
def takes_raw_keys():
    "A key may also be its 32 bytes in base64; what is neither is refused without being shown."
    with Desk("CS-6") as desk:
        seed = base64.b64decode("".join(desk.key.splitlines()[1:-1]))[16:]
        with open(f"{desk.desks[0].folder}/hq.pem", "w", encoding="ascii") as file:
            file.write(base64.b64encode(seed).decode() + "\n")
        program = desk.command("CS-6", "announce", "text=x")
        (topic, command, properties), = desk.heard()
        sent = json.dumps(command, separators=(",", ":")).encode()
        tap.check(desk.issuer.has_signed(topic, sent, dict(properties["user-properties"])["sig"]), "openssl does not know it")
        desk.reply(command, "done")
        tap.equal(program.wait(20), 0, "exit status")
        with open(f"{desk.desks[0].folder}/hq.pem", "w", encoding="ascii") as file:
            file.write("c2VjcmV0\n")
        program = desk.command("CS-6", "announce", "text=x")
        tap.equal(program.wait(10), 2, "exit status")
        tap.check(not program.find("c2VjcmV0") and program.find("no Ed25519 key"), f"what it says: {program.text()}")


def watch(desk, *words, **environment):
    program = desk.run("watch", *words, environment={"STATIONMASTER_LOCALES": LOCALES, "LC_ALL": "C.UTF-8", **environment})
    program.wait_line("watching", 20)
    return program


@tap.test
def shows_what_comes():
    "watch prints a line for each event and status, in English and in Chinese, and cannot be made to steer a terminal."
    status = {"online": True, "since": "2026-11-22T14:00:00.000+08:00", "version": "1.2", "epoch": 7, "last_seq": 40, "backlog": 3,
              "clock": "synced"}
    desk = hq.Hq(BROKER, DATABASE)
    try:
        english, chinese, machine = watch(desk), watch(desk, LANGUAGE="zh_CN"), watch(desk, "--json")
        BROKER.publish(f"{hq.ROOT}/CS-7/status", json.dumps(status))
        for program, line in ((english, "CS-7  online, version 1.2, epoch 7, last event 40, waiting 3"),
                              (chinese, "CS-7  在线,版本 1.2,纪元 7,末条事件 40,待传 3")):
            program.wait_line(line, 10)
        tap.equal(json.loads(machine.wait_line("^{.*status", 10).string), {"station": "CS-7", "status": status}, "the object")
        BROKER.publish(f"{hq.ROOT}/CS-7/event", hq.event("CS-7", 7, 41, subject="dc\x1b[2J\n\u202e\u009b"))
        english.wait_line(r"^2026-11-22T14:21:44.318\+08:00  CS-7  7.41  alarm.raised  dc \[2J     Battery over temperature", 10)
        tap.check(not re.search("[\x7f-\x9f\u202e]", machine.wait_line(r"7\.41", 10).string), "the object steers no terminal")
        for payload in (b"{", b"\xff", b"[" * 100_000, b'{"online":[]}', b'{"data":7}'):
            BROKER.publish(f"{hq.ROOT}/CS-7/event", payload)
            BROKER.publish(f"{hq.ROOT}/CS-7/status", payload)
        BROKER.publish(f"{hq.ROOT}/CS-7/event", hq.event("CS-7", 7, 42))
        for program in (english, chinese, machine):
            program.wait_line(r"7\.42", 10)
    finally:
        tap.equal(desk.remove(), [0, 0, 0], "exit status")


@tap.test
def shows_trouble():
    "watch tells of conflicts and of what was set aside, also after the database was away."
    collector, desk = hq.Collector(BROKER, DATABASE).ready(), hq.Hq(BROKER, DATABASE)
    try:
        chinese = watch(desk, LANGUAGE="zh_CN")
        process.until(lambda: DATABASE.value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'") == 1, 10, "it listens")
        BROKER.publish(f"{hq.ROOT}/CS-8/event", hq.event("CS-8", 1, 1))
        BROKER.publish(f"{hq.ROOT}/CS-8/event", hq.event("CS-8", 1, 1, data={"other": 1}))
        chinese.wait_line("^异常  conflict: CS-8 tells epoch 1 seq 1", 20)
        DATABASE.stop()
        DATABASE.start()
        collector.program.wait_line("the database is back", 40)
        process.until(lambda: DATABASE.value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'") == 1, 30, "it listens again")
        process.until(lambda: BROKER.publish(f"{hq.ROOT}/CS-8/event", "{") or chinese.find("^异常  set aside from .*CS-8/event"), 20,
                      "what was set aside")
    finally:
        desk.remove()
        collector.remove()


if __name__ == "__main__":
    hq.main(BROKER, DATABASE)

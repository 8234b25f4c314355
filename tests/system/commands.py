# SPDX-License-Identifier: Apache-2.0
"""Commands of headquarters as station-sync hands them over: signed by openssl, refused where anything is wrong."""
import base64
import contextlib
import datetime
import hashlib
import json
import os
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import schema  # noqa: E402
import tap  # noqa: E402
from process import until  # noqa: E402
from station import BUILD, Station  # noqa: E402
from sync_peer import SyncPeer  # noqa: E402

ROOT = "stationmaster/v1/CS-DEMO-001/"
TOPIC = ROOT + "command"


class Hq:
    """Issuer hq with a key of its own; the station must not have started yet."""

    def __init__(self, station, name="hq"):
        self.station, self.name, self.seq = station, name, 0
        self.key = os.path.join(station.folder, f"{name}.pem")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.key], check=True)
        public = subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-outform", "DER"], check=True,
                                capture_output=True).stdout[-32:]
        with open(os.path.join(station.config, f"{name}.pub"), "w", encoding="utf-8") as file:
            file.write(f"{name} {base64.b64encode(public).decode()}\n")

    def configure(self):
        with open(os.path.join(self.station.config, "station.conf"), "a", encoding="utf-8") as file:
            file.write(f"\n[hq]\nbroker=mqtt://127.0.0.1:1\ncommand-keys={self.name}.pub\n")

    def sign(self, text):
        path = os.path.join(self.station.folder, "to-sign")
        with open(path, "wb") as file:
            file.write(text)
        done = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.key, "-in", path], check=True,
                              capture_output=True)
        return base64.b64encode(done.stdout).decode()

    def make(self, verb, args, age=0, valid=60, **more):
        self.seq += 1
        issued = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=age)
        return json.dumps({"id": f"c-{self.seq}", "seq": self.seq, "issued": issued.isoformat(timespec="milliseconds"),
                           "expires": (issued + datetime.timedelta(seconds=valid)).isoformat(timespec="milliseconds"),
                           "issuer": self.name, "verb": verb, "args": args, **more}).encode()

    def signed(self, payload, topic=TOPIC):
        return self.sign(topic.encode() + b"\n" + payload)

    def send(self, sync, payload, topic=TOPIC, signature=None, retained=False):
        sync.command(topic, payload, self.signed(payload, topic) if signature is None else signature, retained)


def replies(sync, command):
    return [reply for reply, in ((json.loads(text),) for text, in sync.heard("Reply")) if reply["id"] == command]


def answer(sync, payload, after=0):
    """The last word on PAYLOAD; of its answers the first AFTER were there before."""
    command = json.loads(payload)["id"]
    return until(lambda: next((r for r in replies(sync, command)[after:] if r["status"] != "received"), None), 30,
                 f"the answer to {command}", sync.station.logs)


def audit(station):
    """All rows {who, verb, object, result, detail}, the oldest first."""
    with contextlib.closing(sqlite3.connect(os.path.join(station.data, "station.db"), timeout=20)) as books:
        books.row_factory = sqlite3.Row
        return [dict(row) for row in books.execute("select who, verb, object, result, detail from audit order by id")]


def wait_audit(station, **wanted):
    """A row with those values; a detail needs only to hold the wanted one."""
    def fits(row):
        return all(value in row[key] if key == "detail" else row[key] == value for key, value in wanted.items())
    return station.until(lambda: next((row for row in audit(station) if fits(row)), None), 20, f"audit of {wanted}")


class Line:
    """A station, an issuer that it knows, one that it does not, and station-sync's place."""

    def __init__(self, **options):
        self.station = Station(start=False, **options)
        self.sync = None

    def __enter__(self):
        self.station.__enter__()
        self.hq = Hq(self.station)
        self.hq.configure()
        self.stranger = Hq(self.station, "stranger")
        return self

    def begin(self, books=True):
        self.station.start()
        if books:
            self.station.until(lambda: self.station.ctl("status")["books"], 10, "books")
        self.sync = SyncPeer(self.station)
        return self

    def __exit__(self, *error):
        if self.sync:
            self.sync.close()
        self.station.__exit__(*error)

    def refusals(self):
        return self.station.ctl("status")["hq"]["refusals"]

    def refused(self, payload, kind, word, status="refused", answered=True, **how):
        """PAYLOAD is refused for that reason: answered (where it could be read), counted, audited, alarmed."""
        before, replies_before = self.refusals(), len(self.sync.heard("Reply"))
        rows = len(audit(self.station))
        self.hq.send(self.sync, payload, **how)
        self.station.until(lambda: len(audit(self.station)) > rows, 20, "an audited refusal")
        row, = audit(self.station)[rows:]
        tap.equal(row["result"], "refused", f"the audit: {row}")
        tap.check(word in row["detail"], f"the audit says {word!r}: {row}")
        told = [json.loads(text) for text, in self.sync.heard("Reply")[replies_before:]]
        tap.equal([reply["status"] for reply in told], [status] if answered else [], f"answers: {told}")
        tap.check(not answered or word in told[0]["reason"], f"the answer says {word!r}: {told}")
        after = self.refusals()
        wanted = {**before, "total": before["total"] + 1, kind: before[kind] + 1}
        tap.equal(after, wanted, "what is counted")
        self.station.wait_alarm_open("command-refused", "station")
        return row

    def repeated(self, payload, first):
        """PAYLOAD, whose last answer was FIRST, gets that once more and nothing else; it is counted and audited."""
        before, told, rows = self.refusals(), len(self.sync.heard("Reply")), len(audit(self.station))
        self.hq.send(self.sync, payload)
        self.station.until(lambda: len(audit(self.station)) > rows, 20, "an audited repetition")
        row, = audit(self.station)[rows:]
        tap.equal(row["result"], "refused", f"the audit: {row}")
        tap.check("repetition" in row["detail"], f"the audit says so: {row}")
        tap.equal([json.loads(text) for text, in self.sync.heard("Reply")[told:]], [first], "answers")
        tap.equal(self.refusals(), {**before, "total": before["total"] + 1, "seq": before["seq"] + 1}, "what is counted")
        return row

    def done(self, payload):
        before = len(replies(self.sync, json.loads(payload)["id"]))
        self.hq.send(self.sync, payload)
        found = answer(self.sync, payload, before)
        tap.equal(found["status"], "done", f"the answer: {found}")
        statuses = [reply["status"] for reply in replies(self.sync, found["id"])[before:]]
        tap.equal(statuses, ["received", "done"], "all answers")
        return found


@contextlib.contextmanager
def line(books=True, before=lambda station: None, **options):
    with Line(**options) as found:
        before(found.station)
        yield found.begin(books)


shared = contextlib.ExitStack()
common = []


def common_line():
    """One station for all that only refuses; whoever fails leaves it as it is."""
    if not common:
        common.append(shared.enter_context(line(scenario="cars none")))
    return common[0]


@tap.test
def acknowledged_by_hq():
    "A signed acknowledgement is done, answered, and bears the issuer's name."
    with line() as at:
        at.station.tell("smoke-01 smoke")
        alarm = at.station.wait_alarm_open("smoke")
        at.done(at.hq.make("alarm.acknowledge", {"alarm": alarm["id"], "note": "已知"}))
        tap.equal(next(a for a in at.station.alarms("smoke"))["acknowledged_by"], "hq:hq", "by whom")


@tap.test
def announced():
    "What headquarters announces is shown, and who shows it is told."
    with line() as at:
        at.done(at.hq.make("announce", {"text": "今晚停电", "zone": "bay-a", "repeat": 2}))
        listed, = json.loads(at.sync.call("ListAnnouncements", interface="org.stationmaster.Station1")[0])
        tap.equal((listed["text"], listed["zone"]), ("今晚停电", "bay-a"), "the list")
        told = json.loads(at.sync.wait_signal("AnnouncementsChanged")[0])
        tap.equal(told, [listed], "what was told")
        at.done(at.hq.make("events.resend", {"epoch": 5, "from": 1, "to": 10000}))
        tap.equal(tuple(at.sync.wait_signal("Resend")), (5, 1, 10000), "what is asked for")
        payload = at.hq.make("events.resend", {"epoch": 5, "from": 1, "to": 10001})
        at.hq.send(at.sync, payload)
        tap.equal(answer(at.sync, payload)["status"], "refused", "too many")


@tap.test
def unsigned():
    "A command without a signature, or with one that is none, is refused, counted, audited and alarmed."
    at = common_line()
    at.refused(at.hq.make("announce", {"text": "x"}), "signature", "not signed", signature="")
    at.refused(at.hq.make("announce", {"text": "x"}), "signature", "base64", signature="AAAA")
    row = at.refused(at.hq.make("announce", {"text": "x"}), "signature", "base64", signature="é" * 44)
    tap.equal((row["who"], row["verb"], row["object"]), ("hq:?", "announce", f"c-{at.hq.seq}"), "the audit")


@tap.test
def wrongly_signed():
    "A signature of another key, of another text or for another topic, and one of an unknown issuer, are refused."
    at = common_line()
    good = at.hq.make("announce", {"text": "x"})
    at.refused(good, "signature", "wrong", signature=at.stranger.signed(good))
    at.refused(good, "signature", "wrong", signature=at.hq.signed(good + b" "))
    at.refused(good, "signature", "wrong", signature=at.hq.signed(good, TOPIC + "s"))
    foreign = at.stranger.make("announce", {"text": "x"})
    at.refused(foreign, "signature", "not known", signature=at.stranger.signed(foreign))
    at.done(good)


@tap.test
def replayed():
    "A command that is over is not done again: counted, audited, answered as before; an older one, and all after a restart, are refused."
    at = common_line()
    older, used = at.hq.make("announce", {"text": "x"}), at.hq.make("announce", {"text": "x"})
    row = at.repeated(used, at.done(used))
    tap.equal((row["who"], row["object"]), ("hq:hq", json.loads(used)["id"]), "the audit")
    at.refused(older, "seq", "seq")
    other = at.hq.make("announce", {"text": "other"}, id=json.loads(used)["id"])
    at.refused(other[:-1] + b" }", "signature", "wrong", answered=False, signature=at.hq.signed(other))  # of an id that is known
    at.hq.seq = 1
    at.refused(at.hq.make("announce", {"text": "x"}, id=json.loads(used)["id"]), "seq", "seq", answered=False)
    at.hq.seq = json.loads(other)["seq"]
    late = at.hq.make("announce", {"text": "x"}, age=120)
    at.refused(late, "expired", "expired", "expired")
    at.repeated(late, replies(at.sync, json.loads(late)["id"])[-1])
    at.sync.close()
    at.station.stationd.stop()
    at.begin()
    at.refused(used, "seq", "seq")


@tap.test
def late():
    "A command that has expired, is valid for too long or is of the future is refused."
    at = common_line()
    at.refused(at.hq.make("announce", {"text": "x"}, age=120), "expired", "expired", "expired")
    at.refused(at.hq.make("charge.stop", {"connector": "dc-01/1"}, age=120), "expired", "expired", "expired")
    at.refused(at.hq.make("announce", {"text": "x"}, valid=301), "time", "5 minutes")
    at.refused(at.hq.make("announce", {"text": "x"}, age=-120), "time", "future")


@tap.test
def retained():
    "A command that the broker has kept is refused, however good it is, and its number stays free."
    at = common_line()
    good = at.hq.make("announce", {"text": "x"})
    at.refused(good, "retained", "retained", answered=False, retained=True)
    at.done(good)


@tap.test
def oversized():
    "A command of more than 16 KiB is refused unread; one of just as much is read."
    at = common_line()
    for size, word, answered in ((16385, "16384 bytes", False), (20000, "16384 bytes", False), (16384, "text has", True)):
        empty = at.hq.make("announce", {"text": ""})
        at.hq.seq -= 1
        payload = at.hq.make("announce", {"text": "x" * (size - len(empty))})
        tap.equal(len(payload), size, "its size")
        at.refused(payload, "form", word, answered=answered)


@tap.test
def deeply_nested():
    "A command whose objects and arrays stand deep in one another is refused before any parser calls itself for each."
    at = common_line()
    for payload in (b"[" * 16000, b'{"a":' * 3000, b'{"a":' * 1600 + b"1" + b"}" * 1600,
                    at.hq.make("announce", {"text": json.loads("[" * 8 + "]" * 8)})):
        at.refused(payload, "form", "nested", answered=False)


@tap.test
def for_another_station():
    "A command for another station is refused, though its signature is right."
    at = common_line()
    for topic in ("stationmaster/v1/CS-DEMO-002/command", "stationmaster/v1/CS-DEMO-0011/command", ROOT + "commands", ""):
        at.refused(at.hq.make("charge.stop", {"connector": "dc-01/1"}), "topic", "topic", answered=False, topic=topic)


@tap.test
def unknown_verb():
    "A verb that there is not, and one that is not served yet, are refused, each with its reason."
    at = common_line()
    at.refused(at.hq.make("explode", {}), "form", "no such verb")
    at.refused(at.hq.make("charge.start", {"connector": "dc-01/1", "vin": "x"}), "not_served", "not served yet")


@tap.test
def not_as_the_contract_says():
    "What is no JSON object, or has a member too many, too few, twice or of another kind, is refused."
    at = common_line()
    for payload in (b"", b"\xff\x00", b"{}{}"):
        at.refused(payload, "form", "not", answered=False)
    at.refused(at.hq.make("announce", {"text": "x"}, more=1), "form", "not known")
    at.refused(at.hq.make("announce", {}), "form", "text is missing")
    twice = at.hq.make("announce", {"text": "x"})
    at.refused(twice[:-1] + b',"seq":7}', "form", "twice", answered=False)


@tap.test
def configuration_is_not_served():
    "Configuration from headquarters is refused by an event, once for each text however often the broker hands it over."
    with line(scenario="cars none") as at:
        topic, text = ROOT + "config/tariff", "[tariff a]\nversion=1\n"
        payload = json.dumps({"version": 8, "issued": "2026-11-22T14:20:00Z", "issuer": "hq", "format": "keyfile", "text": text}).encode()
        before = at.refusals()
        for _ in range(3):
            at.hq.send(at.sync, payload, topic=topic, retained=True)
        event, = at.station.until(lambda: at.station.events("config.refused"), 10, "the event")
        tap.equal(event["data"], {"name": "tariff", "version": 8, "issuer": "hq", "faults": ["not served yet"],
                                  "sha256": hashlib.sha256(text.encode()).hexdigest()}, "what it says")
        wait_audit(at.station, who="hq:hq", verb="config", object="tariff", result="refused")
        tap.equal(at.refusals()["not_served"], before["not_served"] + 3, "what is counted")
        at.refused(payload, "signature", "not signed", topic=topic, signature="", answered=False)
        at.refused(b"x" * 20000, "form", "16384 bytes", topic=ROOT + "config/rules", answered=False)
        at.refused(payload, "topic", "no such configuration", topic=ROOT + "config/users", answered=False)
        events = at.station.until(lambda: len(found := at.station.events("config.refused")) == 3 and found, 10, "three events")
        tap.equal([(e["data"]["name"], e["data"]["issuer"], e["data"]["version"]) for e in events],
                  [("tariff", "hq", 8), ("tariff", None, 8), ("rules", None, None)], "the events")
        for at_event in events:
            schema.check("event", {"specversion": "1.0", "source": "/stations/CS-DEMO-001",
                                   "datacontenttype": "application/json", **at_event})


@tap.test
def configuration_told_once():
    "What the broker hands over again after a restart of stationd is not told again, and another text is."
    with line(scenario="cars none") as at:
        def hand_over(version):
            payload = json.dumps({"version": version, "issued": "2026-11-22T14:20:00Z", "issuer": "hq", "format": "keyfile",
                                  "text": "[tariff a]\n"}).encode()
            before = at.refusals()["not_served"]
            at.hq.send(at.sync, payload, topic=ROOT + "config/tariff", retained=True)
            at.station.until(lambda: at.refusals()["not_served"] == before + 1, 10, "it is counted")
            return [event["data"]["version"] for event in at.station.events("config.refused")]
        at.station.until(lambda: hand_over(8), 10, "the event")
        at.sync.close()
        at.station.stationd.stop()
        at.begin()
        tap.equal(hand_over(8), [8], "events of the same text")
        at.station.until(lambda: hand_over(9) == [9, 8] or hand_over(9) == [8, 9], 10, "the event of another text")


@tap.test
def flooded():
    "A flood of garbage fills neither the books nor the outbox, and hides nothing that was refused to a known issuer."
    with line(scenario="cars none") as at:
        for number in range(300):
            at.sync.command(TOPIC, b'{"id":"g-%d"}' % number, "AAAA")
            at.sync.command(ROOT + "config/tariff", b"%d" % number)
        at.refused(at.hq.make("announce", {"text": "x"}, age=120), "expired", "expired", "expired")
        found = at.refusals()
        tap.equal((found["total"], found["form"]), (601, 600), "what is counted")
        tap.equal(len([row for row in audit(at.station) if row["who"] == "hq:?"]), 20, "rows of strangers")
        tap.check(len(at.station.events("config.refused")) <= 12, "events of strangers")
        tap.check(len(at.sync.heard("Reply")) <= 21, "answers to strangers")
        at.station.stationd.stop()
        more = wait_audit(at.station, who="hq:?", verb="command", result="refused", detail="more within a minute")
        tap.check(more["detail"].startswith("580 more"), f"the others: {more}")


LOST_CLOCK = {"LD_PRELOAD": os.path.join(BUILD, "tests/lib/liblost-clock.so"),
              # a sanitizer need not be the first library
              "ASAN_OPTIONS": (os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0").lstrip(":")}


@tap.test
def clock_unset():
    "While the clock was never set a stop and a disable are taken, signed and once each, and nothing else is."
    with line(scenario="cars none", environment=LOST_CLOCK) as at:
        tap.equal(at.station.ctl("status")["clock"], "unset", "the clock")
        at.refused(at.hq.make("announce", {"text": "x"}), "state", "clock is unset")
        at.refused(at.hq.make("connector.enable", {"connector": "dc-03/1", "reason": "x"}), "state", "clock is unset")
        charge(at.station, "dc-03/1")
        stop = at.hq.make("charge.stop", {"connector": "dc-03/1"})
        at.refused(stop, "signature", "not signed", signature="")
        at.repeated(stop, at.done(stop))
        at.done(at.hq.make("connector.disable", {"connector": "dc-03/1", "reason": "x"}))


def charge(station, *connectors):
    for connector in connectors:
        station.tell(f"{connector} arrive soc 30")
    for connector in connectors:
        station.wait_value(f"{connector}/status", "charging", 20)


# As the shipped one, but over within a second: a hold that comes and goes at a word.
SMOKE = """[rule smoke]
applies-to=sensor/*
when=smoke == 1
clear=smoke == 0
clear-for=1s
severity=critical
latch=yes
do=stop-zone
title=Smoke
"""


def with_brief_smoke(station):
    folder = os.path.join(station.config, "rules.d")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "own.rules"), "w", encoding="utf-8") as file:
        file.write(SMOKE)


def hold(station):
    """All connectors of bay-a, dc-03's among them; gives the alarm."""
    station.tell("smoke-01 smoke")
    return station.wait_alarm("smoke", "smoke-01", proven=True)["id"]


def connector(station, path):
    return next(c for c in station.ctl("connectors") if c["path"] == path)


@tap.test
def stopped():
    "A stop of headquarters is done when a reading proves it; one that is in vain says so; each is audited with its end."
    with line(scenario="cars none") as at:
        charge(at.station, "dc-03/1", "dc-05/1")
        found = at.done(at.hq.make("charge.stop", {"connector": "dc-03/1"}))
        tap.check("current 0.0 A" in found["data"]["proof"], f"the proof: {found}")
        wait_audit(at.station, who="hq:hq", verb="charge.stop", object="dc-03/1", result="done", detail="current 0.0 A")
        tap.check(at.station.value("dc-03/1/status") != "charging", "it charges no more")
        at.station.tell("dc-05 ignores stop")
        payload = at.hq.make("charge.stop", {"connector": "dc-05/1"})
        at.hq.send(at.sync, payload)
        at.hq.send(at.sync, payload)  # as a broker may
        at.hq.send(at.sync, payload, signature="")  # another message of its id, as far as anybody can tell
        found = answer(at.sync, payload)
        tap.equal(found["status"], "failed", f"the answer: {found}")
        statuses = [reply["status"] for reply in replies(at.sync, found["id"])]
        tap.equal(statuses, ["received", "received", "failed"], "all answers")
        tap.equal((at.refusals()["total"], at.refusals()["signature"]), (1, 1), "what is counted while it runs")
        tap.check("not proven" in found["reason"], f"its reason: {found}")
        wait_audit(at.station, verb="charge.stop", object="dc-05/1", result="failed", detail="not proven")
        at.repeated(payload, found)
        payload = at.hq.make("charge.stop", {"connector": "dc-77/1"})
        at.hq.send(at.sync, payload)
        found = answer(at.sync, payload)
        tap.equal((found["status"], found["reason"]), ("refused", "no connector dc-77/1"), "of what there is not")
        tap.equal(at.refusals()["total"], 2, "none of the others was a faulty message")


@tap.test
def stopped_without_books():
    "With broken books a stop and a disable of headquarters still act; whatever must be recorded first is refused."
    def break_books(station):
        with open(os.path.join(station.data, "station.db"), "wb") as file:
            file.write(b"this is no database" * 1000)
    with line(books=False, before=break_books, scenario="cars none") as at:
        at.station.wait_alarm_open("books-unavailable")
        charge(at.station, "dc-03/1")
        at.done(at.hq.make("charge.stop", {"connector": "dc-03/1"}))
        at.done(at.hq.make("connector.disable", {"connector": "dc-03/1", "reason": "x"}))
        payload = at.hq.make("connector.enable", {"connector": "dc-03/1", "reason": "x"})
        at.hq.send(at.sync, payload)
        found = answer(at.sync, payload)
        tap.equal(found["status"], "refused", f"the answer: {found}")
        tap.check("books" in found["reason"], f"its reason: {found}")
        tap.equal(at.refusals()["state"], 1, "what is counted")


@tap.test
def disabled_and_enabled():
    "A connector is disabled and enabled by headquarters; while an alarm holds it only the first is done."
    with line(scenario="cars none", before=with_brief_smoke) as at:
        charge(at.station, "dc-03/1")
        args = {"connector": "dc-03/1", "reason": "维修"}
        ear = at.station.run("ear", ["gdbus", "monitor", "--session", "-d", "org.stationmaster.Station1"])
        ear.wait_line("is owned by", 10)
        payload = at.hq.make("connector.disable", args)
        at.repeated(payload, at.done(payload))
        tap.equal(at.station.alarms("command-refused"), [], "alarms of a repetition")
        tap.check(at.station.value("dc-03/1/status") != "charging", "it charges no more")
        at.station.tell("dc-03/1 leave")
        at.station.wait_value("dc-03/1/status", "unavailable")
        tap.equal(connector(at.station, "dc-03/1")["disabled_by"], "hq:hq", "who has disabled it")
        ear.wait_line(r"ConnectorsChanged.*\('dc-03/1', 'unavailable', [^()]*, false, 'hq:hq'\)", 10)
        found = at.done(at.hq.make("connector.enable", args))
        tap.equal(found["data"]["proof"], "status available", "the proof")
        tap.equal((connector(at.station, "dc-03/1")["disabled"], connector(at.station, "dc-03/1")["disabled_by"]), (False, None), "enabled")
        ear.wait_line(r"ConnectorsChanged.*\('dc-03/1', 'available', [^()]*, false, ''\)", 10)
        charge(at.station, "dc-03/2")
        alarm = hold(at.station)
        payload = at.hq.make("connector.enable", {"connector": "dc-03/2", "reason": "x"})
        at.hq.send(at.sync, payload)
        found = answer(at.sync, payload)
        tap.equal((found["status"], found["reason"]), ("refused", f"dc-03/2 is held by the alarm {alarm}"), "while it is held")
        wait_audit(at.station, who="hq:hq", verb="connector.enable", object="dc-03/2", result="refused", detail="is held")
        at.done(at.hq.make("connector.disable", {"connector": "dc-03/2", "reason": "x"}))
        tap.check(connector(at.station, "dc-03/2")["held"], "it stays held")


@tap.test
def stays_disabled():
    "What headquarters has disabled is enabled by nobody else: not by the end of an alarm, a restart or a reset."
    with line(scenario="cars none", before=with_brief_smoke) as at:
        at.station.add_staff("wang")
        charge(at.station, "dc-03/1", "dc-03/2")
        at.done(at.hq.make("connector.disable", {"connector": "dc-03/1", "reason": "x"}))
        at.sync.close()
        at.station.stationd.stop()
        at.begin()
        at.station.until(lambda: connector(at.station, "dc-03/1")["disabled_by"] == "hq:hq", 20, "who has disabled it, after the restart")
        alarm = hold(at.station)
        at.done(at.hq.make("connector.disable", {"connector": "dc-03/2", "reason": "x"}))
        at.done(at.hq.make("device.reset", {"device": "dc-03"}))
        at.station.tell("smoke-01 clear")
        at.station.ctl("ack", alarm, staff="wang")
        at.station.wait_alarm("smoke", "smoke-01", state="latched", timeout=60)
        mark = at.station.sim.mark()
        at.station.ctl("reset", alarm, staff="wang")
        at.station.wait_alarm("smoke", "smoke-01", state="normal")
        at.station.until(lambda: not any(c["held"] for c in at.station.ctl("connectors")), 20, "the release")
        for path in ("dc-03/1", "dc-03/2"):
            at.station.tell(f"{path} leave")
            at.station.wait_value(f"{path}/status", "unavailable")
        at.station.sim.wait_line("dc-02/1 enable received", 20, mark)
        tap.check(not at.station.sim.find("dc-03/. enable received", mark), "neither was enabled")
        found = at.done(at.hq.make("connector.enable", {"connector": "dc-03/2", "reason": "x"}))
        tap.equal(found["data"]["proof"], "status available", "the proof")


@tap.test
def reset():
    "A device is reset by headquarters where its profile has that command; a hold stays, and is said to it once more."
    with line(scenario="cars none", before=with_brief_smoke) as at:
        charge(at.station, "dc-03/1")
        hold(at.station)
        mark = at.station.sim.mark()
        found = at.done(at.hq.make("device.reset", {"device": "dc-03"}))
        tap.check("is read again" in found["data"]["proof"], f"the proof: {found}")
        at.station.sim.wait_line("dc-03.*reset received", 10, mark)
        at.station.sim.wait_line("dc-03/1.*stop received", 10, mark)
        tap.check(connector(at.station, "dc-03/1")["held"], "it stays held")
        for device, reason in (("smoke-01", "smoke-01 has no command reset"), ("dc-77", "no device dc-77"), ("station", "no device station"),
                               ("bus/chargers", "no device bus/chargers")):
            payload = at.hq.make("device.reset", {"device": device})
            at.hq.send(at.sync, payload)
            found = answer(at.sync, payload)
            tap.equal((found["status"], found["reason"]), ("refused", reason), f"reset of {device}")


if __name__ == "__main__":
    with shared:
        tap.main()

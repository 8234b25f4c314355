# SPDX-License-Identifier: Apache-2.0
"""Commands of headquarters as station-sync hands them over: signed by openssl, refused where anything is wrong."""
import base64
import datetime
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import tap  # noqa: E402
from station import Station  # noqa: E402
from sync_peer import SyncPeer  # noqa: E402

TOPIC = "stationmaster/v1/CS-DEMO-001/command"


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


def answer(sync, payload):
    command = json.loads(payload)["id"]
    sync.wait_signal("Reply", lambda text: json.loads(text)["id"] == command
                     and json.loads(text)["status"] != "received")
    return replies(sync, command)[-1]


@tap.test
def acknowledged_by_hq():
    "A signed acknowledgement is done, answered, and bears the issuer's name."
    with Station(start=False) as station:
        hq = Hq(station)
        hq.configure()
        station.start()
        with SyncPeer(station) as sync:
            station.tell("smoke-01 smoke")
            alarm = station.wait_alarm_open("smoke")
            payload = hq.make("alarm.acknowledge", {"alarm": alarm["id"], "note": "已知"})
            hq.send(sync, payload)
            tap.equal(answer(sync, payload)["status"], "done", "the answer")
            tap.equal([r["status"] for r in replies(sync, "c-1")], ["received", "done"], "all answers")
            tap.equal(next(a for a in station.alarms("smoke"))["acknowledged_by"], "hq:hq", "by whom")


@tap.test
def announced():
    "What headquarters announces is shown, and who shows it is told."
    with Station(start=False) as station:
        hq = Hq(station)
        hq.configure()
        station.start()
        with SyncPeer(station) as sync:
            station.until(lambda: station.ctl("status")["books"], 10, "books")
            payload = hq.make("announce", {"text": "今晚停电", "zone": "bay-a", "repeat": 2})
            hq.send(sync, payload)
            tap.equal(answer(sync, payload)["status"], "done", "the answer")
            listed, = json.loads(sync.call("ListAnnouncements", interface="org.stationmaster.Station1")[0])
            tap.equal((listed["text"], listed["zone"]), ("今晚停电", "bay-a"), "the list")
            told = json.loads(sync.wait_signal("AnnouncementsChanged")[0])
            tap.equal(told, [listed], "what was told")
            payload = hq.make("events.resend", {"epoch": 5, "from": 1, "to": 10000})
            hq.send(sync, payload)
            tap.equal(tuple(sync.wait_signal("Resend")), (5, 1, 10000), "what is asked for")
            payload = hq.make("events.resend", {"epoch": 5, "from": 1, "to": 10001})
            hq.send(sync, payload)
            tap.equal(answer(sync, payload)["status"], "refused", "too many")


@tap.test
def refused_commands():
    "Unsigned, wrongly signed, replayed, late, retained, oversized, nested, foreign or unknown: refused, audited, alarmed."
    with Station(start=False) as station:
        hq = Hq(station)
        hq.configure()
        stranger = Hq(station, "stranger")
        station.start()
        with SyncPeer(station) as sync:
            def refuse(payload, word, status="refused", **how):
                before = len(sync.heard("Reply"))
                hq.send(sync, payload, **how)
                sync.wait_signal("Reply", lambda *_: len(sync.heard("Reply")) > before)
                reply = json.loads(sync.heard("Reply")[-1][0])
                tap.equal(reply["status"], status, f"answer: {reply}")
                tap.check(word in reply["reason"], f"the reason says {word!r}: {reply}")
            station.until(lambda: station.ctl("status")["books"], 10, "books")
            good = hq.make("announce", {"text": "x"})
            refuse(good, "not signed", signature="")
            refuse(good, "wrong", signature=stranger.signed(good))
            refuse(stranger.make("announce", {"text": "x"}), "not known")
            refuse(good, "wrong", signature=hq.signed(good, TOPIC + "s"))
            used = hq.make("announce", {"text": "x"})
            hq.send(sync, used)
            tap.equal(answer(sync, used)["status"], "done", "a good one")
            refuse(used, "seq")
            refuse(good, "seq")
            refuse(hq.make("announce", {"text": "x"}, age=120), "expired", "expired")
            refuse(hq.make("announce", {"text": "x"}, valid=301), "5 minutes", "expired")
            refuse(hq.make("explode", {}), "no such verb")
            refuse(hq.make("charge.start", {"connector": "dc-01/1"}), "not served yet")
            refuse(hq.make("announce", {"text": "x"}, more=1), "not known")
            silent = [(hq.make("announce", {"text": "x"}), {"retained": True}),
                      (hq.make("announce", {"text": "x" * 20000}), {}),
                      (b"[" * 10000, {}), (b"", {}), (b"\xff\x00", {}),
                      (hq.make("announce", {"text": "x"}), {"topic": "stationmaster/v1/OTHER/command"}),
                      (hq.make("announce", {"text": "x"}), {"topic": "stationmaster/v1/CS-DEMO-001/config/rules"})]
            for payload, how in silent:
                hq.send(sync, payload, **how)
            station.wait_alarm_open("command-refused", "station")
            station.restart()
        with SyncPeer(station) as sync:
            station.until(lambda: station.ctl("status")["books"], 10, "books")
            hq.send(sync, used)
            tap.check("seq" in answer(sync, used)["reason"], "replayed after a restart")


if __name__ == "__main__":
    tap.main()

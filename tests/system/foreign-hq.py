# SPDX-License-Identifier: Apache-2.0
"""Headquarters of somebody else's making: mosquitto_sub, mosquitto_pub and openssl do all that station-hq does, with a
real station behind a real station-sync."""
import json
import signal

import tap
from chain import ROOT, STATION, Chain
from issuer import Issuer
from process import until

PATIENCE_S = tap.full(3, 30)


class Foreign:
    """What mosquitto_sub has heard of a chain's station, from the first on, and what mosquitto_pub says to it."""

    def __init__(self, chain):
        self.chain, self.events, self.replies, self.statuses = chain, [], [], []
        listener = chain.broker.listen(f"{ROOT}/#", self.on_line)
        until(lambda: chain.broker.publish(f"{ROOT}/probe", "x") or listener.find("/probe"), 10, "it listens")
        chain.start_sync()
        until(lambda: self.statuses, 10, "the status", chain.broker.logs)

    def on_line(self, _process, stream, line):
        if stream != 1:
            return
        topic, retained, text = line.split(" ", 2)
        kind = topic[len(ROOT) + 1:]
        if kind == "event":
            self.events.append(json.loads(text))
        elif kind == "reply":
            self.replies.append(json.loads(text))
        elif kind == "status":
            self.statuses.append({**json.loads(text), "retained": retained == "1"})

    @property
    def places(self):
        return [(event["epoch"], event["seq"]) for event in list(self.events)]

    def wait(self, condition, what, timeout=20):
        return until(condition, timeout, what, self.chain.station.logs)

    def wait_event(self, kind, fits=lambda event: True):
        return self.wait(lambda: next((e for e in list(self.events) if e["type"] == kind and fits(e)), None), f"event {kind}")

    def acknowledge(self, epoch, through):
        self.chain.broker.publish(f"{ROOT}/ack", json.dumps({"epoch": epoch, "through": through}))

    def acked(self):
        return self.chain.station.ctl("status")["acked_seq"]

    def acknowledge_all(self):
        """All that is there now; gives its epoch and number."""
        status = self.chain.station.ctl("status")
        epoch, last = status["epoch"], status["last_seq"]
        self.wait(lambda: (epoch, last) in self.places, f"event {epoch}.{last}")
        self.acknowledge(epoch, last)
        self.wait(lambda: self.acked() >= last, f"acknowledged through {last}")
        return epoch, last

    def send(self, payload, signature=None, retained=False, issuer=None):
        if signature is None:
            signature = (issuer or self.chain.issuer).sign(f"{ROOT}/command", payload)
        self.chain.broker.publish(f"{ROOT}/command", payload, retained=retained, signature=signature or None)
        return json.loads(payload)["id"]

    def answers(self, command):
        return [reply["status"] for reply in list(self.replies) if reply["id"] == command]

    def command(self, verb, args):
        """The final answer to a command that is signed as it must be; what came before it is `received`."""
        command = self.send(self.chain.issuer.make(verb, args))
        self.wait(lambda: set(self.answers(command)) - {"received"}, f"the answer to {verb}")
        if self.answers(command)[-1] == "done":
            tap.equal(self.answers(command), ["received", "done"], f"answers to {verb}")
        return next(r for r in self.replies if r["id"] == command and r["status"] != "received")


@tap.test
def hears_and_acknowledges():
    "Status and events are there for any subscriber: by number, none missing; what it acknowledges is acknowledged."
    with Chain() as chain:
        hq = Foreign(chain)
        hq.wait(lambda: chain.broker.retained(f"{ROOT}/status")["online"], "the retained status says online")
        chain.station.tell("smoke-01 smoke")
        alarm = hq.wait_event("alarm.raised", lambda e: e["subject"] == "smoke-01" or e["data"]["rule"] == "smoke")
        tap.equal((alarm["specversion"], alarm["source"], alarm["id"]),
                  ("1.0", f"/stations/{STATION}", f"{alarm['epoch']}.{alarm['seq']}"), "the envelope")
        epoch, last = hq.acknowledge_all()
        first = hq.places[:last]
        tap.equal(first, [(epoch, n) for n in range(1, last + 1)], "events, one by one")
        told = {event["seq"]: event["data"] for event in hq.events}
        for event in chain.station.events()[:last]:
            tap.equal(told[event["seq"]], event["data"], f"event {event['seq']} here and there")
        until(lambda: chain.broker.retained(f"{ROOT}/status")["backlog"] == 0, 10, "the status says that nothing waits")


@tap.test
def publishes_again():
    "Without progress of acknowledgements everything from the first that waits is published again; what is acknowledged is not."
    with Chain(PATIENCE_S) as chain:
        hq = Foreign(chain)
        chain.station.tell("smoke-01 smoke")
        hq.wait(lambda: len(set(hq.places)) >= 3, "three events")
        epoch, _ = hq.places[0]
        hq.acknowledge(epoch, 2)
        hq.wait(lambda: hq.acked() == 2, "two acknowledged")
        mark = len(hq.events)
        hq.wait(lambda: (epoch, 3) in hq.places[mark:], "the third again", 60)
        tap.check((epoch, 1) not in hq.places[mark:] and (epoch, 2) not in hq.places[mark:], "nothing from before it")
        again = next(e for e in hq.events[mark:] if e["seq"] == 3)
        tap.equal(again, next(e for e in hq.events if e["seq"] == 3), "the same event")


@tap.test
def leaves_a_will():
    "When station-sync is killed the broker says so; when it is back, it goes on where headquarters is."
    with Chain() as chain:
        hq = Foreign(chain)
        _, last = hq.acknowledge_all()
        chain.sync.kill()
        hq.wait(lambda: not hq.statuses[-1]["online"], "the will")
        tap.equal(chain.broker.retained(f"{ROOT}/status")["online"], False, "and it is kept")
        mark = len(hq.events)
        chain.station.tell("smoke-01 smoke")
        chain.station.wait_alarm("smoke")
        tap.equal(len(hq.events), mark, "events meanwhile")
        chain.start_sync()
        hq.wait_event("alarm.raised", lambda e: e["data"]["rule"] == "smoke")
        tap.equal(hq.places[mark][1], last + 1, "the first that comes")
        hq.wait(lambda: hq.statuses[-1]["online"], "online again")


@tap.test
def commands():
    "A command signed with openssl is received and done, and everyone hears what came of it."
    with Chain() as chain:
        hq = Foreign(chain)
        chain.station.tell("smoke-01 smoke")
        alarm = hq.wait_event("alarm.raised", lambda e: e["data"]["rule"] == "smoke")["data"]
        tap.equal(hq.command("alarm.acknowledge", {"alarm": alarm["id"], "note": "已知"})["status"], "done", "acknowledged")
        heard = hq.wait_event("alarm.acknowledged", lambda e: e["data"]["id"] == alarm["id"])
        tap.equal(heard["data"]["acknowledged_by"], "hq:hq", "by whom")
        tap.equal(hq.command("announce", {"text": "今晚停电", "repeat": 1})["status"], "done", "announced")
        epoch, _ = hq.acknowledge_all()
        mark = len(hq.events)
        tap.equal(hq.command("events.resend", {"epoch": epoch, "from": 1, "to": 3})["status"], "done", "asked for again")
        hq.wait(lambda: hq.places[mark:].count((epoch, 3)) == 1, "what was asked for")
        tap.equal([place for place in hq.places[mark:] if place[1] <= 3], [(epoch, 1), (epoch, 2), (epoch, 3)], "once, in order")
        answer = hq.command("alarm.acknowledge", {"alarm": "no-such", "note": ""})
        tap.check(answer["status"] in ("refused", "failed") and answer["reason"], f"no such alarm: {answer}")


@tap.test
def stops_a_charge():
    "A charge is stopped, a connector put out of service and back, by whoever holds the key."
    with Chain() as chain:
        hq = Foreign(chain)
        chain.station.tell("dc-03/1 arrive soc 30")
        chain.station.wait_value("dc-03/1/status", "charging", 20)
        tap.equal(hq.command("charge.stop", {"connector": "dc-03/1"})["status"], "done", "stopped")
        chain.station.wait_value("dc-03/1/status", lambda value: value != "charging")
        for verb, wanted in (("connector.disable", lambda value: value == "unavailable"),
                             ("connector.enable", lambda value: value != "unavailable")):
            tap.equal(hq.command(verb, {"connector": "dc-03/1", "reason": "维修"})["status"], "done", verb)
            chain.station.wait_value("dc-03/1/status", wanted)


@tap.test
def answers_a_burst():
    "However many commands come at once, each is answered, also while station-sync or stationd is held up."
    with Chain() as chain:
        hq = Foreign(chain)
        for held_up in (None, chain.sync, chain.station.stationd):
            payloads = [chain.issuer.make("charge.stop", {"connector": "dc-03/1"}) for _ in range(30)]
            signed = [(payload, chain.issuer.sign(f"{ROOT}/command", payload)) for payload in payloads]
            if held_up:
                held_up.signal(signal.SIGSTOP)
            sent = [hq.send(payload, signature) for payload, signature in signed]
            if held_up:
                held_up.signal(signal.SIGCONT)
            hq.wait(lambda: all(set(hq.answers(command)) - {"received"} for command in sent), "thirty answers", 30)


@tap.test
def refuses():
    "What is not signed, not by whom it says, replayed, late, unknown or retained is not done; an alarm tells headquarters."
    with Chain() as chain:
        hq = Foreign(chain)
        stranger = Issuer(chain.station.folder, "stranger")
        stranger.name = "hq"

        def answered(payload, status, word, **how):
            before = len(hq.replies)
            command = hq.send(payload, **how)
            reply = hq.wait(lambda: next((r for r in hq.replies[before:] if r["id"] == command), None), f"an answer: {word}")
            tap.equal(reply["status"], status, f"the answer: {reply}")
            tap.check(word in reply["reason"], f"the reason says {word!r}: {reply}")

        def refused(payload, word, **how):
            answered(payload, "refused", word, **how)

        good = chain.issuer.make("announce", {"text": "x"})
        refused(good, "not signed", signature="")
        refused(good, "wrong", signature=stranger.sign(f"{ROOT}/command", good))
        refused(good, "wrong", signature=chain.issuer.sign(f"{ROOT}/commands", good))
        hq.send(good)
        hq.wait(lambda: "done" in hq.answers("hq-1"), "the good one")
        answered(good, "done", "")  # as before, and counted
        tap.equal(chain.station.ctl("status")["hq"]["refusals"]["seq"], 1, "what is counted")
        tap.equal(hq.answers("hq-1").count("received"), 1, "how often it was taken")
        answered(chain.issuer.make("announce", {"text": "x"}, age=120), "expired", "expired")
        refused(chain.issuer.make("explode", {}), "no such verb")
        alarm = hq.wait_event("alarm.raised", lambda e: e["data"]["rule"] == "command-refused")["data"]
        tap.equal(hq.command("alarm.acknowledge", {"alarm": alarm["id"], "note": "seen"})["status"], "done", "seen")
        # One that is too long is not even read: it is counted.
        def counted():
            return chain.station.ctl("status")["hq"]["refusals"]["form"]
        before = counted()
        hq.send(chain.issuer.make("announce", {"text": "x" * 100_000}))
        hq.wait(lambda: counted() == before + 1, "the refusal of one that is too long")
        # A retained command has no answer: the broker would give it again and again.
        kept = chain.issuer.make("announce", {"text": "kept"})
        hq.send(kept, retained=True)
        tap.equal(hq.command("announce", {"text": "after"})["status"], "done", "one that comes behind it")
        tap.equal(hq.answers(json.loads(kept)["id"]), [], "answers to a retained one")


@tap.test
def acknowledges_too_much():
    "An acknowledgement of more than was sent is refused and told; what headquarters has not seen comes under a new epoch."
    with Chain() as chain:
        hq = Foreign(chain)
        epoch, last = hq.acknowledge_all()
        hq.acknowledge(epoch, last + 1_000_000)
        hq.wait_event("alarm.raised", lambda e: e["data"]["rule"] == "hq-ack-beyond-sent")
        hq.wait(lambda: chain.station.ctl("status")["epoch"] > epoch, "a new epoch")
        tap.check(max(seq for of, seq in hq.places if of == epoch) < last + 1_000_000, "numbers of the old epoch")

        def drained():
            newest = chain.station.ctl("status")["epoch"]
            for of in sorted({of for of, _ in hq.places}):
                hq.acknowledge(of, max(seq for e, seq in hq.places if e == of))
            return any(of == newest for of, _ in hq.places)
        hq.wait(drained, "events of the new epoch, behind those of the old", 60)
        first = next(i for i, (of, _) in enumerate(hq.places) if of > epoch)
        tap.equal(hq.places[first][1], 1, "its first number")


if __name__ == "__main__":
    tap.main()

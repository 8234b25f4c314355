#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for stationd's side of org.stationmaster.Sync1, for what the real one will not do on demand.

    fake_sync.py FILE

FILE keeps its outbox between lives: {"epochs": [[epoch, acked, last], …], "gone": [[epoch, seq], …]}; events are made
up from (epoch, seq). Commands on standard input, each answered by a line on standard output:

    append N            N events more in the newest epoch, and the signal
    epoch E             a new epoch
    reply TEXT          the signal Reply
    resend E FROM TO    the signal Resend
    refuse on|off       TakeAck is refused
    station ID          is that station's stationd, from its next life on
    slow MS             every answer comes so late, also in its next lives; `late METHOD` is printed for each call
    show                prints the outbox

It prints `ack E N`, `line online|offline REASON`, `command TOPIC SIGNATURE RETAINED TEXT` (or N-long) as they come, and `error …` for
an acknowledgement that goes beyond what was read.
"""
import json
import os
import sys

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

XML = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../edge/bus/org.stationmaster.Station1.xml")
PATH, NAME, FACE = "/org/stationmaster/Station1", "org.stationmaster.Station1", "org.stationmaster.Sync1"
ERROR = "org.stationmaster.Error."


def say(text):
    print(text, flush=True)


def event_text(epoch, seq):
    """What is published of that event, the same each time."""
    return json.dumps({"specversion": "1.0", "id": f"{epoch}.{seq}", "source": "/stations/CS-0571-001",
                       "type": "alarm.raised", "subject": f"dc-{seq % 40:02}/1", "time": "2026-11-22T14:21:44.318+08:00",
                       "datacontenttype": "application/json", "epoch": epoch, "seq": seq, "timequality": "synced",
                       "data": {"n": seq, "text": "过温" * (seq % 40)}}, ensure_ascii=False, separators=(",", ":"))


def arguments(parameters):
    """All of them; a string of bytes as such, which unpack() would take apart byte by byte."""
    values = [parameters.get_child_value(i) for i in range(parameters.n_children())]
    return [v.get_data_as_bytes().get_data() if v.get_type_string() == "ay" else v.unpack() for v in values]


class Fake:
    def __init__(self, file):
        self.file = file
        self.state = {"epochs": [[1795328504, 0, 0]], "gone": []}
        if os.path.exists(file):
            with open(file, encoding="utf-8") as source:
                self.state = json.load(source)
        self.refuses, self.slow_ms = False, self.state.get("slow", 0)
        self.read = {epoch: last for epoch, _acked, last in self.epochs}
        self.connection = None

    @property
    def epochs(self):
        return self.state["epochs"]

    def save(self):
        with open(self.file + ".new", "w", encoding="utf-8") as target:
            json.dump(self.state, target)
        os.replace(self.file + ".new", self.file)

    def emit(self, signal, signature, *values):
        self.connection.emit_signal(None, PATH, FACE, signal, GLib.Variant(signature, values))

    # Methods

    def get_status(self):
        return GLib.Variant("(s)", (json.dumps({"station": self.state.get("station", "CS-0571-001")}),))

    def get_outbox(self):
        return GLib.Variant("(a(xxx))", ([tuple(e) for e in self.epochs if e[1] < e[2] or e is self.epochs[-1]],))

    def read_outbox(self, epoch, after, limit):
        known = next((e for e in self.epochs if e[0] == epoch), None)
        if not known or not 1 <= limit <= 1000:
            raise ValueError("no such epoch, or no such limit")
        last = min(after + limit, known[2])
        self.read[epoch] = max(self.read.get(epoch, 0), last)
        events = [(seq, event_text(epoch, seq)) for seq in range(after + 1, last + 1)
                  if [epoch, seq] not in self.state["gone"]]
        return GLib.Variant("(a(xs))", (events,))

    def take_ack(self, epoch, through, sent):
        known = next((e for e in self.epochs if e[0] == epoch), None)
        if self.refuses or not known or through > min(sent, self.read.get(epoch, 0)):
            say(f"error ack {epoch} {through} refused")
            raise ValueError("more than was sent")
        known[1] = max(known[1], through)
        self.save()
        say(f"ack {epoch} {through}")

    def set_line(self, online, reason):
        say(f"line {'online' if online else 'offline'} {reason}")

    def take_command(self, topic, payload, signature, retained):
        text = bytes(payload).decode("utf-8", "replace")
        say(f"command {topic} {signature or '-'} {retained} {text if len(text) < 1000 else f'{len(text)}-long'}")

    def on_call(self, _connection, _sender, _path, _face, method, parameters, invocation):
        names = {"GetStatus": self.get_status, "GetOutbox": self.get_outbox, "ReadOutbox": self.read_outbox, "TakeAck": self.take_ack,
                 "SetLine": self.set_line, "TakeCommand": self.take_command}

        def answer():
            try:
                invocation.return_value(names[method](*arguments(parameters)))
            except ValueError as error:
                invocation.return_dbus_error(ERROR + "Refused", str(error))
            return False
        if self.slow_ms and method != "GetStatus":
            say(f"late {method}")
            GLib.timeout_add(self.slow_ms, answer)
        else:
            answer()

    # Commands

    def on_line(self, line):
        words = line.split()
        if words[0] == "append":
            self.epochs[-1][2] += int(words[1])
            self.save()
            self.emit("Appended", "(xx)", self.epochs[-1][0], self.epochs[-1][2])
        elif words[0] == "epoch":
            self.epochs.append([int(words[1]), 0, 0])
            self.save()
        elif words[0] == "reply":
            self.emit("Reply", "(s)", line.split(" ", 1)[1])
        elif words[0] == "resend":
            self.emit("Resend", "(xxx)", *map(int, words[1:4]))
        elif words[0] == "refuse":
            self.refuses = words[1] == "on"
        elif words[0] == "station":
            self.state["station"] = words[1]
            self.save()
        elif words[0] == "slow":
            self.slow_ms = self.state["slow"] = int(words[1])
            self.save()
        say(f"done {json.dumps(self.epochs)}")

    def run(self):
        loop = GLib.MainLoop()
        with open(XML, encoding="utf-8") as source:
            faces = [i for i in Gio.DBusNodeInfo.new_for_xml(source.read()).interfaces if i.name in (FACE, NAME)]

        def on_bus(connection, _name):
            self.connection = connection
            for face in faces:
                connection.register_object(PATH, face, self.on_call, None, None)

        def on_input(channel, _condition):
            line = channel.readline()
            if not line:
                loop.quit()
                return False
            self.on_line(line.strip())
            return True
        Gio.bus_own_name(Gio.BusType.SESSION, NAME, Gio.BusNameOwnerFlags.NONE, on_bus,
                         lambda *_: say("station is ready"), lambda *_: say("lost"))
        GLib.io_add_watch(sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, on_input)
        GLib.unix_signal_add(GLib.PRIORITY_HIGH, 15, loop.quit)
        loop.run()


if __name__ == "__main__":
    Fake(sys.argv[1]).run()

# SPDX-License-Identifier: Apache-2.0
"""Headquarters under test: station-hq in a folder of its own, and stations played by mosquitto's own clients."""
import json
import os
import shutil
import tempfile

import process
import schema
import tap

BUILD = os.environ["STATIONMASTER_BUILD"]
ROOT = "stationmaster/v1"


class Ear:
    """A foreign subscriber: `messages` are (topic, parsed JSON, user properties as text)."""

    def __init__(self, broker, *topics):
        self.messages = []
        filters = [word for topic in topics for word in ("-t", topic)]
        # In its own words it says when it is subscribed; those wait in a buffer unless lines are flushed.
        self.program = process.Process("mosquitto_sub", ["stdbuf", "-oL", *broker.command("mosquitto_sub", [
            "-q", 1, "-d", *filters, "-F", "%j"])], on_line=self._line)
        self.program.wait_line("Subscribed", 10)

    def _line(self, _, stream, text):
        if stream == 1 and text.startswith("{"):
            outer = json.loads(text)
            try:
                payload = json.loads(outer["payload"])
            except ValueError:
                payload = outer["payload"]
            self.messages.append((outer["topic"], payload, outer.get("properties", {})))

    def acks(self, station):
        heard = [m for topic, m, _ in list(self.messages) if topic == f"{ROOT}/{station}/ack"]
        for ack in heard:
            schema.check("ack", ack)
        return [(ack["epoch"], ack["through"]) for ack in heard]

    def stop(self):
        self.program.stop()


class Mouth:
    """A foreign publisher that stays connected: a line is a message of the station."""

    def __init__(self, broker, station, topic="event"):
        self.program = process.Process("mosquitto_pub", broker.command("mosquitto_pub", [
            "-q", 1, "-t", f"{ROOT}/{station}/{topic}", "-l"]))

    def say(self, text):
        self.program.child.stdin.write(text + "\n")

    def flush(self):
        self.program.child.stdin.flush()

    def stop(self):
        self.program.kill()


def event(station, epoch, seq, /, **changes):
    """An event as CONTRACT section 6 has it; members of CHANGES replace its own, None leaves one out."""
    whole = {"specversion": "1.0", "id": f"{epoch}.{seq}", "source": f"/stations/{station}", "type": "alarm.raised",
             "subject": "dc-01/1", "time": "2026-11-22T14:21:44.318+08:00", "datacontenttype": "application/json",
             "epoch": epoch, "seq": seq, "timequality": "synced",
             "data": {"id": f"a-{seq}", "title": "Battery over temperature / 电池过温", "value": 61.5, "n": seq}}
    whole.update(changes)
    return json.dumps({k: v for k, v in whole.items() if v is not None}, ensure_ascii=False)


class Hq:
    """station-hq with a folder of its own. EXTRA: more lines of hq.conf; FILES: {name: contents}, as secret as keys; URL:
    where the broker is, if not at its usual port."""

    def __init__(self, broker, database, extra="", files=None, url=None):
        self.folder = tempfile.mkdtemp(prefix="stationmaster-hq-")
        self.programs = []
        with open(f"{self.folder}/hq.conf", "w", encoding="utf-8") as file:
            file.write(f"[hq]\nbroker={url or broker.url}\ndatabase={database.uri}\n{extra}")
        for name, contents in (files or {}).items():
            with open(os.open(f"{self.folder}/{name}", os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
                file.write(contents)

    def run(self, verb, *words, **options):
        program = process.Process(f"station-hq {verb}", [f"{BUILD}/sync/station-hq", verb, *words, "--config", self.folder],
                                  **options)
        self.programs.append(program)
        return program

    def remove(self):
        statuses = [program.stop() for program in self.programs]
        shutil.rmtree(self.folder, ignore_errors=True)
        return statuses


class Collector(Hq):
    """station-hq collect."""

    def __init__(self, broker, database, extra="", files=None, url=None):
        super().__init__(broker, database, extra, files, url)
        self.program = self.run("collect")

    def ready(self):
        self.program.wait_line("collecting", 20)
        return self


def main(broker, database):
    """Runs the cases of a test program that shares BROKER and DATABASE among them, and ends both."""
    try:
        with broker:
            tap.main()
    finally:
        database.remove()

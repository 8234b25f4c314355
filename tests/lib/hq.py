# SPDX-License-Identifier: Apache-2.0
"""Headquarters under test: a broker, a collector, and stations played by mosquitto's own clients."""
import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading

import postgres
import process
import schema
import tap

BUILD = os.environ["STATIONMASTER_BUILD"]
ROOT = "stationmaster/v1"


class Broker:
    """Real mosquitto on the loopback."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="stationmaster-mq-")
        self.port = postgres.free_port()
        with open(f"{self.folder}/mosquitto.conf", "w", encoding="utf-8") as file:
            file.write(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\nuser root\n"
                       "max_queued_messages 20000\nlog_type error\n")
        self.start()

    @property
    def url(self):
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self):
        self.program = process.Process("mosquitto", ["mosquitto", "-c", f"{self.folder}/mosquitto.conf"])
        process.until(self.answers, 10, "mosquitto answers", self.program.tail)

    def answers(self):
        return subprocess.run(["mosquitto_pub", "-p", str(self.port), "-h", "127.0.0.1", "-t", "x", "-n"],
                              stderr=subprocess.DEVNULL).returncode == 0

    def publish(self, topic, payload, *options):
        """One message, from a foreign client."""
        data = payload if isinstance(payload, bytes) else payload.encode()
        subprocess.run(["mosquitto_pub", "-V", "5", "-h", "127.0.0.1", "-p", str(self.port), "-q", "1", "-t", topic, "-s",
                        *options], input=data, check=True)

    def remove(self):
        self.program.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Ear:
    """A foreign subscriber: `messages` are (topic, parsed JSON, user properties as text)."""

    def __init__(self, broker, *topics):
        self.messages = []
        filters = [word for topic in topics for word in ("-t", topic)]
        self.program = process.Process(
            "mosquitto_sub", ["stdbuf", "-oL", "mosquitto_sub", "-V", "5", "-h", "127.0.0.1", "-p", broker.port, "-q", "1", "-d", *filters,
                              "-F", "%j"], on_line=self._line)
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
        self.program = process.Process("mosquitto_pub", ["mosquitto_pub", "-V", "5", "-h", "127.0.0.1", "-p", broker.port,
                                                         "-q", "1", "-t", f"{ROOT}/{station}/{topic}", "-l"])

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


class Collector:
    """station-hq collect, or another verb."""

    def __init__(self, broker, database, *words, extra="", verb="collect"):
        self.folder = tempfile.mkdtemp(prefix="stationmaster-hq-")
        with open(f"{self.folder}/hq.conf", "w", encoding="utf-8") as file:
            file.write(f"[hq]\nbroker={broker.url}\ndatabase={database.uri}\n{extra}")
        self.program = process.Process(f"station-hq {verb}", [f"{BUILD}/sync/station-hq", verb, *words, "--config",
                                                              self.folder])

    def ready(self):
        self.program.wait_line("collecting", 20)
        return self

    def remove(self):
        status = self.program.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        return status

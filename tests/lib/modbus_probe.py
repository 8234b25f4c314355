# SPDX-License-Identifier: Apache-2.0
"""modbus-probe as a Python object: the Modbus driver, its readings, link states and results."""
import json
import os
import tempfile

import process
import tap

PROGRAM = os.path.join(os.environ.get("STATIONMASTER_BUILD", "build"), "tests/lib/modbus-probe")


class Probe:
    """Runs the driver on a bus that DESCRIPTION tells (its words: modbus-probe.c)."""

    def __init__(self, description):
        with tempfile.NamedTemporaryFile("w", suffix=".bus", delete=False) as file:
            file.write("\n".join(line.strip() for line in description.strip().splitlines()) + "\n")
        self.path = file.name
        self.process = process.Process("modbus-probe", [PROGRAM, self.path])
        self.commands = 0
        self.ended = False

    def __enter__(self):
        return self

    def __exit__(self, kind, *error):
        os.unlink(self.path)
        if kind:
            self.process.kill()
        elif not self.ended:
            self.end()

    def end(self):
        """Closes the driver; how long that took, in seconds."""
        self.ended = True
        self.process.say("quit")
        took = self.wait("closed")["took_us"] / 1e6
        tap.equal(self.process.wait(), 0, "exit status of the probe")
        return took

    def reopen(self):
        """Closes the driver and opens it anew in the same process; how long closing took, in seconds."""
        since = self.mark()
        self.process.say("reopen")
        return self.wait("closed", since=since, timeout=30)["took_us"] / 1e6

    def mark(self):
        return self.process.mark()

    def all(self, kind, since=0, **wanted):
        """Everything of that kind since that mark whose members are as wanted."""
        news = [json.loads(line) for line in self.process.text(since) if line.startswith("{")]
        return [item for item in news if item["kind"] == kind and all(item[k] == v for k, v in wanted.items())]

    def wait(self, kind, timeout=5, since=0, count=1, **wanted):
        """The COUNT-th of them, as soon as it is there."""
        def found():
            ended = not self.process.is_alive() and not any(reader.is_alive() for reader in self.process.readers)
            items = self.all(kind, since, **wanted)
            tap.check(len(items) >= count or not ended, f"modbus-probe ended: {self.process.tail()}")
            return items[count - 1] if len(items) >= count else None
        return process.until(found, timeout, f"{kind} {wanted}", self.process.tail)

    def number(self, path, since=0, timeout=5):
        return self.wait("reading", since=since, timeout=timeout, path=path, quality="good")["number"]

    def command(self, device, connector, verb, argument="-", deadline_ms="-"):
        """Gives a command; its id."""
        self.commands += 1
        self.process.say(f"command {self.commands} {device} {connector} {verb} {argument} {deadline_ms}")
        return self.commands

    def obey(self, *command, **options):
        """Gives a command; its result."""
        return self.wait("result", id=self.command(*command, **options))

    def urge(self, path, on=True):
        self.process.say(f"urge {path} {'on' if on else 'off'}")

    def release(self, device, connector):
        self.process.say(f"release {device} {connector}")

    def stats(self):
        """Figures per device, and those of the bus under None."""
        since = self.mark()
        self.process.say("stats")
        bus = self.wait("bus", since=since)
        return {**{item["device"]: item for item in self.all("stats", since)}, None: bus}

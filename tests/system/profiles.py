#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each shipped profile of a real device, read from configuration to value by the engine against a foreign slave that
serves the register image in tests/wire/profiles; and what it writes, as the slave sees it on the wire."""
import json
import os
import re
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import process  # noqa: E402
import tap  # noqa: E402
from slave import Slave  # noqa: E402
from station import BUILD, SOURCE  # noqa: E402

IMAGES = os.path.join(SOURCE, "tests/wire/profiles")
PROFILES = os.path.join(SOURCE, "assets/profiles")
CONFIGURATION = {
    "station.conf": "[station]\nid=CS-1\ntimezone=Asia/Shanghai\ndata-dir=data\n[policy]\nshipped-rules=no\n",
    "devices.d/all.conf": "[bus field]\naddress=tcp://127.0.0.1:{port}\n"
                          "[device d]\nprofile={name}\nbus=field\nunit-id={unit}\nperiod-ms=200\n",
}


def load_image(name):
    with open(os.path.join(IMAGES, name + ".json"), encoding="utf-8") as file:
        return json.load(file)


class Engine:
    """The real reader of configuration and the real Modbus driver, on the image of one profile."""

    def __init__(self, name, refresh_ms=None):
        """Periods of seconds are shortened, and `refresh-ms` is REFRESH_MS where given: a test should not wait."""
        self.image = load_image(name)
        units = {self.image["unit"]: self.image["registers"]}
        units.update({int(unit): spaces for unit, spaces in self.image.get("units", {}).items()})
        self.name, self.refresh_ms, self.ids = name, refresh_ms, 0
        self.slave, self.folder, self.probe = Slave(units), tempfile.TemporaryDirectory(), None
        self.readings, self.results = {}, {}

    def on_line(self, _, stream, text):
        line = json.loads(text) if stream == 1 else {}
        if line.get("kind") == "reading":
            self.readings[line["path"]] = line
        elif line.get("kind") == "result":
            self.results[line["id"]] = line

    def __enter__(self):
        self.slave.__enter__()
        for path, text in CONFIGURATION.items():
            self.write(path, text.format(port=self.slave.port, name=self.name, unit=self.image["unit"]))
        with open(os.path.join(PROFILES, self.name + ".profile"), encoding="utf-8") as file:
            text = re.sub(r"(?m)^period-ms=\d{4,}$", "period-ms=200", file.read())
        if self.refresh_ms:
            text = re.sub(r"(?m)^refresh-ms=\d+$", f"refresh-ms={self.refresh_ms}", text)
        self.write(f"profiles/{self.name}.profile", text)
        self.probe = process.Process("probe", [os.path.join(BUILD, "tests/lib/modbus-probe"), self.folder.name],
                                     {"STATIONMASTER_ASSETS": os.path.join(SOURCE, "assets")}, self.on_line)
        return self

    def write(self, path, text):
        path = os.path.join(self.folder.name, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def __exit__(self, kind, error, trace):
        if error is not None:
            error.diagnostics = [*getattr(error, "diagnostics", []), *self.probe.tail(), str(self.slave.writes())]
        self.probe.stop()
        self.slave.__exit__()
        self.folder.cleanup()

    def until(self, condition, what, timeout=10):
        return process.until(condition, timeout, what, self.probe.tail)

    def read_all(self):
        """The first reading of every expected point: path without the device's name → the probe's line."""
        wanted = {f"d/{path}" for path in self.image["expected"]}
        self.until(lambda: wanted <= set(self.readings), f"readings of {sorted(wanted - set(self.readings))}")
        return {path[2:]: self.readings[path] for path in wanted}

    def command(self, text):
        """Gives "1/stop", "siren/on" or "1/limit 10"; its result, and the writes that it made."""
        path, _, argument = text.partition(" ")
        connector, verb = path.split("/", 1) if path[0].isdigit() else ("0", path)
        self.ids += 1
        before = len(self.slave.writes())
        self.probe.say(f"command {self.ids} d {connector} {verb} {argument or '-'} -")
        self.until(lambda: self.ids in self.results, f"result of {text}")
        return self.results[self.ids]["result"], before


def in_order(wanted, found):
    """Whether WANTED stands in FOUND in its order, others between."""
    rest = iter(found)
    return all(any(write == other for other in rest) for write in wanted)


def reads(name):
    def case():
        with Engine(name) as engine:
            for path, reading in engine.read_all().items():
                expected = engine.image["expected"][path]
                if isinstance(expected, str):
                    tap.equal((reading["quality"], reading["text"]), ("good", expected), path)
                else:
                    tap.equal(reading["quality"], "good", f"quality of {path}")
                    tap.near(reading["number"], expected, 1e-6 * max(1, abs(expected)), path)
            unexpected = {path[2:] for path in engine.readings} - set(engine.image["expected"])
            tap.equal(unexpected, set(), "points of the profile that the image expects nothing of")
    case.__doc__ = f"{name}: every point has the value computed by hand from its registers."
    return case


def writes(name):
    def case():
        with Engine(name) as engine:
            engine.read_all()
            for text, wanted in engine.image.get("commands", {}).items():
                result, before = engine.command(text)
                tap.equal(result, "confirmed", f"result of {text}")
                engine.until(lambda w=wanted, b=before: in_order(w, engine.slave.writes()[b:]), f"{text} writes {wanted}")
            listed = {write for some in engine.image.get("commands", {}).values() for write in some}
            listed |= set(engine.image.get("setup", []) + engine.image.get("keepalive", []))
            tap.equal(set(engine.slave.writes()) - listed, set(), "writes that nobody asked for")
    case.__doc__ = f"{name}: commands write what the device's document says, and nothing else is written."
    return case


def stays_alive(name):
    def case():
        with Engine(name) as engine:
            setup, keepalive = engine.image["setup"], engine.image["keepalive"]
            engine.until(lambda: in_order(setup + keepalive, engine.slave.writes()), "set up, then the first sign of life")
            before = len(engine.slave.writes())
            engine.until(lambda: in_order(keepalive * 3, engine.slave.writes()[before:]), "three more signs of life")
    case.__doc__ = f"{name}: the failsafe is set up on connecting, and the sign of life is written while watched."
    return case


@tap.test
def every_profile_has_its_image():
    "Every shipped profile of a real device has a register image, a source, and an honest status."
    for file_name in sorted(os.listdir(PROFILES)):
        with open(os.path.join(PROFILES, file_name), encoding="utf-8") as file:
            keys = dict(line.strip().split("=", 1) for line in file if "=" in line and line[0] not in "#;[")
        if file_name.startswith("generic-"):
            continue
        tap.check(os.path.exists(os.path.join(IMAGES, file_name.replace(".profile", ".json"))), f"{file_name}: no image")
        tap.check(len(keys.get("source", "")) > 8, f"{file_name}: no source")
        tap.check(keys.get("status") in ("alpha", "beta"), f"{file_name}: status {keys.get('status')}, none was tried")


for image_name in sorted(name[:-5] for name in os.listdir(IMAGES)):
    tap.test(reads(image_name))
    tap.test(writes(image_name))
for charger in ("keba-p30", "vestel-evc04"):
    tap.test(stays_alive(charger))


@tap.test
def heidelberg_is_set_up():
    "heidelberg-energy-control: watchdog, standby and failsafe current are set on connecting, in their order."
    with Engine("heidelberg-energy-control") as engine:
        engine.until(lambda: in_order(engine.image["setup"], engine.slave.writes()), "set up")


@tap.test
def a_stop_does_not_lapse():
    "alfen-eve: a stop is written again before it lapses, and a start takes its place."
    with Engine("alfen-eve", refresh_ms=150) as engine:
        engine.read_all()
        stop, start = engine.image["commands"]["1/stop"], engine.image["commands"]["1/start"]
        _, before = engine.command("1/stop")
        engine.until(lambda: in_order(stop * 4, engine.slave.writes()[before:]), "the stop and three refreshes")
        _, before = engine.command("1/start")
        engine.until(lambda: in_order(start * 4, engine.slave.writes()[before:]), "the start and three refreshes")
        after = engine.slave.writes()[before:]
        tap.check(stop[0] not in after[after.index(start[0]):], f"the stop is not refreshed behind a start: {after}")


@tap.test
def a_refresh_keeps_its_time():
    "alfen-eve: what is refreshed is refreshed once a period, not more often."
    with Engine("alfen-eve", refresh_ms=400) as engine:
        engine.read_all()
        _, before = engine.command("1/stop")
        began = time.monotonic()
        engine.until(lambda: len(engine.slave.writes()) - before >= 6, "five refreshes")
        tap.check(time.monotonic() - began > 5 * 0.4 * 0.8, "five refreshes take five periods")


tap.main()

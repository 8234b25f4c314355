# SPDX-License-Identifier: Apache-2.0
"""./station bench wall: the wall under Xvfb at 1920x1080, drawn by the processor, before a stand-in for stationd with 40
connectors that all change once a second: start to the first complete frame, CPU, memory, and what one 640x360 feed adds
to them, beside decoding and scaling the same feed to the same size for a fakesink in the same run."""
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import rig

sys.path.insert(0, str(rig.SOURCE / "tests/lib"))
import xvfb  # noqa: E402
from process import Process  # noqa: E402

ROUNDS = int(sys.argv[1]) if sys.argv[1:] and sys.argv[1].isdigit() else 3
STARTS = 5
SECONDS = 12
SETTLE = 4
FIXTURE = rig.SOURCE / "tests/screens/fixtures/forty.json"
NAME, PATH = "org.stationmaster.Station1", "/org/stationmaster/Station1"


def stand_in():
    """A stationd that only tells: the fixture's texts, and all connectors anew each second."""
    from gi.repository import Gio, GLib

    told = json.loads(FIXTURE.read_text())
    xml = (rig.SOURCE / "edge/bus/org.stationmaster.Station1.xml").read_text()
    interface = Gio.DBusNodeInfo.new_for_xml(xml).lookup_interface(NAME)
    points = [(p["path"], p["value"], p["text"], "", p["quality"], 0, p["age_ms"]) for p in told["points"]]
    members = {"GetStatus": "status", "ListDevices": "devices", "ListConnectors": "connectors",
               "ListAnnouncements": "announcements"}
    turn = 0

    def on_call(_connection, _sender, _path, _interface, method, _arguments, invocation):
        if method == "ListPoints":
            invocation.return_value(GLib.Variant("(a(sdsssxx))", (points,)))
        else:  # no alarms: they would take the screen
            invocation.return_value(GLib.Variant("(s)", (json.dumps(told.get(members.get(method, ""), [])),)))

    def change():
        nonlocal turn
        turn += 1
        rows = []
        for number, connector in enumerate(told["connectors"]):
            connector.update(status="charging", power=20 + (turn * 7 + number) % 100 + turn % 10 / 10,
                             soc=20 + (turn + number) % 80, current=100 + turn % 50)
            rows.append((connector["path"], "charging", connector["power"], connector["current"], connector["soc"], False, ""))
        bus.emit_signal(None, PATH, NAME, "ConnectorsChanged", GLib.Variant("(a(ssdddbs))", (rows,)))
        return True

    def on_owned(*_):
        GLib.timeout_add(1000, change)
        print("ready", flush=True)

    bus = Gio.bus_get_sync(Gio.BusType.SESSION)
    bus.register_object(PATH, interface, on_call, None, None)
    Gio.bus_own_name_on_connection(bus, NAME, Gio.BusNameOwnerFlags.NONE, on_owned, None)
    GLib.MainLoop().run()


class Program:
    """A program that says by a line when it is ready."""

    def __init__(self, arguments, line, environment, wait=30, errors=subprocess.DEVNULL):
        self.began = time.monotonic()
        self.process = subprocess.Popen([*map(str, arguments)], env=environment, text=True, stdout=subprocess.PIPE,
                                        stderr=errors)
        self.heard = []
        for text in iter(self.process.stdout.readline, ""):
            self.heard.append(text.strip())
            if re.search(line, text):
                break
            if time.monotonic() - self.began > wait:
                raise SystemExit(f"{arguments[0]} was not ready in time")
        else:
            raise SystemExit(f"{arguments[0]} ended: {self.heard}")
        self.ready_s = time.monotonic() - self.began

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.process.stdout.close()


def memory_mib(pid):
    """RSS and PSS, in MiB."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return [int(re.search(rf"^{key}:\s+(\d+)", text, re.M).group(1)) / 1024 for key in ("Rss", "Pss")]


class Scene:
    """Screen, bus, stand-in and camera."""

    def __init__(self, folder):
        self.folder = folder
        self.screen, display = xvfb.start(Process, "1920x1080")
        bus = Program(["dbus-daemon", "--session", "--nofork", "--print-address"], "unix:", None)
        self.environment = {**os.environ, "DISPLAY": display, "GTK_A11Y": "none", "NO_AT_BRIDGE": "1",
                            "GSK_RENDERER": "cairo", "DBUS_SESSION_BUS_ADDRESS": bus.heard[-1],
                            "STATIONMASTER_ASSETS": str(rig.SOURCE / "assets")}
        station = Program(["/usr/bin/python3", __file__, "--stand-in"], "^ready", self.environment)
        camera = Program([rig.BUILD / "drivers/station-sim", "--site", rig.SOURCE / "assets/sites/demo", "--config-out",
                          folder / "config", "--cars", "none"], "^site is ready", None)
        self.url = next(m.group(1) for m in map(re.compile(r"^camera cam-01 (\S+/102)$").match, camera.heard) if m)
        self.programs = [camera, station, bus]

    def wall(self, camera, errors=subprocess.DEVNULL, **more):
        config = ["--config", self.folder / "config"] if camera else []
        return Program([rig.BUILD / "ui/station-wall", "--bus", "session", "--language", "en", "--size",
                        "1920x1080", *config], "^wall is ready",
                       {**self.environment, **more}, errors=errors)

    def tile_size(self):
        """What the tile asks its feed for."""
        path = self.folder / "wall.log"
        with open(path, "w", encoding="utf-8") as log:
            wall = self.wall(True, log, GST_DEBUG="capsfilter:6", GST_DEBUG_NO_COLOR="1")
            wall.end()
        sizes = re.findall(r"BGRx.*?width=\(int\)(\d+), height=\(int\)(\d+)", path.read_text())
        if not sizes:
            raise SystemExit("the tile's size is not told")
        return sizes[-1]

    def floor(self, size):
        """The same elements as the wall's, at the same size, and nothing drawn."""
        text = (f"rtspsrc location={self.url} protocols=tcp latency=200 ! rtph264depay wait-for-keyframe=true ! h264parse ! "
                f"avdec_h264 max-threads=1 ! videoconvertscale ! "
                f"video/x-raw,format=BGRx,width={size[0]},height={size[1]},pixel-aspect-ratio=1/1 ! fakesink sync=true")
        return Program(["gst-launch-1.0", *text.split()], "New clock|PLAYING", None)

    def end(self):
        for program in self.programs:
            program.end()
        self.screen.stop()


def cores(program):
    """CPU in cores, once it is at rest."""
    time.sleep(SETTLE)
    before, since = rig.cpu_s(program.process.pid), time.monotonic()
    time.sleep(SECONDS)
    return (rig.cpu_s(program.process.pid) - before) / (time.monotonic() - since)


def watched(program):
    used = cores(program)
    memory = memory_mib(program.process.pid)
    program.end()
    return used, memory


def starts(scene, camera):
    found = []
    for _ in range(STARTS):
        wall = scene.wall(camera)
        found.append(wall.ready_s)
        wall.end()
    return f"{statistics.median(found):.2f} s (of {STARTS}: {min(found):.2f} … {max(found):.2f})"


def report(scene):
    print(f"Xvfb 1920x1080x24, GSK_RENDERER=cairo, 40 connectors at 1 Hz, feed 640x360@15; {ROUNDS} rounds of {SECONDS} s")
    print(f"start to first complete frame          {starts(scene, False)}")
    print(f"  with the camera's first picture      {starts(scene, True)}", flush=True)
    size = scene.tile_size()
    kinds = {"without": lambda: scene.wall(False), "with": lambda: scene.wall(True), "floor": lambda: scene.floor(size)}
    used = {kind: [] for kind in kinds}
    memory = {}
    for _ in range(ROUNDS):
        for kind, start in kinds.items():
            cpu, memory[kind] = watched(start())
            used[kind].append(cpu)
    middle = {kind: statistics.median(values) for kind, values in used.items()}
    added = middle["with"] - middle["without"]
    for kind, what in (("without", "CPU in cores, without a feed"), ("with", "  with one"),
                       ("floor", f"  decode and scale to {size[0]}x{size[1]} alone")):
        print(f"{what:38} {middle[kind]:.3f}   ({', '.join(f'{value:.3f}' for value in used[kind])})")
    print(f"{'the feed adds':38} {added:.3f}   {added / middle['floor']:.2f} × the decoding and scaling (wanted: at most 1.8)")
    for kind, what in (("without", "memory RSS / PSS in MiB, without"), ("with", "  with a feed")):
        print(f"{what:38} {memory[kind][0]:.0f} / {memory[kind][1]:.0f}")


def main():
    if sys.argv[1:] == ["--stand-in"]:
        stand_in()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="stationmaster-bench-"))
    scene = Scene(folder)
    try:
        report(scene)
    finally:
        scene.end()
        shutil.rmtree(folder)


main()

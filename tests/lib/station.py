# SPDX-License-Identifier: Apache-2.0
"""A whole station for system tests: private bus, simulated site, stationd, and stationctl to ask it.

    with Station(scenario="at 5s dc-03/1 overheat") as station:
        alarm = station.wait_alarm("battery-over-temperature", "dc-03/1", proven=True)
        station.ctl("ack", alarm["id"], staff="wang")

Times are in seconds. Everything lives in a temporary folder (or DATA, which stays) and ends with the block; when the
block ends by an exception, the programs' last lines become the test's diagnostics. STATIONMASTER_BUILD names the
build folder, by default build/.
"""
import json
import os
import shutil
import subprocess
import tempfile

import tap
from process import SLOW, Process, until, whole_stacks

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
BUILD = os.path.abspath(os.environ.get("STATIONMASTER_BUILD", os.path.join(SOURCE, "build")))
PIN = "2468-1357"
BUS_CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class Refused(Exception):
    """stationctl ended with another exit status than 0."""

    def __init__(self, arguments, status, output, messages):
        super().__init__(f"stationctl {' '.join(arguments)}: exit {status}: {messages.strip() or output.strip()}")
        self.status = status
        self.messages = messages
        try:
            answer = json.loads(output)
        except ValueError:
            answer = {}
        self.error = answer.get("error") if isinstance(answer, dict) else None
        self.reason = answer.get("reason") if isinstance(answer, dict) else None


class Bus:
    """A private bus that can be killed and started again at the same address."""

    def __init__(self, folder):
        self.socket = os.path.join(folder, "bus")
        self.configuration = os.path.join(folder, "bus.conf")
        self.address = f"unix:path={self.socket}"
        with open(self.configuration, "w", encoding="utf-8") as file:
            file.write(BUS_CONFIGURATION.format(socket=self.socket))
        self.process = None

    def start(self):
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        self.process = Process("bus", ["dbus-daemon", f"--config-file={self.configuration}", "--nofork", "--nosyslog",
                                       "--print-address=1"])
        self.process.wait_line("^unix:", 5)

    def kill(self):
        self.process.kill()


class Station:
    """A station. With `site=None` there is no simulator and `config` is a folder of the caller's."""

    def __init__(self, scenario=None, site=os.path.join(SOURCE, "assets/sites/demo"), config=None, seed=None,
                 speed=None, data=None, on_line=None, start=True, environment=None):
        self.kept = data is not None
        self.folder = os.path.abspath(data) if data else tempfile.mkdtemp(prefix="stationmaster-")
        self.data = os.path.join(self.folder, "data")
        self.config = config or os.path.join(self.folder, "config")
        self.runtime = os.path.join(self.folder, "run")
        self.on_line = on_line
        self.site, self.scenario, self.seed, self.speed = site, scenario, seed, speed
        self.bus, self.sim, self.stationd = None, None, None
        self.pins = {}
        self.started = []
        self.starts = start
        self.more = environment or {}  # of stationd alone
        for folder in (self.folder, self.config, self.data, self.runtime):
            os.makedirs(folder, mode=0o700, exist_ok=True)

    def __enter__(self):
        try:
            self.bus = Bus(self.folder)
            self.bus.start()
            if self.site:
                self.start_sim()
            if self.starts:
                self.start()
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, kind, error, trace):
        if error is not None and not isinstance(error, (tap.Skip, KeyboardInterrupt)):
            error.diagnostics = [*getattr(error, "diagnostics", []), *self.logs()]
        try:
            self.close()
        except tap.Failure:
            if error is None:
                raise

    def close(self):
        """Ends everything, stationd first; the first program that ends badly is a failure."""
        failures = []
        for process in (self.stationd, *reversed(self.started), self.sim, self.bus and self.bus.process):
            try:
                status = process.stop() if process else 0
                if process is self.stationd and status not in (0, -9):
                    failures.append(tap.Failure(f"stationd ended with status {status}"))
                    failures[-1].diagnostics = process.tail()
            except tap.Failure as failure:
                failures.append(failure)
        if not self.kept:
            shutil.rmtree(self.folder, ignore_errors=True)
        if failures:
            raise failures[0]

    @property
    def environment(self):
        return {"DBUS_SESSION_BUS_ADDRESS": self.bus.address, "STATIONMASTER_ASSETS": os.path.join(SOURCE, "assets"),
                "RUNTIME_DIRECTORY": self.runtime, "LC_ALL": "C.UTF-8", "G_DEBUG": "fatal-criticals"}

    def program(self, path):
        program = os.path.join(BUILD, path)
        if not os.path.exists(program):
            raise tap.Failure(f"{program} is not built")
        return program

    # Programs

    def start_sim(self):
        """The simulated site; it writes the configuration with the ports that it listens on."""
        arguments = [self.program("drivers/station-sim"), "--site", self.site, "--config-out", self.config,
                     "--data-dir", self.data, "--control"]
        for option in ("seed", "speed"):
            if getattr(self, option) is not None:
                arguments += [f"--{option}", getattr(self, option)]
        if self.scenario:
            arguments += ["--scenario", self._scenario_file()]
        self.sim = Process("sim", arguments, whole_stacks(), self.on_line)
        self.sim.wait_line("^site is ready", 10)

    def _scenario_file(self):
        if os.path.exists(self.scenario):
            return self.scenario
        path = os.path.join(self.folder, "test.scenario")
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.scenario + "\n")
        return path

    def start(self, ready=True):
        """Starts stationd, and waits until it owns its name unless READY is false."""
        self.stationd = Process("stationd", [self.program("edge/stationd"), "--config", self.config, "--bus", "session"],
                                {**self.environment, **self.more}, self.on_line)
        if ready:
            self.stationd.wait_line("^station is ready", 10)

    def restart(self):
        self.stationd.stop()
        self.start()

    def kill(self):
        """kill -9 of stationd."""
        self.stationd.kill()

    def run(self, name, arguments, **options):
        """Another program of the test, in the station's environment; ends with the station."""
        process = Process(name, arguments, {**self.environment, **options.pop("environment", {})}, **options)
        self.started.append(process)
        return process

    def tell(self, line):
        """A scenario line for the simulator, now: `tell("smoke-01 smoke")`; gives what it answered behind its ok."""
        mark = self.sim.mark()
        self.sim.say(line)
        answer = self.sim.wait_line("^(ok|error)\\b(.*)", 5, mark)
        if answer[1] != "ok":
            raise tap.Failure(f"station-sim refuses {line!r}: {answer[0]}")
        return answer[2].strip()

    # Questions

    def ctl(self, *arguments, staff=None, timeout=60):
        """What `stationctl --json` answers, parsed; raises Refused on any other exit status than 0."""
        status, output, messages = self.ctl_raw("--json", *arguments, staff=staff, timeout=timeout)
        if status != 0:
            raise Refused(arguments, status, output, messages)
        return json.loads(output) if output.strip() else None

    def ctl_raw(self, *arguments, staff=None, timeout=60):
        """(exit status, output, messages) of stationctl, as it is."""
        command = [self.program("edge/stationctl"), "--bus", "session", *map(str, arguments)]
        if staff:
            command += ["--staff", staff, "--pin-file", self.pins[staff]]
        done = subprocess.run(command, env={**os.environ, **self.environment}, stdin=subprocess.DEVNULL, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=timeout * SLOW)
        return done.returncode, done.stdout, done.stderr

    def add_staff(self, name, role="operator", pin=PIN):
        """A person whom `ctl(..., staff=name)` can name from now on."""
        self.pins[name] = os.path.join(self.folder, f"{name}.pin")
        descriptor = os.open(self.pins[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(pin + "\n")
        self.ctl("staff", "add", name, "--role", role, "--pin-file", self.pins[name])

    def point(self, path):
        """The point's object {path value unit quality time age_ms}, or None."""
        return next((point for point in self.ctl("points", path) if point["path"] == path), None)

    def value(self, path):
        """The point's value while it is good, else None."""
        point = self.point(path)
        return point["value"] if point and point["quality"] == "good" else None

    def alarms(self, rule=None, subject=None, every=False):
        alarms = self.ctl("alarms", "--all") if every else self.ctl("alarms")
        return [alarm for alarm in alarms if rule in (None, alarm["rule"]) and subject in (None, alarm["subject"])]

    def events(self, kind=None):
        """All events of the current epoch, in order, or those of one type."""
        events, after = [], 0
        while True:
            page = self.ctl("events", "--after", after, "--limit", 1000)
            if not page:
                return [event for event in events if kind in (None, event["type"])]
            events += page
            after = page[-1]["seq"]

    # Waits

    def until(self, condition, timeout, what):
        return until(condition, timeout, what, self.logs)

    def wait_value(self, path, wanted, timeout=10):
        """Waits until the point has that good value, or satisfies it where WANTED is a function."""
        fits = wanted if callable(wanted) else lambda value: value == wanted
        return self.until(lambda: (value := self.value(path)) is not None and fits(value), timeout,
                          f"{path} is {'as wanted' if callable(wanted) else repr(wanted)}")

    def wait_quality(self, path, quality, timeout=10):
        self.until(lambda: (point := self.point(path)) and point["quality"] == quality, timeout, f"{path} is {quality}")

    def wait_alarm(self, rule, subject=None, timeout=20, proven=False, **wanted):
        """The alarm of that rule, over or not, when its keys are as WANTED (`state="normal"`); PROVEN: when each
        connector of its ladder has a proven rung."""
        def find():
            for alarm in self.alarms(rule, subject, every=True):
                if (not proven or is_proven(alarm)) and all(alarm[key] == value for key, value in wanted.items()):
                    return alarm
            return None
        return self.until(find, timeout, f"alarm {rule} of {subject or 'any'}{' proven' if proven else ''} {wanted or ''}")

    def wait_alarm_open(self, rule, subject=None, timeout=20, proven=False):
        """The same, while its condition holds; also where there are no books to ask."""
        def find():
            return next((alarm for alarm in self.alarms(rule, subject)
                         if alarm["active"] and (not proven or is_proven(alarm))), None)
        return self.until(find, timeout, f"standing alarm {rule} of {subject or 'any'}{' proven' if proven else ''}")

    def logs(self):
        """The last lines of every program."""
        programs = [process for process in (self.sim, self.stationd, *self.started) if process]
        return [line for process in programs for line in process.tail()]


def is_proven(alarm):
    """Whether every connector that the alarm condemned has a proven rung."""
    connectors = {step["connector"] for step in alarm["ladder"]}
    return bool(connectors) and connectors == {s["connector"] for s in alarm["ladder"] if s["result"] == "proven"}


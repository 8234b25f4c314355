# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share: the timed slaves, a station on them, and a process' cost as the kernel counts it."""
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("STATIONMASTER_BUILD", SOURCE / "build"))
TICKS = os.sysconf("SC_CLK_TCK")

PROFILE = """[profile]
kind=charger
source=tests/bench/bench-slave.c
connectors=1
max-read=100

[point 1/status]
read=holding:0
map=1:preparing;2:charging;4:finishing
[point 1/current]
read=holding:1
scale=0.1
unit=A
[point 1/bms_temp_max]
read=holding:2
unit=°C
{counters}
[command 1/stop]
write=coil:0=1
[command 1/disable]
write=coil:1=1
[command 1/enable]
write=coil:1=0
"""

BUTTON = """[profile]
kind=io
source=tests/bench/bench-slave.c
[point button-1]
read=discrete:0
type=bool
period-ms=50
"""

RULE = """[rule too-hot]
applies-to=connector/*
when=bms_temp_max >= 60
clear=bms_temp_max < 55
on-unknown=ignore
severity=critical
do=stop;siren
title=Too hot
"""


class Slaves:
    def __init__(self, count, period_ms):
        self.process = subprocess.Popen([BUILD / "tests/bench/bench-slave", str(count), str(period_ms)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.rest = b""
        self.reacts = {}
        self.ports = [int(p) for p in self.line(10).split()[1:]]

    def line(self, seconds):
        deadline = time.monotonic() + seconds
        while b"\n" not in self.rest:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                return None
            self.rest += os.read(self.process.stdout.fileno(), 65536)
        text, self.rest = self.rest.split(b"\n", 1)
        return text.decode()

    def say(self, text):
        self.process.stdin.write((text + "\n").encode())

    def report(self):
        self.say("report")
        while True:
            line = self.line(10)
            if line.startswith("react"):
                self.note(line)
            else:
                return [int(w) for w in line.split()[1:]]

    def note(self, line):
        _, index, us = line.split()
        self.reacts.setdefault(int(index), []).append(int(us))

    def react(self, index, seconds):
        """Microseconds from the offending answer of device INDEX to its stop; None if none came."""
        deadline = time.monotonic() + seconds
        while not self.reacts.get(index):
            line = self.line(max(0.001, deadline - time.monotonic()))
            if line is None:
                return None
            if line.startswith("react"):
                self.note(line)
        return self.reacts[index].pop(0)

    def close(self):
        self.say("quit")
        self.process.wait(5)


def write_site(folder, ports, period_ms, button_port=None, policy=""):
    config = folder / "config"
    for part in ("devices.d", "profiles", "rules.d"):
        (config / part).mkdir(parents=True)
    counters = "".join(f"[point 1/counter_{i}]\nread=holding:{i}\n" for i in range(3, 40))
    (config / "profiles/bench.profile").write_text(PROFILE.format(counters=counters))
    (config / "profiles/bench-io.profile").write_text(BUTTON)
    (config / "rules.d/bench.rules").write_text(RULE)
    (config / "station.conf").write_text(
        f"[station]\nid=BENCH\ntimezone=Asia/Shanghai\ndata-dir={folder}/data\n[policy]\nshipped-rules=no\n"
        f"guard-only-after=0\n{policy}")
    text = ""
    for i, port in enumerate(ports):
        text += (f"[bus b{i}]\naddress=tcp://127.0.0.1:{port}\n[device d{i}]\nprofile=bench\nbus=b{i}\nunit-id=1\n"
                 f"period-ms={period_ms}\n")
    if button_port:
        text += (f"[bus button]\naddress=tcp://127.0.0.1:{button_port}\n[device io]\nprofile=bench-io\nbus=button\n"
                 "unit-id=1\nperiod-ms=50\n")
    (config / "devices.d/bench.conf").write_text(text)
    return config


class Station:
    """A private bus and stationd on it, in a folder of its own."""

    def __init__(self, ports, period_ms, button_port=None, policy=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="stationmaster-bench-"))
        config = write_site(self.folder, ports, period_ms, button_port, policy)
        self.bus = subprocess.Popen(["dbus-daemon", "--session", "--nofork", "--print-address"],
                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.env = dict(os.environ, DBUS_SESSION_BUS_ADDRESS=self.bus.stdout.readline().strip(),
                        STATIONMASTER_ASSETS=str(SOURCE / "assets"))
        self.log = open(self.folder / "log", "w")
        # As stationd.service starts it: Nice=-10, where the caller may.
        nice = ["nice", "-n", "-10"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen([*nice, BUILD / "edge/stationd", "--config", str(config), "--bus", "session"],
                                        env=self.env, stdout=subprocess.PIPE, stderr=self.log, text=True)
        if self.process.stdout.readline().strip() != "station is ready":
            raise SystemExit(f"stationd did not start: see {self.folder}/log\n" + open(self.folder / "log").read())

    def close(self):
        for process in (self.process, self.bus):
            process.send_signal(signal.SIGTERM)
            process.wait(10)
        self.log.close()
        shutil.rmtree(self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def cpu_s(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def rss_mib(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) / 1024


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))] if values else float("nan")

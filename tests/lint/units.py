#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The systemd units are such as systemd takes, and let each program do no more than it needs."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import tap  # noqa: E402

FOLDER = os.path.join(os.path.dirname(__file__), "../../assets/systemd")
MOST_EXPOSED = 20  # of 100, as `systemd-analyze security` reckons
COMES_BACK = ("Restart=always", "StartLimitIntervalSec=0", "NoNewPrivileges=yes")
UNITS = {
    "stationd": (*COMES_BACK, "Type=notify", "WatchdogSec=10", "RuntimeDirectoryPreserve=yes"),
    "station-sync": (*COMES_BACK, "User=stationmaster"),
    "station-hq": (*COMES_BACK, "User=station-hq"),
}


def read(name):
    with open(os.path.join(FOLDER, f"{name}.service.in"), encoding="utf-8") as file:
        return file.read()


def analyze(name, *arguments):
    """Runs systemd-analyze on that unit, with a program that is there in place of ours."""
    if not shutil.which("systemd-analyze"):
        raise tap.Skip("systemd is not installed")
    with tempfile.TemporaryDirectory() as folder:
        unit = os.path.join(folder, f"{name}.service")
        with open(unit, "w", encoding="utf-8") as file:
            file.write(read(name).replace(f"@bindir@/{name}", "/bin/true"))
        done = subprocess.run(["systemd-analyze", *arguments, unit], check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


@tap.test
def systemd_takes_them():
    "systemd has nothing to say of the units."
    for name in UNITS:
        tap.equal(analyze(name, "verify", "--man=no"), (0, ""), f"systemd-analyze verify {name}")


@tap.test
def they_are_confined():
    "The sandboxes leave little exposed."
    for name in UNITS:
        status, output = analyze(name, "security", "--offline=true", f"--threshold={MOST_EXPOSED}")
        tap.check(status == 0, f"{name}: {output[-200:]}")


@tap.test
def they_come_back():
    "They are restarted for ever, under users of their own; the guard is watched and keeps its runtime folder."
    for name, wanted in UNITS.items():
        lines = read(name).splitlines()
        for line in wanted:
            tap.check(line in lines, f"{name}: {line} is missing")


tap.main()

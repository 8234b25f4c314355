#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The systemd unit is one that systemd takes, and that lets stationd do no more than it needs."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import tap  # noqa: E402

UNIT = os.path.join(os.path.dirname(__file__), "../../assets/systemd/stationd.service.in")
MOST_EXPOSED = 20  # of 100, as `systemd-analyze security` reckons


def analyze(*arguments):
    """Runs systemd-analyze on the unit, with a program that is there in place of stationd."""
    if not shutil.which("systemd-analyze"):
        raise tap.Skip("systemd is not installed")
    with tempfile.TemporaryDirectory() as folder, open(UNIT, encoding="utf-8") as template:
        unit = os.path.join(folder, "stationd.service")
        with open(unit, "w", encoding="utf-8") as file:
            file.write(template.read().replace("@bindir@/stationd", "/bin/true"))
        done = subprocess.run(["systemd-analyze", *arguments, unit], check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


@tap.test
def systemd_takes_it():
    "systemd has nothing to say of the unit."
    tap.equal(analyze("verify", "--man=no"), (0, ""), "systemd-analyze verify")


@tap.test
def it_is_confined():
    "The sandbox leaves little exposed."
    status, output = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}")
    tap.check(status == 0, output[-200:])


@tap.test
def it_comes_back():
    "It is restarted for ever, watched, and keeps its runtime folder."
    with open(UNIT, encoding="utf-8") as file:
        lines = file.read().splitlines()
    for line in ("Type=notify", "Restart=always", "StartLimitIntervalSec=0", "WatchdogSec=10",
                 "RuntimeDirectoryPreserve=yes"):
        tap.check(line in lines, f"{line} is missing")


tap.main()

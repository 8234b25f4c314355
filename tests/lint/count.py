#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The launcher's last line counts what really happened: programs that fail, crash, hang or say nothing."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import tap  # noqa: E402

COUNT = os.path.join(os.path.dirname(__file__), "../lib/count.py")

# What a fake test program does, and the (passed, failed) that it must count for.
PROGRAMS = {
    "good": ("echo 1..2; echo ok 1 - a; echo ok 2 - b", 2, 0),
    "bad": ("echo 1..2; echo ok 1; echo not ok 2 - b", 1, 1),
    "two-bad": ("echo 1..3; echo ok 1; echo not ok 2; echo not ok 3", 1, 2),
    "crash": ("echo 1..2; echo ok 1; kill -SEGV $$", 1, 1),
    "dead": ("kill -ABRT $$", 0, 1),
    "status": ("echo 1..1; echo ok 1; exit 3", 1, 1),
    "short": ("echo 1..3; echo ok 1", 1, 1),
    "bail": ("echo 1..2; echo ok 1; echo Bail out!", 1, 1),
    "empty": ("true", 0, 1),
    "hang": ("echo 1..2; echo ok 1; exec sleep 60", 1, 1),
    "mute": ("exec sleep 60", 0, 1),
    "skip": ("echo 1..2; echo 'ok 1 - x # SKIP no bus'; echo ok 2", 1, 0),
    "nothing": ("echo '1..0 # SKIP nothing here'", 0, 0),
}


def count(names):
    """Runs a Meson project of those programs; the counter's exit status and what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        lines = ["project('fake')", "sh = find_program('sh')"]
        for name in names:
            script = PROGRAMS[name][0].replace("'", "\\'")
            lines.append(f"test('{name}', sh, args: ['-c', '{script}'], protocol: 'tap', timeout: 1)")
        with open(os.path.join(folder, "meson.build"), "w", encoding="utf-8") as project:
            project.write("\n".join(lines) + "\n")
        build = os.path.join(folder, "build")
        subprocess.run(["meson", "setup", build, folder], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["meson", "test", "-C", build, "--no-rebuild"], check=False, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        return report(os.path.join(build, "meson-logs/testlog.json"))


def report(*paths):
    done = subprocess.run([sys.executable, COUNT, *paths], check=False, stdout=subprocess.PIPE, text=True)
    return done.returncode, done.stdout.splitlines()


@tap.test
def counts_every_bad_end():
    "Each kind of bad end counts as one failed case, and its good cases still count."
    passed = sum(program[1] for program in PROGRAMS.values())
    failed = sum(program[2] for program in PROGRAMS.values())
    status, lines = count(PROGRAMS)
    tap.equal(lines[-1], f"{passed} passed, {failed} failed", "last line")
    tap.equal(status, 1, "exit status")
    for name, program in PROGRAMS.items():
        named = any(line.startswith(f"failed: {name}: ") for line in lines)
        tap.equal(named, program[2] > 0, f"{name} named as failed")


@tap.test
def passes_what_is_good():
    "Good programs alone end with exit 0."
    status, lines = count(["good", "skip", "nothing"])
    tap.equal((status, lines[-1]), (0, "3 passed, 0 failed"), "status and last line")


@tap.test
def nothing_is_no_success():
    "A missing report, an empty one, and skipped cases alone are no success."
    tap.equal(report("/nonexistent.json")[0], 1, "exit status without a report")
    tap.equal(report("/nonexistent.json")[1][-1], "0 passed, 1 failed", "last line without a report")
    tap.equal(report("/dev/null")[0], 1, "exit status of an empty report")
    tap.equal(count(["nothing"])[0], 1, "exit status of skipped cases alone")


tap.main()

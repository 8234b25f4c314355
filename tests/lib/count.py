#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the cases of Meson's test reports and closes with a line `N passed, N failed`.

    count.py build/meson-logs/testlog.json ...

A report has one JSON object a line for each test program, with what it printed; the cases are the TAP lines in
it. Beside each `not ok`, a program counts as one failed case that ended badly without saying so (crash, time-out,
too few lines, exit status) or that showed no case at all, and so does a report that is missing. Skipped cases
count as neither. Exit 0: none failed and at least one passed.
"""
import json
import re
import sys

MOST_LINES = 60
NOTHING = re.compile(r"1\.\.0\b.*#\s*skip", re.IGNORECASE)
CASE = re.compile(r"(not )?ok\b(?:[^#\\]|\\.)*(?:#\s*(skip|todo)\b)?", re.IGNORECASE)


def count_program(program):
    """The (passed, failed, skipped) of one test program."""
    passed = failed = skipped = 0
    for line in (program.get("stdout") or "").splitlines():
        if NOTHING.match(line):
            skipped += 1
        case = CASE.match(line)
        if not case:
            continue
        if case[2]:
            skipped += 1
        elif case[1]:
            failed += 1
        else:
            passed += 1
    if not failed and (program["result"] not in ("OK", "SKIP") or passed + skipped == 0):
        failed = 1
    return passed, failed, skipped


def failures(program):
    """What a program that failed had to say: its `not ok` lines with their diagnostics, else its last lines."""
    told, telling = [], False
    lines = (program.get("stdout") or "").splitlines()
    for line in lines:
        telling = line.startswith("not ok") or (telling and line.startswith("#"))
        if telling:
            told.append(line)
    return told[:MOST_LINES] or (lines + (program.get("stderr") or "").splitlines())[-MOST_LINES:]


def count_report(path):
    """Yields (name, passed, failed, skipped, lines) for each program of the report; a missing one is a failure."""
    try:
        with open(path, encoding="utf-8") as report:
            programs = [json.loads(line) for line in report if line.strip()]
    except (OSError, ValueError) as error:
        yield f"{path}: {error}", 0, 1, 0, []
        return
    for program in programs:
        yield (f"{program['name']}: {program['result']}", *count_program(program), failures(program))


def main(paths):
    passed = failed = skipped = 0
    for path in paths:
        for name, good, bad, passed_over, lines in count_report(path):
            passed, failed, skipped = passed + good, failed + bad, skipped + passed_over
            if bad:
                print(f"failed: {name} ({bad})", *lines, sep="\n    ")
    if skipped:
        print(f"{skipped} skipped")
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

# SPDX-License-Identifier: Apache-2.0
"""TAP for tests in Python: a test is a function, its docstring's first line is what the station promises.

    @tap.test
    def siren_sounds():
        "The siren sounds while an alarm is unacknowledged."
        tap.equal(siren(), 1, "read-back of the siren")

    tap.main()

A test fails by any exception; `tap.check` and `tap.equal` raise one that says what was found. Standard output
belongs to TAP: what a test wants to tell goes through `tap.note`.
"""
import os
import sys
import traceback

FULL = os.environ.get("STATIONMASTER_FULL") == "1"
tests = []


class Failure(AssertionError):
    """What was promised and what was found."""


class Skip(Exception):
    """The test cannot run here, and why."""


def test(function):
    tests.append(function)
    return function


def full(plain, whole):
    """PLAIN in the plain tier, WHOLE in the full one."""
    return whole if FULL else plain


def note(text):
    for line in str(text).splitlines() or [""]:
        print(f"# {line}", flush=True)


def check(condition, what):
    if not condition:
        raise Failure(what)


def equal(found, wanted, what):
    if found != wanted:
        raise Failure(f"{what}: wanted {wanted!r}, found {found!r}")


def near(found, wanted, tolerance, what):
    if found is None or abs(found - wanted) > tolerance:
        raise Failure(f"{what}: wanted {wanted!r} ± {tolerance!r}, found {found!r}")


def title(function):
    text = (function.__doc__ or function.__name__).strip().splitlines()[0]
    return text.replace("#", "\\#")


def run(number, function):
    """Runs one test and prints its line; True unless it failed."""
    try:
        function()
    except Skip as reason:
        print(f"ok {number} - {title(function)} # SKIP {reason}", flush=True)
        return True
    except Exception as error:
        print(f"not ok {number} - {title(function)}", flush=True)
        note(error if isinstance(error, Failure) else traceback.format_exc())
        for diagnostic in getattr(error, "diagnostics", []):
            note(diagnostic)
        return False
    print(f"ok {number} - {title(function)}", flush=True)
    return True


def main():
    """Runs all tests, or those whose function names stand in the arguments, and ends the program."""
    chosen = [f for f in tests if not sys.argv[1:] or f.__name__ in sys.argv[1:]]
    print(f"1..{len(chosen)}", flush=True)
    sys.exit(0 if all([run(i, f) for i, f in enumerate(chosen, 1)]) else 1)

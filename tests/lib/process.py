# SPDX-License-Identifier: Apache-2.0
"""Programs under test: started, heard line by line, ended by their own pid and never by name.

Whatever was started ends with this process, however that ends (parent-death signal); so start programs from the
main thread only. Output of each program is read by a thread of its own; waiting is for a line or a condition, with
a deadline, never for a time.
"""
import collections
import os
import re
import signal
import subprocess
import threading
import time

import tap

KEPT_LINES = 20_000
TAIL_LINES = 40

# Sanitizers make everything slower; the launcher's builds say so by their folder.
SLOW = 3 if re.search(r"build-(asan|tsan)", os.environ.get("STATIONMASTER_BUILD", "")) else 1

news = threading.Condition()


def whole_stacks():
    """The environment of a program with GTK or GStreamer in it: under a sanitizer its allocations are told with their
    callers, by which tests/lib/lsan.supp names what is not ours. It costs time, so others go without."""
    options = os.environ.get("ASAN_OPTIONS")
    return {"ASAN_OPTIONS": options + ":fast_unwind_on_malloc=0:malloc_context_size=16"} if options else {}


def until(condition, timeout, what, diagnostics=lambda: ()):
    """The first true value of CONDITION, tried after each new line of any program and five times a second."""
    deadline = time.monotonic() + timeout * SLOW
    while True:
        value = condition()
        if value:
            return value
        left = deadline - time.monotonic()
        if left <= 0:
            failure = tap.Failure(f"not within {timeout * SLOW} s: {what}")
            failure.diagnostics = list(diagnostics())
            raise failure
        with news:
            news.wait(min(left, 0.2))


class Process:
    """A running program. `lines` holds (seconds, stream, text): stream 1 is its output, 2 its messages."""

    def __init__(self, name, arguments, environment=None, on_line=None):
        self.name = name
        self.lines = collections.deque(maxlen=KEPT_LINES)
        self.on_line = on_line
        self.count = 0
        self.started_at = time.monotonic()
        self.child = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", *map(str, arguments)], env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
            bufsize=1, start_new_session=True)
        self.readers = [threading.Thread(target=self._read, args=(1, self.child.stdout), daemon=True),
                        threading.Thread(target=self._read, args=(2, self.child.stderr), daemon=True)]
        for reader in self.readers:
            reader.start()

    @property
    def pid(self):
        return self.child.pid

    def is_alive(self):
        return self.child.poll() is None

    def _read(self, stream, pipe):
        for line in pipe:
            text = line.rstrip("\n")
            if self.on_line:
                self.on_line(self, stream, text)
            with news:
                self.lines.append((time.monotonic() - self.started_at, stream, text))
                self.count += 1
                news.notify_all()
        with news:
            news.notify_all()

    def mark(self):
        """A place in the output, for `since=`."""
        with news:
            return self.count

    def text(self, since=0):
        """The lines heard since that mark."""
        with news:
            return [line[2] for line in self.lines][max(0, since - self.count + len(self.lines)):]

    def find(self, pattern, since=0):
        """The first match of PATTERN in a line since that mark, or None."""
        return next(filter(None, (re.search(pattern, line) for line in self.text(since))), None)

    def wait_line(self, pattern, timeout, since=0):
        """The match of the first line that PATTERN fits; fails at once where the program has ended without one."""
        def heard():
            ended = not self.is_alive() and not any(reader.is_alive() for reader in self.readers)
            match = self.find(pattern, since)
            if not match and ended:
                failure = tap.Failure(f"{self.name} ended ({self.child.returncode}) without saying {pattern!r}")
                failure.diagnostics = self.tail()
                raise failure
            return match
        return until(heard, timeout, f"{self.name} says {pattern!r}", self.tail)

    def tail(self):
        with news:
            last = list(self.lines)[-TAIL_LINES:]
        return [f"{self.name} {seconds:8.3f}{'!' if stream == 2 else ' '} {text}" for seconds, stream, text in last]

    def say(self, line):
        """Writes a line to its standard input."""
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()

    def signal(self, number):
        self.child.send_signal(number)

    def kill(self):
        """kill -9, and no other: returns when it is gone."""
        self.signal(signal.SIGKILL)
        self.child.wait()

    def wait(self, timeout=10):
        """Its exit status, when it has ended by itself."""
        until(lambda: not self.is_alive(), timeout, f"{self.name} ends", self.tail)
        return self.child.returncode

    def stop(self, timeout=10):
        """Asks it to end (SIGTERM) and gives its exit status; one that does not is killed, and that is a failure."""
        if self.is_alive():
            self.signal(signal.SIGTERM)
            try:
                self.child.wait(timeout * SLOW)
            except subprocess.TimeoutExpired:
                self.kill()
                failure = tap.Failure(f"{self.name} did not end within {timeout * SLOW} s of SIGTERM")
                failure.diagnostics = self.tail()
                raise failure from None
        for reader in self.readers:
            reader.join(1)
        return self.child.returncode

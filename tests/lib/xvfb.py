# SPDX-License-Identifier: Apache-2.0
"""A screen that nobody sees.

    process, display = xvfb.start(station.run, "1280x720")     # or with Process instead of station.run

A server that looks for a free number itself (-displayfd) takes no lock, so two that look at the same time may take the
same. Here each is given a number at random, and is believed when the socket of that number answers, and answers for
that very process. And it does not start anew when its last client leaves (-noreset): one that comes at that moment is
turned away ("cannot open display"), be it only because somebody else had a look first.
"""
import random
import socket
import struct

import tap
from process import until

LAST = 59_000   # 6000 more is a port, although none is listened on
ATTEMPTS = 20


def owner(number):
    """The pid of who listens as that display, or None."""
    path = f"/tmp/.X11-unix/X{number}"
    for address in (path, "\0" + path):  # the second where the folder cannot be made
        with socket.socket(socket.AF_UNIX) as link:
            try:
                link.connect(address)
                return struct.unpack("3i", link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
            except OSError:
                pass
    return None


def start(run, size):
    """RUN(name, arguments) starts a process (process.py): (that process, ":NUMBER")."""
    for _ in range(ATTEMPTS):
        number = random.randint(100, LAST)
        server = run("Xvfb", ["Xvfb", f":{number}", "-screen", "0", size + "x24", "-nolisten", "tcp", "-noreset"])
        until(lambda: not server.is_alive() or owner(number) == server.pid, 30, f"Xvfb :{number} listens", server.tail)
        if server.is_alive():
            return server, f":{number}"
    raise tap.Failure("Xvfb does not start: " + " | ".join(server.text()[-3:]))

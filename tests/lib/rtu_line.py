# SPDX-License-Identifier: Apache-2.0
"""A serial line (a pty) whose answers are given by ANSWER(line, request): for what no honest RTU device does."""
import os
import pty
import select
import tempfile
import threading
import tty


def crc(frame):
    """The two bytes of CRC-16/MODBUS, low byte first."""
    check = 0xFFFF
    for byte in frame:
        check ^= byte
        for _ in range(8):
            check = check >> 1 ^ (0xA001 if check & 1 else 0)
    return bytes([check & 0xFF, check >> 8])


class RtuLine:
    """The driver opens `tty`. With LINK that is a symbolic link, so that the port can be pulled out and come back."""

    def __init__(self, answer, link=False):
        self.answer = answer
        self.folder = tempfile.TemporaryDirectory() if link else None
        self.requests = []
        self.ended = False
        self.leader = self.follower = None
        self.plug()
        self.tty = os.path.join(self.folder.name, "tty") if link else os.ttyname(self.follower)
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def plug(self):
        """Puts the port in (again)."""
        leader, self.follower = pty.openpty()
        tty.setraw(self.follower)
        if self.folder:
            os.symlink(os.ttyname(self.follower), os.path.join(self.folder.name, "tty"))
        self.leader = leader

    def unplug(self):
        """Pulls the port out: whoever has it open finds it hung up."""
        leader, self.leader = self.leader, None
        os.unlink(os.path.join(self.folder.name, "tty"))
        os.close(self.follower)
        os.close(leader)

    def send(self, data):
        if self.leader is not None:
            os.write(self.leader, data)

    def _serve(self):
        while not self.ended:
            leader = self.leader
            try:
                if leader is None or not select.select([leader], [], [], 0.05)[0]:
                    continue
                request = os.read(leader, 300)
            except (OSError, ValueError):
                continue
            if request:
                self.requests.append(request)
                self.answer(self, request)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.ended = True
        self.thread.join(5)
        os.close(self.follower)
        if self.leader is not None:
            os.close(self.leader)
        if self.folder:
            self.folder.cleanup()

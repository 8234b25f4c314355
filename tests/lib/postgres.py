# SPDX-License-Identifier: Apache-2.0
"""A real PostgreSQL of one's own: a cluster in a folder, on a Unix socket there and a free port of the loopback,
never as root (it refuses). Ended, killed and started again by the pid of its postmaster."""
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import process

USER = "postgres"  # made by Debian's package


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def unprivileged(arguments):
    """ARGUMENTS as a user that PostgreSQL accepts."""
    if os.geteuid() != 0:
        return arguments
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--", *arguments]


class Postgres:
    """A cluster; `uri` names its database."""

    def __init__(self, settings=()):
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.folder = tempfile.mkdtemp(prefix="stationmaster-pg-")
        if os.geteuid() == 0:
            shutil.chown(self.folder, USER, USER)
        self.port = free_port()
        self.uri = f"postgresql://station@127.0.0.1:{self.port}/postgres"
        self.settings = ("listen_addresses=127.0.0.1", f"port={self.port}", f"unix_socket_directories={self.folder}",
                         "max_connections=40", "shared_buffers=32MB", *settings)
        self.child = None
        self._call("initdb", "-D", f"{self.folder}/data", "-A", "trust", "-U", "station", "-E", "UTF8", "--locale=C.UTF-8")
        self.start()

    def _call(self, program, *arguments):
        subprocess.run(unprivileged([f"{self.bin}/{program}", *arguments]), check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, cwd=self.folder)

    def start(self):
        self.log = open(f"{self.folder}/log", "ab")
        arguments = [f"{self.bin}/postgres", "-D", f"{self.folder}/data"]
        for setting in self.settings:
            arguments += ["-c", setting]
        # The parent-death signal is cleared where the user changes; so it is set last.
        ids = [f"--reuid={USER}", f"--regid={USER}", "--clear-groups"] if os.geteuid() == 0 else []
        self.child = subprocess.Popen(["setpriv", *ids, "--pdeathsig", "QUIT", "--", *arguments], cwd=self.folder,
                                      stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        process.until(self.answers, 30, "PostgreSQL answers")

    def answers(self):
        return subprocess.run([f"{self.bin}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode == 0

    def stop(self, how=signal.SIGINT):
        """SIGINT: at once, in order; SIGQUIT: as in a crash."""
        if self.child and self.child.poll() is None:
            self.child.send_signal(how)
            self.child.wait(60)
        self.child = None

    def remove(self):
        self.stop()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def query(self, sql):
        """Rows of SQL as lists of texts (None: NULL)."""
        wrapped = f"SELECT COALESCE(json_agg(row_to_json(q)), '[]') FROM ({sql}) q"
        out = subprocess.run([f"{self.bin}/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", self.uri, "-c", wrapped], check=True,
                             capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout
        return [list(row.values()) for row in json.loads(out)]

    def run(self, sql):
        subprocess.run([f"{self.bin}/psql", "-Xq", "-v", "ON_ERROR_STOP=1", self.uri, "-c", sql], check=True,
                       stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)

    def value(self, sql):
        rows = self.query(sql)
        return rows[0][0] if rows else None

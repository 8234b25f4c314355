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
import tap

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
    """A cluster; `uri` names its database. FOLDER: where it is kept and found again; its user must be able to enter."""

    def __init__(self, settings=(), folder=None):
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.kept = folder is not None
        self.folder = folder or tempfile.mkdtemp(prefix="stationmaster-pg-")
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, USER, USER)
        self.port = free_port()
        self.uri = f"postgresql://station@127.0.0.1:{self.port}/postgres"
        self.settings = ("listen_addresses=127.0.0.1", f"port={self.port}", f"unix_socket_directories={self.folder}",
                         "max_connections=40", "shared_buffers=32MB", *settings)
        self.child = None
        if not os.path.exists(f"{self.folder}/data/PG_VERSION"):
            self._call("initdb", "-D", f"{self.folder}/data", "-A", "trust", "-U", "station", "-E", "UTF8",
                       "--locale=C.UTF-8", "--no-sync")
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
                                      stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                      start_new_session=True)  # a Ctrl-C is for who started it
        process.until(lambda: self.child.poll() is not None or self.answers(), 30, "PostgreSQL answers", self.logs)
        if self.child.poll() is not None:
            failure = tap.Failure(f"PostgreSQL ended with status {self.child.returncode}")
            failure.diagnostics = self.logs()
            raise failure

    def logs(self):
        with open(f"{self.folder}/log", encoding="utf-8", errors="replace") as file:
            return [f"postgres {line.rstrip()[:200]}" for line in file.readlines()[-10:]]

    def answers(self):
        """By the socket in its own folder: on the port another one may answer."""
        return subprocess.run([f"{self.bin}/pg_isready", "-q", "-h", self.folder, "-p", str(self.port)]).returncode == 0

    def stop(self, how=signal.SIGINT):
        """SIGINT: at once, in order; SIGQUIT: as in a crash."""
        if self.child and self.child.poll() is None:
            self.child.send_signal(how)
            self.child.wait(60)
        self.child = None

    def remove(self):
        self.stop()
        self.log.close()
        if not self.kept:
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

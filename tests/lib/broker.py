# SPDX-License-Identifier: Apache-2.0
"""A real mosquitto on loopback, for tests: with or without TLS, killed, frozen, restarted with or without its state.

    with Mosquitto() as broker:
        listener = broker.listen("stationmaster/v1/+/event")
        broker.publish("stationmaster/v1/CS-1/ack", '{"epoch": 1, "through": 7}')
        broker.kill(); broker.start()

`listen` is a mosquitto_sub, which is a foreign client: what it prints are the messages. It ends with its broker's
connection only where it is told to; mosquitto_sub reconnects by itself.
"""
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile

import tap
from process import Process, until

BROKER = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin") or "mosquitto"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise tap.Failure(f"openssl {' '.join(arguments)}: {done.stderr}")


class Certificates:
    """An authority of its own, a server `localhost` and as many clients as wanted, in FOLDER."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.ca = self.path("ca.pem")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=test authority", "-keyout", self.path("ca.key"), "-out", self.ca)

    def path(self, name):
        return os.path.join(self.folder, name)

    def issue(self, name, common_name, names="DNS:localhost"):
        """(certificate file, key file) of COMMON_NAME."""
        extensions = self.path(f"{name}.ext")
        with open(extensions, "w", encoding="ascii") as file:
            file.write(f"subjectAltName={names}\n")
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", f"/CN={common_name}", "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.csr"))
        openssl("x509", "-req", "-in", self.path(f"{name}.csr"), "-CA", self.ca, "-CAkey", self.path("ca.key"),
                "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", self.path(f"{name}.pem"))
        os.chmod(self.path(f"{name}.key"), 0o600)
        return self.path(f"{name}.pem"), self.path(f"{name}.key")


class Mosquitto:
    """A broker. CERTIFICATES: TLS with client certificates. KEEP: its state outlives `kill` and `start`. BELOW: the
    folder that its own folder is made in. WEB: it also speaks websockets, on a port of its own (True: a free one)."""

    def __init__(self, certificates=None, keep=False, port=None, settings="", below=None, web=None):
        self.folder = tempfile.mkdtemp(prefix="stationmaster-broker-", dir=below)
        self.port = port or free_port()
        self.certificates = certificates
        self.process = None
        self.started = []
        tls = []
        lines = [f"listener {self.port} 127.0.0.1", "allow_anonymous true", "max_queued_messages 0",
                 "max_inflight_messages 100", "log_type error", "log_type warning", settings]
        if os.geteuid() == 0:
            lines.append("user root")
        if keep:
            lines += ["persistence true", f"persistence_location {self.folder}/", "autosave_interval 1",
                      "autosave_on_changes true"]
        if certificates:
            certificate, key = certificates.issue("broker", "localhost")
            tls = [f"cafile {certificates.ca}", f"certfile {certificate}", f"keyfile {key}",
                   "require_certificate true", "use_identity_as_username true"]
            self.client = certificates.issue("hq", "hq")
        self.web_port = free_port() if web is True else web
        lines += tls
        if web:  # mosquitto 2.0.11 does not start with such listeners alone
            lines += [f"listener {self.web_port} 127.0.0.1", "protocol websockets", *tls]
        self.configuration = os.path.join(self.folder, "mosquitto.conf")
        with open(self.configuration, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, error, trace):
        if error is not None and not isinstance(error, (tap.Skip, KeyboardInterrupt)):
            error.diagnostics = [*getattr(error, "diagnostics", []), *self.logs()]
        self.close()

    def close(self):
        for process in [*self.started, self.process]:
            if process and process.is_alive():
                process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self):
        return f"{'mqtts' if self.certificates else 'mqtt'}://localhost:{self.port}"

    @property
    def web_url(self):
        return f"{'wss' if self.certificates else 'ws'}://localhost:{self.web_port}/mqtt"

    def start(self):
        self.process = Process("mosquitto", [BROKER, "-c", self.configuration])
        until(self.answers, 10, "mosquitto answers", self.process.tail)

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    def kill(self):
        self.process.kill()

    def forget(self):
        """Takes away what a killed broker with KEEP has kept."""
        for name in os.listdir(self.folder):
            if name.startswith("mosquitto.db"):
                os.unlink(os.path.join(self.folder, name))

    def freeze(self):
        """The connection stands, and nobody is behind it."""
        self.process.signal(signal.SIGSTOP)

    def thaw(self):
        self.process.signal(signal.SIGCONT)

    def command(self, program, arguments):
        command = [program, "-V", "5", "-h", "localhost", "-p", str(self.port), *map(str, arguments)]
        if self.certificates:
            command += ["--cafile", self.certificates.ca, "--cert", self.client[0], "--key", self.client[1]]
        return command

    def listen(self, topic, on_line=None, *more):
        """A mosquitto_sub on TOPIC; each message is a line `TOPIC TEXT`."""
        process = Process(f"sub {topic}", self.command("mosquitto_sub", ["-q", 1, "-t", topic, "-F", "%t %r %p", *more]),
                          on_line=on_line)
        self.started.append(process)
        return process

    def publish(self, topic, text, *more, retained=False, signature=None):
        arguments = ["-q", 1, "-t", topic, "-s", *(["-r"] if retained else []), *more]
        if signature is not None:
            arguments += ["-D", "publish", "user-property", "sig", signature]
        done = subprocess.run(self.command("mosquitto_pub", arguments), input=text if isinstance(text, bytes)
                              else text.encode(), capture_output=True, check=False, timeout=30)
        if done.returncode != 0:
            raise tap.Failure(f"mosquitto_pub {topic}: {done.stderr.decode()}")

    def speaker(self, topic):
        """A mosquitto_pub that publishes each line said to it."""
        process = Process(f"pub {topic}", self.command("mosquitto_pub", ["-q", 1, "-t", topic, "-l"]))
        self.started.append(process)
        return process

    def retained(self, topic, timeout=5):
        """The retained message of TOPIC as JSON, or None."""
        done = subprocess.run(self.command("mosquitto_sub", ["-t", topic, "-C", 1, "-W", timeout, "--retained-only"]),
                              capture_output=True, text=True, check=False)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def logs(self):
        return [line[:160] for process in [self.process, *self.started] if process for line in process.tail()[-10:]]

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The simulated site is what its profiles say: read and commanded by a foreign Modbus client, over TCP and RTU.

The profiles are interpreted here once more, apart from the station's engine and from the simulator's tables.
"""
import configparser
import os
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time

from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.pdu import ExceptionResponse

import tap
from process import Process, until

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
BUILD = os.environ.get("STATIONMASTER_BUILD", os.path.join(SOURCE, "build"))
SIM = os.path.join(BUILD, "drivers/station-sim")
SITE = os.path.join(SOURCE, "assets/sites/demo")
PROFILES = os.path.join(SOURCE, "assets/profiles")
WORDS = {"bool": 1, "u16": 1, "s16": 1, "u32": 2, "s32": 2, "u64": 4, "s64": 4}
FORMATS = {"u16": ">H", "s16": ">h", "u32": ">I", "s32": ">i", "u64": ">Q", "s64": ">q"}


def read_keys(path):
    """A key file as the contract has it: comments after white space too."""
    with open(path, encoding="utf-8") as file:
        text = "\n".join(re.sub(r"(^|\s)[;#].*", "", line) for line in file.read().splitlines())
    keys = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=(), strict=True, interpolation=None)
    keys.optionxform = str
    keys.read_string(text)
    return keys


class Profile:
    """Points as {path: {key: value}}, commands as {path: [(space, address, value or None)]}."""

    def __init__(self, name):
        keys = read_keys(os.path.join(PROFILES, name + ".profile"))
        self.points, self.commands = {}, {}
        head = keys["profile"]
        stride, self.connectors = int(head.get("connector-stride", 0)), int(head.get("connectors", 0))
        for group in keys.sections():
            kind, _, path = group.partition(" ")
            if kind not in ("point", "command"):
                continue
            for number in range(1, self.connectors + 1) if path.startswith("N/") else [None]:
                shift = stride * (number - 1) if number else 0
                concrete = path.replace("N/", f"{number}/", 1) if number else path
                if kind == "point":
                    self.points[concrete] = {**keys[group], "shift": shift}
                else:
                    writes = [re.fullmatch(r"(\w+):(\d+)(?:=(.*))?", w) for w in keys[group]["write"].split(";")]
                    self.commands[concrete] = [(w[1], int(w[2]) + shift, w[3] and int(w[3], 0)) for w in writes]


def decode(point, words):
    """The raw number, or text, that a point's registers hold; None: absent."""
    kind = point.get("type", "u16")
    if kind.startswith("ascii"):
        return b"".join(struct.pack(">H", w) for w in words).rstrip(b"\0").decode("ascii")
    if kind == "bool":
        return int(bool(words[0]))
    raw = struct.unpack(FORMATS[kind], b"".join(struct.pack(">H", w) for w in words))[0]
    return None if "absent" in point and raw == int(point["absent"], 0) else raw


class Site:
    """A running station-sim with its written configuration, and clients to its buses."""

    def __init__(self, *options, scenario="quiet"):
        self.folder = tempfile.mkdtemp(prefix="sim-")
        self.config = os.path.join(self.folder, "config")
        self.clients = {}
        self.sim = Process("sim", [SIM, "--site", SITE, "--config-out", self.config, "--control", "--scenario", scenario,
                                   *options])

    def __enter__(self):
        try:
            self.sim.wait_line("^site is ready", 10)
            self.load()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for client in self.clients.values():
            client.close()
        if self.sim.is_alive():
            self.sim.stop()
        shutil.rmtree(self.folder)

    def load(self):
        self.buses, self.devices, self.cameras = {}, {}, {}
        folder = os.path.join(self.config, "devices.d")
        for name in sorted(os.listdir(folder)):
            keys = read_keys(os.path.join(folder, name))
            for group in keys.sections():
                kind, _, thing = group.partition(" ")
                {"bus": self.buses, "camera": self.cameras, "zone": {}}.get(kind, self.devices)[thing] = dict(keys[group])

    def tell(self, line):
        mark = self.sim.mark()
        self.sim.say(line)
        answer = self.sim.wait_line(r"^(ok|error)\b(.*)", 5, mark)
        tap.check(answer[1] == "ok", f"station-sim refuses {line!r}: {answer[0]}")
        return answer[2].strip()

    def truth(self, device, path):
        head, _, tail = path.rpartition("/")
        answer = self.tell(f"get {device}{'/' + head if head else ''} {tail}")
        return None if answer == "absent" else float(answer)

    def address(self, bus):
        return re.fullmatch(r"tcp://([\d.]+):(\d+)", self.buses[bus]["address"]).groups()

    def client(self, bus, timeout=2):
        if bus not in self.clients:
            address = self.buses[bus]["address"]
            if address.startswith("rtu://"):
                client = ModbusSerialClient(port=address[len("rtu://"):].partition("?")[0], baudrate=9600, timeout=timeout)
            else:
                host, port = self.address(bus)
                client = ModbusTcpClient(host, port=int(port), timeout=timeout, retries=0)
            tap.check(client.connect(), f"bus {bus} at {address} can be reached")
            self.clients[bus] = client
        return self.clients[bus]

    def forget(self, bus):
        self.clients.pop(bus).close()

    def ask(self, device, function, *arguments):
        config = self.devices[device]
        client = self.client(config["bus"])
        answer = getattr(client, function)(*arguments, slave=int(config["unit-id"]))
        return answer

    def raw(self, device, point):
        """The raw words of a point of the profile."""
        space, address, bit = re.fullmatch(r"(\w+):(\d+)(?:\.(\d+))?", point["read"]).groups()
        kind = point.get("type", "u16")
        count = int(kind.partition(":")[2]) if kind.startswith("ascii") else WORDS[kind]
        function = {"holding": "read_holding_registers", "input": "read_input_registers", "coil": "read_coils",
                    "discrete": "read_discrete_inputs"}[space]
        answer = self.ask(device, function, int(address) + point["shift"], count)
        tap.check(not answer.isError(), f"{device} {point['read']}: {answer}")
        words = [int(b) for b in answer.bits[:1]] if space in ("coil", "discrete") else answer.registers
        return [words[0] >> int(bit) & 1] if bit else words

    def read(self, device, path):
        """The point as the profile means it: number, word, text, or None where it is absent."""
        profile = Profile(self.devices[device]["profile"])
        point = profile.points[path]
        value = decode(point, self.raw(device, point))
        if value is None or isinstance(value, str):
            return value
        if "map" in point:
            return dict(pair.split(":") for pair in point["map"].split(";"))[str(value)]
        value *= float(point.get("scale", 1))
        for other in filter(None, point.get("scale-by", "").split(";")):
            value *= decode(profile.points[other], self.raw(device, profile.points[other]))
        return value

    def command(self, device, path, argument=None):
        for space, address, value in Profile(self.devices[device]["profile"]).commands[path]:
            if space == "coil":
                answer = self.ask(device, "write_coil", address, bool(value))
            else:
                answer = self.ask(device, "write_register", address, argument if value is None else value)
            tap.check(not answer.isError(), f"{device} {path}: {answer}")

    def until_read(self, device, path, wanted, timeout=10):
        return until(lambda: wanted(self.read(device, path)) or None, timeout, f"{device}/{path}", self.sim.tail)

    def charge(self, *connectors, car="soc 30"):
        """Cars come to CONNECTORS; returns when current flows in all of them."""
        for connector in connectors:
            self.tell(f"{connector} arrive {car}")
        for connector in connectors:
            device, _, number = connector.partition("/")
            self.until_read(device, f"{number}/current", lambda amperes: amperes > 40)


def compare(site, device):
    """Every point that has a true number says it, within its scale."""
    profile, compared = Profile(site.devices[device]["profile"]), 0
    for path, point in profile.points.items():
        if point.get("type", "").startswith("ascii"):
            continue
        before, said, after = site.truth(device, path), site.read(device, path), site.truth(device, path)
        if "map" in point:
            words = dict(pair.split(":") for pair in point["map"].split(";"))
            tap.check(said in (words[str(int(before))], words[str(int(after))]), f"{device}/{path}: {said}, is {after}")
        elif said is None or before is None:
            tap.equal(said, after, f"{device}/{path}, absent")
        else:
            step = float(point.get("scale", 1)) * (200 if "scale-by" in point else 1)
            low, high = min(before, after), max(before, after)
            tap.check(low - step <= said <= high + step, f"{device}/{path}: {said}, is {low} … {high}")
        compared += 1
    return compared


@tap.test
def every_point():
    "Each device of the demo site tells over TCP and RTU what is true of it, by its profile's map."
    with Site() as site:
        site.charge("dc-03/2", car="soc 40 vin LTESTVIN000000001")
        site.tell("water-01 leak 12.5m")
        compared = {device: compare(site, device) for device in site.devices}
        tap.check(len(compared) == 25 and sum(compared.values()) >= 370, f"{compared}")
        tap.equal(site.read("dc-03", "2/vin"), "LTESTVIN000000001", "VIN")
        tap.equal(site.read("dc-03", "1/vin"), "", "VIN of an empty place")
        tap.near(site.read("water-01", "leak_distance"), 12.5, 0.01, "leak")
        tap.equal(site.read("dc-03", "1/soc"), None, "state of charge without a car")
        tap.equal(site.read("dc-03", "2/status"), "charging", "status")


@tap.test
def sensors_over_rtu():
    "The sensors of the RTU line change when the scenario says so, and clear again."
    with Site() as site:
        for device, line, point in (("smoke-01", "smoke", "smoke"), ("heat-01", "heat", "heat"),
                                    ("water-01", "leak 3m", "water"), ("door-01", "open", "door"),
                                    ("door-02", "tamper", "tamper")):
            tap.equal(site.read(device, point), 0, f"{device} before")
            site.tell(f"{device} {line}")
            tap.equal(site.read(device, point), 1, f"{device} during")
            site.tell(f"{device} clear")
            tap.equal(site.read(device, point), 0, f"{device} after")
        site.tell("th-01 temperature 46.5")
        tap.near(site.read("th-01", "temperature"), 46.5, 0.05, "temperature")
        site.forget("yard")
        tap.equal(site.read("smoke-02", "smoke"), 0, "a new client after the old one has gone")


@tap.test
def commands():
    "A charger obeys stop, start, limit, disable and enable, each connector for itself."
    with Site() as site:
        site.charge("dc-03/1", "dc-03/2")
        site.command("dc-03", "2/stop")
        site.until_read("dc-03", "2/status", lambda status: status == "finishing")
        tap.equal(site.truth("dc-03", "2/current"), 0.0, "current after the stop")
        tap.check(site.truth("dc-03", "1/current") > 40, "its neighbour goes on")
        site.command("dc-03", "2/start")
        site.until_read("dc-03", "2/status", lambda status: status == "charging")
        site.command("dc-03", "1/limit", 200)
        site.until_read("dc-03", "1/power", lambda power: 18.0 < power <= 20.1)
        site.command("dc-03", "1/disable")
        site.until_read("dc-03", "1/status", lambda status: status == "unavailable")
        tap.equal(site.truth("dc-03", "1/current"), 0.0, "current after disable")
        site.command("dc-03", "1/enable")
        site.until_read("dc-03", "1/status", lambda status: status == "finishing")
        site.tell("dc-03/1 fault 5")
        tap.equal(site.read("dc-03", "1/fault"), 5, "fault code")
        site.command("dc-03", "reset")
        site.until_read("dc-03", "1/fault", lambda fault: fault == 0)


@tap.test
def breakers():
    "A tripped feeder takes the current away and the charger goes dark; one that is stuck or lies does not."
    with Site() as site:
        site.charge("dc-01/1", "dc-02/1", "dc-05/1", "dc-07/1")
        site.tell("io-01 breaker-2 stuck")
        site.tell("io-01 breaker-5 lies")
        for number in (1, 2, 5, 7):
            tap.equal(site.read("io-01", f"breaker-{number}"), "closed", f"contact {number} before")
            site.command("io-01", f"breaker-{number}/trip")
        for number, contact in ((1, "open"), (2, "closed"), (5, "open"), (7, "open")):
            site.until_read("io-01", f"breaker-{number}", lambda said, want=contact: said == want)
        tap.equal(site.truth("dc-01", "1/current"), 0.0, "current behind the open breaker")
        tap.check(site.truth("dc-02", "1/current") > 40, "current behind the stuck one")
        tap.check(site.truth("dc-05", "1/current") > 40, "current behind the liar")
        answer = site.ask("dc-01", "read_holding_registers", 0, 1)
        tap.check(isinstance(answer, ExceptionResponse) and answer.exception_code == 0x0B, f"the gateway says: {answer}")
        tap.check(not isinstance(site.ask("dc-07", "read_holding_registers", 0, 1), ExceptionResponse),
                  "a charger with a line of its own is silent without power")
        site.command("io-01", "breaker-1/close")
        until(lambda: not site.ask("dc-01", "read_holding_registers", 0, 1).isError() or None, 15, "it comes back")


@tap.test
def liars():
    "Chargers that ignore, pretend, freeze or resume say one thing and do another."
    with Site() as site:
        site.charge("dc-01/1", "dc-02/1", "dc-05/1", "dc-06/1")
        site.tell("dc-01 confirms but charges")
        site.tell("dc-02 frozen values")
        site.tell("dc-05 ignores stop")
        site.tell("dc-06 resumes after 2s")
        for number in (1, 2, 5, 6):
            site.command(f"dc-0{number}", "1/stop")
        site.until_read("dc-01", "1/status", lambda status: status == "finishing")
        until(lambda: site.truth("dc-02", "1/current") == 0.0 or None, 10, "the frozen one stops")
        tap.equal(site.read("dc-02", "1/status"), "charging", "status of the frozen one")
        tap.check(site.read("dc-02", "1/current") > 40, "current that the frozen one tells")
        tap.check(site.truth("dc-01", "1/current") > 40, "the pretender charges")
        tap.equal(site.read("dc-05", "1/status"), "charging", "status of the one that ignores")
        site.sim.wait_line("dc-06/1 finishing", 10)
        site.sim.wait_line("dc-06/1 resumes by itself", 10)
        site.tell("dc-02 living values")
        site.until_read("dc-02", "1/status", lambda status: status == "finishing")


def plug(site, bus):
    host, port = site.address(bus)
    return socket.create_connection((host, int(port)), 5)


def exchange(link, request, timeout=1.0):
    """What comes back within TIMEOUT, and whether the peer has closed."""
    link.settimeout(timeout)
    link.sendall(request)
    got = b""
    try:
        while True:
            part = link.recv(300)
            if not part:
                return got, True
            got += part
            if len(got) >= 6 and len(got) >= 6 + struct.unpack(">H", got[4:6])[0]:
                return got, False
    except ConnectionResetError:
        return got, True
    except socket.timeout:
        return got, False


READ = bytes.fromhex("1234 0000 0006 01 03 0000 0002")


@tap.test
def lines():
    "Silence, garbage, slowness, exceptions, short and wrong answers, drips and hang-ups are as told, then over."
    with Site() as site:
        with plug(site, "chargers") as link:
            whole, _ = exchange(link, READ)
            tap.check(whole.startswith(bytes.fromhex("1234 0000 0007 01 03 04")) and len(whole) == 13, whole.hex())
            site.tell("dc-01 silent")
            tap.equal(exchange(link, READ, 0.3), (b"", False), "silence")
            other = READ[:6] + b"\x02" + READ[7:]
            tap.equal(len(exchange(link, other)[0]), 13, "its neighbour answers")
            site.tell("dc-01 exceptions")
            tap.equal(exchange(link, READ)[0], bytes.fromhex("1234 0000 0003 01 83 04"), "exception")
            site.tell("dc-01 wrong-id")
            tap.check(exchange(link, READ)[0][:7] not in (b"", whole[:7]), "wrong ids")
            site.tell("dc-01 slow 300ms")
            began = time.monotonic()
            tap.equal(exchange(link, READ)[0][:9], whole[:9], "late answer")
            tap.check(time.monotonic() - began >= 0.29, "not before its time")
            site.tell("dc-01 drip")
            link.settimeout(2)
            link.sendall(READ)
            tap.check(len(link.recv(300)) < 13, "byte by byte")
        with plug(site, "chargers") as link:
            site.tell("dc-01 short")
            tap.equal(exchange(link, READ, 0.3)[0][:6], whole[:6], "the first half")
        with plug(site, "chargers") as link:
            site.tell("dc-01 garbage")
            tap.check(exchange(link, READ, 0.3)[0][:6] != whole[:6], "garbage")
        with plug(site, "chargers") as link:
            site.tell("dc-01 closes")
            tap.equal(exchange(link, READ), (b"", True), "hang-up")
        with plug(site, "chargers") as link:
            site.tell("dc-01 normal")
            site.tell("bus chargers silent for 1s")
            tap.equal(exchange(link, READ, 0.3), (b"", False), "a silent bus")
            site.sim.wait_line("chargers answers normally again", 10)
            tap.equal(len(exchange(link, READ)[0]), 13, "and again")


@tap.test
def silent_rtu():
    "A sensor that is silent, garbled or answers for another is no answer to an RTU client; then it is heard again."
    with Site() as site:
        for fault in ("silent", "garbage", "wrong-id", "short"):
            site.tell(f"smoke-01 {fault}")
            client = site.client("yard", timeout=0.3)
            answer = client.read_holding_registers(2, 1, slave=1)
            tap.check(answer.isError() or answer.slave_id != 1, f"{fault}: {answer}")
            site.tell("smoke-01 normal")
            site.forget("yard")
            tap.equal(site.read("smoke-01", "smoke"), 0, f"after {fault}")


@tap.test
def refusals():
    "Registers that are not there, functions that are not served and values that cannot be are refused."
    cases = [("03 0000 007d", 2), ("03 03e8 0001", 2), ("03 0028 0001", 2), ("04 0000 0001", 2), ("03 0000 007e", 3),
             ("03 0000 0000", 3), ("02 0000 0001", 2), ("05 0000 1234", 3), ("05 0009 ff00", 2), ("06 0000 0001", 2),
             ("06 0065 ea60", 3), ("10 0065 0002 04 0001 0001", 2), ("10 0065 0001 04 0001", 3), ("11", 1), ("2b 0e01", 1),
             ("17 0000 0001 0000 0001 02 0001", 1), ("03 0000", 3), ("0f 0000 0002 01 00 00", 3)]
    with Site() as site, plug(site, "chargers") as link:
        for pdu, code in cases:
            body = bytes.fromhex(pdu)
            request = struct.pack(">HHHB", 7, 0, len(body) + 1, 1) + body
            answer, closed = exchange(link, request)
            tap.check(not closed and answer[7:] == bytes([body[0] | 0x80, code]), f"{pdu}: {answer.hex()} for {code}")
        answer, _ = exchange(link, READ[:6] + b"\x63" + READ[7:])
        tap.equal(answer[7:], b"\x83\x0b", "a unit that is not there")
        tap.equal(len(exchange(link, READ)[0]), 13, "and it goes on")


@tap.test
def rough_clients():
    "Clients that send halves, nonsense or too much, or are too many, hinder nobody."
    with Site() as site:
        with plug(site, "chargers") as half, plug(site, "chargers") as link:
            half.sendall(READ[:9])
            tap.equal(len(exchange(link, READ)[0]), 13, "beside a half request")
            tap.equal(len(exchange(half, READ[9:])[0]), 13, "the half, completed")
            tap.equal(exchange(half, b"GET / HTTP/1.1\r\n\r\n"), (b"", True), "nonsense is hung up on")
            link.sendall(READ * 3)
            got, deadline = b"", time.monotonic() + 5
            link.settimeout(1)
            while len(got) < 39 and time.monotonic() < deadline:
                got += link.recv(300)
            tap.equal(len(got), 39, "three requests in one go")
        links = [plug(site, "chargers") for _ in range(40)]
        answered = sum(len(exchange(link, READ, 0.5)[0]) == 13 for link in links)
        for link in links:
            link.close()
        tap.equal(answered, 32, "clients that are served at once")
        until(lambda: len(exchange(plug(site, "chargers"), READ, 0.5)[0]) == 13 or None, 5, "a place becomes free")


def outcome(*options):
    done = subprocess.run([SIM, *options], capture_output=True, text=True, timeout=30, check=False)
    return done.returncode, done.stdout, done.stderr


@tap.test
def bad_input():
    "Wrong options, scenarios and sites are refused with exit 2, file and line."
    with tempfile.TemporaryDirectory() as folder:
        def scenario(text):
            path = os.path.join(folder, "bad.scenario")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            return outcome("--site", SITE, "--config-out", folder + "/c", "--scenario", path, "--seconds", "1")
        for text, said in (("cars none\nat 5s dc-03/1 explodes\n", "bad.scenario:2: not understood"),
                           ("dc-99 silent\n", "bad.scenario:1: dc-99: no such device"),
                           ("dc-01/2 overheat\n", "bad.scenario:1: dc-01/2: no such device or connector"),
                           ("smoke-01 overheat\n", "bad.scenario:1: smoke-01: this kind of device cannot"),
                           ("\nbus attic silent\n", "bad.scenario:2: attic: no such bus"),
                           ("dc-01/1 set beauty 5\n", "bad.scenario:1: dc-01/1: no such point")):
            status, _, messages = scenario(text)
            tap.check(status == 2 and said in messages, f"{text!r}: {status} {messages}")
        for options in (("--speed", "0"), ("--nonsense",), (), ("--site", folder + "/none"), ("--site", SITE, "word"),
                        ("--devices", "5"), ("--site", SITE, "--scenario", "none")):
            status, _, messages = outcome(*options)
            tap.check(status == 2 and messages.startswith("station-sim: "), f"{options}: {status} {messages}")


@tap.test
def ends():
    "It ends by itself after --seconds, or at SIGTERM, with exit 0, and leaves no link behind."
    with tempfile.TemporaryDirectory() as folder:
        status, said, _ = outcome("--site", SITE, "--config-out", folder, "--seconds", "1", "--quiet")
        tap.equal((status, said), (0, "site is ready\n"), "exit and output")
        tap.check(not os.path.lexists(os.path.join(folder, "yard.tty")), "the link of the pseudo-terminal")
    with Site() as site:
        tap.equal(site.sim.stop(), 0, "exit at SIGTERM")


@tap.test
def made_up_site():
    "A site of any number of chargers can be made up, with all of them served."
    with tempfile.TemporaryDirectory() as folder:
        sim = Process("sim", [SIM, "--devices", "30", "--per-bus", "4", "--config-out", folder, "--cars", "none"])
        sim.wait_line("^site is ready", 10)
        keys = read_keys(os.path.join(folder, "devices.d/generated.conf"))
        chargers = [group for group in keys.sections() if group.startswith("device dc-")]
        tap.equal(len(chargers), 30, "chargers")
        for group in chargers:
            port = int(keys[f"bus {keys[group]['bus']}"]["address"].rpartition(":")[2])
            client = ModbusTcpClient("127.0.0.1", port=port, timeout=2)
            answer = client.read_holding_registers(0, 40, slave=int(keys[group]["unit-id"]))
            client.close()
            tap.check(not answer.isError() and len(answer.registers) == 40, f"{group}: {answer}")
        tap.equal(sim.stop(), 0, "exit")


tap.main()

# SPDX-License-Identifier: Apache-2.0
"""Devices that answer wrongly, late or not at all: each ends in a clear message, and never in a wrong value."""
import os
import socket
import struct
import sys
import termios
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import process  # noqa: E402
import tap  # noqa: E402
from modbus_peer import Server  # noqa: E402
from modbus_probe import Probe  # noqa: E402
from rtu_line import RtuLine, crc  # noqa: E402

GOOD, WRONG = 0x0111, 0x0666  # the register's value, and one that must never be shown


def adu(request, pdu, transaction=None, protocol=0, length=None, unit=None):
    """The answer to REQUEST with some of its header wrong."""
    unit = request[6] if unit is None else unit
    return struct.pack(">HHHB", transaction if transaction is not None else struct.unpack(">H", request[:2])[0],
                       protocol, length if length is not None else len(pdu) + 1, unit) + pdu


def value(request, number):
    """The PDU that answers a read of one register."""
    return bytes([request[7], 2]) + struct.pack(">H", number)


def good(connection, request):
    """What an honest device does: registers hold GOOD, writes are repeated."""
    pdu = request[7:12] if request[7] in (5, 6) else value(request, GOOD)
    connection.sendall(adu(request, pdu))


def drip(connection, request):
    for byte in adu(request, value(request, WRONG)):
        connection.sendall(bytes([byte]))
        time.sleep(0.08)


def late(connection, request):
    time.sleep(0.45)
    connection.sendall(adu(request, value(request, WRONG)))


def twice(connection, request):
    """The second copy would be taken for the next answer by who does not look."""
    stale = adu(request, value(request, WRONG))
    connection.sendall(stale if twice.before else b"")
    twice.before = True
    connection.sendall(stale)


twice.before = False

# How it answers, and what must be said about it.
LIES = {
    "another transaction": (lambda c, r: c.sendall(adu(r, value(r, WRONG), transaction=0x7777)), "transaction"),
    "another protocol": (lambda c, r: c.sendall(adu(r, value(r, WRONG), protocol=9)), "protocol"),
    "another unit": (lambda c, r: c.sendall(adu(r, value(r, WRONG), unit=r[6] + 1)), "unit 2 instead of 1"),
    "another function": (lambda c, r: c.sendall(adu(r, bytes([4, 2]) + struct.pack(">H", WRONG))), "function 4"),
    "too short": (lambda c, r: c.sendall(adu(r, bytes([3, 2, 6]))), "timed out"),
    "fewer registers": (lambda c, r: c.sendall(adu(r, bytes([3, 1, 6]))), "byte count"),
    "more registers": (lambda c, r: c.sendall(adu(r, bytes([3, 4, 6, 6, 6, 6]))), "byte count"),
    "a wrong length": (lambda c, r: c.sendall(adu(r, value(r, WRONG), length=40)), "40 bytes"),
    "an endless length": (lambda c, r: c.sendall(adu(r, bytes([3, 255]) + bytes(300))), ""),
    "garbage": (lambda c, r: c.sendall(bytes(range(0x80, 0xFF))), ""),
    "text": (lambda c, r: c.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"), ""),
    "byte by byte": (drip, "timed out"),
    "late": (late, "timed out"),
    "nothing": (lambda c, r: None, "timed out"),
    "closes": (lambda c, r: False, "reset"),
    "a foreign exception": (lambda c, r: c.sendall(adu(r, bytes([0x84, 2]))), "function 132"),
}


def probe_of(port, timeout=300, extra=""):
    return Probe(f"""
        bus tcp 127.0.0.1 {port} timeout={timeout}
        device d 1 period=50
        point x holding:5 u16
        command stop holding:7=1 u16 {extra}""")


def check_lie(answer, message):
    honest = threading.Event()

    def both(connection, request):
        return good(connection, request) if honest.is_set() else answer(connection, request)

    with Server(both) as server, probe_of(server.port) as probe:
        link = probe.wait("link", device="d", state="offline", timeout=8)
        tap.check(message in link["reason"] and link["reason"].startswith("read holding 5: "),
                  f"the reason says {message!r}: {link['reason']}")
        tap.equal(probe.all("reading"), [], "readings")
        result = probe.obey("d", 0, "stop")
        tap.equal((result["result"], result["confirmed_at_us"]), ("failed", 0), f"a command ({result['reason']})")
        tap.check(result["sent_at_us"] > 0 and result["reason"], "it was sent, and why it failed is said")
        honest.set()
        tap.equal(probe.number("d/x"), GOOD, "the value afterwards")
        probe.wait("reading", path="d/x", count=5)
        tap.equal({reading["number"] for reading in probe.all("reading")}, {GOOD}, "values")


def add_lie(name, answer, message):
    def lie():
        check_lie(answer, message)
    lie.__doc__ = f"Against {name}: the device is offline with a clear message, never shows a wrong value, and is heard again when honest."
    lie.__name__ = name.replace(" ", "_")
    tap.test(lie)


for lie_name, (lie_answer, lie_message) in LIES.items():
    add_lie(lie_name, lie_answer, lie_message)


@tap.test
def doubled():
    "A second copy of an answer is never taken for the answer to the next request."
    numbers = iter(range(1, 1000))

    def answer(connection, request):
        reply = adu(request, value(request, next(numbers)))
        connection.sendall(reply)
        connection.sendall(reply)

    with Server(answer) as server, probe_of(server.port) as probe:
        probe.wait("reading", path="d/x", count=20)
        found = [reading["number"] for reading in probe.all("reading")]
        tap.equal(found, sorted(set(found)), "each value once, in order")


@tap.test
def closes_each_time():
    "A device that closes the connection after each answer is polled all the same, and stays online."
    def answer(connection, request):
        good(connection, request)
        return False

    with Server(answer) as server, probe_of(server.port, extra="\nsetup holding:8=1 u16") as probe:
        probe.wait("reading", path="d/x", count=10)
        tap.equal([link["state"] for link in probe.all("link")], ["online"], "link states")
        tap.equal(probe.obey("d", 0, "stop")["result"], "confirmed", "a command")
        tap.equal(server.requests[0][7:10], bytes([6, 0, 8]), "the first request is the setup")


@tap.test
def exceptions():
    "Exceptions: an illegal address is bad, busy makes suspect and gives nothing, a gateway's silence is silence."
    code = [2]

    def answer(connection, request):
        if code[0]:
            connection.sendall(adu(request, bytes([request[7] | 0x80, code[0]])))
        else:
            good(connection, request)

    with Server(answer) as server, probe_of(server.port) as probe:
        tap.equal(probe.wait("reading", path="d/x")["quality"], "bad", "quality of an illegal address")
        tap.equal(probe.wait("link")["state"], "online", "it has answered")
        result = probe.obey("d", 0, "stop")
        tap.equal((result["result"], result["reason"]),
                  ("refused", "write holding 7: illegal data address (exception 2)"), "a command")
        tap.equal(server.connections, 1, "an exception does not cost the connection")
    for code[0], state, message in ((6, "suspect", "device busy"), (4, "suspect", "device failure"),
                                    (11, "offline", "gateway target failed to respond")):
        wanted = code[0]
        with Server(answer) as server, probe_of(server.port) as probe:
            link = probe.wait("link", state=state)
            tap.check(message in link["reason"], f"{wanted}: {link['reason']}")
            tap.equal(probe.all("reading"), [], f"readings after exception {wanted}")
            code[0] = 0
            tap.equal(probe.number("d/x"), GOOD, "afterwards")
            probe.wait("link", state="online")
            tap.equal(server.connections, 1, "connections")


@tap.test
def not_repeated():
    "A write that was not answered fails, is not refreshed, and is not sent again later."
    silent = [True]

    def answer(connection, request):
        if request[7] == 6 and silent[0]:
            return None
        return good(connection, request)

    with Server(answer) as server, probe_of(server.port, extra="refresh=100") as probe:
        probe.number("d/x")
        tap.equal(probe.obey("d", 0, "stop")["result"], "failed", "the write")
        silent[0] = False
        since = probe.mark()
        probe.wait("reading", path="d/x", since=since, count=10)
        tap.equal(len([request for request in server.requests if request[7] == 6]), 1, "writes on the wire")


def excuse(request, code):
    """The answer to REQUEST that is exception CODE."""
    return adu(request, bytes([request[7] | 0x80, code]))


@tap.test
def not_now():
    "Busy and a gateway's silence fail a command that may be sent again; refused is one that the device will not do."
    code = [0]

    def answer(connection, request):
        if request[7] == 6 and code[0]:
            return connection.sendall(excuse(request, code[0]))
        return good(connection, request)

    with Server(answer) as server, probe_of(server.port, extra="refresh=100") as probe:
        probe.number("d/x")
        for code[0], wanted, words in ((6, "failed", "device busy"), (10, "failed", "gateway path unavailable"),
                                       (11, "failed", "gateway target failed to respond"),
                                       (1, "refused", "illegal function"), (4, "refused", "device failure")):
            result = probe.obey("d", 0, "stop")
            tap.equal((result["result"], result["confirmed_at_us"]), (wanted, 0), f"exception {code[0]}")
            tap.check(words in result["reason"] and result["sent_at_us"] > 0, result["reason"])
        code[0] = 0
        sent = len([request for request in server.requests if request[7] == 6])
        probe.wait("reading", path="d/x", since=probe.mark(), count=10)
        tap.equal(len([request for request in server.requests if request[7] == 6]), sent, "and nothing is refreshed")


@tap.test
def in_work():
    "A write that the device acknowledges, because it takes long, is confirmed, and refreshed."
    def answer(connection, request):
        return connection.sendall(excuse(request, 5)) if request[7] == 6 else good(connection, request)

    with Server(answer) as server, probe_of(server.port, extra="refresh=100") as probe:
        probe.number("d/x")
        result = probe.obey("d", 0, "stop")
        tap.equal(result["result"], "confirmed", result["reason"])
        tap.check(result["confirmed_at_us"] >= result["sent_at_us"] > 0, "when")
        process.until(lambda: len([r for r in list(server.requests) if r[7] == 6]) >= 3, 5, "it is refreshed")


@tap.test
def released():
    "What a stop and a disable left to be repeated ends with the hold, given before it or not yet sent; nothing else does."
    def answer(connection, request):
        time.sleep(0.02)
        return good(connection, request)

    def writes(address):
        return len([r for r in list(server.requests) if r[7] == 6 and r[9] == address])

    refreshed = {"1/stop": 11, "1/disable": 12, "2/stop": 21, "1/limit": 13}
    extra = "".join(f"\ncommand {name} holding:{address}=1 u16 refresh=100" for name, address in refreshed.items())
    with Server(answer) as server, probe_of(server.port, extra=extra) as probe:
        probe.number("d/x")
        last = [probe.command("d", *name.split("/")) for name in refreshed][-1]
        probe.release("d", 1)
        probe.wait("result", id=last)
        process.until(lambda: writes(21) > 3 and writes(13) > 3, 10, "a limit and the other connector go on")
        tap.equal((writes(11), writes(12)), (1, 1), "stops and disables of the connector that is released")
        probe.release("d", 2)
        probe.obey("d", 2, "limit")  # behind the release in the lane
        sent, limits = writes(21), writes(13)
        process.until(lambda: writes(13) > limits + 3, 10, "the limit goes on")
        tap.equal(writes(21), sent, "stops of the other one")


@tap.test
def busy_for_what_stands():
    "A setup, a refresh and the end of a pulse that come while the device is busy are written again soon."
    busy = threading.Event()

    def answer(connection, request):
        if busy.is_set() and request[7] in (5, 6):
            return connection.sendall(excuse(request, 6))
        return good(connection, request)

    def writes(function, address):
        return [r for r in list(server.requests) if r[7] == function and r[8:10] == bytes([0, address])]

    busy.set()
    extra = "refresh=20000\nsetup holding:8=1 u16\ncommand trip coil:3=1 bool pulse=100"
    with Server(answer) as server, probe_of(server.port, extra=extra) as probe:
        probe.number("d/x")
        tap.equal(len(writes(6, 8)), 1, "the setup comes first")
        busy.clear()
        process.until(lambda: len(writes(6, 8)) == 2, 5, "the setup, once more")
        tap.equal(probe.obey("d", 0, "trip")["result"], "confirmed", "a pulse begins")
        busy.set()
        process.until(lambda: len(writes(5, 3)) >= 2, 5, "its end is refused")
        busy.clear()
        process.until(lambda: len(writes(5, 3)) >= 3, 5, "its end, once more")
        probe.wait("reading", path="d/x", since=probe.mark(), count=30)
        tap.equal((len(writes(6, 8)), len(writes(5, 3))), (2, 3), "and no more")


@tap.test
def pulse_in_a_flood():
    "A pulse is taken back on time while commands follow each other without a pause; an unanswered one is, too."
    silent = [False]

    def answer(connection, request):
        if silent[0] and request[7] == 5 and request[10] == 0xFF:
            return None
        time.sleep(0.005)
        return good(connection, request)

    def coils():
        return [request[10] for request in list(server.requests) if request[7] == 5]

    with Server(answer) as server, probe_of(server.port, extra="\ncommand trip coil:3=1 bool pulse=100") as probe:
        probe.number("d/x")
        probe.command("d", 0, "trip")
        last = [probe.command("d", 0, "stop") for _ in range(200)][-1]
        probe.wait("result", id=last, timeout=10)
        kinds = [request[7] for request in list(server.requests)]
        tap.equal(coils(), [0xFF, 0], "the coil")
        tap.check(kinds[kinds.index(5) + 1:].index(5) < 60, "taken back amidst the flood")
        silent[0] = True
        tap.equal(probe.obey("d", 0, "trip")["result"], "failed", "an unanswered pulse")
        process.until(lambda: coils() == [0xFF, 0, 0xFF, 0], 5, "taken back all the same")


@tap.test
def refused_connection():
    "Where nobody listens, the device is offline with the address in the message, and commands fail at once."
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with probe_of(port) as probe:
        link = probe.wait("link", state="offline")
        tap.equal(link["reason"], f"connect 127.0.0.1:{port}: Connection refused", "reason")
        result = probe.obey("d", 0, "stop")
        tap.equal((result["result"], result["sent_at_us"]), ("failed", 0), "a command")


@tap.test
def dropped_syn():
    "Where the SYN is dropped, a connect ends within the time-out, a flood of commands with it, and so does close."
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            fillers.append(filler)
        with probe_of(port, timeout=400) as probe:
            link = probe.wait("link", state="offline", timeout=8)
            tap.check("timed out" in link["reason"], link["reason"])
            begun = time.monotonic()
            wanted = [probe.command("d", 0, "stop") for _ in range(50)]
            for number in wanted:
                tap.equal(probe.wait("result", id=number)["result"], "failed", "a command")
            tap.check(time.monotonic() - begun < 2.5 * process.SLOW, "fifty commands share one or two time-outs")
            expired = probe.command("d", 0, "stop", deadline_ms=1)
            tap.check(probe.wait("result", id=expired)["result"] in ("failed", "expired"), "one with a deadline")
            tap.check(probe.end() < 1.5 * process.SLOW, "closing is bounded")
        for filler in fillers:
            filler.close()


@tap.test
def too_many_commands():
    "Of 400 commands given at once each has exactly one result; those beyond the lane fail at once."
    gate = threading.Event()

    def answer(connection, request):
        if request[7] == 6:
            gate.wait(5)
        return good(connection, request)

    with Server(answer) as server, probe_of(server.port, timeout=5000) as probe:
        probe.number("d/x")
        wanted = [probe.command("d", 0, "stop") for _ in range(400)]
        probe.wait("result", result="failed", count=400 - 257)
        gate.set()
        probe.wait("result", count=400, timeout=15)
        results = probe.all("result")
        tap.equal(sorted(result["id"] for result in results), wanted, "one result each")
        done = [result["id"] for result in results if result["result"] == "confirmed"]
        tap.equal(done, sorted(done), "first come, first served")
        tap.check(256 <= len(done) <= 257, f"{len(done)} were carried out")


@tap.test
def unknown_name():
    "A host name that does not exist ends in a message, and never holds the bus."
    with Probe("""
            bus tcp no-such-host.invalid 502 timeout=300
            device d 1
            point x holding:5 u16""") as probe:
        link = probe.wait("link", state="offline", timeout=8)
        tap.equal(link["reason"], "connect no-such-host.invalid: no address found for it", "reason")
        tap.check(probe.end() < 2 * process.SLOW, "closing is bounded")


@tap.test
def known_name():
    "A host name is looked up."
    with Server(good) as server, Probe(f"""
            bus tcp localhost {server.port}
            device d 1 period=50
            point x holding:5 u16""") as probe:
        tap.equal(probe.number("d/x"), GOOD, "the value")


@tap.test
def missing_port():
    "A serial port that is not there ends in a message."
    with Probe("""
            bus rtu /dev/no-such-tty
            device d 1
            point x holding:5 u16""") as probe:
        link = probe.wait("link", state="offline", timeout=8)
        tap.equal(link["reason"], "open /dev/no-such-tty: No such file or directory", "reason")


def rtu_value(request, number, unit=None):
    frame = bytes([request[0] if unit is None else unit, request[1], 2]) + struct.pack(">H", number)
    return frame + crc(frame)


def rtu_probe(line, extra=""):
    return Probe(f"""
        bus rtu {line.tty} baud=115200 timeout=200
        device d 1 period=50
        point x holding:5 u16
        {extra}""")


@tap.test
def rtu_late():
    "RTU: an answer after the time-out is never taken for the answer to a later request."
    numbers = iter(range(1, 10_000))
    is_late = [True]

    def answer(line, request):
        reply = rtu_value(request, next(numbers))
        if is_late[0]:
            time.sleep(0.3)
            line.send(reply)
            is_late[0] = False
        else:
            line.send(reply)

    with RtuLine(answer) as line, rtu_probe(line) as probe:
        probe.wait("reading", path="d/x", count=10, timeout=8)
        found = [reading["number"] for reading in probe.all("reading")]
        tap.equal(found, list(range(2, 2 + len(found))), "values: the first answer is dropped, each other is its own")


@tap.test
def rtu_late_neighbour():
    "RTU: a late answer of one unit does not hurt the request to the next."
    def answer(line, request):
        if request[0] == 2:
            threading.Timer(0.25, line.send, [rtu_value(request, WRONG)]).start()
        else:
            time.sleep(0.1)  # so that the late one comes while this one is waited for
            line.send(rtu_value(request, GOOD))

    with RtuLine(answer) as line, rtu_probe(line, """
            device e 2 period=50
            point x holding:5 u16""") as probe:
        probe.wait("link", device="e", state="offline", timeout=10)
        probe.wait("reading", path="d/x", count=20, timeout=10)
        tap.equal({reading["number"] for reading in probe.all("reading")}, {GOOD}, "values")
        tap.equal([link["state"] for link in probe.all("link", device="d")], ["online"], "the neighbour's state")


@tap.test
def rtu_garbage():
    "RTU: wrong check sums, foreign units, noise and silence are offline with a message; then it is heard again."
    def bad_sum(request):
        return rtu_value(request, WRONG)[:-1] + b"\x00"
    lies = {"Invalid CRC": bad_sum, "timed out": lambda request: rtu_value(request, WRONG, unit=9),
            "": lambda request: bytes([0x55, 0xAA] * 40)}
    for message, lie in lies.items():
        honest = [False]

        def answer(line, request, lie=lie, honest=honest):
            line.send(rtu_value(request, GOOD) if honest[0] else lie(request))

        with RtuLine(answer) as line, rtu_probe(line) as probe:
            link = probe.wait("link", device="d", state="offline", timeout=8)
            tap.check(message in link["reason"], f"{message!r} in {link['reason']}")
            honest[0] = True
            tap.equal(probe.number("d/x"), GOOD, "afterwards")
            tap.equal({reading["number"] for reading in probe.all("reading")}, {GOOD}, "values")


@tap.test
def rtu_unplugged():
    "RTU: a port that is pulled out is offline, and opened again when it is back."
    def answer(line, request):
        line.send(rtu_value(request, GOOD))

    with RtuLine(answer, link=True) as line, rtu_probe(line) as probe:
        probe.number("d/x")
        line.unplug()
        probe.wait("link", device="d", state="offline", timeout=8)
        since = probe.mark()
        line.plug()
        tap.equal(probe.number("d/x", since=since), GOOD, "after it is back")


@tap.test
def close_silent():
    "A device that never answers does not hold close(), however long its time-out; the same bus is opened anew."
    honest = threading.Event()
    with Server(lambda c, r: good(c, r) if honest.is_set() else None) as server, probe_of(server.port, 5000) as probe:
        process.until(lambda: server.requests, 5, "a request")
        tap.check(probe.reopen() < 0.3 * process.SLOW, "close() returns")
        process.until(lambda: len(server.requests) == 2, 5, "a request of the new one")
        honest.set()
        tap.check(probe.reopen() < 0.3 * process.SLOW, "close() returns again")
        tap.equal(probe.number("d/x"), GOOD, "the value")


@tap.test
def close_stuck():
    "A thread that is stuck past close() sends nothing more, not even a pulse's end, hangs up, and hurts no successor."
    armed, stuck = threading.Event(), threading.Event()
    served = []

    def answer(connection, request):
        served.append((connection, request))
        if request[7] != 3 or not armed.is_set() or stuck.is_set():
            return good(connection, request)
        stuck.set()
        for byte in adu(request, bytes([3, 250]) + bytes(250))[:30]:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)
        return None  # what comes after that is heard

    def written():
        return [request[7:10] for _, request in list(served) if request[7] != 3]

    with Server(answer) as server, probe_of(server.port, 3000, "\ncommand trip coil:3=1 bool pulse=30000") as probe:
        tap.equal(probe.obey("d", 0, "trip")["result"], "confirmed", "a long pulse")
        armed.set()
        process.until(stuck.is_set, 5, "a read that is dripped to")
        old = served[-1][0]
        probe.command("d", 0, "stop")
        since = probe.mark()
        tap.check(probe.reopen() < 0.3 * process.SLOW, "close() returns")
        probe.wait("reading", path="d/x", since=since, count=20)
        tap.equal({item["number"] for item in probe.all("reading", since)}, {GOOD}, "values of the new one")
        process.until(lambda: old.fileno() < 0, 10, "the old connection ends")
        tap.equal(written(), [bytes([5, 0, 3])], "writes on the wire")
        tap.equal(probe.all("result", since), [], "results after close()")
        tap.equal(probe.obey("d", 0, "stop")["result"], "confirmed", "a command to the new one")


@tap.test
def close_stuck_pulse():
    "A pulse is taken back within close() though the line waits for another unit that is silent."
    def answer(connection, request):
        return good(connection, request) if request[6] == 1 else None

    def coils():
        return [request[10] for request in list(server.requests) if request[7] == 5]

    with Server(answer) as server, Probe(f"""
            bus tcp 127.0.0.1 {server.port} timeout=5000
            device d 1 period=50
            command trip coil:3=1 bool pulse=30000
            device e 2 period=600
            point x holding:5 u16""") as probe:
        probe.obey("d", 0, "trip")
        process.until(lambda: any(request[6] == 2 for request in list(server.requests)), 5, "a read of the silent one")
        tap.check(probe.reopen() < 0.3 * process.SLOW, "close() returns")
        tap.equal(coils(), [0xFF, 0], "the coil")


@tap.test
def rtu_close_stuck():
    "RTU: a thread that is stuck past close() writes nothing beside its successor, and leaves the port as it is."
    noisy = threading.Event()
    release = threading.Event()

    def answer(line, request):
        if request[1] == 6:
            line.send(request)
        elif noisy.is_set() and not release.is_set():
            noisy.clear()
            line.send(bytes([1, 3, 250]))  # the beginning of a long answer
        else:
            line.send(rtu_value(request, GOOD))

    with RtuLine(answer) as line:
        settings = termios.tcgetattr(line.follower)
        settings[3] |= termios.ICANON | termios.ECHO
        termios.tcsetattr(line.follower, termios.TCSANOW, settings)
        with Probe(f"""
                bus rtu {line.tty} baud=115200 timeout=2000
                device d 1 period=50
                point x holding:5 u16
                command old holding:7=1 u16 refresh=50
                command new holding:8=1 u16""") as probe:
            probe.number("d/x")
            tap.equal(probe.obey("d", 0, "old")["result"], "confirmed", "a write that is refreshed")
            noisy.set()
            process.until(lambda: not noisy.is_set(), 5, "half an answer")
            begun = time.monotonic()
            tap.check(probe.reopen() < 0.3 * process.SLOW, "close() returns")
            after = len(line.requests)
            probe.wait("reading", path="d/x", since=probe.mark(), count=5, timeout=10)
            process.until(lambda: time.monotonic() - begun > 2.2, 5, "the old thread has given up")
            tap.equal(probe.obey("d", 0, "new")["result"], "confirmed", "a write of the new one")
            tap.equal([request[3] for request in line.requests[after:] if request[1] == 6], [8], "registers written since")
            tap.equal(termios.tcgetattr(line.follower)[3] & (termios.ICANON | termios.ECHO), 0, "the port's settings")


tap.main()

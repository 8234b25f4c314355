# SPDX-License-Identifier: Apache-2.0
"""A wire between an MQTT client and its broker that a test can cut, hold and listen to, packet by packet.

    wire = Wire(broker.port)                    # clients connect to wire.url
    trap = wire.trap("up", topic="/ack")        # the next such packet, and all behind it, stay in the wire
    trap.wait(10)
    client.kill()
    wire.sever()                                # what was held never arrives
    wire.swallow()                              # both ends see a connection that stands, and nobody behind it

`up` is towards the broker. Packets are MQTT 5 without TLS.
"""
import socket
import threading

from process import until

PUBLISH = 3


def split(buffer):
    """Takes whole packets from the front of BUFFER, a bytearray."""
    while True:
        length, shift, at = 0, 0, 1
        while True:
            if at >= len(buffer) or at > 4:
                return
            length |= (buffer[at] & 0x7F) << shift
            shift += 7
            at += 1
            if not buffer[at - 1] & 0x80:
                break
        if len(buffer) < at + length:
            return
        packet = bytes(buffer[:at + length])
        del buffer[:at + length]
        yield packet, at


def topic_of(packet, head):
    """The topic of a PUBLISH packet as bytes, or None."""
    if packet[0] >> 4 != PUBLISH:
        return None
    length = int.from_bytes(packet[head:head + 2], "big")
    return packet[head + 2:head + 2 + length]


class Trap:
    """Springs at the COUNTth publication on a topic that ends with TOPIC, going UP or down."""

    def __init__(self, wire, way, topic, count):
        self.wire, self.way, self.topic, self.left = wire, way, topic.encode(), count
        self.sprung = False

    def fits(self, way, topic):
        if way == self.way and topic is not None and topic.endswith(self.topic):
            self.left -= 1
        return self.left <= 0

    def wait(self, timeout, diagnostics=lambda: ()):
        until(lambda: self.sprung, timeout, f"{self.topic.decode()} goes {self.way}", diagnostics)


class Link:
    """One connection through the wire."""

    def __init__(self, wire, client):
        self.wire = wire
        self.ends = {"up": client, "down": socket.create_connection(("127.0.0.1", wire.broker_port), timeout=5)}
        self.over = self.swallows = False
        for end in self.ends.values():
            end.settimeout(None)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for way in ("up", "down"):
            threading.Thread(target=self.run, args=(way,), daemon=True).start()

    def run(self, way):
        source, target = self.ends[way], self.ends["down" if way == "up" else "up"]
        buffer = bytearray()
        try:
            while not self.over and (data := source.recv(65536)):
                buffer += data
                passed = bytearray()
                for packet, head in split(buffer):
                    if self.wire.stops(way, topic_of(packet, head)):
                        self.send(target, passed)
                        passed.clear()
                        self.wire.wait(self, way)
                    self.wire.tell(self, way, packet, head)
                    passed += packet
                self.send(target, passed)
        except OSError:
            pass
        if not self.swallows:
            self.close()

    def send(self, target, packets):
        if packets and not self.swallows and not self.over:
            target.sendall(packets)

    def close(self):
        with self.wire.changed:
            self.over = True
            self.wire.changed.notify_all()
        for end in self.ends.values():
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()


class Wire:
    """HEAR(link, way, topic, packet) is told of each publication that passes."""

    def __init__(self, broker_port, hear=None):
        self.broker_port, self.hear = broker_port, hear
        self.changed = threading.Condition()
        self.links, self.armed, self.held = [], None, set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def url(self):
        return f"mqtt://127.0.0.1:{self.port}"

    def accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            try:
                self.links = [link for link in self.links if not link.over] + [Link(self, client)]
            except OSError:  # no broker: the client sees an end, as it would there
                client.close()

    def stops(self, way, topic):
        """Whether what is about to pass has to wait."""
        with self.changed:
            if self.armed and self.armed.fits(way, topic):
                self.armed.sprung = True
                self.armed = None
                self.held.add(way)
            return way in self.held

    def wait(self, link, way):
        with self.changed:
            while way in self.held and not link.over and not link.swallows:
                self.changed.wait()

    def tell(self, link, way, packet, head):
        if self.hear and not link.over and not link.swallows and packet[0] >> 4 == PUBLISH:
            self.hear(link, way, topic_of(packet, head), packet)

    def trap(self, way, topic, count=1):
        trap = Trap(self, way, topic, count)
        with self.changed:
            self.armed = trap
        return trap

    def hold(self):
        with self.changed:
            self.held = {"up", "down"}

    def release(self):
        with self.changed:
            self.held.clear()
            self.armed = None
            self.changed.notify_all()

    def sever(self):
        """Ends what stands, with all that was held in it; new connections pass."""
        for link in list(self.links):
            link.close()
        self.release()

    def swallow(self):
        """What stands stays, and nothing passes through it any more; new connections pass."""
        for link in list(self.links):
            link.swallows = True
        self.release()

    def close(self):
        self.listener.close()
        for link in list(self.links):
            link.swallows = False
            link.close()

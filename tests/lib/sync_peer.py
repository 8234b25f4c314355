# SPDX-License-Identifier: Apache-2.0
"""What station-sync is to stationd, for tests: a connection of its own that calls org.stationmaster.Sync1.

    with SyncPeer(station) as sync:
        epoch, acked, last = sync.outbox()[-1]
        sync.ack(epoch, last)
"""
import json

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

import tap  # noqa: E402
from process import SLOW, until  # noqa: E402

NAME, PATH = "org.stationmaster.Station1", "/org/stationmaster/Station1"


class Refusal(Exception):
    """stationd answered with an error: its name's last part, and the reason."""

    def __init__(self, error):
        self.kind = (Gio.DBusError.get_remote_error(error) or "?").rpartition(".")[2]
        Gio.DBusError.strip_remote_error(error)
        self.reason = error.message
        super().__init__(f"{self.kind}: {self.reason}")


class SyncPeer:
    def __init__(self, station):
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        self.station = station
        self.signals = []
        self.connection = Gio.DBusConnection.new_for_address_sync(station.bus.address, flags, None, None)
        self.connection.set_exit_on_close(False)
        self.connection.signal_subscribe(NAME, None, None, PATH, None, Gio.DBusSignalFlags.NONE, self._on_signal)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if not self.connection.is_closed():
            self.connection.close_sync(None)

    def _on_signal(self, _connection, _sender, _path, _interface, signal, arguments):
        self.signals.append((signal, *arguments.unpack()))

    def call(self, method, arguments=None, interface="org.stationmaster.Sync1"):
        try:
            answer = self.connection.call_sync(NAME, PATH, interface, method, arguments, None, Gio.DBusCallFlags.NONE,
                                               int(20000 * SLOW), None)
        except GLib.Error as error:
            raise Refusal(error) from None
        return answer.unpack()

    def heard(self, signal):
        """All signals of that name so far, as tuples of their arguments."""
        context = GLib.MainContext.default()
        while context.iteration(False):
            pass
        return [arguments for name, *arguments in self.signals if name == signal]

    def wait_signal(self, signal, fits=lambda *_: True, timeout=10):
        return until(lambda: next((a for a in self.heard(signal) if fits(*a)), None), timeout, f"signal {signal}",
                     self.station.logs)

    def outbox(self):
        return self.call("GetOutbox")[0]

    def read(self, epoch, after, limit=1000):
        return [(seq, json.loads(event)) for seq, event in self.read_texts(epoch, after, limit)]

    def read_texts(self, epoch, after, limit=1000):
        return self.call("ReadOutbox", GLib.Variant("(xxu)", (epoch, after, limit)))[0]

    def ack(self, epoch, through, sent=None):
        self.call("TakeAck", GLib.Variant("(xxx)", (epoch, through, through if sent is None else sent)))

    def line(self, online, reason=""):
        self.call("SetLine", GLib.Variant("(bs)", (online, reason)))

    def command(self, topic, payload, signature="", retained=False):
        """Again while stationd is opening its books, as station-sync does."""
        def taken():
            try:
                self.call("TakeCommand", GLib.Variant("(saysb)", (topic, payload, signature, retained)))
            except Refusal as refusal:
                if refusal.kind != "Busy":
                    raise
                return False
            return True
        until(taken, 10, "the command is taken", self.station.logs)


def refused(kind, function, *arguments):
    """FUNCTION must be refused with that kind of error; gives the reason."""
    try:
        function(*arguments)
    except Refusal as refusal:
        tap.equal(refusal.kind, kind, f"the kind of refusal ({refusal.reason})")
        return refusal.reason
    raise tap.Failure(f"was not refused with {kind}")
